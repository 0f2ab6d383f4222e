//! What every store promises about sessions, logs and flow versions.

use std::collections::BTreeMap;

use cicerone::event::SessionId;
use cicerone::flow;
use cicerone::store::{Active, Filter, Share, Store};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{at, id, is_conflict, note, numbers, page, turn};

for_each_store![
    what_is_committed_can_be_loaded,
    an_unknown_session_is_none_and_not_an_error,
    a_turn_that_does_not_continue_the_log_is_a_conflict_and_changes_nothing,
    events_that_leave_a_gap_are_a_conflict,
    one_bad_commit_among_many_does_not_fail_the_others,
    of_many_commits_at_one_place_exactly_one_wins,
    a_page_holds_exactly_the_events_after_a_number,
    events_of_several_turns_in_one_commit_keep_their_numbers,
    a_page_of_large_events_is_cut_but_never_empty,
    due_sessions_come_earliest_first,
    a_session_with_nothing_due_is_no_longer_named,
    what_is_put_off_is_due_later_unless_a_turn_came_between,
    the_last_activation_is_what_all_see,
    an_activation_of_an_epoch_that_is_over_changes_nothing,
    a_list_is_filtered_and_paged_by_id,
    a_deleted_session_is_gone,
    the_id_of_a_deleted_session_is_free,
    idle_sessions_expire_but_never_one_that_waits,
    a_flow_version_is_kept_as_it_was_first_put,
    any_order_of_commits_gives_gapless_logs,
    a_store_that_answers_takes_writes,
];

async fn what_is_committed_can_be_loaded(store: &Store) {
    let mut first = turn("s", 0, 2);
    first.summary.state = "Greeting 🙂".to_owned();
    store.commit(first.clone()).await.unwrap();
    let stored = store.load(&id("s")).await.unwrap().unwrap();
    assert_eq!((stored.seq, stored.data), (2, first.data));
    assert_eq!(page(store, "s", 0, 10).await.events, first.events);
    let listed = store.list(&Filter { limit: 10, ..Filter::default() }).await.unwrap();
    assert_eq!(listed, [(id("s"), first.summary)]);

    let mut second = turn("s", 2, 1);
    second.summary.active = false;
    second.summary.updated_at = at(2000);
    store.commit(second.clone()).await.unwrap();
    let stored = store.load(&id("s")).await.unwrap().unwrap();
    assert_eq!((stored.seq, stored.data), (3, second.data));
    let listed = store.list(&Filter { limit: 10, ..Filter::default() }).await.unwrap();
    assert_eq!(listed, [(id("s"), second.summary)]);
}

async fn an_unknown_session_is_none_and_not_an_error(store: &Store) {
    assert_eq!(store.load(&id("nobody")).await.unwrap(), None);
    assert_eq!(store.events(&id("nobody"), 0, 10).await.unwrap(), None);
    assert!(!store.delete(&id("nobody")).await.unwrap());
}

async fn a_turn_that_does_not_continue_the_log_is_a_conflict_and_changes_nothing(store: &Store) {
    assert!(is_conflict(&store.commit(turn("s", 1, 1)).await), "there is no session yet");
    store.commit(turn("s", 0, 2)).await.unwrap();
    for expected in [0, 1, 3] {
        let outcome = store.commit(turn("s", expected, 1)).await;
        assert!(is_conflict(&outcome), "after {expected}: {outcome:?}");
    }
    assert_eq!(numbers(&page(store, "s", 0, 10).await), [1, 2]);
    let stored = store.load(&id("s")).await.unwrap().unwrap();
    assert_eq!((stored.seq, &*stored.data), (2, r#"{"seq":2}"#));
}

async fn events_that_leave_a_gap_are_a_conflict(store: &Store) {
    let mut gap = turn("s", 0, 3);
    gap.events.remove(1);
    let mut late = turn("s", 0, 2);
    late.events.remove(0);
    let mut empty = turn("s", 0, 1);
    empty.events.clear();
    for commit in [gap, late, empty] {
        assert!(is_conflict(&store.commit(commit).await));
    }
    assert_eq!(store.load(&id("s")).await.unwrap(), None);
}

async fn one_bad_commit_among_many_does_not_fail_the_others(store: &Store) {
    let commits = (0..64).map(|n| {
        let expected = if n == 17 { 5 } else { 0 };
        store.commit(turn(&format!("s{n:02}"), expected, 1))
    });
    let outcomes = futures_util::future::join_all(commits).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        assert_eq!(is_conflict(outcome), n == 17, "{n}: {outcome:?}");
        assert_eq!(outcome.is_ok(), n != 17, "{n}: {outcome:?}");
    }
    let listed = store.list(&Filter { limit: 100, ..Filter::default() }).await.unwrap();
    assert_eq!(listed.len(), 63);
}

async fn of_many_commits_at_one_place_exactly_one_wins(store: &Store) {
    store.commit(turn("s", 0, 1)).await.unwrap();
    let commits = (0..32).map(|n| store.commit(turn("s", 1, 1 + n % 3)));
    let outcomes = futures_util::future::join_all(commits).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| is_conflict(outcome)).count(), 31);
}

