//! A compiled expression: what to bind, and what Rhai runs. It never compiles at evaluation.

use std::fmt;
use std::ops::Range;

use rhai::{AST, Dynamic, EvalAltResult, ParseError, ParseErrorType, Position, Scope as Variables};
use serde_json::Value;

use super::engine::ENGINE;
use super::lex;
use super::limits::{SOURCE_BYTES_MAX, TEMPLATE_DEPTH_MAX};
use super::quick::Quick;
use super::rewrite::{Rewritten, Slot, rewrite, variable};
use super::scope::Path;
use super::value::{found_to_dynamic, found_to_value, kind, to_value};
use super::{Error, Scope, Warning};

pub(super) struct Program {
    work: Work,
    pub(super) reads: Vec<String>,
    pub(super) warnings: Vec<Warning>,
}

enum Work {
    /// Nothing but a path: no Rhai.
    Path(Path),
    Script {
        ast: AST,
        slots: Box<[(rhai::ImmutableString, Slot)]>,
        script: Box<str>,
        /// Where Rhai may not be needed.
        quick: Option<Quick>,
    },
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.work {
            Work::Path(path) => write!(f, "{path}"),
            Work::Script { slots, script, .. } => write!(f, "{script}with {slots:?}"),
        }
    }
}

impl Program {
    /// Compiles `range` of `source`; `depth` counts the quotes with placeholders around it.
    pub(super) fn compile(source: &str, range: Range<usize>, depth: usize) -> Result<Self, Error> {
        let (start, end) = (range.start, range.end);
        if end - start > SOURCE_BYTES_MAX {
            let message = format!("it is longer than {SOURCE_BYTES_MAX} bytes");
            return Err(Error::at(message, start));
        }
        if depth > TEMPLATE_DEPTH_MAX {
            let message = format!("placeholders nest deeper than {TEMPLATE_DEPTH_MAX}");
            return Err(Error::at(message, start));
        }
        let tokens = lex::tokens(source, range)?;
        if tokens.is_empty() {
            return Err(Error::at("there is no expression", start));
        }
        let mut rewritten = rewrite(source, &tokens, depth)?;
        let ast = ENGINE
            .compile_expression(&rewritten.script)
            .map_err(|error| compile_error(&error, &rewritten, end))?;
        let slots = std::mem::take(&mut rewritten.slots);
        Ok(Self {
            reads: reads(&slots),
            warnings: rewritten.warnings,
            work: Work::new(ast, slots, rewritten.script),
        })
    }

    pub(super) fn eval(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        self.quickly(scope).map_or_else(|| self.slowly(scope), |yes| Ok(Value::Bool(yes)))
    }

    /// What it comes to, where that needs no Rhai.
    pub(super) fn quickly(&self, scope: &Scope<'_>) -> Option<bool> {
        match &self.work {
            Work::Script { slots, quick: Some(quick), .. } => quick.is_true(slots, scope),
            Work::Script { quick: None, .. } | Work::Path(_) => None,
        }
    }

    pub(super) fn slowly(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        match &self.work {
            Work::Path(path) => Ok(found_to_value(path.find(scope))),
            Work::Script { ast, slots, .. } => to_value(&run(ast, slots, scope)?),
        }
    }

    pub(super) fn is_true(&self, scope: &Scope<'_>) -> Result<bool, Error> {
        if let Some(yes) = self.quickly(scope) {
            return Ok(yes);
        }
        let value = match &self.work {
            Work::Path(path) => found_to_dynamic(path.find(scope)),
            Work::Script { ast, slots, .. } => run(ast, slots, scope)?,
        };
        if value.is_unit() {
            return Ok(false);
        }
        let mismatch = |_| Error::run(format!("it is {}, neither true nor false", kind(&value)));
        value.as_bool().map_err(mismatch)
    }
}

impl Work {
    fn new(ast: AST, mut slots: Vec<Slot>, script: String) -> Self {
        let is_path = script.trim_matches([' ', '(', ')']) == variable(0);
        match slots.pop() {
            Some(Slot::Path { path, .. }) if is_path => Self::Path(path),
            last => {
                slots.extend(last);
                let quick = Quick::of(&script, &slots);
                let named = |(number, slot)| (variable(number).into(), slot);
                let slots = slots.into_iter().enumerate().map(named).collect();
                Self::Script { ast, slots, script: script.into(), quick }
            }
        }
    }
}

fn run(
    ast: &AST,
    slots: &[(rhai::ImmutableString, Slot)],
    scope: &Scope<'_>,
) -> Result<Dynamic, Error> {
    let mut variables = Variables::with_capacity(slots.len());
    for (name, slot) in slots {
        variables.push_dynamic(name.clone(), bind(slot, scope)?);
    }
    ENGINE.eval_ast_with_scope(&mut variables, ast).map_err(|error| run_error(*error))
}

fn bind(slot: &Slot, scope: &Scope<'_>) -> Result<Dynamic, Error> {
    match slot {
        Slot::Path { path, is_truth } => {
            let value = found_to_dynamic(path.find(scope));
            Ok(if *is_truth && value.is_unit() { Dynamic::FALSE } else { value })
        }
        Slot::Text(template) => template.text(scope).map(Dynamic::from),
    }
}

fn reads(slots: &[Slot]) -> Vec<String> {
    let mut reads: Vec<String> = Vec::new();
    for slot in slots {
        match slot {
            Slot::Path { path, .. } => reads.push(path.to_string()),
            Slot::Text(template) => reads.extend_from_slice(template.reads()),
        }
    }
    reads.sort_unstable();
    reads.dedup();
    reads
}

fn compile_error(error: &ParseError, rewritten: &Rewritten, end: usize) -> Error {
    let at_end = matches!(error.err_type(), ParseErrorType::UnexpectedEOF);
    let column = error.position().position().filter(|_| !at_end);
    let offset = column.and_then(|column| rewritten.offset(column)).unwrap_or(end);
    Error::at(fragment(&error.err_type().to_string()), offset)
}

/// What went wrong, without the line and column of a text that the author never saw.
pub(super) fn run_error(mut error: EvalAltResult) -> Error {
    let _position: Position = error.take_position();
    Error::run(match error {
        EvalAltResult::ErrorFunctionNotFound(call, _) => {
            format!("nothing does `{call}`; a value may be missing or of another type")
        }
        EvalAltResult::ErrorMismatchDataType(wanted, found, _) => {
            format!("`{found}` stands where `{wanted}` is due")
        }
        EvalAltResult::ErrorTooManyOperations(_) => "it takes too many operations".to_owned(),
        other => fragment(&other.to_string()),
    })
}

/// As the rest of a sentence.
fn fragment(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}
