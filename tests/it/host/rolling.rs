//! A new version for some people first, from outside: who gets it, what takes it back, and that hosts and restarts agree.

use std::collections::BTreeMap;

use cicerone::event::{SessionId, Timestamp};
use cicerone::flow;
use cicerone::rollout::{Guard, Percent, Rollout};
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};

use super::on_redis::on_redis;
use super::versions::{asking, host};
use super::{Host, Place};
use crate::redis::{options, shared};

/// Asks the reservations whether there is a table at a time that `time` says.
fn checking(time: &str) -> Value {
    let args = json!({ "date": "2026-03-06", "time": time, "partySize": 2 });
    json!({
        "meta": { "name": "Tables" },
        "start": "A",
        "context": { "time": "19:00" },
        "tools": { "Check": {
            "uses": "reservations/check-availability",
            "args": { "date": "string", "time": "string", "partySize": "number" }
        } },
        "states": {
            "A": { "onEnter": [{ "ask": "When?" }], "transitions": [{ "pattern": "then", "to": "B" }] },
            "B": {
                "onEnter": [{ "tool": "Check", "args": args }],
                "transitions": [{ "onToolResult": "Check", "to": "A" }, { "onToolError": "Check", "to": "A" }]
            }
        }
    })
}

/// Tells on which version a session of this name begins.
struct Sides {
    flow: flow::Id,
    rollout: Rollout,
}

impl Sides {
    fn of(flow: &str, percent: u8) -> Self {
        let (at, percent) = (Timestamp::default(), Percent::try_from(percent).unwrap());
        let guard = Guard::default();
        let rollout = Rollout { version: "new".into(), percent, began: at, since: at, guard };
        Self { flow: flow.into(), rollout }
    }

    fn is_new(&self, session: &str) -> bool {
        self.rollout.takes(&self.flow, &SessionId::new(session).unwrap())
    }
}

impl Host {
    /// Puts a draft in place and publishes it for some.
    async fn roll_out(&self, flow: &str, definition: Value, rollout: Value) -> Value {
        let path = format!("/api/flows/{flow}");
        self.ask(Method::PUT, &path, None, json!({ "definition": definition })).await.ok();
        let body = json!({ "rollout": rollout, "author": "Ada" });
        let answer = self.post(&format!("{path}/publish"), body).await.ok();
        assert_eq!(answer["status"], "rolling_out", "{answer}");
        answer
    }

    /// Begins sessions of these names; the version of each.
    async fn begin_all(&self, flow: &str, names: Vec<String>) -> BTreeMap<String, String> {
        let begin = |name: String| async move {
            let body = json!({ "flow": flow, "session_id": name });
            let begun = self.post("/api/sessions", body).await.ok();
            (name, begun["version"].as_str().unwrap().to_owned())
        };
        futures_util::stream::iter(names).map(begin).buffer_unordered(16).collect().await
    }

    async fn flow(&self, flow: &str) -> Value {
        self.get(&format!("/api/flows/{flow}")).await.ok()
    }

    fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    async fn how(&self, flow: &str) -> Vec<String> {
        let versions = self.get(&format!("/api/flows/{flow}/versions")).await.ok();
        let how = |one: &Value| one["how"].as_str().unwrap().to_owned();
        versions["versions"].as_array().unwrap().iter().map(how).collect()
    }
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}-{number}")).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn some_begin_on_the_new_version_the_same_ones_everywhere_and_for_ever() {
    let (host, place) = host();
    let stable = text(&host.flow("hello").await["version"]).to_owned();
    let before = host.begin_all("hello", names("before", 1)).await;
    let file = std::fs::read(place.path("flows/hello.json")).unwrap();
    let begun = host.roll_out("hello", asking("Two?"), json!({ "percent": 20 })).await;
    let new = text(&begun["version"]).to_owned();
    let shown = host.flow("hello").await;
    assert_eq!((text(&shown["version"]), &shown["rollout"]["percent"]), (&*stable, &json!(20)));
    assert_eq!(std::fs::read(place.path("flows/hello.json")).unwrap(), file, "the file is stable");

    let sides = Sides::of("hello", 20);
    let sessions = host.begin_all("hello", names("first", 1_000)).await;
    let taken = sessions.values().filter(|version| **version == new).count();
    // Four standard deviations of a fair draw round 200.
    assert!((150..=250).contains(&taken), "{taken}");
    for (name, version) in &sessions {
        let expected = if sides.is_new(name) { &new } else { &stable };
        assert_eq!(version, expected, "{name}");
    }

    // As if the power went; who is where stays so, and so does who comes where.
    host.kill();
    let host = Host::start(&place);
    assert_eq!(host.flow("hello").await["rollout"]["version"], new);
    let again = host.begin_all("hello", names("second", 50)).await;
    assert!(again.iter().all(|(name, version)| (*version == new) == sides.is_new(name)));
    let body = json!({ "percent": 60, "changelog": "So far so good." });
    let more = host.post("/api/flows/hello/rollout", body).await.ok();
    assert_eq!((&more["status"], &more["rollout"]["percent"]), (&json!("rolling_out"), &json!(60)));
    let wider = Sides::of("hello", 60);
    let later = host.begin_all("hello", names("third", 100)).await;
    assert!(later.iter().all(|(name, version)| (*version == new) == wider.is_new(name)));
    let moved =
        names("first", 1_000).into_iter().find(|name| wider.is_new(name) && !sides.is_new(name));
    for name in [moved.unwrap(), before.keys().next().unwrap().clone()] {
        host.say(&name, "what?").await;
        let session = host.get(&format!("/api/sessions/{name}")).await.ok();
        assert_eq!(session["version"], stable, "who runs stays");
    }

    let versions = host.get("/api/flows/hello/versions").await.ok();
    assert_eq!(versions["rollout"]["percent"], 60);
    let marks =
        |at: usize| (&versions["versions"][at]["current"], &versions["versions"][at]["canary"]);
    assert_eq!(marks(0), (&json!(false), &json!(true)));
    assert_eq!(marks(2), (&json!(true), &json!(false)));
    let promoted = host.post("/api/flows/hello/promote", json!({ "author": "Eve" })).await.ok();
    assert_eq!((&promoted["status"], &promoted["version"]), (&json!("published"), &json!(new)));
    let all = host.begin_all("hello", names("fourth", 20)).await;
    assert!(all.values().all(|version| *version == new));
    let written: Value =
        serde_json::from_slice(&std::fs::read(place.path("flows/hello.json")).unwrap()).unwrap();
    assert_eq!(written, asking("Two?"));
    assert!(host.flow("hello").await.get("rollout").is_none());
    assert_eq!(host.how("hello").await, ["promote", "canary", "canary", "file"]);
}

#[tokio::test]
async fn a_version_whose_tool_fails_is_taken_back_by_itself_and_a_good_one_is_not() {
    let place = Place::shipped();
    place.write_flow("tables", &checking("{{ctx.time}}").to_string());
    let host = Host::start(&place);
    let stable = text(&host.flow("tables").await["version"]).to_owned();
    let mut news = host.listen("/api/events/stream").await;

    let good = checking("{{ctx.time + ''}}");
    host.roll_out("tables", good, json!({ "percent": 50 })).await;
    for name in names("good", 40) {
        host.begin_all("tables", vec![name.clone()]).await;
        host.say(&name, "then").await;
    }
    let stats = host.get("/api/flows/tables/stats").await.ok();
    let compared = &stats["rollout"];
    assert_eq!(compared["judgement"], "go_on", "{compared:#}");
    let count = |side: &str, what: &str| compared[side][what].as_u64().unwrap();
    assert_eq!(count("old", "sessions") + count("new", "sessions"), 40);
    assert!(count("new", "sessions") >= 10 && count("new", "tool_errors") == 0, "{compared:#}");
    let metrics = host.get("/metrics").await;
    let metrics = text(&metrics.body);
    assert!(metrics.contains("cicerone_flow_rollout_percent{flow=\"tables\"} 50"), "{metrics}");
    host.post("/api/flows/tables/rollback", json!({ "changelog": "Not now." })).await.ok();
    assert_eq!(text(&news.until("flow.rolled-back").await.last().unwrap().data["version"]), stable);

    host.roll_out("tables", checking("{{ctx.missing}}"), json!({ "percent": 50 })).await;
    let mut told = Vec::new();
    for name in names("bad", 200) {
        host.begin_all("tables", vec![name.clone()]).await;
        host.say(&name, "then").await;
        if host.flow("tables").await.get("rollout").is_none() {
            told = news.until("flow.rolled-back").await;
            break;
        }
    }
    let event = &told.last().expect("the new version goes on and on").data;
    assert_eq!((text(&event["id"]), text(&event["version"])), ("tables", &*stable));
    let why = text(&event["findings"][0]["message"]);
    assert!(why.contains("sessions of the new version had a tool fail, and 0 of "), "{why}");
    let versions = host.get("/api/flows/tables/versions").await.ok();
    let newest = &versions["versions"][0];
    assert_eq!((&newest["how"], &newest["author"]), (&json!("drop"), &json!("cicerone")));
    assert_eq!(text(&newest["changelog"]), why);
    assert!(host.said().contains("A new version was taken back: its sessions met more trouble."));
    let after = host.begin_all("tables", names("after", 20)).await;
    assert!(after.values().all(|version| *version == stable));
    assert_eq!(host.how("tables").await, ["drop", "canary", "drop", "canary", "file"]);
}

