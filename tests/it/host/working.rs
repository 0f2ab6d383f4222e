//! The example tools of workers in a conversation: the real host, a real Redis, the example's real workers in Python and
//! Node, and what the conversation says when there are none.

use serde_json::{Value, json};

use super::client::find;
use super::{Host, Place, Ran, repository};
use crate::queue::{BOTH, Language, Running};
use crate::redis::{options, shared};

/// A place with a prefix of its own in the shared Redis.
fn place() -> (Place, String) {
    let prefix = options(&shared().url()).prefix;
    let place = Place::shipped();
    let file = place.path("cicerone.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{settings}\n[redis]\nprefix = \"{prefix}\"\n")).unwrap();
    (place, prefix)
}

fn host(place: &Place) -> Host {
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    // What a dead host left is due when its time has passed.
    command.env("REDIS_URL", shared().url()).env_remove("CICERONE_TEST_CLOCK");
    Host::started(place, command)
}

fn worker(language: Language, prefix: &str) -> Running {
    let file = match language {
        Language::Python => "plugins/tickets/worker.py",
        Language::Node => "plugins/tickets/worker.js",
    };
    Running::start(language.runs(&repository(file), &shared().url(), prefix))
}

fn said(taken: &Value) -> String {
    let events = taken["events"].as_array().unwrap();
    let texts = events.iter().filter_map(|event| event["text"].as_str());
    texts.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_conversation_has_workers_do_things_and_another_looks_at_them() {
    let (place, prefix) = place();
    let host = host(&place);
    for (language, other) in BOTH.into_iter().zip(BOTH.into_iter().rev()) {
        let one = worker(language, &prefix);
        let session = host.begin("support").await;
        let taken = host.say_all(&session, &["I was charged twice", "ana@example.com"]).await;
        assert_eq!(taken["status"], "ended", "{taken:#}");
        let made = find(taken["events"].as_array().unwrap(), "tool.result")["result"].clone();
        let number = made["number"].as_str().unwrap();
        assert_eq!(made["team"], "billing");
        let thanks = format!("Your ticket is {number}; the billing team writes to ana@example.com");
        assert!(said(&taken).contains(&thanks), "{taken:#}");
        drop(one);
        let _other = worker(other, &prefix);
        let session = host.begin("support").await;
        let taken = host.say(&session, &format!("How is {number}?")).await;
        assert_eq!(taken["state"], "Waiting", "{taken:#}");
        let session = host.begin("support").await;
        let taken = host.say(&session, "T-9999").await;
        assert_eq!(taken["state"], "NotFound", "{taken:#}");
        let error = &find(taken["events"].as_array().unwrap(), "tool.error")["error"];
        let got = (&error["kind"], &error["code"]);
        assert_eq!(got, (&json!("tool"), &json!("ticket_not_found")));
    }
}

#[tokio::test]
async fn a_job_of_a_host_that_dies_is_done_for_the_next_one() {
    let (place, prefix) = place();
    let first = host(&place);
    let session = first.begin("support").await;
    first.say(&session, "The app is slow").await;
    let path = format!("/api/sessions/{session}/input?wait_ms=0");
    first.post(&path, json!({ "text": "ana@example.com" })).await.ok();
    let jobs = format!("XLEN {prefix}:{{q:tickets}}:jobs:open-ticket");
    first.until("the job is there", || async { shared().run(&jobs) == "1" }).await;
    first.kill();
    let _worker = worker(Language::Python, &prefix);
    let second = host(&place);
    let path = format!("/api/sessions/{session}");
    let ended = async || second.get(&path).await.ok()["status"] == "ended";
    second.until("the conversation ends", ended).await;
    let log = second.log(&session).await;
    assert_eq!(find(&log, "tool.result")["result"]["team"], "technical", "{log:#?}");
}

#[test]
fn a_workers_tool_is_called_without_a_host() {
    let (place, prefix) = place();
    let _worker = worker(Language::Python, &prefix);
    let call = |redis: Option<String>| {
        let args = r#"{"number": "T-1"}"#;
        let words = ["plugin", "call", "plugins/tickets", "ticket-status", "--args", args];
        let mut command = place.cicerone(&words);
        if let Some(url) = redis {
            command.env("REDIS_URL", url);
        }
        let ran = Ran::from(command.output().unwrap());
        (ran.code, ran.out)
    };
    let (code, said) = call(Some(shared().url()));
    assert!(code == Some(1) && said.contains("failed tool: there is no ticket T-1"), "{said}");
    let (code, said) = call(None);
    assert!(code == Some(1) && said.contains("start it with `--redis redis://"), "{said}");
}

#[tokio::test]
async fn without_redis_the_conversation_says_so_politely() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("support").await;
    let taken = host.say_all(&session, &["It does not print", "ana@example.com"]).await;
    assert!(said(&taken).contains("nobody can take your ticket right now"), "{taken:#}");
    let error = &find(taken["events"].as_array().unwrap(), "tool.error")["error"];
    assert_eq!(error["kind"], "unavailable");
    assert!(error["message"].as_str().unwrap().contains("--redis redis://"), "{error}");
}
