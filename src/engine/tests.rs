//! The heart, tested at its door: a small flow and a script of inputs in, a transcript of events and wishes out. Every
//! step of every transcript is also held against what must be true of any step.

mod calls;
mod clarifying;
mod corrections;
mod csm;
mod csm_writes;
mod csm_meant;
mod defects;
mod examples;
mod failing;
mod forms;
mod hearing;
mod limits;
mod migrating;
mod moving_on;
mod moves;
mod news;
mod outcomes;
mod parts;
mod random;
mod repeats;
mod silences;
mod subflows;
mod waiting;
mod ways;

use std::collections::BTreeSet;

use expect_test::Expect;
use serde_json::json;

use super::*;
use crate::event::Kind;
use crate::event::SessionId;
use crate::flow::{Flow, Id, Known, Offers};

/// Milliseconds of the first turn; later turns come when a script says `wait`.
const MORNING: i64 = 1_000_000;

/// Plays a script against a flow made of `parts` and compares the transcript. A line of a script is one of
/// `text WORDS`, `intent NAME {slots}`, `between ONE|OTHER {slots}`, `noise`, `dtmf KEYS`, `event NAME {payload}`, `done {result}`,
/// `gives {result, patch, say}`, `tells PERCENT WORDS`, `publishes NAME {data}`, `failed KIND`, `late {result}`, `due`, `drain`, `cancel`, `delete`, `start`; with
/// `#ID` after the first word when the sender gives an id; `wait MS` moves the clock, `look` shows where it is.
#[track_caller]
pub(super) fn check(parts: &Value, script: &str, expected: &Expect) {
    let mut talk = Talk::new(parts);
    talk.run("start");
    talk.run(script);
    expected.assert_eq(&talk.out);
}

/// A conversation that is written down.
pub(super) struct Talk {
    pub(super) linked: Linked,
    pub(super) session: Session,
    pub(super) now: Timestamp,
    pub(super) out: String,
    last_call: CallId,
}

impl Talk {
    #[track_caller]
    pub(super) fn new(parts: &Value) -> Self {
        Self::among(parts, &[])
    }

    /// As [`Self::new`], with more flows that the conversation can go through.
    #[track_caller]
    pub(super) fn among(parts: &Value, others: &[(&str, Value)]) -> Self {
        let flow = Arc::new(flow("test", parts));
        let mut linked = Linked::default();
        linked.activate(Arc::clone(&flow));
        linked.activate(Arc::new(other()));
        for (id, parts) in others {
            linked.activate(Arc::new(self::flow(id, parts)));
        }
        Self::on(linked, &flow, Timestamp::from_millis(MORNING))
    }

    fn on(linked: Linked, flow: &Flow, now: Timestamp) -> Self {
        let session = Session::new(SessionId::new("s").unwrap(), flow, Map::new(), now);
        Self { linked, session, now, out: String::new(), last_call: CallId::from("none") }
    }

