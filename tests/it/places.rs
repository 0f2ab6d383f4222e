//! Places for sandboxes: how many there are is a setting, and whoever finds none waits for one.

use std::time::Duration;

use cicerone::event::ToolErrorKind;

use crate::guest::{ENDLESS, Guest, LONG, Place, attempt};

/// Longer than any call of these takes, far shorter than [`LONG`].
const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_call_that_finds_no_place_waits_for_one_until_its_deadline() {
    let place = Place::with_places(1);
    let endless = place.plugin(&Guest::that(ENDLESS), "[limits]\nfuel = \"off\"").await;
    let quick = place.plugin(&Guest::that(""), "").await;
    let mut holder = Box::pin(attempt(&endless, LONG));
    let (outcome, report) = tokio::select! {
        biased;
        _ = &mut holder => panic!("an endless guest ended"),
        ended = attempt(&quick, SHORT) => ended,
    };
    assert_eq!(outcome.unwrap_err().error.kind, ToolErrorKind::Unavailable);
    assert!(report.queue >= SHORT / 2 && report.fuel == 0, "{report:?}");

    // One who may wait longer has it as soon as it is free.
    let waiting = async { attempt(&quick, LONG).await };
    let free = async { drop(holder) };
    let ((outcome, _), ()) = tokio::join!(waiting, free);
    assert!(outcome.is_ok());
}

#[tokio::test]
async fn many_more_calls_than_places_all_end_well() {
    let place = Place::with_places(2);
    let plugin = place.plugin(&Guest::that(""), "").await;
    let calls = (0..100).map(|_| attempt(&plugin, LONG));
    for (outcome, _) in futures_util::future::join_all(calls).await {
        assert!(outcome.is_ok());
    }
}

#[tokio::test]
async fn a_component_that_no_place_is_large_enough_for_is_not_loaded() {
    let tables = "(core module $t (table 1 funcref))
        (core instance (instantiate $t)) (core instance (instantiate $t))
        (core instance (instantiate $t)) (core instance (instantiate $t))
        (core instance (instantiate $t))";
    let guest = Guest { parts: [tables, "", "", ""], ..Guest::that("") };
    let loaded = Place::with_places(1).load(&guest.bytes(), "", "").await;
    let error = loaded.map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("5 tables, for which the host's 1 places are too few"), "{error}");
    assert!(Place::with_places(2).load(&guest.bytes(), "", "").await.is_ok());
}
