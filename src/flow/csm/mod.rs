//! CSM definitions as flows of ours: an agent, a machine or a flow becomes one flow, whose states are called as they
//! were, behind the name of their flow where there are several. What its author meant counts, not what its first
//! implementation made of it. It never runs anything of what is written there.

mod model;
mod origin;
mod words;
mod pattern;
mod write;
mod script;
mod condition;
mod target;
mod state;
mod relaxed;
mod import;

pub use import::import;
pub(super) use origin::Origins;

use indexmap::IndexMap;
use serde::Deserialize as _;
use serde_json::Value;

use super::model::Fields;
use super::report::{Place, Problem, Report};
use super::{Flow, shape};
use model::{Agent, Machine, Message, Messages, Meta, Shape};

/// Whether this is a definition of CSM, told by its keys.
pub(super) fn is_csm(definition: &Value) -> bool {
    Shape::of(definition).is_some()
}

/// The same conversation as a flow of ours, and where each part of it comes from, as far as it can be read: what is wrong
/// is in the report, and left out. `None` when nothing can be read.
pub(super) fn translate(definition: &Value, report: &mut Report) -> Option<(Value, Origins)> {
    let shape = Shape::of(definition)?;
    let (schema, name) = shape.schema();
    shape::check_against(definition, schema, name, report);
    let read = Whole::read(shape, definition).or_else(|error| {
        let rest = report.has_errors().then(|| readable(definition, report));
        rest.map_or(Err(error), |rest| Whole::read(shape, &rest))
    });
    match read {
        Ok(whole) => {
            let mut import = Import { whole: &whole, report, origins: Origins::default() };
            let flow = import.flow();
            Some((flow, import.origins))
        }
        Err(error) => {
            if !report.has_errors() {
                let place = Place::Value(String::new());
                report.add(Problem::error("value.type", place, error.to_string()));
            }
            None
        }
    }
}

/// Members that may be left out.
const OPTIONAL: &[&str] = &[
    "pattern",
    "condition",
    "priority",
    "context",
    "operations",
    "target",
    "flowInvocation",
    "onResult",
    "parameters",
    "transitions",
    "meta",
    "messages",
    "migrations",
];

/// The definition without what has been called wrong in it, so that the rest is looked at too.
fn readable(definition: &Value, report: &Report) -> Value {
    let mut rest = definition.clone();
    for pointer in report.wrong_values() {
        let around = std::iter::successors(Some(pointer), |inner| {
            inner.rfind('/').and_then(|slash| inner.get(..slash))
        });
        let mut members = around.filter_map(|member| member.rsplit_once('/'));
        let Some((object, key)) = members.find(|(_, key)| OPTIONAL.contains(key)) else { continue };
        if let Some(Value::Object(fields)) = rest.pointer_mut(object) {
            fields.shift_remove(key);
        }
    }
    rest
}

/// The state of `flow` that a CSM agent means by a machine (which CSM calls a flow, too) and a state; `None` when the
/// flow was not CSM, or has no such place. `agent` is compared where the definition names one.
///
/// ```
/// # use cicerone::flow;
/// # let known = flow::Known { flows: &Default::default(), offers: &Default::default() };
/// let text = r#"{ "initialFlow": "Order", "flows": {
///     "Order": { "initial": "Size", "states": { "Size": { "transitions": [{ "pattern": "*", "target": ":end" }] } } } } }"#;
/// let (coffee, _) = flow::load(&flow::Id::from("coffee"), text, known).expect("it loads");
/// assert_eq!(flow::csm_state(&coffee, None, "Order", "Size").as_deref(), Some("Order.Size"));
/// assert_eq!(flow::csm_state(&coffee, None, "Order", "Milk"), None);
/// ```
#[must_use]
pub fn csm_state(flow: &Flow, agent: Option<&str>, machine: &str, state: &str) -> Option<String> {
    let definition = &*flow.definition;
    let shape = Shape::of(definition)?;
    let is_named = |part: &Value, name: &str| {
        part.get("id").and_then(Value::as_str).is_none_or(|id| id == name)
    };
    if let (Shape::Agent | Shape::Machine, Some(agent)) = (shape, agent)
        && !is_named(definition, agent)
    {
        return None;
    }
    let name = match shape {
        Shape::Agent | Shape::Machine => state_name(machine, state),
        Shape::Flow if is_named(definition, machine) => state.to_owned(),
        Shape::Flow => return None,
    };
    flow.states.contains_key(&name).then_some(name)
}

/// A state of a flow among several.
fn state_name(flow: &str, state: &str) -> String {
    format!("{flow}.{state}")
}

/// A definition of any shape, read.
struct Whole {
    id: Option<String>,
    metas: Vec<Meta>,
    messages: Vec<Messages>,
    /// Where sessions begin; none in a definition of one flow.
    initial: Option<String>,
    parts: IndexMap<String, Part>,
    /// JSON pointer of the machine.
    at: &'static str,
}

/// A flow among those of a definition.
struct Part {
    flow: model::Flow,
    at: String,
}

impl Whole {
    fn read(shape: Shape, definition: &Value) -> Result<Self, serde_json::Error> {
        match shape {
            Shape::Agent => Agent::deserialize(definition).map(Self::of_agent),
            Shape::Machine => Machine::deserialize(definition).map(Self::of_machine),
            Shape::Flow => model::Flow::deserialize(definition).map(Self::of_flow),
        }
    }

