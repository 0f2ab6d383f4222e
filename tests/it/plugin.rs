//! Plugins at the room's door: every way in which a guest can go wrong, with a guest that goes wrong that way.

use std::sync::Arc;
use std::time::Duration;

use cicerone::engine::Call;
use cicerone::event::{Timestamp, ToolErrorKind};
use cicerone::plugin::{Answer, CallReport, Failure, Plugin, Request};
use serde_json::json;
use tokio::time::Instant;

use crate::guest::{Guest, Place};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

async fn call_for(
    plugin: &Plugin,
    call: &Call,
    time: Duration,
) -> (Result<Answer, Failure>, CallReport) {
    let deadline = Instant::now() + time;
    plugin.call(Request { call, tool: "do", attempt: 1, now: NOW, deadline }).await
}

async fn call(plugin: &Plugin) -> (Result<Answer, Failure>, CallReport) {
    let call = crate::tool::call("testing/do", json!({}));
    call_for(plugin, &call, Duration::from_secs(30)).await
}

#[tokio::test]
async fn a_plugin_is_loaded_and_its_tool_called_in_a_sandbox() {
    let place = Place::new();
    let plugin = place.plugin(&Guest::that(""), "").await;
    assert_eq!((plugin.name.as_str(), plugin.tools.len()), ("testing", 1));
    assert_eq!(plugin.description, "A guest [31mof the tests.");
    let (outcome, report) = call(&plugin).await;
    assert_eq!(outcome.unwrap().value, json!({"ok": true}));
    assert!(report.fuel > 0 && report.memory == 2 * 65_536, "{report:?}");
    assert_eq!(report.failed, None);
}
