//! `/api/flows`: what can be talked about, and what was wrong with the last edit of it.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Path, Query};
use super::edit::etag;
use super::naming::version_named;
use super::problem::Problem;
use super::rollout::{self, RolloutView};
use super::{Parts, Shared, admin_only};
use crate::catalog::Listed;
use crate::flow::{self, Finding};

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
    /// `active`; `rejected`: the file's last text does not load and the version before it goes on; `draft`: somebody works on
    /// it; `retired`: no new sessions.
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
    /// `active` or `rejected` of those that new sessions can begin on; for the operator also `draft` or `retired`
    status: Option<Status>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Rejected,
    Draft,
    Retired,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Rejected => "rejected",
            Self::Draft => "draft",
            Self::Retired => "retired",
        }
    }
}

/// Flows: those that new sessions can begin on, or by `status` those that are worked on or retired.
#[utoipa::path(get, path = "/api/flows", tag = "flows", params(Wanted),
    responses((status = 200, body = FlowList), (status = 400), (status = 403)))]
pub(super) async fn list(
    State(parts): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<FlowList>, Problem> {
    let flows: Vec<FlowSummary> = match wanted.status {
        None | Some(Status::Active | Status::Rejected) => {
            parts.catalog.flows().into_iter().map(summary).collect()
        }
        Some(Status::Draft) => drafts(&parts).await?,
        Some(Status::Retired) => retired(&parts).await?,
    };
    Ok(Json(FlowList { flows: flows.into_iter().filter(|flow| wanted.fits(flow)).collect() }))
}

/// Flows that somebody works on, as the draft says they are.
async fn drafts(parts: &Parts) -> Result<Vec<FlowSummary>, Problem> {
    admin_only(parts)?;
    let active = parts.catalog.active().await?;
    let mut flows = Vec::new();
    for id in parts.store.drafts().await? {
        // One that was published meanwhile is none any more.
        let Some((_, draft)) = parts.store.draft(&id).await? else { continue };
        let draft: Value = serde_json::from_str(&draft.definition).unwrap_or_default();
        let version = active.versions.get(&id).map(|version| version.as_str().to_owned());
        let meta = draft.get("meta");
        flows.push(FlowSummary { version, ..written(id, meta, Status::Draft) });
    }
    Ok(flows)
}

/// Flows of which something was published and that take no new sessions, as their last version says they are.
async fn retired(parts: &Parts) -> Result<Vec<FlowSummary>, Problem> {
    admin_only(parts)?;
    let active = parts.catalog.active().await?;
    let mut flows = Vec::new();
    for id in parts.store.published().await? {
        if active.versions.contains_key(&id) {
            continue;
        }
        let last = parts.store.publications(&id, u64::MAX, 2).await?;
        let version = last.into_iter().find_map(|one| one.version);
        let text = match &version {
            Some(version) => parts.store.flow_get(&id, version).await?,
            None => None,
        };
        let definition: Value =
            text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        flows.push(written(id, definition.get("meta"), Status::Retired));
    }
    Ok(flows)
}

/// A flow that is not loaded.
fn written(id: flow::Id, meta: Option<&Value>, status: Status) -> FlowSummary {
    let text = |key: &str| meta.and_then(|meta| meta.get(key)?.as_str()).map(str::to_owned);
    let categories = meta.and_then(|meta| meta.get("categories")?.as_array());
    let category = |one: &Value| one.as_str().map(str::to_owned);
    FlowSummary {
        id: id.to_string(),
        name: text("name"),
        description: text("description"),
        language: text("language"),
        categories: categories.into_iter().flatten().filter_map(category).collect(),
        version: None,
        status: status.as_str(),
        findings: Vec::new(),
    }
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
        status: if listed.reading.rejected { Status::Rejected } else { Status::Active }.as_str(),
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
            && self.status.is_none_or(|status| status.as_str() == flow.status)
    }
}

/// Which version.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// `current` (if not said), a hash, the first digits of it (at least 8), or the number of a publication.
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
        Some(named) => {
            let version = version_named(&parts, &id, named).await?;
            parts.catalog.version(&id, &version).await?
        }
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
