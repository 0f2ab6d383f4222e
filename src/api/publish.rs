//! Versions of flows: publishing a draft, what was published before, going back to it, retiring. What is decided here was
//! decided by whoever asked; the gate is `reload`'s.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::body::{Path, Query, json};
use super::edit::{
    Wanted, checked_author, etag, flow_id, if_match, no_draft, stale_draft, unknown,
};
use super::impact::strands_nobody;
use super::problem::Problem;
use super::{Parts, Shared, admin_only};
use crate::flow::{self, Finding, Version};
use crate::reload::{Edit, Edited, Guard, What};
use crate::store::Publication;

/// Characters of a changelog.
const CHANGELOG_CHARS_MAX: usize = 10_000;

/// Publications of one page.
const PAGE_MAX: usize = 200;

/// Digits of a version that stand for all of them.
const DIGITS_MIN: usize = 8;

/// Who publishes and why.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    author: Option<String>,
    /// What changes, for whoever reads the list of versions.
    changelog: Option<String>,
    /// Publish it although it has no place for sessions that live now.
    #[serde(default)]
    force: bool,
}

/// Where to go back to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Back {
    /// The hash, the first digits of it (at least 8), or the number of a publication.
    version: String,
    author: Option<String>,
    changelog: Option<String>,
    /// Go back although that version has no place for sessions that live now.
    #[serde(default)]
    force: bool,
}

/// What publishing came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Published {
    id: String,
    /// What new sessions begin on; null for a retired flow.
    version: Option<String>,
    /// `published`, `unchanged` or `retired`
    status: &'static str,
    /// Warnings about it.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Finding>,
}

/// Part of a flow's publications.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Below this number.
    before: Option<u64>,
    /// At most 200; 50 if not said.
    limit: Option<usize>,
}

/// A publication.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct PublicationView {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    publication: Publication,
    /// Whether it is what new sessions begin on.
    current: bool,
}

/// A flow's publications, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Publications {
    versions: Vec<PublicationView>,
    /// The `before` of the next page; null at the end.
    next: Option<u64>,
}

/// Publishes the draft: it is checked, becomes current on every host, and is written to the flow's file. With `If-Match`
/// only the draft that was seen; never over a version that came after the draft was begun.
#[utoipa::path(post, path = "/api/flows/{id}/publish", tag = "flows", params(("id" = String, Path)),
    request_body = Why,
    responses((status = 200, body = Published), (status = 403), (status = 404),
        (status = 409, description = "it has no place for sessions that live now; `impact` says which"),
        (status = 412, description = "the draft, or what is current, is not what was seen"),
        (status = 422, description = "the draft must not run; `errors` say where and why")))]
pub(super) async fn publish(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let why: Why = json(&parts, body).await?;
    let draft = parts.store.draft(&id).await?;
    let Some((hash, draft)) = draft else {
        let known = parts.catalog.find(&id).is_ok();
        return Err(if known { no_draft(&id) } else { unknown(&parts, &id) });
    };
    if if_match(&headers)?.is_some_and(|wanted| !wanted.fits(Some(&hash))) {
        return Err(stale_draft(&id, Some(&hash)));
    }
    if !why.force {
        strands_nobody(&parts, &id, &draft.definition).await?;
    }
    let why = Why { author: why.author.or(draft.author), ..why };
    let published =
        edit(&parts, &id, (What::Publish(draft.definition), Guard::Is(draft.base)), why);
    let published = published.await?;
    // What is published stays so, whatever becomes of the draft.
    match parts.store.draft_delete(&id, Some(&hash)).await {
        Ok(true) => {}
        Ok(false) => tracing::info!(flow = %id, "A draft goes on after it was published."),
        Err(error) => tracing::warn!(flow = %id, %error, "A draft stays after it was published."),
    }
    Ok(published)
}

/// Makes an earlier version current again, on every host and in the flow's file; running sessions move as it says.
#[utoipa::path(post, path = "/api/flows/{id}/rollback", tag = "flows", params(("id" = String, Path)),
    request_body = Back,
    responses((status = 200, body = Published), (status = 400), (status = 403), (status = 404),
        (status = 409, description = "it has no place for sessions that live now; `impact` says which"), (status = 412),
        (status = 422, description = "the version would not run any more, such as without its tools")))]
pub(super) async fn rollback(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let Back { version, author, changelog, force } = json(&parts, body).await?;
    let version = version_named(&parts, &id, &version).await?;
    let guard = guard(&parts, &id, if_match(&headers)?).await?;
    if !force && let Some(text) = parts.catalog.definition(&id, &version).await? {
        strands_nobody(&parts, &id, &text).await?;
    }
    edit(&parts, &id, (What::Rollback(version), guard), Why { author, changelog, force }).await
}

/// Retires a flow: it takes no new sessions on any host, its file is set aside, and running sessions go on to their end.
#[utoipa::path(delete, path = "/api/flows/{id}", tag = "flows", params(("id" = String, Path)),
    request_body = Why,
    responses((status = 200, body = Published), (status = 403), (status = 404), (status = 412)))]
pub(super) async fn retire(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let why: Why = json(&parts, body).await?;
    let guard = guard(&parts, &id, if_match(&headers)?).await?;
    edit(&parts, &id, (What::Retire, guard), why).await
}

