//! Changes of files, seen from outside: what is live, what is rejected and why, and who notices.

use std::path::Path;
use std::sync::Arc;

use cicerone::bus::{Bus, HostListener};
use cicerone::catalog::Catalog;
use cicerone::clock::Clock;
use cicerone::event::Host;
use cicerone::flow::{self, Offer, Offers};
use cicerone::reload::{self, About, OpenPlugin, Opened, Plugins, Ready, Reload};
use cicerone::runtime::{Choice, Error, New};
use cicerone::store::Store;
use serde_json::{Value, json};

use crate::house::{
    House, Plan, SOON, briefs, directory, flow_file, order, order_flow, within, write_flow,
};

pub(crate) async fn next(listener: &mut HostListener) -> Host {
    serde_json::from_str(&within(listener.recv()).await.unwrap()).unwrap()
}

pub(crate) fn asking(question: &str) -> Value {
    let mut flow = order_flow();
    flow["states"]["Ask"]["onEnter"][0]["ask"] = json!(question);
    flow
}

pub(crate) async fn greeting(house: &House) -> String {
    let begun = house.runtime.create(order(None), SOON).await.unwrap();
    briefs(&begun.events)[1].clone()
}

#[tokio::test]
async fn an_edit_is_live_and_running_sessions_that_are_pinned_keep_their_version() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let old = house.begin().await;
    let version = house.runtime.session(&old).await.unwrap().frame().version.clone();
    let mut host = house.bus.subscribe_host();
    let began = std::time::Instant::now();
    let mut edited = asking("Edited?");
    edited["meta"]["sessions"] = json!("pin");
    write_flow(dir.path(), "order", &edited);
    let event = next(&mut host).await;
    // The target is one second; a busy machine gets ten.
    assert!(began.elapsed().as_secs() < 10);
    assert_eq!((event.kind.as_str(), event.id.as_str()), ("flow.reloaded", "order"));
    assert_ne!(event.version.as_deref(), Some(version.as_str()));
    assert_eq!(greeting(&house).await, "ask Edited?");
    let answer = house.say(&old, "rest").await;
    assert_eq!(answer.session.frame().version, version);
    let answer = house.say(&old, "leave").await;
    assert_eq!(briefs(&answer.events).last().unwrap(), "ask What now?");

    // The version is still there when the host that read the file is not.
    house.close().await;
    let house = House::open(dir.path(), Plan::default()).await;
    house.say(&old, "rest").await;
    let answer = house.say(&old, "leave").await;
    assert_eq!(briefs(&answer.events).last().unwrap(), "ask What now?");
    assert_eq!(greeting(&house).await, "ask Edited?");
}

#[tokio::test]
async fn a_broken_edit_changes_nothing_and_is_explained_until_it_is_repaired() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let whole = std::fs::read_to_string(flow_file(dir.path(), "order")).unwrap();
    let mut host = house.bus.subscribe_host();
    let broken = [
        whole[..whole.len() / 2].to_owned(),
        whole.replacen("\"start\"", "\"start\" oops", 1),
        whole.replace("\"to\": \"Slow\"", "\"to\": \"Slwo\""),
        whole.replace("{{ctx.n + 1}}", "{{ctx.n + }}"),
    ];
    for text in broken {
        assert_ne!(text, whole);
        std::fs::write(flow_file(dir.path(), "order"), text).unwrap();
        let event = next(&mut host).await;
        assert_eq!(event.kind, "flow.rejected");
        assert!(event.version.is_some(), "the version in force is named");
        let finding = &event.findings[0];
        assert!(finding["line"].as_u64().unwrap() > 0, "{finding}");
        assert!(!finding["message"].as_str().unwrap().is_empty(), "{finding}");
        assert_eq!(greeting(&house).await, "ask What now?");
        let listed = house.catalog.flows();
        assert!(listed[0].reading.rejected && listed[0].flow.is_some());
    }
    std::fs::write(flow_file(dir.path(), "order"), whole).unwrap();
    assert_eq!(next(&mut host).await.kind, "flow.reloaded");
    assert!(!house.catalog.flows()[0].reading.rejected);
}

