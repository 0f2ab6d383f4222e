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
use super::naming::version_named;
use super::problem::Problem;
use super::rollout::{self, RolloutView, Share};
use super::{Parts, Shared, admin_only};
use crate::flow::{self, Finding, Version};
use crate::reload::{Edit, Edited, Guard, What};
use crate::store::Publication;

/// Characters of a changelog.
const CHANGELOG_CHARS_MAX: usize = 10_000;

/// Publications of one page.
pub(super) const PAGE_MAX: usize = 200;

/// Who publishes, why, and for whom.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Publishing {
    author: Option<String>,
    /// What changes, for whoever reads the list of versions.
    changelog: Option<String>,
    /// Publish it although it has no place for sessions that live now.
    #[serde(default)]
    force: bool,
    /// For some new sessions first; for all of them if not said.
    rollout: Option<Share>,
}

/// Who does it and why.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    pub(super) author: Option<String>,
    /// What changes, for whoever reads the list of versions.
    pub(super) changelog: Option<String>,
}

/// Where to go back to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Back {
    /// The hash, the first digits of it (at least 8), or the number of a publication. While some new sessions begin on
    /// another version it may be left out: then that is taken back, and what is current stays.
    version: Option<String>,
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
    /// What new sessions begin on, with `rolling_out` some of them; null for a retired flow.
    version: Option<String>,
    /// `published`, `unchanged`, `retired`, `rolling_out` or `rolled_back`
    status: &'static str,
    /// For whom, with `rolling_out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutView>,
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
    /// Whether it is what some new sessions begin on instead.
    canary: bool,
}

/// A flow's publications, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Publications {
    versions: Vec<PublicationView>,
    /// What some new sessions begin on, if not all begin on the same.
    rollout: Option<RolloutView>,
    /// The `before` of the next page; null at the end.
    next: Option<u64>,
}

/// Publishes the draft: it is checked, becomes current on every host, and is written to the flow's file. With `If-Match`
/// only the draft that was seen; never over a version that came after the draft was begun. With `rollout` only some new
/// sessions begin on it, until somebody gives it to all (`promote`) or it is taken back.
#[utoipa::path(post, path = "/api/flows/{id}/publish", tag = "flows", params(("id" = String, Path)),
    request_body = Publishing,
    responses((status = 200, body = Published), (status = 403), (status = 404),
        (status = 409, description = "it has no place for sessions that live now, `impact` says which; some new sessions begin on another version already; or there is none for the others"),
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
    let Publishing { author, changelog, force, rollout } = json(&parts, body).await?;
    let share = rollout.map(|rollout| rollout.checked("/rollout")).transpose()?;
    let draft = parts.store.draft(&id).await?;
    let Some((hash, draft)) = draft else {
        let known = parts.catalog.find(&id).is_ok();
        return Err(if known { no_draft(&id) } else { unknown(&parts, &id) });
    };
    if if_match(&headers)?.is_some_and(|wanted| !wanted.fits(Some(&hash))) {
        return Err(stale_draft(&id, Some(&hash)));
    }
    let why = Why { author: author.or(draft.author), changelog };
    let text = draft.definition;
    // Who runs now stays where it is while only some begin on it.
    if !force && share.is_none() {
        strands_nobody(&parts, &id, &text).await?;
    }
    let what = match share {
        None => What::Publish(text),
        Some((percent, guard)) => What::Canary { text, percent, guard },
    };
    let published = edit(&parts, &id, (what, Guard::Is(draft.base)), why).await?;
    // What is published stays so, whatever becomes of the draft.
    match parts.store.draft_delete(&id, Some(&hash)).await {
        Ok(true) => {}
        Ok(false) => tracing::info!(flow = %id, "A draft goes on after it was published."),
        Err(error) => tracing::warn!(flow = %id, %error, "A draft stays after it was published."),
    }
    Ok(published)
}

