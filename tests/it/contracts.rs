//! Every contract that was ever released: a component that was built against it is loaded and called, for ever. And what
//! becomes of components that were built against one that is not released yet.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cicerone::engine::{Call, News, Teller};
use cicerone::manifest::Sum;
use cicerone::plugin::{Grant, Lent, MemoryKv, Options, Plugin, Request, Sandbox};
use cicerone::secret::Secrets;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::guest::{Guest, LONG, NOW, Place, attempt};
use crate::http::server::{Reply, Server};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts")
}

/// The guest of a contract, granted all that it asks for, and `server` the one that it may reach.
async fn load(contract: &str, server: &str) -> (Plugin, tempfile::TempDir) {
    let (from, directory) = (corpus().join(contract), tempfile::tempdir().unwrap());
    let manifest = fs::read_to_string(from.join("plugin.toml")).unwrap();
    let manifest = manifest.replace("127.0.0.1:9", server);
    fs::write(directory.path().join("plugin.toml"), manifest).unwrap();
    fs::copy(from.join("everything.wasm"), directory.path().join("everything.wasm")).unwrap();
    let secrets = ("CICERONE_SECRET_CONTRACT_KEY".to_owned(), "hush".to_owned());
    let lent =
        Lent { secrets: Secrets::among([secrets]), ..Lent::new(Arc::new(MemoryKv::default())) };
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contracts");
    let options = Options { cache, threads: 1, describe_timeout: LONG, ..Options::default() };
    let sandbox = Sandbox::new(options, lent).unwrap();
    let plugin = sandbox.load(directory.path(), &Grant::of_whatever_is_asked()).await.unwrap();
    (plugin, directory)
}

fn call(tool: &str, args: Value) -> Call {
    let context = json!({ "city": "Lisbon", "secret": "no" });
    let context = Arc::new(context.as_object().cloned().unwrap());
    Call { context, ..crate::tool::call(&format!("everything/{tool}"), args) }
}

#[test]
fn every_folder_of_the_corpus_is_tried_and_as_it_was_committed() {
    let names = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = names.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert_eq!(folders, [corpus().join("1.0.0")], "a new folder needs its tests here");
    for folder in folders {
        let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
        let sum = Sum::of(fs::read(folder.join("everything.wasm")).unwrap());
        assert!(manifest.contains(&format!("digest = \"{sum}\"")), "{}", folder.display());
    }
}

#[tokio::test]
async fn a_guest_of_contract_1_0_0_uses_every_interface() {
    let server = Server::start(|_| Reply::json(201, &json!({}))).await;
    let (plugin, _folder) = load("1.0.0", &server.address).await;
    let names: Vec<&str> = plugin.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["everything", "refuse"]);
    assert_eq!((plugin.tools[0].repeatable, plugin.tools[1].repeatable), (false, true));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let teller = {
        let heard = Arc::clone(&heard);
        Teller::new(move |news| {
            heard.lock().unwrap().push(news);
            true
        })
    };
    let url = format!("http://{}/everything", server.address);
    let (call, deadline) = (call("everything", json!({ "url": url })), Instant::now() + LONG);
    let request = Request { call: &call, tool: "everything", attempt: 1, now: NOW, deadline };
    let (outcome, report) = plugin.call_telling(request, Some(&teller)).await;
    let answer = outcome.unwrap();
    let expected = json!({
        "call": "ok", "state": call.state, "now": answer.value["now"], "left": true, "files": false,
        "clock": true, "config": "celsius", "session": "Lisbon",
        "sessionDenied": answer.value["sessionDenied"], "kvSet": "ok", "kvGet": "ok", "kv": 7,
        "kvAdd": "ok", "kvSum": 3, "kvSwap": "left", "kvDelete": "gone", "secret": "ok",
        "reveal": "ok", "revealed": 4, "http": "ok", "status": 201, "publish": "ok",
    });
    assert_eq!(answer.value, expected);
    assert!(answer.value["sessionDenied"].as_str().unwrap().contains("not-granted"));
    assert!(answer.value["now"].as_i64().unwrap() >= NOW.as_millis());
    assert_eq!(answer.say, ["That was everything."]);
    assert_eq!(answer.patch, [("seen".to_owned(), json!(true))]);
    let lines: Vec<_> = report.log.iter().map(|line| (line.level, line.message.as_str())).collect();
    assert_eq!(lines, [("info", "Everything is tried.")]);
    let seen = server.seen();
    assert_eq!(
        (seen[0].header("authorization"), seen[0].body.as_str()),
        ("hush", "{\"seen\":true}")
    );
    let heard = heard.lock().unwrap().clone();
    assert!(matches!(&heard[0], News::Progress { percent: Some(50), .. }), "{heard:?}");
    assert!(matches!(&heard[1], News::Event { name, .. } if name == "plugin.everything.seen"));
}