async fn a_page_holds_exactly_the_events_after_a_number(store: &Store) {
    store.commit(turn("s", 0, 4)).await.unwrap();
    store.commit(turn("s", 4, 3)).await.unwrap();
    store.commit(turn("other", 0, 9)).await.unwrap();
    let cases: [(u64, usize, &[u64]); 6] = [
        (0, 100, &[1, 2, 3, 4, 5, 6, 7]),
        (0, 2, &[1, 2]),
        (2, 2, &[3, 4]),
        (6, 10, &[7]),
        (7, 10, &[]),
        (u64::MAX, usize::MAX, &[]),
    ];
    for (since, limit, expected) in cases {
        let page = page(store, "s", since, limit).await;
        assert_eq!(numbers(&page), expected, "since {since}, at most {limit}");
        assert_eq!((page.first, page.head), (1, 7));
    }
}

async fn events_of_several_turns_in_one_commit_keep_their_numbers(store: &Store) {
    let mut commit = turn("s", 0, 5);
    for (event, turn) in commit.events.iter_mut().zip([1, 1, 2, 3, 3]) {
        event.turn = turn;
    }
    store.commit(commit.clone()).await.unwrap();
    for since in 0..=5 {
        let read = page(store, "s", since, 10).await;
        let rest = commit.events.iter().filter(|event| event.seq > since);
        assert_eq!(read.events, rest.cloned().collect::<Vec<_>>(), "since {since}");
    }
}

async fn a_page_of_large_events_is_cut_but_never_empty(store: &Store) {
    let mut large = turn("s", 0, 5);
    for (event, bytes) in large.events.iter_mut().zip([400_000, 400_000, 400_000, 2_000_000, 1]) {
        event.json = "x".repeat(bytes).into();
    }
    store.commit(large).await.unwrap();
    let cases: [(u64, &[u64]); 4] = [(0, &[1, 2]), (2, &[3]), (3, &[4]), (4, &[5])];
    for (since, expected) in cases {
        let page = page(store, "s", since, 100).await;
        assert_eq!((numbers(&page).as_slice(), page.head), (expected, 5), "since {since}");
    }
}

async fn due_sessions_come_earliest_first(store: &Store) {
    for (session, due) in [("a", Some(300)), ("b", Some(100)), ("c", None), ("d", Some(200))] {
        let mut commit = turn(session, 0, 1);
        commit.due = due.map(at);
        store.commit(commit).await.unwrap();
    }
    let all = Share::all();
    let due = |now, limit| store.due(at(now), &all, limit);
    assert_eq!(due(99, 10).await.unwrap(), []);
    assert_eq!(due(100, 10).await.unwrap(), [id("b")]);
    assert_eq!(due(1000, 10).await.unwrap(), [id("b"), id("d"), id("a")]);
    assert_eq!(due(1000, 2).await.unwrap(), [id("b"), id("d")]);
    assert_eq!(store.with_due().await.unwrap(), [id("b"), id("d"), id("a")]);
}

async fn a_session_with_nothing_due_is_no_longer_named(store: &Store) {
    for (expected, due) in [(0, Some(100)), (1, Some(50)), (2, None)] {
        let mut commit = turn("s", expected, 1);
        commit.due = due.map(at);
        store.commit(commit).await.unwrap();
        let named = store.due(at(60), &Share::all(), 10).await.unwrap();
        assert_eq!(named, if due == Some(50) { vec![id("s")] } else { vec![] });
    }
    assert_eq!(store.with_due().await.unwrap(), []);
}

