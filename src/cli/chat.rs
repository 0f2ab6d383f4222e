//! `cicerone chat`: talks to a flow in the terminal, on a host of its own inside this process or on a running one. It
//! shows states and tool calls dimmed; piped input works like a person's.

mod screen;

use std::io::BufRead;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::{Places, paint};
use crate::app::App;
use crate::config::Settings;
use crate::engine::Input;
use crate::event::{Encoded, Map, SessionId};
use crate::runtime::{Choice, Feed, New, Since};
use crate::{flow, telemetry};
use screen::{Screen, note};

/// How long one input may take before the next line is read.
const PATIENCE: Duration = Duration::from_secs(60);

/// Talk to a flow in the terminal, in process or on a running host.
#[derive(Debug, Args)]
pub(super) struct Chat {
    /// The flow's id, such as `reservation`
    flow: String,
    /// A running host, such as `http://127.0.0.1:3000`
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    places: Places,
}

impl Chat {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start("error");
        super::wait_for(Box::pin(self.talk()))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn talk(self) -> anyhow::Result<()> {
        if let Some(url) = self.url.clone() {
            let other = Remote::open(url.trim_end_matches('/'), &self.flow).await?;
            return converse(Other::Remote(Box::new(other))).await;
        }
        // A host of its own forgets the conversation, unless `--data` says where to keep it.
        let scratch = self.places.data.is_none().then(Scratch::new).transpose()?;
        let mut places = self.places;
        places.data = places.data.or_else(|| scratch.as_ref().map(|scratch| scratch.0.clone()));
        let settings = Settings { redis: None, ..places.settings()? };
        let app = App::start(&settings).await?;
        let local = Local::open(&app, &self.flow).await?;
        let talked = converse(Other::Local(Box::new(local))).await;
        app.runtime().shutdown().await;
        app.stop().await?;
        talked
    }
}

/// A folder that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    /// Nobody can guess its name or look into it.
    fn new() -> anyhow::Result<Self> {
        let chance = getrandom::u64().context("draw a name for a temporary folder")?;
        let folder = std::env::temp_dir().join(format!("cicerone-chat-{chance:016x}"));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("make the folder `{}`", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "A temporary folder is left.");
        }
    }
}

/// Who is talked to.
enum Other {
    Local(Box<Local>),
    Remote(Box<Remote>),
}

impl Other {
    /// `seq` of the last event of the greeting.
    const fn begun(&self) -> u64 {
        match self {
            Self::Local(local) => local.begun,
            Self::Remote(remote) => remote.begun,
        }
    }

    /// Sends a text; `seq` of the last event that came of it.
    async fn send(&self, text: String) -> anyhow::Result<u64> {
        match self {
            Self::Local(local) => local.send(text).await,
            Self::Remote(remote) => remote.send(text).await,
        }
    }

    /// The state that the conversation is in, and its context.
    async fn state(&self) -> anyhow::Result<(String, Value)> {
        match self {
            Self::Local(local) => local.state().await,
            Self::Remote(remote) => remote.state().await,
        }
    }

    /// The next events; none when the session is over.
    async fn next(&mut self) -> anyhow::Result<Option<Vec<Value>>> {
        match self {
            Self::Local(local) => local.next().await,
            Self::Remote(remote) => remote.next().await,
        }
    }
}

/// A session on the host inside this process.
struct Local {
    runtime: crate::runtime::Runtime,
    id: SessionId,
    begun: u64,
    feed: Feed,
}

impl Local {
    async fn open(app: &App, flow: &str) -> anyhow::Result<Self> {
        let flow = Choice::Current(flow::Id::from(flow));
        let new = New { flow, id: None, context: Map::new(), time_zone: None };
        let runtime = app.runtime().clone();
        let begun = runtime.create(new, PATIENCE).await?;
        let id = begun.session.id.clone();
        let feed = runtime.follow(&id, Since::Seq(0)).await?;
        let begun = last_seq(begun.events.last());
        Ok(Self { runtime, id, begun, feed })
    }

    async fn send(&self, text: String) -> anyhow::Result<u64> {
        let input = Input::Text { text, message_id: None };
        let answer = self.runtime.input(&self.id, input, PATIENCE).await?;
        Ok(last_seq(answer.events.last()))
    }

    async fn state(&self) -> anyhow::Result<(String, Value)> {
        let session = self.runtime.session(&self.id).await?;
        let frame = session.frame();
        Ok((frame.state.to_string(), Value::Object(Map::clone(&frame.context))))
    }

