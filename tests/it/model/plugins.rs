//! Plugins that understand texts, in a real host: what they choose, what they may not, what becomes of those that fail,
//! and what never reaches them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::table;
use crate::host::client::find;
use crate::host::{Host, Place};

/// The folder of a guest of ours, and its component as it was built last.
fn guest(folder: &str) -> (PathBuf, Vec<u8>) {
    let name = folder.rsplit('/').next().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins").join(folder);
    let file = format!("{name}.wasm");
    let built = fs::read(folder.join("target").join(&file));
    let component = built.or_else(|_not_built| fs::read(folder.join(&file))).unwrap();
    (folder, component)
}

/// Puts a guest of ours among the plugins of a place, with these lines after its own.
fn bring(place: &Place, folder: &str, lines: &str) {
    let (from, component) = guest(folder);
    let name = folder.rsplit('/').next().unwrap();
    let to = place.path(&format!("plugins/{name}"));
    fs::create_dir_all(&to).unwrap();
    let manifest = fs::read_to_string(from.join("plugin.toml")).unwrap();
    fs::write(to.join("plugin.toml"), format!("{manifest}\n{lines}")).unwrap();
    fs::write(to.join(format!("{name}.wasm")), component).unwrap();
    let cache = place.path("data/cache/components");
    fs::create_dir_all(&cache).unwrap();
    for entry in fs::read_dir(&*COMPILED).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), cache.join(entry.file_name())).unwrap();
    }
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
}

