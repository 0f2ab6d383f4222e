//! A new version for some new sessions first, by its routes: giving it to more, giving it to all; and what other routes show
//! of it. Beginning one is `publish`'s, taking it back `rollback`'s.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::body::{Path, json};
use super::edit::{flow_id, if_match};
use super::impact::strands_nobody;
use super::problem::Problem;
use super::publish::{Published, Why, edit, guard};
use super::{Parts, Shared, admin_only};
use crate::catalog::Canary;
use crate::flow;
use crate::reload::What;
use crate::rollout::{Guard, GuardChange, Judgement, Met, Percent, Rollout, judge};

/// To whom a version goes first.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Share {
    /// How many of a hundred new sessions begin on it, 1 to 99.
    percent: u8,
    /// What is different in the rule that takes it back: keys of `[rollout]` of the settings.
    #[serde(default)]
    #[schema(value_type = Object)]
    guard: GuardChange,
}

/// Another part of new sessions for a version that some begin on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewShare {
    /// How many of a hundred new sessions begin on it, 1 to 99.
    percent: u8,
    /// What is different from now on in the rule that takes it back.
    #[serde(default)]
    #[schema(value_type = Object)]
    guard: GuardChange,
    author: Option<String>,
    changelog: Option<String>,
}

/// Who gives a version to all, and why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Promoting {
    author: Option<String>,
    changelog: Option<String>,
    /// Although it has no place for sessions that live now.
    #[serde(default)]
    force: bool,
}

/// What some new sessions begin on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RolloutView {
    version: String,
    /// How many of a hundred new sessions get it.
    percent: u8,
    /// When it began.
    began: i64,
    /// When it got this percentage: sessions that began since then are compared.
    since: i64,
    /// The rule that takes it back.
    #[schema(value_type = Object)]
    guard: Guard,
}

/// What sessions on one version met.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Side {
    version: String,
    /// Sessions that are compared.
    sessions: u64,
    /// How many of them met an error.
    errors: u64,
    /// How many said something that nothing took.
    unhandled: u64,
    /// How many had a tool fail.
    tool_errors: u64,
}

/// Both versions beside each other, while some sessions get another than the rest.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Comparison {
    #[serde(flatten)]
    rollout: RolloutView,
    old: Side,
    new: Side,
    /// `too_few` sessions yet, `go_on`, or `back`: it is worse.
    judgement: &'static str,
    /// Why it is worse.
    reason: Option<String>,
}

impl Share {
    /// Checked; `at` is where it stands in the body.
    pub(super) fn checked(self, at: &str) -> Result<(Percent, GuardChange), Problem> {
        checked(self.percent, self.guard, at)
    }
}

impl From<&Rollout> for RolloutView {
    fn from(rollout: &Rollout) -> Self {
        Self {
            version: rollout.version.as_str().to_owned(),
            percent: rollout.percent.into(),
            began: rollout.began.as_millis(),
            since: rollout.since.as_millis(),
            guard: rollout.guard,
        }
    }
}

/// Has another part of new sessions begin on the version that some begin on. Who has it keeps it when more get it; what is
/// compared begins anew.
#[utoipa::path(post, path = "/api/flows/{id}/rollout", tag = "flows", params(("id" = String, Path)),
    request_body = NewShare,
    responses((status = 200, body = Published), (status = 400), (status = 403),
        (status = 404, description = "all new sessions begin on the same version"), (status = 412)))]
pub(super) async fn share(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let NewShare { percent, guard: change, author, changelog } = json(&parts, body).await?;
    let (percent, change) = checked(percent, change, "")?;
    let guard = guard(&parts, &id, if_match(&headers)?).await?;
    let what = What::Share { percent, guard: change };
    edit(&parts, &id, (what, guard), Why { author, changelog }).await
}

