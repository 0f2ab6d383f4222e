//! What a turn costs over WebSocket: the release binary under 1, 10 and 100 conversations at once, and what an idle
//! socket costs in memory, each next to a bare WebSocket echo that is loaded and measured in the same way. Started by
//! `cargo xtask bench`. It asserts nothing: CPU and ratios hold, wall times are those of the machine.

mod client;
mod echo;
mod flows;
mod idle;
mod redis;
mod report;
mod server;
mod swaps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use client::{Load, Script};
use redis::Redis;
use report::{Report, Row};
use server::Server;

/// Where a data directory costs no disk: what is left is the host's own work.
const MEMORY: &str = "/dev/shm";

#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
struct Line {
    /// Conversations at once, one run for each; 1, 10 and 100 unless said, with `--redis` also 1000
    #[arg(long, value_delimiter = ',')]
    sessions: Vec<usize>,
    /// With the sessions in a Redis of its own, next to bare loops of the script that stores a turn
    #[arg(long)]
    redis: bool,
    /// Seconds that each run is measured
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Sockets that are opened to measure an idle one; 0 leaves it out
    #[arg(long, default_value_t = 1000)]
    idle: usize,
    /// How soon so many saved versions are live, and how soon three hosts go back; nothing else is measured
    #[arg(long)]
    swaps: Option<usize>,
    /// Only this flow: `ping` or `branch`
    #[arg(long)]
    flow: Option<String>,
    /// Only with data directories in `memory`, which cost no disk, or only on `disk`
    #[arg(long)]
    store: Option<String>,
    /// For programs: one JSON object
    #[arg(long)]
    json: bool,
    /// Be the echo server that the others are compared with
    #[arg(long, hide = true)]
    echo: bool,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.context("start a runtime").and_then(|runtime| {
        runtime.block_on(async {
            match &line {
                Line { echo: true, .. } => echo::serve().await,
                Line { swaps: Some(swaps), json, .. } => swaps::run(*swaps, *json).await,
                Line { redis: true, .. } => on_redis(&line).await,
                line => run(line).await,
            }
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(line: &Line) -> Result<()> {
    let mut report = Report::new(line.json);
    let places = places(line)?;
    let scripts = scripts(line);
    for load in loads(line, &[1, 10, 100]) {
        let echo = measure(&Server::echo()?, None, &flows::ECHO, load).await?;
        report.add(Row { server: "echo", store: "none", taken: echo, reference: echo });
        for (store, place) in &places {
            for script in &scripts {
                let home = home(place)?;
                let server = Server::host(home.path())?;
                let taken = measure(&server, None, script, load).await?;
                report.add(Row { server: script.flow, store, taken, reference: echo });
            }
        }
    }
    if line.idle > 0 {
        let (_, place) = places.first().context("find a place for data")?;
        let home = home(place)?;
        let echo = idle::measure(&Server::echo()?, None, line.idle).await?;
        let host = idle::measure(&Server::host(home.path())?, Some(flows::PING), line.idle).await?;
        report.idle(line.idle, &host, &echo);
    }
    report.finish()
}

/// Each load with the sessions in Redis, after bare loops of the script that stores such a turn.
async fn on_redis(line: &Line) -> Result<()> {
    let mut report = Report::new(line.json);
    for load in loads(line, &[1, 10, 100, 1000]) {
        for script in scripts(line) {
            let redis = Redis::start().await?;
            let home = home(&std::env::temp_dir())?;
            let server = Server::host_on(&redis, home.path())?;
            let like = server.begin(script.flow).await?;
            let mut socket = client::dial(&server, &like).await?;
            client::say(&mut socket, script).await?;
            let bare = redis.bare(&like, load).await?;
            report.add(Row { server: "bare", store: "redis", taken: bare, reference: bare });
            let taken = measure(&server, Some(&redis), script, load).await?;
            report.add(Row { server: script.flow, store: "redis", taken, reference: bare });
        }
    }
    report.finish()
}

fn scripts(line: &Line) -> Vec<&'static Script> {
    let wanted = |script: &&Script| line.flow.as_deref().is_none_or(|only| only == script.flow);
    flows::SCRIPTS.iter().filter(wanted).collect()
}

fn loads(line: &Line, default: &[usize]) -> Vec<Load> {
    let sessions = if line.sessions.is_empty() { default } else { &line.sessions };
    let measured = Duration::from_secs(line.seconds);
    sessions.iter().map(|&sessions| Load { sessions, measured }).collect()
}

async fn measure(
    server: &Server,
    redis: Option<&Redis>,
    script: &'static Script,
    load: Load,
) -> Result<client::Taken> {
    client::run(server, redis, script, load)
        .await
        .with_context(|| format!("measure `{}` with {} conversations", script.flow, load.sessions))
}

/// Where data directories are made: in memory, if there is such a place, and on disk.
fn places(line: &Line) -> Result<Vec<(&'static str, PathBuf)>> {
    let memory = ("memory", PathBuf::from(MEMORY));
    let disk = ("disk", PathBuf::from(env!("CARGO_TARGET_TMPDIR")));
    let wanted = |name: &str| line.store.as_deref().is_none_or(|only| only == name);
    let mut places = vec![memory, disk];
    places.retain(|(name, place)| wanted(name) && place.is_dir());
    ensure!(!places.is_empty(), "find a place for data; `--store` is `memory` or `disk`");
    Ok(places)
}

/// A new directory with the flows.
fn home(place: &Path) -> Result<tempfile::TempDir> {
    let home = tempfile::Builder::new().prefix("cicerone-bench-").tempdir_in(place)?;
    flows::write(home.path())?;
    Ok(home)
}
