//! `/ws?id=…`: a session's events out, a person's input in. One task per socket writes and reads in turns, so that a
//! socket that is written to is also read; a client that cannot keep up is told to resume and closed.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use futures_util::SinkExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{self, Query};
use super::input::{checked_name, dtmf_input, text_input};
use super::problem::Problem;
use super::{Parts, Shared, origin, sse};
use crate::engine::Input;
use crate::event::SessionId;
use crate::runtime::{Feed, FeedEnd};

/// What an idle socket holds. Clients send little; a longer message is read in several pieces.
const READ_BYTES: usize = 1024;
/// From here on the events of a turn leave in more than one write; nothing is held back when they are all written.
const WRITE_BYTES: usize = 4 * 1024;
/// Beyond this a frame of a client is refused.
const MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// *Try again later* (RFC 6455 registry).
const TRY_AGAIN_LATER: u16 = 1013;

/// Which session, from where on.
#[derive(Debug, Deserialize)]
pub(super) struct Dial {
    id: Option<String>,
    since: Option<String>,
    ctx: Option<String>,
}

/// `GET /ws`
pub(super) async fn connect(
    State(parts): State<Shared>,
    Query(dial): Query<Dial>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        tracing::debug!(%rejection, "A request to `/ws` was no upgrade.");
        Problem::new(426, "ws.upgrade", "this is a WebSocket: connect to ws://…/ws?id=SESSION")
    })?;
    origin::check(&parts, &headers)?;
    Ok(upgrade
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| Box::pin(serve(parts, dial, socket))))
}

/// `GET /`: the same for clients that dial the root, and a greeting for people.
pub(super) async fn connect_or_greet(
    state: State<Shared>,
    dial: Query<Dial>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    if upgrade.is_ok() {
        return connect(state, dial, headers, upgrade).await.into_response();
    }
    Html(include_str!("greeting.html")).into_response()
}

async fn serve(parts: Shared, dial: Dial, mut socket: WebSocket) {
    let _open = parts.sockets.open();
    let (id, feed) = match open(&parts, &dial).await {
        Ok(opened) => opened,
        Err(problem) => {
            let told = send(&mut socket, error_message(&problem), Duration::from_secs(1)).await;
            tracing::debug!(code = problem.code(), told = told.is_ok(), "A socket was refused.");
            let code = if problem.is_temporary() { TRY_AGAIN_LATER } else { close_code::POLICY };
            close(&mut socket, code, problem.message()).await;
            return;
        }
    };
    let full = dial.ctx.as_deref() == Some("full");
    let mut line = Line { parts, id, feed, full };
    if let Some((code, reason)) = line.talk(&mut socket).await {
        close(&mut socket, code, reason).await;
    }
}

async fn open(parts: &Shared, dial: &Dial) -> Result<(SessionId, Feed), Problem> {
    let Some(id) = &dial.id else {
        return Err(Problem::new(400, "query.invalid", "say which session: /ws?id=SESSION"));
    };
    let id = body::session_id(id)?;
    let feed = parts.runtime.follow(&id, sse::since(dial.since.as_deref())?).await?;
    Ok((id, feed))
}