    async fn next(&mut self) -> anyhow::Result<Option<Vec<Value>>> {
        let Ok(events) = self.feed.next().await else { return Ok(None) };
        let parsed = events.iter().map(|event| serde_json::from_str(&event.json));
        Ok(Some(parsed.collect::<Result<_, _>>()?))
    }
}

fn last_seq(last: Option<&Encoded>) -> u64 {
    last.map_or(0, |event| event.seq)
}

/// The same of an answer as JSON.
fn last_seq_of(answer: &Value) -> u64 {
    let last = answer.get("events").and_then(Value::as_array).and_then(|all| all.last());
    last.and_then(|event| event.get("seq")).and_then(Value::as_u64).unwrap_or(0)
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A session on a running host.
struct Remote {
    http: reqwest::Client,
    session: String,
    begun: u64,
    socket: Socket,
}

impl Remote {
    async fn open(url: &str, flow: &str) -> anyhow::Result<Self> {
        let reach = || format!("reach the host at {url}");
        let http = crate::net::client(url).with_context(reach)?.build().with_context(reach)?;
        let begin = http.post(format!("{url}/api/sessions")).json(&json!({ "flow": flow }));
        let begun = answer(begin, url).await?;
        let text = |field: &str| {
            let text = begun.get(field).and_then(Value::as_str).map(str::to_owned);
            text.ok_or_else(|| anyhow!("read the answer of {url}: it has no `{field}`"))
        };
        let session = format!("{url}/api/sessions/{}", text("session_id")?);
        let (socket, _) = tokio_tungstenite::connect_async(text("ws_url")?)
            .await
            .with_context(|| format!("open a WebSocket to {url}"))?;
        Ok(Self { http, session, begun: last_seq_of(&begun), socket })
    }

    async fn send(&self, text: String) -> anyhow::Result<u64> {
        let input = self.http.post(format!("{}/input", self.session));
        let answer = answer(input.json(&json!({ "text": text })), &self.session).await?;
        Ok(last_seq_of(&answer))
    }

    async fn state(&self) -> anyhow::Result<(String, Value)> {
        let session = answer(self.http.get(&self.session), &self.session).await?;
        let state = session.get("currentState").and_then(Value::as_str).unwrap_or_default();
        Ok((state.to_owned(), session.get("context").cloned().unwrap_or_default()))
    }

    async fn next(&mut self) -> anyhow::Result<Option<Vec<Value>>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Ok(Some(vec![serde_json::from_str(&text)?]));
                }
                Some(Ok(Message::Close(_))) | None => return Ok(None),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).context("read from the host"),
            }
        }
    }
}

/// The JSON of an answer, or what its problem says.
async fn answer(request: reqwest::RequestBuilder, url: &str) -> anyhow::Result<Value> {
    let response = request.send().await.with_context(|| format!("reach the host at {url}"))?;
    let failed = !response.status().is_success();
    let body: Value = response.json().await.context("read the host's answer")?;
    if failed {
        let detail = body.get("detail").and_then(Value::as_str).unwrap_or("the host refused it");
        // What it says may complete *could not …*, which will stand before it.
        match detail.strip_prefix("could not ") {
            Some(rest) => bail!("{rest}"),
            None => bail!("go on: {detail}"),
        }
    }
    Ok(body)
}

async fn converse(mut other: Other) -> anyhow::Result<()> {
    let mut lines = lines();
    let mut screen = Screen::default();
    // The greeting is in the log already.
    while screen.seen < other.begun() {
        let Some(events) = other.next().await? else { return Ok(()) };
        screen.show(&events);
    }
    screen.prompt()?;
    loop {
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
            events = other.next() => match events? {
                Some(events) => screen.show(&events),
                None => return Ok(()),
            },
            line = lines.recv() => match line.as_deref().map(str::trim) {
                None | Some("/quit") => return Ok(()),
                Some("") => screen.prompt()?,
                Some("/state") => {
                    let (state, context) = other.state().await?;
                    note(format_args!("  state {state}, context {context:#}"));
                    screen.prompt()?;
                }
                Some(text) => {
                    screen.echo(text);
                    let last = match other.send(text.to_owned()).await {
                        Ok(last) => last,
                        Err(refused) => {
                            paint::failure(&refused);
                            screen.seen
                        }
                    };
                    while screen.seen < last && !screen.over {
                        let Some(events) = other.next().await? else { return Ok(()) };
                        screen.show(&events);
                    }
                    if screen.over {
                        return Ok(());
                    }
                    screen.prompt()?;
                }
            },
        }
    }
}

/// Lines of standard input, read on a thread that ends with the process.
fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
