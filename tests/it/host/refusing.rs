//! Bad requests: each gets an answer that tells what to do, in the form that the contract promises.

use serde_json::{Value, json};

use super::client::{Answer, events, types};
use super::listening::echoing;
use super::{Host, Place};

/// A host with a session.
async fn session() -> (Host, String) {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let path = format!("/api/sessions/{session}/input");
    (host, path)
}

async fn raw(host: &Host, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    Answer::of(super::client::http().post(host.url(path)).body(body)).await
}

#[tokio::test]
async fn an_unknown_session_is_not_found_by_any_route() {
    let (host, _) = session().await;
    for path in ["", "/events", "/stream"] {
        let answer = host.get(&format!("/api/sessions/nobody{path}")).await;
        assert!(answer.refused(404, "session.unknown").contains("`nobody`"));
    }
    for path in ["input", "events"] {
        let body = if path == "input" { json!({ "text": "hi" }) } else { json!({ "name": "hi" }) };
        let answer = host.post(&format!("/api/sessions/nobody/{path}"), body).await;
        answer.refused(404, "session.unknown");
    }
    // An id that no session could have.
    host.get("/api/sessions/no%20body").await.refused(404, "session.unknown");
    host.get("/api/sessions/no%FFbody").await.refused(400, "path.invalid");
    let gone = super::client::http().delete(host.url("/api/sessions/nobody"));
    assert_eq!(Answer::of(gone).await.ok(), json!({ "ok": true }));
}

#[tokio::test]
async fn an_input_that_says_nothing_is_refused_with_its_place() {
    let (host, path) = session().await;
    for text in ["", "  \n\t "] {
        let answer = host.post(&path, json!({ "text": text })).await;
        answer.refused(400, "text.empty");
        assert_eq!(answer.body["pointer"], "/text");
    }
    for text in [json!(7), json!(["hi"]), json!({ "hi": 1 }), json!(true)] {
        let answer = host.post(&path, json!({ "text": text })).await;
        let said = answer.refused(400, "body.invalid");
        assert_eq!(answer.body["pointer"], "/text", "{said}");
    }
    for body in [json!({}), json!({ "text": "a", "dtmf": "1" }), json!({ "text": null })] {
        host.post(&path, body).await.refused(400, "input.bad");
    }
    host.post(&path, json!({ "dtmf": "12x" })).await.refused(400, "dtmf.bad");
    let said = host.post(&path, json!({ "txt": "hi" })).await.refused(400, "body.invalid");
    assert!(said.contains("`txt`") && said.contains("`text`"), "{said}");
    for body in ["[]", "7", "\"hi\""] {
        raw(&host, &path, body).await.refused(400, "body.invalid");
    }
}

#[tokio::test]
async fn what_is_no_json_is_refused_with_line_and_column() {
    let (host, path) = session().await;
    for (body, place) in
        [("{\n  \"text\": \"a\",\n  oops\n}", (3, 3)), ("{\"text\": \"a\"} x", (1, 15))]
    {
        let answer = raw(&host, &path, body).await;
        answer.refused(400, "json.syntax");
        assert_eq!(
            (&answer.body["line"], &answer.body["column"]),
            (&json!(place.0), &json!(place.1))
        );
    }
    raw(&host, &path, "{\"text\": \"half").await.refused(400, "json.syntax");
    raw(&host, &path, vec![0xff, 0xfe]).await.refused(400, "json.syntax");
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_host_goes_on() {
    let (host, path) = session().await;
    let whole = |bytes: usize| {
        let frame = r#"{"text":""}"#.len();
        format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes - frame))
    };
    let largest = raw(&host, &path, whole(1024 * 1024)).await;
    assert!(largest.refused(413, "text.too_long").contains("16384"));
    let larger = raw(&host, &path, whole(1024 * 1024 + 1)).await;
    assert!(larger.refused(413, "body.too_large").contains("1048576"));
    raw(&host, &path, whole(8 * 1024 * 1024)).await.refused(413, "body.too_large");
    let long = "x".repeat(16 * 1024);
    assert_eq!(host.post(&path, json!({ "text": long })).await.status, 200);
    host.post(&path, json!({ "text": format!("{long}x") })).await.refused(413, "text.too_long");
}