/// Makes an earlier version current again, on every host and in the flow's file; running sessions move as it says. While some
/// new sessions begin on another version, that is taken back.
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
    let what = back(&parts, &id, version).await?;
    let guard = guard(&parts, &id, if_match(&headers)?).await?;
    if let (false, What::Rollback(version)) = (force, &what)
        && let Some(text) = parts.catalog.definition(&id, version).await?
    {
        strands_nobody(&parts, &id, &text).await?;
    }
    edit(&parts, &id, (what, guard), Why { author, changelog }).await
}

/// What was published of a flow: number, version, when, how (`publish`, `file`, `rollback`, `retire`; `canary`, `promote`,
/// `drop`), who and why.
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
    let Some((newest, current)) = newest(&parts, &id).await? else {
        return Err(unknown(&parts, &id));
    };
    let active = parts.catalog.active().await?;
    let (stable, rollout) = (active.versions.get(&id), active.rollouts.get(&id));
    let next = found.last().filter(|last| last.number > 1).map(|last| last.number);
    let next = next.filter(|_| found.len() == limit);
    let view = |publication: Publication| {
        let (number, version) = (publication.number, publication.version.as_ref());
        let current = Some(number) == current && version.is_some() && version == stable;
        let canary = number == newest && rollout.is_some();
        PublicationView { publication, current, canary }
    };
    let versions = found.into_iter().map(view).collect();
    Ok(Json(Publications { versions, rollout: rollout.map(RolloutView::from), next }))
}

/// The numbers of the last publication, and of the last that changed what is current.
async fn newest(parts: &Parts, id: &flow::Id) -> Result<Option<(u64, Option<u64>)>, Problem> {
    let (mut newest, mut before) = (None, u64::MAX);
    loop {
        let page = parts.store.publications(id, before, 10).await?;
        let Some(last) = page.last() else { return Ok(newest.map(|newest| (newest, None))) };
        before = last.number;
        let newest =
            *newest.get_or_insert_with(|| page.first().map_or(before, |first| first.number));
        if let Some(current) = page.iter().find(|one| one.note.how.is_current()) {
            return Ok(Some((newest, Some(current.number))));
        }
    }
}

/// What going back means: to a version, or from one that only some sessions get.
async fn back(parts: &Parts, id: &flow::Id, version: Option<String>) -> Result<What, Problem> {
    let active = parts.catalog.active().await?;
    let is_rolling_out = active.rollouts.contains_key(id);
    let Some(version) = version else {
        if is_rolling_out {
            return Ok(What::Drop { since: None });
        }
        let message =
            "`version` is missing: a hash, its first digits, or a number of the list of versions";
        return Err(Problem::at("body.invalid", "", message));
    };
    let version = version_named(parts, id, &version).await?;
    let is_current = active.versions.get(id) == Some(&version);
    let drops = is_rolling_out && is_current;
    Ok(if drops { What::Drop { since: None } } else { What::Rollback(version) })
}

pub(super) async fn edit(
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
        Edited::RollingOut { rollout, findings } => {
            let version = Some(rollout.version.as_str().to_owned());
            let (id, rollout) = (id.to_string(), Some(RolloutView::from(&rollout)));
            let status = "rolling_out";
            Ok(Json(Published { id, version, status, rollout, findings }).into_response())
        }
        Edited::Dropped(_) => {
            let current = parts.catalog.find(id)?;
            Ok(published(id, Some(&current.version), "rolled_back", Vec::new()))
        }
        Edited::Busy(running) => Err(rollout::busy(id, &running)),
        Edited::NoRollout => Err(rollout::none(id)),
        Edited::NothingBefore => Err(rollout::nothing_before(id)),
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
    let id = id.to_string();
    let body = Json(Published { id, version: shown, status, rollout: None, findings });
    match version {
        Some(version) => ([(header::ETAG, etag(version))], body).into_response(),
        None => body.into_response(),
    }
}

/// What must be current for whoever sent this `If-Match`.
pub(super) async fn guard(
    parts: &Parts,
    id: &flow::Id,
    wanted: Option<Wanted>,
) -> Result<Guard, Problem> {
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
