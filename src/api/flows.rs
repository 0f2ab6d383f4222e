//! `/api/flows`: what can be talked about, and what was wrong with the last edit of it.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Shared;
use super::body::{Path, Query};
use super::edit::etag;
use super::problem::Problem;
use super::rollout::{self, RolloutView};
use crate::catalog::Listed;
use crate::flow::{self, Finding, Version};

/// A flow in the list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FlowSummary {
    id: String,
    name: Option<String>,
    description: Option<String>,
    language: Option<String>,
    categories: Vec<String>,
    /// The current version; null when no text of it has loaded yet.
    version: Option<String>,
    /// `active`, or `rejected`: the file's last text does not load and the version before it goes on.
    status: &'static str,
    /// Mistakes of a rejected text, or warnings about the current one.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Finding>,
}

/// All flows that were asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FlowList {
    flows: Vec<FlowSummary>,
}

/// Which flows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Part of an id, a name or a description.
    search: Option<String>,
    /// One of its categories.
    category: Option<String>,
    /// `active` or `rejected`
    status: Option<String>,
}

/// All flows.
#[utoipa::path(get, path = "/api/flows", tag = "flows", params(Wanted),
    responses((status = 200, body = FlowList)))]
pub(super) async fn list(State(parts): State<Shared>, Query(wanted): Query<Wanted>) -> Response {
    let flows = parts.catalog.flows().into_iter().map(summary);
    Json(FlowList { flows: flows.filter(|flow| wanted.fits(flow)).collect() }).into_response()
}

fn summary(listed: Listed) -> FlowSummary {
    let meta = listed.flow.as_ref().map(|flow| flow.meta.clone());
    FlowSummary {
        id: listed.id.to_string(),
        name: meta.as_ref().map(|meta| meta.name.clone()),
        description: meta.as_ref().and_then(|meta| meta.description.clone()),
        language: meta.as_ref().map(|meta| meta.language.clone()),
        categories: meta.map(|meta| meta.categories).unwrap_or_default(),
        version: listed.flow.as_ref().map(|flow| flow.version.as_str().to_owned()),
        status: if listed.reading.rejected { "rejected" } else { "active" },
        findings: listed.reading.findings,
    }
}

impl Wanted {
    fn fits(&self, flow: &FlowSummary) -> bool {
        let holds = |text: &str| {
            let text = text.to_lowercase();
            self.search.as_ref().is_none_or(|search| text.contains(&search.to_lowercase()))
        };
        let found = holds(&flow.id)
            || flow.name.as_deref().is_some_and(holds)
            || flow.description.as_deref().is_some_and(holds);
        found
            && self.category.as_ref().is_none_or(|category| flow.categories.contains(category))
            && self.status.as_ref().is_none_or(|status| status == flow.status)
    }
}

/// Which version.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The whole hash; the current one if not said.
    version: Option<String>,
}

/// A flow.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FlowView {
    id: String,
    name: String,
    version: String,
    /// What some new sessions begin on instead of the current version.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutView>,
    /// The flow as its author wrote it.
    definition: Value,
}

/// One flow, as written.
#[utoipa::path(get, path = "/api/flows/{id}", tag = "flows", params(("id" = String, Path), Which),
    responses((status = 200, body = FlowView), (status = 404)))]
pub(super) async fn show(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let id = flow::Id::from(id.as_str());
    let flow = match &which.version {
        None => parts.catalog.find(&id)?,
        Some(version) => parts.catalog.version(&id, &Version::from(version.as_str())).await?,
    };
    let view = FlowView {
        id: flow.id.to_string(),
        name: flow.meta.name.clone(),
        version: flow.version.as_str().to_owned(),
        rollout: rollout::running(&parts, &flow.id),
        definition: Value::clone(&flow.definition),
    };
    Ok(([(header::ETAG, etag(&flow.version))], Json(view)).into_response())
}
