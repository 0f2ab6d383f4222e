//! A CSM definition of any shape, read: its flows by name, and what belongs to all of them.

use indexmap::IndexMap;
use serde::Deserialize as _;
use serde_json::Value;

use super::super::locate::escape;
use super::model::{self, Agent, Machine, Message, Messages, Meta, Shape};
use super::state_name;

/// Something of a definition, and its JSON pointer there.
pub(super) type Placed<T> = (String, T);

/// A definition of any shape, read.
pub(super) struct Whole {
    pub(super) id: Option<String>,
    /// The agent's before the machine's.
    pub(super) metas: Vec<Placed<Meta>>,
    messages: Vec<Placed<Messages>>,
    /// Each for itself.
    pub(super) migrations: Vec<Placed<Value>>,
    /// Where sessions begin; none in a definition of one flow.
    pub(super) initial: Option<String>,
    pub(super) parts: IndexMap<String, Part>,
    /// JSON pointer of the machine.
    pub(super) at: &'static str,
}

/// A flow among those of a definition.
pub(super) struct Part {
    pub(super) flow: model::Flow,
    pub(super) at: String,
}

impl Whole {
    pub(super) fn read(shape: Shape, definition: &Value) -> Result<Self, serde_json::Error> {
        match shape {
            Shape::Agent => Agent::deserialize(definition).map(Self::of_agent),
            Shape::Machine => {
                Machine::deserialize(definition).map(|machine| Self::of_machine(machine, ""))
            }
            Shape::Flow => model::Flow::deserialize(definition).map(Self::of_flow),
        }
    }

    fn of_agent(agent: Agent) -> Self {
        let mut whole = Self::of_machine(agent.machine, "/machine");
        whole.id = agent.id.or(whole.id);
        whole.metas.splice(0..0, placed(agent.meta, "/meta"));
        whole.messages.extend(placed(agent.messages, "/messages"));
        whole.migrations.splice(0..0, each(agent.migrations, "/migrations"));
        whole
    }

    fn of_machine(machine: Machine, at: &'static str) -> Self {
        let part = |(name, flow): (String, model::Flow)| {
            let at = format!("{at}/flows/{}", escape(&name));
            (name, Part { flow, at })
        };
        Self {
            id: machine.id,
            metas: placed(machine.meta, &format!("{at}/meta")),
            messages: placed(machine.messages, &format!("{at}/messages")),
            migrations: each(machine.migrations, &format!("{at}/migrations")),
            initial: Some(machine.initial_flow),
            parts: machine.flows.into_iter().map(part).collect(),
            at,
        }
    }

    fn of_flow(mut flow: model::Flow) -> Self {
        let id = flow.id.clone();
        let metas = placed(flow.meta.take(), "/meta");
        let migrations = each(flow.migrations.take(), "/migrations");
        let part = Part { flow, at: String::new() };
        let parts = std::iter::once((id.clone().unwrap_or_default(), part)).collect();
        Self { metas, messages: Vec::new(), migrations, initial: None, parts, id, at: "" }
    }

    /// What our flow calls a state.
    pub(super) fn name(&self, flow: &str, state: &str) -> String {
        match self.initial {
            Some(_) => state_name(flow, state),
            None => state.to_owned(),
        }
    }

    /// The state in which a flow begins; its first one stands in for one that is not there.
    pub(super) fn beginning(&self, flow: &str) -> Option<String> {
        let part = &self.parts.get(flow)?.flow;
        let first = part.states.keys().next().filter(|_| !part.states.contains_key(&part.initial));
        Some(self.name(flow, first.unwrap_or(&part.initial)))
    }

    /// What is said: the flow's own messages count before those of all, the agent's before the machine's.
    pub(super) fn message<'a>(&'a self, part: &'a Part, id: &str) -> Option<Placed<&'a Message>> {
        let own = part.flow.messages.iter();
        let own = own.map(|messages| (format!("{}/messages", part.at), messages));
        let all = self.messages.iter().rev().map(|(at, messages)| (at.clone(), messages));
        own.chain(all)
            .find_map(|(at, messages)| Some((format!("{at}/{}", escape(id)), messages.get(id)?)))
    }
}

fn placed<T>(it: Option<T>, at: &str) -> Vec<Placed<T>> {
    it.into_iter().map(|it| (at.to_owned(), it)).collect()
}

fn each(items: Option<Vec<Value>>, at: &str) -> Vec<Placed<Value>> {
    let items = items.into_iter().flatten().enumerate();
    items.map(|(index, item)| (format!("{at}/{index}"), item)).collect()
}
