//! `GET /api/sessions/{id}/events`: the log, a page at a time.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Shared;
use super::answer::{RawEvents, raw};
use super::body::{self, Path, Query};
use super::problem::Problem;
use crate::event::Encoded;

/// Events on one page.
const PAGE_MAX: usize = 10_000;

/// Which part of the log.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Exactly the events with a greater `seq`; 0 if not said.
    since: Option<u64>,
    /// At most 10000, 1000 if not said.
    limit: Option<usize>,
    /// Only these types, comma-separated.
    types: Option<String>,
}

/// A part of the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct LogPage {
    #[schema(value_type = Vec<Object>)]
    events: RawEvents,
    /// Ask again with this as `since`. A page may be shorter than `limit`; an empty one is the end.
    next: u64,
}

/// The events after `since`.
#[utoipa::path(get, path = "/api/sessions/{id}/events", tag = "sessions",
    params(("id" = String, Path), Part),
    responses((status = 200, body = LogPage), (status = 404), (status = 409, description = "above the head"),
        (status = 410, description = "below the trimmed part")))]
pub(super) async fn events(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let id = body::session_id(&id)?;
    let since = part.since.unwrap_or(0);
    let limit = part.limit.unwrap_or(1_000).clamp(1, PAGE_MAX);
    let page = parts.runtime.log(&id, since, limit).await?;
    let next = page.events.last().map_or(since, |event| event.seq);
    let mut events = page.events;
    if let Some(types) = &part.types {
        let wanted: Vec<&str> = types.split(',').map(str::trim).collect();
        events.retain(|event| kind(event).is_some_and(|kind| wanted.contains(&kind.as_str())));
    }
    Ok(Json(LogPage { events: raw(&events), next }).into_response())
}

fn kind(event: &Encoded) -> Option<String> {
    let json: Value = serde_json::from_str(&event.json).ok()?;
    json.get("type").and_then(Value::as_str).map(str::to_owned)
}
