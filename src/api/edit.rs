//! Drafts of flows: the work on a text until it is published. Whoever saves says what they had seen, so that nobody's work
//! is lost; what is wrong with a draft is told and kept from nobody but `publish`.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::{Path, json};
use super::problem::Problem;
use super::{Parts, Shared, admin_only};
use crate::catalog;
use crate::clock::Clock;
use crate::flow::{self, Finding, Flow, Severity, Version};
use crate::reload::Flows;
use crate::store::Draft;

/// Characters of an author's name.
const AUTHOR_CHARS_MAX: usize = 200;

/// A flow to begin.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFlow {
    /// The name of its file, without `.json`.
    id: String,
    #[schema(value_type = Object)]
    definition: Value,
    author: Option<String>,
}

/// A draft to keep.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDraft {
    #[schema(value_type = Object)]
    definition: Value,
    /// The version that it changes, after a merge with it; what was current when the draft began if not said.
    base: Option<String>,
    author: Option<String>,
}

/// What to look at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Checked {
    /// A flow; without it and without `text` the draft.
    #[schema(value_type = Option<Object>)]
    definition: Option<Value>,
    /// The text of a flow as it stands in an editor, so that lines are those of the editor.
    text: Option<String>,
}

/// What is right and wrong with a text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verdict {
    is_valid: bool,
    #[schema(value_type = Vec<Object>)]
    errors: Vec<Finding>,
    #[schema(value_type = Vec<Object>)]
    warnings: Vec<Finding>,
}

/// A draft as it is kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct DraftView {
    id: String,
    /// Of what it says; the `ETag` as well.
    hash: String,
    /// What was current when the work began; null for a new flow.
    base: Option<String>,
    author: Option<String>,
    at: i64,
    definition: Value,
    #[serde(flatten)]
    verdict: Verdict,
}

/// Begins a flow as a draft.
#[utoipa::path(post, path = "/api/flows", tag = "flows", request_body = NewFlow,
    responses((status = 201, body = DraftView), (status = 400), (status = 403), (status = 409), (status = 413)))]
pub(super) async fn create(State(parts): State<Shared>, body: Body) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let NewFlow { id, definition, author } = json(&parts, body).await?;
    let id = flow_id(&id)?;
    let active = parts.catalog.active().await?;
    let draft = Draft {
        definition: definition.to_string(),
        base: None,
        at: Clock::System.now(),
        author: checked_author(author)?,
    };
    let hash = hash_of(&draft.definition)?;
    let taken = || {
        let message =
            format!("there is a flow `{id}` already; change it with `PUT /api/flows/{id}`");
        Problem::new(409, "flow.exists", message)
    };
    if active.versions.contains_key(&id) || parts.store.draft(&id).await?.is_some() {
        return Err(taken());
    }
    if !parts.store.draft_put(&id, None, &hash, &draft).await? {
        return Err(taken());
    }
    Ok((StatusCode::CREATED, shown(&parts, &id, hash, draft).await?).into_response())
}

/// Keeps a draft. `If-Match` is the `ETag` of what was seen: the draft, or before there is one the current version. Without
/// it only the first draft of a flow is taken.
#[utoipa::path(put, path = "/api/flows/{id}", tag = "flows", params(("id" = String, Path)),
    request_body = NewDraft,
    responses((status = 200, body = DraftView), (status = 400), (status = 403), (status = 404),
        (status = 412, description = "somebody else was first; `current` is what there is now"),
        (status = 413), (status = 428, description = "there is a draft, and no `If-Match`")))]
pub(super) async fn put(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let NewDraft { definition, base, author } = json(&parts, body).await?;
    let active = parts.catalog.active().await?;
    let current = active.versions.get(&id).cloned();
    let before = parts.store.draft(&id).await?;
    if before.is_none() && current.is_none() {
        return Err(unknown(&parts, &id));
    }
    let seen = before.as_ref().map(|(hash, _)| hash).or(current.as_ref());
    match if_match(&headers)? {
        None if before.is_some() => return Err(unguarded(&id)),
        Some(wanted) if !wanted.fits(seen) => return Err(stale_draft(&id, seen)),
        None | Some(_) => {}
    }
    let base = match base {
        Some(base) => Some(base.as_str().into()),
        None => before.as_ref().map_or(current, |(_, draft)| draft.base.clone()),
    };
    let (definition, author) = (definition.to_string(), checked_author(author)?);
    let hash = hash_of(&definition)?;
    let draft = Draft { definition, base, at: Clock::System.now(), author };
    let expected = before.as_ref().map(|(hash, _)| hash);
    if !parts.store.draft_put(&id, expected, &hash, &draft).await? {
        let now = parts.store.draft(&id).await?.map(|(hash, _)| hash);
        return Err(stale_draft(&id, now.as_ref()));
    }
    shown(&parts, &id, hash, draft).await
}