/// Gives all new sessions the version that some begin on: it becomes current on every host and is written to the flow's file.
#[utoipa::path(post, path = "/api/flows/{id}/promote", tag = "flows", params(("id" = String, Path)),
    request_body = Promoting,
    responses((status = 200, body = Published), (status = 403),
        (status = 404, description = "all new sessions begin on the same version"),
        (status = 409, description = "it has no place for sessions that live now; `impact` says which"), (status = 412),
        (status = 422, description = "the version would not run any more, such as without its tools")))]
pub(super) async fn promote(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let Promoting { author, changelog, force } = json(&parts, body).await?;
    let guard = guard(&parts, &id, if_match(&headers)?).await?;
    let canary = parts.catalog.current().canaries.get(&id).map(|canary| Arc::clone(&canary.flow));
    if let Some(canary) = canary.filter(|_| !force) {
        strands_nobody(&parts, &id, &canary.definition.to_string()).await?;
    }
    edit(&parts, &id, (What::Promote, guard), Why { author, changelog }).await
}

/// What some new sessions of a flow begin on, as this host knows it.
pub(super) fn running(parts: &Parts, id: &flow::Id) -> Option<RolloutView> {
    let current = parts.catalog.current();
    current.canaries.get(id).map(|canary| (&canary.rollout).into())
}

/// What both versions' sessions met, while there are two.
pub(super) async fn comparison(
    parts: &Parts,
    id: &flow::Id,
) -> Result<Option<Comparison>, Problem> {
    let current = parts.catalog.current();
    let Some(canary) = current.canaries.get(id) else { return Ok(None) };
    let Canary { flow, rollout, .. } = canary;
    let compared = parts.catalog.compared(canary, parts.runtime.now()).await?;
    let judgement = judge(&compared.old, &compared.new, &rollout.guard);
    let old = current.linked.current(id).map(|flow| flow.version.as_str());
    Ok(Some(Comparison {
        rollout: rollout.into(),
        old: side(old.unwrap_or_default(), compared.old),
        new: side(flow.version.as_str(), compared.new),
        judgement: match judgement {
            Judgement::TooFew => "too_few",
            Judgement::GoOn => "go_on",
            Judgement::Back(_) => "back",
        },
        reason: match judgement {
            Judgement::Back(reason) => Some(reason.to_string()),
            Judgement::TooFew | Judgement::GoOn => None,
        },
    }))
}

pub(super) fn busy(id: &flow::Id, rollout: &Rollout) -> Problem {
    let message = format!(
        "{} of 100 new sessions of flow `{id}` begin on version {} since somebody tries it; give it to all with `POST \
         /api/flows/{id}/promote` or take it back with `POST /api/flows/{id}/rollback` first",
        u8::from(rollout.percent),
        rollout.version,
    );
    let version = rollout.version.as_str().to_owned();
    Problem::new(409, "rollout.running", message).with("version", version)
}

pub(super) fn none(id: &flow::Id) -> Problem {
    let message = format!(
        "all new sessions of flow `{id}` begin on the same version; `rollout` of `POST /api/flows/{id}/publish` gives \
         another to some of them"
    );
    Problem::new(404, "rollout.unknown", message)
}

pub(super) fn nothing_before(id: &flow::Id) -> Problem {
    let message = format!(
        "flow `{id}` has no current version that the other sessions could begin on; publish without `rollout`"
    );
    Problem::new(409, "rollout.alone", message)
}

fn checked(percent: u8, guard: GuardChange, at: &str) -> Result<(Percent, GuardChange), Problem> {
    let percent = Percent::try_from(percent).map_err(|error| {
        Problem::at("body.invalid", &format!("{at}/percent"), error.to_string())
    })?;
    // The settings are right, so what is odd is what is different.
    Guard::default().with(guard).check().map_err(|odd| {
        Problem::at("body.invalid", &format!("{at}/guard/{}", odd.key), odd.to_string())
    })?;
    Ok((percent, guard))
}

fn side(version: &str, met: Met) -> Side {
    let Met { sessions, errors, unhandled, tool_errors } = met;
    Side { version: version.to_owned(), sessions, errors, unhandled, tool_errors }
}
