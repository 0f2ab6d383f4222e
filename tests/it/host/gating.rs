//! The gate of plugins at the real host: a hundred versions under load, one that does not fit the flows, one that fails, and
//! what the operator sees of it.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::client::find;
use super::replacing::{LOOP, SAME, place};
use super::{Host, Place};
use crate::guest::Guest;

const TRY: &str = "/api/tools/testing/do/call";
const RELOAD: &str = "/api/plugins/testing/reload";

/// Puts a component in the plugin's folder, all at once.
fn build(place: &Place, guest: &Guest) {
    let beside = place.path("plugins/testing/testing.wasm.new");
    fs::write(&beside, guest.bytes()).unwrap();
    fs::rename(beside, place.path("plugins/testing/testing.wasm")).unwrap();
}

async fn plugin(host: &Host) -> Value {
    host.get("/api/plugins").await.ok()["plugins"][0].clone()
}

#[tokio::test]
async fn a_hundred_versions_under_load_fail_no_call_and_each_is_called_at_once() {
    let place = place();
    let host = Host::start(&place);
    let done = AtomicBool::new(false);
    let busy = async || {
        let session = host.begin("loop").await;
        let mut calls = 0;
        while !done.load(Ordering::Relaxed) {
            let taken = host.say(&session, "again").await;
            find(taken["events"].as_array().unwrap(), "tool.result");
            calls += 1;
        }
        calls
    };
    let replace = async {
        let (mut times, mut digests) = (Vec::new(), std::collections::BTreeSet::new());
        for turn in 0..100 {
            build(&place, &Guest::that(SAME[turn % 2 + 1]));
            let asked = Instant::now();
            // Whoever is first, this or the look at the files: from here on the new version is called.
            let status = host.post(RELOAD, json!({})).await.ok()["status"].clone();
            assert!(status == "replaced" || status == "unchanged", "{status}");
            assert_eq!(host.post(TRY, json!({})).await.ok()["ok"], true);
            times.push(asked.elapsed());
            digests.insert(plugin(&host).await["digest"].as_str().unwrap().to_owned());
        }
        done.store(true, Ordering::Relaxed);
        assert_eq!(digests.len(), 2);
        times.sort();
        times[50]
    };
    let (calls, median) = tokio::join!(join_all((0..3).map(|_| busy())), replace);
    assert!(calls.iter().all(|calls| *calls > 0), "{calls:?}");
    // The target is 50 ms in a release build on a quiet machine; here is neither.
    assert!(median < Duration::from_secs(5), "{median:?}");
    let tool = &host.get("/api/tools").await.ok()["tools"][0];
    let all = calls.iter().sum::<u64>() + 100;
    assert_eq!((&tool["calls"], &tool["errors"]), (&json!(all), &json!(0)));
}

#[tokio::test]
async fn a_version_that_current_flows_could_not_use_is_refused_until_they_can() {
    let place = place();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    let before = plugin(&host).await["digest"].clone();
    build(&place, &Guest { tool: "other", ..Guest::that("") });
    let heard = news.until("plugin.rejected").await;
    let told = &heard.last().unwrap().data["findings"][0];
    assert_eq!((&told["code"], &told["flow"]), (&json!("plugin.unfit"), &json!("loop")), "{told}");
    assert_eq!((&told["state"], &told["tool"]), (&json!("Working"), &json!("Do")), "{told}");
    let said = host.post(RELOAD, json!({})).await.refused(422, "plugin.rejected");
    assert!(
        said.contains("flow `loop`, state `Working`: could not find tool `testing/do`"),
        "{said}"
    );
    let now = plugin(&host).await;
    assert_eq!((&now["digest"], &now["tools"]), (&before, &json!(["testing/do"])));
    assert!(now["last_error"]["message"].as_str().unwrap().contains("`loop`"), "{now:#}");
    assert_eq!(host.post(TRY, json!({})).await.ok()["ok"], true);
    // One that needs what the flow does not give.
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#;
    build(&place, &Guest { schema, ..Guest::that("") });
    let said = host.post(RELOAD, json!({})).await.refused(422, "plugin.rejected");
    assert!(said.contains("`testing/do` needs the argument `n`, which is not given"), "{said}");
    // The flow comes after the plugin that it is written for.
    place.write_flow(
        "loop",
        &LOOP.replace("{ \"tool\": \"Do\" }", "{ \"tool\": \"Do\", \"args\": { \"n\": 7 } }"),
    );
    news.until("plugin.reloaded").await;
    let session = host.begin("loop").await;
    host.until("the flow that fits is current", async || {
        let taken = host.post(TRY, json!({ "args": { "n": 7 } })).await.ok();
        taken["ok"] == true
            && host.get("/api/flows").await.ok()["flows"][0]["findings"] == json!([])
    })
    .await;
    drop(session);
    let session = host.begin("loop").await;
    assert_eq!(host.say(&session, "go on").await["state"], "Open");
    assert_eq!(plugin(&host).await["last_error"], Value::Null);
}

