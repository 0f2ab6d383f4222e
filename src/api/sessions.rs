//! `/api/sessions`: begin, look at, list and end conversations.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{RawEvents, SessionView, raw, status};
use super::body::{self, Path, Query, Wait};
use super::problem::Problem;
use super::{Shared, admin_only};
use crate::event::Map;
use crate::flow;
use crate::runtime::{Choice, New};
use crate::store::{Filter, Summary};

/// The shipped example.
const DEMO_FLOW: &str = "reservation";
/// Sessions on one page of the list.
const PAGE_MAX: usize = 500;

/// `POST /api/sessions`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    /// The id of a loaded flow, or a whole flow object.
    flow: Value,
    /// Chosen by the client; none gets a random one.
    session_id: Option<String>,
    /// Laid over the flow's own context.
    #[serde(default)]
    #[schema(value_type = Object)]
    context: Map,
    /// IANA name.
    time_zone: Option<String>,
}

/// A session that has begun.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Begun {
    session_id: String,
    ws_url: String,
    /// Null while the host asks for none.
    token: Option<String>,
    flow: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_name: Option<String>,
    state: String,
    status: &'static str,
    /// Events of entering the start state.
    #[schema(value_type = Vec<Object>)]
    events: RawEvents,
}

/// Begins a session.
#[utoipa::path(post, path = "/api/sessions", tag = "sessions", params(Wait), request_body = Begin,
    responses((status = 201, body = Begun), (status = 404, description = "unknown flow"),
        (status = 409, description = "the id exists"), (status = 422, description = "the flow object does not load")))]
pub(super) async fn create(
    State(parts): State<Shared>,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let begin: Begin = body::json(&parts, body).await?;
    let flow = match begin.flow {
        Value::String(id) => Choice::Current(flow::Id::from(id.as_str())),
        object @ Value::Object(_) => {
            admin_only(&parts)?;
            Choice::Inline(object)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            let message = "`flow` is the id of a loaded flow or a whole flow object";
            return Err(Problem::at("body.invalid", "/flow", message));
        }
    };
    let id = begin.session_id.as_deref().map(crate::event::SessionId::new).transpose();
    let id = id.map_err(|error| {
        Problem::at("session_id.invalid", "/session_id", format!("could not {error}"))
    })?;
    let time_zone = begin.time_zone.map(super::input::time_zone).transpose()?;
    let new = New { flow, id, context: begin.context, time_zone };
    begin_session(&parts, new, &wait, &headers, None).await
}

/// Begins a session on the shipped reservation flow.
#[utoipa::path(post, path = "/api/demo/reservation", tag = "sessions", params(Wait),
    responses((status = 201, body = Begun), (status = 404, description = "the flow is not loaded")))]
pub(super) async fn demo(
    State(parts): State<Shared>,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = flow::Id::from(DEMO_FLOW);
    let name = parts.catalog.find(&id)?.meta.name.clone();
    let new = New { flow: Choice::Current(id), id: None, context: Map::new(), time_zone: None };
    begin_session(&parts, new, &wait, &headers, Some(name)).await
}

async fn begin_session(
    parts: &Shared,
    new: New,
    wait: &Wait,
    headers: &HeaderMap,
    flow_name: Option<String>,
) -> Result<Response, Problem> {
    let answer = parts.runtime.create(new, wait.within(parts)).await?;
    let session = &answer.session;
    let frame = session.frame();
    let begun = Begun {
        session_id: session.id.to_string(),
        ws_url: ws_url(parts, headers, session.id.as_str()),
        token: None,
        flow: frame.flow.to_string(),
        version: frame.version.as_str().to_owned(),
        flow_name,
        state: frame.state.to_string(),
        status: status(session.is_active()),
        events: raw(&answer.events),
    };
    Ok((StatusCode::CREATED, Json(begun)).into_response())
}

fn ws_url(parts: &Shared, headers: &HeaderMap, id: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    match &parts.options.public_ws_url {
        Some(base) => format!("{base}/ws?id={id}"),
        None => format!("ws://{host}/ws?id={id}"),
    }
}

/// The session as it is now.
#[utoipa::path(get, path = "/api/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView<'static>), (status = 404, description = "unknown session")))]
pub(super) async fn show(
    State(parts): State<Shared>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let session = parts.runtime.session(&body::session_id(&id)?).await?;
    Ok(Json(SessionView::from(&*session)).into_response())
}

/// Ends a session and forgets it; also an unknown one.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, description = "it is gone")))]
pub(super) async fn delete(
    State(parts): State<Shared>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    if let Ok(id) = crate::event::SessionId::new(&id) {
        parts.runtime.delete(&id).await?;
    }
    Ok(Json(serde_json::json!({ "ok": true })).into_response())
}

/// Which sessions to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    /// Of this flow.
    flow: Option<String>,
    /// `active` or `ended`
    status: Option<String>,
    /// At most 500, 100 if not said.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SessionPage {
    sessions: Vec<SessionSummary>,
    /// Ask again with this `cursor`; null at the end.
    next: Option<String>,
}

/// A session in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionSummary {
    session_id: String,
    flow: String,
    version: String,
    current_state: String,
    status: &'static str,
    created_at: i64,
    updated_at: i64,
}

/// Lists sessions; for the operator.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", params(Listing),
    responses((status = 200, body = SessionPage), (status = 403, description = "not for clients")))]
pub(super) async fn list(
    State(parts): State<Shared>,
    Query(listing): Query<Listing>,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let active = match listing.status.as_deref() {
        None => None,
        Some("active") => Some(true),
        Some("ended") => Some(false),
        Some(other) => {
            let message = format!("`status` is `active` or `ended`, not `{other}`");
            return Err(Problem::new(400, "query.invalid", message));
        }
    };
    let limit = listing.limit.unwrap_or(100).clamp(1, PAGE_MAX);
    let filter = Filter {
        flow: listing.flow.as_deref().map(flow::Id::from),
        active,
        after: listing.cursor.as_deref().map(body::session_id).transpose()?,
        limit,
    };
    let found =
        parts.store.list(&filter).await.map_err(|error| {
            Problem::from(crate::runtime::Error::Unavailable(error.to_string()))
        })?;
    let next = (found.len() == limit).then(|| found.last().map(|(id, _)| id.to_string())).flatten();
    let sessions = found.into_iter().map(|(id, summary)| listed(&id, summary)).collect();
    Ok(Json(SessionPage { sessions, next }).into_response())
}

fn listed(id: &crate::event::SessionId, summary: Summary) -> SessionSummary {
    SessionSummary {
        session_id: id.to_string(),
        flow: summary.flow.to_string(),
        version: summary.version.as_str().to_owned(),
        current_state: summary.state,
        status: status(summary.active),
        created_at: summary.created_at.as_millis(),
        updated_at: summary.updated_at.as_millis(),
    }
}
