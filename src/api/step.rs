//! `POST /api/flows/{id}/step`: one turn of a conversation whose state its client carries. Nothing is stored.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use lru::LruCache;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::status;
use super::body::{self, Path};
use super::input::{Sent, text_input, time_zone};
use super::problem::Problem;
use super::{Parts, Shared};
use crate::engine::{Input, Session};
use crate::event::{Event, Kind, Map};
use crate::flow::{self, Flow, Version};
use crate::runtime::{self, Stateless};
use crate::token::{Carried, Keys, NONCE_BYTES, NotSealed, Opened, Refused, Unsigned, Words, mark};

/// Versions whose texts are kept in order.
const WORDS_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// Publications of one page of a flow's history.
const PUBLICATIONS_MAX: usize = 200;

/// Pages in which the version of a token is looked for.
const PAGES_MAX: usize = 50;

/// What stateless turns need. Clones share it.
#[derive(Debug, Clone)]
pub struct Tokens(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: Keys,
    good_for: Duration,
    unsigned_csm: bool,
    words: Mutex<LruCache<Version, Words>>,
}

impl Tokens {
    /// Tokens of these keys, each good for this long.
    #[must_use]
    pub fn new(keys: Keys, good_for: Duration, unsigned_csm: bool) -> Self {
        let words = Mutex::new(LruCache::new(WORDS_MAX));
        Self(Arc::new(Inner { keys, good_for, unsigned_csm, words }))
    }

    fn words(&self, flow: &Flow) -> Words {
        let mut words = self.0.words.lock().unwrap_or_else(PoisonError::into_inner);
        words.get_or_insert(flow.version.clone(), || Words::of(flow)).clone()
    }
}

/// One turn.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Turn {
    /// `state` of the answer before; none begins.
    state: Option<String>,
    /// What was said: a text, or `{text}`, `{dtmf}`, `{intent, slots}`. May be left out to begin.
    #[schema(value_type = Option<Object>)]
    input: Option<Value>,
    /// Laid over the flow's own, to begin with; not beside `state`, which has its own.
    #[schema(value_type = Option<Object>)]
    context: Option<Map>,
    /// IANA name, to begin with; not beside `state`, which has its own.
    time_zone: Option<String>,
}

/// What it came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Turned {
    /// What was said and asked, in order.
    messages: Vec<String>,
    /// Quick replies to the last question.
    suggestions: Vec<String>,
    /// For the next turn; null when the conversation is over.
    state: Option<String>,
    /// The flow that the conversation is in.
    machine: String,
    /// The state in it.
    current: String,
    /// `active` or `ended`
    status: &'static str,
    /// What went wrong in the turn, as the last `error` of a session's log: then that step was discarded as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Wrong>,
}

/// What went wrong in a turn.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = TurnError)]
pub(super) struct Wrong {
    /// `transition.loop`, `target.unknown`, …
    code: String,
    message: String,
}

/// Takes a turn of a conversation whose state the client carries.
#[utoipa::path(post, path = "/api/flows/{id}/step", tag = "flows", params(("id" = String, Path)), request_body = Turn,
    responses((status = 200, body = Turned),
        (status = 400, description = "the state is none of this flow, or what was sent is no input of it"),
        (status = 404, description = "unknown flow"), (status = 409, description = "the state's version is gone"),
        (status = 413), (status = 504, description = "the turn came to no end"),
        (status = 501, description = "hosts that share a store share no keys yet")))]
pub(super) async fn step(
    State(parts): State<Shared>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let id = flow::Id::from(id.as_str());
    let Some(tokens) = parts.tokens.clone() else {
        let message = "hosts that share a store need `keys` in `[tokens]` of cicerone.toml";
        return Err(Problem::new(501, "tokens.off", message));
    };
    let turn: Turn = body::json(&parts, body).await?;
    only_to_begin(&turn)?;
    let session = match &turn.state {
        None => {
            parts.catalog.find(&id)?;
            let zone = turn.time_zone.map(time_zone).transpose()?;
            parts.runtime.unstored(&id, turn.context.unwrap_or_default(), zone)?
        }
        Some(state) => opened(&parts, &tokens, &id, state).await.map_err(|refused| {
            // A flow that takes no sessions any more keeps those that it has; one that never was has none.
            let unknown = (refused.code() == "state.bad").then(|| parts.catalog.find(&id).err());
            unknown.flatten().map_or(refused, Problem::from)
        })?,
    };
    let input = match turn.input {
        Some(Value::String(text)) => Some(text_input(&parts, text, None)?),
        Some(input) => Some(sent(&parts, input)?),
        None if turn.state.is_none() => None,
        None => {
            return Err(Problem::at(
                "input.bad",
                "/input",
                "`input` is missing; say what was said",
            ));
        }
    };
    let wait = parts.options.wait_max;
    let turned = parts.runtime.stateless(session, input, wait).await;
    let turned = turned.map_err(|error| match error {
        runtime::Error::UnknownIntent(_) => Problem::from(error).with("pointer", "/input/intent"),
        error => Problem::from(error),
    })?;
    answer(&parts, &tokens, &id, turned).await
}

/// What a conversation begins with has no meaning once it has begun.
fn only_to_begin(turn: &Turn) -> Result<(), Problem> {
    if turn.state.is_none() {
        return Ok(());
    }
    let given = [("context", turn.context.is_some()), ("time_zone", turn.time_zone.is_some())];
    let Some((field, _)) = given.into_iter().find(|(_, is_given)| *is_given) else { return Ok(()) };
    let message =
        format!("`{field}` is for the beginning; leave it out with `state`, which has its own");
    Err(Problem::at("body.invalid", &format!("/{field}"), message))
}