    #[track_caller]
    pub(super) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.note(&format!("> {line}"));
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "wait" => self.now = self.now.plus_millis(rest.parse().unwrap()),
                "look" => self.look(),
                _ => {
                    let input = self.input(word, rest);
                    drop(self.take(input));
                }
            }
        }
    }

    fn note(&mut self, line: &str) {
        // A call's id without the time of its session, which is the same throughout.
        self.out.push_str(&line.replace(&format!("s.{MORNING}."), "s."));
        self.out.push('\n');
    }

    fn look(&mut self) {
        let frame = self.session.frame();
        let context = Value::Object(Map::clone(&frame.context));
        self.note(&format!("= {}/{} {context}", frame.flow, frame.state));
    }

    #[track_caller]
    pub(super) fn take(&mut self, input: Input) -> Result<(), Error> {
        let before = self.session.clone();
        let step = match step(&self.linked, &before, &input, self.now) {
            Ok(step) => step,
            Err(error) => {
                self.note(&format!("  x could not {error}"));
                return Err(error);
            }
        };
        assert_sound(&self.linked, &before, &step, self.now);
        for event in &step.events {
            self.note(&format!("  {}.{} {}", event.seq, event.turn, told(&event.kind)));
        }
        for effect in &step.effects {
            self.note(&format!("  ! {}", wished(effect, self.now)));
        }
        self.session = step.session;
        if let Some(seen) = &self.session.last_call {
            self.last_call = seen.tool_call_id.clone();
        }
        Ok(())
    }

    #[track_caller]
    pub(super) fn input(&self, word: &str, rest: &str) -> Input {
        let (word, id) = word.split_once('#').map_or((word, None), |(word, id)| (word, Some(id)));
        let message_id = id.map(str::to_owned);
        let (name, json) = rest.split_once(' ').unwrap_or((rest, "{}"));
        let pending = || self.session.pending[0].call.clone();
        match word {
            "start" => Input::Start,
            "text" => Input::Text { text: rest.to_owned(), message_id },
            "dtmf" => Input::Dtmf { digits: rest.to_owned(), message_id },
            "noise" => Input::Understood(Understood::default()),
            "intent" => Input::Understood(Understood {
                intent: Some(name.to_owned()),
                confidence: 0.9,
                slots: serde_json::from_str(json).unwrap(),
                classifier: "test".to_owned(),
                message_id,
                ..Understood::default()
            }),
            "between" => {
                let between = |name: &str| crate::event::Alternative {
                    intent: name.to_owned(),
                    confidence: 0.4,
                    slots: serde_json::from_str(json).unwrap(),
                };
                let alternatives = name.split('|').map(between).collect();
                Input::Understood(Understood { alternatives, ..Understood::default() })
            }
            "event" => Input::External {
                name: name.to_owned(),
                payload: serde_json::from_str(json).unwrap(),
                message_id,
            },
            "done" => Input::ToolDone { call: pending(), outcome: done(parsed(rest)) },
            "late" => Input::ToolDone { call: self.last_call.clone(), outcome: done(parsed(rest)) },
            "gives" => Input::ToolDone { call: pending(), outcome: gives(&parsed(rest)) },
            "failed" => {
                let kind = serde_json::from_value(json!(rest)).unwrap();
                let error = ToolError::new(kind, "no luck");
                Input::ToolDone { call: pending(), outcome: Outcome::Failed(error) }
            }
            "tells" | "publishes" => {
                let news = match (word, rest.split_once(' ').unwrap()) {
                    ("tells", (percent, message)) => News::Progress {
                        percent: percent.parse().ok(),
                        message: message.to_owned(),
                    },
                    (_, (name, data)) => News::Event { name: name.to_owned(), data: parsed(data) },
                };
                Input::Told { call: self.last_call.clone(), news }
            }
            "due" => Input::Due(self.session.timers[0].id),
            "drain" => Input::Drain,
            "cancel" => Input::Cancel,
            "delete" => Input::Delete,
            _ => panic!("no such input: {word}"),
        }
    }
}

#[track_caller]
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn done(result: Value) -> Outcome {
    Outcome::Done(Done { result, ms: 5, ..Done::default() })
}

fn gives(all: &Value) -> Outcome {
    let patch = all["patch"].as_object().cloned().unwrap_or_default();
    let say = serde_json::from_value(all["say"].clone()).unwrap();
    Outcome::Done(Done {
        result: all["result"].clone(),
        ms: 5,
        patch: patch.into_iter().collect(),
        say,
        spent: None,
    })
}

/// A flow of the tests: what they do not say of themselves is added.
#[track_caller]
pub(super) fn flow(id: &str, parts: &Value) -> Flow {
    let mut whole = json!({ "meta": { "name": "Test" }, "start": "A" });
    for (key, part) in parts.as_object().unwrap() {
        whole[key] = part.clone();
    }
    let flows = BTreeSet::from(["test", "other", "pay", "deep", "gone"].map(Id::from));
    let offers = Offers::default();
    let known = Known { flows: &flows, offers: &offers };
    match flow::load(&Id::from(id), &whole.to_string(), known) {
        Ok((flow, _)) => flow,
        Err(findings) => panic!("{findings:#?}"),
    }
}

