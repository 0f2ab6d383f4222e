//! What is different between two versions of a flow, by what they mean and not by their lines: states, ways out, texts,
//! intents, slots, tools, settings. Order, white space, short and long forms of the same and left-out defaults are no
//! difference, and a state under another name is renamed and not another one. It needs no flow that loads.

mod list;
mod meaning;
mod state;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::csm::{self, Origins};
use super::locate::escape;
use super::report::{Place, Report};

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// In which way.
    pub kind: Way,
    /// Of what.
    pub what: Part,
    /// The state that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What people call it: a name, a trigger, a path.
    pub name: String,
    /// JSON pointer: in the newer version, in the older one of what was removed.
    pub path: String,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// In which way two versions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Only the newer one has it.
    Added,
    /// Only the older one has it.
    Removed,
    /// Both have it, not alike.
    Changed,
    /// The same under another name.
    Renamed,
}

/// Parts of a flow that people think of as one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// A key of `meta`, the start, or another single value.
    Setting,
    /// A value that sessions begin with.
    Context,
    /// What a person can mean.
    Intent,
    /// A way to say it.
    Example,
    /// A value that an intent carries or a form asks for.
    Slot,
    /// Something the flow can have done.
    Tool,
    /// A place in the conversation.
    State,
    /// What a person is told or asked.
    Text,
    /// Something else that is done.
    Action,
    /// A way out, also a delayed one.
    Transition,
    /// What is done about an input that nothing takes, or about silence.
    Fallback,
    /// How running sessions come over.
    Migration,
}

/// Every difference, in the order of a flow: settings first, then intents, tools and states. Definitions of CSM are
/// compared by the flows that they become, with paths of their own.
#[must_use]
pub fn diff(before: &Value, after: &Value) -> Vec<Difference> {
    let (Some(before), Some(after)) = (Version::of(before), Version::of(after)) else {
        // What cannot be read is compared as it stands.
        let mut walk = Walk::default();
        walk.leaves(Part::Setting, ("", ""), (Some(before), Some(after)));
        return walk.differences;
    };
    let mut differences = in_ours(&before.flow, &after.flow);
    for one in &mut differences {
        let version = if one.kind == Way::Removed { &before } else { &after };
        one.path = version.place(&one.path);
    }
    differences
}

/// One of the two versions, in our language.
struct Version<'d> {
    flow: Cow<'d, Value>,
    /// Of a definition of CSM: where its parts come from.
    origins: Option<Origins>,
}

impl<'d> Version<'d> {
    /// `None` for a definition of CSM that cannot be read.
    fn of(definition: &'d Value) -> Option<Self> {
        if !csm::is_csm(definition) {
            return Some(Self { flow: Cow::Borrowed(definition), origins: None });
        }
        let (flow, origins) = csm::translate(definition, &mut Report::default())?;
        Some(Self { flow: Cow::Owned(flow), origins: Some(origins) })
    }

    /// The place in the definition of a place in the flow.
    fn place(&self, path: &str) -> String {
        let place = Place::Value(path.to_owned());
        let there = self.origins.as_ref().map(|origins| origins.place(&place));
        there.unwrap_or(place).pointer().to_owned()
    }
}

fn in_ours(before: &Value, after: &Value) -> Vec<Difference> {
    let (before, after) = (meaning::of(before), meaning::of(after));
    let renamed = meaning::renamed(&before, &after);
    let before = meaning::with_names(before, &renamed);
    let mut walk = Walk::default();
    for key in ["meta", "nlu", "context"] {
        let what = if key == "context" { Part::Context } else { Part::Setting };
        walk.leaves(what, (&format!("/{key}"), ""), (before.get(key), after.get(key)));
    }
    walk.single(Part::Setting, ("/start", "start"), (before.get("start"), after.get("start")));
    walk.named("/intents", (before.get("intents"), after.get("intents")), Walk::intent);
    walk.named("/tools", (before.get("tools"), after.get("tools")), Walk::tool);
    for (old, new) in &renamed {
        walk.add(Difference {
            kind: Way::Renamed,
            what: Part::State,
            state: None,
            name: new.clone(),
            path: format!("/states/{}", escape(new)),
            from: Some(old.as_str().into()),
            to: Some(new.as_str().into()),
        });
    }
    walk.named("/states", (before.get("states"), after.get("states")), Walk::state);
    walk.transitions("/transitions", (before.get("transitions"), after.get("transitions")));
    walk.fallback("/fallback", (before.get("fallback"), after.get("fallback")));
    walk.plain(
        Part::Migration,
        ("/migrations", "migrations"),
        (before.get("migrations"), after.get("migrations")),
    );
    walk.differences
}

/// A value in the older version and in the newer one.
type Both<'a> = (Option<&'a Value>, Option<&'a Value>);

/// A JSON pointer, and what people call what is there.
type At<'a> = (&'a str, &'a str);

