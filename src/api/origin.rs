//! Pages of other sites may not speak for a person whose browser can reach this host: what changes something, and every
//! WebSocket, is refused when it comes from a page whose origin is neither the host's own nor listed. Clients that are
//! no browsers send no `Origin` and are not concerned.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::{Parts, Shared};

/// Looks at the origin of every request that may change something.
pub(super) async fn guard(State(parts): State<Shared>, request: Request, next: Next) -> Response {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !only_reads && let Err(problem) = check(&parts, request.headers()) {
        return problem.into_response();
    }
    next.run(request).await
}

/// Refuses the origin of another site.
pub(super) fn check(parts: &Parts, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let own = origin.split_once("://").map(|(_, host)| host) == text(header::HOST);
    if own || parts.options.cors_origins.iter().any(|allowed| allowed == origin) {
        return Ok(());
    }
    let message = format!("origin `{origin}` is not allowed; add it to `cors_origins` in [http]");
    Err(Problem::new(403, "origin.denied", message))
}
