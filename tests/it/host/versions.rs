//! Flows by their routes: drafts, publishing, going back, retiring, and everything that is refused on the way.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, http};
use super::{Host, Place};

pub(super) fn asking(question: &str) -> Value {
    json!({
        "meta": { "name": "Hello", "categories": ["greetings", "small"] },
        "start": "A",
        "states": {
            "A": { "onEnter": [{ "ask": question }], "transitions": [{ "pattern": "bye", "to": "B" }] },
            "B": { "final": true }
        }
    })
}

pub(super) fn host() -> (Host, Place) {
    let place = Place::with_flow("hello", &format!("{:#}\n", asking("One?")));
    (Host::start(&place), place)
}

impl Host {
    /// A request with `If-Match`.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        seen: Option<&str>,
        body: Value,
    ) -> Answer {
        let mut request = http().request(method, self.url(path)).json(&body);
        if let Some(seen) = seen {
            request = request.header("if-match", seen);
        }
        Answer::of(request).await
    }

    async fn etag(&self, path: &str) -> String {
        self.get(path).await.header("etag").unwrap().to_owned()
    }

    /// What somebody who begins now is asked.
    async fn question(&self) -> Value {
        let begun = self.post("/api/sessions", json!({ "flow": "hello" })).await.ok();
        begun["events"][1]["text"].clone()
    }
}

#[tokio::test]
async fn a_draft_is_begun_changed_published_and_taken_back() {
    let (host, place) = host();
    let first = host.etag("/api/flows/hello").await;
    let draft = json!({ "definition": asking("Two?"), "author": "Ada" });
    let saved = host.ask(Method::PUT, "/api/flows/hello", Some(&first), draft).await;
    let seen = saved.header("etag").unwrap().to_owned();
    let saved = saved.ok();
    let diff = host.get("/api/flows/hello/diff").await.ok();
    assert_eq!(diff["summary"], json!({ "changed": 1 }));
    let change = &diff["changes"][0];
    assert_eq!((&change["what"], &change["state"]), (&json!("text"), &json!("A")));
    assert_eq!((&change["from"], &change["to"]), (&json!("One?"), &json!("Two?")));
    assert_eq!(
        (&saved["isValid"], format!("{:?}", saved["base"].as_str().unwrap())),
        (&json!(true), first.clone())
    );
    assert_eq!(host.question().await, "One?", "a draft is nobody's yet");
    let body = json!({ "changelog": "A better question." });
    let published =
        host.ask(Method::POST, "/api/flows/hello/publish", Some(&seen), body).await.ok();
    assert_eq!((&published["status"], host.question().await), (&json!("published"), json!("Two?")));
    let file: Value =
        serde_json::from_str(&std::fs::read_to_string(place.path("flows/hello.json")).unwrap())
            .unwrap();
    assert_eq!(file, asking("Two?"));
    host.get("/api/flows/hello/draft").await.refused(404, "flow.draft_unknown");

    let versions = host.get("/api/flows/hello/versions").await.ok();
    let newest = &versions["versions"][0];
    assert_eq!(
        (&newest["number"], &newest["how"], &newest["current"]),
        (&json!(2), &json!("publish"), &json!(true))
    );
    assert_eq!(
        (&newest["author"], &newest["changelog"]),
        (&json!("Ada"), &json!("A better question."))
    );
    assert_eq!(versions["versions"][1]["how"], "file");
    let old = host.get(&format!("/api/flows/hello?version={}", first.trim_matches('"'))).await.ok();
    assert_eq!(old["definition"], asking("One?"));

    named_alike(&host, first.trim_matches('"')).await;

    let back = host.get("/api/flows/hello/diff?from=2&to=1").await.ok();
    assert_eq!(back["changes"][0]["to"], "One?");
    assert_eq!(host.get("/api/flows/hello/diff?to=current").await.ok()["changes"], json!([]));
    host.get("/api/flows/hello/diff?to=77").await.refused(404, "flow.version_unknown");
    host.get("/api/flows/hello/diff").await.refused(404, "flow.draft_unknown");

    for (named, question) in
        [("1", "One?"), (&published["version"].as_str().unwrap()[..12], "Two?")]
    {
        host.post("/api/flows/hello/rollback", json!({ "version": named })).await.ok();
        assert_eq!(host.question().await, question);
    }
    let session = host.begin("hello").await;
    let retired = host
        .ask(Method::DELETE, "/api/flows/hello", None, json!({ "changelog": "Done." }))
        .await
        .ok();
    assert_eq!((&retired["status"], &retired["version"]), (&json!("retired"), &Value::Null));
    host.post("/api/sessions", json!({ "flow": "hello" })).await.refused(404, "flow.unknown");
    assert_eq!(host.say(&session, "bye").await["status"], "ended");
    assert!(!place.path("flows/hello.json").exists());
    let kept = host.get("/api/flows/hello/versions?limit=1").await.ok();
    assert_eq!((&kept["versions"][0]["how"], &kept["next"]), (&json!("retire"), &json!(5)));
    host.post("/api/flows/hello/rollback", json!({ "version": "2" })).await.ok();
    assert_eq!(host.question().await, "Two?");
}

