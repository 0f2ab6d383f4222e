//! `GET /api/sessions/{id}/stream`: a session's events as Server-Sent Events; `id:` is the `seq`, so a browser's own
//! reconnection resumes exactly.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;

use super::Shared;
use super::body::{self, Path, Query};
use super::problem::Problem;
use crate::event::{Encoded, SessionId};
use crate::runtime::{Feed, Since};

/// A comment this often keeps proxies from closing a quiet stream.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where to begin.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Begin {
    /// After this `seq`; `live` for nothing old; the whole log if not said.
    since: Option<String>,
    /// `full` adds the whole context, `ctx`, to `state.updated`.
    ctx: Option<String>,
}

/// `?since=` as a place in the log.
pub(super) fn since(text: Option<&str>) -> Result<Since, Problem> {
    match text {
        None => Ok(Since::Seq(0)),
        Some("live") => Ok(Since::Live),
        Some(text) => text.parse().map(Since::Seq).map_err(|error| {
            tracing::debug!(%error, "A client's `since` was no number.");
            let message = format!("`since` is a `seq` or `live`, not `{text}`");
            Problem::new(400, "query.invalid", message)
        }),
    }
}

/// The session's events as they happen.
#[utoipa::path(get, path = "/api/sessions/{id}/stream", tag = "sessions",
    params(("id" = String, Path), Begin),
    responses((status = 200, content_type = "text/event-stream"), (status = 204, description = "over, and nothing new"),
        (status = 404), (status = 409), (status = 410)))]
pub(super) async fn stream(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = body::session_id(&id)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let since = since(last.or(begin.since.as_deref()))?;
    let feed = parts.runtime.follow(&id, since).await?;
    if feed.is_over() {
        // An `EventSource` reconnects for ever unless it is told that there is nothing more.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let full = begin.ctx.as_deref() == Some("full");
    let events = follow(Follower { parts, id, feed, full });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

struct Follower {
    parts: Shared,
    id: SessionId,
    feed: Feed,
    full: bool,
}

fn follow(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    let batches = stream::unfold(follower, |mut follower| async {
        let events = follower.feed.next().await.ok()?;
        let events = if follower.full {
            with_context(&follower.parts, &follower.id, events).await
        } else {
            events
        };
        Some((stream::iter(events), follower))
    });
    batches.flatten().map(|event| Ok(Event::default().id(event.seq.to_string()).data(&*event.json)))
}

/// Adds the session's whole context as `ctx` to every `state.updated`, for `EventBus FSM` clients.
pub(super) async fn with_context(
    parts: &Shared,
    id: &SessionId,
    mut events: Vec<Encoded>,
) -> Vec<Encoded> {
    const UPDATED: &str = r#"{"type":"state.updated","#;
    if !events.iter().any(|event| event.json.starts_with(UPDATED)) {
        return events;
    }
    let Ok(session) = parts.runtime.session(id).await else { return events };
    let Ok(ctx) = serde_json::to_string(&*session.frame().context) else { return events };
    for event in events.iter_mut().filter(|event| event.json.starts_with(UPDATED)) {
        if let Some(open) = event.json.strip_suffix('}') {
            event.json = format!(r#"{open},"ctx":{ctx}}}"#).into();
        }
    }
    events
}
