//! A flow as a graph: where it can be and how it gets from one place to the next, for people (Mermaid, DOT, SVG) and for
//! programs. It decides nothing; counts of sessions and of tests are laid over it by whoever has them.

mod svg;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::Serialize;

use super::{Flow, Id, State, Target, Transition, Trigger, Verb};

/// A flow as a graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Graph {
    /// The flow.
    pub flow: Id,
    /// Its version, whole.
    pub version: String,
    /// Where it begins; a node.
    pub start: String,
    /// Where it can be, by name, the start first.
    pub nodes: IndexMap<String, Node>,
    /// The ways between them, in the order in which they are tried.
    pub edges: Vec<Edge>,
}

/// Where a flow can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Sessions that are there now, where somebody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u64>,
    /// How often tests went there, where somebody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hits: Option<u64>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// A state.
    State,
    /// A state that ends the conversation.
    Final,
    /// Another flow.
    Flow,
    /// A way out of the flow: `:end`, `:cancel`, `:error`.
    Out,
    /// A state that the context names.
    Lookup,
    /// All states at once, for what the flow says of all.
    Anywhere,
}

/// A way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// A node.
    pub from: String,
    /// A node.
    pub to: String,
    /// What sets it off.
    pub label: String,
    /// Whether something must be true as well.
    pub guarded: bool,
    /// JSON pointer of the transition, the arm of a branch, or the action.
    pub at: String,
    /// How often tests went this way, where somebody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hits: Option<u64>,
}

/// The node that stands for all states.
const ANYWHERE: &str = "*";

/// Longest label, characters.
const LABEL_MAX: usize = 40;

impl Graph {
    /// The graph of a flow.
    #[must_use]
    pub fn of(flow: &Flow) -> Self {
        let mut graph = Self {
            flow: flow.id.clone(),
            version: flow.version.as_str().to_owned(),
            start: flow.start.to_string(),
            nodes: IndexMap::new(),
            edges: Vec::new(),
        };
        let first = flow.states.get(&*flow.start).into_iter();
        for state in first.chain(flow.states.values()) {
            let kind = if state.is_final { NodeKind::Final } else { NodeKind::State };
            graph.node(&state.id, kind);
        }
        for state in flow.states.values() {
            graph.state(state);
        }
        for transition in &flow.transitions {
            graph.transition(ANYWHERE, transition);
        }
        let ladders = [Some(&flow.no_match), flow.silence.as_ref().map(|silence| &silence.steps)];
        for step in ladders.into_iter().flatten().flatten() {
            if let Some(to) = &step.to {
                graph.edge(ANYWHERE, to, ("fallback".to_owned(), false, step.at.clone()));
            }
        }
        graph
    }

    /// Lays counts of sessions over it, by state.
    pub fn count_sessions(&mut self, by_state: &BTreeMap<String, u64>) {
        for (name, node) in &mut self.nodes {
            if matches!(node.kind, NodeKind::State | NodeKind::Final) {
                node.sessions = Some(by_state.get(name).copied().unwrap_or(0));
            }
        }
    }

    /// Lays counts of tests over it, by JSON pointer.
    pub fn count_hits(&mut self, by_pointer: &BTreeMap<String, u64>) {
        for (name, node) in &mut self.nodes {
            let at = format!("/states/{}", super::locate::escape(name));
            node.hits = by_pointer.get(&at).copied();
        }
        for edge in &mut self.edges {
            edge.hits = by_pointer.get(&edge.at).copied();
        }
    }

    fn state(&mut self, state: &State) {
        for action in &state.on_enter {
            if let Verb::Call { flow, begin, .. } = &action.verb {
                let label = ("call".to_owned(), false, action.at.clone());
                let to = match begin {
                    Some(begin) => Target::State(begin.as_str().into()),
                    None => Target::Flow(flow.clone()),
                };
                self.edge(&state.id, &to, label);
            }
        }
        for transition in &state.transitions {
            self.transition(&state.id, transition);
        }
        for after in &state.after {
            let label = format!("after {} ms", after.ms);
            self.edge(&state.id, &after.to, (label, after.when.is_some(), after.at.clone()));
        }
        let ladders =
            [state.no_match.as_ref(), state.silence.as_ref().map(|silence| &silence.steps)];
        for step in ladders.into_iter().flatten().flatten() {
            if let Some(to) = &step.to {
                self.edge(&state.id, to, ("fallback".to_owned(), false, step.at.clone()));
            }
        }
    }

    fn transition(&mut self, from: &str, transition: &Transition) {
        let label = transition.label();
        for arm in &transition.branch {
            let guarded = arm.when.is_some() || transition.when.is_some();
            self.edge(from, &arm.to, (label.clone(), guarded, arm.at.clone()));
        }
        if let Some(to) = &transition.to {
            let is_rest = !transition.branch.is_empty();
            let at = if is_rest { format!("{}/to", transition.at) } else { transition.at.clone() };
            self.edge(from, to, (label, transition.when.is_some(), at));
        }
    }

    fn edge(&mut self, from: &str, to: &Target, (label, guarded, at): (String, bool, String)) {
        if from == ANYWHERE {
            self.node(ANYWHERE, NodeKind::Anywhere);
        }
        let kind = match to {
            Target::State(_) => NodeKind::State,
            Target::Flow(_) => NodeKind::Flow,
            Target::Leave(_) => NodeKind::Out,
            Target::Lookup(_) => NodeKind::Lookup,
        };
        let to = to.written();
        self.node(&to, kind);
        self.edges.push(Edge { from: from.to_owned(), to, label, guarded, at, hits: None });
    }