/// Of two versions the first, by all that it can be called.
async fn named_alike(host: &Host, first: &str) {
    for named in ["1", &first[..12]] {
        let old = host.get(&format!("/api/flows/hello?version={named}")).await.ok();
        assert_eq!(old["definition"], asking("One?"), "{named}");
    }
    let current = host.get("/api/flows/hello?version=current").await.ok();
    assert_eq!(current["definition"], asking("Two?"));
    let stats = host.get("/api/flows/hello/stats?version=current").await.ok();
    assert!(stats["versions"].as_array().unwrap().iter().all(|one| one["current"] == true));
    for nothing in ["3", "0", "0123456789ab", "x"] {
        let path = format!("/api/flows/hello?version={nothing}");
        host.get(&path).await.refused(404, "flow.version_unknown");
    }
}

#[tokio::test]
async fn a_new_flow_begins_as_a_draft() {
    let (host, place) = host();
    let new = json!({ "id": "new", "definition": asking("New?") });
    let made = host.post("/api/flows", new.clone()).await;
    assert_eq!((made.status, &made.body["base"]), (201, &Value::Null));
    host.post("/api/flows", new.clone()).await.refused(409, "flow.exists");
    host.post("/api/sessions", json!({ "flow": "new" })).await.refused(404, "flow.unknown");
    host.post("/api/flows/new/publish", json!({})).await.ok();
    host.begin("new").await;
    assert!(place.path("flows/new.json").exists());
    host.post("/api/flows", new).await.refused(409, "flow.exists");
}

#[tokio::test]
async fn nobodys_work_is_lost_and_everybody_is_told_what_to_do() {
    let (host, place) = host();
    let put = async |seen: Option<&str>, question: &str| {
        host.ask(Method::PUT, "/api/flows/hello", seen, json!({ "definition": asking(question) }))
            .await
    };
    let first = host.etag("/api/flows/hello").await;
    let said = put(Some("\"0000\""), "X?").await;
    assert!(said.refused(412, "flow.draft_changed").contains("If-Match"));
    assert_eq!(format!("\"{}\"", said.body["current"].as_str().unwrap()), first);
    put(Some("bare"), "X?").await.refused(400, "header.invalid");
    let one = put(Some(&first), "Mine?").await.header("etag").unwrap().to_owned();
    put(Some(&first), "Theirs?").await.refused(412, "flow.draft_changed");
    assert!(put(None, "Theirs?").await.refused(428, "precondition.required").contains("ETag"));
    let two = put(Some(&one), "Mine now?").await.header("etag").unwrap().to_owned();
    let stale = host.ask(Method::POST, "/api/flows/hello/publish", Some(&one), json!({})).await;
    stale.refused(412, "flow.draft_changed");
    host.ask(Method::DELETE, "/api/flows/hello/draft", Some(&one), json!({}))
        .await
        .refused(412, "flow.draft_changed");

    // Somebody edits the file meanwhile: the draft does not bury that.
    place.write_flow("hello", &asking("By hand?").to_string());
    let stale = host.ask(Method::POST, "/api/flows/hello/publish", Some(&two), json!({})).await;
    assert!(stale.refused(412, "flow.moved_on").contains("diff"));
    let by_hand = stale.body["current"].as_str().unwrap();
    assert_eq!(host.question().await, "By hand?");
    let merged = json!({ "definition": asking("Both?"), "base": by_hand });
    let merged = host.ask(Method::PUT, "/api/flows/hello", Some(&two), merged).await.ok();
    assert_eq!(merged["base"], by_hand);
    host.post("/api/flows/hello/publish", json!({})).await.ok();
    assert_eq!(host.question().await, "Both?");
    let stale = host
        .ask(Method::POST, "/api/flows/hello/rollback", Some(&first), json!({ "version": "1" }))
        .await;
    stale.refused(412, "flow.moved_on");
    host.ask(Method::DELETE, "/api/flows/hello", Some(&first), json!({}))
        .await
        .refused(412, "flow.moved_on");
}

