//! Probes: whether the host lives, whether it can work, and what it is.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Shared;
use super::problem::Problem;

/// What the host is and how it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Health {
    /// `ok`, or `degraded` while the store is away.
    status: &'static str,
    /// Seconds since the start.
    uptime: u64,
    version: &'static str,
    /// Where conversations are kept, `embedded` or `redis`; `unavailable` while it is away.
    store: &'static str,
    /// Flows that new sessions can begin on.
    flows: usize,
    /// Who offers tools.
    plugins: BTreeSet<String>,
}

/// What the host is and how it is.
#[utoipa::path(get, path = "/api/health", tag = "host", responses((status = 200, body = Health)))]
pub(super) async fn health(State(parts): State<Shared>) -> Response {
    let reachable = parts.store.ping().await.is_ok();
    let now = crate::clock::Clock::System.now();
    Json(Health {
        status: if reachable { "ok" } else { "degraded" },
        uptime: now.millis_since(parts.started_at) / 1_000,
        version: env!("CARGO_PKG_VERSION"),
        store: if reachable { parts.store.kind() } else { "unavailable" },
        flows: parts.catalog.current().linked.iter().count(),
        plugins: parts.tools.offers().plugins(),
    })
    .into_response()
}

/// Whether the process lives.
#[utoipa::path(get, path = "/livez", tag = "host", responses((status = 200)))]
pub(super) async fn live() -> &'static str {
    "ok"
}

/// Whether it can take input.
#[utoipa::path(get, path = "/readyz", tag = "host", responses((status = 200), (status = 503)))]
pub(super) async fn ready(State(parts): State<Shared>) -> Result<&'static str, Problem> {
    match parts.store.ping().await {
        Ok(()) => Ok("ok"),
        Err(error) => Err(crate::runtime::Error::Unavailable(error.to_string()).into()),
    }
}
