//! Flows that are changed otherwise than by their files: what is current, what the file says and what is told of it, in
//! every order of the two.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cicerone::flow::{self, Finding, Severity};
use cicerone::reload::{Edit, Edited, Flows, Guard, Trial, What};
use cicerone::runtime::Error;
use cicerone::store::How;
use serde_json::Value;

use crate::house::{House, Plan, SOON, directory, flow_file, order, order_flow, write_flow};
use crate::reload::{asking, greeting, next};

pub(crate) fn edit(what: What) -> Edit {
    Edit { flow: "order".into(), what, guard: Guard::Any, author: None, changelog: None }
}

pub(crate) fn publish(definition: &Value) -> Edit {
    Edit {
        author: Some("Ada".to_owned()),
        changelog: Some("Ask better.".to_owned()),
        ..edit(What::Publish(definition.to_string()))
    }
}

fn in_file(dir: &Path) -> Option<flow::Version> {
    flow::version_of(&std::fs::read_to_string(flow_file(dir, "order")).unwrap())
}

#[track_caller]
pub(crate) fn done(edited: Edited) -> Option<flow::Version> {
    match edited {
        Edited::Done { version, .. } => version,
        other => panic!("not done: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_published_is_current_and_in_the_file_and_kept_with_who_and_why() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let old = in_file(dir.path());
    let running = house.begin().await;
    let mut host = house.bus.subscribe_host();
    let version = done(house.edit(publish(&asking("Published?"))).await);
    assert_eq!(
        (in_file(dir.path()), greeting(&house).await),
        (version.clone(), "ask Published?".into())
    );
    assert!(!house.catalog.flows()[0].reading.rejected);
    let event = next(&mut host).await;
    assert_eq!(
        (event.kind.as_str(), event.version.as_deref()),
        ("flow.reloaded", version.as_ref().map(flow::Version::as_str))
    );
    let seen = house.runtime.session(&running).await.unwrap();
    assert_eq!(Some(&seen.frame().version), old.as_ref(), "running sessions go on");
    let published = house.store.publications(&"order".into(), u64::MAX, 10).await.unwrap();
    let [new, first] = &published[..2] else { panic!("{published:?}") };
    assert_eq!((new.number, &new.version, new.note.how), (2, &version, How::Publish));
    assert_eq!(
        (new.note.author.as_deref(), new.note.changelog.as_deref()),
        (Some("Ada"), Some("Ask better."))
    );
    assert_eq!((&first.version, first.note.how), (&old, How::File));

    let first = std::fs::read_to_string(dir.path().join("flows/order.json.old")).unwrap();
    assert_eq!(flow::version_of(&first), old, "what a person wrote is kept");
    done(house.edit(publish(&asking("Meanwhile?"))).await);
    let more = dir.path().join("flows/order.json.old.2");
    assert!(!more.exists(), "what the store has need not be kept beside it");
    done(house.edit(publish(&asking("Published?"))).await);

    // The same again is nothing new, and a restart finds everything in agreement.
    assert!(matches!(house.edit(publish(&asking("Published?"))).await, Edited::Unchanged(_)));
    house.close().await;
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask Published?");
    assert_eq!(house.store.publications(&"order".into(), u64::MAX, 10).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_change_by_hand_after_a_publication_wins_and_is_a_publication() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    done(house.edit(publish(&asking("Published?"))).await);
    let mut host = house.bus.subscribe_host();
    write_flow(dir.path(), "order", &asking("By hand?"));
    assert_eq!(next(&mut host).await.kind, "flow.reloaded");
    assert_eq!(greeting(&house).await, "ask By hand?");
    let published = house.store.publications(&"order".into(), u64::MAX, 10).await.unwrap();
    let how: Vec<How> = published.iter().map(|one| one.note.how).collect();
    assert_eq!(how, [How::File, How::Publish, How::File]);
}

#[tokio::test]
async fn who_publishes_over_a_change_by_hand_that_they_have_not_seen_is_told() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let seen = in_file(dir.path());
    // Not noticed yet: publishing looks first.
    write_flow(dir.path(), "order", &asking("By hand?"));
    let edit = Edit { guard: Guard::Is(seen), ..publish(&asking("Published?")) };
    let stale = house.edit(edit).await;
    assert!(
        matches!(&stale, Edited::Stale(current) if *current == in_file(dir.path())),
        "{stale:?}"
    );
    assert_eq!(greeting(&house).await, "ask By hand?");
}

#[tokio::test]
async fn a_text_that_must_not_run_changes_nothing_and_is_explained() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let before = std::fs::read(flow_file(dir.path(), "order")).unwrap();
    let mut broken = order_flow();
    broken["states"]["Ask"]["transitions"][0]["to"] = "Slwo".into();
    let Edited::Rejected(findings) = house.edit(publish(&broken)).await else { panic!("taken") };
    assert_eq!(
        (findings[0].code, findings[0].path.as_str()),
        ("target.unknown", "/states/Ask/transitions/0/to")
    );
    assert!(findings[0].line > 1 && findings[0].suggestion.is_some(), "{findings:?}");
    assert_eq!(std::fs::read(flow_file(dir.path(), "order")).unwrap(), before);
    assert_eq!(greeting(&house).await, "ask What now?");
    assert!(!house.catalog.flows()[0].reading.rejected, "the file is as good as it was");
}

#[tokio::test]
async fn publishing_mends_a_file_that_was_broken_by_hand_and_keeps_what_was_there() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let mut host = house.bus.subscribe_host();
    std::fs::write(flow_file(dir.path(), "order"), "{ broken").unwrap();
    assert_eq!(next(&mut host).await.kind, "flow.rejected");
    let version = done(house.edit(publish(&asking("Mended?"))).await);
    assert_eq!(in_file(dir.path()), version);
    assert!(!house.catalog.flows()[0].reading.rejected);
    let kept = std::fs::read_to_string(dir.path().join("flows/order.json.old")).unwrap();
    assert_eq!(kept, "{ broken");
}

