//! What a worker's answer comes to: a value, or a failure in the words of the `tool.error` event. Pure.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::event::{ToolError, ToolErrorKind, clean};
use crate::tool::{Answer, Failure};

/// Texts that a tool may have said in one call.
const SAY_MAX: usize = 32;

/// Longest of them, characters.
const TEXT_MAX: usize = 2_000;

/// Longest message and code of a failure, characters.
const MESSAGE_MAX: usize = 500;
const CODE_MAX: usize = 64;

/// The longest wait that a worker may ask for; no call lasts as long.
const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// Fields of an entry in a stream.
    Fields(Fields),
    /// `{"result": …}` or `{"error": …}`.
    Text(Vec<u8>),
}

/// JSON each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) result: Option<Vec<u8>>,
    pub(super) error: Option<Vec<u8>>,
    pub(super) say: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<Value>,
}

/// Also `null` is a result.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// What a worker says of its failure, when it says more than a text.
#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
    message: Option<String>,
    #[serde(default)]
    retryable: bool,
    retry_after_ms: Option<u64>,
    details: Option<Box<Value>>,
}

impl Reply {
    pub(super) fn read(&self, max: u64) -> Result<Answer, Failure> {
        if u64::try_from(self.len()).unwrap_or(u64::MAX) > max {
            let why = format!("the tool's worker gave more than the {max} bytes that it may give");
            return Err(Failure::new(ToolErrorKind::Limit, why));
        }
        match self {
            Self::Fields(fields) => fields.read(),
            Self::Text(text) => {
                let Text { result, error } =
                    serde_json::from_slice(text).map_err(|e| unread(&e))?;
                match (error.filter(|error| !error.is_null()), result) {
                    (Some(error), _) => Err(failure(error)),
                    (None, Some(value)) => Ok(Answer { value, ..Answer::default() }),
                    (None, None) => Err(empty()),
                }
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Fields(fields) => {
                let parts = [&fields.result, &fields.error, &fields.say];
                parts.into_iter().flatten().map(Vec::len).sum()
            }
            Self::Text(text) => text.len(),
        }
    }
}

impl Fields {
    fn read(&self) -> Result<Answer, Failure> {
        if let Some(error) = &self.error {
            let plain = || Value::String(String::from_utf8_lossy(error).into_owned());
            return Err(failure(serde_json::from_slice(error).unwrap_or_else(|_no_json| plain())));
        }
        let Some(result) = &self.result else { return Err(empty()) };
        let value = serde_json::from_slice(result).map_err(|error| unread(&error))?;
        let say: Vec<String> = match &self.say {
            Some(say) => serde_json::from_slice(say).map_err(|error| unread(&error))?,
            None => Vec::new(),
        };
        if say.len() > SAY_MAX {
            let why = format!("the tool wants more than {SAY_MAX} texts said");
            return Err(Failure::new(ToolErrorKind::Limit, why));
        }
        let say = say.iter().map(|text| clean(text, TEXT_MAX)).collect();
        Ok(Answer { value, say, ..Answer::default() })
    }
}

fn unread(error: &serde_json::Error) -> Failure {
    let why = format!("the answer of the tool's worker is not as it should be: {error}");
    Failure::new(ToolErrorKind::BadResult, why)
}

fn empty() -> Failure {
    let why = "the answer of the tool's worker has neither `result` nor `error`";
    Failure::new(ToolErrorKind::BadResult, why)
}

/// A text, or an object with more than that.
fn failure(said: Value) -> Failure {
    let problem = match said {
        Value::String(message) => Problem { message: Some(message), ..Problem::silent() },
        other => serde_json::from_value(other).unwrap_or_else(|_unknown| Problem::silent()),
    };
    let text = |text: Option<String>, max| {
        text.map(|text| clean(&text, max)).filter(|text| !text.is_empty())
    };
    let message = text(problem.message, MESSAGE_MAX);
    let error = ToolError {
        kind: ToolErrorKind::Tool,
        code: text(problem.code, CODE_MAX),
        message: message.unwrap_or_else(|| "the tool's worker says that it failed".to_owned()),
        retryable: problem.retryable,
        attempts: 1,
        details: problem.details,
        spent: None,
    };
    let wait = problem.retry_after_ms.map(|ms| Duration::from_millis(ms).min(WAIT_MAX));
    Failure { retry_after: wait, ..error.into() }
}

impl Problem {
    const fn silent() -> Self {
        Self { code: None, message: None, retryable: false, retry_after_ms: None, details: None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(result: Option<&str>, error: Option<&str>, say: Option<&str>) -> Reply {
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        Reply::Fields(Fields { result: bytes(result), error: bytes(error), say: bytes(say) })
    }

    fn text(text: &str) -> Reply {
        Reply::Text(text.into())
    }

    #[test]
    fn a_result_is_a_value_with_what_is_to_be_said() {
        let answer = fields(Some("[1]"), None, Some(r#"["Hi\u001b[31m"]"#)).read(100).unwrap();
        assert_eq!((answer.value, answer.say), (json!([1]), vec!["Hi[31m".to_owned()]));
        assert_eq!(text(r#"{"result": {"a": 1}}"#).read(100).unwrap().value, json!({"a": 1}));
        assert_eq!(text(r#"{"result": null}"#).read(100).unwrap().value, Value::Null);
        assert_eq!(text(r#"{"result": 1, "error": null}"#).read(100).unwrap().value, json!(1));
    }

    #[test]
    fn a_failure_is_a_text_or_says_more() {
        let more =
            r#"{"code": "busy", "message": "Later.", "retryable": true, "retry_after_ms": 5}"#;
        let failure = fields(None, Some(more), None).read(1000).unwrap_err();
        assert_eq!(failure.error.code.as_deref(), Some("busy"));
        assert!(failure.error.retryable && !failure.nothing_ran);
        assert_eq!(failure.retry_after, Some(Duration::from_millis(5)));
        for said in [fields(None, Some("Gone."), None), text(r#"{"error": "Gone."}"#)] {
            let failure = said.read(100).unwrap_err();
            let got = (failure.error.kind, failure.error.message.as_str(), failure.error.retryable);
            assert_eq!(got, (ToolErrorKind::Tool, "Gone.", false));
        }
        let failure = fields(None, Some("7"), None).read(100).unwrap_err();
        assert_eq!(failure.error.message, "the tool's worker says that it failed");
    }

    #[test]
    fn what_is_no_answer_or_too_much_is_said() {
        for said in [
            fields(None, None, None),
            fields(Some("{"), None, None),
            fields(Some("1"), None, Some("{}")),
            text("[]"),
            text("{}"),
            text("soon"),
        ] {
            assert_eq!(
                said.read(100).unwrap_err().error.kind,
                ToolErrorKind::BadResult,
                "{said:?}"
            );
        }
        let failure = fields(Some("[1, 2, 3]"), None, None).read(8).unwrap_err();
        assert_eq!(failure.error.kind, ToolErrorKind::Limit);
        let many = json!(vec!["x"; 33]).to_string();
        let failure = fields(Some("1"), None, Some(&many)).read(1000).unwrap_err();
        assert_eq!(failure.error.kind, ToolErrorKind::Limit);
    }
}