#[tokio::test]
async fn a_file_that_is_written_in_pieces_is_read_once_it_is_whole() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let mut host = house.bus.subscribe_host();
    let whole = asking("In pieces?").to_string();
    for end in [whole.len() / 3, whole.len() / 2, whole.len()] {
        std::fs::write(flow_file(dir.path(), "order"), &whole[..end]).unwrap();
    }
    assert_eq!(next(&mut host).await.kind, "flow.reloaded");
    assert_eq!(greeting(&house).await, "ask In pieces?");
}

#[tokio::test]
async fn an_editor_that_renames_is_followed() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let mut host = house.bus.subscribe_host();
    for question in ["Once?", "Twice?"] {
        // As vim does it: the old file becomes a backup, a new one takes its place.
        let (file, backup) = (flow_file(dir.path(), "order"), dir.path().join("flows/order.json~"));
        std::fs::rename(&file, &backup).unwrap();
        let temporary = dir.path().join("flows/.order.json.tmp");
        std::fs::write(&temporary, asking(question).to_string()).unwrap();
        std::fs::rename(&temporary, &file).unwrap();
        std::fs::remove_file(&backup).unwrap();
        let event = next(&mut host).await;
        assert_eq!((event.kind.as_str(), event.id.as_str()), ("flow.reloaded", "order"));
        assert_eq!(greeting(&house).await, format!("ask {question}"));
    }
}

#[tokio::test]
async fn a_removed_file_retires_its_flow_and_running_sessions_go_on() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    let mut host = house.bus.subscribe_host();
    std::fs::remove_file(flow_file(dir.path(), "order")).unwrap();
    let event = next(&mut host).await;
    assert_eq!((event.kind.as_str(), event.version), ("flow.reloaded", None));
    let refused = house.runtime.create(order(None), SOON).await;
    assert!(matches!(refused, Err(Error::UnknownFlow { suggestion: None, .. })), "{refused:?}");
    house.say(&id, "add a").await;
    assert!(house.catalog.flows().is_empty());
}

#[tokio::test]
async fn a_session_goes_on_after_a_restart_although_a_flow_that_its_version_names_was_removed() {
    let dir = directory();
    let mut naming = order_flow();
    let way = json!({ "pattern": "aside", "to": "flow:side" });
    naming["states"]["Ask"]["transitions"].as_array_mut().unwrap().push(way);
    write_flow(dir.path(), "order", &naming);
    write_flow(dir.path(), "side", &order_flow());
    let house = House::open(dir.path(), Plan::default()).await;
    let id = house.begin().await;
    house.close().await;
    write_flow(dir.path(), "order", &order_flow());
    std::fs::remove_file(flow_file(dir.path(), "side")).unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    let answer = house.say(&id, "add a").await;
    assert_eq!(answer.session.frame().context["n"], json!(1));
    let answer = house.say(&id, "aside").await;
    assert!(answer.settled, "{:?}", briefs(&answer.events));
}

#[tokio::test]
async fn flows_that_refer_to_each_other_land_together_or_not_at_all() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let mut host = house.bus.subscribe_host();
    let flow = |to: &str| {
        json!({
            "meta": { "name": "One of two" },
            "start": "Here",
            "states": {
                "Here": {
                    "onEnter": [{ "ask": "Go on?" }],
                    "transitions": [{ "pattern": "yes", "to": to }]
                }
            }
        })
    };
    write_flow(dir.path(), "left", &flow("flow:right"));
    write_flow(dir.path(), "right", &flow("flow:nowhere"));
    let kinds = [next(&mut host).await, next(&mut host).await].map(|event| event.kind);
    assert_eq!(kinds, ["flow.rejected", "flow.rejected"]);
    // Only one file is repaired; the other had waited for it.
    write_flow(dir.path(), "right", &flow("flow:left"));
    let mut ids = Vec::new();
    for event in [next(&mut host).await, next(&mut host).await] {
        assert_eq!(event.kind, "flow.reloaded", "{event:?}");
        ids.push(event.id);
    }
    assert_eq!(ids, ["left", "right"]);
    let begin = New { flow: Choice::Current(flow::Id::from("right")), ..order(None) };
    house.runtime.create(begin, SOON).await.unwrap();
}

