//! `GET /api/flows/{id}/graph`: a flow as a picture or for a program, with the sessions that are in each state.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Shared;
use super::body::{Path, Query};
use super::problem::Problem;
use crate::flow::{self, Graph};

/// How it is drawn.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Drawing {
    /// `json` (if not said), `mermaid`, `dot` or `svg`
    format: Option<String>,
    /// Whether the sessions that live now are counted by state, those in it that wait for a called flow too; for the
    /// operator.
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
        graph.count_sessions(&parts.runtime.by_state(&flow.id).await?);
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
