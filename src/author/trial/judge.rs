//! What came of a case against what it expects: every mismatch, not only the first. Pure.

use serde_json::{Map, Value, json};

use super::file::{Data, Expect, Failed, Requested};
use crate::event::ToolError;
use crate::plugin::Answer;
use crate::rehearsal::compare::{Mismatch, instead, parts, whole};

/// What came.
pub(super) struct Came<'a> {
    pub(super) outcome: Result<Answer, ToolError>,
    /// What lies in the places of the kv that an expectation names.
    pub(super) kv: &'a dyn Fn(&Data) -> Data,
    /// The requests that servers saw.
    pub(super) requests: &'a dyn Fn(&[Requested]) -> Vec<Requested>,
}

pub(super) fn judge(expect: &Expect, came: &Came<'_>) -> Vec<Mismatch> {
    let mut mismatches: Vec<Option<Mismatch>> = Vec::new();
    match (&came.outcome, &expect.error) {
        (Ok(answer), None) => mismatches.extend(answered(expect, answer)),
        (Err(error), Some(failed)) => mismatches.push(as_it_should(failed, error)),
        (Ok(answer), Some(failed)) => {
            let came = format!("the result {:#}", answer.value);
            mismatches.push(Some(instead("expect.error", &wanted(failed), &came)));
        }
        (Err(error), None) => {
            let came = format!("the error {:#}", described(error));
            mismatches.push(Some(instead("expect", "a result", &came)));
        }
    }
    if let Some(kv) = &expect.kv {
        mismatches.push(parts("expect.kv", &as_json(kv), &as_json(&(came.kv)(kv))));
    }
    if let Some(requests) = &expect.requests {
        let came = (came.requests)(requests);
        mismatches.push(parts("expect.requests", &json!(requests), &json!(came)));
    }
    mismatches.into_iter().flatten().collect()
}

fn answered(expect: &Expect, answer: &Answer) -> [Option<Mismatch>; 5] {
    let Expect { result, result_has, say, patch, commands, .. } = expect;
    let commands = commands.as_ref();
    let commands =
        commands.and_then(|commands| parts("expect.commands", &json!(commands), &answer.value));
    let result = result.as_ref();
    let result = result.and_then(|result| whole("expect.result", result, &answer.value));
    let has = result_has.as_ref();
    let has = has.and_then(|has| parts("expect.resultHas", has, &answer.value));
    let say = say.as_ref().and_then(|say| whole("expect.say", &json!(say), &json!(answer.say)));
    let patch = patch.as_ref().and_then(|patch| {
        let came = answer.patch.iter().map(|(path, value)| (pointer(path), value.clone()));
        let came = Value::Object(came.collect::<Map<_, _>>());
        whole("expect.patch", &Value::Object(patch.clone()), &came)
    });
    [result, has, say, patch, commands]
}

/// `/a/b` of `a.b`.
fn pointer(path: &str) -> String {
    let keys = path.split('.').map(|key| key.replace('~', "~0").replace('/', "~1"));
    keys.fold(String::new(), |pointer, key| pointer + "/" + key.as_str())
}

fn as_it_should(expected: &Failed, error: &ToolError) -> Option<Mismatch> {
    let mut came = described(error);
    let mut wanted = Map::new();
    if let Some(kind) = &expected.kind {
        wanted.insert("kind".to_owned(), json!(kind));
    }
    if let Some(code) = &expected.code {
        wanted.insert("code".to_owned(), json!(code));
    }
    if let Some(part) = &expected.message {
        wanted.insert("message".to_owned(), json!(part));
        if error.message.contains(part)
            && let Some(message) = came.get_mut("message")
        {
            *message = json!(part);
        }
    }
    let wanted = Value::Object(wanted);
    parts("expect.error", &wanted, &came).map(|_| {
        // The whole of it helps more than the part that was asked for.
        whole("expect.error", &wanted, &described(error))
            .unwrap_or_else(|| instead("expect.error", "", ""))
    })
}

fn described(error: &ToolError) -> Value {
    json!({ "kind": error.kind.as_str(), "code": error.code, "message": error.message })
}

fn wanted(failed: &Failed) -> String {
    let kind = failed.kind.as_deref().map(|kind| format!(" of kind `{kind}`")).unwrap_or_default();
    let code =
        failed.code.as_deref().map(|code| format!(" with code `{code}`")).unwrap_or_default();
    format!("an error{kind}{code}")
}

/// A text where a text is expected, else JSON where it is some.
pub(super) fn shown(bytes: &[u8], expected: &Value) -> Value {
    let text = || Value::String(String::from_utf8_lossy(bytes).into_owned());
    if expected.is_string() {
        return text();
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_no_json| text())
}

fn as_json(data: &Data) -> Value {
    let mut scopes = Map::new();
    for (name, values) in [("plugin", &data.plugin), ("session", &data.session)] {
        if !values.is_empty() {
            scopes.insert(name.to_owned(), json!(values));
        }
    }
    Value::Object(scopes)
}
