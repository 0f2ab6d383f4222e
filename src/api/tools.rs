//! `/api/tools`: what can be done, within which limits, how it has gone, and trying it without a conversation.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{self, Path};
use super::problem::Problem;
use super::{Parts, Shared, admin_only};
use crate::engine::Outcome;
use crate::event::{Map, Spent};
use crate::flow::NotOffered;
use crate::tool::{LogLine, Tried, Try};

/// A language tag that is longer is none.
const LOCALE_BYTES_MAX: usize = 64;

/// All tools.
#[utoipa::path(get, path = "/api/tools", tag = "tools",
    responses((status = 200, description = "name, backend, schemas, limits, calls, errors by kind, running and queued, \
        p50 and p99, fuel, memory and the breaker's state of each")))]
pub(super) async fn list(State(parts): State<Shared>) -> Response {
    Json(serde_json::json!({ "tools": parts.tools.report() })).into_response()
}

/// A call that is no conversation's.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The tool's arguments.
    #[serde(default)]
    #[schema(value_type = Object)]
    args: Map,
    /// BCP 47.
    locale: Option<String>,
    /// The tool's own is the longest.
    timeout_ms: Option<u64>,
}

/// What it came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Came {
    ok: bool,
    /// What the tool gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    result: Option<Value>,
    /// As in `tool.error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    error: Option<Value>,
    /// What the tool wants said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    say: Vec<String>,
    /// Changes to the context that it wants: path and value.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    patch: Map,
    /// From asking to having it.
    ms: u64,
    #[schema(value_type = Object)]
    report: Report,
}

/// What it took.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    spent: Spent,
    log: Vec<LogLine>,
}

/// Tries a tool: one attempt outside of any conversation. A tool that fails is an answer, too (`ok: false`).
#[utoipa::path(post, path = "/api/tools/{plugin}/{tool}/call", tag = "tools", request_body = Asked,
    responses((status = 200, body = Came), (status = 403), (status = 404)))]
pub(super) async fn call(
    State(parts): State<Shared>,
    Path((plugin, tool)): Path<(String, String)>,
    body: Body,
) -> Result<Json<Came>, Problem> {
    made(&parts, format!("{plugin}/{tool}"), body).await
}

/// The same by a name that only one plugin has.
#[utoipa::path(post, path = "/api/tools/{name}/call", tag = "tools", request_body = Asked,
    responses((status = 200, body = Came), (status = 403), (status = 404),
        (status = 409, description = "several plugins have a tool of this name")))]
pub(super) async fn call_bare(
    State(parts): State<Shared>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Json<Came>, Problem> {
    made(&parts, name, body).await
}

async fn made(parts: &Parts, tool: String, body: Body) -> Result<Json<Came>, Problem> {
    admin_only(parts)?;
    let Asked { args, locale, timeout_ms } = body::json(parts, body).await?;
    let locale = locale.unwrap_or_else(|| "en-US".to_owned());
    if locale.len() > LOCALE_BYTES_MAX {
        return Err(Problem::at("body.invalid", "/locale", "`locale` is no language tag"));
    }
    let timeout =
        timeout_ms.map(Duration::from_millis).map(|wish| wish.min(parts.options.wait_max));
    let tried = parts.tools.try_out(Try { tool, args, locale, timeout }).await;
    Ok(Json(came(tried.map_err(|error| unknown(&error))?)))
}

fn came(tried: Tried) -> Came {
    let Tried { outcome, took, spent, log } = tried;
    let came = Came {
        ok: false,
        result: None,
        error: None,
        say: Vec::new(),
        patch: Map::new(),
        ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        report: Report { spent, log },
    };
    match outcome {
        Outcome::Done(done) => Came {
            ok: true,
            result: Some(done.result),
            say: done.say,
            patch: done.patch.into_iter().collect(),
            ..came
        },
        Outcome::Failed(mut error) => {
            // It is in the report.
            error.spent = None;
            Came { error: Some(serde_json::json!(error)), ..came }
        }
    }
}

fn unknown(error: &NotOffered) -> Problem {
    let (status, code) = match error {
        NotOffered::Nobody { .. } => (404, "tool.unknown"),
        NotOffered::Several { .. } => (409, "tool.ambiguous"),
    };
    Problem::new(status, code, format!("could not {error}"))
}
