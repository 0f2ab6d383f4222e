//! From the model to the flow that runs: names resolved, expressions and patterns compiled, transitions in the
//! order they are tried. What it cannot compile it reports and leaves out, so that the rest is looked at too.

mod form;
mod nlu;
mod pattern;
mod route;
mod state;
mod text;
mod tool;
mod version;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::locate::escape;
use super::model::{self, Named, Piece};
use super::personal::{self, Move};
use super::report::{Place, Problem, Report};
use super::{Busy, ByName, FallbackStep, Flow, Id, Known, Meta, Version, limit};
use crate::script::Template;

/// What the parts of a flow were seen to use, for the checks that look at the whole.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Intents that set something off.
    pub(super) intents: BTreeSet<String>,
    /// Calls of tools.
    pub(super) calls: Vec<Call>,
    /// Tools that language models may call.
    pub(super) lent: BTreeSet<String>,
    /// Replies that language models write: where, in which state, and whether on entering.
    pub(super) replies: Vec<(String, String, bool)>,
    /// Calls of other flows.
    pub(super) flow_calls: Vec<FlowCall>,
    /// Paths that expressions read, and where.
    pub(super) reads: Vec<(String, String)>,
    /// Paths of the context that are written.
    pub(super) writes: BTreeSet<String>,
    /// What is written from what.
    pub(super) moves: Vec<Move>,
}

/// A `tool` action.
#[derive(Debug)]
pub(super) struct Call {
    /// The flow's name for the tool.
    pub(super) tool: String,
    /// The names of the arguments.
    pub(super) args: Vec<String>,
    /// JSON pointer of the action.
    pub(super) at: String,
    /// The state it is in.
    pub(super) state: String,
    /// Whether it is among the actions of entering.
    pub(super) is_entry: bool,
}

/// A `call` action.
#[derive(Debug)]
pub(super) struct FlowCall {
    /// The flow that is called.
    pub(super) flow: Id,
    /// JSON pointer of the action.
    pub(super) at: String,
    /// The state it is in.
    pub(super) state: String,
    /// Whether it is among the actions of entering.
    pub(super) is_entry: bool,
}

/// The names of one kind that a flow declares.
struct Names<'a> {
    names: Vec<&'a str>,
    set: BTreeSet<&'a str>,
    /// Whether the names are all there; what cannot be read may declare anything.
    is_whole: bool,
}

impl<'a> Names<'a> {
    fn of<T>(section: Option<&'a Piece<Named<T>>>) -> Self {
        let names: Vec<&str> = match section {
            Some(Piece::Good(parts)) => parts.keys().map(String::as_str).collect(),
            Some(Piece::Bad(_)) | None => Vec::new(),
        };
        let set = names.iter().copied().collect();
        Self { names, set, is_whole: !matches!(section, Some(Piece::Bad(_))) }
    }

    fn has(&self, name: &str) -> bool {
        !self.is_whole || self.set.contains(name)
    }
}

struct Compiler<'a> {
    id: &'a Id,
    known: Known<'a>,
    states: Names<'a>,
    intents: Names<'a>,
    tools: Names<'a>,
    report: &'a mut Report,
    uses: Uses,
    /// Patterns that became regular expressions so far.
    regexes: usize,
    /// BCP 47, of what the host says itself.
    language: String,
}

/// The flow and what it uses. It is worth keeping only if nothing wrong was reported.
pub(super) fn compile(
    id: &Id,
    version: Version,
    (definition, model): (Value, &model::Flow),
    known: Known<'_>,
    report: &mut Report,
) -> (Flow, Uses) {
    let mut compiler = Compiler {
        id,
        known,
        states: Names::of(model.states.as_ref()),
        intents: Names::of(model.intents.as_ref()),
        tools: Names::of(model.tools.as_ref()),
        report,
        uses: Uses::default(),
        regexes: 0,
        language: String::new(),
    };
    let flow = compiler.flow(version, definition, model);
    (flow, compiler.uses)
}

