//! `cicerone replay`: a stored conversation once more, on its own version or on a draft, and where it goes another way.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::paint::Told;
use super::{Places, paint, reading};
use crate::event::{Event, SessionId};
use crate::flow::Id;
use crate::runtime::{self, Again, Draft, Once};
use crate::{app, telemetry};

/// Replay a conversation from its log, and show where a draft would have gone another way.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The session's id
    session: String,
    /// Nothing that begins after the event with this number
    #[arg(long, value_name = "SEQ")]
    until: Option<u64>,
    /// A flow file, in place of every version of the flow that it is named after
    #[arg(long = "flow", value_name = "DRAFT")]
    draft: Option<PathBuf>,
    /// The flow that the draft stands for, where its file is named otherwise
    #[arg(long, value_name = "FLOW", requires = "draft")]
    of: Option<String>,
    /// The Redis in which conversations are kept, `redis://host:6379`
    #[arg(long)]
    redis: Option<String>,
    /// A running host, such as `http://127.0.0.1:3000`; the embedded store is its alone while it runs
    #[arg(long, conflicts_with = "redis")]
    url: Option<String>,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    /// Settings file [default: ./cicerone.toml, if it is there]
    #[arg(long, env = "CICERONE_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the embedded store [default: data]
    #[arg(long)]
    data: Option<PathBuf>,
}

/// What a replay came to.
enum Came {
    To(Value),
    /// What is wrong with the draft.
    Invalid(Vec<Told>),
}

impl Replay {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start("error");
        let (text, came) = match self.draft.as_deref().map(reading::text).transpose() {
            Ok(text) => (text.clone().unwrap_or_default(), super::wait_for(self.came(text))?),
            Err((text, wrong)) => (text, Came::Invalid(vec![Told::from(&*wrong)])),
        };
        let answer = match came {
            Came::To(answer) => answer,
            Came::Invalid(findings) => {
                self.refuse(&text, &findings);
                return Ok(ExitCode::FAILURE);
            }
        };
        if self.json {
            paint::line(&answer);
        } else {
            show(&answer);
        }
        let is_same =
            answer.get("differences").and_then(Value::as_array).is_some_and(Vec::is_empty);
        let is_whole = answer.get("stopped").is_none_or(Value::is_null);
        Ok(if is_same && is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Tells what is wrong with the draft, as `check` does.
    fn refuse(&self, text: &str, findings: &[Told]) {
        if self.json {
            paint::line(json!({ "ok": false, "errors": findings }));
            return;
        }
        let file = self.draft.as_deref().unwrap_or_else(|| Path::new(""));
        findings.iter().for_each(|one| paint::line(paint::told(file, text, one)));
        paint::line(format_args!("{} {}: the draft does not load", "no".red(), file.display()));
    }

    /// The flow that the draft stands for.
    fn stands_for(&self) -> Option<String> {
        let name = || self.draft.as_ref()?.file_stem().map(|name| name.to_string_lossy().into());
        self.of.clone().or_else(name)
    }

    async fn came(&self, draft: Option<String>) -> anyhow::Result<Came> {
        if let Some(url) = &self.url {
            return self.of_host(url.trim_end_matches('/'), draft).await;
        }
        let places = Places {
            config: self.config.clone(),
            data: self.data.clone(),
            flows: None,
            plugins: None,
        };
        let overrides = crate::config::Overrides {
            redis: self.redis.clone().map(crate::config::Secret),
            ..places.overrides()
        };
        let settings = crate::config::Settings::load(overrides)?;
        let id = SessionId::new(&self.session)?;
        let flow = self.stands_for().as_deref().map(Id::from);
        let again = Again { until: self.until, draft: draft.map(|text| Draft { flow, text }) };
        let error = match app::replay(&settings, &id, &again).await {
            Ok(once) => return Ok(Came::To(as_json(&once))),
            Err(error) => error,
        };
        match error.downcast_ref::<runtime::Error>() {
            Some(runtime::Error::InvalidFlow(wrong)) => {
                Ok(Came::Invalid(wrong.iter().map(Told::from).collect()))
            }
            _ => Err(error),
        }
    }

    async fn of_host(&self, url: &str, draft: Option<String>) -> anyhow::Result<Came> {
        let reach = || format!("reach the host at {url}");
        let http = crate::net::client(url).with_context(reach)?.build().with_context(reach)?;
        let path = format!("{url}/api/sessions/{}/replay", self.session);
        let flow = draft.as_ref().and_then(|_| self.stands_for());
        let body = json!({ "until": self.until, "text": draft, "flow": flow });
        let response = http.post(path).json(&body).send().await.with_context(reach)?;
        let is_fine = response.status().is_success();
        let answer: Value = response.json().await.with_context(reach)?;
        if is_fine {
            return Ok(Came::To(answer));
        }
        if let Some(errors) = answer.get("errors") {
            return Ok(Came::Invalid(serde_json::from_value(errors.clone()).with_context(reach)?));
        }
        let why = answer.get("error").and_then(Value::as_str).unwrap_or("the host refused");
        bail!("replay the conversation: {why}");
    }
}

/// As the host answers.
fn as_json(once: &Once) -> Value {
    let frame = once.replayed.session.frame();
    let differences: Vec<Value> = once
        .replayed
        .differences
        .iter()
        .map(|one| json!({ "seq": one.seq, "sameWay": one.same_way, "then": one.then, "now": one.now }))
        .collect();
    json!({
        "same": once.is_same, "flow": frame.flow, "currentState": frame.state,
        "context": *frame.context, "differences": differences, "stopped": once.replayed.stopped,
    })
}

fn show(answer: &Value) {
    for one in answer.get("differences").and_then(Value::as_array).into_iter().flatten() {
        let seq = one.get("seq").and_then(Value::as_u64).unwrap_or_default();
        let way = one.get("sameWay").and_then(Value::as_bool).unwrap_or_default();
        let what = if way {
            "other words".yellow().to_string()
        } else {
            "another way".red().bold().to_string()
        };
        paint::line(format_args!(
            "{what} from event {seq} on   {} {}",
            "- then".red(),
            "+ now".green()
        ));
        let lines = |key: &str| -> Vec<String> {
            one.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(told).collect()
        };
        let (then, now) = (lines("then"), lines("now"));
        for line in &then {
            if now.contains(line) {
                paint::line(format_args!("    {line}"));
            } else {
                paint::line(format_args!("  {} {}", "-".red(), line.red()));
            }
        }
        for line in now.iter().filter(|line| !then.contains(line)) {
            paint::line(format_args!("  {} {}", "+".green(), line.green()));
        }
    }
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let state = format!("{} in {}", text("currentState"), text("flow"));
    match answer.get("stopped").and_then(Value::as_str) {
        Some(why) => paint::line(format_args!("stopped in {state}: {why}")),
        None if answer.get("same") == Some(&Value::Bool(true)) => {
            paint::line(format_args!(
                "{} every event is the same; it ends in {state}",
                "ok".green().bold()
            ));
        }
        None => {
            paint::line(format_args!("{} the same way; it ends in {state}", "ok".green().bold()));
        }
    }
}

/// An event on one line, without what differs between any two logs.
fn told(event: &Value) -> Option<String> {
    let event: Event = serde_json::from_value(event.clone()).ok()?;
    let mut kind = serde_json::to_value(&event.kind).ok()?;
    let fields = kind.as_object_mut()?;
    for key in ["version", "tool_call_id", "timer", "ms", "spent"] {
        fields.shift_remove(key);
    }
    Some(kind.to_string())
}
