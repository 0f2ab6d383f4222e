//! The predecessor's protocol, with a worker as its users have them.

use cicerone::event::ToolErrorKind;
use serde_json::json;

use super::{Host, Language, Running, call, done, error, repository, until};
use crate::redis::server::Server;

const LISTS: &str = "protocol = \"lists\"";

fn worker(host: &Host<'_>) -> Running {
    let file = repository("tests/it/queue/predecessor.py");
    Running::start(Language::Python.runs(&file, &host.server.url(), &host.prefix))
}

#[tokio::test]
async fn a_worker_of_the_predecessor_answers_by_setting_or_by_pushing() {
    let server = Server::start(&[]);
    let host = Host::start(&server, LISTS).await;
    let _worker = worker(&host);
    for push in [false, true] {
        let calls: Vec<_> = (0..16)
            .map(|n| json!({ "what": "double", "n": n, "push": push }))
            .enumerate()
            .map(|(n, args)| call(&format!("{push}.{n}"), args, 30_000))
            .collect();
        let outcomes = futures_util::future::join_all(calls.iter().map(|call| host.call(call)));
        for (n, outcome) in outcomes.await.into_iter().enumerate() {
            assert_eq!(done(outcome), json!({ "n": n * 2, "session": push.to_string() }));
        }
    }
    let failed = error(host.call(&call("s.1", json!({ "what": "refuse" }), 30_000)).await);
    let got = (failed.kind, failed.message.as_str());
    assert_eq!(got, (ToolErrorKind::Tool, "there are none left"));
    assert_eq!(server.run("KEYS tool_*"), "");
    // The shared one, the one that waits, this question's, and the worker's.
    let connections = server.run("CLIENT LIST").lines().count();
    assert!(connections <= 4, "{connections} connections");
}

#[tokio::test]
async fn a_job_of_a_list_that_nobody_took_is_taken_back_and_one_that_was_taken_is_late() {
    let server = Server::start(&[]);
    let host = Host::start(&server, LISTS).await;
    let failed = error(host.call(&call("s.1", json!({}), 600)).await);
    assert_eq!(failed.kind, ToolErrorKind::Unavailable, "{failed:?}");
    assert_eq!(server.run("LLEN tool_queue"), "0");
    let asked = call("s.2", json!({}), 3_000);
    let story = async {
        let mut job = String::new();
        until("there is a job", || {
            job = server.run("RPOP tool_queue");
            !job.is_empty()
        })
        .await;
        serde_json::from_str::<serde_json::Value>(&job).unwrap()
    };
    let (outcome, job) = tokio::join!(host.call(&asked), story);
    assert_eq!(error(outcome).kind, ToolErrorKind::Timeout);
    let about = (&job["session_id"], &job["tool_call_id"], &job["args"], &job["tool"]);
    assert_eq!(about, (&json!("s"), &json!("s.2"), &json!({}), &json!("do")));
    assert!(job["timestamp"].is_number() && job["deadline"].is_number(), "{job}");
}
