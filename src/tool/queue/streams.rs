//! The protocol of streams: each tool's jobs are a stream with a consumer group, an answer is an entry in the stream of
//! the host that asked. docs/queue-tools.md tells workers what lies where.

use std::time::Duration;

use redis::Cmd;
use tokio::time::timeout_at;

use super::answer::Reply;
use super::desk::{Desk, Errand};
use super::{Job, KEPT, eval, full, not_handed_in, too_late};
use crate::clock::Clock;
use crate::link::{Keys, Patience};
use crate::manifest::Jobs;
use crate::tool::Failure;

const SEND: &str = include_str!("lua/send.lua");
const WITHDRAW: &str = include_str!("lua/withdraw.lua");
const BURY: &str = include_str!("lua/bury.lua");

/// Dead letters of one tool that are kept.
const DEAD_MAX: u64 = 1_000;

/// A plugin's streams.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    /// What its keys have in common, and with them the slot in a Cluster.
    place: String,
    group: String,
    pub(super) visibility: Duration,
    max_deliveries: u32,
    length: u64,
    /// After this long no job is of use to anybody.
    kept: Duration,
}

impl Streams {
    pub(super) fn new(plugin: &str, jobs: &Jobs, timeout: Duration) -> Self {
        Self {
            place: format!("q:{plugin}"),
            group: jobs.group().to_owned(),
            visibility: jobs.visibility(),
            max_deliveries: jobs.max_deliveries(),
            length: jobs.length,
            kept: timeout.saturating_add(KEPT),
        }
    }

    /// Hands in a job and waits for its answer. The job is taken back when nobody waits for it any more, however that
    /// came.
    pub(super) async fn call(&self, desk: &Desk, job: &Job<'_>) -> Result<Reply, Failure> {
        let patience = job.patience();
        let ticket = desk.streams().expect(job.id());
        let answers = match timeout_at(patience, desk.answers()).await {
            Ok(answers) => answers,
            Err(_elapsed) => return Err(not_handed_in("Redis does not answer")),
        };
        let keys = desk.link().keys();
        let jobs = self.jobs(keys, job.tool);
        let mark = keys.of(&self.place, &desk.mark());
        let mut withdraw = eval(WITHDRAW, &[&jobs, &mark]);
        withdraw.arg(&self.group);
        let errand = Errand::new(desk, withdraw);
        let send = self.send(&[&jobs, &mark], job, answers);
        match timeout_at(patience, desk.link().call(&send, Patience::Deadline)).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Err(full(self.length)),
            Ok(Err(why)) => return Err(not_handed_in(&why.to_string())),
            Err(_elapsed) => return Err(not_handed_in("Redis did not answer in time")),
        }
        match timeout_at(patience, ticket.reply()).await {
            Ok(reply) => Ok(reply),
            Err(_elapsed) => Err(too_late(errand.run(job.deadline).await)),
        }
    }

    fn send(&self, keys: &[&str], job: &Job<'_>, answers: &str) -> Cmd {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let oldest = Clock::System.now().as_millis().saturating_sub(millis(self.kept)).max(0);
        let mut send = eval(SEND, keys);
        send.arg(&self.group).arg(self.length).arg(oldest).arg(job.mark_millis());
        send.arg("id").arg(job.id()).arg("tool").arg(job.tool);
        send.arg("session_id").arg(job.call.id.session()).arg("args").arg(&job.args);
        send.arg("attempt").arg(job.attempt).arg("deadline").arg(job.until);
        send.arg("visibility").arg(millis(self.visibility));
        send.arg("max_deliveries").arg(self.max_deliveries).arg("reply").arg(answers);
        send
    }

    /// What puts a tool's jobs that nobody finishes among the dead letters.
    pub(super) fn bury(&self, keys: &Keys, tool: &str) -> Cmd {
        let dead = keys.of(&self.place, &format!("dead:{tool}"));
        let mut bury = eval(BURY, &[&self.jobs(keys, tool), &dead]);
        bury.arg(&self.group).arg(u64::try_from(self.visibility.as_millis()).unwrap_or(u64::MAX));
        bury.arg(self.max_deliveries).arg(Clock::System.now().as_millis()).arg(DEAD_MAX);
        bury
    }

    fn jobs(&self, keys: &Keys, tool: &str) -> String {
        keys.of(&self.place, &format!("jobs:{tool}"))
    }
}
