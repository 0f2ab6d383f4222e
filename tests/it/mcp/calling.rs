//! A server that does well: its tools, what they give, and what it gets to see.

use std::time::Duration;

use cicerone::event::ToolErrorKind;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Place, done, error, until};

#[tokio::test]
async fn a_servers_tools_appear_and_can_be_called() {
    let mut place = Place::new();
    place.says =
        "[[tool]]\nname = \"add\"\ntimeout = \"3s\"\nexpose = [\"flow\", \"mcp\"]".to_owned();
    let _mcp = place.ready().await;
    let report = place.registry.report();
    let names: Vec<&str> = report.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["testing/add", "testing/again", "testing/do"]);
    let add = &report[0];
    assert_eq!((add.backend, add.description.as_str(), add.repeatable), ("mcp", "Adds.", true));
    assert_eq!(add.limits.timeout_ms, 3_000);
    assert_eq!(add.input_schema["properties"]["a"], json!({ "type": "integer" }));
    let exposed = place.registry.exposed();
    assert_eq!(exposed.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["testing/add"]);
    assert_eq!(done(place.call("add", json!({ "a": 2, "b": 3 })).await), json!({ "sum": 5 }));
    assert_eq!(place.says("sing").await, json!("did sing"));
    assert_eq!(place.says("structure").await, json!({ "a": [1, 2] }));
    assert_eq!(place.says("meta").await, json!("s1.7"));
}

#[tokio::test]
async fn arguments_and_results_are_checked_and_errors_are_the_tools_own() {
    let mut place = Place::new();
    place.limits = "output = \"64KiB\"\nargs = \"1KiB\"".to_owned();
    let _mcp = place.ready().await;
    let refused = error(place.call("add", json!({ "a": "two" })).await);
    assert_eq!((refused.kind, refused.attempts), (ToolErrorKind::BadArgs, 0));
    let failed = place.fails("fail").await;
    assert_eq!((failed.kind, failed.message.as_str()), (ToolErrorKind::Tool, "No luck today."));
    assert_eq!((failed.code.as_deref(), failed.retryable), (Some("no_luck"), false));
    let refused = place.fails("refuse").await;
    assert_eq!(refused.kind, ToolErrorKind::Tool);
    assert_eq!(place.fails("huge").await.kind, ToolErrorKind::Limit);
    assert_eq!(place.fails(&"x".repeat(2_000)).await.kind, ToolErrorKind::Limit);
    assert_eq!(place.says("sing").await, json!("did sing"));
}

#[tokio::test]
async fn a_server_may_ask_nothing_of_us() {
    let place = Place::new();
    let _mcp = place.ready().await;
    let said = place.says("ask").await;
    assert!(!said.as_str().unwrap().contains("taken"), "{said}");
}

#[tokio::test]
async fn a_server_finds_nothing_of_ours_in_its_environment_but_what_it_is_given() {
    let mut place = Place::new();
    place.says =
        "env = { TOKEN = { secret = \"token\", prefix = \"Bearer \" }, PLAIN = \"1\" }".to_owned();
    let _mcp = place.ready().await;
    let said = place.says("environment").await.as_str().unwrap().to_owned();
    assert!(said.contains("PLAIN") && said.ends_with("Bearer nobody-may-see"), "{said}");
    assert!(!said.contains("CARGO"), "{said}");
}

#[tokio::test]
async fn whoever_gives_a_call_up_tells_the_server() {
    let place = Place::new();
    let _mcp = place.ready().await;
    let call = crate::tool::call("testing/do", json!({ "what": "hang" }));
    let cancelled = CancellationToken::new();
    let (outcome, ()) = tokio::join!(place.registry.call(&call, &cancelled), async {
        until("the call has arrived", || place.noted("called hang") == 1).await;
        cancelled.cancel();
    });
    assert_eq!(error(outcome).kind, ToolErrorKind::Cancelled);
    until("the server has heard", || place.noted("given up") == 1).await;
    // So does the deadline.
    let call = cicerone::engine::Call { timeout_ms: 300, ..call };
    assert_eq!(error(place.run(&call).await).kind, ToolErrorKind::Timeout);
    until("the server has heard again", || place.noted("given up") == 2).await;
    assert_eq!(place.says("sing").await, json!("did sing"));
}

#[tokio::test]
async fn tools_that_are_declared_need_no_server_until_they_are_called() {
    let mut place = Place::new();
    place.says =
        "[[tool]]\nname = \"do\"\ndescription = \"Does.\"\ninput_schema = { type = \"object\" }\n"
            .to_owned();
    let mcp = place.ready().await;
    let names: Vec<String> = place.registry.report().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["testing/do"]);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(place.notes(), [""; 0]);
    assert_eq!(place.says("sing").await, json!("did sing"));
    assert_eq!(place.noted("started"), 1);
    mcp.close().await;
    assert_eq!(place.noted("ended"), 1);
}