/// A flow's draft, and what is wrong with it.
#[utoipa::path(get, path = "/api/flows/{id}/draft", tag = "flows", params(("id" = String, Path)),
    responses((status = 200, body = DraftView), (status = 403), (status = 404)))]
pub(super) async fn show(
    State(parts): State<Shared>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let (hash, draft) = parts.store.draft(&id).await?.ok_or_else(|| no_draft(&id))?;
    shown(&parts, &id, hash, draft).await
}

/// Drops a flow's draft, with `If-Match` only the one that was seen.
#[utoipa::path(delete, path = "/api/flows/{id}/draft", tag = "flows", params(("id" = String, Path)),
    responses((status = 200), (status = 403), (status = 404), (status = 412)))]
pub(super) async fn drop_draft(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let (hash, _draft) = parts.store.draft(&id).await?.ok_or_else(|| no_draft(&id))?;
    let wanted = if_match(&headers)?;
    if wanted.is_some_and(|wanted| !wanted.fits(Some(&hash)))
        || !parts.store.draft_delete(&id, Some(&hash)).await?
    {
        return Err(stale_draft(&id, Some(&hash)));
    }
    Ok(Json(json!({ "ok": true })))
}

/// Says what is right and wrong with a flow, among the flows and tools that there are, and how the conversations that lie
/// beside its file go with it; nothing is kept.
#[utoipa::path(post, path = "/api/flows/{id}/validate", tag = "flows", params(("id" = String, Path)),
    request_body = Checked,
    responses((status = 200, body = Verdict), (status = 400), (status = 403), (status = 404), (status = 413)))]
pub(super) async fn validate(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<Verdict>, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let Checked { definition, text } = json(&parts, body).await?;
    let text = match (definition, text) {
        (Some(_), Some(_)) => {
            let message = "give `definition` or `text`, not both";
            return Err(Problem::at("body.invalid", "/text", message));
        }
        (Some(definition), None) => format!("{definition:#}\n"),
        (None, Some(text)) => text,
        (None, None) => {
            let draft = parts.store.draft(&id).await?;
            let (_, draft) = draft.ok_or_else(|| no_draft(&id))?;
            pretty(&draft.definition)
        }
    };
    Ok(Json(verdict(&parts, &id, text).await?))
}

/// Everything that the gate would say of a text.
async fn verdict(parts: &Parts, id: &flow::Id, text: String) -> Result<Verdict, Problem> {
    let (checked, mut findings) = check(parts, id, text).await?;
    if let Some(flow) = checked {
        findings.extend(parts.flows.tried(flow, &parts.catalog.current().linked).await);
    }
    Ok(Verdict::of(findings))
}

async fn shown(
    parts: &Parts,
    id: &flow::Id,
    hash: Version,
    draft: Draft,
) -> Result<Response, Problem> {
    let verdict = verdict(parts, id, pretty(&draft.definition)).await?;
    let view = DraftView {
        id: id.to_string(),
        hash: hash.as_str().to_owned(),
        base: draft.base.map(|base| base.as_str().to_owned()),
        author: draft.author,
        at: draft.at.as_millis(),
        definition: serde_json::from_str(&draft.definition).unwrap_or_default(),
        verdict,
    };
    Ok(([(header::ETAG, etag(&hash))], Json(view)).into_response())
}

/// The flow, if it loads, and what there is to say of it; where others are not held up by it.
async fn check(
    parts: &Parts,
    id: &flow::Id,
    text: String,
) -> Result<(Option<Flow>, Vec<Finding>), Problem> {
    let (catalog, id) = (std::sync::Arc::clone(&parts.catalog), id.clone());
    match tokio::task::spawn_blocking(move || catalog.check(&id, &text)).await {
        Ok(Ok((flow, findings))) => Ok((Some(flow), findings)),
        Ok(Err(findings)) => Ok((None, findings)),
        Err(error) => {
            tracing::error!(%error, "A flow could not be checked.");
            let message = "could not check it; the log says why";
            Err(Problem::new(500, "flow.unchecked", message))
        }
    }
}