/// What was published of a flow: number, version, when, how (`publish`, `file`, `rollback`, `retire`), who and why.
#[utoipa::path(get, path = "/api/flows/{id}/versions", tag = "flows",
    params(("id" = String, Path), Part),
    responses((status = 200, body = Publications), (status = 403), (status = 404)))]
pub(super) async fn versions(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Json<Publications>, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let limit = part.limit.unwrap_or(50).clamp(1, PAGE_MAX);
    let before = part.before.unwrap_or(u64::MAX);
    let found = parts.store.publications(&id, before, limit).await?;
    let newest = parts.store.publications(&id, u64::MAX, 1).await?;
    let Some(newest) = newest.first() else { return Err(unknown(&parts, &id)) };
    let next = found.last().filter(|last| last.number > 1).map(|last| last.number);
    let next = next.filter(|_| found.len() == limit);
    let view = |publication: Publication| {
        let current = publication.number == newest.number && publication.version.is_some();
        PublicationView { publication, current }
    };
    Ok(Json(Publications { versions: found.into_iter().map(view).collect(), next }))
}

async fn edit(
    parts: &Parts,
    id: &flow::Id,
    (what, guard): (What, Guard),
    why: Why,
) -> Result<Response, Problem> {
    let long = |text: &String| text.chars().count() > CHANGELOG_CHARS_MAX;
    if why.changelog.as_ref().is_some_and(long) {
        let message = format!("a changelog has at most {CHANGELOG_CHARS_MAX} characters");
        return Err(Problem::at("body.invalid", "/changelog", message));
    }
    let author = checked_author(why.author)?;
    let asked = Edit { flow: id.clone(), what, guard, author, changelog: why.changelog };
    match parts.flows.edit(asked).await {
        Edited::Done { version, findings } => {
            let status = if version.is_some() { "published" } else { "retired" };
            Ok(published(id, version.as_ref(), status, findings))
        }
        Edited::Unchanged(version) => Ok(published(id, Some(&version), "unchanged", Vec::new())),
        Edited::Stale(current) => Err(stale(id, current.as_ref())),
        Edited::Rejected(findings) => {
            let message = format!("flow `{id}` must not run like this; what was current stays");
            Err(Problem::new(422, "flow.invalid", message).with("errors", json!(findings)))
        }
        Edited::Unknown => Err(unknown(parts, id)),
        Edited::Unavailable(why) => Err(crate::runtime::Error::Unavailable(why).into()),
    }
}

fn published(
    id: &flow::Id,
    version: Option<&Version>,
    status: &'static str,
    findings: Vec<Finding>,
) -> Response {
    let shown = version.map(|version| version.as_str().to_owned());
    let body = Json(Published { id: id.to_string(), version: shown, status, findings });
    match version {
        Some(version) => ([(header::ETAG, etag(version))], body).into_response(),
        None => body.into_response(),
    }
}

/// What must be current for whoever sent this `If-Match`.
async fn guard(parts: &Parts, id: &flow::Id, wanted: Option<Wanted>) -> Result<Guard, Problem> {
    let Some(wanted) = wanted else { return Ok(Guard::Any) };
    let active = parts.catalog.active().await?;
    let current = active.versions.get(id);
    if wanted.fits(current) { Ok(Guard::Is(current.cloned())) } else { Err(stale(id, current)) }
}

fn stale(id: &flow::Id, current: Option<&Version>) -> Problem {
    let message = match current {
        Some(current) => format!(
            "flow `{id}` is at version {current} by now; look at what changed (`GET /api/flows/{id}/diff?to=current`), \
             then say that you have seen it: a draft by its `base`, else by `If-Match`"
        ),
        None => {
            format!("flow `{id}` is retired; bring it back with `POST /api/flows/{id}/rollback`")
        }
    };
    let current = current.map(|version| version.as_str().to_owned());
    Problem::new(412, "flow.moved_on", message).with("current", current)
}

/// The version that a person names.
pub(super) async fn version_named(
    parts: &Parts,
    id: &flow::Id,
    text: &str,
) -> Result<Version, Problem> {
    let is_hex = text.chars().all(|c| c.is_ascii_hexdigit());
    if is_hex && text.len() == 64 {
        return Ok(text.into());
    }
    let number: Option<u64> = text.parse().ok().filter(|_| text.len() < DIGITS_MIN);
    let mut found: Vec<Version> = Vec::new();
    let mut before = number.map_or(u64::MAX, |number| number.saturating_add(1));
    loop {
        let page = parts.store.publications(id, before, PAGE_MAX).await?;
        let Some(last) = page.last() else { break };
        before = last.number;
        for publication in page {
            let Some(version) = publication.version else { continue };
            let fits = match number {
                Some(number) => publication.number == number,
                None => is_hex && text.len() >= DIGITS_MIN && version.as_str().starts_with(text),
            };
            if fits && !found.contains(&version) {
                found.push(version);
            }
        }
        if number.is_some() {
            break;
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let message =
                format!("flow `{id}` has no version `{text}`; see `GET /api/flows/{id}/versions`");
            Err(Problem::new(404, "flow.version_unknown", message))
        }
        [_, ..] => {
            let message = format!(
                "flow `{id}` has several versions that begin with `{text}`; give more digits"
            );
            Err(Problem::new(400, "flow.version_ambiguous", message))
        }
    }
}
