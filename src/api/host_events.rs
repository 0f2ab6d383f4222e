//! `GET /api/events/stream`: what happens to flows and plugins, as Server-Sent Events.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::problem::Problem;
use super::sse::KEEP_ALIVE;
use super::{Shared, admin_only};

/// `flow.reloaded`, `flow.rejected`, `flow.rollout`, `flow.rolled-back`, `plugin.reloaded`, `plugin.rejected` from now on; for the operator.
#[utoipa::path(get, path = "/api/events/stream", tag = "host",
    responses((status = 200, content_type = "text/event-stream"), (status = 403)))]
pub(super) async fn stream(State(parts): State<Shared>) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let listener = parts.bus.subscribe_host();
    let events = stream::unfold(listener, |mut listener| async {
        let json = listener.recv().await.ok()?;
        Some((Ok::<_, Infallible>(Event::default().data(&*json)), listener))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}