    fn of_agent(agent: Agent) -> Self {
        let mut whole = Self::of_machine(agent.machine);
        whole.at = "/machine";
        for (name, part) in &mut whole.parts {
            part.at = format!("/machine/flows/{}", super::locate::escape(name));
        }
        whole.id = agent.id.or(whole.id);
        whole.metas.splice(0..0, agent.meta);
        whole.messages.extend(agent.messages);
        whole
    }

    fn of_machine(machine: Machine) -> Self {
        let part = |(name, flow): (String, model::Flow)| {
            let at = format!("/flows/{}", super::locate::escape(&name));
            (name, Part { flow, at })
        };
        Self {
            id: machine.id,
            metas: machine.meta.into_iter().collect(),
            messages: machine.messages.into_iter().collect(),
            initial: Some(machine.initial_flow),
            parts: machine.flows.into_iter().map(part).collect(),
            at: "",
        }
    }

    fn of_flow(mut flow: model::Flow) -> Self {
        let id = flow.id.clone();
        let metas = flow.meta.take().into_iter().collect();
        let part = Part { flow, at: String::new() };
        Self {
            metas,
            messages: Vec::new(),
            initial: None,
            parts: std::iter::once((id.clone().unwrap_or_default(), part)).collect(),
            id,
            at: "",
        }
    }

    /// What our flow calls a state.
    fn name(&self, flow: &str, state: &str) -> String {
        match self.initial {
            Some(_) => state_name(flow, state),
            None => state.to_owned(),
        }
    }

    /// The state in which a flow begins; its first one stands in for one that is not there.
    fn beginning(&self, flow: &str) -> Option<String> {
        let part = &self.parts.get(flow)?.flow;
        let first = part.states.keys().next().filter(|_| !part.states.contains_key(&part.initial));
        Some(self.name(flow, first.unwrap_or(&part.initial)))
    }

    /// What is said: the flow's own messages count before those of all, the agent's before the machine's.
    fn message<'a>(&'a self, part: &'a Part, id: &str) -> Option<&'a Message> {
        let own = part.flow.messages.iter();
        own.chain(self.messages.iter().rev()).find_map(|messages| messages.get(id))
    }
}

/// A translation in the making.
struct Import<'a> {
    whole: &'a Whole,
    report: &'a mut Report,
    origins: Origins,
}

impl Import<'_> {
    fn flow(&mut self) -> Value {
        let whole = self.whole;
        self.origins.note("", "");
        let mut flow = Fields::new();
        flow.insert("meta".to_owned(), self.meta());
        if let Some(start) = self.start() {
            flow.insert("start".to_owned(), Value::from(start));
        }
        let mut states = Fields::new();
        for (name, part) in &whole.parts {
            self.check_initial(name, part);
            for (state, written) in &part.flow.states {
                self.state((name, part), (state, written), &mut states);
            }
        }
        flow.insert("states".to_owned(), Value::Object(states));
        Value::Object(flow)
    }

    fn meta(&mut self) -> Value {
        let whole = self.whole;
        let metas = whole.metas.iter();
        let name = metas.clone().find_map(|meta| meta.name.clone());
        let name = name.or_else(|| whole.id.clone()).unwrap_or_else(|| "CSM".to_owned());
        let mut meta = Fields::from_iter([("name".to_owned(), Value::from(name))]);
        if let Some(description) = metas.clone().find_map(|meta| meta.description.clone()) {
            meta.insert("description".to_owned(), Value::from(description));
        }
        let tags: Value =
            metas.filter_map(|meta| meta.tags.as_ref()).flatten().map(String::as_str).collect();
        if tags.as_array().is_some_and(|tags| !tags.is_empty()) {
            meta.insert("categories".to_owned(), tags);
        }
        self.origins.note("/meta", format!("{}/meta", whole.at));
        Value::Object(meta)
    }

    fn start(&mut self) -> Option<String> {
        let whole = self.whole;
        let first = || whole.parts.keys().next().and_then(|flow| whole.beginning(flow));
        let Some(initial) = &whole.initial else {
            self.origins.note("/start", "/initial");
            return first();
        };
        let at = format!("{}/initialFlow", whole.at);
        self.origins.note("/start", at.clone());
        whole.beginning(initial).or_else(|| {
            let problem =
                Problem::error("flow.unknown", Place::Value(at), format!("no flow `{initial}`"));
            let names = whole.parts.keys().map(String::as_str);
            self.report.add(problem.suggest_name(initial, names));
            first()
        })
    }

    fn check_initial(&mut self, name: &str, part: &Part) {
        let initial = &part.flow.initial;
        if part.flow.states.contains_key(initial) {
            return;
        }
        let place = Place::Value(format!("{}/initial", part.at));
        let message = match name {
            "" => format!("no state `{initial}`"),
            name => format!("no state `{initial}` in flow `{name}`"),
        };
        let problem = Problem::error("target.unknown", place, message);
        let names = part.flow.states.keys().map(String::as_str);
        self.report.add(problem.suggest_name(initial, names));
    }
}