#[tokio::test]
async fn a_guest_of_contract_1_0_0_says_no_with_all_that_belongs_to_it() {
    let (plugin, _folder) = load("1.0.0", "127.0.0.1:9").await;
    let (call, deadline) = (call("refuse", json!({ "who": "Ada" })), Instant::now() + LONG);
    let request = Request { call: &call, tool: "refuse", attempt: 1, now: NOW, deadline };
    let failure = plugin.call(request).await.0.unwrap_err();
    assert_eq!(failure.error.code.as_deref(), Some("slow.down"));
    assert_eq!(failure.error.message, "too many at once");
    assert!(failure.error.retryable);
    assert_eq!(failure.retry_after, Some(std::time::Duration::from_millis(1_500)));
}

/// The test guest, built against another contract.
fn built_against(version: &str) -> String {
    let text = Guest::that("").text();
    let text = text.replace("@1.0.0\"", &format!("@{version}\""));
    assert!(text.contains(&format!("cicerone:plugin/tools@{version}")));
    text
}

async fn load_text(text: &str) -> Result<Plugin, String> {
    let place = Place::new();
    let bytes = wat::parse_str(text).unwrap();
    let plugin = place.load(&bytes, "", "").await.map_err(|error| error.to_string())?;
    // What it is linked with is there, too.
    let (outcome, _) = attempt(&plugin, LONG).await;
    assert_eq!(outcome.unwrap().value, json!({ "ok": true }));
    Ok(plugin)
}

#[tokio::test]
async fn a_guest_of_a_newer_minor_contract_runs_as_long_as_it_needs_nothing_new() {
    for version in ["1.0.3", "1.1.0", "1.27.0"] {
        load_text(&built_against(version)).await.unwrap();
    }
}

#[tokio::test]
async fn a_guest_that_needs_what_a_newer_minor_contract_brought_is_refused_with_what_to_do() {
    let newer = built_against("1.1.0");
    // A function more in an interface that is there.
    let log = "(import \"cicerone:plugin/log@1.1.0\" (instance $log";
    let more = newer.replace(log, &format!("{log} (export \"flush\" (func))"));
    assert_ne!(more, newer);
    let error = load_text(&more).await.unwrap_err();
    let help = "it was built against 1.1.0 of the contract and this host has 1.0.0; take a newer host, or build it against wit/v1";
    assert!(error.contains(help) && error.contains("flush"), "{error}");
    // An interface more.
    let import = "(import \"cicerone:plugin/types@1.1.0\"";
    let more =
        newer.replace(import, &format!("(import \"cicerone:plugin/files@1.1.0\" (func)) {import}"));
    assert_ne!(more, newer);
    let error = load_text(&more).await.unwrap_err();
    assert!(error.contains(help) && error.contains("cicerone:plugin/files@1.1.0"), "{error}");
}

#[tokio::test]
async fn a_guest_of_another_major_contract_is_refused_with_what_to_do() {
    for (version, help) in [
        ("2.0.0", "take a newer host, or build it against wit/v1"),
        ("0.9.0", "build it against wit/v1"),
    ] {
        let error = load_text(&built_against(version)).await.unwrap_err();
        let expected =
            format!("load the component: it was built against {version} of the contract; {help}");
        assert_eq!(error, expected);
    }
}
