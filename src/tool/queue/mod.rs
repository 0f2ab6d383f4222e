//! Tools of workers that take their jobs from Redis: a job is handed in, an answer comes back to this host or the time
//! is over. Which worker it was, and whether it was the first that tried, is the queue's affair; nothing here runs a job.

mod answer;
mod desk;
mod lists;
mod streams;
mod tidy;

use std::sync::Arc;
use std::time::Duration;

use redis::Cmd;
use tokio::time::Instant;

pub use desk::Desk;

use super::entry::Backend;
use super::{Answer, Error, Failure, Registry, declared};
use crate::clock::Clock;
use crate::engine::Call;
use crate::event::{ToolError, ToolErrorKind};
use crate::manifest::{self, CallLimits, Declared, Grant, Jobs, Protocol, quoted};
use streams::Streams;

/// The largest job and answer, whatever the author asks for; bytes.
const BYTES_MAX: u64 = 4 << 20;

/// How long what nobody took back is kept on top of a call's time.
const KEPT: Duration = Duration::from_secs(60);

/// A plugin whose tools are done by workers, ready to be called.
#[derive(Debug)]
pub struct Queue {
    name: String,
    limits: CallLimits,
    tools: Vec<Declared>,
    workers: Arc<Workers>,
}

/// How a plugin's jobs reach its workers.
#[derive(Debug)]
struct Workers {
    plugin: String,
    /// None in a host without Redis.
    desk: Option<Desk>,
    way: Way,
    args_max: u64,
    output_max: u64,
    /// Ends with the last call on these settings.
    _tidying: Option<desk::Task>,
}

#[derive(Debug)]
enum Way {
    Streams(Streams),
    Lists(Jobs),
}

/// One tool of workers.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    workers: Arc<Workers>,
    name: Arc<str>,
}

/// One attempt at a call, as workers get it.
#[derive(Debug)]
struct Job<'a> {
    tool: &'a str,
    call: &'a Call,
    attempt: u32,
    /// JSON.
    args: String,
    deadline: Instant,
    /// The same on the clock of the world, milliseconds since 1970.
    until: i64,
}

impl Queue {
    /// Gives a plugin what it asks for, as far as the operator grants it. `digest` is that of its `plugin.toml`. Without a
    /// desk its tools are offered and cannot be called. Hands in nothing.
    ///
    /// # Errors
    /// [`Error`] with what to do about it.
    pub fn open(
        manifest: manifest::Queue,
        digest: &str,
        grant: &Grant,
        desk: Option<&Desk>,
    ) -> Result<Self, Error> {
        let manifest::Queue { name, version: _, jobs, limits, tools } = manifest;
        granted(&name, &jobs, digest, grant)?;
        if jobs.protocol == Protocol::Lists && desk.is_some_and(|desk| desk.link().is_cluster()) {
            let why = "[queue]: `protocol = \"lists\"` needs one Redis, because the key of each answer lies somewhere \
                       else in a Cluster; use streams";
            return Err(manifest::Error::Written(why.to_owned()).into());
        }
        let way = match jobs.protocol {
            Protocol::Lists => Way::Lists(jobs),
            Protocol::Streams => Way::Streams(Streams::new(&name, &jobs, limits.timeout.0)),
        };
        let tidying = match (&way, desk) {
            (Way::Streams(streams), Some(desk)) => {
                let names = tools.iter().map(|tool| tool.name.clone()).collect();
                Some(tidy::start(streams.clone(), names, desk.clone()))
            }
            _ => None,
        };
        let workers = Arc::new(Workers {
            plugin: name.clone(),
            desk: desk.cloned(),
            way,
            args_max: limits.args.0.min(BYTES_MAX),
            output_max: limits.output.0.min(BYTES_MAX),
            _tidying: tidying,
        });
        Ok(Self { name, limits, tools, workers })
    }

    /// Whether its tools can be called.
    #[must_use]
    pub fn has_desk(&self) -> bool {
        self.workers.desk.is_some()
    }
}

fn granted(plugin: &str, jobs: &Jobs, digest: &str, grant: &Grant) -> Result<(), Error> {
    let place = jobs.place();
    if grant.is_as_requested(plugin, digest)? || grant.queue.contains(&place) {
        return Ok(());
    }
    let lines = format!("queue = [{}]", quoted([place.as_str()]));
    Err(manifest::Error::Grant { plugin: plugin.to_owned(), lines }.into())
}