/// Where `flow:other` leads to.
fn other() -> Flow {
    let states = json!({
        "Hall": {
            "onEnter": [{ "say": "hall of {{ctx.name}}, {{ctx.age}}" }],
            "transitions": [{ "pattern": "back", "to": "flow:test" }, { "pattern": "go", "to": ":end" }, { "onDtmf": "1", "to": ":cancel" }],
        },
    });
    flow(
        "other",
        &json!({ "start": "Hall", "context": { "name": "nobody", "age": 7 }, "states": states }),
    )
}

/// What must be true of every step.
#[track_caller]
pub(super) fn assert_sound(linked: &Linked, before: &Session, step: &Step, now: Timestamp) {
    let after = &step.session;
    for (event, seq) in step.events.iter().zip(before.seq + 1..) {
        assert_eq!(event.seq, seq, "the log has no gaps");
        assert_eq!(event.timestamp, now, "a turn has one time");
        assert!(event.turn <= after.turn, "an event belongs to an arrival");
    }
    assert_eq!(after.seq, before.seq + step.events.len() as u64);
    for (depth, frame) in after.frames.iter().enumerate() {
        let flow = linked.get(&frame.flow, &frame.version).expect("a session's flow is loaded");
        assert!(flow.states.contains_key(&*frame.state), "no state `{}`", frame.state);
        assert_eq!(frame.waits.is_none(), depth + 1 == after.frames.len(), "callers wait");
    }
    assert!(after.frames.len() <= FRAMES_MAX);
    assert!(after.timers.iter().all(|timer| timer.frame < after.frames.len()));
    assert!(after.is_active() || (after.pending.is_empty() && after.timers.is_empty()));
    if after.understanding.is_none() {
        let stored = serde_json::to_string(after).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&stored).unwrap(), *after, "{stored}");
    }
}

fn told(kind: &Kind) -> String {
    let quick = |suggestions: &[String]| match suggestions {
        [] => String::new(),
        some => format!(" {some:?}"),
    };
    match kind {
        Kind::SessionCreated { flow, .. } => format!("session.created {flow}"),
        Kind::UserText { text, .. } => format!("user.text {text:?}"),
        Kind::NluIntent(understood) => {
            format!("nlu.intent {}", understood.intent.as_deref().unwrap_or("-"))
        }
        Kind::Say { text, suggestions, .. } => format!("say {text:?}{}", quick(suggestions)),
        Kind::Ask { text, suggestions, .. } => format!("ask {text:?}{}", quick(suggestions)),
        Kind::FsmTransition { from, to, trigger, .. } => format!("{from} -> {to} by {trigger}"),
        Kind::StateUpdated { changed } => format!("state.updated {}", json!(changed)),
        Kind::ToolCall { tool_call_id, name, args } => {
            format!("tool.call {name} {} as {tool_call_id}", json!(args))
        }
        Kind::ToolResult { name, result, .. } => format!("tool.result {name} {result}"),
        Kind::ToolError { name, error, .. } => format!("tool.error {name} {}", error.kind.as_str()),
        Kind::Error { code, message } => format!("error {code}: {message}"),
        Kind::IntentUnhandled { intent, current_state, text, .. } => {
            let intent = intent.as_deref().unwrap_or("-");
            format!("intent.unhandled {intent} {text:?} in {current_state}")
        }
        Kind::Custom { name, data } => format!("{name} {data}"),
        other => json!(other).to_string(),
    }
}

fn wished(effect: &Effect, now: Timestamp) -> String {
    match effect {
        Effect::Classify(query) => {
            let expecting: Vec<&str> = query.expecting.iter().map(|s| s.name.as_str()).collect();
            format!("classify {:?} among {:?} expecting {expecting:?}", query.text, query.among)
        }
        Effect::CallTool(call) => {
            format!("call {} within {} ms", call.name, call.deadline.millis_since(now))
        }
        Effect::CancelTool(call) => format!("cancel {call}"),
        Effect::Wake { at, .. } => format!("wake in {} ms", at.millis_since(now)),
    }
}
