//! Taking a flow out of service: who asks is told which other flows would miss it.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Path};
use super::edit::{flow_id, if_match};
use super::problem::Problem;
use super::publish::{Published, Why, edit, guard};
use super::{Parts, Shared, admin_only};
use crate::flow::{self, Graph, Target};
use crate::reload::What;

/// Who retires a flow and why.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retiring {
    author: Option<String>,
    /// Why, for whoever reads the list of versions.
    changelog: Option<String>,
    /// Retire it although other flows lead to it.
    #[serde(default)]
    force: bool,
}

/// Retires a flow: it takes no new sessions on any host, its file is set aside, and running sessions go on to their end.
/// A flow that another one calls or goes over to is retired only with `force`: who gets there would go no further.
#[utoipa::path(delete, path = "/api/flows/{id}", tag = "flows", params(("id" = String, Path)),
    request_body = Retiring,
    responses((status = 200, body = Published), (status = 403), (status = 404),
        (status = 409, description = "other flows lead to it; `callers` says which"), (status = 412)))]
pub(super) async fn retire(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let Retiring { author, changelog, force } = body::json(&parts, body).await?;
    let guard = guard(&parts, &id, if_match(&headers)?).await?;
    if !force {
        nobody_leads_to(&parts, &id)?;
    }
    edit(&parts, &id, (What::Retire, guard), Why { author, changelog }).await
}

/// Refuses where a flow that new sessions begin on leads to this one.
fn nobody_leads_to(parts: &Parts, id: &flow::Id) -> Result<(), Problem> {
    let current = parts.catalog.current();
    if current.linked.current(id).is_none() {
        return Ok(());
    }
    let to = Target::Flow(id.clone()).written();
    let some_begin_on = current.canaries.values().map(|canary| &canary.flow);
    let others = current.linked.iter().chain(some_begin_on).filter(|flow| flow.id != *id);
    let callers = others.filter(|flow| Graph::of(flow).nodes.contains_key(&to));
    let mut callers: Vec<&str> = callers.map(|flow| flow.id.as_str()).collect();
    callers.sort_unstable();
    callers.dedup();
    let Some(first) = callers.first() else { return Ok(()) };
    let more = match callers.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let message = format!(
        "flow `{first}`{more} leads to flow `{id}`, and whoever gets there would go no further; change that first, or \
         retire it with `\"force\": true`"
    );
    Err(Problem::new(409, "flow.called", message).with("callers", json!(callers)))
}