    fn node(&mut self, name: &str, kind: NodeKind) {
        let new = || Node { kind, sessions: None, hits: None };
        self.nodes.entry(name.to_owned()).or_insert_with(new);
    }

    /// What is written in a node: its name, and what was counted.
    pub(super) fn text(&self, name: &str) -> String {
        let node = self.nodes.get(name);
        let mut text = if name == ANYWHERE { "anywhere".to_owned() } else { name.to_owned() };
        if let Some(sessions) = node.and_then(|node| node.sessions).filter(|count| *count > 0) {
            let _infallible = write!(text, " ({sessions})");
        }
        text
    }

    /// As Mermaid writes state diagrams.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let ids: IndexMap<&str, String> = self.ids().collect();
        let id = |name: &str| ids.get(name).cloned().unwrap_or_default();
        let plain = |text: &str| text.replace([':', ';', '"', '\n'], " ");
        let mut out = String::from("stateDiagram-v2\n");
        for name in self.nodes.keys() {
            let _infallible =
                writeln!(out, "  state \"{}\" as {}", plain(&self.text(name)), id(name));
        }
        let _infallible = writeln!(out, "  [*] --> {}", id(&self.start));
        for edge in &self.edges {
            let label = plain(&edge.shown());
            let _infallible = writeln!(out, "  {} --> {}: {label}", id(&edge.from), id(&edge.to));
        }
        for (name, node) in &self.nodes {
            if matches!(node.kind, NodeKind::Final | NodeKind::Out) {
                let _infallible = writeln!(out, "  {} --> [*]", id(name));
            }
        }
        let missed = |node: &Node| node.hits == Some(0);
        if self.nodes.values().any(missed) {
            out.push_str("  classDef missed fill:#fdecea,stroke:#c0392b\n");
            for (name, _) in self.nodes.iter().filter(|(_, node)| missed(node)) {
                let _infallible = writeln!(out, "  class {} missed", id(name));
            }
        }
        out
    }

    /// As Graphviz reads it.
    #[must_use]
    pub fn dot(&self) -> String {
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let mut out = format!("digraph {} {{\n", quoted(self.flow.as_str()));
        out.push_str(
            "  rankdir=TB;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n",
        );
        out.push_str("  edge [fontname=\"sans-serif\", fontsize=10];\n");
        for (name, node) in &self.nodes {
            let look = match node.kind {
                NodeKind::State => "",
                NodeKind::Final => ", peripheries=2",
                NodeKind::Flow => ", shape=component, style=\"\"",
                NodeKind::Out | NodeKind::Lookup => ", shape=ellipse, style=\"\"",
                NodeKind::Anywhere => ", style=\"rounded,dashed\"",
            };
            let missed = if node.hits == Some(0) { ", color=\"#c0392b\"" } else { "" };
            let bold = if *name == self.start { ", penwidth=2" } else { "" };
            let (name, text) = (quoted(name), quoted(&self.text(name)));
            let _infallible = writeln!(out, "  {name} [label={text}{look}{missed}{bold}];");
        }
        for edge in &self.edges {
            let (from, to, label) = (quoted(&edge.from), quoted(&edge.to), quoted(&edge.shown()));
            let missed = if edge.hits == Some(0) { ", color=\"#c0392b\"" } else { "" };
            let _infallible = writeln!(out, "  {from} -> {to} [label={label}{missed}];");
        }
        out.push_str("}\n");
        out
    }

    /// Names that every reader takes.
    fn ids(&self) -> impl Iterator<Item = (&str, String)> {
        self.nodes.keys().enumerate().map(|(number, name)| (name.as_str(), format!("s{number}")))
    }
}

impl Edge {
    /// Its label, with a mark where a guard decides, and what was counted.
    pub(super) fn shown(&self) -> String {
        let mut label: String = self.label.chars().take(LABEL_MAX).collect();
        if self.label.chars().count() > LABEL_MAX {
            label.push('…');
        }
        let guard = if self.guarded { " ?" } else { "" };
        let hits = self.hits.map(|hits| format!(" ×{hits}")).unwrap_or_default();
        format!("{label}{guard}{hits}")
    }
}

impl Transition {
    /// What sets it off, in a few words; a pattern as its author wrote it.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.trigger {
            Trigger::Intent(names) => format!("intent {}", names.join("|")),
            Trigger::Pattern(_) => {
                format!("pattern {}", self.pattern.as_deref().unwrap_or_default())
            }
            Trigger::Default => "default".to_owned(),
            Trigger::Dtmf(keys) => format!("dtmf {keys}"),
            Trigger::Event(name) => format!("event {name}"),
            Trigger::ToolResult(tool) => format!("result of {tool}"),
            Trigger::ToolError(tool) => format!("error of {tool}"),
            Trigger::Done => "form done".to_owned(),
            Trigger::Fail => "form failed".to_owned(),
            Trigger::FlowResult(outcome) => format!("flow result {}", outcome.as_str()),
            Trigger::Auto => "automatic".to_owned(),
        }
    }
}

impl Target {
    /// As an author writes it.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::State(state) => state.to_string(),
            Self::Flow(flow) => format!("flow:{flow}"),
            Self::Leave(outcome) => outcome.target().to_owned(),
            Self::Lookup(path) => format!("@{}", path.text),
        }
    }
}