#[tokio::test]
async fn a_bad_draft_is_kept_but_not_published() {
    let (host, place) = host();
    let mut bad = asking("Bad?");
    bad["states"]["A"]["transitions"][0]["to"] = json!("C");
    let saved =
        host.ask(Method::PUT, "/api/flows/hello", None, json!({ "definition": bad })).await.ok();
    assert_eq!(
        (&saved["isValid"], &saved["errors"][0]["code"]),
        (&json!(false), &json!("target.unknown"))
    );
    let refused = host.post("/api/flows/hello/publish", json!({})).await;
    refused.refused(422, "flow.invalid");
    let finding = &refused.body["errors"][0];
    assert_eq!(finding["path"], "/states/A/transitions/0/to");
    assert!(finding["line"] == 20 && finding["column"].as_u64() > Some(1), "{finding}");
    let file: Value =
        serde_json::from_str(&std::fs::read_to_string(place.path("flows/hello.json")).unwrap())
            .unwrap();
    assert_eq!((file, host.question().await), (asking("One?"), json!("One?")));
    assert_eq!(host.get("/api/flows/hello").await.ok()["definition"], asking("One?"));
    host.ask(Method::DELETE, "/api/flows/hello/draft", None, json!({})).await.ok();
    host.post("/api/flows/hello/publish", json!({})).await.refused(404, "flow.draft_unknown");
}

#[tokio::test]
async fn a_text_is_looked_at_as_it_stands_in_the_editor() {
    let (host, _place) = host();
    let path = "/api/flows/anything/validate";
    let good = host.post(path, json!({ "definition": asking("Any?") })).await.ok();
    assert_eq!((&good["isValid"], &good["errors"]), (&json!(true), &json!([])));
    let text = "{\n  \"start\": \"A\",\n  oops\n}";
    let bad = host.post(path, json!({ "text": text })).await.ok();
    assert_eq!(
        (&bad["errors"][0]["code"], &bad["errors"][0]["line"]),
        (&json!("json.syntax"), &json!(3))
    );
    host.post(path, json!({ "text": text, "definition": {} })).await.refused(400, "body.invalid");
    host.post(path, json!({})).await.refused(404, "flow.draft_unknown");
}

