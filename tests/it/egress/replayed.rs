//! In a replay a guest sees the same time and the same chance, whichever way it asks.

use super::*;

async fn drawn(lent: Lent) -> Value {
    let sandbox = sandbox(EgressOptions::default(), lent);
    let probe = probe_in(&sandbox, &Rights::to(&["http://ours.test".into()])).await;
    let mut drawn = probe.call("draw", json!({})).await;
    drawn["placeholder"] = probe.call("placeholder", json!({ "name": "key" })).await;
    drawn
}

#[tokio::test]
async fn a_replayed_call_sees_the_same_time_and_the_same_chance() {
    let (one, two) = (drawn(frozen()).await, drawn(frozen()).await);
    assert_eq!(one, two);
    assert_eq!((&one["nowMs"], &one["wallMs"]), (&json!(1_000_000), &json!(1_000_000)));
    let other = drawn(Lent { seed: Some(8), ..frozen() }).await;
    for name in ["runtime", "library", "placeholder"] {
        assert_ne!(one[name], other[name], "{name}");
    }
}

#[tokio::test]
async fn without_a_seed_chance_is_fresh_and_the_clock_goes_on_from_the_conversations() {
    let (one, two) = (drawn(lent()).await, drawn(lent()).await);
    for name in ["runtime", "library", "placeholder"] {
        assert_ne!(one[name], two[name], "{name}");
    }
    assert!((1_000_000..1_060_000).contains(&one["wallMs"].as_u64().unwrap()), "{one}");
}
