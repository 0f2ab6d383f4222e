//! From the text of a file of cases to what is played. What is wrong with the file is said with its place before anything
//! is played.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::file::{self, Case, CaseStep, Cases, Expectation};
use super::names::Names;
use super::reply::Replies;
use super::script::{Act, Script, Suite, What};
use super::span;
use crate::engine::{Input, Understood};
use crate::event::Timestamp;
use crate::flow::{self, Finding, Linked, Text, Written};

/// When a case begins that does not say it.
const NOW: &str = "2026-03-02T12:00:00Z";

/// Whether a result fits the JSON Schema that a flow gives, and if not, why.
pub type Fits<'a> = dyn Fn(&Value, &Value) -> Result<(), String> + 'a;

/// Reads a file of cases for the flow `id`, which is one of `flows`. What a tool is made to give must fit what its flow
/// says of it; schemas are the affair of whoever calls this.
///
/// # Errors
/// Every mistake at once, located.
pub fn read(
    id: &flow::Id,
    text: &Text<'_>,
    flows: &Linked,
    fits: &Fits<'_>,
) -> Result<Suite, Vec<Finding>> {
    let (written, cases) = Written::read::<Cases>(text, (file::schema(), "Cases"));
    let Some(cases) = cases else { return Err(written.findings()) };
    let mut reader = Reader { written, names: Names::of(flows), flows, fits };
    let flow = cases.flow.as_deref().map_or_else(|| id.clone(), flow::Id::from);
    if flows.current(&flow).is_none() {
        let at = if cases.flow.is_some() { "/flow" } else { "" };
        let known: Vec<&str> = flows.iter().map(|flow| flow.id.as_str()).collect();
        let known = known.iter().copied();
        let message = format!("there is no flow `{flow}`");
        reader.written.unknown("flow.unknown", at, (message, flow.as_str()), known);
    }
    let scripts = reader.scripts(&cases);
    if reader.written.is_wrong() {
        return Err(reader.written.findings());
    }
    Ok(Suite { flow, scripts })
}

pub(super) struct Reader<'t> {
    pub(super) written: Written<'t>,
    pub(super) names: Names,
    pub(super) flows: &'t Linked,
    pub(super) fits: &'t Fits<'t>,
}

