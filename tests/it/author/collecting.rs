//! A plugin in Go whose tools give the collector work: it may neither begin nor go on while the host hands values over,
//! because Go's runtime then asks for the time, and a component that calls out there is ended.

use std::fs;
use std::path::Path;

use cicerone::plugin::{Plugin, Request};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::run;
use crate::guest::{LONG, NOW, Place};

const LIMITS: &str = "[limits]\nmemory = \"32MiB\"\nfuel = \"off\"\nhostcall_bytes = \"4MiB\"\n";
const WARM: &str = "[instance]\nmode = \"warm\"\nmax_calls = 1000000\n";
const KV: &str = "kv = { scopes = [\"plugin\"], max_value = \"1MiB\", max_bytes = \"4MiB\" }";

/// The component, built from what lies beside the SDK; nothing where there is no compiler.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn component() -> Option<Vec<u8>> {
    if std::env::var_os("CICERONE_PREBUILT").is_some_and(|value| !value.is_empty()) {
        eprintln!("NOT TESTED: CICERONE_PREBUILT is set, no plugin in Go is built");
        return None;
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/go/tests/memory");
    let ran = run(&crate::host::Place::empty(), &["plugin", "build", folder]);
    let absent = ["could not find `python3`", "could not run `python -m pip"];
    if absent.iter().any(|said| ran.err.contains(said)) {
        eprintln!("NOT TESTED: no compiler for Go here: {}", ran.err);
        return None;
    }
    assert_eq!(ran.code, Some(0), "{ran:?}");
    Some(fs::read(Path::new(folder).join("target/memory.wasm")).unwrap())
}

/// What a tool did: its sum, and how often it was collected until then.
async fn call(plugin: &Plugin, tool: &str, args: Value) -> (u64, u64) {
    let (call, deadline) = (crate::tool::call("testing/do", args), Instant::now() + LONG);
    let request = Request { call: &call, tool, attempt: 1, now: NOW, deadline };
    let (outcome, report) = plugin.call(request).await;
    let value = outcome.unwrap_or_else(|failed| panic!("{tool}: {failed:?} {report:?}")).value;
    let number = |name: &str| value[name].as_u64().unwrap();
    (number("sum"), number("collections"))
}

#[tokio::test]
async fn go_collects_when_it_may_and_not_while_the_host_hands_values_over() {
    let Some(component) = component() else { return };
    let place = Place::new();
    let asked = format!("{LIMITS}[capabilities]\n{KV}");
    let fresh = place.load(&component, &asked, KV).await.unwrap();

    // Large values and small ones that are read and dropped, while the heap has ten megabytes that stay.
    let (sum, collections) = call(&fresh, "read", json!({"times": 35, "bytes": 100_000})).await;
    assert!(sum == 3_500_000 && collections > 1, "{collections}");
    let (sum, collections) = call(&fresh, "read", json!({"times": 9_000, "bytes": 300})).await;
    assert!(sum == 2_700_000 && collections > 1, "{collections}");

    // Also where there is less memory than stays, so that Go never stops collecting and giving memory back.
    let tight = json!({"times": 35, "bytes": 100_000, "limit": 8 << 20});
    let (sum, collections) = call(&fresh, "read", tight).await;
    assert!(sum == 3_500_000 && collections > 1, "{collections}");

    // Goroutines that make way for one another get what each of them asked for.
    let (sum, collections) = call(&fresh, "together", json!({"times": 40, "bytes": 5_000})).await;
    assert!(sum == 8 && collections > 1, "{collections}");

    // What is never handed anything is collected before it has all the memory that it may have.
    let (sum, collections) = call(&fresh, "alone", json!({"times": 500, "bytes": 200_000})).await;
    assert!(sum == 62_286 && collections > 1, "{collections}");

    // A sandbox that is used again, mostly for what the host hands over.
    let warm = place.load(&component, &format!("{WARM}{asked}"), KV).await.unwrap();
    let (note, mut all) = ("x".repeat(200), 0);
    for _ in 0..6_000 {
        let (sum, collections) =
            call(&warm, "take", json!({"times": 0, "bytes": 0, "note": note})).await;
        assert!(sum == 200 && collections >= all, "another sandbox: {collections} after {all}");
        all = collections;
    }
    assert!(all > 1, "{all}");
}
