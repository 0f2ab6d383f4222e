//! Pages of other sites may not speak for a person whose browser can reach this host: what changes something, and every
//! WebSocket, is refused when it comes from a page whose origin is neither the host's own nor listed. Clients that are
//! no browsers send no `Origin` and are not concerned. While the operator's routes answer without a proof, a request must
//! also call this host by a name that is its own: a page whose name was made to lead here would pass for one of ours.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::{Parts, Shared};
use crate::event::clean;

/// Looks at the name that every request has for this host, and at the origin of those that may change something.
pub(super) async fn guard(State(parts): State<Shared>, request: Request, next: Next) -> Response {
    if parts.options.admin
        && let Err(problem) = check_host(&parts, &request)
    {
        return problem.into_response();
    }
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

/// Refuses a name that is none of this host's. Whoever gives none is no browser.
fn check_host(parts: &Parts, request: &Request) -> Result<(), Problem> {
    let header = request.headers().get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    let authority = request.uri().authority().map(Authority::as_str);
    for host in [header, authority].into_iter().flatten() {
        if !is_own(parts, host) {
            let host = clean(host, 100);
            let message = format!(
                "`{host}` is no name of this host; call it `localhost`, or set `public_ws_url` in [http]"
            );
            return Err(Problem::new(403, "host.denied", message));
        }
    }
    Ok(())
}

fn is_own(parts: &Parts, host: &str) -> bool {
    let Some(name) = host.parse::<Authority>().ok().map(|host| name(&host)) else { return false };
    let address = name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    let local = name == "localhost" || name.ends_with(".localhost");
    let options = &parts.options;
    let mut told = options.cors_origins.iter().chain(&options.public_ws_url);
    address
        || local
        || told.any(|url| {
            url.parse::<Uri>().ok().and_then(|url| url.authority().map(self::name))
                == Some(name.clone())
        })
}

/// Without port, brackets and the last dot.
fn name(authority: &Authority) -> String {
    let name = authority.host().trim_start_matches('[').trim_end_matches([']', '.']);
    name.to_ascii_lowercase()
}
