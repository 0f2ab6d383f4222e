//! What is told of a draft when it is kept: keys that are there twice, conversations that do not go as expected.

use reqwest::Method;
use serde_json::json;

use super::Host;
use super::client::{Answer, http};
use super::versions::{asking, host};

#[tokio::test]
async fn a_flow_that_says_a_key_twice_is_refused_with_the_place() {
    let (host, _place) = host();
    let twice = asking("Two?").to_string().replace(r#""to":"B""#, r#""to":"B","to":"A""#);
    let send = async |method: Method, path: &str, body: String| {
        let request = http().request(method, host.url(path));
        Answer::of(request.header("content-type", "application/json").body(body)).await
    };
    let new = format!(r#"{{"id": "new", "definition": {twice}}}"#);
    let draft = format!(r#"{{"definition": {twice}}}"#);
    let inline = format!(r#"{{"flow": {twice}}}"#);
    for (method, path, body) in [
        (Method::POST, "/api/flows", &new),
        (Method::PUT, "/api/flows/hello", &draft),
        (Method::POST, "/api/flows/hello/validate", &draft),
        (Method::POST, "/api/flows/hello/impact", &draft),
        (Method::POST, "/api/sessions", &inline),
    ] {
        let answer = send(method, path, body.clone()).await;
        answer.refused(400, "key.duplicate");
        let pointer = answer.body["pointer"].as_str().unwrap();
        assert!(pointer.ends_with("/states/A/transitions/0/to"), "{pointer}");
        assert_eq!(answer.body["column"], json!(body.rfind(r#""to""#).unwrap() + 1));
    }
    host.get("/api/flows/new/draft").await.refused(404, "flow.draft_unknown");
    // Each key once is taken.
    let other = format!(r#"{{"definition": {}}}"#, asking("Two?"));
    send(Method::PUT, "/api/flows/hello", other).await.ok();
}

#[tokio::test]
async fn a_draft_is_told_of_conversations_that_do_not_go_as_expected_and_so_is_a_host_that_starts()
{
    let (mut host, place) = host();
    let cases =
        json!({ "cases": [{ "name": "it asks", "steps": [{ "expect": { "says": ["One?"] } }] }] });
    std::fs::write(place.path("flows/hello.test.json"), cases.to_string()).unwrap();
    let draft = json!({ "definition": asking("Two?") });
    let failed = async |host: &Host, path: &str, at: &str| {
        let found = host.get(path).await.ok();
        found.pointer(at).is_some_and(|findings| findings[0]["code"] == "case.failed")
    };
    let path = "/api/flows/hello/draft";
    host.ask(Method::PUT, "/api/flows/hello", None, draft).await.ok();
    // The file of cases is seen in a moment.
    host.until("the case is known", || failed(&host, path, "/errors")).await;
    assert_eq!(host.get(path).await.ok()["isValid"], false);
    host.post("/api/flows/hello/publish", json!({})).await.refused(422, "flow.invalid");
    // What runs goes on whatever its cases say, and that is told after a restart too.
    let cases = cases.to_string().replace("One?", "Three?");
    std::fs::write(place.path("flows/hello.test.json"), cases).unwrap();
    let list = "/api/flows";
    host.until("it is noticed", || failed(&host, list, "/flows/0/findings")).await;
    host.terminate();
    host.ended().await;
    let host = Host::start(&place);
    host.until("it is noticed again", || failed(&host, list, "/flows/0/findings")).await;
    assert_eq!(host.get(list).await.ok()["flows"][0]["status"], "active");
}
