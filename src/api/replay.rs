//! `POST /api/sessions/{id}/replay`: a conversation once more, on its own version or on a draft. Nothing is stored, called
//! or told.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Shared;
use super::body::{self, Path};
use super::problem::Problem;
use crate::event::Event;
use crate::flow;
use crate::rehearsal::Difference;
use crate::runtime::{Again, Draft, again};

/// What is to be replayed.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Replaying {
    /// Nothing that begins after the event with this `seq`.
    until: Option<u64>,
    /// A flow, in place of every version of the one that it is a draft of.
    #[schema(value_type = Option<Object>)]
    definition: Option<Value>,
    /// The same as it stands in an editor, so that lines are those of the editor.
    text: Option<String>,
    /// Which flow it is a draft of; the one that the conversation began on if not said.
    flow: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplayView {
    /// Whether every event is the same, byte for byte.
    same: bool,
    /// Where the conversation is at the end.
    flow: String,
    current_state: String,
    #[schema(value_type = Object)]
    context: Value,
    /// Arrivals that came to something else.
    differences: Vec<DifferenceView>,
    /// Why the rest was not replayed.
    stopped: Option<String>,
}

/// An arrival that came to something else.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct DifferenceView {
    /// Of its first event in the log.
    seq: u64,
    /// Other words on the same way, or another way.
    same_way: bool,
    /// As the log has it.
    #[schema(value_type = Vec<Object>)]
    then: Vec<Event>,
    #[schema(value_type = Vec<Object>)]
    now: Vec<Event>,
}

/// A conversation once more, from its log.
#[utoipa::path(post, path = "/api/sessions/{id}/replay", tag = "sessions", params(("id" = String, Path)),
    request_body = Replaying,
    responses((status = 200, body = ReplayView), (status = 404), (status = 410, description = "its beginning is gone"),
        (status = 422, description = "the draft is not valid")))]
pub(super) async fn replay(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let id = body::session_id(&id)?;
    let Replaying { until, definition, text, flow } = body::json(&parts, body).await?;
    let text = match (definition, text) {
        (Some(_), Some(_)) => {
            let message = "give `definition` or `text`, not both";
            return Err(Problem::at("body.invalid", "/text", message));
        }
        (Some(definition), None) => Some(format!("{definition:#}\n")),
        (None, text) => text,
    };
    if text.is_some() {
        super::admin_only(&parts)?;
    }
    let flow = flow.as_deref().map(flow::Id::from);
    let asked = Again { until, draft: text.map(|text| Draft { flow, text }) };
    let once = again(&parts.store, &parts.catalog, &id, &asked).await?;
    let frame = once.replayed.session.frame();
    let view = |one: Difference| DifferenceView {
        seq: one.seq,
        same_way: one.same_way,
        then: one.then,
        now: one.now,
    };
    Ok(Json(ReplayView {
        same: once.is_same,
        flow: frame.flow.to_string(),
        current_state: frame.state.to_string(),
        context: Value::Object(frame.context.as_ref().clone()),
        differences: once.replayed.differences.into_iter().map(view).collect(),
        stopped: once.replayed.stopped,
    })
    .into_response())
}
