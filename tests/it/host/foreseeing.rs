//! What a version would do to the sessions that are in its flow: shown before it is published, and refused where it would
//! strand somebody.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Host, Place};

/// Two places to be in, of which the second may be left out.
fn flow(places: &[&str], more: &Value) -> Value {
    let mut states = json!({
        "A": { "onEnter": [{ "ask": "Where to?" }], "transitions": [] },
    });
    for place in places {
        states["A"]["transitions"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "pattern": place.to_lowercase(), "to": place }));
        states[*place] = json!({ "onEnter": [{ "ask": place }], "transitions": [{ "pattern": "back", "to": "A" }] });
    }
    let mut flow = json!({ "meta": { "name": "Hello" }, "start": "A", "states": states });
    for (key, value) in more.as_object().unwrap() {
        flow[key] = value.clone();
    }
    flow
}

async fn peopled() -> (Host, Place) {
    let place = Place::with_flow("hello", &format!("{:#}\n", flow(&["B", "C"], &json!({}))));
    let host = Host::start(&place);
    for words in [None, Some("b"), Some("b"), Some("c")] {
        let session = host.begin("hello").await;
        if let Some(words) = words {
            host.say(&session, words).await;
        }
    }
    (host, place)
}

/// What becomes of whom, in words.
fn told(impact: &Value) -> Vec<String> {
    let word = |group: &Value, key: &str| group[key].as_str().map(str::to_owned);
    let told = |group: &Value| {
        let to = word(group, "to").map_or_else(String::new, |to| format!(" to {to}"));
        let then = word(group, "then").map_or_else(String::new, |then| format!(" then {then}"));
        let (state, verdict) = (word(group, "state").unwrap(), word(group, "verdict").unwrap());
        format!("{} in {state}: {verdict}{to}{then}", group["sessions"])
    };
    impact["states"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn what_becomes_of_whom_is_told_before_and_nobody_is_stranded_by_mistake() {
    let (host, _place) = peopled().await;
    let without = json!({ "definition": flow(&["C"], &json!({})) });
    let foreseen = host.post("/api/flows/hello/impact", without.clone()).await.ok();
    assert_eq!(told(&foreseen), ["1 in A: safe", "2 in B: stays then ends", "1 in C: safe"]);
    assert_eq!((&foreseen["sessions"], &foreseen["stranded"]), (&json!(4), &json!(2)));
    assert_eq!(
        (&foreseen["complete"], &foreseen["pin_max_ms"]),
        (&json!(true), &json!(86_400_000))
    );
    assert_eq!(foreseen["states"][1]["because"], "the new version has no state `B`");
    for (policy, expected) in [
        ("pin", ["1 in A: pinned", "2 in B: pinned", "1 in C: pinned"]),
        (
            "drain",
            ["1 in A: pinned then moves", "2 in B: pinned then ends", "1 in C: pinned then moves"],
        ),
        ("migrate", ["1 in A: safe", "2 in B: restarts to A", "1 in C: safe"]),
    ] {
        let meta = json!({ "meta": { "name": "Hello", "sessions": policy } });
        let text = json!({ "definition": flow(&["C"], &meta) });
        let foreseen = host.post("/api/flows/hello/impact", text).await.ok();
        assert_eq!(told(&foreseen), expected, "{policy}");
    }

    let mut draft = without;
    host.ask(Method::PUT, "/api/flows/hello", None, draft.clone()).await.ok();
    let drafted = host.get("/api/flows/hello/impact?draft=yes").await.ok();
    assert_eq!(drafted["states"], foreseen["states"]);
    let refused = host.post("/api/flows/hello/publish", json!({})).await;
    assert!(refused.refused(409, "flow.strands").contains("2 of its 4"));
    assert_eq!(refused.body["impact"], drafted);

    // With a place for them it goes through, and going back is refused where that strands them.
    let moves = json!({ "migrations": [{ "from": "*", "states": { "B": "D" } }] });
    draft["definition"] = flow(&["C", "D"], &moves);
    let seen = host.get("/api/flows/hello/draft").await.header("etag").unwrap().to_owned();
    host.ask(Method::PUT, "/api/flows/hello", Some(&seen), draft).await.ok();
    let drafted = host.get("/api/flows/hello/impact").await.ok();
    assert_eq!(told(&drafted), ["1 in A: safe", "2 in B: moves to D", "1 in C: safe"]);
    host.post("/api/flows/hello/publish", json!({})).await.ok();
    for session in host.get("/api/sessions").await.ok()["sessions"].as_array().unwrap() {
        host.say(session["sessionId"].as_str().unwrap(), "hm").await;
    }
    let back = json!({ "version": "1" });
    host.post("/api/flows/hello/rollback", back).await.refused(409, "flow.strands");
    let forced = json!({ "version": "1", "force": true });
    assert_eq!(host.post("/api/flows/hello/rollback", forced).await.ok()["status"], "published");
}

#[tokio::test]
async fn the_terminal_shows_who_is_where_and_what_becomes_of_them() {
    let (host, place) = peopled().await;
    std::fs::write(place.path("draft.json"), flow(&["C"], &json!({})).to_string()).unwrap();
    let args = ["flow", "diff", "flows/hello.json", "draft.json", "--flow", "hello", "--live"];
    let url = host.url("");
    let ran = place.run(&[&args[..], &[&url]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().rev().take(3).collect();
    assert_eq!(
        lines,
        [
            "1 session in C: safe",
            "2 sessions in B: stay pinned, as the new version has no state `B`; after 24 h they end",
            "1 session in A: safe",
        ]
    );
    std::fs::write(place.path("broken.json"), "{}").unwrap();
    let args = ["flow", "diff", "flows/hello.json", "broken.json", "--flow", "hello", "--live"];
    let ran = place.run(&[&args[..], &[&url]].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

/// A flow that asks, and another that calls it.
fn calling() -> (Value, Value) {
    let called = json!({ "meta": { "name": "Inner" }, "start": "A", "states": {
        "A": { "onEnter": [{ "ask": "a?" }], "transitions": [{ "pattern": "end", "to": ":end" }] },
    } });
    let caller = json!({ "meta": { "name": "Outer" }, "start": "S", "states": {
        "S": { "onEnter": [{ "ask": "s?" }], "transitions": [{ "pattern": "go", "to": "P" }] },
        "P": { "onEnter": [{ "call": "inner" }], "transitions": [{ "onFlowResult": "end", "to": "S" }] },
    } });
    (called, caller)
}

fn peopled_caller() -> (Host, Place) {
    let (called, caller) = calling();
    let place = Place::with_flow("inner", &called.to_string());
    place.write_flow("outer", &caller.to_string());
    (Host::start(&place), place)
}

#[tokio::test]
async fn who_is_in_a_called_flow_is_counted_there_and_in_the_state_that_waits() {
    let (host, _place) = peopled_caller();
    for words in [None, Some("go"), Some("go")] {
        let session = host.begin("outer").await;
        if let Some(words) = words {
            host.say(&session, words).await;
        }
    }
    host.begin("inner").await;
    let count = async |flow: &str, state: &str| {
        let graph = host.get(&format!("/api/flows/{flow}/graph?sessions=true")).await.ok();
        graph["nodes"][state]["sessions"].clone()
    };
    assert_eq!((count("outer", "S").await, count("outer", "P").await), (json!(1), json!(2)));
    assert_eq!(count("inner", "A").await, json!(3));
}

#[tokio::test]
async fn a_flow_that_others_lead_to_is_retired_only_by_force() {
    let (host, place) = peopled_caller();
    let session = host.begin("outer").await;
    let refused = host.ask(Method::DELETE, "/api/flows/inner", None, json!({})).await;
    assert!(refused.refused(409, "flow.called").contains("`outer` leads to flow `inner`"));
    assert_eq!(refused.body["callers"], json!(["outer"]));
    host.say(&session, "go").await;
    host.ask(Method::DELETE, "/api/flows/inner", None, json!({ "force": true })).await.ok();
    let outer = host.get("/api/flows").await.ok().to_string();
    assert!(outer.contains("flow.unknown"), "{outer}");
    // Nobody leads to this one, and a flow that there is not is not known first of all.
    host.ask(Method::DELETE, "/api/flows/outer", None, json!({})).await.ok();
    host.ask(Method::DELETE, "/api/flows/outer", None, json!({}))
        .await
        .refused(404, "flow.unknown");
    drop(place);
}

#[tokio::test]
async fn a_flow_that_there_never_was_has_no_sessions_to_tell_of() {
    let (host, place) = peopled().await;
    let text = json!({ "definition": flow(&["C"], &json!({})) });
    host.post("/api/flows/helo/impact", text.clone()).await.refused(404, "flow.unknown");
    std::fs::write(place.path("draft.json"), flow(&["C"], &json!({})).to_string()).unwrap();
    let args = ["flow", "diff", "flows/hello.json", "draft.json", "--flow", "helo", "--live"];
    let ran = place.run(&[&args[..], &[&host.url("")]].concat());
    assert!(ran.code != Some(0) && ran.err.contains("did you mean `hello`?"), "{ran:?}");
    // One that is begun, and one whose sessions go on to their end.
    let begun = json!({ "id": "helo", "definition": flow(&["C"], &json!({})) });
    host.post("/api/flows", begun).await;
    assert_eq!(host.post("/api/flows/helo/impact", text.clone()).await.ok()["sessions"], json!(0));
    host.ask(Method::DELETE, "/api/flows/hello", None, json!({})).await.ok();
    assert_eq!(host.post("/api/flows/hello/impact", text).await.ok()["sessions"], json!(4));
}

#[tokio::test]
async fn a_state_to_go_back_to_that_is_gone_strands_like_any_other() {
    let digressing = |without: Option<&str>, more: Value| {
        let mut flow = flow(&["B", "C"], &more);
        flow["states"]["Why"] = json!({ "onEnter": [{ "ask": "why?" }], "transitions": [{ "pattern": "ok", "to": "@back" }] });
        flow["transitions"] =
            json!([{ "pattern": "why", "assign": { "back": "{{session.state}}" }, "to": "Why" }]);
        if let Some(name) = without {
            flow["states"].as_object_mut().unwrap().remove(name);
            flow["states"]["A"]["transitions"]
                .as_array_mut()
                .unwrap()
                .retain(|way| way["to"] != name);
        }
        flow
    };
    let place = Place::with_flow("hello", &digressing(None, json!({})).to_string());
    let host = Host::start(&place);
    let session = host.begin("hello").await;
    host.say(&session, "b").await;
    host.say(&session, "why").await;
    let draft = |definition: Value| json!({ "definition": definition });
    host.ask(Method::PUT, "/api/flows/hello", None, draft(digressing(Some("B"), json!({}))))
        .await
        .ok();
    let foreseen = host.get("/api/flows/hello/impact").await.ok();
    assert_eq!(told(&foreseen), ["1 in Why: stays then ends"]);
    assert_eq!(
        foreseen["states"][0]["because"],
        "`@back` may lead to state `B`, which the new version does not have"
    );
    host.post("/api/flows/hello/publish", json!({})).await.refused(409, "flow.strands");
    let mut renamed =
        digressing(Some("B"), json!({ "migrations": [{ "from": "*", "states": { "B": "BB" } }] }));
    renamed["states"]["BB"] = json!({ "onEnter": [{ "ask": "b?" }] });
    let seen = host.get("/api/flows/hello/draft").await.header("etag").unwrap().to_owned();
    host.ask(Method::PUT, "/api/flows/hello", Some(&seen), draft(renamed)).await.ok();
    assert_eq!(told(&host.get("/api/flows/hello/impact").await.ok()), ["1 in Why: safe"]);
    host.post("/api/flows/hello/publish", json!({})).await.ok();
    let back = host.say(&session, "ok").await;
    assert_eq!(back["state"], "BB", "{back:#}");
    let ran = place.run(&["replay", &session, "--url", &host.url("")]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}
