//! The host's clients: REST, WebSocket and Server-Sent Events, each with a deadline on everything that it waits for.

use std::future::Future;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{DEADLINE, Host};

/// Waits, but not for ever.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(DEADLINE, work).await;
    done.unwrap_or_else(|_| panic!("{what} took longer than {DEADLINE:?}"))
}

/// A client of this test's own.
pub(crate) fn http() -> reqwest::Client {
    cicerone::net::client("http:").unwrap().build().unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = within("an answer", request.send()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = within("a body", response.text()).await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// That it went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.body
    }

    /// That it was refused this way, as a problem that says what to do; gives what it says.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["error"], self.body["detail"]);
        assert!(self.body["title"].is_string() && self.body["type"].is_string(), "{self:?}");
        let said = self.body["error"].as_str().unwrap().to_owned();
        assert!(!said.contains("could not could not") && !said.is_empty(), "{said}");
        said
    }
}

impl Host {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(http().get(self.url(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(http().post(self.url(path)).json(&body)).await
    }

    /// Begins a session; its id.
    pub(crate) async fn begin(&self, flow: &str) -> String {
        let begun = self.post("/api/sessions", json!({ "flow": flow })).await.ok();
        begun["session_id"].as_str().unwrap().to_owned()
    }

    /// Says something and waits for what comes of it.
    pub(crate) async fn say(&self, session: &str, text: &str) -> Value {
        let path = format!("/api/sessions/{session}/input?wait_ms=60000");
        let taken = self.post(&path, json!({ "text": text })).await.ok();
        assert_eq!(taken["settled"], true, "{taken}");
        taken
    }

    /// The same, text after text; what the last came to.
    pub(crate) async fn say_all(&self, session: &str, texts: &[&str]) -> Value {
        let mut taken = Value::Null;
        for text in texts {
            taken = self.say(session, text).await;
        }
        taken
    }

    /// The whole log.
    pub(crate) async fn log(&self, session: &str) -> Vec<Value> {
        let page = self.get(&format!("/api/sessions/{session}/events?limit=10000")).await.ok();
        page["events"].as_array().unwrap().clone()
    }

    /// Waits until something is so.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, what: &str, so: impl Fn() -> F) {
        let look = async {
            while !so().await {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        within(what, look).await;
    }

    /// A WebSocket; `query` is what stands behind `/ws?`.
    pub(crate) async fn dial(&self, query: &str) -> Socket {
        self.try_dial(query, None).await.unwrap()
    }

    /// The same, maybe from a page of some origin.
    pub(crate) async fn try_dial(
        &self,
        query: &str,
        origin: Option<&str>,
    ) -> Result<Socket, Box<tungstenite::Error>> {
        dial(&self.address, query, origin).await
    }

    /// A stream of Server-Sent Events.
    pub(crate) async fn listen(&self, path: &str) -> Listener {
        let response = within("a stream", http().get(self.url(path)).send()).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Listener::of(response)
    }
}

/// A WebSocket to whoever listens there.
pub(crate) async fn dial(
    address: &str,
    query: &str,
    origin: Option<&str>,
) -> Result<Socket, Box<tungstenite::Error>> {
    let url = format!("ws://{address}/ws?{query}");
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    let dialed = within("a WebSocket", tokio_tungstenite::connect_async(request)).await;
    dialed.map(|(stream, _)| Socket { stream }).map_err(Box::new)
}

/// A WebSocket of a client.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
}

impl Socket {
    pub(crate) async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        within("sending", self.stream.send(message)).await.unwrap();
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.send(json!({ "type": "user.text", "text": text })).await;
    }

    /// The next message; the close code when there is none.
    pub(crate) async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match within("a message", self.stream.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map(|frame| u16::from(frame.code)));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Everything up to and with the first message of this type.
    pub(crate) async fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            match self.next().await {
                Ok(message) => heard.push(message),
                Err(code) => panic!("closed with {code:?} before `{kind}`: {heard:#?}"),
            }
            if heard.last().unwrap()["type"] == kind {
                return heard;
            }
        }
    }

    /// The code with which it is closed, whatever comes before.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

/// A reader of Server-Sent Events.
pub(crate) struct Listener {
    response: reqwest::Response,
    text: String,
}

/// One event of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
}

impl Listener {
    /// Of a response that has begun.
    pub(crate) fn of(response: reqwest::Response) -> Self {
        Self { response, text: String::new() }
    }

    /// The next event; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let heard = read(block);
                self.text = rest.to_owned();
                if heard.is_some() {
                    return heard;
                }
                continue;
            }
            let chunk = within("an event", self.response.chunk()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Everything up to and with the first event of this type.
    pub(crate) async fn until(&mut self, kind: &str) -> Vec<Heard> {
        let mut all = Vec::new();
        loop {
            let heard = self.next().await;
            let heard = heard.unwrap_or_else(|| panic!("over before `{kind}`: {all:#?}"));
            all.push(heard);
            if all.last().unwrap().data["type"] == kind {
                return all;
            }
        }
    }
}

/// None of a comment.
fn read(block: &str) -> Option<Heard> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    let data = serde_json::from_str(field("data:")?.trim()).unwrap();
    Some(Heard { id: field("id:").map(|id| id.trim().parse().unwrap()), data })
}

/// The types of events.
pub(crate) fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// The first event of a type.
#[track_caller]
pub(crate) fn find<'a>(events: &'a [Value], kind: &str) -> &'a Value {
    let found = events.iter().find(|event| event["type"] == kind);
    found.unwrap_or_else(|| panic!("no `{kind}` in {events:#?}"))
}

/// The events of an answer.
pub(crate) fn events(answer: &Value) -> &[Value] {
    answer["events"].as_array().unwrap()
}