/// An input that is no plain text.
fn sent(parts: &Parts, input: Value) -> Result<Input, Problem> {
    if !input.is_object() {
        let message = "`input` is a text, or an object with one of `text`, `dtmf` and `intent`";
        return Err(Problem::at("input.bad", "/input", message));
    }
    let sent: Sent = serde_path_to_error::deserialize(input).map_err(|error| {
        let path: String = error.path().iter().map(|part| format!("/{part}")).collect();
        let pointer = format!("/input{}", if path == "/." { "" } else { &path });
        Problem::at("input.bad", &pointer, format!("could not read the input: {}", error.inner()))
    })?;
    sent.into_input(parts)
}

/// The conversation that a token carries.
async fn opened(
    parts: &Shared,
    tokens: &Tokens,
    id: &flow::Id,
    state: &str,
) -> Result<Session, Problem> {
    let now = parts.runtime.now();
    let opened = match tokens.0.keys.open(state, id, now) {
        Ok(opened) => opened,
        Err(Refused::Foreign) if tokens.0.unsigned_csm => return unsigned(parts, id, state),
        Err(refused) => return Err(bad(refused)),
    };
    let flow = version_of(parts, &opened).await?;
    let carried = opened.carried(&tokens.words(&flow)).map_err(bad)?;
    Ok(carried.session(parts.runtime.unstored_id()?, &flow, now))
}

/// The version that a token names: one that is in use here, or one that was published once.
async fn version_of(parts: &Shared, opened: &Opened) -> Result<Arc<Flow>, Problem> {
    let is_meant = |version: &Version| mark(version) == opened.mark;
    if let Some(flow) = parts.catalog.recognise(&opened.flow, is_meant) {
        return Ok(flow);
    }
    let mut before = u64::MAX;
    for _ in 0..PAGES_MAX {
        let page = parts.store.publications(&opened.flow, before, PUBLICATIONS_MAX).await?;
        let Some(last) = page.last() else { break };
        before = last.number;
        let mut versions = page.iter().filter_map(|one| one.version.as_ref());
        if let Some(version) = versions.find(|version| is_meant(version)) {
            return Ok(parts.catalog.version(&opened.flow, version).await?);
        }
    }
    let message =
        "could not go on from this state: its version of the flow is gone; begin again without one";
    Err(Problem::new(409, "state.outdated", message))
}

/// The conversation that a token of CSM means.
fn unsigned(parts: &Shared, id: &flow::Id, state: &str) -> Result<Session, Problem> {
    let Unsigned { agent, machine, state, context } = Unsigned::read(state).map_err(bad)?;
    let flow = parts.catalog.find(id)?;
    let state = flow::csm_state(&flow, agent.as_deref(), &machine, &state);
    let carried = Carried::at(&state.ok_or_else(|| bad(Refused::Foreign))?, context, &flow);
    Ok(carried.session(parts.runtime.unstored_id()?, &flow, parts.runtime.now()))
}

/// All that a client is told of a state that is not taken.
fn bad(refused: Refused) -> Problem {
    let code = match refused {
        Refused::Foreign => "state.bad",
        Refused::Expired => "state.expired",
    };
    Problem::at(code, "/state", format!("could not {refused}"))
}

async fn answer(
    parts: &Shared,
    tokens: &Tokens,
    id: &flow::Id,
    turned: Stateless,
) -> Result<Response, Problem> {
    let session = &turned.session;
    let frame = session.frame();
    let (messages, suggestions) = said(&turned.events);
    let error = turned.events.iter().rev().find_map(|event| match &event.kind {
        Kind::Error { code, message } => {
            Some(Wrong { code: code.clone(), message: message.clone() })
        }
        _ => None,
    });
    let state =
        if session.is_active() { Some(sealed(parts, tokens, id, session).await?) } else { None };
    let turned = Turned {
        messages,
        suggestions,
        state,
        machine: frame.flow.to_string(),
        current: frame.state.to_string(),
        status: status(session.is_active()),
        error,
    };
    Ok(Json(turned).into_response())
}

async fn sealed(
    parts: &Shared,
    tokens: &Tokens,
    id: &flow::Id,
    session: &Session,
) -> Result<String, Problem> {
    let outermost = session.frames.first().unwrap_or_else(|| session.frame());
    let flow = parts.catalog.version(&outermost.flow, &outermost.version).await?;
    let good_for = u64::try_from(tokens.0.good_for.as_millis()).unwrap_or(u64::MAX);
    let until = parts.runtime.now().plus_millis(good_for);
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce)
        .map_err(|error| Problem::from(runtime::Error::Unavailable(error.to_string())))?;
    let carried = Carried::of(session, &flow);
    let sealed = tokens.0.keys.seal(&carried, &tokens.words(&flow), (id, until), nonce);
    sealed.map_err(|error| match error {
        NotSealed::TooLong => Problem::new(413, "state.too_long", format!("could not {error}")),
        NotSealed::Cipher => runtime::Error::Unavailable(error.to_string()).into(),
    })
}

/// What a person hears of it, and the quick replies to what was asked last.
fn said(events: &[Event]) -> (Vec<String>, Vec<String>) {
    let mut messages = Vec::new();
    let mut replies = Vec::new();
    for event in events {
        if let Kind::Say { text, suggestions, .. } | Kind::Ask { text, suggestions, .. } =
            &event.kind
        {
            messages.push(text.clone());
            replies.clone_from(suggestions);
        }
    }
    (messages, replies)
}
