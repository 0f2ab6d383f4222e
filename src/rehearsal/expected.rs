//! What a case expects, looked at before it is played: names, events, regular expressions.

use serde_json::Value;

use super::file::{Ended, Expectation};
use super::judge;
use super::read::Reader;
use crate::event::Map;

/// Why a conversation that is played can be over.
const REASONS: [&str; 5] = ["final", "hangup", "end", "cancel", "error"];

impl Reader<'_> {
    pub(super) fn expectation(&mut self, expect: &Expectation, at: &str, is_real: bool) {
        self.known_place(expect, at);
        self.known_end(expect, at);
        let texts = expect.says.iter().flatten().chain(&expect.refused);
        for text in texts {
            self.pattern(text, at);
        }
        let context = expect.context.iter().map(|context| Value::Object(context.clone()));
        context.for_each(|context| {
            judge::texts(&context, &mut |text| self.pattern(text, &format!("{at}/context")));
        });
        for (key, events) in [("events", &expect.events), ("absent", &expect.absent)] {
            for (number, event) in events.iter().flatten().enumerate() {
                let at = format!("{at}/{key}/{number}");
                judge::texts(&Value::Object(event.clone()), &mut |text| self.pattern(text, &at));
                self.known_event(event, &at, is_real);
            }
        }
    }

    fn known_end(&mut self, expect: &Expectation, at: &str) {
        let Some(Ended::Why(why)) = &expect.ended else { return };
        if !REASONS.contains(&why.as_str()) {
            let message = format!("no conversation ends for the reason `{why}`");
            let at = format!("{at}/ended");
            self.written.unknown("ended.unknown", &at, (message, why), REASONS.into_iter());
        }
    }

    fn known_place(&mut self, expect: &Expectation, at: &str) {
        if let Some(flow) =
            expect.flow.as_deref().filter(|flow| !self.names.states.contains_key(*flow))
        {
            let known = self.names.states.keys().map(String::as_str);
            let message = format!("there is no flow `{flow}`");
            self.written.unknown("flow.unknown", &format!("{at}/flow"), (message, flow), known);
            return;
        }
        let Some(state) = &expect.state else { return };
        let among = |flow: &&String| expect.flow.as_ref().is_none_or(|wanted| wanted == *flow);
        let sets = || self.names.states.iter().filter(|(flow, _)| among(flow)).map(|(_, set)| set);
        if sets().any(|set| set.contains(state)) {
            return;
        }
        let known: Vec<&str> = sets().flatten().map(String::as_str).collect();
        let message = format!("no flow has a state `{state}`");
        let at = format!("{at}/state");
        self.written.unknown("state.unknown", &at, (message, state), known.iter().copied());
    }

    /// Only plugins tell events of which no flow says anything.
    fn known_event(&mut self, event: &Map, at: &str, is_real: bool) {
        let Some(name) = event.get("type").and_then(Value::as_str) else {
            let message = "this event has no `type`".to_owned();
            self.written.wrong("event.unknown", at, message, "add `type`, such as `\"say\"`");
            return;
        };
        if !is_real && !name.starts_with(judge::PATTERN) && !self.names.events.contains(name) {
            let known = self.names.events.iter().map(String::as_str);
            let message = format!("there is no event `{name}`");
            self.written.unknown("event.unknown", &format!("{at}/type"), (message, name), known);
        }
    }

    fn pattern(&mut self, text: &str, at: &str) {
        if let Some(Err(why)) = judge::pattern(text) {
            // What comes before repeats the expression.
            let why = why.to_string();
            let why = why.rsplit("error: ").next().unwrap_or_default();
            let message = format!("`{text}` is no regular expression: {why}");
            self.written.wrong(
                "pattern.invalid",
                at,
                message,
                "escape what is meant as it stands: `\\\\?`",
            );
        }
    }
}
