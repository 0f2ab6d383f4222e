//! What is not loaded or not called, with the words that say what to write.

use cicerone::event::ToolErrorKind;
use cicerone::link::Link;
use cicerone::tool::{Desk, Options, Registry};
use expect_test::{Expect, expect};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{call, error, manifest, open};
use crate::redis::{options, shared_cluster};

#[track_caller]
fn check(queue: &str, grant: &str, expected: Expect) {
    expected.assert_eq(&open(&manifest(queue, ""), grant, None).unwrap_err().to_string());
}

#[test]
fn a_place_for_jobs_is_granted_or_refused_with_the_line_to_add() {
    check(
        "",
        "queue = [\"lists:jobs\"]",
        expect![[r#"
            give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
            [grants.testing]
            queue = ["streams"]"#]],
    );
    check(
        "protocol = \"lists\"\nlist = \"jobs:{tool}\"",
        "queue = [\"streams\", \"lists:jobs\"]",
        expect![[r#"
            give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
            [grants.testing]
            queue = ["lists:jobs:{tool}"]"#]],
    );
}

#[test]
fn settings_that_cannot_be_meant_are_named() {
    for (queue, part) in [
        ("length = 0", "`length` is from 1 to 1000000"),
        ("list = \"jobs\"", "`list` is for `protocol = \"lists\"`"),
        ("protocol = \"lists\"\ngroup = \"g\"", "lists know no `group`"),
        ("max_deliveries = 0", "`max_deliveries` is at least 1"),
        ("group = \"\"", "`group` is no name of a group"),
        ("protocol = \"pubsub\"", "unknown variant `pubsub`"),
        ("stream = \"jobs\"", "unknown field `stream`"),
    ] {
        let said = open(&manifest(queue, ""), "", None).unwrap_err().to_string();
        assert!(said.contains(part), "{queue}: {said}");
    }
}

#[tokio::test]
async fn lists_are_refused_on_a_cluster() {
    let link = Link::open(options(&shared_cluster().url())).await.unwrap();
    let grant = "queue = [\"lists:tool_queue\"]";
    let said = open(&manifest("protocol = \"lists\"", ""), grant, Some(&Desk::open(link)));
    let said = said.unwrap_err().to_string();
    assert!(said.contains("needs one Redis") && said.contains("use streams"), "{said}");
}

#[tokio::test]
async fn without_redis_a_tool_is_offered_and_says_what_to_do() {
    let queue = open(&manifest("", ""), "queue = [\"streams\"]", None).unwrap();
    let registry = Registry::new(Options::default());
    registry.replace_queue(&queue).unwrap();
    assert_eq!(registry.report()[0].backend, "queue");
    let asked = call("s.1", json!({}), 5_000);
    let failed = error(registry.call(&asked, &CancellationToken::new()).await);
    assert_eq!((failed.kind, failed.retryable), (ToolErrorKind::Unavailable, false));
    assert!(failed.message.contains("start it with `--redis redis://…` or set `REDIS_URL`"));
}
