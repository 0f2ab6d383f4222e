//! Servers that die, hang, babble and flood: what becomes of the call, and of the next one.

use std::time::{Duration, Instant};

use cicerone::engine::Call;
use cicerone::event::ToolErrorKind;
use serde_json::json;

use super::{Place, done, error, lives, until};

fn patient(what: &str) -> Call {
    let mut call = crate::tool::call("testing/again", json!({ "what": what }));
    (call.timeout_ms, call.retry.max_attempts) = (30_000, 8);
    call.deadline = call.deadline.plus_millis(60_000);
    call
}

#[tokio::test]
async fn a_server_that_dies_in_a_call_is_started_again() {
    let place = Place::new();
    let _mcp = place.ready().await;
    let lost = place.fails("die").await;
    assert_eq!((lost.kind, lost.attempts), (ToolErrorKind::Lost, 1));
    // It is the next call's turn to wait.
    assert_eq!(done(place.run(&patient("sing")).await), json!("did sing"));
    // A call that may be sent twice is.
    assert_eq!(done(place.run(&patient("die-once")).await), json!("alive again"));
    assert_eq!(place.noted("started"), 3);
}

#[tokio::test]
async fn a_server_that_cannot_start_fails_its_calls_at_once_and_is_tried_again() {
    let mut place = Place::new();
    place.says =
        "[[tool]]\nname = \"again\"\ndescription = \"Does.\"\ninput_schema = { type = \"object\" }\n\
         effects = [\"idempotent\"]\n"
            .to_owned();
    std::fs::write(place.path("broken"), "").unwrap();
    let _mcp = place.ready().await;
    let once = crate::tool::call("testing/again", json!({ "what": "sing" }));
    let began = Instant::now();
    let away = error(place.run(&Call { timeout_ms: 50_000, ..once.clone() }).await);
    assert_eq!((away.kind, away.retryable), (ToolErrorKind::Unavailable, true));
    assert!(began.elapsed() < Duration::from_secs(40));
    std::fs::remove_file(place.path("broken")).unwrap();
    assert_eq!(done(place.run(&patient("sing")).await), json!("did sing"));
}

#[tokio::test]
async fn a_slow_start_is_waited_for_and_not_for_ever() {
    let mut place = Place::new();
    std::fs::write(place.path("late"), "1.5").unwrap();
    let mcp = place.open();
    assert!(!mcp.known(Duration::from_millis(100)).await);
    assert!(mcp.known(super::DEADLINE).await);
    place.registry.replace_mcp(&mcp, &mcp.told()).unwrap();
    assert_eq!(place.says("sing").await, json!("did sing"));
    mcp.close().await;

    std::fs::write(place.path("late"), "3600").unwrap();
    place.says = "start_timeout = \"300ms\"".to_owned();
    let mcp = place.open();
    assert!(!mcp.known(super::DEADLINE).await);
    until("it is tried again", || place.noted("started") >= 3).await;
}

#[tokio::test]
async fn a_server_that_hangs_as_a_whole_is_started_again() {
    let place = Place::new();
    let _mcp = place.ready().await;
    let call = crate::tool::call("testing/do", json!({ "what": "block" }));
    let call = Call { timeout_ms: 300, ..call };
    assert_eq!(error(place.run(&call).await).kind, ToolErrorKind::Timeout);
    until("it was started again", || place.noted("started") == 2).await;
    assert_eq!(done(place.run(&patient("sing")).await), json!("did sing"));
}

#[tokio::test]
async fn what_is_no_message_is_passed_over() {
    let place = Place::new();
    let _mcp = place.ready().await;
    assert_eq!(place.says("junk").await, json!("after junk"));
    assert_eq!(place.noted("started"), 1);
}

#[tokio::test]
async fn a_server_that_floods_is_cut_off() {
    let place = Place::new();
    let _mcp = place.ready().await;
    assert_eq!(place.fails("flood").await.kind, ToolErrorKind::Limit);
    assert_eq!(done(place.run(&patient("sing")).await), json!("did sing"));
    assert_eq!(place.noted("started"), 2);
}

#[tokio::test]
async fn a_server_is_ended_with_all_that_it_started() {
    let place = Place::new();
    let mcp = place.ready().await;
    let said = place.says("child").await.as_str().unwrap().to_owned();
    let (server, child) = said.split_once(' ').unwrap();
    assert!(lives(server) && lives(child), "{said}");
    mcp.close().await;
    until("both are gone", || !lives(server) && !lives(child)).await;
    assert_eq!(place.noted("ended"), 1, "it was given the time to end by itself");
    let stopped = place.fails("sing").await;
    assert_eq!(stopped.kind, ToolErrorKind::Unavailable);
}

#[tokio::test]
async fn a_server_is_stopped_when_nobody_has_it_any_more_and_not_before() {
    let place = Place::new();
    let mcp = place.ready().await;
    let said = place.says("child").await.as_str().unwrap().to_owned();
    let (server, child) = said.split_once(' ').unwrap();
    drop(mcp);
    // The registry still has its tools.
    assert_eq!(place.says("sing").await, json!("did sing"));
    place.registry.remove_plugin("testing");
    until("both are gone", || !lives(server) && !lives(child)).await;
}