#[derive(Default)]
struct Walk {
    /// The one that is walked through.
    in_state: Option<String>,
    differences: Vec<Difference>,
}

impl Walk {
    fn add(&mut self, difference: Difference) {
        self.differences.push(difference);
    }

    /// One value that is there or not, alike or not.
    fn single(&mut self, what: Part, (path, name): At<'_>, (from, to): Both<'_>) {
        let kind = match (from, to) {
            (from, to) if from == to => return,
            (None, _) => Way::Added,
            (_, None) => Way::Removed,
            (Some(_), Some(_)) => Way::Changed,
        };
        let (state, name, path) = (self.in_state.clone(), name.to_owned(), path.to_owned());
        let (from, to) = (from.cloned(), to.cloned());
        self.add(Difference { kind, what, state, name, path, from, to });
    }

    /// Each value within objects, by its dotted path.
    fn leaves(&mut self, what: Part, (path, name): At<'_>, both: Both<'_>) {
        let is_map = |value: Option<&Value>| value.is_none_or(Value::is_object);
        if !is_map(both.0) || !is_map(both.1) || both == (None, None) {
            return self.single(what, (path, name), both);
        }
        for (key, both) in members(both) {
            let inside = format!("{path}/{}", escape(key));
            let name = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
            self.leaves(what, (&inside, &name), both);
        }
    }

    /// Things with names, each walked through by `each`.
    fn named(&mut self, path: &str, both: Both<'_>, each: fn(&mut Self, At<'_>, Both<'_>)) {
        for (name, both) in members(both) {
            each(self, (&format!("{path}/{}", escape(name)), name), both);
        }
    }

    fn intent(&mut self, (path, name): At<'_>, both: Both<'_>) {
        let (Some(from), Some(to)) = both else {
            return self.single(Part::Intent, (path, name), both);
        };
        self.list((Part::Example, name), &format!("{path}/examples"), (from, to, "examples"));
        let slots = (from.get("slots"), to.get("slots"));
        for (slot, both) in members(slots) {
            let path = format!("{path}/slots/{}", escape(slot));
            self.single(Part::Slot, (&path, &format!("{name}.{slot}")), both);
        }
        self.rest((path, name), (from, to), &["examples", "slots"]);
    }

    fn tool(&mut self, (path, name): At<'_>, both: Both<'_>) {
        let (Some(from), Some(to)) = both else {
            return self.single(Part::Tool, (path, name), both);
        };
        for (key, both) in members((Some(from), Some(to))) {
            let inside = format!("{path}/{}", escape(key));
            self.leaves(Part::Tool, (&inside, &format!("{name}.{key}")), both);
        }
    }

    /// Every key but these, as settings of the thing with this name.
    fn rest(&mut self, (path, name): At<'_>, (from, to): (&Value, &Value), but: &[&str]) {
        for (key, both) in members((Some(from), Some(to))) {
            if !but.contains(&key) {
                let inside = format!("{path}/{}", escape(key));
                self.leaves(Part::Setting, (&inside, &format!("{name}.{key}")), both);
            }
        }
    }
}

/// The members of both objects: in the newer one's order, then what was removed.
fn members<'a>((from, to): Both<'a>) -> Vec<(&'a str, Both<'a>)> {
    let map = |value: Option<&'a Value>| value.and_then(Value::as_object);
    let (before, after) = (map(from), map(to));
    let gone = before
        .into_iter()
        .flatten()
        .filter(|(key, _)| after.is_none_or(|after| !after.contains_key(*key)));
    let there = after.into_iter().flatten();
    there
        .map(|(key, to)| (key.as_str(), (before.and_then(|map| map.get(key)), Some(to))))
        .chain(gone.map(|(key, from)| (key.as_str(), (Some(from), None))))
        .collect()
}

/// Old names and new ones.
type Renamed = BTreeMap<String, String>;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            Way::Added => '+',
            Way::Removed => '-',
            Way::Changed | Way::Renamed => '~',
        };
        let what = serde_json::to_value(self.what).unwrap_or_default();
        write!(f, "{sign} {} {}", what.as_str().unwrap_or_default(), self.name)?;
        if let Some(state) = &self.state {
            write!(f, " in {state}")?;
        }
        match (self.kind, &self.from, &self.to) {
            (Way::Changed | Way::Renamed, from, to) => {
                write!(f, ": {} → {}", short(from.as_ref()), short(to.as_ref()))
            }
            (Way::Added, _, Some(value)) | (Way::Removed, Some(value), _)
                if !value.is_object() && self.what != Part::Example =>
            {
                write!(f, ": {}", short(Some(value)))
            }
            (Way::Added | Way::Removed, ..) => Ok(()),
        }
    }
}

/// Characters of a value in a line for people.
const SHOWN_MAX: usize = 100;

fn short(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    text.chars().take(SHOWN_MAX).chain(['…']).collect()
}
