//! Looks after jobs that workers left lying: the one that was handed out as often as it may be is put among the dead
//! letters, and whoever waits for it is told. All hosts do it; who comes first has done it for all.

use std::time::Duration;

use redis::Cmd;
use serde_json::json;
use tracing::{debug, warn};

use super::desk::{Desk, Task};
use super::streams::Streams;
use crate::link::Patience;

/// Between two looks: half the time that a silent worker has, within these.
const EVERY_MIN: Duration = Duration::from_millis(200);
const EVERY_MAX: Duration = Duration::from_secs(15);

/// Where the answer goes, the call's id, how often the job was handed out.
type Buried = (String, String, u64);

pub(super) fn start(streams: Streams, tools: Vec<String>, desk: Desk) -> Task {
    Task::start(async move {
        let every = (streams.visibility / 2).clamp(EVERY_MIN, EVERY_MAX);
        loop {
            tokio::time::sleep(every).await;
            for tool in &tools {
                look(&streams, tool, &desk).await;
            }
        }
    })
}

async fn look(streams: &Streams, tool: &str, desk: &Desk) {
    let bury = streams.bury(desk.link().keys(), tool);
    let buried: Vec<Buried> = match desk.link().call(&bury, Patience::Untouched).await {
        Ok(buried) => buried,
        Err(error) => {
            debug!(tool, %error, "It could not be seen whether workers left jobs lying.");
            return;
        }
    };
    for (reply, call, deliveries) in buried {
        warn!(tool, call, deliveries, "A job is among the dead letters: no worker finished it.");
        if !reply.is_empty() {
            desk.errand(answer(&reply, &call, deliveries));
        }
    }
}

/// To the host that waits, which may be another.
fn answer(reply: &str, call: &str, deliveries: u64) -> Cmd {
    let message = format!("no worker finished the job, which was handed out {deliveries} times");
    let error = json!({ "code": "dead_letter", "message": message });
    let mut add = redis::cmd("XADD");
    add.arg(reply).arg("NOMKSTREAM").arg("*");
    add.arg("id").arg(call).arg("error").arg(error.to_string());
    add
}