#[tokio::test]
async fn what_is_no_flow_is_left_alone() {
    let dir = directory();
    for name in ["order.test.json", ".hidden.json", "notes.txt"] {
        std::fs::write(dir.path().join("flows").join(name), "not a flow").unwrap();
    }
    std::fs::create_dir(dir.path().join("flows/folder.json")).unwrap();
    let house = House::open(dir.path(), Plan::default()).await;
    let ids: Vec<String> = house.catalog.flows().iter().map(|flow| flow.id.to_string()).collect();
    assert_eq!(ids, ["order"]);
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (parts, _bus) = parts(dir.path(), None).await;
    let error = Reload::start(parts).await.unwrap_err();
    assert!(error.to_string().contains("flows"), "{error}");
}

#[tokio::test]
async fn a_changed_plugin_is_loaded_again_and_flows_are_checked_against_it() {
    let dir = directory();
    let folder = dir.path().join("plugins/test");
    std::fs::create_dir_all(&folder).unwrap();
    let open: OpenPlugin = Arc::new(|name| {
        let opened = match name.as_str() {
            "test" => Opened::Ready(Box::new(ready())),
            "bad" => Opened::Rejected { findings: vec![json!({ "code": "plugin.broken" })] },
            _ => Opened::Gone,
        };
        Box::pin(std::future::ready(opened))
    });
    let (parts, bus) = parts(dir.path(), Some(open)).await;
    let catalog = Arc::clone(&parts.catalog);
    let warnings = || catalog.flows()[0].reading.findings.len();
    let _reload = Reload::start(parts).await.unwrap();
    let without = warnings();
    assert!(without > 0, "a tool that nobody offers is worth a warning");
    let mut host = bus.subscribe_host();
    std::fs::write(folder.join("test.wasm"), "new").unwrap();
    let event = next(&mut host).await;
    assert_eq!((event.kind.as_str(), event.version.as_deref()), ("plugin.reloaded", Some("2")));
    within(async {
        while warnings() == without {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(warnings() < without);
    std::fs::create_dir_all(dir.path().join("plugins/bad")).unwrap();
    let event = next(&mut host).await;
    assert_eq!((event.kind.as_str(), event.id.as_str()), ("plugin.rejected", "bad"));
    assert_eq!(event.findings, [json!({ "code": "plugin.broken" })]);
}

fn ready() -> Ready {
    let [version, digest, identity] = ["2", "d2", "d2"].map(str::to_owned);
    let (source, signed_by, memory, capabilities) = (None, None, None, json!({}));
    let about =
        About { kind: "wasm", version, digest, source, signed_by, memory, capabilities, identity };
    Ready { about, offers: offers(), put: Box::new(|_registry| Ok(())) }
}

fn offers() -> Vec<Offer> {
    let offer = |name: &str| Offer {
        name: name.into(),
        args: Arc::new(json!({ "type": "object" })),
        result: None,
        repeatable: false,
    };
    vec![offer("test/slow"), offer("test/sure")]
}

async fn parts(dir: &Path, open: Option<OpenPlugin>) -> (reload::Parts, Bus) {
    let store = Store::open(&dir.join("data")).await.unwrap();
    let bus = Bus::local();
    let folder = open.is_some().then(|| dir.join("plugins"));
    let plugins = open.map(Plugins::none_yet);
    let parts = reload::Parts {
        options: reload::Options::new(dir.join("flows"), folder),
        catalog: Arc::new(Catalog::new(store, Offers::default())),
        bus: bus.clone(),
        clock: Clock::System,
        plugins,
        trial: reload::Trial::default(),
    };
    (parts, bus)
}
