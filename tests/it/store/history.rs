//! What every store promises about publications, drafts and counts of flows.

use cicerone::flow::{self, Version};
use cicerone::rollout::{Guard, Percent, Rollout};
use cicerone::store::{Draft, How, Note, Store, Used};

use super::at;

for_each_store![
    each_change_of_what_is_current_is_a_publication_with_its_note,
    publications_come_in_pages_the_newest_first,
    a_draft_is_only_replaced_by_who_has_seen_it,
    of_many_who_save_a_draft_at_once_exactly_one_wins,
    a_draft_is_only_dropped_by_who_has_seen_it,
    what_is_counted_adds_up,
    a_part_of_new_sessions_is_kept_with_what_was_published,
    a_part_of_new_sessions_ends_when_somebody_says_so_or_something_else_is_current,
];

fn draft(text: &str) -> Draft {
    Draft {
        definition: format!(r#"{{"text":"{text}"}}"#),
        base: Some("b".into()),
        at: at(5),
        author: None,
    }
}

async fn each_change_of_what_is_current_is_a_publication_with_its_note(store: &Store) {
    let (a, b) = (flow::Id::from("a"), flow::Id::from("b|é:1"));
    let first = Note::of_file(at(1));
    let both = [(a.clone(), Some("1".into())), (b.clone(), Some("1".into()))];
    let epoch = store.activate(&both, 0, &first).await.unwrap().unwrap();
    let second = Note {
        at: at(2),
        how: How::Publish,
        author: Some("Ada | Eve".to_owned()),
        changelog: Some("line one\n| \"line two\" 🙂".to_owned()),
        percent: None,
    };
    let again = [(a.clone(), Some("1".into())), (b.clone(), Some("2".into()))];
    assert_eq!(store.activate(&again, epoch + 7, &second).await.unwrap(), None);
    let epoch = store.activate(&again, epoch, &second).await.unwrap().unwrap();
    let third = Note { how: How::Retire, ..first.clone() };
    store.activate(&[(b.clone(), None)], epoch, &third).await.unwrap().unwrap();
    let of = |id| async move {
        let found = store.publications(id, u64::MAX, 10).await.unwrap();
        let brief = |one: cicerone::store::Publication| (one.number, one.version, one.note);
        found.into_iter().map(brief).collect::<Vec<_>>()
    };
    assert_eq!(of(&a).await, [(1, Some("1".into()), first.clone())], "no change is no publication");
    let expected =
        [(3, None, third), (2, Some(Version::from("2")), second), (1, Some("1".into()), first)];
    assert_eq!(of(&b).await, expected);
    assert_eq!(of(&"c".into()).await, []);
    assert_eq!(store.published().await.unwrap(), [a, b], "a retired one too");
}

async fn publications_come_in_pages_the_newest_first(store: &Store) {
    let id = flow::Id::from("a");
    let mut epoch = 0;
    for version in 1..=7 {
        let change = [(id.clone(), Some(Version::from(version.to_string().as_str())))];
        epoch = store.activate(&change, epoch, &super::note()).await.unwrap().unwrap();
    }
    for (before, limit, expected) in
        [(u64::MAX, 3, vec![7, 6, 5]), (5, 3, vec![4, 3, 2]), (2, 3, vec![1]), (1, 3, vec![])]
    {
        let page = store.publications(&id, before, limit).await.unwrap();
        assert_eq!(page.iter().map(|one| one.number).collect::<Vec<_>>(), expected);
    }
}

async fn a_draft_is_only_replaced_by_who_has_seen_it(store: &Store) {
    let id = flow::Id::from("a");
    let (one, two) = (Version::from("1"), Version::from("2"));
    for (expected, hash, taken, left) in [
        (Some(&two), &one, false, None),
        (None, &one, true, Some(&one)),
        (None, &two, false, Some(&one)),
        (Some(&one), &two, true, Some(&two)),
        // Sent again.
        (Some(&one), &two, true, Some(&two)),
    ] {
        let put = store.draft_put(&id, expected, hash, &draft(hash.as_str())).await.unwrap();
        assert_eq!(put, taken, "{expected:?} {hash}");
        let left = left.map(|hash| (hash.clone(), draft(hash.as_str())));
        assert_eq!(store.draft(&id).await.unwrap(), left);
    }
    store.draft_put(&"0".into(), None, &one, &draft("other")).await.unwrap();
    assert_eq!(store.drafts().await.unwrap(), ["0".into(), id]);
}

async fn of_many_who_save_a_draft_at_once_exactly_one_wins(store: &Store) {
    let id = flow::Id::from("a");
    let base = Version::from("base");
    store.draft_put(&id, None, &base, &draft("base")).await.unwrap();
    let saves = (0..20).map(|n| {
        let (id, base) = (&id, &base);
        async move {
            let hash = Version::from(format!("v{n}").as_str());
            store.draft_put(id, Some(base), &hash, &draft(&n.to_string())).await.unwrap()
        }
    });
    let saved = futures_util::future::join_all(saves).await;
    assert_eq!(saved.iter().filter(|saved| **saved).count(), 1);
}

async fn a_draft_is_only_dropped_by_who_has_seen_it(store: &Store) {
    let (id, one) = (flow::Id::from("a"), Version::from("1"));
    assert!(!store.draft_delete(&id, None).await.unwrap());
    store.draft_put(&id, None, &one, &draft("one")).await.unwrap();
    assert!(!store.draft_delete(&id, Some(&"2".into())).await.unwrap());
    assert!(store.draft_delete(&id, Some(&one)).await.unwrap());
    assert_eq!(store.draft(&id).await.unwrap(), None);
    store.draft_put(&id, None, &one, &draft("one")).await.unwrap();
    assert!(store.draft_delete(&id, None).await.unwrap());
}

async fn what_is_counted_adds_up(store: &Store) {
    let used = |flow: &str, version: &str, what: &str, count| Used {
        flow: flow.into(),
        version: version.into(),
        what: what.to_owned(),
        count,
    };
    let first =
        [used("a", "1", "enter:A|B é", 2), used("a", "2", "begun", 1), used("b", "1", "begun", 9)];
    store.count_more(&first).await.unwrap();
    store.count_more(&[used("a", "1", "enter:A|B é", 40)]).await.unwrap();
    let mut counted = store.counts(&"a".into()).await.unwrap();
    counted.sort_by(|one, other| one.version.cmp(&other.version));
    assert_eq!(counted, [used("a", "1", "enter:A|B é", 42), used("a", "2", "begun", 1)]);
    assert_eq!(store.counts(&"c".into()).await.unwrap(), []);
}

/// A store in which a part of the new sessions of the first of two flows begins on another version, and its epoch.
async fn rolling_out(store: &Store) -> ([flow::Id; 2], Rollout, Note, u64) {
    let [id, other] = [flow::Id::from("a|b"), flow::Id::from("c")];
    let both = [(id.clone(), Some("1".into())), (other.clone(), Some("1".into()))];
    let epoch = store.activate(&both, 0, &super::note()).await.unwrap().unwrap();
    let percent = Percent::try_from(10).unwrap();
    let guard = Guard { ratio: 2.5, ..Guard::default() };
    let rollout = Rollout { version: "2".into(), percent, began: at(1), since: at(2), guard };
    let note = Note { how: How::Canary, percent: Some(percent), ..super::note() };
    let of = (&id, &rollout.version);
    let late = store.roll_out(of, Some(&rollout), epoch + 1, &note).await.unwrap();
    assert_eq!(late, None, "another host was first");
    let begun = store.roll_out(of, Some(&rollout), epoch, &note).await.unwrap();
    assert_eq!(begun, Some(epoch + 1));
    ([id, other], rollout, note, epoch + 1)
}

async fn a_part_of_new_sessions_is_kept_with_what_was_published(store: &Store) {
    let ([id, _], rollout, note, epoch) = rolling_out(store).await;
    let active = store.active().await.unwrap();
    assert_eq!(active.versions[&id], "1".into(), "what is current stays so");
    let of_all = active.rollouts.into_iter().collect::<Vec<_>>();
    assert_eq!((active.epoch, of_all), (epoch, vec![(id.clone(), rollout)]));
    let newest = store.publications(&id, u64::MAX, 1).await.unwrap().remove(0);
    assert_eq!((newest.number, newest.version, newest.note), (2, Some("2".into()), note));
}

async fn a_part_of_new_sessions_ends_when_somebody_says_so_or_something_else_is_current(
    store: &Store,
) {
    let ([id, other], rollout, note, epoch) = rolling_out(store).await;
    let of = (&id, &rollout.version);
    let count = async || store.active().await.unwrap().rollouts.len();
    // Another flow, and the same version again, leave it as it is.
    let same = [(id.clone(), Some("1".into())), (other, Some("3".into()))];
    let epoch = store.activate(&same, epoch, &super::note()).await.unwrap().unwrap();
    assert_eq!(count().await, 1);
    let dropped = Note { how: How::Drop, ..super::note() };
    let mut epoch = store.roll_out(of, None, epoch, &dropped).await.unwrap().unwrap();
    assert_eq!(count().await, 0);
    for next in [Some(rollout.version.clone()), Some("1".into()), None] {
        epoch = store.roll_out(of, Some(&rollout), epoch, &note).await.unwrap().unwrap();
        let change = [(id.clone(), next)];
        epoch = store.activate(&change, epoch, &super::note()).await.unwrap().unwrap();
        assert_eq!(count().await, 0);
    }
}
