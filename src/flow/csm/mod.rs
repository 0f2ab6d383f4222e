//! CSM definitions as flows of ours: an agent, a machine or a flow becomes one flow, whose states are called as they
//! were, behind the name of their flow where there are several. What its author meant counts, not what its first
//! implementation made of it. It never runs anything of what is written there.

mod model;
mod origin;
mod words;
mod pattern;
mod held;
mod write;
mod script;
mod condition;
mod target;
mod state;
mod invocation;
mod relaxed;
mod whole;
mod import;

pub use import::import;
pub(super) use origin::Origins;

use serde_json::Value;

use super::model::Fields;
use super::report::{Place, Problem, Report};
use super::{Flow, shape};
use model::Shape;
use whole::{Part, Whole};

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
            self.check_misplaced(part);
            for (state, written) in &part.flow.states {
                self.state((name, part), (state, written), &mut states);
            }
        }
        flow.insert("states".to_owned(), Value::Object(states));
        if let Some(migrations) = self.migrations() {
            flow.insert("migrations".to_owned(), migrations);
        }
        Value::Object(flow)
    }

    fn meta(&mut self) -> Value {
        let whole = self.whole;
        let at = whole.metas.first().map_or_else(|| whole.at.to_owned(), |(at, _)| at.clone());
        self.origins.note("/meta", at);
        let id = whole.id.clone().unwrap_or_else(|| "CSM".to_owned());
        let mut meta = Fields::from_iter([("name".to_owned(), Value::from(id))]);
        let mut tags: Vec<&str> = Vec::new();
        // The first one that says something counts.
        for (at, written) in whole.metas.iter().rev() {
            let named = [("name", &written.name), ("description", &written.description)];
            let named = named.into_iter().filter_map(|(key, text)| Some((key, text.as_deref()?)));
            for (key, text) in named {
                self.origins.note(format!("/meta/{key}"), format!("{at}/{key}"));
                meta.insert(key.to_owned(), Value::from(text));
            }
            for (key, value) in written.of_host() {
                let at = format!("{at}/{key}");
                if self.report.has_error_in(&at) {
                    continue;
                }
                self.origins.note_copy(format!("/meta/{key}"), at);
                meta.insert(key.to_owned(), value.clone());
            }
        }
        for (_, written) in &whole.metas {
            let both = [&written.tags, &written.categories];
            tags.extend(both.into_iter().flatten().flatten().map(String::as_str));
        }
        if !tags.is_empty() {
            meta.insert("categories".to_owned(), tags.into());
        }
        Value::Object(meta)
    }

    /// What is known of older versions; their states are called as ours are.
    fn migrations(&mut self) -> Option<Value> {
        let mut migrations = Vec::new();
        for (at, migration) in &self.whole.migrations {
            if !self.report.has_error_in(at) {
                self.origins.note_copy(format!("/migrations/{}", migrations.len()), at.clone());
                migrations.push(migration.clone());
            }
        }
        (!migrations.is_empty()).then(|| Value::Array(migrations))
    }

    /// What only the whole can say does not stand in one flow among several.
    fn check_misplaced(&mut self, part: &Part) {
        let in_meta = part.flow.meta.iter().flat_map(|meta| meta.of_host());
        let in_meta = in_meta.map(|(key, _)| (key, format!("{}/meta/{key}", part.at)));
        let own = part.flow.migrations.iter();
        let own = own.map(|_| ("migrations", format!("{}/migrations", part.at)));
        for (key, at) in in_meta.chain(own) {
            let message = format!("`{key}` is of the whole, not of one flow among several");
            let problem = Problem::error("key.misplaced", Place::Key(at), message);
            self.report.add(problem.suggest("move it to the machine or the agent"));
        }
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