#[tokio::test]
async fn a_wrong_method_and_a_wrong_address_are_told_where_to_look() {
    let (host, path) = session().await;
    let wrong = host.get(&path).await;
    assert!(wrong.refused(405, "method.wrong").contains("/openapi.json"));
    assert_eq!(wrong.header("allow"), Some("POST"));
    let nowhere = host.get("/api/nothing").await;
    assert!(nowhere.refused(404, "route.unknown").contains("/api/nothing"));
    host.get("/ws").await.refused(426, "ws.upgrade");
}

#[tokio::test]
async fn an_unknown_flow_is_refused_with_the_nearest_name() {
    let (host, _) = session().await;
    let begin = |body: Value| host.post("/api/sessions", body);
    let said = begin(json!({ "flow": "ecko" })).await.refused(404, "flow.unknown");
    assert!(said.contains("did you mean `echo`?"), "{said}");
    host.get("/api/flows/ecko").await.refused(404, "flow.unknown");
    host.get("/api/flows/echo?version=0").await.refused(404, "flow.version_unknown");
    // The shipped flow is not among this host's.
    host.post("/api/demo/reservation", json!({})).await.refused(404, "flow.unknown");
    for body in [json!({ "flow": 7 }), json!({}), json!({ "flow": "echo", "contxt": {} })] {
        begin(body).await.refused(400, "body.invalid");
    }
    begin(json!({ "flow": "echo", "session_id": "a b" })).await.refused(400, "session_id.invalid");
    let said =
        begin(json!({ "flow": "echo", "time_zone": "Mars/Base" })).await.refused(400, "input.bad");
    assert!(said.contains("`Mars/Base`"), "{said}");
    begin(json!({ "flow": "echo", "session_id": "mine" })).await.ok();
    begin(json!({ "flow": "echo", "session_id": "mine" })).await.refused(409, "session.exists");
    let inline =
        begin(json!({ "flow": { "meta": { "name": "X" }, "start": "A", "states": {} } })).await;
    inline.refused(422, "flow.invalid");
    assert!(inline.body["errors"][0]["line"].is_u64(), "{inline:?}");
}

#[tokio::test]
async fn a_question_that_cannot_be_meant_is_refused_as_a_problem_too() {
    let (host, path) = session().await;
    let said = host.post(&format!("{path}?wait_ms=soon"), json!({ "text": "a" })).await;
    assert!(said.refused(400, "query.invalid").contains("wait_ms"));
    host.get("/api/sessions?status=sleeping").await.refused(400, "query.invalid");
    host.get("/api/sessions?limit=many").await.refused(400, "query.invalid");
    let stream = path.replace("/input", "/stream");
    host.get(&format!("{stream}?since=then")).await.refused(400, "query.invalid");
}

#[tokio::test]
async fn the_same_input_twice_under_one_key_is_one_turn() {
    let (host, path) = session().await;
    let send = async |text: &str| {
        let request = super::client::http().post(host.url(&path)).header("idempotency-key", "k1");
        Answer::of(request.json(&json!({ "text": text }))).await
    };
    let (first, second) = (send("one").await.ok(), send("one").await.ok());
    assert_eq!((&second["replayed"], &first["replayed"]), (&json!(true), &Value::Null));
    assert_eq!(first["events"], second["events"]);
    send("two").await.refused(422, "idempotency.mismatch");
    let again = host.post(&path, json!({ "text": "one", "message_id": "k1" })).await.ok();
    assert_eq!(again["replayed"], true);
    let log = host.log(path.split('/').nth(3).unwrap()).await;
    assert_eq!(types(&log).iter().filter(|kind| **kind == "user.text").count(), 1);
}

#[tokio::test]
async fn who_does_not_wait_is_answered_after_the_commit() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("reservation").await;
    host.say_all(&session, &super::ways_in::TEXTS[..2]).await;
    let path = format!("/api/sessions/{session}/input?wait_ms=0");
    let taken = host.post(&path, json!({ "text": "Tomorrow at 7pm" })).await;
    assert_eq!((taken.status, &taken.body["settled"]), (202, &json!(false)));
    assert!(types(events(&taken.body)).contains(&"tool.call"), "{taken:?}");
}