async fn what_is_put_off_is_due_later_unless_a_turn_came_between(store: &Store) {
    let mut waiting = turn("s", 0, 1);
    waiting.due = Some(at(50));
    store.commit(waiting).await.unwrap();
    store.put_off(&id("s"), 1, at(90)).await.unwrap();
    assert_eq!(store.due(at(89), &Share::all(), 10).await.unwrap(), []);
    assert_eq!(store.due(at(90), &Share::all(), 10).await.unwrap(), [id("s")]);
    store.put_off(&id("s"), 0, at(10)).await.unwrap();
    assert_eq!(store.due(at(89), &Share::all(), 10).await.unwrap(), [], "a turn came between");
    store.commit(turn("s", 1, 1)).await.unwrap();
    store.put_off(&id("s"), 2, at(10)).await.unwrap();
    assert_eq!(store.with_due().await.unwrap(), [], "nothing is due for it any more");
}

async fn the_last_activation_is_what_all_see(store: &Store) {
    let store_name = name_before_anything_is_active(store).await;
    let (a, b) = (flow::Id::from("a"), flow::Id::from("b"));
    let version = |text: &str| Some(flow::Version::from(text));
    let both = [(a.clone(), version("1")), (b.clone(), version("1"))];
    let first = store.activate(&both, 0, &note()).await.unwrap().unwrap();
    assert!(first > 0);
    assert_eq!(
        store.activate(&both, first, &note()).await.unwrap(),
        Some(first),
        "nothing changed"
    );
    assert_eq!(store.epoch().await.unwrap(), first);
    let other = [(a, None), (b.clone(), version("2"))];
    let second = store.activate(&other, first, &note()).await.unwrap().unwrap();
    assert!(second > first);
    let active = store.active().await.unwrap();
    assert_eq!((active.store, active.epoch), (store_name, second));
    assert_eq!(active.versions.into_iter().collect::<Vec<_>>(), [(b, "2".into())]);
}

async fn name_before_anything_is_active(store: &Store) -> String {
    let active = store.active().await.unwrap();
    assert!(!active.store.is_empty());
    let none = Active { store: active.store.clone(), ..Active::default() };
    assert_eq!(active, none);
    active.store
}

async fn an_activation_of_an_epoch_that_is_over_changes_nothing(store: &Store) {
    let one = [(flow::Id::from("a"), Some(flow::Version::from("1")))];
    let epoch = store.activate(&one, 0, &note()).await.unwrap().unwrap();
    let two = [(flow::Id::from("a"), Some(flow::Version::from("2")))];
    assert_eq!(store.activate(&two, epoch + 1, &note()).await.unwrap(), None);
    assert_eq!(store.activate(&two, epoch - 1, &note()).await.unwrap(), None);
    let active = store.active().await.unwrap();
    assert_eq!(active.versions.into_iter().collect::<Vec<_>>(), [("a".into(), "1".into())]);
    assert_eq!(store.active_of(&"a".into()).await.unwrap(), Some("1".into()));
    assert_eq!(store.active_of(&"b".into()).await.unwrap(), None);
}