impl Verdict {
    fn of(findings: Vec<Finding>) -> Self {
        let is_error = |finding: &Finding| finding.severity == Severity::Error;
        let (errors, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_error);
        Self { is_valid: errors.is_empty(), errors, warnings }
    }
}

/// What `If-Match` asks for.
pub(super) enum Wanted {
    /// `*`: whatever there is.
    Anything,
    /// One of these.
    OneOf(Vec<String>),
}

impl Wanted {
    pub(super) fn fits(&self, seen: Option<&Version>) -> bool {
        match (self, seen) {
            (Self::Anything, seen) => seen.is_some(),
            (Self::OneOf(hashes), Some(seen)) => hashes.iter().any(|hash| hash == seen.as_str()),
            (Self::OneOf(_), None) => false,
        }
    }
}

pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<Wanted>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(Wanted::Anything));
    }
    let tags: Option<Vec<String>> = text.split(',').map(|tag| unquoted(tag.trim())).collect();
    tags.map(|tags| Some(Wanted::OneOf(tags))).ok_or_else(|| {
        let message = "`If-Match` takes the `ETag` of an answer of this route, in its quotes";
        Problem::new(400, "header.invalid", message)
    })
}

fn unquoted(tag: &str) -> Option<String> {
    let inside = tag.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.is_empty() && !inside.contains('"')).then(|| inside.to_owned())
}

pub(super) fn etag(hash: &Version) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{}\"", hash.as_str()))
        .unwrap_or_else(|_odd| HeaderValue::from_static("\"\""))
}

/// A name that a flow's file can have.
pub(super) fn flow_id(text: &str) -> Result<flow::Id, Problem> {
    let id = flow::Id::from(text);
    if Flows::is_name(&id) {
        return Ok(id);
    }
    let message = format!(
        "no flow can be called `{}`: a flow's name is that of its file, without `/`, not hidden and not `….test`",
        text.escape_default()
    );
    Err(Problem::new(400, "flow.name_bad", message))
}

pub(super) fn checked_author(author: Option<String>) -> Result<Option<String>, Problem> {
    if author.as_ref().is_some_and(|author| author.chars().count() > AUTHOR_CHARS_MAX) {
        let message = format!("an author has at most {AUTHOR_CHARS_MAX} characters");
        return Err(Problem::at("body.invalid", "/author", message));
    }
    Ok(author.filter(|author| !author.trim().is_empty()))
}

fn hash_of(definition: &str) -> Result<Version, Problem> {
    flow::version_of(definition).ok_or_else(|| {
        let message = "a number in it has no canonical form, such as one beyond 2^53";
        Problem::at("body.invalid", "/definition", message)
    })
}

pub(super) fn pretty(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    format!("{value:#}\n")
}

pub(super) fn unknown(parts: &Parts, id: &flow::Id) -> Problem {
    match parts.catalog.find(id) {
        Err(error) => error.into(),
        Ok(_) => catalog::Error::Unknown { flow: id.clone(), suggestion: None }.into(),
    }
}

pub(super) fn no_draft(id: &flow::Id) -> Problem {
    let message = format!("flow `{id}` has no draft; begin one with `PUT /api/flows/{id}`");
    Problem::new(404, "flow.draft_unknown", message)
}

fn unguarded(id: &flow::Id) -> Problem {
    let message = format!(
        "flow `{id}` has a draft; send the `ETag` of `GET /api/flows/{id}/draft` as `If-Match`, so that nobody's work is lost"
    );
    Problem::new(428, "precondition.required", message)
}

pub(super) fn stale_draft(id: &flow::Id, seen: Option<&Version>) -> Problem {
    let message = format!(
        "somebody else changed flow `{id}` meanwhile; get `/api/flows/{id}/draft`, or without a draft `/api/flows/{id}`, \
         put your change into that, and send its `ETag` as `If-Match`"
    );
    Problem::new(412, "flow.draft_changed", message)
        .with("current", seen.map(|hash| hash.as_str().to_owned()))
}
