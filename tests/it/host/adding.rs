//! `cicerone plugin add`: a plugin from somewhere else, on a host that runs.

use std::fs;

use serde_json::{Value, json};

use super::replacing::{SAME, place};
use super::{Host, Place, Ran};
use crate::guest::{Guest, KV_ASKED, write};

/// A folder with a plugin, somewhere else.
fn elsewhere(call: &'static str, lines: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &Guest::that(call).bytes(), lines);
    folder
}

fn add(place: &Place, source: &str, more: &[&str]) -> Ran {
    place.run(&[&["plugin", "add", source][..], more].concat())
}

fn lock(place: &Place) -> toml::Table {
    fs::read_to_string(place.path("data/plugin.lock")).unwrap().parse().unwrap()
}

/// What is in the folder of plugins, hidden or not.
fn plugins(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path("plugins")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_plugin_is_added_to_a_host_that_runs_and_asks_and_is_taken_at_once() {
    let place = Place::with_flow("loop", super::replacing::LOOP);
    fs::write(place.path("cicerone.toml"), "[supply]\nchanges = \"ask\"\n").unwrap();
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    let from = elsewhere(SAME[0], "");
    let source = from.path().to_str().unwrap();
    let ran = add(&place, source, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("added plugins/testing") && ran.out.contains(source), "{ran:?}");
    news.until("plugin.reloaded").await;
    let session = host.begin("loop").await;
    assert_eq!(host.say(&session, "again").await["state"], "Open");
    assert_eq!(lock(&place)["plugins"]["testing"]["source"].as_str(), Some(source));
    let shown = host.get("/api/plugins").await.ok();
    assert_eq!(shown["plugins"][0]["source"], source);

    // A second time only where it is said, and then taken, though the host asks: somebody said so.
    let ran = add(&place, source, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("`--replace`"), "{ran:?}");
    let newer = elsewhere(SAME[1], "");
    let ran = add(&place, newer.path().to_str().unwrap(), &["--replace", "--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["changes"].as_array().map(Vec::len), Some(1), "{told:#}");
    news.until("plugin.reloaded").await;
    assert_eq!(plugins(&place), ["testing"]);

    // The folder that took its place is watched like the one before.
    fs::write(place.path("plugins/testing/testing.wasm"), Guest::that(SAME[2]).bytes()).unwrap();
    let heard = news.until("plugin.rejected").await;
    assert_eq!(heard.last().unwrap().data["findings"][0]["code"], "plugin.unaccepted");
}

#[test]
fn what_is_left_to_grant_is_told_and_the_plugin_is_there() {
    let place = Place::empty();
    let from = elsewhere("", KV_ASKED);
    let ran = add(&place, from.path().to_str().unwrap(), &["--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let refused = told["refused"].as_str().unwrap();
    assert!(refused.contains("[grants.testing]\nkv = { scopes = [\"plugin\"] }"), "{refused}");
    assert_eq!((plugins(&place), &told["name"]), (vec!["testing".to_owned()], &json!("testing")));
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let place = place();
    fs::remove_dir_all(place.path("plugins/testing")).unwrap();
    let broken = elsewhere("", "");
    fs::write(broken.path().join("testing.wasm"), "no").unwrap();
    // Good to look at, and not to be run.
    let mute = tempfile::tempdir().unwrap();
    let guest = Guest { describe: "unreachable", ..Guest::that("") };
    write(mute.path(), &guest.bytes(), "");
    for (source, more, expected) in [
        ("ftp://example.com/a.tar.gz", &[][..], "find a plugin at `ftp://example.com/a.tar.gz`"),
        ("oci://nowhere", &[], "oci://registry/name:tag"),
        ("nothing-here", &[], "find a plugin at"),
        ("http://127.0.0.1:9/a.wasm", &[], "without TLS"),
        (broken.path().to_str().unwrap(), &[], "damaged or only half written"),
        (mute.path().to_str().unwrap(), &[], "ask the component what it is"),
        (mute.path().to_str().unwrap(), &["--user", "me"], "set `CICERONE_SECRET_REGISTRY`"),
    ] {
        let ran = add(&place, source, more);
        assert_eq!(ran.code, Some(1), "{source}: {ran:?}");
        assert!(ran.err.contains(expected), "{source}: {ran:?}");
        assert_eq!(plugins(&place), [""; 0], "{source}");
        assert!(!place.path("data/plugin.lock").exists(), "{source}");
    }
    let ran = add(&place, "a.wasm", &["--digest", "sha256:abc"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("64 hex digits"), "{ran:?}");
}

#[test]
fn whoever_signed_it_is_noted_and_without_a_signature_nothing_is_added_where_one_is_needed() {
    let place = Place::empty();
    let signed = super::repository("tests/it/supply/signed");
    let key = fs::read_to_string(signed.join("author.pub")).unwrap();
    let key = key.lines().nth(1).unwrap();
    let settings = format!("[supply]\nsigned = true\n[supply.keys]\nacme = \"{key}\"\n");
    fs::write(place.path("cicerone.toml"), settings).unwrap();
    let ran = add(&place, signed.join("testing.tar.gz").to_str().unwrap(), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("signed by acme"), "{ran:?}");
    assert_eq!(lock(&place)["plugins"]["testing"]["signed_by"].as_str(), Some("acme"));
    let from = elsewhere("", "");
    let component = from.path().join("testing.wasm");
    let ran = add(&place, component.to_str().unwrap(), &["--replace"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("it has no signature"), "{ran:?}");
}
