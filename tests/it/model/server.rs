//! A server that speaks as those of language models do, well or badly, as a test says; it remembers what it was asked.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What is done about a request.
#[derive(Debug, Clone)]
pub(crate) enum Mode {
    /// An answer of these words, whole.
    Says(String),
    /// This body.
    Body(Value),
    /// A status, and how long to wait.
    Status(u16, Option<&'static str>),
    /// A status with these words.
    Refuses(u16, &'static str),
    /// Nothing, ever.
    Silence,
    /// Half of an answer and then nothing.
    Stalls,
    /// Half of an answer and then the connection is gone.
    Cuts,
    /// More than anybody reads.
    Floods,
    /// Bytes that are no text.
    Garbage,
    /// Events of a stream: each a chunk's `delta`, with why it ends in the last.
    Streams(Vec<Value>),
    /// The same, and then nothing instead of an end.
    StreamsAndStalls(Vec<Value>),
}

impl Mode {
    /// An answer about what a text means.
    pub(crate) fn means(intent: &str, slots: &Value) -> Self {
        let answer =
            json!({ "intent": intent, "confidence": 0.9, "corrects": false, "slots": slots });
        Self::Says(answer.to_string())
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

impl Seen {
    /// The text of the person in it.
    pub(crate) fn text(&self) -> String {
        text(&self.body)
    }
}

/// The text of the person in a request.
pub(crate) fn text(body: &Value) -> String {
    let content = body["messages"][1]["content"].as_str().unwrap_or_default();
    let data: Value = serde_json::from_str(content).unwrap_or_default();
    data["text"].as_str().unwrap_or_default().to_owned()
}

type Script = dyn Fn(usize, &Value) -> Mode + Send + Sync;

#[derive(Clone)]
struct Shared {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// It ends with the test.
pub(crate) struct Server {
    /// Up to the version.
    pub(crate) url: String,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers each request as `script` says of its number and its body.
    pub(crate) async fn start(
        script: impl Fn(usize, &Value) -> Mode + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared { script: Arc::new(script), seen: Arc::default() };
        let router = Router::new()
            .route("/v1/chat/completions", post(completions))
            .route("/v1/embeddings", post(completions))
            .with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, task }
    }

    /// One that does the same about every request.
    pub(crate) async fn always(mode: Mode) -> Self {
        Self::start(move |_, _| mode.clone()).await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn completions(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
    let authorization = authorization.unwrap_or_default().to_owned();
    let number = {
        let mut seen = shared.seen.lock().unwrap();
        seen.push(Seen { authorization, body: body.clone() });
        seen.len() - 1
    };
    answer((shared.script)(number, &body)).await
}

async fn answer(mode: Mode) -> Response {
    let whole = |body: String| ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    match mode {
        Mode::Says(words) => whole(completion(&words).to_string()),
        Mode::Body(body) => whole(body.to_string()),
        Mode::Status(status, wait) => {
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = (status, "no").into_response();
            if let Some(wait) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, wait.parse().unwrap());
            }
            response
        }
        Mode::Refuses(status, words) => {
            (StatusCode::from_u16(status).unwrap(), words).into_response()
        }
        Mode::Silence => std::future::pending().await,
        Mode::Stalls => half(stream::pending().boxed()),
        Mode::Cuts => {
            let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            half(stream::once(async { Err(gone) }).boxed())
        }
        Mode::Floods => {
            let mebibyte = Bytes::from(vec![b' '; 1 << 20]);
            let flood = stream::repeat(Ok::<_, Infallible>(mebibyte)).take(64);
            Body::from_stream(flood).into_response()
        }
        Mode::Garbage => vec![0xff, 0xfe, b'{', b'}', 0x00].into_response(),
        Mode::Streams(deltas) => {
            let done = stream::once(async { Ok(Bytes::from("data: [DONE]\n\n")) });
            events(deltas, done.boxed())
        }
        Mode::StreamsAndStalls(deltas) => events(deltas, stream::pending().boxed()),
    }
}

type Rest = stream::BoxStream<'static, Result<Bytes, std::io::Error>>;

fn half(rest: Rest) -> Response {
    let begin = Ok(Bytes::from("{\"choices\": [{\"message\": {\"content\": \"{"));
    Body::from_stream(stream::once(async { begin }).chain(rest)).into_response()
}

/// Some bytes at a time, so that no event comes in one piece.
fn events(deltas: Vec<Value>, rest: Rest) -> Response {
    let text: String =
        deltas.iter().map(|delta| format!("data: {}\r\n\r\n", chunk(delta))).collect();
    let pieces: Vec<Bytes> = text.as_bytes().chunks(37).map(Bytes::copy_from_slice).collect();
    let pieces = stream::iter(pieces).then(|piece| async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(piece)
    });
    let body = Body::from_stream(pieces.chain(rest));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// A chunk of a stream; `finish_reason` stands beside the delta.
fn chunk(delta: &Value) -> Value {
    if delta.get("choices").is_some() || delta.get("error").is_some() {
        return delta.clone();
    }
    let mut delta = delta.clone();
    let finish = delta.as_object_mut().unwrap().remove("finish_reason");
    json!({ "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] })
}

/// An answer of these words.
pub(crate) fn completion(words: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": words },
            "finish_reason": "stop",
        }],
        "usage": { "total_tokens": 1 },
    })
}