#[tokio::test]
async fn a_session_that_has_ended_takes_nothing_more() {
    let (host, path) = session().await;
    assert_eq!(host.post(&path, json!({ "text": "bye" })).await.ok()["status"], "ended");
    let late = host.post(&path, json!({ "text": "hello?" })).await;
    late.refused(409, "session.ended");
    assert_eq!(late.body["reason"], "final");
    let event = path.replace("/input", "/events");
    host.post(&event, json!({ "name": "paid" })).await.refused(409, "session.ended");
}

#[tokio::test]
async fn pages_of_other_origins_get_no_leave_unless_they_are_listed() {
    let preflight = async |host: &Host| {
        let request =
            super::client::http().request(reqwest::Method::OPTIONS, host.url("/api/sessions"));
        let request = request.header("origin", "https://shop.example");
        Answer::of(request.header("access-control-request-method", "POST")).await
    };
    let place = echoing();
    let strict = Host::start(&place);
    assert_eq!(preflight(&strict).await.header("access-control-allow-origin"), None);
    // A page needs no leave to send plain text, so what it sends is refused.
    let blind = super::client::http().post(strict.url("/api/sessions"));
    let blind = blind.header("origin", "https://shop.example").body(r#"{"flow":"echo"}"#);
    Answer::of(blind).await.refused(403, "origin.denied");
    drop(strict);
    let settings = "[http]\ncors_origins = [\"https://shop.example\"]";
    std::fs::write(place.path("cicerone.toml"), settings).unwrap();
    let host = Host::start(&place);
    let answer = preflight(&host).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
    let session = host.begin("echo").await;
    assert!(host.try_dial(&format!("id={session}"), Some("https://shop.example")).await.is_ok());
}

#[tokio::test]
async fn a_host_that_others_can_reach_shows_one_session_to_who_knows_its_id_and_no_more() {
    let place = echoing();
    let host = Host::started(&place, place.cicerone(&["serve", "--listen", "0.0.0.0:0"]));
    for path in ["/api/sessions", "/api/events/stream"] {
        let said = host.get(path).await.refused(403, "admin.denied");
        assert!(said.contains("--listen 127.0.0.1"), "{said}");
    }
    let inline = json!({ "meta": { "name": "X" }, "start": "A", "states": { "A": {} } });
    host.post("/api/sessions", json!({ "flow": inline })).await.refused(403, "admin.denied");
    let session = host.begin("echo").await;
    assert_eq!(host.say(&session, "hi").await["state"], "Open");
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_refused_while_the_operators_routes_answer() {
    let place = echoing();
    let called = async |host: &Host, name: &str, path: &str| {
        let port = host.address.rsplit(':').next().unwrap();
        let request = super::client::http().get(host.url(path));
        Answer::of(request.header("host", format!("{name}:{port}"))).await
    };
    let host = Host::start(&place);
    for path in ["/api/sessions", "/api/flows", "/health", "/"] {
        let said = called(&host, "rebound.example", path).await.refused(403, "host.denied");
        assert!(said.contains("`public_ws_url`"), "{said}");
    }
    for name in ["localhost", "LOCALHOST.", "chat.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
        called(&host, name, "/api/sessions").await.ok();
    }
    for name in ["localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]"] {
        called(&host, name, "/api/sessions").await.refused(403, "host.denied");
    }
    drop(host);
    let settings = "[http]\npublic_ws_url = \"wss://shop.example\"";
    std::fs::write(place.path("cicerone.toml"), settings).unwrap();
    called(&Host::start(&place), "shop.example", "/api/sessions").await.ok();
    std::fs::write(place.path("cicerone.toml"), "").unwrap();
    let open = Host::started(&place, place.cicerone(&["serve", "--listen", "0.0.0.0:0"]));
    assert_eq!(called(&open, "anybody.example", "/api/flows").await.status, 200);
}