/// Why talking stopped, with the close code that says so; none when the client has gone.
type Goodbye = Option<(u16, &'static str)>;

/// One client on one session.
struct Line {
    parts: Shared,
    id: SessionId,
    feed: Feed,
    full: bool,
}

impl Line {
    async fn talk(&mut self, socket: &mut WebSocket) -> Goodbye {
        let timeout = self.parts.options.send_timeout;
        let id = self.id.as_str();
        let hello = json!({ "type": "session.started", "session_id": id, "sessionId": id, "head": self.feed.head() });
        if let Err(gone) = send(socket, hello.to_string(), timeout).await {
            return gone;
        }
        loop {
            let next = tokio::select! {
                events = self.feed.next() => Next::Events(events),
                message = socket.recv() => Next::Message(message),
            };
            let stop = match next {
                Next::Events(Ok(events)) => self.forward(socket, events).await,
                Next::Events(Err(end)) => {
                    if end == FeedEnd::Rewound {
                        let told = send(socket, rewound(), timeout).await;
                        tracing::debug!(told = told.is_ok(), "A log went back.");
                    }
                    Some(goodbye(end))
                }
                Next::Message(Some(Ok(message))) => self.hear(socket, message).await,
                Next::Message(Some(Err(_)) | None) => Some(None),
            };
            if let Some(goodbye) = stop {
                return goodbye;
            }
        }
    }

    async fn forward(
        &self,
        socket: &mut WebSocket,
        mut events: Vec<crate::event::Encoded>,
    ) -> Option<Goodbye> {
        if self.full {
            events = sse::with_context(&self.parts, &self.id, events).await;
        }
        let texts = events.into_iter().map(|event| event.json.to_string());
        send_all(socket, texts, self.parts.options.send_timeout).await.err()
    }

    async fn hear(&self, socket: &mut WebSocket, message: Message) -> Option<Goodbye> {
        let answer = match message {
            Message::Text(text) => self.take(text.as_str()).await,
            Message::Binary(_) => {
                Err(Problem::new(400, "message.bad", "send text frames with JSON, not binary ones"))
            }
            Message::Close(_) => return Some(None),
            Message::Ping(_) | Message::Pong(_) => Ok(None),
        };
        let reply = match answer {
            Ok(None) => return None,
            Ok(Some(reply)) => reply,
            Err(problem) => error_message(&problem),
        };
        send(socket, reply, self.parts.options.send_timeout).await.err()
    }

    /// Takes one message of the client; what is to be said at once, if anything.
    async fn take(&self, text: &str) -> Result<Option<String>, Problem> {
        let message: ClientMessage = serde_json::from_str(text).map_err(|error| {
            let known = "user.text, user.dtmf, user.event, client.cancel, ping";
            let message = format!("could not read the message: {error}; types are {known}");
            Problem::new(400, "message.bad", message)
        })?;
        let Some(input) = message.into_input(&self.parts)? else {
            return Ok(Some(json!({ "type": "pong" }).to_string()));
        };
        self.parts.runtime.input(&self.id, input, Duration::ZERO).await?;
        Ok(None)
    }
}

enum Next {
    Events(Result<Vec<crate::event::Encoded>, FeedEnd>),
    Message(Option<Result<Message, axum::Error>>),
}

/// What a client may send.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum ClientMessage {
    #[serde(rename = "user.text")]
    Text { text: String, message_id: Option<String> },
    #[serde(rename = "user.dtmf")]
    Dtmf { digits: String, message_id: Option<String> },
    #[serde(rename = "user.event")]
    Event {
        name: String,
        #[serde(default)]
        payload: Value,
        message_id: Option<String>,
    },
    #[serde(rename = "client.cancel")]
    Cancel {},
    #[serde(rename = "ping")]
    Ping {},
}

impl ClientMessage {
    fn into_input(self, parts: &Parts) -> Result<Option<Input>, Problem> {
        Ok(Some(match self {
            Self::Text { text, message_id } => {
                text_input(parts, text, checked_name("message_id", message_id)?)?
            }
            Self::Dtmf { digits, message_id } => {
                dtmf_input(digits, checked_name("message_id", message_id)?)?
            }
            Self::Event { name, payload, message_id } => Input::External {
                name: checked_name("name", Some(name))?.unwrap_or_default(),
                payload,
                message_id: checked_name("message_id", message_id)?,
            },
            Self::Cancel {} => Input::Cancel,
            Self::Ping {} => return Ok(None),
        }))
    }
}

fn goodbye(end: FeedEnd) -> Goodbye {
    Some(match end {
        FeedEnd::Over => (close_code::NORMAL, "the session is over"),
        FeedEnd::Lagged => (TRY_AGAIN_LATER, "too slow; resume with since=<last seq>"),
        FeedEnd::Rewound => (TRY_AGAIN_LATER, "log.rewound; begin again with since=0"),
        FeedEnd::Stopping => (close_code::RESTART, "the host is stopping; resume shortly"),
    })
}

/// What a follower is told whose last events are no longer in the log.
fn rewound() -> String {
    error_message(&Problem::new(409, "log.rewound", FeedEnd::Rewound.to_string()))
}

fn error_message(problem: &Problem) -> String {
    json!({ "type": "error", "code": problem.code(), "message": problem.message() }).to_string()
}

async fn send(socket: &mut WebSocket, text: String, timeout: Duration) -> Result<(), Goodbye> {
    send_all(socket, std::iter::once(text), timeout).await
}

/// Sends a frame for each text, with one write if they are short, within the time that a client has for it; a client
/// that takes longer is told to resume.
async fn send_all(
    socket: &mut WebSocket,
    texts: impl Iterator<Item = String>,
    timeout: Duration,
) -> Result<(), Goodbye> {
    let sending = async {
        for text in texts {
            socket.feed(Message::Text(text.into())).await?;
        }
        socket.flush().await
    };
    match tokio::time::timeout(timeout, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_gone)) => Err(None),
        Err(_elapsed) => Err(goodbye(FeedEnd::Lagged)),
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: &str) {
    // A close frame holds at most 123 bytes of reason.
    let reason: String = reason.chars().take(100).filter(char::is_ascii).collect();
    let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    let closing = tokio::time::timeout(Duration::from_secs(1), socket.send(frame)).await;
    if !matches!(closing, Ok(Ok(()))) {
        tracing::debug!(code, "A client had gone before it was told why.");
    }
}
