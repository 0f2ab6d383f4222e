//! What a server says that its tools are, as a stranger's word: names that can be one of ours, schemas that are some and
//! not endless, texts without what commands a terminal. What does not pass is left out, and said. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use rmcp::model::{JsonObject, Tool};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::event::clean;
use crate::tool::schema::Schema;

/// Tools of one server.
pub(super) const TOOLS_MAX: usize = 128;

/// Longest name, characters.
const NAME_MAX: usize = 64;

/// Longest description, characters: it can reach a language model.
const DESCRIPTION_MAX: usize = 2_000;

/// Longest title or description inside a schema, characters.
const TEXT_MAX: usize = 500;

/// Largest schema, bytes.
const SCHEMA_MAX: usize = 64 << 10;

/// One tool as a server says that it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) input_schema: Arc<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) output_schema: Option<Arc<Value>>,
    /// It says that it only reads, or that a second call changes nothing more.
    pub(super) repeatable: bool,
}

/// What can be taken, in the order of names, and what is left out and why.
pub(super) fn definitions(tools: Vec<Tool>) -> (Vec<Definition>, Vec<(String, String)>) {
    let (mut taken, mut left_out) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for tool in tools {
        let name = clean(&tool.name, NAME_MAX);
        if !seen.insert(name.clone()) {
            left_out.push((name, "it is there twice".to_owned()));
        } else if taken.len() == TOOLS_MAX {
            left_out.push((name, format!("its server has more than {TOOLS_MAX}")));
        } else {
            match definition(tool) {
                Ok(definition) => taken.push(definition),
                Err(why) => left_out.push((name, why)),
            }
        }
    }
    taken.sort_by(|a, b| a.name.cmp(&b.name));
    (taken, left_out)
}

fn definition(tool: Tool) -> Result<Definition, String> {
    let name = tool.name.into_owned();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(plain) {
        return Err(format!("its name is not of 1 to {NAME_MAX} of A-Z a-z 0-9 _ - ."));
    }
    let said = tool.description.or_else(|| tool.title.map(Into::into)).unwrap_or_default();
    let repeatable = tool.annotations.is_some_and(|hints| {
        hints.read_only_hint == Some(true) || hints.idempotent_hint == Some(true)
    });
    Ok(Definition {
        name,
        description: clean(&said, DESCRIPTION_MAX),
        input_schema: schema("input", &tool.input_schema)?,
        output_schema: tool.output_schema.map(|given| schema("output", &given)).transpose()?,
        repeatable,
    })
}

fn schema(which: &str, given: &JsonObject) -> Result<Arc<Value>, String> {
    let mut fields = given.clone();
    if serde_json::to_vec(&fields).map_or(usize::MAX, |text| text.len()) > SCHEMA_MAX {
        return Err(format!("its {which} schema has more than {SCHEMA_MAX} bytes"));
    }
    if which == "input" {
        let kind = given.get("type");
        if kind.is_some_and(|kind| kind != "object") {
            return Err("its input schema has another `type` than `object`".to_owned());
        }
        fields.insert("type".to_owned(), json!("object"));
    }
    let mut schema = Value::Object(fields);
    scrub(&mut schema);
    Schema::new(&schema).map_err(|why| format!("its {which} schema is not valid: {why}"))?;
    Ok(Arc::new(schema))
}

/// Texts for people and models in a schema.
fn scrub(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(scrub),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if matches!(key.as_str(), "title" | "description") => {
                        *text = clean(text, TEXT_MAX);
                    }
                    deeper => scrub(deeper),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, schema: &Value) -> Tool {
        serde_json::from_value(json!({ "name": name, "inputSchema": schema })).unwrap()
    }

    #[test]
    fn what_a_server_says_is_cleaned_and_what_cannot_be_is_left_out() {
        let object = json!({ "type": "object" });
        let mut told = tool(
            "getNote",
            &json!({ "properties": { "id": { "type": "string", "description": "The\u{1b}[2J id\u{202e}" } } }),
        );
        told.description = Some("Reads\u{7} a note\u{200b}.".into());
        let (taken, left_out) = definitions(vec![
            told,
            tool("getNote", &object),
            tool("no name", &object),
            tool("", &object),
            tool("list", &json!({ "type": "array" })),
            tool("broken", &json!({ "type": "object", "properties": { "a": { "type": "no" } } })),
            tool("far", &json!({ "type": "object", "$ref": "https://example.com/schema" })),
            tool("large", &json!({ "type": "object", "title": "x".repeat(SCHEMA_MAX) })),
        ]);
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].description, "Reads a note.");
        let schema = &taken[0].input_schema;
        assert_eq!(schema["properties"]["id"]["description"], "The[2J id");
        assert_eq!(schema["type"], "object");
        let names: Vec<&str> = left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["getNote", "no name", "", "list", "broken", "far", "large"]);
    }

    #[test]
    fn a_server_has_no_more_tools_than_it_may() {
        let many = (0..200).map(|n| tool(&format!("t{n}"), &json!({ "type": "object" }))).collect();
        let (taken, left_out) = definitions(many);
        assert_eq!((taken.len(), left_out.len()), (128, 72));
    }
}
