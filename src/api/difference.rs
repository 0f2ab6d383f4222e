//! `/api/flows/{id}/diff`: what is different in two versions of a flow, a draft among them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Path, Query};
use super::edit::{flow_id, no_draft};
use super::naming::version_named;
use super::problem::Problem;
use super::{Parts, Shared, admin_only};
use crate::flow::{self, Difference, Way};

/// Which versions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Sides {
    /// `current` (if not said), `draft`, a hash, the first digits of it (at least 8), or the number of a publication.
    from: Option<String>,
    /// The same; `draft` if not said.
    to: Option<String>,
}

/// What is different.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Differences {
    /// The hash of the older side.
    from: String,
    to: String,
    /// Each with `kind` (added, removed, changed, renamed), `what` (state, transition, text, …), `name`, `state`, `path`, and
    /// the values `from` and `to`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Difference>,
    /// How many of each kind.
    #[schema(value_type = Object)]
    summary: BTreeMap<Way, usize>,
}

/// What is different in two versions of a flow, by what they mean.
#[utoipa::path(get, path = "/api/flows/{id}/diff", tag = "flows", params(("id" = String, Path), Sides),
    responses((status = 200, body = Differences), (status = 400), (status = 403), (status = 404)))]
pub(super) async fn show(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(sides): Query<Sides>,
) -> Result<Json<Differences>, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let (from, before) = side(&parts, &id, sides.from.as_deref().unwrap_or("current")).await?;
    let (to, after) = side(&parts, &id, sides.to.as_deref().unwrap_or("draft")).await?;
    // Where others are not held up by it.
    let compared = tokio::task::spawn_blocking(move || flow::diff(&before, &after)).await;
    let changes = compared.map_err(|error| {
        tracing::error!(%error, "Two versions could not be compared.");
        Problem::new(500, "flow.uncompared", "could not compare them; the log says why")
    })?;
    let mut summary = BTreeMap::new();
    for change in &changes {
        *summary.entry(change.kind).or_default() += 1;
    }
    Ok(Json(Differences { from, to, changes, summary }))
}

/// The hash and the text of a version.
pub(super) async fn side(
    parts: &Parts,
    id: &flow::Id,
    named: &str,
) -> Result<(String, Value), Problem> {
    let (version, text) = match named {
        "draft" => {
            let draft = parts.store.draft(id).await?;
            let (hash, draft) = draft.ok_or_else(|| no_draft(id))?;
            (hash, Some(draft.definition))
        }
        named => {
            let version = version_named(parts, id, named).await?;
            let text = parts.catalog.definition(id, &version).await?;
            (version, text)
        }
    };
    let gone = || {
        let message = format!("flow `{id}` has no version {version}");
        Problem::new(404, "flow.version_unknown", message)
    };
    let definition = serde_json::from_str(&text.ok_or_else(gone)?).unwrap_or_default();
    Ok((version.as_str().to_owned(), definition))
}
