//! States and transitions of CSM as ours.

use serde_json::{Value, json};

use super::super::locate::escape;
use super::super::model::Fields;
use super::super::report::{Place, Problem};
use super::Import;
use super::condition::{self, Refused};
use super::model::{Message, Operation, State, Transition};
use super::pattern::{self, Pattern};
use super::target::{Said, Way};
use super::whole::{Part, Placed};
use super::write::Writes;

/// A state of the definition and where it stands.
pub(super) struct Site<'s> {
    pub(super) flow: &'s str,
    pub(super) part: &'s Part,
    /// What our flow calls the state.
    pub(super) name: String,
    /// JSON pointer of the state in our flow.
    pub(super) ours: String,
    /// JSON pointer of the state in the definition.
    pub(super) theirs: String,
}

/// What is said, in our words.
struct Words {
    /// JSON pointer of the message, or of what names it.
    at: String,
    text: String,
    suggestions: Vec<String>,
}

impl Import<'_> {
    /// Adds a state, and those that its calls of flows wait in.
    pub(super) fn state(
        &mut self,
        (flow, part): (&str, &Part),
        (name, state): (&str, &State),
        states: &mut Fields,
    ) {
        let theirs = format!("{}/states/{}", part.at, escape(name));
        let own = self.whole.name(flow, name);
        let ours = format!("/states/{}", escape(&own));
        self.origins.note(ours.clone(), theirs.clone());
        let site = Site { flow, part, name: own, ours, theirs };
        self.check_transient(state, &site);
        let mut says = Vec::new();
        let mut transitions = Vec::new();
        for (index, transition) in state.transitions.iter().enumerate() {
            let at = (
                format!("{}/transitions/{index}", site.ours),
                format!("{}/transitions/{index}", site.theirs),
            );
            self.origins.note(at.0.clone(), at.1.clone());
            let mut written = Fields::new();
            says.extend(self.trigger(transition, &at, &mut written));
            self.outcome(transition, &at, &site, (&mut written, states));
            transitions.push(Value::Object(written));
        }
        let mut written = Fields::new();
        let waits = state.transitions.iter().any(has_pattern);
        if let Some((at, action)) = self.entry((name, state), &site, (waits, says)) {
            self.origins.note(format!("{}/onEnter", site.ours), at);
            written.insert("onEnter".to_owned(), json!([action]));
        }
        match transitions.is_empty() {
            true => written.insert("final".to_owned(), Value::from(true)),
            false => written.insert("transitions".to_owned(), Value::Array(transitions)),
        };
        if let Some(meta) = &state.meta {
            written.insert("meta".to_owned(), Value::Object(meta.clone()));
        }
        states.insert(site.name, Value::Object(written));
    }

    /// What is said on entering: a question where the person is waited for.
    fn entry(
        &mut self,
        (name, state): (&str, &State),
        site: &Site<'_>,
        (waits, says): (bool, Vec<String>),
    ) -> Option<Placed<Value>> {
        let id = state.meta.as_ref().and_then(|meta| meta.get("messageId"));
        let at = format!("{}/meta/messageId", site.theirs);
        let id = match id {
            None => None,
            Some(Value::String(id)) => Some(id.as_str()),
            Some(_) => {
                let message = "`messageId` must be a string";
                self.report.add(Problem::error("value.type", Place::Value(at), message));
                return None;
            }
        };
        let by_name = id.is_none() && self.whole.message(site.part, name).is_some();
        let id = id.or_else(|| by_name.then_some(name))?;
        let words = self.words(id, site.part, &site.theirs);
        if !waits {
            return Some((words.at, json!({ "say": words.text })));
        }
        let suggestions = if words.suggestions.is_empty() { says } else { words.suggestions };
        let action = match suggestions.is_empty() {
            true => json!({ "ask": words.text }),
            false => json!({ "ask": words.text, "suggestions": suggestions }),
        };
        Some((words.at, action))
    }

    /// The words of a message; its id stands for those that the definition does not have.
    fn words(&mut self, id: &str, part: &Part, at: &str) -> Words {
        let (at, text, suggestions) = match self.whole.message(part, id) {
            None => {
                let (at, text) = (at.to_owned(), super::words::plain(id));
                return Words { at, text, suggestions: Vec::new() };
            }
            Some((at, Message::Text(text))) => (at, text, &[][..]),
            Some((at, Message::Rich(rich))) => {
                (at, &rich.text, rich.suggestions.as_deref().unwrap_or_default())
            }
        };
        let mut template = |text: &String| match pattern::message(text) {
            Ok(template) => template,
            Err(message) => {
                let place = Place::Value(at.clone());
                self.report.add(Problem::error("csm.pattern", place, message));
                String::new()
            }
        };
        let text = template(text);
        let suggestions = suggestions.iter().map(&mut template).collect();
        Words { at, text, suggestions }
    }

    /// Pattern, condition and priority; gives what a person may say to take this way, if that is one text.
    fn trigger(
        &mut self,
        transition: &Transition,
        (ours, theirs): &(String, String),
        written: &mut Fields,
    ) -> Option<String> {
        let pattern = match pattern::pattern(transition.pattern.as_deref().unwrap_or_default()) {
            Ok(pattern) => pattern,
            Err(message) => {
                let place = Place::Value(format!("{theirs}/pattern"));
                self.report.add(Problem::error("csm.pattern", place, message));
                Pattern::default()
            }
        };
        let mut when: Vec<Value> = pattern.when.into_iter().map(Value::from).collect();
        if let Some(pattern) = pattern.pattern {
            self.origins.note(format!("{ours}/pattern"), format!("{theirs}/pattern"));
            written.insert("pattern".to_owned(), Value::from(pattern));
        }
        if let Some(condition) = &transition.condition {
            match condition::when(condition, &format!("{theirs}/condition")) {
                Ok((condition, at)) => {
                    let own = if when.is_empty() { "when" } else { "when/1" };
                    match condition.is_object() {
                        true => self.origins.note_copy(format!("{ours}/{own}"), at),
                        false => self.origins.note(format!("{ours}/{own}"), at),
                    }
                    when.push(condition);
                }
                Err(Refused { place, message }) => {
                    self.report.add(Problem::error("csm.condition", place, message));
                }
            }
        }
        let is_free = transition.condition.is_none();
        match when.len() {
            0 => {}
            1 => drop(written.insert("when".to_owned(), when.remove(0))),
            _ => drop(written.insert("when".to_owned(), Value::Array(when))),
        }
        if let Some(priority) = transition.priority.filter(|priority| *priority != 0) {
            written.insert("priority".to_owned(), Value::from(priority));
        }
        pattern.says.filter(|_| is_free)
    }

    /// What comes of a transition: writes, words, and where it leads.
    fn outcome(
        &mut self,
        transition: &Transition,
        (ours, theirs): &(String, String),
        site: &Site<'_>,
        (written, states): (&mut Fields, &mut Fields),
    ) {
        let mut writes = Writes::default();
        if let Some(context) = &transition.context {
            writes.literals(context, &format!("{theirs}/context"));
        }
        self.changes(&mut writes, transition.operations.as_deref(), theirs);
        self.assign(writes, ours, written);
        if let Some(meta) = &transition.meta {
            written.insert("meta".to_owned(), Value::Object(meta.clone()));
        }
        if let Some(invocation) = &transition.flow_invocation {
            self.origins.note(format!("{ours}/to"), format!("{theirs}/flowInvocation"));
            if transition.target.is_some() {
                let place = Place::Key(format!("{theirs}/target"));
                let message = "a transition has a `target` or a `flowInvocation`, not both";
                self.report.add(Problem::error("csm.target", place, message));
            }
            let at = format!("{theirs}/flowInvocation");
            match self.invocation(invocation, &at, site, states) {
                Some(waiting) => drop(written.insert("to".to_owned(), Value::from(waiting))),
                None => stand_in(site, written),
            }
            return;
        }
        let Some(target) = &transition.target else {
            // A misspelled key or a target that cannot be read is said to be wrong itself.
            if !self.report.has_error_in(theirs) {
                let place = Place::Value(theirs.clone());
                let problem = Problem::error("csm.target", place, "the transition leads nowhere");
                self.report.add(problem.suggest("give it a `target` or a `flowInvocation`"));
            }
            stand_in(site, written);
            return;
        };
        let at = format!("{theirs}/target");
        self.origins.note(format!("{ours}/to"), at.clone());
        match self.way(target, (site.flow, site.part), &at) {
            Some(way) => self.go(way, site, &at, written),
            None => stand_in(site, written),
        }
    }

    pub(super) fn go(&mut self, way: Way, site: &Site<'_>, at: &str, written: &mut Fields) {
        match way.message {
            None => {}
            Some(Said::Text(text)) => {
                let template =
                    pattern::message(&text).unwrap_or_else(|_| super::words::plain(&text));
                written.insert("say".to_owned(), Value::from(template));
            }
            Some(Said::Id(id)) => {
                let words = self.words(&id, site.part, at);
                written.insert("say".to_owned(), Value::from(words.text));
                let meta = written.entry("meta").or_insert_with(|| json!({}));
                if let Value::Object(meta) = meta {
                    meta.insert("messageId".to_owned(), Value::from(id));
                }
            }
        }
        if let Some(to) = way.to {
            written.insert("to".to_owned(), Value::from(to));
        }
    }

    pub(super) fn changes(
        &mut self,
        writes: &mut Writes,
        operations: Option<&[Operation]>,
        at: &str,
    ) {
        for (index, operation) in operations.unwrap_or_default().iter().enumerate() {
            let at = format!("{at}/operations/{index}");
            if let Err(message) = writes.change(operation, &at) {
                self.report.add(Problem::error("csm.operation", Place::Value(at), message));
            }
        }
    }

    pub(super) fn assign(&mut self, writes: Writes, ours: &str, written: &mut Fields) {
        let (assign, origins) = writes.into_assign();
        for (path, at) in origins {
            self.origins.note(format!("{ours}/assign/{}", escape(&path)), at);
        }
        if !assign.is_empty() {
            written.insert("assign".to_owned(), Value::Object(assign));
        }
    }

    /// `transient` says what the transitions say, or there is a misunderstanding.
    fn check_transient(&mut self, state: &State, site: &Site<'_>) {
        if self.report.has_error_in(&site.theirs) {
            return;
        }
        let hint = state.meta.as_ref().and_then(|meta| meta.get("transient"));
        let is_transient = matches!(state.transitions.as_slice(), [only] if !has_pattern(only));
        if hint.and_then(Value::as_bool).is_some_and(|hint| hint != is_transient) {
            let place = Place::Value(format!("{}/meta/transient", site.theirs));
            let message = match is_transient {
                true => "the state is left at once: it has one transition, and that has no pattern",
                false => {
                    "the state is not left at once: only one transition without a pattern would do that"
                }
            };
            self.report.add(Problem::warning("csm.transient", place, message));
        }
        let is_bare = |one: &&Transition| !has_pattern(one) && one.condition.is_none();
        let bare = state.transitions.iter().position(|one| is_bare(&one));
        if let Some(index) = bare.filter(|_| state.transitions.iter().any(has_pattern)) {
            let place = Place::Value(format!("{}/transitions/{index}", site.theirs));
            let message = "this is taken at once, so that nothing is ever compared with the patterns beside it";
            let problem = Problem::warning("csm.shadowed", place, message);
            self.report.add(problem.suggest("give it the pattern `:default`, or a condition"));
        }
    }
}

/// Where a way that leads nowhere leads, so that nothing more is said of it.
fn stand_in(site: &Site<'_>, written: &mut Fields) {
    written.insert("to".to_owned(), Value::from(site.name.clone()));
}

fn has_pattern(transition: &Transition) -> bool {
    transition.pattern.as_ref().is_some_and(|pattern| !pattern.trim().is_empty())
}