#[tokio::test]
async fn going_back_is_a_publication_of_the_old_version() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let first = in_file(dir.path()).unwrap();
    done(house.edit(publish(&asking("Worse?"))).await);
    let back = house.edit(edit(What::Rollback(first.clone()))).await;
    assert_eq!(done(back), Some(first.clone()));
    assert_eq!(
        (in_file(dir.path()), greeting(&house).await),
        (Some(first), "ask What now?".into())
    );
    let published = house.store.publications(&"order".into(), u64::MAX, 10).await.unwrap();
    assert_eq!(published[0].note.how, How::Rollback);
    assert_eq!((published.len(), &published[0].version), (3, &published[2].version));
    let nowhere = house.edit(edit(What::Rollback("0".repeat(64).as_str().into()))).await;
    assert!(matches!(nowhere, Edited::Unknown), "{nowhere:?}");
}

#[tokio::test]
async fn a_retired_flow_ends_no_session_and_can_be_brought_back() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let first = in_file(dir.path()).unwrap();
    let running = house.begin().await;
    assert_eq!(done(house.edit(edit(What::Retire)).await), None);
    assert!(!flow_file(dir.path(), "order").exists() && house.catalog.flows().is_empty());
    let refused = house.runtime.create(order(None), SOON).await;
    assert!(matches!(refused, Err(Error::UnknownFlow { .. })), "{refused:?}");
    assert!(house.say(&running, "add a").await.session.is_active());
    assert!(matches!(house.edit(edit(What::Retire)).await, Edited::Unknown));
    house.close().await;
    let house = House::open(dir.path(), Plan::default()).await;
    assert!(house.catalog.flows().is_empty(), "also after a restart");
    assert!(house.say(&running, "add b").await.session.is_active());
    assert_eq!(done(house.edit(edit(What::Rollback(first.clone()))).await), Some(first.clone()));
    assert_eq!(
        (in_file(dir.path()), greeting(&house).await),
        (Some(first), "ask What now?".into())
    );
}

#[tokio::test]
async fn a_new_flow_gets_its_file() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let new = Edit { flow: "new".into(), guard: Guard::Is(None), ..publish(&asking("New?")) };
    let version = done(house.edit(new.clone()).await);
    let text = std::fs::read_to_string(flow_file(dir.path(), "new")).unwrap();
    assert_eq!(flow::version_of(&text), version);
    assert_eq!(house.catalog.flows().len(), 2);
    let again = house.edit(new).await;
    assert!(matches!(again, Edited::Stale(Some(_))), "{again:?}");
}