async fn a_list_is_filtered_and_paged_by_id(store: &Store) {
    for (session, flow, active) in
        [("a", "x", true), ("b", "y", true), ("c", "x", false), ("d", "x", true)]
    {
        let mut commit = turn(session, 0, 1);
        commit.summary.flow = flow.into();
        commit.summary.active = active;
        store.commit(commit).await.unwrap();
    }
    let all = Filter { limit: 10, ..Filter::default() };
    let cases: [(Filter, &[&str]); 6] = [
        (all.clone(), &["a", "b", "c", "d"]),
        (Filter { flow: Some("x".into()), ..all.clone() }, &["a", "c", "d"]),
        (Filter { active: Some(false), ..all.clone() }, &["c"]),
        (Filter { flow: Some("x".into()), active: Some(true), ..all.clone() }, &["a", "d"]),
        (Filter { after: Some(id("b")), ..all.clone() }, &["c", "d"]),
        (Filter { limit: 2, ..all }, &["a", "b"]),
    ];
    for (filter, expected) in cases {
        let listed = store.list(&filter).await.unwrap();
        let ids: Vec<&str> = listed.iter().map(|(session, _)| session.as_str()).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
    for (after, limit, expected) in
        [(None, 10, &["a", "b", "d"][..]), (Some("a"), 1, &["b"]), (Some("b"), 9, &["d"])]
    {
        let after = after.map(id);
        let live = store.live(after.as_ref(), limit).await.unwrap();
        let ids: Vec<&str> = live.iter().map(|(session, _)| session.as_str()).collect();
        assert_eq!(ids, expected, "after {after:?}");
        assert_eq!(live[0].1, store.load(&live[0].0).await.unwrap().unwrap().data);
    }
}

async fn a_deleted_session_is_gone(store: &Store) {
    store.commit(turn("s", 0, 3)).await.unwrap();
    store.commit(turn("stays", 0, 3)).await.unwrap();
    assert!(store.delete(&id("s")).await.unwrap());
    assert_eq!(store.load(&id("s")).await.unwrap(), None);
    assert_eq!(store.events(&id("s"), 0, 10).await.unwrap(), None);
    assert!(is_conflict(&store.commit(turn("s", 3, 1)).await), "a late turn finds nothing");
    assert_eq!(numbers(&page(store, "stays", 0, 10).await), [1, 2, 3]);
}

async fn the_id_of_a_deleted_session_is_free(store: &Store) {
    store.commit(turn("s", 0, 3)).await.unwrap();
    store.delete(&id("s")).await.unwrap();
    store.commit(turn("s", 0, 1)).await.unwrap();
    assert_eq!(numbers(&page(store, "s", 0, 10).await), [1]);
}

async fn idle_sessions_expire_but_never_one_that_waits(store: &Store) {
    for (session, updated_at, due) in
        [("old", 100, None), ("older", 50, None), ("waits", 10, Some(9999)), ("new", 200, None)]
    {
        let mut commit = turn(session, 0, 2);
        commit.summary.updated_at = at(updated_at);
        commit.due = due.map(at);
        store.commit(commit).await.unwrap();
    }
    assert_eq!(store.expire(at(200), 1).await.unwrap(), [id("older")]);
    assert_eq!(store.expire(at(200), 10).await.unwrap(), [id("old")]);
    assert_eq!(store.expire(at(200), 10).await.unwrap(), []);
    assert_eq!(store.events(&id("old"), 0, 10).await.unwrap(), None);
    assert_eq!(numbers(&page(store, "waits", 0, 10).await), [1, 2]);
    assert_eq!(numbers(&page(store, "new", 0, 10).await), [1, 2]);
}

async fn a_flow_version_is_kept_as_it_was_first_put(store: &Store) {
    let (flow, one, two) = ("reservation".into(), "1111".into(), "2222".into());
    assert_eq!(store.flow_get(&flow, &one).await.unwrap(), None);
    store.flow_put(&flow, &one, r#"{"v":1}"#).await.unwrap();
    store.flow_put(&flow, &two, r#"{"v":2}"#).await.unwrap();
    store.flow_put(&flow, &one, "another text").await.unwrap();
    assert_eq!(store.flow_get(&flow, &one).await.unwrap().as_deref(), Some(r#"{"v":1}"#));
    assert_eq!(store.flow_get(&flow, &two).await.unwrap().as_deref(), Some(r#"{"v":2}"#));
    assert_eq!(store.flow_get(&"other".into(), &one).await.unwrap(), None);
}

/// Many hosts that know more or less of a log: whatever they try, in whatever order, each log counts 1, 2, 3 … and
/// ends where the model says.
async fn any_order_of_commits_gives_gapless_logs(store: &Store) {
    let mut runner = TestRunner::default();
    let attempts = proptest::collection::vec((0..4_u8, 0..6_u64, 1..4_u64, any::<bool>()), 1..60);
    for case in 0..20 {
        let mut heads: BTreeMap<String, u64> = BTreeMap::new();
        let attempts = attempts.new_tree(&mut runner).unwrap().current();
        for &(name, guess, count, informed) in &attempts {
            let session = format!("c{case}-{name}");
            let head = heads.entry(session.clone()).or_default();
            let expected = if informed { *head } else { guess };
            let outcome = store.commit(turn(&session, expected, count)).await;
            assert_eq!(outcome.is_ok(), expected == *head, "{session} at {head}: {attempts:?}");
            *head += if outcome.is_ok() { count } else { 0 };
        }
        for (session, head) in heads.into_iter().filter(|(_, head)| *head > 0) {
            let page = page(store, &session, 0, usize::MAX).await;
            assert_eq!(numbers(&page), (1..=head).collect::<Vec<_>>(), "{attempts:?}");
            let stored = store.load(&SessionId::new(&session).unwrap()).await.unwrap().unwrap();
            assert_eq!((stored.seq, page.head), (head, head));
        }
    }
}

async fn a_store_that_answers_takes_writes(store: &Store) {
    store.ping().await.unwrap();
    store.close().await.unwrap();
    assert!(store.ping().await.is_err());
}
