//! What every store promises about the values that plugins keep.

use cicerone::store::{Entry, KvError, Quota, Space, Store, Terms};

use super::{at, id, turn};

for_each_store![
    a_value_belongs_to_its_plugin_its_session_and_its_key,
    a_deleted_value_is_gone_and_no_other,
    a_value_is_not_given_out_after_its_time,
    a_value_larger_than_allowed_is_refused,
    a_quota_counts_bytes_and_keys_over_all_spaces_of_a_plugin,
    room_that_is_free_again_can_be_used_again,
    an_increment_counts_from_zero_and_keeps_the_time_to_live,
    concurrent_increments_lose_none,
    what_is_not_a_number_is_not_incremented,
    compare_and_set_changes_only_what_is_as_expected,
    a_session_takes_its_values_with_it,
    what_is_written_for_a_session_that_is_gone_goes_too,
    a_closed_store_says_that_it_is_unavailable,
];

const ROOMY: Quota = Quota { value_max: 1 << 20, bytes_max: 1 << 30, keys_max: 1 << 20 };

fn entry(plugin: &str, session: Option<&str>, key: &str) -> Entry {
    let space = Space { plugin: plugin.to_owned(), session: session.map(id) };
    Entry { space, key: key.to_owned() }
}

fn terms(quota: Quota, ttl_ms: Option<u64>, now: i64) -> Terms {
    Terms { quota, ttl_ms, now: at(now) }
}

const fn quota(bytes_max: u64, keys_max: u64) -> Quota {
    Quota { bytes_max, keys_max, ..ROOMY }
}

async fn a_value_belongs_to_its_plugin_its_session_and_its_key(store: &Store) {
    for session in ["s", "t"] {
        store.commit(turn(session, 0, 1)).await.unwrap();
    }
    let places = [
        entry("p", None, "k"),
        entry("q", None, "k"),
        entry("p", Some("s"), "k"),
        entry("p", Some("t"), "k"),
        entry("p", None, "l"),
    ];
    for (n, place) in places.iter().enumerate() {
        assert_eq!(store.kv_get(place, at(0)).await.unwrap(), None);
        store
            .kv_set(place, &[0, 255, u8::try_from(n).unwrap()], terms(ROOMY, None, 0))
            .await
            .unwrap();
    }
    for (n, place) in places.iter().enumerate() {
        let value = store.kv_get(place, at(0)).await.unwrap();
        assert_eq!(value, Some(vec![0, 255, u8::try_from(n).unwrap()]));
    }
}

async fn a_deleted_value_is_gone_and_no_other(store: &Store) {
    store.commit(turn("s", 0, 1)).await.unwrap();
    let (one, other) = (entry("p", None, "k"), entry("p", Some("s"), "k"));
    for place in [&one, &other] {
        store.kv_set(place, b"v", terms(ROOMY, None, 0)).await.unwrap();
    }
    assert!(store.kv_delete(&one, at(0)).await.unwrap());
    assert!(!store.kv_delete(&one, at(0)).await.unwrap(), "it is gone");
    assert_eq!(store.kv_get(&one, at(0)).await.unwrap(), None);
    assert!(store.kv_get(&other, at(0)).await.unwrap().is_some());
}

async fn a_value_is_not_given_out_after_its_time(store: &Store) {
    let place = entry("p", None, "k");
    store.kv_set(&place, b"v", terms(ROOMY, Some(100), 1000)).await.unwrap();
    assert_eq!(store.kv_get(&place, at(1099)).await.unwrap().as_deref(), Some(&b"v"[..]));
    assert_eq!(store.kv_get(&place, at(1100)).await.unwrap(), None);
    assert!(!store.kv_delete(&place, at(1100)).await.unwrap());

    store.kv_set(&place, b"v", terms(ROOMY, Some(100), 1000)).await.unwrap();
    store.kv_set(&place, b"w", terms(ROOMY, None, 1050)).await.unwrap();
    assert!(store.kv_get(&place, at(9999)).await.unwrap().is_some(), "a set without one ends it");
}

async fn a_value_larger_than_allowed_is_refused(store: &Store) {
    let place = entry("p", None, "k");
    let small = Quota { value_max: 3, ..ROOMY };
    store.kv_set(&place, b"123", terms(small, None, 0)).await.unwrap();
    let outcome = store.kv_set(&place, b"1234", terms(small, None, 0)).await;
    assert_eq!(outcome, Err(KvError::TooLarge(3)));
    let swap = store.kv_compare_and_set(&place, Some(b"123"), b"1234", terms(small, None, 0)).await;
    assert_eq!(swap, Err(KvError::TooLarge(3)));
    assert_eq!(store.kv_get(&place, at(0)).await.unwrap().as_deref(), Some(&b"123"[..]));
}

async fn a_quota_counts_bytes_and_keys_over_all_spaces_of_a_plugin(store: &Store) {
    store.commit(turn("s", 0, 1)).await.unwrap();
    let (here, there) = (entry("p", None, "k"), entry("p", Some("s"), "k"));
    let tight = terms(quota(10, 2), None, 0);
    store.kv_set(&here, b"1234", tight).await.unwrap();
    store.kv_set(&there, b"1234", tight).await.unwrap();
    let outcome = store.kv_set(&here, b"12345", tight).await;
    assert_eq!(outcome, Err(KvError::Quota(10)));
    let outcome = store.kv_set(&entry("p", None, "l"), b"", tight).await;
    assert_eq!(outcome, Err(KvError::Quota(2)));
    let outcome = store.kv_increment(&entry("p", None, "l"), 1, tight).await;
    assert_eq!(outcome, Err(KvError::Quota(2)));
    store.kv_set(&entry("q", None, "k"), b"1234", tight).await.unwrap();
    let lowered = terms(quota(1, 1), None, 0);
    store.kv_set(&here, b"123", lowered).await.expect("what shrinks is fine");
}

