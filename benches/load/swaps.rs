//! How soon a saved flow is live, and how soon three hosts have gone back to a version: from the file's rename, or the
//! request, to the first session that begins on it. With `--swaps N`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{self, Script};
use crate::redis::Redis;
use crate::report;
use crate::server::Server;

const FLOW: &str = "marked";
const STATES: usize = 200;
const HOSTS: usize = 3;

/// A version that is not live by then never will be.
const LIVE_MAX: Duration = Duration::from_secs(20);

const TALK: Script = Script { flow: FLOW, texts: ["next", "next"], last: r#""type":"ask""# };

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Taken {
    pub(crate) what: &'static str,
    /// Conversations that went on meanwhile.
    pub(crate) sessions: usize,
    pub(crate) swaps: usize,
    /// Turns that they took meanwhile; one that fails ends the measurement.
    pub(crate) turns: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) max_ms: f64,
}

/// All of it: alone, under load, and three hosts.
pub(crate) async fn run(swaps: usize, json: bool) -> Result<()> {
    ensure!(swaps > 1, "measure with less than 2 `--swaps`");
    let mut all = Vec::new();
    for sessions in [0, 50] {
        all.push(saved(swaps, sessions).await?);
    }
    all.push(gone_back(swaps.min(100)).await?);
    report::swaps(&all, json)
}

/// Saves version after version and waits for each.
async fn saved(swaps: usize, sessions: usize) -> Result<Taken> {
    let home = home()?;
    let server = Server::host(home.path())?;
    live(&server, 0).await?;
    let (over, turns) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut talks = JoinSet::new();
    for _ in 0..sessions {
        let socket = client::dial(&server, &server.begin(FLOW).await?).await?;
        talks.spawn(talk(socket, Arc::clone(&over), Arc::clone(&turns)));
    }
    let mut times = Vec::with_capacity(swaps);
    for mark in 1..=swaps {
        let begun = Instant::now();
        save(home.path(), mark)?;
        live(&server, mark).await?;
        times.push(begun.elapsed());
    }
    over.store(true, Ordering::Relaxed);
    while let Some(talk) = talks.join_next().await {
        talk.context("run a conversation")??;
    }
    taken(("save → live", sessions, turns.load(Ordering::Relaxed)), times)
}

/// Hosts on one Redis: one publishes by its file, another goes back, and all must follow.
async fn gone_back(swaps: usize) -> Result<Taken> {
    let redis = Redis::start().await?;
    let homes: Vec<_> = (0..HOSTS).map(|_| home()).collect::<Result<_>>()?;
    let hosts: Vec<Server> =
        homes.iter().map(|home| Server::host_on(&redis, home.path())).collect::<Result<_>>()?;
    let [first, second, ..] = hosts.as_slice() else { bail!("start {HOSTS} hosts") };
    let home = homes.first().context("find a home")?;
    let version = begun(first).await?.1;
    let mut times = Vec::with_capacity(swaps);
    for mark in 1..=swaps {
        save(home.path(), mark)?;
        for host in &hosts {
            live(host, mark).await?;
        }
        let asked = Instant::now();
        second.post(&format!("/api/flows/{FLOW}/rollback"), &json!({ "version": version })).await?;
        for host in &hosts {
            live(host, 0).await?;
        }
        times.push(asked.elapsed());
        // The file that the next version is saved over is the one that the host has written by then.
        written(home.path(), 0).await?;
    }
    taken(("rollback on 3 hosts", 0, 0), times)
}

/// Waits until new sessions begin on this version.
async fn live(server: &Server, mark: usize) -> Result<()> {
    let asked = Instant::now();
    let expected = said(mark);
    while begun(server).await?.0 != expected {
        ensure!(asked.elapsed() < LIVE_MAX, "begin on version {mark} within {LIVE_MAX:?}");
    }
    Ok(())
}

/// What a new session is told first, and its version.
async fn begun(server: &Server) -> Result<(String, String)> {
    let begun = server.post("/api/sessions", &json!({ "flow": FLOW })).await?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let events = begun.get("events").and_then(Value::as_array);
    let told = events.into_iter().flatten().find_map(|event| text(event.get("text")));
    let version = text(begun.get("version"));
    Ok((told.context("find what is said")?, version.context("find the version")?))
}

async fn talk(
    mut socket: client::Socket,
    over: Arc<AtomicBool>,
    turns: Arc<AtomicUsize>,
) -> Result<()> {
    client::say(&mut socket, &TALK).await?;
    while !over.load(Ordering::Relaxed) {
        client::again(&mut socket, &TALK).await?;
        turns.fetch_add(1, Ordering::Relaxed);
        // People think; a loop without a pause would measure how a processor is shared.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn written(home: &Path, mark: usize) -> Result<()> {
    let asked = Instant::now();
    while !fs::read_to_string(file(home))?.contains(&format!("\"{}\"", said(mark))) {
        ensure!(asked.elapsed() < LIVE_MAX, "find version {mark} in the file in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn taken(
    (what, sessions, turns): (&'static str, usize, usize),
    mut times: Vec<Duration>,
) -> Result<Taken> {
    times.sort_unstable();
    let swaps = times.len();
    let at = |percent: usize| {
        let place = (swaps * percent / 100).min(swaps.saturating_sub(1));
        times.get(place).map(|time| time.as_secs_f64() * 1e3).context("find a time")
    };
    Ok(Taken { what, sessions, swaps, turns, p50_ms: at(50)?, p95_ms: at(95)?, max_ms: at(100)? })
}

fn home() -> Result<tempfile::TempDir> {
    let home = tempfile::Builder::new().prefix("cicerone-swaps-").tempdir()?;
    fs::create_dir(home.path().join("flows"))?;
    save(home.path(), 0)?;
    Ok(home)
}

fn file(home: &Path) -> std::path::PathBuf {
    home.join("flows").join(format!("{FLOW}.json"))
}

/// As an editor saves: beside it, and then in its place.
fn save(home: &Path, mark: usize) -> Result<()> {
    let beside = home.join("flows").join(".saving");
    fs::write(&beside, marked(mark).to_string())?;
    fs::rename(beside, file(home)).context("save the flow")
}

fn said(mark: usize) -> String {
    format!("v{mark}")
}

/// A flow of many states that says which version it is.
fn marked(mark: usize) -> Value {
    let state = |number: usize| {
        let next = format!("S{}", (number + 1) % STATES);
        let state = json!({
            "onEnter": [{ "ask": said(mark) }],
            "transitions": [
                { "pattern": "next", "to": next, "when": "ctx.n >= 0", "assign": { "n": "{{ctx.n + 1}}" } },
                { "onIntent": "HELP", "say": "Say `next`." }
            ]
        });
        (format!("S{number}"), state)
    };
    let states: serde_json::Map<String, Value> = (0..STATES).map(state).collect();
    json!({
        "meta": { "name": "Marked" }, "start": "S0", "context": { "n": 0 },
        "intents": { "HELP": { "examples": ["help", "what can I say", "I do not understand"] } },
        "states": states
    })
}