#[tokio::test]
async fn names_that_lead_elsewhere_and_flows_that_are_not_there_are_refused() {
    let (host, place) = host();
    for name in ["..%2Fout", ".hidden", "a%2Fb", "hello.test", "inline-1", "%20", "a%00b", "a%0Ab"]
    {
        let put = host
            .ask(Method::PUT, &format!("/api/flows/{name}"), None, json!({ "definition": {} }))
            .await;
        put.refused(400, "flow.name_bad");
        host.post(&format!("/api/flows/{name}/publish"), json!({}))
            .await
            .refused(400, "flow.name_bad");
    }
    for id in ["../out", "", "x/y", "/etc/x"] {
        let new = json!({ "id": id, "definition": asking("Out?") });
        host.post("/api/flows", new).await.refused(400, "flow.name_bad");
    }
    assert!(!place.path("out.json").exists());
    let said =
        host.ask(Method::PUT, "/api/flows/helo", None, json!({ "definition": asking("?") })).await;
    assert!(said.refused(404, "flow.unknown").contains("`hello`"));
    for path in ["publish", "rollback"] {
        let body = if path == "publish" { json!({}) } else { json!({ "version": "0".repeat(64) }) };
        host.post(&format!("/api/flows/nothing/{path}"), body).await.refused(404, "flow.unknown");
    }
    host.ask(Method::DELETE, "/api/flows/nothing", None, json!({}))
        .await
        .refused(404, "flow.unknown");
    host.get("/api/flows/nothing/versions").await.refused(404, "flow.unknown");
    host.get("/api/flows/nothing/diff").await.refused(404, "flow.unknown");
    for version in ["99", "zzzzzzzzz", "abcdefab", ""] {
        let back = host.post("/api/flows/hello/rollback", json!({ "version": version })).await;
        back.refused(404, "flow.version_unknown");
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_draft_is_refused() {
    let (host, _place) = host();
    let mut large = asking("Large?");
    large["meta"]["description"] = json!("x".repeat(1_100_000));
    let put = host.ask(Method::PUT, "/api/flows/hello", None, json!({ "definition": large })).await;
    put.refused(413, "body.too_large");
    for body in [json!({}), json!([]), json!({ "definition": {}, "more": 1 })] {
        let put = host.ask(Method::PUT, "/api/flows/hello", None, body).await;
        put.refused(400, "body.invalid");
    }
    let long = json!({ "definition": asking("?"), "author": "x".repeat(201) });
    host.ask(Method::PUT, "/api/flows/hello", None, long).await.refused(400, "body.invalid");
    host.ask(Method::PUT, "/api/flows/hello", None, json!({ "definition": [] })).await.ok();
    let long = json!({ "changelog": "x".repeat(10_001) });
    host.post("/api/flows/hello/publish", long).await.refused(400, "body.invalid");
    host.post("/api/flows/hello/publish", json!({})).await.refused(422, "flow.invalid");
}

#[tokio::test]
async fn flows_are_the_operators_to_change() {
    let place = Place::with_flow("hello", &asking("One?").to_string());
    let host = Host::started(&place, place.cicerone(&["serve", "--listen", "0.0.0.0:0"]));
    let port = host.address.rsplit(':').next().unwrap().to_owned();
    let url = |path: &str| format!("http://127.0.0.1:{port}/api/flows{path}");
    let draft = json!({ "definition": asking("Two?"), "id": "new" });
    for (method, path) in [
        (Method::POST, ""),
        (Method::PUT, "/hello"),
        (Method::DELETE, "/hello"),
        (Method::GET, "/hello/draft"),
        (Method::DELETE, "/hello/draft"),
        (Method::POST, "/hello/validate"),
        (Method::POST, "/hello/publish"),
        (Method::POST, "/hello/rollback"),
        (Method::GET, "/hello/versions"),
        (Method::GET, "/hello/diff"),
        (Method::GET, "/hello/stats"),
    ] {
        let asked = http().request(method, url(path)).json(&draft);
        Answer::of(asked).await.refused(403, "admin.denied");
    }
    let shown = Answer::of(http().get(url("/hello"))).await.ok();
    assert_eq!(shown["definition"], asking("One?"));
}

#[tokio::test]
async fn what_people_do_is_counted_by_version_and_state() {
    let (host, _place) = host();
    let first = host.etag("/api/flows/hello").await;
    for says_bye in [true, true, false] {
        let session = host.begin("hello").await;
        host.say(&session, "what?").await;
        if says_bye {
            host.say(&session, "bye").await;
        }
    }
    let draft = json!({ "definition": asking("Two?") });
    host.ask(Method::PUT, "/api/flows/hello", None, draft).await.ok();
    host.post("/api/flows/hello/publish", json!({})).await.ok();
    let session = host.begin("hello").await;
    let stats = host.get("/api/flows/hello/stats").await.ok();
    let [new, old] = &stats["versions"].as_array().unwrap()[..] else { panic!("{stats}") };
    assert_eq!(
        (&new["current"], &new["begun"], &new["ended"]),
        (&json!(true), &json!(1), &json!({}))
    );
    assert_eq!(format!("\"{}\"", old["version"].as_str().unwrap()), first);
    assert_eq!((&old["begun"], &old["ended"]), (&json!(3), &json!({ "final": 2 })));
    assert!(old["last_used"].is_string());
    let state = |name: &str| {
        let found = old["states"].as_array().unwrap().iter().find(|state| state["state"] == name);
        found.unwrap().clone()
    };
    let (a, b) = (state("A"), state("B"));
    assert_eq!((&a["sessions"], &a["entered"], &a["left"]), (&json!(3), &json!(3), &json!(2)));
    assert_eq!(
        (&a["unhandled"], &a["remaining"], &a["share"]),
        (&json!(3), &json!(1), &json!(1.0))
    );
    assert_eq!(
        (&b["sessions"], &b["ended"], &b["remaining"]),
        (&json!(2), &json!({ "final": 2 }), &json!(0))
    );
    let way = &old["transitions"][0];
    assert_eq!((&way["from"], &way["to"], &way["count"]), (&json!("A"), &json!("B"), &json!(2)));
    let one = host.get("/api/flows/hello/stats?version=1").await.ok();
    assert_eq!(one["versions"].as_array().unwrap().len(), 1);
    host.get("/api/flows/nothing/stats").await.refused(404, "flow.unknown");

    let info = host.get(&format!("/api/flow-info?session={session}")).await.ok();
    assert_eq!(
        (&info["flow"], &info["state"], &info["version"]),
        (&json!("hello"), &json!("A"), &info["current_version"])
    );
    host.get("/api/flow-info?session=nobody").await.refused(404, "session.unknown");
    let categories = host.get("/api/flow-categories").await.ok();
    assert_eq!(
        categories["categories"][0],
        json!({ "name": "greetings", "description": null, "flows": ["hello"] })
    );
    let found = host.get("/api/flows?category=small&search=HEL").await.ok();
    assert_eq!(found["flows"].as_array().unwrap().len(), 1);
}
