//! Problems while they are being collected: each knows its place as a JSON pointer, and all of them are located in
//! the text at the end, in one pass.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::locate::{self, Node};
use super::suggest::{Near, closest};
use super::{Finding, Fix, Severity, limit};

/// A problem on its way to becoming a [`Finding`].
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) suggestion: Option<String>,
    pub(super) fix: Option<Fix>,
}

/// Where a problem is.
#[derive(Debug)]
pub(super) enum Place {
    /// At the value of this pointer.
    Value(String),
    /// At the key of this pointer.
    Key(String),
    /// At a byte of the string of this pointer, after decoding.
    Inside(String, usize),
    /// At these bytes of the text; the pointer is for programs.
    Bytes(String, Range<usize>),
}

impl Place {
    pub(super) fn pointer(&self) -> &str {
        match self {
            Self::Value(pointer)
            | Self::Key(pointer)
            | Self::Inside(pointer, _)
            | Self::Bytes(pointer, _) => pointer,
        }
    }

    /// The bytes that are meant, as far as `nodes` knows the pointer or what it is in.
    fn range(&self, text: &str, nodes: &BTreeMap<String, Node>) -> Range<usize> {
        if let Self::Bytes(_, range) = self {
            return range.clone();
        }
        let exact = nodes.get(self.pointer());
        let Some(node) = exact.or_else(|| nearest(self.pointer(), nodes)) else { return 0..1 };
        let opening = node.value.start..node.value.start + 1;
        let is_nested = text.get(opening.clone()).is_some_and(|first| first == "{" || first == "[");
        match self {
            Self::Key(_) => node.key.clone().unwrap_or(opening),
            Self::Inside(_, offset) if exact.is_some() && !is_nested => {
                let at = locate::inside_string(text, &node.value, *offset);
                at..at + 1
            }
            Self::Value(_) | Self::Inside(..) | Self::Bytes(..) if is_nested => opening,
            Self::Value(_) | Self::Inside(..) | Self::Bytes(..) => node.value.clone(),
        }
    }
}

/// The innermost node around a pointer that names nothing in the text.
fn nearest<'n>(pointer: &str, nodes: &'n BTreeMap<String, Node>) -> Option<&'n Node> {
    parents(pointer).find_map(|parent| nodes.get(parent))
}

/// The pointers around a pointer, the innermost first.
fn parents(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |inner| {
        inner.rfind('/').and_then(|slash| inner.get(..slash))
    })
    .skip(1)
}

impl Problem {
    pub(super) fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        let message = message.into();
        let severity = Severity::Error;
        Self { code, severity, place, message, suggestion: None, fix: None }
    }

    pub(super) fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    pub(super) fn suggest(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: Some(suggestion.into()), ..self }
    }

    /// Suggests the name that was probably meant for `word`, if one is near.
    pub(super) fn suggest_name<'k>(
        self,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Self {
        match closest(word, known) {
            Some(near) => self.suggest_this(word, near),
            None => self,
        }
    }

    /// Suggests the second name in the place of the first.
    pub(super) fn suggest_near(self, near: Option<(String, String)>) -> Self {
        match near {
            Some((word, name)) => self.suggest_this(&word, Near { name: &name, is_alone: true }),
            None => self,
        }
    }

    /// Suggests a name in the place of `word`; whether it is that one is for people to say where another is as near.
    pub(super) fn suggest_this(self, word: &str, Near { name, is_alone }: Near<'_>) -> Self {
        let suggestion = Some(format!("did you mean `{name}`?"));
        let fix = is_alone.then(|| Fix { from: word.to_owned(), to: name.to_owned() });
        Self { suggestion, fix, ..self }
    }

    /// Of a place inside a string, the whole word that another should stand for.
    fn word(&self, text: &str, range: Range<usize>) -> Range<usize> {
        match (&self.place, &self.fix) {
            (Place::Inside(..), Some(fix))
                if text.get(range.start..).is_some_and(|rest| rest.starts_with(&fix.from)) =>
            {
                range.start..range.start + fix.from.len()
            }
            _ => range,
        }
    }

    /// Suggests something else where no name was near.
    pub(super) fn or_suggest(self, suggestion: impl FnOnce() -> String) -> Self {
        let suggestion = self.suggestion.or_else(|| Some(suggestion()));
        Self { suggestion, ..self }
    }

    pub(super) fn suggest_if(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }
}