impl Compiler<'_> {
    fn flow(&mut self, version: Version, definition: Value, model: &model::Flow) -> Flow {
        let meta = self.meta(model.meta.as_ref());
        self.language.clone_from(&meta.language);
        let context = self.part(model.context.as_ref(), "/context").cloned().unwrap_or_default();
        self.note_writes(&context);
        let states = self.all_states(model);
        let silence = self.silence(model.fallback.as_ref(), "/fallback");
        let minds_silence =
            silence.is_some() || states.values().any(|state| state.silence.is_some());
        let mut flow = Flow {
            id: self.id.clone(),
            version,
            definition: Arc::new(definition),
            start: self.start(model).into(),
            context: Arc::new(context),
            intents: self.all_intents(model),
            tools: self.all_tools(model),
            states,
            nlu: self.nlu(model),
            transitions: self.global_transitions(model),
            no_match: self.flow_fallback(model.fallback.as_ref(), &meta.language),
            clarify: state::clarify(model.fallback.as_ref()).unwrap_or_default(),
            silence,
            minds_silence,
            migrations: self.migrations(model),
            personal: Vec::new(),
            meta,
        };
        flow.personal = personal::paths(&flow, &self.uses.moves);
        flow
    }

    /// A part as far as it could be read; if not, that has been reported or is now.
    fn piece<'p, T>(&mut self, piece: &'p Piece<T>, at: &str) -> Option<&'p T> {
        match piece {
            Piece::Good(part) => Some(part),
            Piece::Bad(error) => {
                if !self.report.has_error_in(at) {
                    self.error("value.type", at, error.clone());
                }
                None
            }
        }
    }

    fn part<'p, T>(&mut self, piece: Option<&'p Piece<T>>, at: &str) -> Option<&'p T> {
        piece.and_then(|piece| self.piece(piece, at))
    }

    /// Every readable one of the first `max` members of a section, with its pointer.
    fn members<'p, T>(
        &mut self,
        section: Option<&'p Piece<Named<T>>>,
        at: &str,
        max: usize,
    ) -> Vec<(&'p String, &'p T, String)> {
        let Some(parts) = self.part(section, at) else { return Vec::new() };
        let mut members = Vec::with_capacity(parts.len().min(max));
        for (name, piece) in parts.iter().take(max) {
            let at = format!("{at}/{}", escape(name));
            if let Some(part) = self.piece(piece, &at) {
                members.push((name, part, at));
            }
        }
        members
    }

    fn start(&mut self, model: &model::Flow) -> String {
        let Some(start) = self.part(model.start.as_ref(), "/start").cloned() else {
            return String::new();
        };
        self.known_state(&start, "/start");
        start
    }

    fn meta(&mut self, meta: Option<&Piece<model::Meta>>) -> Meta {
        let written = self.part(meta, "/meta");
        let language = written.and_then(|meta| meta.language.clone());
        let time_zone = written.and_then(|meta| meta.time_zone.clone());
        if let Some(language) = &language {
            self.check_language(language);
        }
        if let Some(time_zone) = &time_zone {
            self.check_time_zone(time_zone);
        }
        Meta {
            name: written.map(|meta| meta.name.clone()).unwrap_or_default(),
            description: written.and_then(|meta| meta.description.clone()),
            language: language.unwrap_or_else(|| "en-US".to_owned()),
            time_zone,
            voice: written.and_then(|meta| meta.voice.clone()),
            categories: written.and_then(|meta| meta.categories.clone()).unwrap_or_default(),
            busy: written.and_then(|meta| meta.busy).map(busy).unwrap_or_default(),
            sessions: self.sessions(written.and_then(|meta| meta.sessions.as_ref())),
        }
    }

    fn check_language(&mut self, language: &str) {
        let is_subtag = |tag: &str| {
            (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let first = language.split('-').next().unwrap_or_default();
        let is_language =
            (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_language || !language.split('-').all(is_subtag) {
            let message = format!("`{language}` is no language tag");
            let place = Place::Value("/meta/language".to_owned());
            let problem = Problem::error("language.invalid", place, message);
            self.report.add(problem.suggest("write it as in `en-US` or `pt`"));
        }
    }

    fn check_time_zone(&mut self, name: &str) {
        if jiff::tz::TimeZone::get(name).is_ok() {
            return;
        }
        let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        let place = Place::Value("/meta/time_zone".to_owned());
        let message = format!("no time zone `{name}`");
        let problem = Problem::error("time_zone.unknown", place, message);
        let problem = problem.suggest_name(name, zones.iter().map(String::as_str));
        self.report
            .add(problem.or_suggest(|| "write an IANA name such as `Europe/Lisbon`".to_owned()));
    }

    /// Notes what the initial context holds as written, down to its leaves.
    fn note_writes(&mut self, context: &model::Fields) {
        let mut open: Vec<(String, &model::Fields)> = vec![(String::new(), context)];
        while let Some((prefix, fields)) = open.pop() {
            for (key, value) in fields {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                match value {
                    Value::Object(inner) if !inner.is_empty() => open.push((path, inner)),
                    _ => {
                        self.uses.writes.insert(path);
                    }
                }
            }
        }
    }

    fn error(&mut self, code: &'static str, at: &str, message: impl Into<String>) {
        self.report.add(Problem::error(code, Place::Value(at.to_owned()), message));
    }

    /// Reports more than `max` of something; the code says of what.
    fn limit(&mut self, code: &'static str, at: &str, (count, max): (usize, usize)) {
        if count > max {
            self.error(code, at, format!("there are {count} here; at most {max} are taken"));
        }
    }

    /// Reports names that nobody could refer to.
    fn check_name(&mut self, name: &str, at: &str) {
        if name.trim().is_empty() {
            let place = Place::Key(at.to_owned());
            self.report.add(Problem::error("name.invalid", place, "a name cannot be empty"));
        } else if name.chars().count() > limit::NAME_CHARS_MAX {
            let message = format!("a name has at most {} characters", limit::NAME_CHARS_MAX);
            self.report.add(Problem::error("limit.name", Place::Key(at.to_owned()), message));
        }
    }
}

fn busy(written: model::Busy) -> Busy {
    match written {
        model::Busy::Queue => Busy::Queue,
        model::Busy::Interrupt => Busy::Interrupt,
        model::Busy::Reject => Busy::Reject,
        model::Busy::Merge => Busy::Merge,
    }
}

/// What is done about an unhandled input where the author does not say it.
fn default_fallback(language: &str) -> Vec<FallbackStep> {
    let text = match language.split('-').next().unwrap_or_default() {
        "de" => "Das habe ich leider nicht verstanden.",
        "es" => "Perdona, no te he entendido.",
        "fr" => "Désolé, je n'ai pas compris.",
        "it" => "Mi dispiace, non ho capito.",
        "nl" => "Sorry, dat begreep ik niet.",
        "pt" => "Desculpe, não percebi.",
        _ => "Sorry, I did not understand that.",
    };
    let say = Template::compile(text).ok();
    vec![FallbackStep { say, reask: true, to: None, at: String::new() }]
}

/// A map with the capacity it will need.
fn map_for<T>(count: usize) -> ByName<T> {
    ByName::with_capacity_and_hasher(count, foldhash::fast::RandomState::default())
}
