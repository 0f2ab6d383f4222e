//! Jobs that workers do, refuse, fail at, and leave lying.

use cicerone::event::ToolErrorKind;
use serde_json::json;

use super::{BOTH, Host, Language, SHORT, call, done, double, error};
use crate::redis::server::Server;
use crate::redis::shared;

#[tokio::test]
async fn workers_of_both_languages_answer_refuse_and_fail() {
    for language in BOTH {
        let host = Host::start(shared(), SHORT).await;
        let worker = host.worker(language);
        assert_eq!(done(host.call(&double("s.1", 21)).await), json!({ "n": 42 }));
        let refused = error(host.call(&call("s.2", json!({ "what": "refuse" }), 30_000)).await);
        assert_eq!((refused.kind, refused.retryable), (ToolErrorKind::Tool, false), "{refused:?}");
        assert_eq!(refused.code.as_deref(), Some("sold_out"));
        let failed = error(host.call(&call("s.3", json!({ "what": "fail" }), 30_000)).await);
        assert_eq!(failed.code.as_deref(), Some("worker_failed"), "{failed:?}");
        assert!(failed.retryable);
        // Many at once need no more connections than one.
        let calls: Vec<_> = (0..16).map(|n| double(&format!("t.{n}"), n)).collect();
        let outcomes = futures_util::future::join_all(calls.iter().map(|call| host.call(call)));
        for (n, outcome) in outcomes.await.into_iter().enumerate() {
            assert_eq!(done(outcome), json!({ "n": n * 2 }));
        }
        host.empty().await;
        assert!(worker.stopped().await.success(), "{language:?} stops when it is asked to");
        assert_eq!(host.desk.late_answers(), 0);
    }
}

#[tokio::test]
async fn the_job_of_a_worker_that_dies_is_done_by_another() {
    for (first, second) in [(Language::Python, Language::Node), (Language::Node, Language::Python)]
    {
        let host = Host::start(shared(), SHORT).await;
        let waits = call("s.1", json!({ "what": "wait" }), 40_000);
        let work = host.call(&waits);
        let story = async {
            let dies = host.worker(first);
            host.begun(&waits, "1").await;
            drop(dies);
            let worker = host.worker(second);
            host.begun(&waits, "2").await;
            host.redis(&format!("SET {}:go 1", host.prefix));
            worker
        };
        let (outcome, _worker) = tokio::join!(work, story);
        assert_eq!(done(outcome), json!({ "n": 0 }));
        host.empty().await;
    }
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_put_among_the_dead_letters() {
    for language in BOTH {
        let host = Host::start(shared(), SHORT).await;
        let dies = call("s.1", json!({ "what": "die" }), 40_000);
        let work = host.call(&dies);
        let story = async {
            for _ in 0..2 {
                host.worker(language).ended().await;
            }
        };
        let (outcome, ()) = tokio::join!(work, story);
        let error = error(outcome);
        assert_eq!(error.code.as_deref(), Some("dead_letter"), "{error:?}");
        assert_eq!((error.kind, error.retryable), (ToolErrorKind::Tool, false));
        let letter = host.redis(&format!("XRANGE {} - +", host.key("dead:do")));
        for part in ["s.1", "{\"what\":\"die\"}", "handed out 2 times and not finished"] {
            assert!(letter.contains(part), "{part}: {letter}");
        }
        host.empty().await;
    }
}

#[tokio::test]
async fn a_worker_learns_that_its_job_was_given_up() {
    for language in BOTH {
        let host = Host::start(shared(), SHORT).await;
        let _worker = host.worker(language);
        let waits = call("s.1", json!({ "what": "wait" }), 40_000);
        let cancelled = tokio_util::sync::CancellationToken::new();
        let work = host.cancellable(&waits, &cancelled);
        let story = async {
            host.begun(&waits, "1").await;
            cancelled.cancel();
        };
        let (outcome, ()) = tokio::join!(work, story);
        assert_eq!(error(outcome).kind, ToolErrorKind::Cancelled);
        let line = format!("HGET {}:ended s.1", host.prefix);
        super::until("the worker ends the job", || host.redis(&line) == "over").await;
        host.empty().await;
        // And it is there for the next one.
        assert_eq!(done(host.call(&double("s.2", 1)).await), json!({ "n": 2 }));
    }
}

/// docs/queue-tools.md has them.
const RIGHTS: &str =
    "+xreadgroup +xgroup|create +xautoclaim +xclaim +xpending +xack +xdel +xadd +get +set";

#[tokio::test]
async fn workers_need_no_more_rights_than_the_guide_says() {
    let guide = std::fs::read_to_string(super::repository("docs/queue-tools.md")).unwrap();
    assert!(guide.contains(RIGHTS), "the guide does not have {RIGHTS}");
    let server = Server::start(&[]);
    for language in BOTH {
        let host = Host::start(&server, SHORT).await;
        let keys = format!("~{0}:{{q:testing}}:* ~{0}:{{a:*", host.prefix);
        // What these tests' workers leave as traces.
        let traces = format!("~{}:runs +hincrby", host.prefix);
        server.run(&format!("ACL SETUSER worker on >secret {keys} {traces} {RIGHTS}"));
        let url = server.url().replace("redis://", "redis://worker:secret@");
        let worker = host.worker_at(language, &url);
        let waits = call("s.1", json!({ "what": "double", "n": 2 }), 30_000);
        assert_eq!(done(host.call(&waits).await), json!({ "n": 4 }));
        assert!(worker.stopped().await.success());
        let log = server.run("ACL LOG");
        // Telling its name is something that a client does without.
        let denied: Vec<&str> = log.lines().skip_while(|line| *line != "object").collect();
        let denied = denied.chunks(2).filter(|pair| pair[0] == "object");
        let missed: Vec<_> = denied.filter(|pair| !pair[1].starts_with("client|")).collect();
        assert!(missed.is_empty(), "{language:?}: {missed:?}");
        server.run("ACL LOG RESET");
        server.run("ACL DELUSER worker");
    }
}

#[tokio::test]
async fn a_second_copy_of_a_job_is_answered_and_not_run() {
    for language in BOTH {
        let host = Host::start(shared(), SHORT).await;
        let _worker = host.worker(language);
        assert_eq!(done(host.call(&double("s.1", 4)).await), json!({ "n": 8 }));
        // As after a crash of the host that sent it.
        assert_eq!(done(host.call(&double("s.1", 4)).await), json!({ "n": 8 }));
        assert_eq!(host.redis(&format!("HGET {}:runs s.1", host.prefix)), "1");
    }
}
