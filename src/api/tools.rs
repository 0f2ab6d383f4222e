//! `/api/tools`: what can be done, within which limits, and how it has gone.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Shared;

/// All tools.
#[utoipa::path(get, path = "/api/tools", tag = "tools",
    responses((status = 200, description = "name, backend, schemas, limits, calls, errors, p50 and p99 of each")))]
pub(super) async fn list(State(parts): State<Shared>) -> Response {
    Json(serde_json::json!({ "tools": parts.tools.report() })).into_response()
}
