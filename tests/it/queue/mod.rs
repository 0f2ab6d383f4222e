//! Tools of workers, at the registry's door: real workers in Python and Node at a real Redis, and what becomes of a job
//! when workers, hosts or Redis are not as they should be.

mod streams;
mod failing;
mod lists;
mod refused;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cicerone::clock::Clock;
use cicerone::engine::{Call, Outcome};
use cicerone::event::{CallId, ToolError};
use cicerone::link::{Keys, Link, Options as LinkOptions};
use cicerone::manifest::{Grant, Manifest, digest};
use cicerone::tool::{Desk, Error, Options, Queue, Registry};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::redis::options;
use crate::redis::server::Server;

/// For whatever must happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// In which a worker is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Language {
    Python,
    Node,
}

pub(crate) const BOTH: [Language; 2] = [Language::Python, Language::Node];

impl Language {
    /// What runs this worker, with the client of Redis that `cargo xtask test` has put there.
    pub(crate) fn runs(self, worker: &Path, server: &str, prefix: &str) -> Command {
        let installed = repository("target");
        let program = match self {
            Self::Python => installed.join("python/bin/python"),
            Self::Node => PathBuf::from("node"),
        };
        let there = match self {
            Self::Python => program.clone(),
            Self::Node => installed.join("node/node_modules/redis"),
        };
        assert!(there.exists(), "no client of Redis for {self:?}; `cargo xtask test` installs it");
        let mut command = Command::new(program);
        command.arg(worker).stdin(Stdio::null());
        command.env("NODE_PATH", installed.join("node/node_modules"));
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("REDIS_URL", server).env("CICERONE_PREFIX", prefix);
        command
    }

    fn sdk(self) -> PathBuf {
        repository(match self {
            Self::Python => "sdk/queue/python",
            Self::Node => "sdk/queue/node",
        })
    }
}

fn repository(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

/// A process that is killed when it goes out of scope.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// How it ended; within a time in which it must have.
    async fn ended(&mut self) -> std::process::ExitStatus {
        let mut status = None;
        until("a worker ends", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }

    pub(crate) async fn stopped(mut self) -> std::process::ExitStatus {
        let kill = format!("kill -TERM {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.ended().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }
}

/// Waits until something is so.
async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let look = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, look).await.unwrap_or_else(|_| panic!("{what}: not in time"));
}

/// What a plugin of these tests says in `[queue]` and for its tool.
fn manifest(queue: &str, tool: &str) -> String {
    format!(
        "[plugin]\nname = \"testing\"\nversion = \"1.0.0\"\nkind = \"queue\"\n[queue]\n{queue}\n[limits]\n\
         timeout = \"40s\"\noutput = \"1KiB\"\n[[tool]]\nname = \"do\"\ndescription = \"Does it.\"\n\
         input_schema = {{ type = \"object\" }}\n{tool}\n"
    )
}

fn granted(text: &str) -> Grant {
    toml::from_str(text).unwrap()
}

fn open(text: &str, grant: &str, desk: Option<&Desk>) -> Result<Queue, Error> {
    let Manifest::Queue(manifest) = Manifest::parse(text)? else { panic!("not of workers") };
    Queue::open(*manifest, &digest(text), &granted(grant), desk)
}

/// A host with the one tool `testing/do` at a Redis, under a prefix of its own.
struct Host<'a> {
    server: &'a Server,
    prefix: String,
    desk: Desk,
    registry: Registry,
}

/// Where a short time without a worker's word is enough.
const SHORT: &str = "visibility = \"1s\"\nmax_deliveries = 2";

impl<'a> Host<'a> {
    async fn start(server: &'a Server, queue: &str) -> Self {
        Self::with(server, options(&server.url()), queue, "").await
    }

    async fn with(server: &'a Server, options: LinkOptions, queue: &str, tool: &str) -> Self {
        let prefix = options.prefix.clone();
        let desk = Desk::open(Link::open(options).await.unwrap());
        let grant = "queue = [\"streams\", \"lists:tool_queue\"]";
        let queue = open(&manifest(queue, tool), grant, Some(&desk)).unwrap();
        let registry = Registry::new(Options::default());
        registry.replace_queue(&queue).unwrap();
        Self { server, prefix, desk, registry }
    }

    fn worker(&self, language: Language) -> Running {
        self.worker_at(language, &self.server.url())
    }

    fn worker_at(&self, language: Language, url: &str) -> Running {
        let file = match language {
            Language::Python => "tests/it/queue/worker.py",
            Language::Node => "tests/it/queue/worker.js",
        };
        let mut command = language.runs(&repository(file), url, &self.prefix);
        Running::start({
            command.env("SDK", language.sdk()).stderr(Stdio::null());
            command
        })
    }

    fn key(&self, name: &str) -> String {
        Keys::new(&self.prefix).of("q:testing", name)
    }

    /// What `redis-cli` says.
    fn redis(&self, line: &str) -> String {
        self.server.run(line)
    }

    async fn call(&self, call: &Call) -> Outcome {
        self.cancellable(call, &CancellationToken::new()).await
    }

    async fn cancellable(&self, call: &Call, cancelled: &CancellationToken) -> Outcome {
        let work = self.registry.call(call, cancelled);
        tokio::time::timeout(DEADLINE, work).await.expect("an outcome in time")
    }

    /// Until a worker has begun the call this often.
    async fn begun(&self, call: &Call, times: &str) {
        let line = format!("HGET {}:runs {}", self.prefix, call.id);
        until("a worker begins", || self.redis(&line) == times).await;
    }

    /// Until no job is there any more.
    async fn empty(&self) {
        let line = format!("XLEN {}", self.key("jobs:do"));
        until("the jobs are gone", || self.redis(&line) == "0").await;
    }
}

/// One attempt at a call with these arguments, for so long.
fn call(id: &str, args: Value, timeout_ms: u64) -> Call {
    let call = crate::tool::call("testing/do", args);
    let mut retry = call.retry;
    retry.max_attempts = 1;
    let deadline = Clock::System.now().plus_millis(timeout_ms);
    Call { id: CallId::from(id), timeout_ms, retry, deadline, ..call }
}

fn double(id: &str, n: u64) -> Call {
    call(id, json!({ "what": "double", "n": n }), 30_000)
}

#[track_caller]
fn done(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Done(done) => done.result,
        Outcome::Failed(error) => panic!("no result: {error:?}"),
    }
}

#[track_caller]
fn error(outcome: Outcome) -> ToolError {
    match outcome {
        Outcome::Failed(error) => error,
        Outcome::Done(done) => panic!("no failure: {done:?}"),
    }
}
