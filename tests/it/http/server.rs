//! A server that says what a test tells it to, byte by byte, and remembers what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What is done about a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// These bytes.
    Bytes(String),
    /// These bytes, and then the connection is closed.
    Cut(String),
    /// Nothing, until the other side is gone.
    Silence,
}

impl Reply {
    /// Status, headers and body, whole.
    pub(crate) fn new(status: u16, headers: &str, body: &str) -> Self {
        let headers: String = headers.lines().map(|line| format!("{}\r\n", line.trim())).collect();
        let length = body.len();
        Self::Bytes(format!(
            "HTTP/1.1 {status} Status\r\n{headers}content-length: {length}\r\n\r\n{body}"
        ))
    }

    /// A JSON body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "content-type: application/json", &body.to_string())
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    /// A header by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map_or("", |(_, value)| value)
    }
}

type Script = dyn Fn(usize) -> Reply + Send + Sync;

/// It ends with the test.
pub(crate) struct Server {
    pub(crate) address: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    /// Somebody did not wait for the end of a silence.
    left: Notify,
    asked: Notify,
}

impl Server {
    /// Answers the first request with `script(0)`, the second with `script(1)`, ….
    pub(crate) async fn start(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            left: Notify::new(),
            asked: Notify::new(),
        });
        let to = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                to.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(socket, Arc::clone(&to)));
            }
        });
        Self { address, shared, task }
    }

    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/tools?of=ours", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits for a request.
    pub(crate) async fn asked(&self) {
        self.shared.asked.notified().await;
    }

    /// Waits until somebody went away without an answer.
    pub(crate) async fn left(&self) {
        self.shared.left.notified().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut socket: TcpStream, shared: Arc<Shared>) {
    while let Some(seen) = request(&mut socket).await {
        let number = {
            let mut all = shared.seen.lock().unwrap();
            all.push(seen);
            all.len() - 1
        };
        shared.asked.notify_one();
        match (shared.script)(number) {
            Reply::Bytes(bytes) => {
                if socket.write_all(bytes.as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Cut(bytes) => {
                // Whoever has enough does not read to the end.
                socket.write_all(bytes.as_bytes()).await.unwrap_or_default();
                return;
            }
            Reply::Silence => {
                let gone = socket.read(&mut [0; 1]).await;
                assert!(!matches!(gone, Ok(1..)), "asked again before the answer");
                shared.left.notify_one();
                return;
            }
        }
    }
}

/// The next request; none when the other side is gone.
async fn request(socket: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head = loop {
        // No request of HTTP begins with a byte like that.
        if bytes.first().is_some_and(|first: &u8| !first.is_ascii_alphabetic()) {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(head + 4);
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let pair = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    };
    let mut seen = Seen { line, headers: lines.map(pair).collect(), body: String::new() };
    let length: usize = seen.header("content-length").parse().unwrap_or(0);
    while body.len() < length {
        if socket.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    seen.body = String::from_utf8(body).unwrap();
    Some(seen)
}
