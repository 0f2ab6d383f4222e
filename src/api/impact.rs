//! `/api/flows/{id}/impact`: what a version would do to the sessions that are in a flow now, before it is published.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::{self, Path, Query};
use super::difference::side;
use super::edit::{flow_id, pretty, unknown};
use super::problem::Problem;
use super::{Parts, Shared, admin_only};
use crate::engine::Group;
use crate::flow::{self, Flow};
use crate::runtime::Live;

/// Of which version.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    /// `draft` (if not said), `current`, a hash, the first digits of it (at least 8), or the number of a publication.
    to: Option<String>,
    /// The same as `to=draft`, whatever it says.
    draft: Option<String>,
}

/// A text that nobody has saved yet.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unsaved {
    #[schema(value_type = Object)]
    definition: Value,
}

/// What a version would do to the sessions that are in its flow.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ImpactView {
    id: String,
    /// The version.
    to: String,
    /// Sessions in the flow.
    sessions: u64,
    /// Those of them that it has no place for: they would come to an end before their time.
    stranded: u64,
    /// False where there are more sessions than were looked at.
    complete: bool,
    /// How long a session may stay on its version where it is not safe to move.
    pin_max_ms: u64,
    /// By state: `state`, how many `sessions`, the `verdict` (`safe`, `moves`, `pinned`, `stays`, `reenters`, `restarts`,
    /// `ends`), and as far as there is something to say the state `to` which they go, `because` of what, and what `then`
    /// becomes of those that stay.
    #[schema(value_type = Vec<Object>)]
    states: Vec<Group>,
}

/// What a version would do to the sessions that are in the flow now, by the state that they are in.
#[utoipa::path(get, path = "/api/flows/{id}/impact", tag = "flows", params(("id" = String, Path), Of),
    responses((status = 200, body = ImpactView), (status = 400), (status = 403), (status = 404),
        (status = 422, description = "the version must not run; `errors` say where and why")))]
pub(super) async fn show(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(of): Query<Of>,
) -> Result<Json<ImpactView>, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let named = of.to.filter(|_| of.draft.is_none());
    let (_, definition) = side(&parts, &id, named.as_deref().unwrap_or("draft")).await?;
    checked(&parts, &id, &definition).await.map(Json)
}

/// The same of a text that nobody has saved yet.
#[utoipa::path(post, path = "/api/flows/{id}/impact", tag = "flows", params(("id" = String, Path)),
    request_body = Unsaved,
    responses((status = 200, body = ImpactView), (status = 403), (status = 404),
        (status = 422, description = "the text must not run; `errors` say where and why")))]
pub(super) async fn of_text(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<ImpactView>, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let Unsaved { definition } = body::json(&parts, body).await?;
    was_there(&parts, &id).await?;
    checked(&parts, &id, &definition).await.map(Json)
}

/// Only a flow that is or was there can have sessions, or one that is begun as a draft.
async fn was_there(parts: &Parts, id: &flow::Id) -> Result<(), Problem> {
    let is_there = parts.catalog.find(id).is_ok()
        || parts.store.draft(id).await?.is_some()
        || !parts.store.publications(id, u64::MAX, 1).await?.is_empty();
    if is_there { Ok(()) } else { Err(unknown(parts, id)) }
}

async fn checked(parts: &Parts, id: &flow::Id, definition: &Value) -> Result<ImpactView, Problem> {
    match parts.catalog.check(id, &pretty(&definition.to_string())) {
        Ok((flow, _warnings)) => view(parts, flow).await,
        Err(findings) => {
            let message = format!("flow `{id}` must not run like this");
            Err(Problem::new(422, "flow.invalid", message).with("errors", json!(findings)))
        }
    }
}

async fn view(parts: &Parts, flow: Flow) -> Result<ImpactView, Problem> {
    let flow = Arc::new(flow);
    let live = parts.runtime.impact(&flow).await?;
    Ok(shown(&flow, &live))
}

fn shown(flow: &Flow, live: &Live) -> ImpactView {
    ImpactView {
        id: flow.id.to_string(),
        to: flow.version.as_str().to_owned(),
        sessions: live.impact.sessions(),
        stranded: live.impact.stranded(),
        complete: live.is_all,
        pin_max_ms: flow.meta.sessions.pin_max_ms,
        states: live.impact.groups(),
    }
}

/// Refuses a version that has no place for sessions which live now. What must not run at all is for others to refuse.
pub(super) async fn strands_nobody(
    parts: &Parts,
    id: &flow::Id,
    text: &str,
) -> Result<(), Problem> {
    let Ok((flow, _warnings)) = parts.catalog.check(id, &pretty(text)) else { return Ok(()) };
    let flow = Arc::new(flow);
    let Some(live) = parts.runtime.strands(&flow).await? else { return Ok(()) };
    let impact = shown(&flow, &live);
    let message = format!(
        "flow `{id}` would have no place for {} of its {} sessions: they would end; give their states a place in \
         `migrations`, or publish it with `\"force\": true`",
        impact.stranded, impact.sessions
    );
    Err(Problem::new(409, "flow.strands", message).with("impact", json!(impact)))
}
