//! From text to the model: JSON syntax, keys that are there twice, shape. It stops early only where nothing more
//! could be said.

use serde::Deserialize as _;
use serde_json::Value;

use super::csm::{self, Origins};
use super::locate::{self, escape};
use super::report::{Place, Problem, Report};
use super::{limit, model, shape};

/// The largest whole number that every JSON reader keeps exact, 2^53.
const EXACT_MAX: u64 = 1 << 53;

/// A text, read.
pub(super) struct Parsed {
    /// As it was written.
    pub(super) definition: Value,
    /// What it says; of a CSM definition, in our language.
    pub(super) model: model::Flow,
    /// Of a CSM definition: where the parts of the model come from.
    pub(super) origins: Option<Origins>,
}

/// The text as JSON and as a model, `None` when it is neither. `text` has no byte order mark.
pub(super) fn parse(text: &str, report: &mut Report) -> Option<Parsed> {
    let value = json(text, report)?;
    let (translated, origins) = if csm::is_csm(&value) {
        let (flow, origins) = csm::translate(&value, report)?;
        (Some(flow), Some(origins))
    } else {
        shape::check(&value, report);
        (None, None)
    };
    match model::Flow::deserialize(translated.as_ref().unwrap_or(&value)) {
        Ok(model) => Some(Parsed { definition: value, model, origins }),
        Err(error) => {
            if !report.has_errors() {
                let place = Place::Value(String::new());
                report.add(Problem::error("value.type", place, error.to_string()));
            }
            None
        }
    }
}

/// The text as JSON that can be worked with.
pub(super) fn json(text: &str, report: &mut Report) -> Option<Value> {
    if text.len() > limit::TEXT_BYTES_MAX {
        let message =
            format!("the text has {} bytes; a flow may have {}", text.len(), limit::TEXT_BYTES_MAX);
        report.add(Problem::error("limit.text", Place::Bytes(String::new(), 0..1), message));
        return None;
    }
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            report.add(syntax_problem(text, &error));
            return None;
        }
    };
    let survey = locate::survey(text);
    for twice in survey.duplicates {
        let name = twice.pointer.rsplit('/').next().unwrap_or_default();
        let message = format!("`{}` is there twice", name.replace("~1", "/").replace("~0", "~"));
        let problem =
            Problem::error("key.duplicate", Place::Bytes(twice.pointer, twice.key), message);
        report.add(problem.suggest("only the last one would count; rename or remove one"));
    }
    if let Some(key) = survey.reserved {
        let message = "this key means something to the JSON reader and cannot be used";
        report.add(Problem::error("key.reserved", Place::Bytes(String::new(), key), message));
        return None;
    }
    if survey.depth > limit::DEPTH_MAX {
        let message =
            format!("nested {} deep; a flow may be nested {}", survey.depth, limit::DEPTH_MAX);
        report.add(Problem::error("limit.depth", Place::Value(String::new()), message));
        return None;
    }
    check_numbers(&value, &mut String::new(), report);
    Some(value)
}

fn syntax_problem(text: &str, error: &serde_json::Error) -> Problem {
    let full = error.to_string();
    let suffix = format!(" at line {} column {}", error.line(), error.column());
    let message = full.strip_suffix(&suffix).unwrap_or(&full);
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    let at = (start + error.column().saturating_sub(1)).min(text.len());
    let place = Place::Bytes(String::new(), at..at + 1);
    let problem = Problem::error("json.syntax", place, format!("no valid JSON: {message}"));
    problem.suggest_if(syntax_hint(text, at, message))
}

/// What to do about the mistakes that people make by hand.
fn syntax_hint(text: &str, at: usize, message: &str) -> Option<String> {
    if message.starts_with("EOF") {
        return Some("the text ends too early: is the file complete?".to_owned());
    }
    if message.starts_with("trailing comma") {
        return Some("remove the comma before the closing bracket".to_owned());
    }
    match text.as_bytes().get(at)? {
        b'/' => Some("JSON has no comments; use `meta` for notes".to_owned()),
        b'\'' => Some("JSON strings stand in double quotes".to_owned()),
        b'"' if message.starts_with("expected `,`") => {
            Some("is there a comma missing before this?".to_owned())
        }
        _ => None,
    }
}

/// Whole numbers beyond 2^53 change when another program reads them, and the version would not tell them apart.
fn check_numbers(value: &Value, at: &mut String, report: &mut Report) {
    match value {
        Value::Number(number) => {
            let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if whole.is_some_and(|whole| whole > EXACT_MAX) {
                let message = format!("{number} is beyond 2^53 and would lose digits");
                let problem = Problem::error("number.inexact", Place::Value(at.clone()), message);
                report.add(problem.suggest("write it as a string"));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_member(&index.to_string(), item, at, report);
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                check_member(&escape(key), item, at, report);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn check_member(token: &str, item: &Value, at: &mut String, report: &mut Report) {
    let parent = at.len();
    at.push('/');
    at.push_str(token);
    check_numbers(item, at, report);
    at.truncate(parent);
}
