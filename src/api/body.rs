//! Request bodies and path parts, parsed once into types, with the place of every mistake.

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::FromRequestParts;
use axum::http::request;
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Parts;
use super::problem::Problem;
use crate::event::SessionId;
use crate::flow;

/// How a body names a flow that it brings.
const FLOWS: [&str; 2] = ["definition", "flow"];

/// Of a body that is too large, what is still read and dropped: a client that is not done sending when the connection
/// closes would see a broken pipe in place of the answer.
const DRAINED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How long that may take.
const DRAINING: Duration = Duration::from_secs(5);

/// The body as JSON; an empty one is `{}`.
pub(super) async fn json<T: DeserializeOwned>(parts: &Parts, body: Body) -> Result<T, Problem> {
    let bytes = whole(body, parts.options.body_bytes_max).await?;
    let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| mistake(&error.path().clone(), &error.into_inner()))?;
    json.end().map_err(|error| mistake_at("", &error))?;
    says_once(bytes)?;
    Ok(value)
}

/// Of a flow that says a key twice the last would count in silence; in its file that is a mistake.
fn says_once(bytes: &[u8]) -> Result<(), Problem> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    // Most bodies bring none.
    let brings = |name: &&&str| text.contains(&format!("\"{name}\""));
    let twice = |name: &&str| flow::twice(text, &format!("/{name}"));
    let found = FLOWS.iter().filter(brings).find_map(twice);
    let Some((pointer, spot)) = found else { return Ok(()) };
    let name = pointer.rsplit('/').next().unwrap_or_default();
    let name = name.replace("~1", "/").replace("~0", "~");
    let message = format!("`{name}` is there twice; only the last one would count");
    let problem = Problem::at("key.duplicate", &pointer, message);
    Err(problem.with("line", spot.line).with("column", spot.column))
}

async fn whole(body: Body, max: usize) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            tracing::debug!(%error, "A request's body could not be read.");
            Problem::new(400, "body.incomplete", "the body ended before it was whole")
        })?;
        if bytes.len() + chunk.len() > max {
            drain(stream).await;
            let message = format!("the body is larger than {max} bytes");
            return Err(Problem::new(413, "body.too_large", message));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn drain(mut stream: BodyDataStream) {
    let drained = tokio::time::timeout(DRAINING, async {
        let mut bytes = 0;
        while let Some(Ok(chunk)) = stream.next().await {
            bytes += chunk.len();
            if bytes > DRAINED_BYTES_MAX {
                return;
            }
        }
    });
    if drained.await.is_err() {
        tracing::debug!("A client took too long to send what nobody wants.");
    }
}

fn mistake(path: &serde_path_to_error::Path, error: &serde_json::Error) -> Problem {
    let pointer: String = path.iter().map(|segment| format!("/{segment}")).collect();
    mistake_at(&pointer, error)
}

fn mistake_at(pointer: &str, error: &serde_json::Error) -> Problem {
    let code = if error.is_data() { "body.invalid" } else { "json.syntax" };
    Problem::at(code, pointer, format!("could not read the body: {error}"))
        .with("line", error.line())
        .with("column", error.column())
}

/// A session id from a path or a query.
pub(super) fn session_id(text: &str) -> Result<SessionId, Problem> {
    SessionId::new(text)
        .map_err(|error| Problem::new(404, "session.unknown", format!("could not {error}")))
}

/// What stands behind the `?`; a mistake there is a problem like any other.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::from_request_parts(request, state).await;
        query.map(|axum::extract::Query(query)| Self(query)).map_err(|rejection| {
            let why = rejection.source().map(ToString::to_string).unwrap_or_default();
            Problem::new(400, "query.invalid", format!("could not read the query: {why}"))
        })
    }
}

/// The part of an address that a route leaves open.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(request, state).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|rejection| {
            let message = format!("could not read the address: {}", rejection.body_text());
            Problem::new(400, "path.invalid", message)
        })
    }
}

/// `?wait_ms=`
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wait {
    /// How long to wait for the end of what the input causes; 0 answers 202 right after the commit.
    wait_ms: Option<u64>,
}

impl Wait {
    pub(super) fn within(&self, parts: &Parts) -> Duration {
        let wait = self.wait_ms.map_or(parts.options.wait, Duration::from_millis);
        wait.min(parts.options.wait_max)
    }
}
