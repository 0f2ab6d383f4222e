//! The list protocol of `EventBus` FSM: a job is pushed onto a list, the answer lies under `tool_response:<id>`, as a list
//! that is pushed to or as a text that is set. One connection waits for all calls; texts, for which Redis lets nobody
//! wait, are looked for all at once while somebody waits, and never when nobody does.

use std::sync::Arc;
use std::time::Duration;

use redis::Cmd;
use serde_json::json;
use tokio::time::timeout_at;
use tracing::{debug, warn};

use super::answer::Reply;
use super::desk::{Desk, Errand, Waiting};
use super::{Job, eval, full, not_handed_in, too_late};
use crate::clock::Clock;
use crate::link::{Connection, Link, Patience, Purpose};
use crate::manifest::Jobs;
use crate::tool::Failure;

const PUSH: &str = include_str!("lua/push.lua");
const TAKE_BACK: &str = include_str!("lua/take_back.lua");

/// What the key of an answer begins with.
const ANSWER: &str = "tool_response:";

/// Between two looks for answers that were set: soon after a call came, less often when it takes long.
const PACE_MIN: Duration = Duration::from_millis(10);
const PACE_MAX: Duration = Duration::from_millis(200);

/// Between two attempts at a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What wakes the reader is gone after this, should there be none.
const WAKE_SECONDS: u64 = 10;

/// Hands in a job and waits for its answer.
pub(super) async fn call(jobs: &Jobs, desk: &Desk, job: &Job<'_>) -> Result<Reply, Failure> {
    let patience = job.patience();
    let ticket = desk.lists().expect(job.id());
    let list = jobs.list(job.tool);
    let mark = desk.link().keys().of("q", &desk.mark());
    let text = text(job);
    let mut take_back = eval(TAKE_BACK, &[&list, &mark]);
    take_back.arg(&text);
    let errand = Errand::new(desk, take_back);
    let mut push = eval(PUSH, &[&list, &mark]);
    push.arg(jobs.length).arg(job.mark_millis()).arg(&text);
    match timeout_at(patience, desk.link().call(&push, Patience::Deadline)).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => return Err(full(jobs.length)),
        Ok(Err(why)) => return Err(not_handed_in(&why.to_string())),
        Err(_elapsed) => return Err(not_handed_in("Redis did not answer in time")),
    }
    wake(desk);
    match timeout_at(patience, ticket.reply()).await {
        Ok(reply) => Ok(reply),
        Err(_elapsed) => Err(too_late(errand.run(job.deadline).await)),
    }
}

/// The job as the predecessor's workers know it, with what ours may want to know besides.
fn text(job: &Job<'_>) -> String {
    json!({
        "session_id": job.call.id.session(),
        "tool_call_id": job.id(),
        "args": job.call.args,
        "timestamp": Clock::System.now().as_millis(),
        "tool": job.tool,
        "deadline": job.until,
    })
    .to_string()
}

/// Has the reader wait for one more.
fn wake(desk: &Desk) {
    let mut push = redis::cmd("LPUSH");
    push.arg(desk.wake()).arg(1);
    desk.errand(push);
    let mut expire = redis::cmd("EXPIRE");
    expire.arg(desk.wake()).arg(WAKE_SECONDS);
    desk.errand(expire);
}

/// Takes answers as long as somebody waits for one.
pub(super) async fn read(link: Link, wake: String, waiting: Arc<Waiting>) {
    let mut told = false;
    loop {
        match link.connect(&Purpose::Waits(PACE_MAX)).await {
            Ok(mut connection) => {
                told = false;
                if let Err(error) = serve(&link, &mut connection, &wake, &waiting).await {
                    debug!(%error, "The connection for workers' answers ended.");
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    warn!(%error, "The answers of workers do not come in.");
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn serve(
    link: &Link,
    connection: &mut Connection,
    wake: &str,
    waiting: &Waiting,
) -> Result<(), redis::RedisError> {
    let mut pace = PACE_MIN;
    loop {
        let calls = waiting.calls();
        if calls.is_empty() {
            waiting.more.notified().await;
            pace = PACE_MIN;
            continue;
        }
        take_texts(link, connection, &calls, waiting).await?;
        let popped: Result<Option<(String, Vec<u8>)>, _> =
            pop(wake, &calls, pace).query_async(connection).await;
        pace = PACE_MAX.min(pace * 2);
        match popped {
            Ok(Some((key, value))) => match key.strip_prefix(ANSWER) {
                Some(call) => waiting.give(call, Reply::Text(value)),
                None => pace = PACE_MIN,
            },
            // One of them is a text; it is taken with the next look.
            Err(error) if error.code() == Some("WRONGTYPE") => {}
            Ok(None) => {}
            Err(error) => return Err(error),
        }
    }
}

fn pop(wake: &str, calls: &[String], time: Duration) -> Cmd {
    let mut pop = redis::cmd("BLPOP");
    pop.arg(wake);
    calls.iter().for_each(|call| {
        pop.arg(format!("{ANSWER}{call}"));
    });
    pop.arg(time.as_secs_f64());
    pop
}

/// Answers that were set, as the predecessor's workers do it.
async fn take_texts(
    link: &Link,
    connection: &mut Connection,
    calls: &[String],
    waiting: &Waiting,
) -> Result<(), redis::RedisError> {
    let mut look = redis::cmd("MGET");
    calls.iter().for_each(|call| {
        look.arg(format!("{ANSWER}{call}"));
    });
    let found: Vec<Option<Vec<u8>>> = look.query_async(connection).await?;
    for (call, text) in calls.iter().zip(found) {
        let Some(text) = text else { continue };
        let mut delete = redis::cmd("DEL");
        delete.arg(format!("{ANSWER}{call}"));
        let gone = link.call::<bool>(&delete, Patience::Deadline).await;
        if let Err(error) = gone {
            debug!(call, %error, "An answer stays where it was; whoever set it says for how long.");
        }
        waiting.give(call, Reply::Text(text));
    }
    Ok(())
}
