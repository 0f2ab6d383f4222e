//! What a server's answer comes to: a value, or a failure in the words of the `tool.error` event with whether another
//! attempt may help. Pure.

use jiff::Timestamp;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use crate::event::{ToolErrorKind, clean};
use crate::net;
use crate::tool::{Answer, Failure};

/// The form of an answer that is more than its value.
const WITH_WISHES: &str = "application/vnd.cicerone.answer+json";

/// Texts that a tool may have said in one call.
const SAY_MAX: usize = 32;

/// Longest of them, characters.
const TEXT_MAX: usize = 2_000;

/// An answer without its body.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: StatusCode,
    /// `Content-Type`
    pub(super) form: Option<String>,
    /// `Retry-After`
    pub(super) retry_after: Option<String>,
}

/// [`WITH_WISHES`]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    value: Value,
    #[serde(default)]
    say: Vec<String>,
}

impl Received {
    /// A success: nothing, a bare value, or a value with what is to be said.
    pub(super) fn answer(&self, body: &[u8]) -> Result<Answer, Failure> {
        let bad = |why: String| Failure::new(ToolErrorKind::BadResult, why);
        if body.is_empty() {
            return Ok(Answer::default());
        }
        let form = self.form();
        if !is_json(&form) {
            let form = clean(&form, 100);
            let why = match form.as_str() {
                "" => {
                    "the tool's server does not say what it answers; it should say application/json"
                        .to_owned()
                }
                form => format!("the tool's server answered with {form}, not with JSON"),
            };
            return Err(bad(why));
        }
        let unread = |error: serde_json::Error| {
            bad(format!("the answer of the tool's server is not as it should be: {error}"))
        };
        if form != WITH_WISHES {
            let value = serde_json::from_slice(body).map_err(unread)?;
            return Ok(Answer { value, ..Answer::default() });
        }
        let Full { value, say } = serde_json::from_slice(body).map_err(unread)?;
        if say.len() > SAY_MAX {
            let why = format!("the tool wants more than {SAY_MAX} texts said");
            return Err(Failure::new(ToolErrorKind::Limit, why));
        }
        let say = say.iter().map(|text| clean(text, TEXT_MAX)).collect();
        Ok(Answer { value, say, ..Answer::default() })
    }

    /// Anything but a success.
    pub(super) fn failure(&self, body: &[u8]) -> Failure {
        let problem = is_json(&self.form()).then(|| Problem::read(body)).flatten();
        let error = problem.unwrap_or_default().error(self.status, self.kind(), self.may_pass());
        let retry_after =
            self.retry_after.as_deref().and_then(|text| net::wait(text, Timestamp::now()));
        Failure { retry_after, ..error.into() }
    }

    fn kind(&self) -> ToolErrorKind {
        match self.status.as_u16() {
            // Nobody could take the call now.
            408 | 425 | 429 | 502..=504 => ToolErrorKind::Unavailable,
            400..=599 => ToolErrorKind::Tool,
            _ => ToolErrorKind::BadResult,
        }
    }

    fn may_pass(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 425 | 429 | 500..=599)
    }

    fn form(&self) -> String {
        let form = self.form.as_deref().unwrap_or_default();
        form.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

fn is_json(form: &str) -> bool {
    form == "application/json" || (form.starts_with("application/") && form.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn received(status: u16, form: &str) -> Received {
        let status = StatusCode::from_u16(status).unwrap();
        let form = Some(form.to_owned()).filter(|form| !form.is_empty());
        Received { status, form, retry_after: None }
    }

    #[test]
    fn a_success_is_a_bare_value_or_nothing_or_a_value_with_wishes() {
        let answer = |form, body: &str| received(200, form).answer(body.as_bytes()).unwrap();
        assert_eq!(answer("application/json; charset=utf-8", "[1]").value, json!([1]));
        assert_eq!(answer("Application/Problem+JSON", "{}").value, json!({}));
        assert_eq!(answer("", "").value, Value::Null);
        let full = answer(WITH_WISHES, r#"{"value": 7, "say": ["Hi\u001b[31m"]}"#);
        assert_eq!((full.value, full.say), (json!(7), vec!["Hi[31m".to_owned()]));
        // The same object without its form is a value.
        assert_eq!(answer("application/json", r#"{"value": 7}"#).value, json!({"value": 7}));
    }

    #[test]
    fn what_is_not_json_or_says_that_it_is_not_is_a_bad_result() {
        for (form, body) in [
            ("text/html", "<h1>Hello</h1>"),
            ("", "{}"),
            ("text/json", "{}"),
            ("application/json", "{"),
            (WITH_WISHES, r#"{"values": 7}"#),
        ] {
            let failure = received(200, form).answer(body.as_bytes()).unwrap_err();
            let got = (failure.error.kind, failure.error.retryable);
            assert_eq!(got, (ToolErrorKind::BadResult, false), "{form} {body}");
        }
        let many = json!({"value": 1, "say": vec!["x"; 33]}).to_string();
        let failure = received(200, WITH_WISHES).answer(many.as_bytes()).unwrap_err();
        assert_eq!(failure.error.kind, ToolErrorKind::Limit);
    }

    #[test]
    fn each_status_has_its_kind_and_says_whether_another_attempt_may_help() {
        for (status, kind, retryable) in [
            (400, ToolErrorKind::Tool, false),
            (401, ToolErrorKind::Tool, false),
            (404, ToolErrorKind::Tool, false),
            (408, ToolErrorKind::Unavailable, true),
            (409, ToolErrorKind::Tool, false),
            (422, ToolErrorKind::Tool, false),
            (425, ToolErrorKind::Unavailable, true),
            (429, ToolErrorKind::Unavailable, true),
            (500, ToolErrorKind::Tool, true),
            (501, ToolErrorKind::Tool, true),
            (503, ToolErrorKind::Unavailable, true),
            (504, ToolErrorKind::Unavailable, true),
        ] {
            let failure = received(status, "text/plain").failure(b"oh");
            let error = &failure.error;
            assert_eq!((error.kind, error.retryable), (kind, retryable), "{status}");
            assert_eq!(error.code.as_deref(), Some(format!("http_{status}").as_str()));
            assert!(!failure.nothing_ran, "{status}");
        }
    }
}
