//! Jobs that no worker does in time, answers that come too late, and a Redis that goes away. The worker is this test.

use std::collections::HashMap;
use std::time::Duration;

use cicerone::event::ToolErrorKind;
use cicerone::link::{Link, Patience};
use serde_json::json;

use super::{Host, Language, SHORT, call, done, double, error, until};
use crate::redis::proxy::Proxy;
use crate::redis::server::Server;
use crate::redis::{options, shared, shared_cluster};

impl Host<'_> {
    /// Takes a job as a worker does; its fields.
    async fn take(&self) -> Vec<String> {
        let key = self.key("jobs:do");
        let mut fields = String::new();
        until("there is a job", || {
            let read = ["XREADGROUP", "GROUP", "workers", "me", "STREAMS", &key, ">"];
            fields = self.server.run_words(&read);
            fields.contains("tool")
        })
        .await;
        fields.lines().map(str::to_owned).collect()
    }
}

/// The value of a field.
fn field<'a>(fields: &'a [String], name: &str) -> &'a str {
    let at = fields.iter().position(|word| word == name).unwrap();
    &fields[at + 1]
}

#[tokio::test]
async fn a_job_says_all_that_a_worker_needs_to_know() {
    let host = Host::start(shared(), SHORT).await;
    let asked = double("s.7", 3);
    let story = async {
        let job = host.take().await;
        for (name, value) in [
            ("id", "s.7"),
            ("tool", "do"),
            ("session_id", "s"),
            ("attempt", "1"),
            ("visibility", "1000"),
            ("max_deliveries", "2"),
        ] {
            assert_eq!(field(&job, name), value);
        }
        let args: serde_json::Value = serde_json::from_str(field(&job, "args")).unwrap();
        assert_eq!(args, json!({ "what": "double", "n": 3 }));
        let left = field(&job, "deadline").parse::<i64>().unwrap() - asked.deadline.as_millis();
        assert!((-1_000..=50).contains(&left), "{left} ms after the deadline");
        let reply = field(&job, "reply");
        let ttl: i64 = host.redis(&format!("PTTL {reply}")).parse().unwrap();
        assert!(ttl > 0, "the answers of a host that dies go away: {ttl}");
        let say = r#"["One moment."]"#;
        let words = ["XADD", reply, "NOMKSTREAM", "*", "id", "s.7", "result", "6", "say", say];
        host.server.run_words(&words);
    };
    let (outcome, ()) = tokio::join!(host.call(&asked), story);
    assert_eq!(done(outcome), 6);
    // The host takes away what a worker leaves.
    host.empty().await;
    let left = format!("KEYS {}", host.key("sent:*"));
    until("its mark is gone", || host.redis(&left).is_empty()).await;
}

#[tokio::test]
async fn a_job_that_no_worker_took_is_taken_back_and_nothing_ran() {
    let host = Host::start(shared(), SHORT).await;
    let mut asked = call("s.1", json!({}), 1_200);
    asked.timeout_ms = 400;
    // Not even a call that must not be made twice is spoilt by it.
    asked.retry.max_attempts = 2;
    let failed = error(host.call(&asked).await);
    assert_eq!(failed.kind, ToolErrorKind::Unavailable, "{failed:?}");
    assert!(failed.message.contains("no worker took the job"), "{failed:?}");
    assert_eq!(failed.attempts, 2);
    host.empty().await;
}

#[tokio::test]
async fn an_answer_after_the_deadline_is_counted_and_nothing_else() {
    let host = Host::start(shared(), SHORT).await;
    let asked = call("s.1", json!({}), 3_000);
    let (outcome, job) = tokio::join!(host.call(&asked), host.take());
    let failed = error(outcome);
    assert_eq!((failed.kind, failed.retryable), (ToolErrorKind::Timeout, true), "{failed:?}");
    host.empty().await;
    let reply = field(&job, "reply");
    host.redis(&format!("XADD {reply} NOMKSTREAM * id s.1 result 1"));
    until("the answer is counted", || host.desk.late_answers() == 1).await;
}

#[tokio::test]
async fn no_more_jobs_are_handed_in_than_may_wait() {
    let host = Host::start(shared(), "length = 1").await;
    let (first, second) = (call("s.1", json!({}), 4_000), call("s.2", json!({}), 4_000));
    let story = async {
        let line = format!("XLEN {}", host.key("jobs:do"));
        until("the first is there", || host.redis(&line) == "1").await;
        error(host.call(&second).await)
    };
    let (outcome, refused) = tokio::join!(host.call(&first), story);
    assert_eq!(error(outcome).kind, ToolErrorKind::Unavailable);
    assert!(refused.message.contains("1 jobs wait for its workers already"), "{refused:?}");
}

#[tokio::test]
async fn a_job_is_handed_in_once_also_when_nobody_hears_that_it_was() {
    let server = shared();
    let proxy = Proxy::start(server.port());
    let host = Host::with(server, options(&proxy.url()), SHORT, "").await;
    // The way there is open, and the stream of answers with it.
    let _worker = host.worker(Language::Python);
    assert_eq!(done(host.call(&double("s.1", 1)).await), json!({ "n": 2 }));
    host.empty().await;
    let lost = proxy.lost();
    proxy.lose_next_answer();
    assert_eq!(done(host.call(&double("s.2", 2)).await), json!({ "n": 4 }));
    assert!(proxy.lost() > lost);
    assert_eq!(host.redis(&format!("HGET {}:runs s.2", host.prefix)), "1");
}

#[tokio::test]
async fn jobs_and_answers_find_their_way_on_a_cluster() {
    type Jobs = Option<HashMap<String, Vec<(String, Vec<String>)>>>;
    let options = options(&shared_cluster().url());
    let link = Link::open(options.clone()).await.unwrap();
    // The server is not asked for anything.
    let host = Host::with(shared(), options, SHORT, "").await;
    let key = host.key("jobs:do");
    let worker = async {
        loop {
            let mut read = ::redis::cmd("XREADGROUP");
            read.arg("GROUP").arg("workers").arg("me").arg("STREAMS").arg(&key).arg(">");
            // Until the host has made it, there is no group.
            let jobs: Jobs = link.call(&read, Patience::Untouched).await.unwrap_or_default();
            let Some((_, fields)) = jobs.and_then(|mut jobs| jobs.remove(&key)?.pop()) else {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let mut answer = ::redis::cmd("XADD");
            answer.arg(field(&fields, "reply")).arg("NOMKSTREAM").arg("*");
            answer.arg("id").arg(field(&fields, "id")).arg("result").arg("[7]");
            return link.call::<String>(&answer, Patience::Untouched).await.unwrap();
        }
    };
    let asked = double("s.1", 1);
    let (outcome, _entry) = tokio::join!(host.call(&asked), worker);
    assert_eq!(done(outcome), json!([7]));
}

#[tokio::test]
async fn a_redis_that_is_restarted_costs_no_job() {
    let server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    for language in super::BOTH {
        let host = Host::start(&server, SHORT).await;
        let worker = host.worker(language);
        assert_eq!(done(host.call(&double("s.1", 1)).await), json!({ "n": 2 }));
        drop(worker);
        let asked = double("s.2", 2);
        let story = async {
            let line = format!("XLEN {}", host.key("jobs:do"));
            until("the job is there", || host.redis(&line) == "1").await;
            let worker = host.worker(language);
            server.kill();
            tokio::time::sleep(Duration::from_millis(200)).await;
            server.begin();
            worker
        };
        let (outcome, _worker) = tokio::join!(host.call(&asked), story);
        assert_eq!(done(outcome), json!({ "n": 4 }));
    }
}