#[test]
fn a_name_that_leads_elsewhere_is_no_name_of_a_flow() {
    for name in
        ["", "..", "../out", "a/b", "a\\b", ".hidden", "x.test", "inline-1", " a", "a\n", "a\0b"]
    {
        assert!(!Flows::is_name(&name.into()), "{name:?}");
    }
    assert!(!Flows::is_name(&"x".repeat(300).as_str().into()));
    for name in ["a", "Réservation 2", "a.b", "a-b_c"] {
        assert!(Flows::is_name(&name.into()), "{name:?}");
    }
}

/// A trial that lets nobody ask `Bad?`.
fn no_bad_question() -> Trial {
    let check: cicerone::reload::TryFlow = Arc::new(|candidate| {
        Box::pin(async move {
            assert!(candidate.linked.get(&candidate.flow.id, &candidate.flow.version).is_some());
            let text = candidate.flow.definition.to_string();
            if text.contains("Slow?") {
                std::future::pending::<()>().await;
            }
            let finding = |code, severity| Finding {
                code,
                severity,
                file: None,
                path: "/states/Ask".to_owned(),
                line: 1,
                column: 1,
                length: 1,
                message: "it asks badly".to_owned(),
                suggestion: None,
                fix: None,
            };
            let bad = text.contains("Bad?").then(|| finding("test.failed", Severity::Error));
            bad.into_iter().chain([finding("test.warned", Severity::Warning)]).collect()
        })
    });
    Trial { checks: vec![check], budget: Duration::from_millis(200) }
}

#[tokio::test]
async fn what_fails_its_trial_is_not_published_by_whatever_way() {
    let dir = directory();
    let plan = || Plan { trial: no_bad_question(), ..Plan::default() };
    let house = House::open(dir.path(), plan()).await;
    for (question, code) in [("Bad?", "test.failed"), ("Slow?", "trial.timeout")] {
        let Edited::Rejected(findings) = house.edit(publish(&asking(question))).await else {
            panic!("published")
        };
        assert_eq!(findings[0].code, code);
    }
    let mut host = house.bus.subscribe_host();
    write_flow(dir.path(), "order", &asking("Bad?"));
    let event = next(&mut host).await;
    assert_eq!(
        (event.kind.as_str(), &event.findings[0]["code"]),
        ("flow.rejected", &"test.failed".into())
    );
    assert_eq!(greeting(&house).await, "ask What now?");
    done(house.edit(publish(&asking("Good?"))).await);
    assert_eq!(greeting(&house).await, "ask Good?");
    // What is current is not tried again when the host comes back.
    house.close().await;
    let house = House::open(dir.path(), plan()).await;
    assert!(!house.catalog.flows()[0].reading.rejected);
}

/// The flow of orders with states of these names beside its own, and with this in place of those that are gone.
fn with_states(names: &[&str], instead: &Value) -> Arc<flow::Flow> {
    let mut definition = order_flow();
    for name in names {
        definition["states"][*name] = serde_json::json!({ "onEnter": [{ "ask": *name }] });
    }
    definition["migrations"] = serde_json::json!([{ "from": "*", "states": instead }]);
    let known = flow::Known { flows: &Default::default(), offers: &flow::Offers::default() };
    let (flow, _) = flow::load(&"order".into(), &definition.to_string(), known).unwrap();
    Arc::new(flow)
}

#[tokio::test]
async fn whether_a_version_has_a_place_for_every_state_is_told_by_those_that_were_published() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    house.begin().await;
    let [none, attic, cellar] =
        [&[][..], &["Attic"], &["Cellar"]].map(|names| with_states(names, &serde_json::json!({})));
    assert!(!house.catalog.may_strand(&attic).await.unwrap(), "it has all of the first version's");
    done(house.edit(publish(&attic.definition)).await);
    assert!(house.catalog.may_strand(&none).await.unwrap(), "the second version has an attic");
    assert!(house.catalog.may_strand(&cellar).await.unwrap());
    let moved = with_states(&["Cellar"], &serde_json::json!({ "Attic": "Cellar" }));
    assert!(!house.catalog.may_strand(&moved).await.unwrap());
    assert!(house.runtime.strands(&none).await.unwrap().is_none(), "nobody is in the attic");

    // A host that starts anew has the second version in mind, and reads the first from its store.
    house.close().await;
    let house = House::open(dir.path(), Plan::default()).await;
    assert!(house.catalog.may_strand(&none).await.unwrap());
    assert!(!house.catalog.may_strand(&moved).await.unwrap());
    house.close().await;
}
