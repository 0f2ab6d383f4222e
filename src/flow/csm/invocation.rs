//! Calls of flows in CSM: each becomes a state that waits for the called one, with its ways back.

use serde_json::{Value, json};

use super::super::locate::escape;
use super::super::model::Fields;
use super::super::report::{Place, Problem};
use super::Import;
use super::model::{Handler, Invocation, OnResult};
use super::state::Site;
use super::write::{self, Writes};

impl Import<'_> {
    /// A call of a flow becomes a state that waits for it; gives its name.
    pub(super) fn invocation(
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
}

/// `name`, or with a number if there is such a state already.
fn free_name(states: &Fields, name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !states.contains_key(name)).unwrap_or_default()
}