async fn room_that_is_free_again_can_be_used_again(store: &Store) {
    let one = quota(100, 1);
    store.kv_set(&entry("p", None, "a"), b"v", terms(one, Some(10), 0)).await.unwrap();
    let b = entry("p", None, "b");
    assert_eq!(store.kv_set(&b, b"v", terms(one, None, 9)).await, Err(KvError::Quota(1)));
    store.kv_set(&b, b"v", terms(one, None, 10)).await.expect("the first value's time is over");
    store.kv_delete(&b, at(10)).await.unwrap();
    store.kv_set(&entry("p", None, "c"), b"v", terms(one, None, 10)).await.unwrap();
}

async fn an_increment_counts_from_zero_and_keeps_the_time_to_live(store: &Store) {
    let place = entry("p", None, "n");
    assert_eq!(store.kv_increment(&place, 5, terms(ROOMY, Some(100), 0)).await, Ok(5));
    assert_eq!(store.kv_increment(&place, -7, terms(ROOMY, None, 50)).await, Ok(-2));
    assert_eq!(store.kv_get(&place, at(50)).await.unwrap().as_deref(), Some(&b"-2"[..]));
    assert_eq!(store.kv_increment(&place, 1, terms(ROOMY, None, 100)).await, Ok(1));
    assert!(store.kv_get(&place, at(9999)).await.unwrap().is_some());
}

async fn concurrent_increments_lose_none(store: &Store) {
    let place = entry("p", None, "n");
    let increments = (0..100).map(|_| store.kv_increment(&place, 1, terms(ROOMY, None, 0)));
    let mut sums: Vec<i64> =
        futures_util::future::join_all(increments).await.into_iter().map(Result::unwrap).collect();
    sums.sort_unstable();
    assert_eq!(sums, (1..=100).collect::<Vec<_>>());
}

async fn what_is_not_a_number_is_not_incremented(store: &Store) {
    let place = entry("p", None, "n");
    for value in ["abc", "", "1.5", &i64::MAX.to_string()] {
        store.kv_set(&place, value.as_bytes(), terms(ROOMY, None, 0)).await.unwrap();
        let outcome = store.kv_increment(&place, 1, terms(ROOMY, None, 0)).await;
        assert_eq!(outcome, Err(KvError::NotANumber), "{value:?}");
        assert_eq!(store.kv_get(&place, at(0)).await.unwrap().as_deref(), Some(value.as_bytes()));
    }
}

async fn compare_and_set_changes_only_what_is_as_expected(store: &Store) {
    let place = entry("p", None, "k");
    let terms = terms(ROOMY, None, 0);
    let swap = async |expected: Option<&[u8]>, value: &[u8]| {
        store.kv_compare_and_set(&place, expected, value, terms).await.unwrap()
    };
    assert!(!swap(Some(b"a"), b"b").await);
    assert!(swap(None, b"a").await);
    assert!(!swap(None, b"b").await);
    assert!(!swap(Some(b"b"), b"c").await);
    assert!(swap(Some(b"a"), b"b").await);
    assert_eq!(store.kv_get(&place, at(0)).await.unwrap().as_deref(), Some(&b"b"[..]));
}

async fn a_session_takes_its_values_with_it(store: &Store) {
    let one = quota(100, 1);
    for ended in ["deleted", "expired"] {
        store.commit(turn(ended, 0, 1)).await.unwrap();
        let place = entry(ended, Some(ended), "k");
        store.kv_set(&place, b"v", terms(one, None, 0)).await.unwrap();
    }
    store.delete(&id("deleted")).await.unwrap();
    store.expire(at(9999), 10).await.unwrap();
    for ended in ["deleted", "expired"] {
        let place = entry(ended, Some(ended), "k");
        assert_eq!(store.kv_get(&place, at(0)).await.unwrap(), None);
        let other = entry(ended, None, "other");
        store.kv_set(&other, b"v", terms(one, None, 0)).await.expect("it no longer counts");
    }
}

/// As by a call that is still at work while its session is deleted.
async fn what_is_written_for_a_session_that_is_gone_goes_too(store: &Store) {
    let one = quota(100, 1);
    store.commit(turn("s", 0, 1)).await.unwrap();
    store.delete(&id("s")).await.unwrap();
    let place = entry("p", Some("s"), "k");
    let terms = terms(one, None, 0);
    store.kv_set(&place, b"v", terms).await.unwrap();
    nothing_lies_at(store, &place).await;
    store.kv_increment(&place, 1, terms).await.unwrap();
    nothing_lies_at(store, &place).await;
    assert!(store.kv_compare_and_set(&place, None, b"v", terms).await.unwrap());
    nothing_lies_at(store, &place).await;
    // A session that uses the id again finds nothing, and nothing of it counts.
    store.commit(turn("s", 0, 1)).await.unwrap();
    nothing_lies_at(store, &place).await;
    store.kv_set(&entry("p", None, "k"), b"v", terms).await.unwrap();
}

async fn nothing_lies_at(store: &Store, place: &Entry) {
    assert_eq!(store.kv_get(place, at(0)).await.unwrap(), None);
}

async fn a_closed_store_says_that_it_is_unavailable(store: &Store) {
    store.close().await.unwrap();
    let place = entry("p", None, "k");
    let is_away = |error: &KvError| matches!(error, KvError::Unavailable(_));
    assert!(store.kv_get(&place, at(0)).await.is_err_and(|error| is_away(&error)));
    let outcome = store.kv_set(&place, b"v", terms(ROOMY, None, 0)).await;
    assert!(outcome.is_err_and(|error| is_away(&error)));
}