/// All problems of one flow; of each severity, those beyond a limit are only counted.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: Vec<Problem>,
    errors: usize,
    warnings: usize,
}

impl Report {
    pub(super) fn add(&mut self, problem: Problem) {
        let count = match problem.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= limit::FINDINGS_MAX {
            self.problems.push(problem);
        }
    }

    /// Whether a further problem of this severity is only counted: then nothing costly need be said of it.
    pub(super) fn is_full(&self, severity: Severity) -> bool {
        let count = match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
        };
        count >= limit::FINDINGS_MAX
    }

    /// How many problems are listed so far.
    pub(super) fn count(&self) -> usize {
        self.problems.len()
    }

    /// Puts the problems that were added after the first `before` elsewhere.
    pub(super) fn relocate(&mut self, before: usize, place: impl Fn(&Place) -> Place) {
        for problem in self.problems.iter_mut().skip(before) {
            problem.place = place(&problem.place);
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether something at `pointer` or inside it has been called wrong.
    pub(super) fn has_error_in(&self, pointer: &str) -> bool {
        let is_in = |problem: &Problem| {
            let rest = problem.place.pointer().strip_prefix(pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.problems.iter().any(|problem| problem.severity == Severity::Error && is_in(problem))
    }

    /// The pointers of values that have been called wrong.
    pub(super) fn wrong_values(&self) -> impl Iterator<Item = &str> {
        let errors = self.problems.iter().filter(|one| one.severity == Severity::Error);
        errors.filter_map(|problem| match &problem.place {
            Place::Value(pointer) => Some(pointer.as_str()),
            Place::Key(_) | Place::Inside(..) | Place::Bytes(..) => None,
        })
    }

    /// The problems with their places in `text`, in the order of the text.
    pub(super) fn locate(self, text: &str) -> Vec<Finding> {
        self.locate_in(text, text, |offset| offset)
    }

    /// The same where `text` was made of another, `source`: the places are those there.
    pub(super) fn locate_in(
        mut self,
        text: &str,
        source: &str,
        place: impl Fn(usize) -> usize,
    ) -> Vec<Finding> {
        self.note_left_out();
        let pointers = self.problems.iter().map(|problem| problem.place.pointer());
        let wanted: BTreeSet<&str> =
            pointers.flat_map(|pointer| parents(pointer).chain([pointer])).collect();
        let nodes = locate::find(text, &wanted);
        let problem_range = |problem: &Problem| {
            let range = problem.word(text, problem.place.range(text, &nodes));
            place(range.start)..place(range.end)
        };
        let mut findings: Vec<Finding> = self
            .problems
            .iter()
            .map(|problem| finding(problem, source, problem_range(problem)))
            .collect();
        findings.sort_by_key(|finding| (finding.line, finding.column));
        findings.dedup();
        findings
    }

    fn note_left_out(&mut self) {
        let left_out = self.errors.saturating_sub(limit::FINDINGS_MAX)
            + self.warnings.saturating_sub(limit::FINDINGS_MAX);
        if left_out > 0 {
            let message = format!("{left_out} more problems are not listed");
            let place = Place::Value(String::new());
            self.problems.push(Problem::warning("limit.findings", place, message));
        }
    }
}

fn finding(problem: &Problem, text: &str, range: Range<usize>) -> Finding {
    let position = locate::position(text, range.start);
    Finding {
        code: problem.code,
        severity: problem.severity,
        file: None,
        path: problem.place.pointer().to_owned(),
        line: position.line,
        column: position.column,
        length: locate::length(text, &range),
        message: problem.message.clone(),
        suggestion: problem.suggestion.clone(),
        fix: problem.fix.clone(),
    }
}
