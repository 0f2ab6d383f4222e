//! A host that dies at any place on the way of a turn: whoever comes next on the same data, or goes on beside it in the same
//! Redis, has every input once. The places are those of `fault!`; the hosts are built with the feature `faults`.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

/// For each place: which stores pass it, and at which of the times it is passed the host dies.
macro_rules! places {
    ($($name:ident: $place:literal, $stores:ident, $times:expr;)*) => {
        const PLACES: &[&str] = &[$($place),*];

        #[cfg(feature = "faults")]
        mod dying {
            use super::super::killed::{BOTH, EMBEDDED, REDIS, dies};

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    dies($place, &$stores, &$times).await;
                }
            )*
        }
    };
}

places! {
    a_call_begun: "call.begun", BOTH, [1];
    a_call_ended: "call.ended", BOTH, [1];
    an_outcome_delivered: "call.delivered", BOTH, [1];
    a_session_loaded: "turn.loaded", BOTH, [1];
    a_session_loaded_again: "turn.loaded-again", REDIS, [1];
    a_text_understood: "turn.understood", BOTH, [1];
    a_turn_stepped: "turn.stepped", BOTH, [1, 3];
    a_turn_committed: "turn.committed", BOTH, [1, 2, 3];
    a_turn_told: "turn.told", BOTH, [3];
    a_turn_sent_out: "turn.sent-out", BOTH, [3];
    overdue_work_found: "overdue.found", BOTH, [1];
    a_session_ended_and_not_removed: "session.ended", BOTH, [1];
    a_write_queued: "store.queued", EMBEDDED, [1];
    a_transaction_begun: "store.begun", EMBEDDED, [1];
    a_transaction_written: "store.written", EMBEDDED, [1, 3];
    a_transaction_committed: "store.committed", EMBEDDED, [1, 3];
    redis_connected: "redis.connected", REDIS, [1, 3];
    redis_answered: "redis.answered", REDIS, [2, 4];
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    let place = Regex::new(r#"fault!\("([^"]+)"\)"#).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.extend(place.captures_iter(&text).map(|place| place[1].to_owned()));
        }
    }
}

#[test]
fn a_host_dies_at_each_place_in_some_test() {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let tried: BTreeSet<String> = PLACES.iter().map(|place| (*place).to_owned()).collect();
    assert_eq!(found, tried, "each `fault!` has its row, and each row its `fault!`");
}
