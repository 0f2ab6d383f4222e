//! What is different in a state: what is done and said on entering and leaving, the ways out, forms and fallbacks.

use serde_json::Value;

use super::list::{items, pairs};
use super::{At, Both, Difference, Part, Walk, Way};

/// Keys of a state that are looked at each in its own way.
const OWN: &[&str] = &["onEnter", "onExit", "transitions", "after", "form", "fallback"];

/// Keys that set a transition off.
const TRIGGERS: &[&str] = &[
    "onIntent",
    "pattern",
    "onDtmf",
    "onEvent",
    "onToolResult",
    "onToolError",
    "onFlowResult",
    "onDone",
    "onFail",
];

impl Walk {
    pub(super) fn state(&mut self, (path, name): At<'_>, both: Both<'_>) {
        let (Some(from), Some(to)) = both else {
            return self.single(Part::State, (path, name), both);
        };
        self.in_state = Some(name.to_owned());
        for list in ["onEnter", "onExit"] {
            self.actions(&format!("{path}/{list}"), (from.get(list), to.get(list)));
        }
        let both = |key: &str| (from.get(key), to.get(key));
        self.form(&format!("{path}/form"), both("form"));
        self.transitions(&format!("{path}/transitions"), both("transitions"));
        self.delayed(&format!("{path}/after"), both("after"));
        self.fallback(&format!("{path}/fallback"), both("fallback"));
        self.rest((path, name), (from, to), OWN);
        self.in_state = None;
    }

    fn actions(&mut self, path: &str, (from, to): Both<'_>) {
        let (before, after) = (items(from), items(to));
        for (one, two) in pairs(before, after, verb) {
            let (old, new) = (one.and_then(|at| before.get(at)), two.and_then(|at| after.get(at)));
            let Some(any) = new.or(old) else { continue };
            let path = format!("{path}/{}", two.or(one).unwrap_or_default());
            let verb = verb(any);
            if matches!(verb.as_str(), "say" | "ask") {
                let text =
                    |action: Option<&Value>| action.and_then(|action| action.get(&verb)).cloned();
                let (from, to) = (text(old), text(new));
                self.single(Part::Text, (&path, &verb), (from.as_ref(), to.as_ref()));
                let more = |action: Option<&Value>| {
                    action.and_then(|action| action.get("suggestions")).cloned()
                };
                let (from, to) = (more(old), more(new));
                self.single(Part::Text, (&path, "suggestions"), (from.as_ref(), to.as_ref()));
            } else {
                self.single(Part::Action, (&path, &verb), (old, new));
            }
        }
    }

    fn form(&mut self, path: &str, both: Both<'_>) {
        let (Some(from), Some(to)) = both else {
            return self.single(Part::Setting, (path, "form"), both);
        };
        let (before, after) = (items(from.get("slots")), items(to.get("slots")));
        for (one, two) in pairs(before, after, |slot| text(slot.get("name"))) {
            let (old, new) = (one.and_then(|at| before.get(at)), two.and_then(|at| after.get(at)));
            let name = text(new.or(old).and_then(|slot| slot.get("name")));
            let path = format!("{path}/slots/{}", two.or(one).unwrap_or_default());
            self.single(Part::Slot, (&path, &name), (old, new));
        }
        self.rest((path, "form"), (from, to), &["slots"]);
    }

    /// Transitions with the same trigger belong together; among those of one trigger the order means something.
    pub(super) fn transitions(&mut self, path: &str, (from, to): Both<'_>) {
        let (before, after) = (items(from), items(to));
        let (mut moved, mut last) = (false, 0);
        for (one, two) in pairs(before, after, trigger) {
            let (old, new) = (one.and_then(|at| before.get(at)), two.and_then(|at| after.get(at)));
            let Some(any) = new.or(old) else { continue };
            if let (Some(one), Some(_)) = (one, two) {
                moved |= one < last;
                last = one;
            }
            let path = format!("{path}/{}", two.or(one).unwrap_or_default());
            self.single(Part::Transition, (&path, &trigger(any)), (old, new));
        }
        if moved {
            let order = |list: &[Value]| Some(list.iter().map(trigger).collect::<Value>());
            let (kind, state) = (Way::Changed, self.in_state.clone());
            let (name, path) = ("order".to_owned(), path.to_owned());
            let (from, to) = (order(before), order(after));
            self.add(Difference { kind, what: Part::Transition, state, name, path, from, to });
        }
    }

    fn delayed(&mut self, path: &str, (from, to): Both<'_>) {
        let (before, after) = (items(from), items(to));
        for (one, two) in pairs(before, after, |after| text(after.get("to"))) {
            let (old, new) = (one.and_then(|at| before.get(at)), two.and_then(|at| after.get(at)));
            let path = format!("{path}/{}", two.or(one).unwrap_or_default());
            self.single(Part::Transition, (&path, "after"), (old, new));
        }
    }

    pub(super) fn fallback(&mut self, path: &str, (from, to): Both<'_>) {
        for key in ["noMatch", "noInput", "clarify"] {
            let both = (from.and_then(|from| from.get(key)), to.and_then(|to| to.get(key)));
            self.plain(Part::Fallback, (&format!("{path}/{key}"), key), both);
        }
    }

    /// Lists item by item, all else as one.
    pub(super) fn plain(&mut self, what: Part, (path, name): At<'_>, (from, to): Both<'_>) {
        let is_list = |value: Option<&Value>| value.is_none_or(Value::is_array);
        if !is_list(from) || !is_list(to) {
            return self.single(what, (path, name), (from, to));
        }
        let (before, after) = (items(from), items(to));
        for (one, two) in pairs(before, after, |_| String::new()) {
            let (old, new) = (one.and_then(|at| before.get(at)), two.and_then(|at| after.get(at)));
            let place = two.or(one).unwrap_or_default();
            let named = format!("{name} {}", place + 1);
            self.single(what, (&format!("{path}/{place}"), &named), (old, new));
        }
    }
}

/// What an action does, with the name of a tool or flow.
fn verb(action: &Value) -> String {
    for key in ["say", "ask", "set", "transfer", "hangup"] {
        if action.get(key).is_some() {
            return key.to_owned();
        }
    }
    for key in ["tool", "call", "emit"] {
        if let Some(name) = action.get(key) {
            return format!("{key} {}", text(Some(name)));
        }
    }
    String::new()
}

fn trigger(transition: &Value) -> String {
    let named =
        |key: &&str| transition.get(*key).map(|value| format!("{key} {}", text(Some(value))));
    TRIGGERS.iter().find_map(named).unwrap_or_else(|| "auto".to_owned())
}

fn text(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            items.iter().map(|item| text(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}