/// The test's guest, compiled once for all hosts of these tests.
static COMPILED: LazyLock<PathBuf> = LazyLock::new(|| {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("listening");
    fs::create_dir_all(&data).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/hostile/listener");
    let place = Place::empty();
    let (folder, data_at) = (folder.to_string_lossy(), data.to_string_lossy());
    let ran = place.run(&["plugin", "inspect", &folder, "--data", &data_at]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    data.join("cache/components")
});

/// A host whose flow has `listener` asked in this mode.
fn listening(mode: &str, lines: &str) -> (Place, Host) {
    let place = Place::empty();
    bring(&place, "hostile/listener", lines);
    let nlu = json!({ "mode": mode, "plugin": "listener", "budget_ms": 20_000 });
    place.write_flow("table", &table(&nlu).to_string());
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("CICERONE_LOG", "info,cicerone=debug");
    let host = Host::started(&place, command);
    (place, host)
}

/// What was understood of a text in a new conversation.
async fn understood(host: &Host, text: &str) -> Value {
    let session = host.begin("table").await;
    let taken = host.say(&session, text).await;
    find(taken["events"].as_array().unwrap(), "nlu.intent").clone()
}

#[track_caller]
fn is(understood: &Value, intent: Option<&str>, slots: &Value) {
    assert_eq!(understood["intent"].as_str(), intent, "{understood:#}");
    assert_eq!(understood["slots"], *slots, "{understood:#}");
    let told = understood.get("fallback").is_none_or(Value::is_null);
    assert!(told && understood["classifier"] == "plugin", "{understood:#}");
}

#[tokio::test]
async fn a_plugin_chooses_an_intent_and_gives_values_that_the_host_reads() {
    let (_place, host) = listening("plugin", "");
    is(&understood(&host, "xyzzy book").await, Some("BOOK"), &json!({}));
    // 4 March 2026 is a Wednesday. A phone is not the plugin's to give, and BOOK has no slot `nonsense`.
    let full = understood(&host, "xyzzy full").await;
    is(&full, Some("BOOK"), &json!({ "size": 4, "day": "2026-03-13" }));
    assert!((full["confidence"].as_f64().unwrap() - 0.7).abs() < 1e-9, "{full}");
    is(&understood(&host, "xyzzy correct").await, Some("BOOK"), &json!({ "size": 4 }));
    is(&understood(&host, "xyzzy wrongly").await, Some("BOOK"), &json!({}));
    is(&understood(&host, "xyzzy cancel").await, Some("CANCEL"), &json!({}));
    is(&understood(&host, "xyzzy nothing").await, None, &json!({}));
    let noise = understood(&host, "xyzzy noise").await;
    is(&noise, None, &json!({}));
    assert!((noise["confidence"].as_f64().unwrap() - 0.4).abs() < 1e-9, "{noise}");
    // What the author wrote is not asked about.
    assert_eq!(understood(&host, "Book a table").await["classifier"], "exact");
}

#[tokio::test]
async fn a_plugin_is_asked_only_about_what_the_host_does_not_understand_where_the_flow_says_so() {
    let (_place, host) = listening("offline-then-plugin", "");
    let own = understood(&host, "I want to reserve a table for four").await;
    assert_eq!(
        (own["intent"].as_str(), own["classifier"].as_str()),
        (Some("BOOK"), Some("offline"))
    );
    is(&understood(&host, "xyzzy correct").await, Some("BOOK"), &json!({ "size": 4 }));
}

#[tokio::test]
async fn what_is_personal_does_not_reach_a_plugin_and_is_found_by_the_host() {
    let (_place, host) = listening("plugin", "");
    let phone = understood(&host, "912 345 678 is where I am phone").await;
    is(&phone, Some("LEAVE_PHONE"), &json!({ "phone": "912 345 678" }));
    host.until("the guest's line", async || host.said().contains("A text was heard.")).await;
    let said = host.said();
    assert!(said.contains("[phone-a] is where I am phone"), "{said}");
    assert!(!said.contains("912 345 678"), "{said}");
    assert!(!said.contains("name: \\\"phone\\\""), "it does not know of the slot: {said}");
}

#[tokio::test]
async fn an_answer_that_is_of_no_use_leaves_the_hosts_own_and_says_why() {
    // Otherwise it is left alone after a few of these.
    let (_place, host) = listening("plugin", "[breaker]\nfailures = 1000\n");
    for (word, why) in [
        ("admin", "bad-answer"),
        ("twice", "bad-answer"),
        ("homeless", "bad-answer"),
        ("nan", "bad-answer"),
        ("many", "bad-answer"),
        ("huge", "failed"),
        ("refuse", "failed"),
        ("late", "failed"),
        ("trap", "failed"),
    ] {
        let own = understood(&host, &format!("could I reserve a table for 3 {word}")).await;
        assert_eq!(own["fallback"], why, "{word}: {own:#}");
        assert_eq!(
            (&own["intent"], &own["slots"]),
            (&json!("BOOK"), &json!({ "size": 3 })),
            "{word}"
        );
        assert_ne!(own["classifier"], "plugin");
    }
}

#[tokio::test]
async fn a_plugin_that_never_ends_costs_no_more_than_the_flow_has_for_it() {
    let place = Place::empty();
    bring(&place, "hostile/listener", "[limits]\nfuel = \"off\"\ntimeout = \"60s\"\n");
    let nlu = json!({ "mode": "plugin", "plugin": "listener", "budget_ms": 300 });
    place.write_flow("table", &table(&nlu).to_string());
    let host = Host::start(&place);
    let own = understood(&host, "could I reserve a table for 3 loop").await;
    assert_eq!((&own["fallback"], &own["intent"]), (&json!("timeout"), &json!("BOOK")), "{own:#}");
    let ms = own["ms"].as_u64().unwrap();
    assert!((300..10_000).contains(&ms), "{ms} ms");
}

#[tokio::test]
async fn a_plugin_that_keeps_failing_is_left_alone_and_a_new_version_is_asked_again() {
    let (place, host) = listening("plugin", "[config]\nmeant = \"CANCEL\"\n");
    is(&understood(&host, "xyzzy version").await, Some("CANCEL"), &json!({}));
    for _ in 0..5 {
        assert_eq!(understood(&host, "xyzzy trap").await["fallback"], "failed");
    }
    assert_eq!(understood(&host, "xyzzy version").await["fallback"], "left-alone");
    let mut news = host.listen("/api/events/stream").await;
    bring(&place, "hostile/listener", "[config]\nmeant = \"BOOK\"\n");
    news.until("plugin.reloaded").await;
    is(&understood(&host, "xyzzy version").await, Some("BOOK"), &json!({}));
    fs::remove_dir_all(place.path("plugins/listener")).unwrap();
    news.until("plugin.reloaded").await;
    assert_eq!(understood(&host, "xyzzy version").await["fallback"], "missing");
}

#[tokio::test]
async fn who_looks_sees_that_a_plugin_understands_texts_and_a_flow_that_names_none_is_told() {
    let (place, host) = listening("plugin", "");
    let all = host.get("/api/plugins").await.ok();
    assert_eq!(
        (&all["plugins"][0]["classifies"], &all["plugins"][0]["tools"]),
        (&json!(true), &json!([]))
    );
    let entry = &host.get("/api/tools").await.ok();
    assert!(entry.to_string().contains("listener/@classify"), "{entry}");
    let nlu = json!({ "mode": "plugin", "plugin": "nobody" });
    place.write_flow("other", &table(&nlu).to_string());
    host.until("the warning", async || host.said().contains("there is no plugin `nobody`")).await;
    let inspected = place.run(&["plugin", "inspect", "plugins/listener", "--json"]);
    let about: Value = serde_json::from_str(&inspected.out).unwrap();
    assert_eq!(about["classifies"], true, "{about}");
}

#[tokio::test]
async fn the_example_understands_a_houses_own_words() {
    let place = Place::empty();
    bring(&place, "wording", "");
    let nlu = json!({ "mode": "offline-then-plugin", "plugin": "wording", "budget_ms": 20_000 });
    place.write_flow("table", &table(&nlu).to_string());
    let host = Host::start(&place);
    is(
        &understood(&host, "squeeze us in, covers for 5!").await,
        Some("BOOK"),
        &json!({ "size": 5 }),
    );
    is(&understood(&host, "sorry, we can't make it").await, Some("CANCEL"), &json!({}));
    let own = understood(&host, "zzzz qqqq").await;
    assert_eq!((own["intent"].as_str(), own["classifier"].as_str()), (None, Some("plugin")));
}
