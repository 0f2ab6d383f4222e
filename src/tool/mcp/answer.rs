//! What a server's result comes to: structured content is the value, a text that is a JSON object or array is that, any
//! other text is a string, and an error is one of the tool's own. Pure.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};

use crate::event::{ToolError, ToolErrorKind, clean};
use crate::tool::{Answer, Failure};

/// Longest message and code of an error, characters.
const MESSAGE_MAX: usize = 2_000;
const CODE_MAX: usize = 100;

pub(super) fn read(result: CallToolResult, max: u64) -> Result<Answer, Failure> {
    let CallToolResult { content, structured_content, is_error, .. } = result;
    if is_error == Some(true) {
        return Err(failure(&content, structured_content.as_ref()));
    }
    let value = structured_content.map_or_else(|| bare(content), Ok)?;
    let bytes = serde_json::to_vec(&value).map_err(|error| bad(&error.to_string()))?;
    if size(&bytes) > max {
        let why = format!("the tool's server gave more than the {max} bytes that it may give");
        return Err(Failure::new(ToolErrorKind::Limit, why));
    }
    Ok(Answer { value, ..Answer::default() })
}

pub(super) fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn bad(why: &str) -> Failure {
    Failure::new(ToolErrorKind::BadResult, format!("the result cannot be read: {why}"))
}

/// A result without structured content.
fn bare(content: Vec<ContentBlock>) -> Result<Value, Failure> {
    let Some(text) = all_text(&content) else {
        let content = serde_json::to_value(content).map_err(|error| bad(&error.to_string()))?;
        return Ok(json!({ "content": content }));
    };
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    let parsed = looks_like_json.then(|| serde_json::from_str(&text).ok()).flatten();
    Ok(parsed.unwrap_or(Value::String(text)))
}

/// The text of a result that has nothing else.
fn all_text(content: &[ContentBlock]) -> Option<String> {
    let texts: Option<Vec<&str>> = content.iter().map(text).collect();
    Some(texts?.join("\n"))
}

fn text(block: &ContentBlock) -> Option<&str> {
    match block {
        ContentBlock::Text(text) => Some(&text.text),
        _ => None,
    }
}

fn failure(content: &[ContentBlock], structured: Option<&Value>) -> Failure {
    let said: Vec<&str> = content.iter().filter_map(text).collect();
    let said = clean(&said.join("\n"), MESSAGE_MAX);
    let message = if said.is_empty() { "the tool does not say why".to_owned() } else { said };
    let word = |key: &str| structured?.get(key)?.as_str().map(|text| clean(text, CODE_MAX));
    let error = ToolError {
        code: word("code"),
        retryable: structured.and_then(|it| it.get("retryable")?.as_bool()).unwrap_or(false),
        ..ToolError::new(ToolErrorKind::Tool, message)
    };
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: Value) -> CallToolResult {
        serde_json::from_value(json).unwrap()
    }

    fn result(json: Value) -> Result<Value, ToolError> {
        read(parsed(json), 1_000).map(|answer| answer.value).map_err(|failure| failure.error)
    }

    fn text(text: &str) -> Value {
        json!({ "content": [{ "type": "text", "text": text }] })
    }

    #[test]
    fn a_result_is_its_data_or_its_text() {
        let both = json!({ "content": [{ "type": "text", "text": "7" }], "structuredContent": { "n": 7 } });
        assert_eq!(result(both).unwrap(), json!({ "n": 7 }));
        assert_eq!(result(text("7")).unwrap(), json!("7"));
        assert_eq!(result(text(" {\"n\": 7}")).unwrap(), json!({ "n": 7 }));
        assert_eq!(result(text("[1, 2]")).unwrap(), json!([1, 2]));
        assert_eq!(result(text("[a note]")).unwrap(), json!("[a note]"));
        assert_eq!(result(json!({ "content": [] })).unwrap(), json!(""));
        let picture =
            json!({ "content": [{ "type": "image", "data": "AA==", "mimeType": "image/png" }] });
        assert_eq!(result(picture.clone()).unwrap(), picture);
    }

    #[test]
    fn an_error_is_the_tools_own_and_says_whether_another_attempt_may_help() {
        let mut failed = text("No such\u{7} note.");
        failed["isError"] = json!(true);
        let error = result(failed.clone()).unwrap_err();
        assert_eq!((error.kind, error.retryable), (ToolErrorKind::Tool, false));
        assert_eq!((error.message.as_str(), error.code), ("No such note.", None));
        failed["structuredContent"] = json!({ "code": "no_note", "retryable": true });
        let error = result(failed).unwrap_err();
        assert_eq!((error.code.as_deref(), error.retryable), (Some("no_note"), true));
    }

    #[test]
    fn a_result_is_no_larger_than_it_may_be() {
        let error = result(text(&"x".repeat(1_000))).unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Limit);
    }
}
