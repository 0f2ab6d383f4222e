//! States and transitions of CSM as ours.

use serde_json::{Value, json};

use super::super::locate::escape;
use super::super::model::Fields;
use super::super::report::{Place, Problem};
use super::condition::{self, Refused};
use super::model::{Handler, Invocation, Message, OnResult, Operation, State, Transition};
use super::pattern::{self, Pattern};
use super::target::{Said, Way};
use super::write::{self, Writes};
use super::{Import, Part};

/// A state of the definition and where it stands.
struct Site<'s> {
    flow: &'s str,
    part: &'s Part,
    /// What our flow calls the state.
    name: String,
    /// JSON pointer of the state in our flow.
    ours: String,
    /// JSON pointer of the state in the definition.
    theirs: String,
}

/// What is said, in our words.
struct Words {
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
        if let Some(action) = self.entry((name, state), &site, (waits, says)) {
            self.origins.note(format!("{}/onEnter", site.ours), site.theirs.clone());
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
    ) -> Option<Value> {
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
            return Some(json!({ "say": words.text }));
        }
        let suggestions = if words.suggestions.is_empty() { says } else { words.suggestions };
        Some(match suggestions.is_empty() {
            true => json!({ "ask": words.text }),
            false => json!({ "ask": words.text, "suggestions": suggestions }),
        })
    }

    /// The words of a message; its id stands for those that the definition does not have.
    fn words(&mut self, id: &str, part: &Part, at: &str) -> Words {
        let (text, suggestions) = match self.whole.message(part, id) {
            None => return Words { text: super::words::plain(id), suggestions: Vec::new() },
            Some(Message::Text(text)) => (text, &[][..]),
            Some(Message::Rich(rich)) => {
                (&rich.text, rich.suggestions.as_deref().unwrap_or_default())
            }
        };
        let mut template = |text: &String| match pattern::message(text) {
            Ok(template) => template,
            Err(message) => {
                let place = Place::Value(at.to_owned());
                self.report.add(Problem::error("csm.pattern", place, message));
                String::new()
            }
        };
        Words { text: template(text), suggestions: suggestions.iter().map(&mut template).collect() }
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

    fn go(&mut self, way: Way, site: &Site<'_>, at: &str, written: &mut Fields) {
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

    fn changes(&mut self, writes: &mut Writes, operations: Option<&[Operation]>, at: &str) {
        for (index, operation) in operations.unwrap_or_default().iter().enumerate() {
            let at = format!("{at}/operations/{index}");
            if let Err(message) = writes.change(operation, &at) {
                self.report.add(Problem::error("csm.operation", Place::Value(at), message));
            }
        }
    }

    fn assign(&mut self, writes: Writes, ours: &str, written: &mut Fields) {
        let (assign, origins) = writes.into_assign();
        for (path, at) in origins {
            self.origins.note(format!("{ours}/assign/{}", escape(&path)), at);
        }
        if !assign.is_empty() {
            written.insert("assign".to_owned(), Value::Object(assign));
        }
    }

    /// A call of a flow becomes a state that waits for it; gives its name.
    fn invocation(
        &mut self,
        invocation: &Invocation,
        at: &str,
        site: &Site<'_>,
        states: &mut Fields,
    ) -> Option<String> {
        let flow = &invocation.flow_id;
        let call = match self.whole.beginning(flow) {
            Some(beginning) => format!("state:{beginning}"),
            None if self.whole.initial.is_none() => flow.clone(),
            None => {
                self.unknown_flow(flow, &format!("{at}/flowId"));
                return None;
            }
        };
        let mut action = Fields::from_iter([("call".to_owned(), Value::from(call))]);
        if let Some(parameters) = &invocation.parameters {
            match write::parameters(parameters) {
                Ok(params) => drop(action.insert("params".to_owned(), Value::Object(params))),
                Err(message) => {
                    let place = Place::Value(format!("{at}/parameters"));
                    self.report.add(Problem::error("csm.operation", place, message));
                }
            }
        }
        let name = free_name(states, &format!("{}>{flow}", site.name));
        let ours = format!("/states/{}", escape(&name));
        self.origins.note(ours.clone(), at);
        self.origins.note(format!("{ours}/onEnter/0/call"), format!("{at}/flowId"));
        self.origins.note(format!("{ours}/onEnter/0/params"), format!("{at}/parameters"));
        let transitions = self.handlers(invocation.on_result.as_ref(), (&ours, at), site);
        let state = json!({ "onEnter": [action], "transitions": transitions });
        states.insert(name.clone(), state);
        Some(name)
    }

    /// What happens for each way back; without a word of the author's, back to where the call came from.
    fn handlers(
        &mut self,
        on_result: Option<&OnResult>,
        (ours, theirs): (&str, &str),
        site: &Site<'_>,
    ) -> Vec<Value> {
        let nothing = OnResult { end: None, cancel: None, error: None };
        let on_result = on_result.unwrap_or(&nothing);
        let ways =
            [("end", &on_result.end), ("cancel", &on_result.cancel), ("error", &on_result.error)];
        let mut transitions = Vec::new();
        for (index, (outcome, handler)) in ways.into_iter().enumerate() {
            let ours = format!("{ours}/transitions/{index}");
            let theirs = format!("{theirs}/onResult/{outcome}");
            let mut written = Fields::new();
            written.insert("onFlowResult".to_owned(), Value::from(outcome));
            if let Some(handler) = handler {
                self.origins.note(ours.clone(), theirs.clone());
                self.handler(handler, (&ours, &theirs), site, &mut written);
            }
            written.entry("to").or_insert_with(|| Value::from(site.name.clone()));
            transitions.push(Value::Object(written));
        }
        transitions
    }

    fn handler(
        &mut self,
        handler: &Handler,
        (ours, theirs): (&str, &str),
        site: &Site<'_>,
        written: &mut Fields,
    ) {
        let mut writes = Writes::default();
        self.changes(&mut writes, handler.operations.as_deref(), theirs);
        self.assign(writes, ours, written);
        let Some(target) = &handler.target else { return };
        let at = format!("{theirs}/target");
        self.origins.note(format!("{ours}/to"), at.clone());
        if let Some(way) = self.way(target, (site.flow, site.part), &at) {
            self.go(way, site, &at, written);
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

/// `name`, or with a number if there is such a state already.
fn free_name(states: &Fields, name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !states.contains_key(name)).unwrap_or_default()
}
