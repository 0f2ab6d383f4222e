//! `GET /api/flows/{id}/graph`: a flow as a picture or for a program, with the sessions that are in each state.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Shared;
use super::body::{Path, Query};
use super::problem::Problem;
use crate::flow::{self, Graph};
use crate::store::Filter;

/// Sessions that are read at once.
const PAGE: usize = 1_000;

/// Sessions that are counted; more are more than a person reads off a picture.
const COUNTED_MAX: usize = 100_000;

/// How it is drawn.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Drawing {
    /// `json` (if not said), `mermaid`, `dot` or `svg`
    format: Option<String>,
    /// Whether active sessions are counted by state; for the operator.
    sessions: Option<bool>,
}

/// A flow as a graph.
#[utoipa::path(get, path = "/api/flows/{id}/graph", tag = "flows", params(("id" = String, Path), Drawing),
    responses((status = 200, body = Object, description = "nodes by name, edges; or text in another format"),
        (status = 404)))]
pub(super) async fn graph(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(drawing): Query<Drawing>,
) -> Result<Response, Problem> {
    let flow = parts.catalog.find(&flow::Id::from(id.as_str()))?;
    let mut graph = Graph::of(&flow);
    if drawing.sessions == Some(true) {
        super::admin_only(&parts)?;
        graph.count_sessions(&counted(&parts, &flow.id).await?);
    }
    let text = |kind: &'static str, text: String| ([("content-type", kind)], text).into_response();
    Ok(match drawing.format.as_deref().unwrap_or("json") {
        "json" => Json(graph).into_response(),
        "mermaid" => text("text/plain; charset=utf-8", graph.mermaid()),
        "dot" => text("text/vnd.graphviz; charset=utf-8", graph.dot()),
        "svg" => text("image/svg+xml", graph.svg()),
        other => {
            let message = format!("`format` is `json`, `mermaid`, `dot` or `svg`, not `{other}`");
            return Err(Problem::new(400, "query.invalid", message));
        }
    })
}

/// Active sessions that began on the flow, by the state that they are in.
async fn counted(parts: &Shared, flow: &flow::Id) -> Result<BTreeMap<String, u64>, Problem> {
    let mut by_state = BTreeMap::new();
    let (mut after, mut count) = (None, 0);
    while count < COUNTED_MAX {
        let filter = Filter { flow: Some(flow.clone()), active: Some(true), after, limit: PAGE };
        let page = parts.runtime.list(&filter).await?;
        for (_, summary) in &page {
            *by_state.entry(summary.state.clone()).or_insert(0) += 1;
        }
        count += page.len();
        if page.len() < PAGE {
            break;
        }
        after = page.last().map(|(id, _)| id.clone());
    }
    Ok(by_state)
}