impl Reader<'_> {
    fn scripts(&mut self, cases: &Cases) -> Vec<Script> {
        let begins = self.moment(cases.now.as_deref(), "/now");
        self.zone(cases.time_zone.as_deref(), "/time_zone");
        let tools = self.tools(&cases.tools, "/tools");
        let mut seen = BTreeSet::new();
        let mut scripts = Vec::new();
        for (number, case) in cases.cases.iter().enumerate() {
            let at = format!("/cases/{number}");
            if !seen.insert(&case.name) {
                let message = format!("two cases are named `{}`", case.name);
                let hint = "give each a sentence of its own";
                self.written.wrong("case.duplicate", &format!("{at}/name"), message, hint);
            }
            scripts.push(self.script(case, at, (cases, begins, &tools)));
        }
        scripts
    }

    fn script(
        &mut self,
        case: &Case,
        at: String,
        (cases, begins, tools): (&Cases, Timestamp, &BTreeMap<String, Replies>),
    ) -> Script {
        let own = case.now.as_deref().map(|now| self.moment(Some(now), &format!("{at}/now")));
        self.zone(case.time_zone.as_deref(), &format!("{at}/time_zone"));
        let mut tools = tools.clone();
        tools.extend(self.tools(&case.tools, &format!("{at}/tools")));
        let is_real = tools.values().any(Replies::is_real);
        let mut context = cases.context.clone();
        context.extend(case.context.clone());
        let acts = self.acts(&case.steps, &at, is_real);
        Script {
            name: case.name.clone(),
            at,
            is_real,
            begins: own.unwrap_or(begins),
            time_zone: case.time_zone.clone().or_else(|| cases.time_zone.clone()),
            context,
            tools,
            acts,
        }
    }

    fn acts(&mut self, steps: &[CaseStep], at: &str, is_real: bool) -> Vec<Act> {
        let mut acts = vec![Act {
            at: None,
            after_ms: 0,
            what: What::Input(Input::Start),
            expect: Expectation::default(),
        }];
        for (number, step) in steps.iter().enumerate() {
            let at = format!("{at}/steps/{number}");
            let expect = step.expect.clone().unwrap_or_default();
            self.expectation(&expect, &format!("{at}/expect"), is_real);
            let what = self.what(step, &at);
            let is_empty = matches!(what, What::Nothing) && step.after.is_none();
            if is_empty && number == 0 {
                acts.iter_mut()
                    .for_each(|act| (act.at, act.expect) = (Some(at.clone()), expect.clone()));
                continue;
            }
            if is_empty {
                let message = "nothing happens in this step".to_owned();
                let hint = "add `user`, `intent`, `dtmf`, `event`, `cancel` or `after`; only the first step may do without";
                self.written.wrong("step.empty", &at, message, hint);
            }
            let after_ms = self.span(step.after.as_deref(), &format!("{at}/after"));
            acts.push(Act { at: Some(at), after_ms, what, expect });
        }
        acts
    }

    fn what(&mut self, step: &CaseStep, at: &str) -> What {
        let does = [
            step.user.is_some(),
            step.dtmf.is_some(),
            step.event.is_some(),
            step.cancel,
            step.intent.is_some() && step.user.is_none(),
        ];
        if does.iter().filter(|one| **one).count() > 1 {
            let message = "two things happen in one step".to_owned();
            self.written.wrong("step.several", at, message, "make two steps of it");
        }
        for (stray, key, of) in [
            (!step.slots.is_empty() && step.intent.is_none(), "slots", "intent"),
            (!step.payload.is_null() && step.event.is_none(), "payload", "event"),
        ] {
            if stray {
                let message = format!("`{key}` stands without `{of}`");
                self.written.wrong(
                    "key.misplaced",
                    &format!("{at}/{key}"),
                    message,
                    &format!("add `{of}`"),
                );
            }
        }
        self.sent(step, at);
        let understood = step.intent.as_ref().map(|intent| self.understood(intent, step, at));
        let text =
            step.user.as_ref().map(|text| Input::Text { text: text.clone(), message_id: None });
        match (text, understood) {
            (Some(text), Some(understood)) => return What::Understood(text, Box::new(understood)),
            (Some(text), None) => return What::Input(text),
            (None, Some(understood)) => return What::Input(Input::Understood(understood)),
            (None, None) => {}
        }
        if let Some(digits) = &step.dtmf {
            return What::Input(Input::Dtmf { digits: digits.clone(), message_id: None });
        }
        if let Some(name) = &step.event {
            let (name, payload) = (name.clone(), step.payload.clone());
            return What::Input(Input::External { name, payload, message_id: None });
        }
        if step.cancel { What::Input(Input::Cancel) } else { What::Nothing }
    }

    /// What no host would take can come to nothing.
    fn sent(&mut self, step: &CaseStep, at: &str) {
        if step.user.as_ref().is_some_and(|text| text.trim().is_empty()) {
            let message = "nothing is written here, which a host refuses".to_owned();
            let hint = "write what the person says; `after` alone lets time pass";
            self.written.wrong("text.empty", &format!("{at}/user"), message, hint);
        }
        let is_key = |key: char| key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D');
        if let Some(keys) = &step.dtmf
            && (keys.is_empty() || !keys.chars().all(is_key))
        {
            let message = format!("`{keys}` is not what keys of a telephone say");
            let hint = "the keys are 0 to 9, `*`, `#` and A to D";
            self.written.wrong("dtmf.invalid", &format!("{at}/dtmf"), message, hint);
        }
    }

    /// A slot that its intent does not carry; of an intent of which no flow says what it carries nothing is known.
    fn carried(&mut self, intent: &str, step: &CaseStep, at: &str) {
        let Some(slots) = self.names.slots.get(intent) else { return };
        for name in step.slots.keys() {
            if !slots.contains(name) && !self.names.asked.contains(name) {
                let message = format!("intent `{intent}` has no slot `{name}`");
                let known = slots.iter().map(String::as_str);
                let at = format!("{at}/slots/{}", name.replace('~', "~0").replace('/', "~1"));
                self.written.unknown("slot.unknown", &at, (message, name), known);
            }
        }
    }

    fn understood(&mut self, intent: &str, step: &CaseStep, at: &str) -> Understood {
        if !self.names.intents.contains(intent) {
            let message = format!("no flow has an intent `{intent}`");
            let known = self.names.intents.iter().map(String::as_str);
            self.written.unknown(
                "intent.unknown",
                &format!("{at}/intent"),
                (message, intent),
                known,
            );
        }
        self.carried(intent, step, at);
        Understood {
            intent: Some(intent.to_owned()),
            confidence: 1.0,
            slots: step.slots.clone().into(),
            classifier: "case".to_owned(),
            ..Understood::default()
        }
    }

    fn moment(&mut self, text: Option<&str>, at: &str) -> Timestamp {
        let text = text.unwrap_or(NOW);
        let read: Result<jiff::Timestamp, _> = text.parse();
        if read.is_err() {
            let message = format!("`{text}` is no moment");
            self.written.wrong(
                "time.unreadable",
                at,
                message,
                "write it as in RFC 3339: `2026-03-02T12:00:00Z`",
            );
        }
        Timestamp::from_millis(read.unwrap_or_default().as_millisecond())
    }

    fn zone(&mut self, name: Option<&str>, at: &str) {
        let Some(name) = name.filter(|name| jiff::tz::TimeZone::get(name).is_err()) else { return };
        let message = format!("there is no time zone `{name}`");
        self.written.wrong("zone.unknown", at, message, "use an IANA name such as `Europe/Lisbon`");
    }

    pub(super) fn span(&mut self, text: Option<&str>, at: &str) -> u64 {
        let Some(text) = text else { return 0 };
        span::millis(text).unwrap_or_else(|| {
            let message = format!("`{text}` is no length of time");
            self.written.wrong(
                "span.unreadable",
                at,
                message,
                "write it as `500ms`, `90s`, `1h30m` or `2d`",
            );
            0
        })
    }
}
