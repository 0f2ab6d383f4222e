//! What people do in a flow: how many begin, how far they come, where they stop. Shaped here from what `runtime` counts and
//! the store adds up over all hosts.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::body::{Path, Query, session_id};
use super::edit::{flow_id, unknown};
use super::naming::version_named;
use super::problem::Problem;
use super::rollout::{Comparison, comparison};
use super::{Shared, admin_only};
use crate::flow::Version;
use crate::store::Used;

/// What separates the parts of a counted transition.
const BETWEEN: char = '\u{1f}';

/// Which version.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    /// `current`, a hash, the first digits of it (at least 8), or the number of a publication; all if not said.
    version: Option<String>,
}

/// What happened on a flow.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Stats {
    id: String,
    /// Both versions beside each other, while some new sessions begin on another than the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<Comparison>,
    versions: Vec<VersionStats>,
}

/// What happened on a version.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(super) struct VersionStats {
    version: String,
    /// Whether new sessions begin on it.
    current: bool,
    /// Sessions that began on it.
    begun: u64,
    /// How sessions ended in it, by reason.
    ended: BTreeMap<String, u64>,
    /// The last day on which one began, UTC.
    last_used: Option<String>,
    /// Sessions that began, by day.
    days: BTreeMap<String, u64>,
    /// The funnel: the states, those that most sessions reached first.
    states: Vec<StateStats>,
    /// How often each way was taken, the most used first.
    transitions: Vec<TransitionStats>,
}

/// What happened in a state.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub(super) struct StateStats {
    state: String,
    /// Sessions that were ever in it.
    sessions: u64,
    /// Of all sessions that began on this version, or came to it; 1 is all.
    share: Option<f64>,
    /// Times that it was entered.
    entered: u64,
    /// Times that it was left for another state or flow.
    left: u64,
    /// Sessions that ended in it, by reason.
    ended: BTreeMap<String, u64>,
    /// Sessions that came here from another version, and went from here to one.
    came: u64,
    moved: u64,
    /// Inputs that nothing took.
    unhandled: u64,
    /// Sessions that are in it still, or were when they were given up and forgotten.
    remaining: u64,
}

/// A way that was taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TransitionStats {
    from: String,
    to: String,
    trigger: String,
    count: u64,
}

/// What people do in a flow, by version: how many began, how they ended, how far they came. Counts of other hosts are a
/// second old.
#[utoipa::path(get, path = "/api/flows/{id}/stats", tag = "flows", params(("id" = String, Path), Of),
    responses((status = 200, body = Stats), (status = 403), (status = 404)))]
pub(super) async fn show(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    Query(of): Query<Of>,
) -> Result<Json<Stats>, Problem> {
    admin_only(&parts)?;
    let id = flow_id(&id)?;
    let only = match &of.version {
        Some(named) => Some(version_named(&parts, &id, named).await?),
        None => None,
    };
    parts.runtime.counted().await;
    let counted = parts.store.counts(&id).await?;
    let current = parts.catalog.active().await?.versions.get(&id).cloned();
    if counted.is_empty() && current.is_none() {
        return Err(unknown(&parts, &id));
    }
    let mut by_version: BTreeMap<Version, Vec<Used>> = BTreeMap::new();
    for one in counted {
        by_version.entry(one.version.clone()).or_default().push(one);
    }
    let wanted = |version: &Version| only.as_ref().is_none_or(|only| only == version);
    let mut versions: Vec<VersionStats> = by_version
        .into_iter()
        .filter(|(version, _)| wanted(version))
        .map(|(version, used)| shaped(&version, used, current.as_ref()))
        .collect();
    versions.sort_by(|one, other| {
        (other.current, &other.last_used).cmp(&(one.current, &one.last_used))
    });
    let rollout = comparison(&parts, &id).await?;
    Ok(Json(Stats { id: id.to_string(), rollout, versions }))
}

fn shaped(version: &Version, used: Vec<Used>, current: Option<&Version>) -> VersionStats {
    let mut stats = VersionStats {
        version: version.as_str().to_owned(),
        current: current == Some(version),
        ..VersionStats::default()
    };
    let mut states: BTreeMap<String, StateStats> = BTreeMap::new();
    for Used { what, count, .. } in used {
        let (word, name) = what.split_once(':').unwrap_or((&what, ""));
        let mut parts = name.split(BETWEEN);
        let mut part = || parts.next().unwrap_or_default().to_owned();
        match word {
            "begun" => stats.begun = count,
            "day" => drop(stats.days.insert(name.to_owned(), count)),
            // Shown beside each other where it is compared.
            "rollout" => {}
            "ended" => drop(stats.ended.insert(name.to_owned(), count)),
            "went" => {
                let (from, to, trigger) = (part(), part(), part());
                stats.transitions.push(TransitionStats { from, to, trigger, count });
            }
            word => {
                let state = states.entry(part()).or_default();
                match word {
                    "reached" => state.sessions = count,
                    "entered" => state.entered = count,
                    "left" => state.left = count,
                    "unhandled" => state.unhandled = count,
                    "came" => state.came = count,
                    "moved" => state.moved = count,
                    "over" => drop(state.ended.insert(part(), count)),
                    _ => {}
                }
            }
        }
    }
    stats.last_used = stats.days.keys().next_back().cloned();
    stats.transitions.sort_by(|one, other| {
        other
            .count
            .cmp(&one.count)
            .then_with(|| (&one.from, &one.to).cmp(&(&other.from, &other.to)))
    });
    let came: u64 = states.values().map(|state| state.came).sum();
    let all = stats.begun + came;
    stats.states = states.into_iter().map(|(name, state)| finished(name, state, all)).collect();
    stats.states.sort_by(|one, other| {
        other.sessions.cmp(&one.sessions).then_with(|| one.state.cmp(&other.state))
    });
    stats
}

fn finished(name: String, state: StateStats, all: u64) -> StateStats {
    let over: u64 = state.ended.values().sum();
    let gone = state.left + over + state.moved;
    let remaining = (state.entered + state.came).saturating_sub(gone);
    let real = |number: u64| u32::try_from(number).map_or(f64::INFINITY, f64::from);
    let share =
        (all > 0).then(|| real(state.sessions) / real(all)).filter(|share| share.is_finite());
    StateStats { state: name, remaining, share, ..state }
}

/// Which session.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    session: String,
}

/// The flow and version that a session is on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FlowInfo {
    session_id: String,
    flow: String,
    name: String,
    description: Option<String>,
    /// The version that the session is on.
    version: String,
    /// What new sessions begin on; null for a retired flow.
    current_version: Option<String>,
    state: String,
}

/// The flow that a session is in.
#[utoipa::path(get, path = "/api/flow-info", tag = "flows", params(Whose),
    responses((status = 200, body = FlowInfo), (status = 404)))]
pub(super) async fn info(
    State(parts): State<Shared>,
    Query(whose): Query<Whose>,
) -> Result<Json<FlowInfo>, Problem> {
    let session = parts.runtime.session(&session_id(&whose.session)?).await?;
    let frame = session.frame();
    let flow = parts.catalog.version(&frame.flow, &frame.version).await?;
    let current = parts.catalog.find(&frame.flow).ok();
    Ok(Json(FlowInfo {
        session_id: session.id.to_string(),
        flow: frame.flow.to_string(),
        name: flow.meta.name.clone(),
        description: flow.meta.description.clone(),
        version: frame.version.as_str().to_owned(),
        current_version: current.map(|flow| flow.version.as_str().to_owned()),
        state: frame.state.to_string(),
    }))
}
