//! What a server says of its refusal: `{"error": {"code", "message"}}`, `{"error": "text"}`, or a problem (RFC 9457). Its
//! words are cleaned and bounded. Pure.

use reqwest::StatusCode;
use serde_json::Value;

use crate::event::{ToolError, ToolErrorKind, clean};

/// Longest message, characters.
const MESSAGE_MAX: usize = 500;

/// Longest code, characters.
const CODE_MAX: usize = 64;

/// As far as it is said.
#[derive(Debug, Default)]
pub(super) struct Problem {
    code: Option<String>,
    message: Option<String>,
    details: Option<Box<Value>>,
}

impl Problem {
    /// Nothing when it is no JSON object.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let body = body.as_object()?;
        let text = |value: Option<&Value>, max| {
            let text = clean(value?.as_str()?, max);
            (!text.is_empty()).then_some(text)
        };
        if let Some(Value::Object(error)) = body.get("error") {
            return Some(Self {
                code: text(error.get("code"), CODE_MAX),
                message: text(error.get("message"), MESSAGE_MAX),
                details: error.get("details").cloned().map(Box::new),
            });
        }
        let message = ["detail", "title", "message", "error"];
        Some(Self {
            code: text(body.get("code"), CODE_MAX).or_else(|| kind(body.get("type")?.as_str()?)),
            message: message.iter().find_map(|name| text(body.get(*name), MESSAGE_MAX)),
            details: body.get("details").cloned().map(Box::new),
        })
    }

    /// With what the status says where it says nothing itself.
    pub(super) fn error(
        self,
        status: StatusCode,
        kind: ToolErrorKind,
        retryable: bool,
    ) -> ToolError {
        let number = status.as_u16();
        let message = format!("the tool's server answered with status {number}");
        ToolError {
            kind,
            code: Some(self.code.unwrap_or_else(|| format!("http_{number}"))),
            message: self.message.unwrap_or(message),
            retryable,
            attempts: 1,
            details: self.details,
            spent: None,
        }
    }
}

/// The last part of a problem's type, such as `out-of-credit` of `https://example.com/problems/out-of-credit`.
fn kind(uri: &str) -> Option<String> {
    let last = uri.trim_end_matches('/').rsplit(['/', '#', ':']).next()?;
    (uri != "about:blank" && !last.is_empty()).then(|| clean(last, CODE_MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: &Value, code: &str, message: &str) {
        let problem = Problem::read(body.to_string().as_bytes()).unwrap_or_default();
        let error = problem.error(StatusCode::CONFLICT, ToolErrorKind::Tool, false);
        assert_eq!((error.code.as_deref(), error.message.as_str()), (Some(code), message));
    }

    #[test]
    fn a_refusal_is_read_in_each_of_its_forms() {
        check(&json!({"error": {"code": "gone", "message": "It is."}}), "gone", "It is.");
        check(&json!({"error": "It is."}), "http_409", "It is.");
        check(&json!({"code": "gone", "title": "No", "detail": "It is."}), "gone", "It is.");
        check(&json!({"type": "https://x.example/p/gone", "title": "It is."}), "gone", "It is.");
        let plain = "the tool's server answered with status 409";
        check(&json!({"type": "about:blank"}), "http_409", plain);
        check(&json!({"error": {"code": 7}}), "http_409", plain);
        check(&json!([]), "http_409", plain);
    }

    #[test]
    fn a_servers_words_are_cleaned_and_bounded_and_its_details_kept() {
        let long = "x".repeat(600);
        let body = json!({"error": {"code": "a\u{7}b", "message": long, "details": {"left": 2}}});
        let problem = Problem::read(body.to_string().as_bytes()).unwrap();
        assert_eq!(problem.code.as_deref(), Some("ab"));
        assert_eq!(problem.message.unwrap().chars().count(), MESSAGE_MAX + 1);
        assert_eq!(problem.details, Some(Box::new(json!({"left": 2}))));
    }
}
