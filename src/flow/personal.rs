//! Where personal values come to lie in the context: what a slot with `"pii": true` fills, and what is written from there
//! on. A flow that is called is looked at by itself: what it is given as `params` is not followed.

use serde_json::{Map, Value};

use super::{Flow, Path};

/// A path of the context that holds a personal value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// The slot that it came from.
    pub slot: String,
    /// Where it lies.
    pub path: Path,
}

/// Something that is written into the context.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) to: Path,
    /// The paths that its value is made of, as expressions have them: `slot.name`, `ctx.contact.name`.
    pub(super) from: Vec<String>,
}

/// The paths that hold personal values, when these are all the writes of a flow.
pub(super) fn paths(flow: &Flow, moves: &[Move]) -> Vec<Personal> {
    let intents = flow.intents.values().flat_map(|intent| &intent.slots);
    let said: Vec<&str> = intents.filter(|slot| slot.pii).map(|slot| slot.name.as_str()).collect();
    let forms = flow.states.values().filter_map(|state| state.form.as_ref());
    let asked = forms.flat_map(|form| &form.slots).filter(|slot| slot.slot.pii);
    let mut found: Vec<Personal> = asked
        .map(|slot| Personal { slot: slot.slot.name.clone(), path: slot.path.clone() })
        .collect();
    // Each round finds another path or is the last one.
    loop {
        let before = found.len();
        for one in moves {
            if found.iter().any(|known| known.path == one.to) {
                continue;
            }
            let slot = one.from.iter().find_map(|from| source(from, &said, &found));
            if let Some(slot) = slot {
                found.push(Personal { slot, path: one.to.clone() });
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The slot whose value a path holds, or holds among others.
fn source(path: &str, said: &[&str], found: &[Personal]) -> Option<String> {
    let (scope, rest) = path.split_once('.').unwrap_or((path, ""));
    match scope {
        "slot" => {
            let named = |name: &&&str| rest.is_empty() || within(rest, name) || within(name, rest);
            said.iter().find(named).map(|name| (*name).to_owned())
        }
        "ctx" => {
            let touches = |known: &&Personal| {
                let path = known.path.text.as_str();
                rest.is_empty() || within(rest, path) || within(path, rest)
            };
            found.iter().find(touches).map(|known| known.slot.clone())
        }
        _ => None,
    }
}

/// Whether a dotted path is another one or lies in it.
fn within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Flow {
    /// The personal values in a context: the slot that each came from, and what it is as a text.
    #[must_use]
    pub fn personal_values(&self, context: &Map<String, Value>) -> Vec<(String, String)> {
        let mut values = Vec::new();
        for Personal { slot, path } in &self.personal {
            let mut keys = path.keys.iter();
            let first = keys.next().and_then(|key| context.get(key));
            let held = first.and_then(|first| keys.try_fold(first, |value, key| value.get(key)));
            held.into_iter().for_each(|held| texts(held, slot, &mut values));
        }
        values
    }
}

/// The texts and numbers in a value.
fn texts(value: &Value, slot: &str, into: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => into.push((slot.to_owned(), text.clone())),
        Value::Number(number) => into.push((slot.to_owned(), number.to_string())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, slot, into)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, slot, into)),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Id, Known, Offers, load};
    use super::*;

    fn flow() -> Flow {
        let text = json!({
            "meta": { "name": "Guests" },
            "start": "Ask",
            "context": { "table": "four" },
            "intents": { "SAY": {
                "examples": ["I am Ann"],
                "slots": { "guest": { "type": "name", "pii": true }, "size": "integer" },
            } },
            "states": {
                "Ask": { "transitions": [{
                    "onIntent": "SAY",
                    "assign": { "size": "{{slot.size}}", "contact.name": "{{upper(slot.guest)}}", "all": "{{slot}}" },
                    "to": "Form",
                }] },
                "Form": {
                    "onEnter": [{ "set": { "copy.of": "{{ctx.contact}}", "greeting": "Hello {{ctx.copy.of.name}}" } }],
                    "form": { "slots": [{ "name": "mail", "type": "email", "pii": true, "ask": "Mail?" }] },
                    "transitions": [{ "onDone": true, "to": "End" }, { "onFail": true, "to": "End" }],
                },
                "End": { "final": true, "onEnter": [{ "say": "{{ctx.greeting}} {{ctx.all}} {{ctx.size}}" }] },
            },
        });
        let flows = [Id::from("guests")].into();
        let known = Known { flows: &flows, offers: &Offers::default() };
        load(&Id::from("guests"), &text.to_string(), known).unwrap().0
    }

    #[test]
    fn what_is_written_from_a_personal_slot_is_personal_wherever_it_goes() {
        let flow = flow();
        let mut found: Vec<_> =
            flow.personal.iter().map(|one| (one.slot.as_str(), one.path.text.as_str())).collect();
        found.sort_unstable();
        let expected = [
            ("guest", "all"),
            ("guest", "contact.name"),
            ("guest", "copy.of"),
            ("guest", "greeting"),
            ("mail", "mail"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_values_are_those_that_lie_there_now() {
        let context =
            json!({ "mail": "ann@example.com", "contact": { "name": "Ann", "id": 7 }, "size": 4 });
        let values = flow().personal_values(context.as_object().unwrap());
        let pair = |slot: &str, text: &str| (slot.to_owned(), text.to_owned());
        assert_eq!(values, [pair("mail", "ann@example.com"), pair("guest", "Ann")]);
    }
}
