//! `data/plugin.lock`: what was accepted of a plugin is noted, and one that has become another waits where the host asks.

use std::fs;

use serde_json::{Value, json};

use super::client::{Answer, http};
use super::replacing::{SAME, place};
use super::{Host, Place};
use crate::guest::{Guest, KV_ASKED, write};

/// A place whose host asks about changes.
fn asking() -> Place {
    let place = place();
    settings(&place, "[supply]\nchanges = \"ask\"\n");
    place
}

fn settings(place: &Place, text: &str) {
    fs::write(place.path("cicerone.toml"), text).unwrap();
}

fn lock(place: &Place) -> toml::Table {
    fs::read_to_string(place.path("data/plugin.lock")).unwrap().parse().unwrap()
}

/// Another component that does the same.
fn change(place: &Place) {
    fs::write(place.path("plugins/testing/testing.wasm"), Guest::that(SAME[1]).bytes()).unwrap();
}

async fn report(host: &Host) -> Value {
    host.get("/api/plugins").await.ok()["plugins"][0].clone()
}

fn accept(place: &Place) -> Value {
    let ran = place.run(&["plugin", "accept", "testing", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

#[tokio::test]
async fn a_component_that_changed_waits_until_it_is_accepted_and_the_one_before_goes_on() {
    let place = asking();
    let host = Host::start(&place);
    let before = report(&host).await["digest"].clone();
    assert_eq!(lock(&place)["plugins"]["testing"]["digest"].as_str(), Some(&*sum(&before)));
    let session = host.begin("loop").await;
    let mut news = host.listen("/api/events/stream").await;

    change(&place);
    let heard = news.until("plugin.rejected").await;
    let finding = heard.last().unwrap().data["findings"][0].clone();
    assert_eq!(finding["code"], "plugin.unaccepted");
    let message = finding["message"].as_str().unwrap();
    for part in ["its component is sha256:", "`cicerone plugin accept testing`"] {
        assert!(message.contains(part), "{message}");
    }
    let shown = report(&host).await;
    assert_eq!((&shown["digest"], &shown["last_error"]["message"]), (&before, &finding["message"]));
    assert_eq!(host.say(&session, "again").await["state"], "Open");
    // Nor by the way of the api.
    let asked = Answer::of(http().post(host.url("/api/plugins/testing/reload"))).await;
    asked.refused(422, "plugin.rejected");
    assert_eq!(lock(&place)["plugins"]["testing"]["digest"].as_str(), Some(&*sum(&before)));

    let accepted = accept(&place);
    assert_eq!(accepted["changes"].as_array().map(Vec::len), Some(1), "{accepted:#}");
    news.until("plugin.reloaded").await;
    let after = report(&host).await;
    assert_eq!(
        (&json!(sum(&after["digest"])), &after["last_error"]),
        (&accepted["pin"]["digest"], &Value::Null)
    );
    assert_eq!(accept(&place)["changes"], json!([]), "the same again changes nothing");
}

fn sum(digest: &Value) -> String {
    format!("sha256:{}", digest.as_str().unwrap())
}

#[tokio::test]
async fn a_plugin_that_changed_while_no_host_ran_is_left_out_until_it_is_accepted() {
    let place = asking();
    Host::start(&place).kill();
    change(&place);
    let host = Host::start(&place);
    let shown = report(&host).await;
    assert_eq!((&shown["digest"], &shown["tools"]), (&Value::Null, &json!([])));
    let why = &shown["last_error"]["findings"][0];
    assert_eq!(why["code"], "plugin.unaccepted");
    let mut news = host.listen("/api/events/stream").await;
    accept(&place);
    news.until("plugin.reloaded").await;
    assert_eq!(report(&host).await["tools"], json!(["testing/do"]));
}

#[tokio::test]
async fn a_plugin_that_asks_for_more_waits_although_it_is_granted_already() {
    let place = asking();
    let bytes = Guest::that("").bytes();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    let granted = "[supply]\nchanges = \"ask\"\n[grants.testing]\nkv = { scopes = [\"plugin\"] }\n";
    settings(&place, granted);
    write(&place.path("plugins/testing"), &bytes, KV_ASKED);
    let heard = news.until("plugin.rejected").await;
    let message = heard.last().unwrap().data["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("it asks for `kv = { scopes = [\"plugin\"] }`"), "{message}");
    assert!(!message.contains("its component"), "{message}");
    let accepted = accept(&place);
    assert_eq!(accepted["refused"], Value::Null);
    news.until("plugin.reloaded").await;
}

#[tokio::test]
async fn where_nobody_is_asked_a_change_is_taken_noted_and_told() {
    let place = place();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    change(&place);
    news.until("plugin.reloaded").await;
    let digest = sum(&report(&host).await["digest"]);
    assert_eq!(lock(&place)["plugins"]["testing"]["digest"].as_str(), Some(&*digest));
    assert!(
        host.said().contains("A plugin is another than before; it is taken."),
        "{}",
        host.said()
    );
}

#[tokio::test]
async fn a_lock_that_nobody_can_read_lets_no_plugin_in_and_says_so() {
    let place = asking();
    fs::create_dir(place.path("data")).unwrap();
    fs::write(place.path("data/plugin.lock"), "plugins = 1").unwrap();
    let host = Host::start(&place);
    let shown = report(&host).await;
    let message = shown["last_error"]["message"].as_str().unwrap();
    assert!(message.contains("plugin.lock") && message.contains("mend it"), "{message}");
}

#[tokio::test]
async fn a_component_other_than_the_one_that_its_manifest_names_is_refused() {
    let place = place();
    let good = cicerone::manifest::Sum::of(Guest::that(SAME[0]).bytes());
    let manifest = place.path("plugins/testing/plugin.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}digest = \"{good}\"\n")).unwrap();
    let host = Host::start(&place);
    assert_eq!(json!(good.to_string()), json!(sum(&report(&host).await["digest"])));
    let mut news = host.listen("/api/events/stream").await;
    change(&place);
    let heard = news.until("plugin.rejected").await;
    let message = heard.last().unwrap().data["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("but plugin.toml says `digest = "), "{message}");
}

#[test]
fn a_plugin_is_accepted_before_any_host_ran_and_told_what_is_left_to_grant() {
    let place = Place::empty();
    write(&place.path("plugins/testing"), &Guest::that("").bytes(), KV_ASKED);
    let accepted = accept(&place);
    assert_eq!(accepted["changes"], Value::Null);
    let refused = accepted["refused"].as_str().unwrap();
    assert!(refused.contains("[grants.testing]\nkv = { scopes = [\"plugin\"] }"), "{refused}");
    let ran = place.run(&["plugin", "accept", "nobody"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the name of a plugin is that of its folder"), "{ran:?}");
}