#[tokio::test]
async fn hosts_on_one_redis_agree_on_who_gets_it_and_that_it_is_taken_back() {
    let prefix = options(&shared().url()).prefix;
    let (one, other) = (on_redis(&prefix), on_redis(&prefix));
    let tables = json!({ "id": "tables", "definition": checking("{{ctx.time}}") });
    assert_eq!(one.post("/api/flows", tables).await.status, 201);
    one.post("/api/flows/tables/publish", json!({})).await.ok();
    let begun = one.roll_out("tables", checking("{{ctx.missing}}"), json!({ "percent": 30 })).await;
    let new = text(&begun["version"]);
    let hosts = [&one, &other];
    let is_rolling = async |host: &Host| {
        let flow = host.get("/api/flows/tables").await;
        flow.status == 200 && flow.body.get("rollout").is_some()
    };
    other.until("the rollout on the other host", || is_rolling(&other)).await;
    let sides = Sides::of("tables", 30);
    for host in hosts {
        let begun = host.begin_all("tables", names(host.port(), 50)).await;
        assert!(begun.iter().all(|(name, version)| (version == new) == sides.is_new(name)));
    }
    // It fails on both hosts, and on neither often enough for itself: what they count is added up.
    for host in hosts {
        let taken = names(host.port(), 50).into_iter().filter(|name| sides.is_new(name));
        for name in taken.take(6) {
            host.say(&name, "then").await;
        }
    }
    for host in hosts {
        host.until("the end of the rollout", || async { !is_rolling(host).await }).await;
        let after = host.begin_all("tables", names(&format!("after-{}", host.port()), 20)).await;
        assert!(after.values().all(|version| version != new));
        assert_eq!(host.how("tables").await, ["drop", "canary", "publish"], "once for all hosts");
    }
}

#[tokio::test]
async fn a_rollout_ends_by_promotion_by_going_back_or_by_hand_and_nothing_comes_between() {
    let (host, place) = host();
    let hello = "/api/flows/hello";
    host.post(&format!("{hello}/promote"), json!({})).await.refused(404, "rollout.unknown");
    let share = json!({ "percent": 5 });
    host.post(&format!("{hello}/rollout"), share).await.refused(404, "rollout.unknown");
    host.post(&format!("{hello}/rollback"), json!({})).await.refused(400, "body.invalid");
    let put = async |question: &str| {
        let body = json!({ "definition": asking(question) });
        host.ask(Method::PUT, hello, None, body).await.ok();
    };
    put("Two?").await;
    for (rollout, pointer) in [
        (json!({ "percent": 0 }), "/rollout/percent"),
        (json!({ "percent": 100 }), "/rollout/percent"),
        (json!({ "percent": 5, "guard": { "ratio": 0.5 } }), "/rollout/guard/ratio"),
    ] {
        let body = json!({ "rollout": rollout });
        let refused = host.post(&format!("{hello}/publish"), body).await;
        refused.refused(400, "body.invalid");
        assert_eq!(refused.body["pointer"], pointer);
    }
    let guard = json!({ "automatic": false, "risk": 0.05 });
    let begun = json!({ "rollout": { "percent": 5, "guard": guard } });
    let begun = host.post(&format!("{hello}/publish"), begun).await.ok();
    assert_eq!(begun["rollout"]["guard"]["risk"], 0.05);
    put("Three?").await;
    for body in [json!({}), json!({ "rollout": { "percent": 50 } })] {
        host.post(&format!("{hello}/publish"), body).await.refused(409, "rollout.running");
    }
    let back = host.post(&format!("{hello}/rollback"), json!({})).await.ok();
    assert_eq!(back["status"], "rolled_back");
    let body = json!({ "rollout": { "percent": 50 } });
    host.post(&format!("{hello}/publish"), body).await.ok();
    place.write_flow("hello", &asking("By hand?").to_string());
    host.until("the end by hand", || async { host.flow("hello").await.get("rollout").is_none() })
        .await;
    assert_eq!(host.how("hello").await, ["file", "canary", "drop", "canary", "file"]);

    let new = json!({ "id": "new", "definition": asking("New?") });
    host.post("/api/flows", new).await;
    let body = json!({ "rollout": { "percent": 50 } });
    host.post("/api/flows/new/publish", body).await.refused(409, "rollout.alone");
}
