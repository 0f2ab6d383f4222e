//! `POST /api/sessions/{id}/input` and `/events`: what people and other systems send.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{RawEvents, raw, status};
use super::body::{self, Path, Query, Wait};
use super::problem::Problem;
use super::{Parts, Shared};
use crate::engine::{Input, Understood};
use crate::event::Map;
use crate::runtime::{self, Answer};

/// Keys of one press.
const DIGITS_MAX: usize = 64;
/// Bytes of a name or an id that a client gives.
const NAME_BYTES_MAX: usize = 256;

/// What a person sends: one of `text`, `dtmf` and `intent`.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    text: Option<String>,
    /// `0`–`9`, `*`, `#`, `A`–`D`
    dtmf: Option<String>,
    /// For clients that understand for themselves.
    intent: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    slots: Map,
    /// Sending the same again under the same id runs nothing; the header `Idempotency-Key` does the same.
    message_id: Option<String>,
}

/// What came of an input.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Taken {
    ok: bool,
    /// Whether nothing more will come of it.
    settled: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
    state: String,
    status: &'static str,
    /// Events of the input's turn and of the turns that it caused.
    #[schema(value_type = Vec<Object>)]
    events: RawEvents,
}

/// Takes a person's input.
#[utoipa::path(post, path = "/api/sessions/{id}/input", tag = "sessions",
    params(("id" = String, Path), Wait), request_body = Sent,
    responses((status = 200, body = Taken), (status = 202, body = Taken), (status = 400), (status = 404),
        (status = 409, description = "the session has ended"), (status = 413), (status = 422), (status = 429)))]
pub(super) async fn input(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let id = body::session_id(&id)?;
    let mut sent: Sent = body::json(&parts, body).await?;
    if let Some(key) = headers.get("idempotency-key") {
        let key = std::str::from_utf8(key.as_bytes())
            .map_err(|_odd| Problem::new(400, "header.invalid", "`Idempotency-Key` is no UTF-8"))?;
        sent.message_id = Some(key.to_owned());
    }
    let input = sent.into_input(&parts)?;
    let wait = wait.within(&parts);
    let answer = parts.runtime.input(&id, input, wait).await?;
    Ok(taken(&answer, wait.is_zero()))
}

fn taken(answer: &Answer, at_once: bool) -> Response {
    let status_code =
        if at_once && !answer.settled { StatusCode::ACCEPTED } else { StatusCode::OK };
    let taken = Taken {
        ok: true,
        settled: answer.settled,
        replayed: answer.replayed,
        state: answer.session.frame().state.to_string(),
        status: status(answer.session.is_active()),
        events: raw(&answer.events),
    };
    (status_code, Json(taken)).into_response()
}

impl Sent {
    pub(super) fn into_input(self, parts: &Parts) -> Result<Input, Problem> {
        let message_id = checked_name("message_id", self.message_id)?;
        match (self.text, self.dtmf, self.intent) {
            (Some(text), None, None) => text_input(parts, text, message_id),
            (None, Some(digits), None) => dtmf_input(digits, message_id),
            (None, None, Some(intent)) => Ok(Input::Understood(Understood {
                intent: Some(intent),
                confidence: 1.0,
                slots: self.slots.into(),
                classifier: "client".to_owned(),
                message_id,
                ..Understood::default()
            })),
            _ => {
                let message = "send exactly one of `text`, `dtmf` and `intent`";
                Err(Problem::at("input.bad", "", message))
            }
        }
    }
}

/// A person's text, within its bounds.
pub(super) fn text_input(
    parts: &Parts,
    text: String,
    message_id: Option<String>,
) -> Result<Input, Problem> {
    let max = parts.options.text_bytes_max;
    if text.trim().is_empty() {
        return Err(Problem::at("text.empty", "/text", "`text` is empty; send what was said"));
    }
    if text.len() > max {
        let message = format!("`text` is longer than {max} bytes");
        return Err(Problem::new(413, "text.too_long", message).with("pointer", "/text"));
    }
    Ok(Input::Text { text, message_id })
}

/// The name of a time zone, in the field `time_zone`.
pub(super) fn time_zone(name: String) -> Result<String, Problem> {
    let checked = runtime::time_zone(name);
    checked.map_err(|error| Problem::from(error).with("pointer", "/time_zone"))
}

/// Pressed keys.
pub(super) fn dtmf_input(digits: String, message_id: Option<String>) -> Result<Input, Problem> {
    let is_key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D');
    if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.chars().all(is_key) {
        let message = format!("`dtmf` is 1 to {DIGITS_MAX} of 0-9 * # A-D");
        return Err(Problem::at("dtmf.bad", "/dtmf", message));
    }
    Ok(Input::Dtmf { digits, message_id })
}

/// An id or name that a client gives, within its bounds.
pub(super) fn checked_name(field: &str, name: Option<String>) -> Result<Option<String>, Problem> {
    match name {
        Some(name) if name.is_empty() || name.len() > NAME_BYTES_MAX => {
            let message = format!("`{field}` is 1 to {NAME_BYTES_MAX} bytes long");
            Err(Problem::at("name.bad", &format!("/{field}"), message))
        }
        checked => Ok(checked),
    }
}

/// An event of another system.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExternalEvent {
    name: String,
    #[serde(default)]
    payload: Value,
    message_id: Option<String>,
}

impl ExternalEvent {
    pub(super) fn into_input(self) -> Result<Input, Problem> {
        let name = checked_name("name", Some(self.name))?.unwrap_or_default();
        let message_id = checked_name("message_id", self.message_id)?;
        Ok(Input::External { name, payload: self.payload, message_id })
    }
}

/// Tells the session what another system has to say.
#[utoipa::path(post, path = "/api/sessions/{id}/events", tag = "sessions",
    params(("id" = String, Path), Wait), request_body = ExternalEvent,
    responses((status = 200, body = Taken), (status = 202, body = Taken), (status = 404), (status = 409)))]
pub(super) async fn event(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(wait): Query<Wait>,
    body: Body,
) -> Result<Response, Problem> {
    let id = body::session_id(&id)?;
    let event: ExternalEvent = body::json(&parts, body).await?;
    let wait = wait.within(&parts);
    let answer = parts.runtime.input(&id, event.into_input()?, wait).await?;
    Ok(taken(&answer, wait.is_zero()))
}