impl Registry {
    /// Takes the tools of workers in place of those that the plugin had before; running calls end on the old ones.
    ///
    /// # Errors
    /// [`Error`] when a schema of one of its tools is none; then nothing is replaced.
    pub fn replace_queue(&self, queue: &Queue) -> Result<(), Error> {
        let entry = |tool: &Declared| {
            let (workers, name) = (Arc::clone(&queue.workers), tool.name.as_str().into());
            let backend = Backend::Queue(Tool { workers, name });
            declared::entry(&queue.name, tool, &queue.limits, backend, &self.options)
        };
        let entries = queue.tools.iter().map(entry).collect::<Result<_, _>>()?;
        self.replace(&queue.name, entries);
        Ok(())
    }
}

impl Tool {
    pub(super) async fn call(
        &self,
        call: &Call,
        attempt: u32,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let workers = &self.workers;
        let desk = workers.desk()?;
        let job = Job::new(&self.name, call, attempt, deadline, workers.args_max)?;
        let reply = match &workers.way {
            Way::Streams(streams) => streams.call(desk, &job).await?,
            Way::Lists(jobs) => lists::call(jobs, desk, &job).await?,
        };
        reply.read(workers.output_max)
    }
}

impl Workers {
    fn desk(&self) -> Result<&Desk, Failure> {
        self.desk.as_ref().ok_or_else(|| {
            let why = format!(
                "the workers of plugin `{}` take their jobs from Redis, and this host has none; start it with `--redis \
                 redis://…` or set `REDIS_URL`",
                self.plugin
            );
            let error = ToolError::new(ToolErrorKind::Unavailable, why);
            let error = ToolError { retryable: false, ..error };
            Failure::of_host(error)
        })
    }
}

impl<'a> Job<'a> {
    fn new(
        tool: &'a str,
        call: &'a Call,
        attempt: u32,
        deadline: Instant,
        max: u64,
    ) -> Result<Self, Failure> {
        let failed = |why: String| Failure::before_start(ToolErrorKind::Limit, why);
        let args = serde_json::to_string(&call.args).map_err(|error| failed(error.to_string()))?;
        if u64::try_from(args.len()).unwrap_or(u64::MAX) > max {
            let why = format!("the arguments have {} bytes; the tool takes {max}", args.len());
            return Err(failed(why));
        }
        // The time of the world and not of the conversation: workers look at their own clock.
        let left = deadline.saturating_duration_since(Instant::now());
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let until = Clock::System.now().plus_millis(left).as_millis();
        Ok(Self { tool, call, attempt, args, deadline, until })
    }

    fn id(&self) -> &str {
        self.call.id.as_str()
    }

    /// When it is too late to wait on: what is left is for taking the job back.
    fn patience(&self) -> Instant {
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        now + left - (left / 4).min(Duration::from_millis(250))
    }

    /// How long the mark that it was handed in is kept: until it has been taken back, also by a Redis that is slow.
    fn mark_millis(&self) -> u64 {
        let kept = self.deadline.saturating_duration_since(Instant::now()) + KEPT;
        u64::try_from(kept.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A call of one of our scripts.
fn eval(script: &str, keys: &[&str]) -> Cmd {
    let mut command = redis::cmd("EVAL");
    command.arg(script).arg(keys.len());
    keys.iter().for_each(|key| {
        command.arg(*key);
    });
    command
}

fn full(length: u64) -> Failure {
    let why = format!("{length} jobs wait for its workers already; are they running?");
    Failure::before_start(ToolErrorKind::Unavailable, why)
}

fn not_handed_in(why: &str) -> Failure {
    Failure::new(ToolErrorKind::Unavailable, format!("the job could not be handed in: {why}"))
}

/// Nobody answered in time.
fn too_late(untouched: bool) -> Failure {
    if untouched {
        let why = "no worker took the job in time; is one running?";
        return Failure::before_start(ToolErrorKind::Unavailable, why);
    }
    Failure::new(ToolErrorKind::Timeout, "the tool's worker took too long")
}
