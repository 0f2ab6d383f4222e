//! A server that says other things of its tools than before: told, and taken only where that is allowed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cicerone::manifest::{Manifest, digest};
use cicerone::secret::Secrets;
use cicerone::tool::{Mcp, McpOpening, Pins};
use serde_json::json;

use super::{DEADLINE, Place, until};

fn descriptions(place: &Place, mcp: &Mcp) -> Vec<String> {
    place.registry.replace_mcp(mcp, &mcp.told()).unwrap();
    place.registry.report().into_iter().map(|tool| tool.description).collect()
}

const BEFORE: [&str; 3] = ["Adds.", "The same, and may be called again.", "Does what `what` says."];

/// What happens to the tools of a server that changes them while it runs.
async fn changed(lenient: bool) -> Vec<String> {
    let mut place = Place::new();
    place.pins = Pins::new(place.path("pins"), lenient);
    let text = place.text();
    let Manifest::Mcp(manifest) = Manifest::parse(&text).unwrap() else { panic!() };
    let news = Arc::new(AtomicUsize::new(0));
    let told = Arc::clone(&news);
    let opening = McpOpening {
        digest: &digest(&text),
        folder: &place.path(""),
        grant: &toml::from_str("trust = \"native\"").unwrap(),
        secrets: &Secrets::default(),
        pins: &place.pins,
        changed: Arc::new(move || {
            told.fetch_add(1, Ordering::Relaxed);
        }),
    };
    let mcp = Mcp::open(*manifest, opening).unwrap();
    assert!(mcp.known(DEADLINE).await);
    assert_eq!(descriptions(&place, &mcp), BEFORE);
    let before = mcp.told().digest();
    assert_eq!(place.says("change").await, json!("changed"));
    until("that is heard", || news.load(Ordering::Relaxed) == 2).await;
    assert_ne!(mcp.told().digest(), before);
    descriptions(&place, &mcp)
}

#[tokio::test]
async fn a_change_is_taken_where_the_operator_is_at_the_machine() {
    let all = [
        "Adds otherwise.",
        "The same, and may be called again.",
        "Does what `what` says.",
        "Was not there before.",
    ];
    let mut all = all.map(str::to_owned).to_vec();
    all.swap(2, 3);
    let mut after = changed(true).await;
    all.sort();
    after.sort();
    assert_eq!(after, all);
}

#[tokio::test]
async fn a_change_is_left_out_elsewhere() {
    assert_eq!(changed(false).await, BEFORE[1..]);
}

#[tokio::test]
async fn what_was_agreed_on_is_known_before_the_server_has_started() {
    let mut place = Place::new();
    place.pins = Pins::new(place.path("pins"), false);
    place.ready().await.close().await;
    std::fs::write(place.path("late"), "3600").unwrap();
    std::fs::write(place.path("other"), "").unwrap();
    let mcp = place.open();
    assert!(mcp.known(std::time::Duration::from_millis(1)).await);
    assert_eq!(descriptions(&place, &mcp), BEFORE);
}
