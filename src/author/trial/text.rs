//! A text in a case: what a flow with these intents would ask the plugin about it, and what is left of the answer when a
//! host has checked it. Only what no case says is made up here.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

use super::file::Case;
use crate::engine::{Call, Classify};
use crate::event::{CallId, Map, Timestamp, ToolError, ToolErrorKind};
use crate::flow::{self, Flow, Known, Offers, Retry, Severity};
use crate::nlu::{self, Answered, Asked, Command, Filled, PluginTrouble, Plugins};
use crate::plugin::{CallReport, Plugin, Understand};

/// Under which name a text stands where a tool's would; no tool can have it.
pub(super) const TEXT: &str = "@classify";

/// The flow in which a case's text is said.
const FLOW: &str = "trial";

/// A flow whose one state can take the intents of a case.
///
/// # Errors
/// Where in `intents` it cannot be, and why.
pub(super) fn flow(case: &Case) -> Result<Flow, (String, String)> {
    let names = case.intents.keys();
    let transitions: Vec<Value> =
        names.map(|name| json!({ "onIntent": name, "to": "Trial" })).collect();
    let definition = json!({
        "meta": { "name": "Trial" },
        "nlu": { "mode": "plugin", "plugin": FLOW },
        "start": "Trial",
        "intents": case.intents,
        "states": { "Trial": { "transitions": transitions } },
    });
    let id = flow::Id::from(FLOW);
    let flows = BTreeSet::from([id.clone()]);
    let known = Known { flows: &flows, offers: &Offers::default() };
    let loaded = flow::load(&id, &definition.to_string(), known);
    loaded.map(|(flow, _warnings)| flow).map_err(|findings| {
        let wrong = findings.into_iter().find(|finding| finding.severity == Severity::Error);
        let wrong = wrong.map(|finding| {
            let more = finding.suggestion.map(|more| format!("; {more}")).unwrap_or_default();
            (finding.path, finding.message + more.as_str())
        });
        let (path, why) = wrong.unwrap_or_default();
        let inside = path.strip_prefix("/intents").unwrap_or_default();
        (format!("intents{}", inside.replace('/', ".")), why)
    })
}

/// The question that is asked about the text.
pub(super) fn query(case: &Case, flow: &Flow, now: Timestamp) -> Classify {
    let slots = flow.intents.values().flat_map(|intent| &intent.slots);
    Classify {
        text: case.text.clone().unwrap_or_default(),
        flow: (flow.id.clone(), flow.version.clone()),
        among: flow.intents.keys().cloned().collect(),
        expecting: slots.filter(|slot| case.asked.contains(&slot.name)).cloned().collect(),
        choices: Vec::new(),
        asked: case.question.clone(),
        context: case.context.clone(),
        personal: Vec::new(),
        language: case.locale.clone().unwrap_or_else(|| "en-US".to_owned()),
        time_zone: case.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        now,
    }
}

/// What a host takes of a plugin's answer about a text, as a list of commands, and what the sandbox says of it.
pub async fn understood(
    plugin: &Plugin,
    flow: &Flow,
    query: &Classify,
) -> (Result<Value, ToolError>, CallReport) {
    let asker = Asker { plugin, now: query.now, came: Mutex::default() };
    let timeout = std::time::Duration::from_millis(plugin.allowed().timeout_ms);
    let reply = nlu::by_plugin(&asker, flow, query, Instant::now() + timeout).await;
    let came = asker.came.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (error, report) = came.unwrap_or_default();
    let commands = reply.map(|reply| Value::from_iter(reply.commands.iter().map(as_json)));
    let outcome = commands.map_err(|trouble| {
        let kind = match &trouble {
            PluginTrouble::BadAnswer(_) => ToolErrorKind::BadResult,
            PluginTrouble::TooLarge(_) => ToolErrorKind::Limit,
            PluginTrouble::Timeout => ToolErrorKind::Timeout,
            PluginTrouble::Missing(_)
            | PluginTrouble::LeftAlone
            | PluginTrouble::Unreachable
            | PluginTrouble::Failed(_) => ToolErrorKind::Unavailable,
        };
        error.unwrap_or_else(|| ToolError::new(kind, trouble.to_string()))
    });
    (outcome, report)
}

/// A plugin that understands texts, without a registry around it.
#[derive(Debug)]
struct Asker<'a> {
    plugin: &'a Plugin,
    now: Timestamp,
    /// Its own failure, and what it took.
    came: Mutex<Option<(Option<ToolError>, CallReport)>>,
}

impl Plugins for Asker<'_> {
    fn understands(&self, _plugin: &str) -> bool {
        self.plugin.classifies
    }

    fn ask<'a>(&'a self, asked: Asked<'a>) -> Answered<'a> {
        Box::pin(async move {
            let call = call(&asked, self.now);
            let deadline = tokio::time::Instant::from_std(asked.deadline);
            let understand = Understand { call: &call, now: self.now, deadline };
            let (outcome, report) = self.plugin.understand(understand).await;
            let outcome = outcome.map_err(|failure| failure.error);
            let error = outcome.as_ref().err().cloned();
            let came = &mut *self.came.lock().unwrap_or_else(PoisonError::into_inner);
            *came = Some((error, report));
            outcome.map(|answer| answer.value).map_err(|error| PluginTrouble::Failed(error.kind))
        })
    }
}

fn call(asked: &Asked<'_>, now: Timestamp) -> Call {
    let left = asked.deadline.saturating_duration_since(Instant::now());
    let timeout_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let (flow, version) = asked.flow.clone();
    Call {
        id: CallId::from(format!("{FLOW}.1").as_str()),
        name: TEXT.to_owned(),
        uses: None,
        args: asked.request.clone(),
        result_schema: None,
        flow,
        version,
        state: String::new(),
        locale: asked.locale.to_owned(),
        timeout_ms,
        retry: Retry { max_attempts: 1, backoff_ms: 0, max_backoff_ms: 0, jitter: false },
        idempotent: false,
        deadline: now.plus_millis(timeout_ms),
        context: std::sync::Arc::default(),
    }
}

/// A command as a case writes it.
fn as_json(command: &Command) -> Value {
    match command {
        Command::Intent { name, confidence } => json!({ "intent": name, "confidence": confidence }),
        Command::SetSlot(filled) => slot("setSlot", filled),
        Command::CorrectSlot(filled) => slot("correctSlot", filled),
        Command::Cancel => json!({ "cancel": true }),
        Command::None { confidence } => json!({ "none": true, "confidence": confidence }),
    }
}

fn slot(how: &str, filled: &Filled) -> Value {
    let Filled { name, value, span, confidence } = filled;
    let mut command = Map::new();
    command.insert(how.to_owned(), name.as_str().into());
    command.insert("value".to_owned(), value.clone());
    if let Some(span) = span {
        command.insert("span".to_owned(), json!([span.start, span.end]));
    }
    command.insert("confidence".to_owned(), (*confidence).into());
    Value::Object(command)
}
