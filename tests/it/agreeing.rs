//! Files of flows and the store beside them, after a time in which they did not see each other.

use std::path::Path;

use cicerone::flow;
use cicerone::store::Store;
use serde_json::Value;
use tempfile::TempDir;

use crate::house::{House, Plan, directory, flow_file, order_flow, write_flow};
use crate::reload::{asking, greeting, next};
use crate::store::note;

/// Says on the store's behalf that another host published this flow.
async fn published_elsewhere(dir: &Path, definition: &Value) -> flow::Version {
    let store = Store::open(&dir.join("data")).await.unwrap();
    let version = flow::version_of(&definition.to_string()).unwrap();
    store.flow_put(&"order".into(), &version, &definition.to_string()).await.unwrap();
    let epoch = store.epoch().await.unwrap();
    let published =
        store.activate(&[("order".into(), Some(version.clone()))], epoch, &note()).await;
    published.unwrap().unwrap();
    store.close().await.unwrap();
    version
}

fn version_in_file(dir: &Path) -> Option<flow::Version> {
    flow::version_of(&std::fs::read_to_string(flow_file(dir, "order")).unwrap())
}

#[tokio::test]
async fn a_host_that_comes_back_with_an_old_file_rolls_nobody_back() {
    let dir = directory();
    let old = version_in_file(dir.path());
    House::open(dir.path(), Plan::default()).await.close().await;
    let newer = published_elsewhere(dir.path(), &asking("Newer?")).await;
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask Newer?");
    assert_eq!(version_in_file(dir.path()), Some(newer), "the file follows");
    let kept = std::fs::read_to_string(dir.path().join("flows/order.json.old")).unwrap();
    assert_eq!(flow::version_of(&kept), old, "what was there is kept beside it");
    // A change by hand counts, also back to what was there before.
    let mut host = house.bus.subscribe_host();
    write_flow(dir.path(), "order", &order_flow());
    assert_eq!(next(&mut host).await.kind, "flow.reloaded");
    assert_eq!(greeting(&house).await, "ask What now?");
}

#[tokio::test]
async fn a_change_by_hand_while_no_host_ran_wins_over_the_store() {
    let dir = directory();
    House::open(dir.path(), Plan::default()).await.close().await;
    published_elsewhere(dir.path(), &asking("Newer?")).await;
    write_flow(dir.path(), "order", &asking("By hand?"));
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask By hand?");
    let active = house.store.active().await.unwrap();
    assert_eq!(active.versions.get(&"order".into()).cloned(), version_in_file(dir.path()));
}

#[tokio::test]
async fn a_new_host_takes_what_the_store_has_seen_before_for_old() {
    let dir = directory();
    House::open(dir.path(), Plan::default()).await.close().await;
    published_elsewhere(dir.path(), &asking("Newer?")).await;
    std::fs::remove_file(dir.path().join("flows-agreed.json")).unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask Newer?");
}

#[tokio::test]
async fn a_flow_whose_file_was_broken_while_no_host_ran_goes_on() {
    let dir = directory();
    House::open(dir.path(), Plan::default()).await.close().await;
    std::fs::write(flow_file(dir.path(), "order"), "{ not").unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask What now?");
    assert!(house.catalog.flows()[0].reading.rejected);
    assert_eq!(std::fs::read_to_string(flow_file(dir.path(), "order")).unwrap(), "{ not");
}

#[tokio::test]
async fn a_file_that_was_removed_while_no_host_ran_retires_its_flow() {
    let dir = directory();
    write_flow(dir.path(), "other", &order_flow());
    House::open(dir.path(), Plan::default()).await.close().await;
    std::fs::remove_file(flow_file(dir.path(), "order")).unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(house.catalog.flows().len(), 1);
    let active = house.store.active().await.unwrap();
    assert_eq!(active.versions.into_keys().collect::<Vec<_>>(), ["other".into()]);
}

#[tokio::test]
async fn a_folder_that_is_empty_at_the_start_is_filled_and_retires_nothing() {
    let dir = directory();
    House::open(dir.path(), Plan::default()).await.close().await;
    std::fs::remove_file(flow_file(dir.path(), "order")).unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask What now?");
    assert!(version_in_file(dir.path()).is_some());
}

#[tokio::test]
async fn flows_are_published_to_a_store_that_never_had_any() {
    let dir = directory();
    House::open(dir.path(), Plan::default()).await.close().await;
    std::fs::remove_dir_all(dir.path().join("data")).unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask What now?");
    assert!(flow_file(dir.path(), "order").exists());
}

#[tokio::test]
async fn what_was_agreed_with_one_store_says_nothing_about_another() {
    let (here, there) = (directory(), directory());
    for dir in [&here, &there] {
        write_flow(dir.path(), "other", &asking("Other?"));
        House::open(dir.path(), Plan::default()).await.close().await;
    }
    // The other store, and a folder of which the note of this one would say that a flow was removed by hand.
    let data = |dir: &TempDir| dir.path().join("data");
    std::fs::remove_dir_all(data(&here)).unwrap();
    std::fs::rename(data(&there), data(&here)).unwrap();
    std::fs::remove_file(flow_file(here.path(), "order")).unwrap();
    let house = House::open(here.path(), Plan::default()).await;
    assert_eq!(greeting(&house).await, "ask What now?");
    assert!(flow_file(here.path(), "order").exists());
}

#[tokio::test]
async fn a_name_in_the_store_that_leads_out_of_the_folder_is_left_out() {
    let dir = directory();
    House::open(dir.path(), Plan::default()).await.close().await;
    let store = Store::open(&dir.path().join("data")).await.unwrap();
    let definition = asking("Elsewhere?").to_string();
    let version = flow::version_of(&definition).unwrap();
    let epoch = store.epoch().await.unwrap();
    let names = ["../out", "a/b", ".hidden", "order.test", ""];
    for name in names {
        store.flow_put(&name.into(), &version, &definition).await.unwrap();
    }
    let all: Vec<_> = names.iter().map(|name| ((*name).into(), Some(version.clone()))).collect();
    store.activate(&all, epoch, &note()).await.unwrap().unwrap();
    store.close().await.unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    assert_eq!(house.catalog.flows().len(), 1);
    assert!(!dir.path().join("out.json").exists());
    let there = std::fs::read_dir(dir.path().join("flows")).unwrap().count();
    assert_eq!(there, 1, "nothing was written");
}