#[tokio::test]
async fn a_version_whose_first_calls_fail_is_taken_back_and_not_tried_again_until_it_changes() {
    let place = place();
    let host = Host::start(&place);
    for _ in 0..20 {
        assert_eq!(host.post(TRY, json!({})).await.ok()["ok"], true);
    }
    let before = plugin(&host).await["digest"].clone();
    build(&place, &Guest::that("unreachable"));
    let mut news = host.listen("/api/events/stream").await;
    host.post(RELOAD, json!({})).await.ok();
    assert_ne!(plugin(&host).await["digest"], before);
    for _ in 0..5 {
        assert_eq!(host.post(TRY, json!({})).await.ok()["error"]["kind"], "trap");
    }
    // The very next call is one of the version before, whose breaker saw none of this.
    assert_eq!(host.post(TRY, json!({})).await.ok()["ok"], true);
    let heard = news.until("plugin.rejected").await;
    let told = &heard.last().unwrap().data;
    assert_eq!(
        (&told["findings"][0]["code"], &told["version"]),
        (&json!("plugin.rolled_back"), &json!("1.0.0"))
    );
    let message = told["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("5 of its first 5 calls failed, before it 0 of 20"), "{message}");
    let now = plugin(&host).await;
    assert_eq!(now["digest"], before);
    assert_eq!(now["last_error"]["message"], message);
    let said = host.post(RELOAD, json!({})).await.refused(422, "plugin.rejected");
    assert_eq!(said, message);
    assert_eq!(host.post(TRY, json!({})).await.ok()["ok"], true);
    build(&place, &Guest::that(SAME[1]));
    host.until("what changed is tried again", async || {
        host.post(RELOAD, json!({})).await.ok();
        let now = plugin(&host).await;
        now["digest"] != before && now["last_error"] == Value::Null
    })
    .await;
    assert_eq!(host.post(TRY, json!({})).await.ok()["ok"], true);
}

#[tokio::test]
async fn a_change_of_the_manifest_alone_takes_the_same_way() {
    let place = place();
    let host = Host::start(&place);
    let before = plugin(&host).await;
    let file = place.path("plugins/testing/plugin.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}[limits]\nfuel = 1\n")).unwrap();
    host.post(RELOAD, json!({})).await.refused(422, "plugin.rejected");
    fs::write(&file, format!("{text}[limits]\ntimeout = \"1s\"\n")).unwrap();
    host.until("the manifest holds", async || {
        host.post(RELOAD, json!({})).await.ok();
        host.get("/api/tools").await.ok()["tools"][0]["limits"]["timeout_ms"] == 1_000
    })
    .await;
    let now = plugin(&host).await;
    assert_eq!(now["digest"], before["digest"]);
    assert_ne!(now["since"], Value::Null);
    // What is asked for, and then granted.
    fs::write(&file, format!("{text}[capabilities]\nkv = {{ scopes = [\"plugin\"] }}\n")).unwrap();
    let said = host.post(RELOAD, json!({})).await.refused(422, "plugin.rejected");
    assert!(said.contains("[grants.testing]"), "{said}");
    fs::write(place.path("cicerone.toml"), "grants.testing.kv = { scopes = [\"plugin\"] }")
        .unwrap();
    host.post(RELOAD, json!({})).await.ok();
    assert_eq!(plugin(&host).await["capabilities"], json!({ "kv": { "scopes": ["plugin"] } }));
    host.post("/api/plugins/nobody/reload", json!({})).await.refused(404, "plugin.unknown");
    fs::remove_dir_all(place.path("plugins/testing")).unwrap();
    host.until("it is gone", async || host.get("/api/plugins").await.ok()["plugins"] == json!([]))
        .await;
}
