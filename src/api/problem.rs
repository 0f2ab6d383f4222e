//! Error answers: `application/problem+json` (RFC 9457), with `error` as a plain string too for clients of
//! `EventBus FSM`.
//! What a client reads says what to do and nothing of our insides.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::catalog;
use crate::runtime::Error;
use crate::store;

/// An error answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    more: Vec<(&'static str, Value)>,
    retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = matches!(status.as_u16(), 429 | 503).then_some(1);
        Self { status, code, message: message.into(), more: Vec::new(), retry_after }
    }

    /// Bad input at a JSON pointer of the body.
    pub(super) fn at(code: &'static str, pointer: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message).with("pointer", pointer)
    }

    pub(super) fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((key, value.into()));
        self
    }

    pub(super) const fn code(&self) -> &'static str {
        self.code
    }

    /// Whether the same may work in a moment.
    pub(super) const fn is_temporary(&self) -> bool {
        self.retry_after.is_some()
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("urn:cicerone:error:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.message,
            "error": self.message,
        });
        if let Value::Object(body) = &mut body {
            body.extend(self.more.into_iter().map(|(key, value)| (key.to_owned(), value)));
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let message = format!("could not {error}");
        match error {
            Error::Unknown(_) => Self::new(404, "session.unknown", message),
            Error::Exists(_) => Self::new(409, "session.exists", message),
            Error::Ended { reason } => {
                Self::new(409, "session.ended", message).with("reason", reason)
            }
            Error::UnknownFlow { .. } => Self::new(404, "flow.unknown", message),
            Error::InvalidFlow(findings) => {
                let findings = serde_json::to_value(findings).unwrap_or_default();
                Self::new(422, "flow.invalid", message).with("errors", findings)
            }
            Error::QueueFull { .. } => Self::new(429, "queue.full", message),
            Error::Busy { .. } => Self::new(429, "session.busy", message),
            Error::IdempotencyMismatch => Self::new(422, "idempotency.mismatch", message),
            Error::LogTrimmed { first } => {
                Self::new(410, "log.trimmed", message).with("first", first)
            }
            Error::LogRewound { head } => Self::new(409, "log.rewound", message).with("head", head),
            Error::Unavailable(cause) => {
                tracing::error!(%cause, "A request could not be done now.");
                Self::new(503, "store.unavailable", "could not do it now; try again shortly")
            }
            Error::Unfinished(_) => Self::new(504, "turn.unfinished", message),
            Error::Closed => Self::new(503, "host.stopping", message),
            Error::BadInput(_) => Self::new(400, "input.bad", message),
            Error::UnknownIntent(_) => Self::at("input.bad", "/intent", message),
        }
    }
}

impl From<catalog::Error> for Problem {
    fn from(error: catalog::Error) -> Self {
        let message = format!("could not {error}");
        match error {
            catalog::Error::Unknown { .. } => Self::new(404, "flow.unknown", message),
            catalog::Error::Gone { .. } => Self::new(404, "flow.version_unknown", message),
            catalog::Error::Invalid { .. } => Self::new(422, "flow.invalid", message),
            catalog::Error::Overtaken => Error::Unavailable(message).into(),
            catalog::Error::Unavailable(cause) => Error::Unavailable(cause).into(),
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Error::from(error).into()
    }
}
