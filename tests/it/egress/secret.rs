//! Secrets: they arrive where they are meant to be and are seen nowhere else.

use super::*;

async fn echoing() -> Server {
    let json = serde_json::to_string(KEY).unwrap();
    let url = "the%20key%2Fnobody%2Bmay%20%22see%22";
    let form = "the+key%2fnobody%2bmay+%22see%22";
    let slashes = json.replace('/', "\\/");
    let body = format!("{KEY}|{KEY}|{json}|{slashes}|{url}|{form}|end");
    Server::start(move |_| Reply::new(200, &format!("x-key: {KEY}"), &body)).await
}

#[tokio::test]
async fn a_secret_goes_into_headers_and_body_of_the_host_it_is_for() {
    let server = server().await;
    let headers =
        json!([["authorization", "Bearer secret(key)"], ["x-two", "secret(key)secret(key)"]]);
    let body = "{\"key\":\"secret(key)\"}";
    let args = json!({ "method": "POST", "url": ours(&server), "headers": headers, "body": body });
    assert_eq!(at(&server).await.fetch(args).await["status"], 200);
    let seen = &server.seen()[0];
    assert_eq!(seen.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(seen.header("x-two"), format!("{KEY}{KEY}"));
    assert_eq!(seen.body, format!("{{\"key\":\"{KEY}\"}}"));
    assert_eq!(seen.header("content-length"), seen.body.len().to_string());
}

#[tokio::test]
async fn a_secret_goes_to_no_other_host() {
    let server = server().await;
    let probe = probe(&Rights::to(&[ours(&server), theirs(&server)])).await;
    for args in [
        json!({ "url": theirs(&server), "headers": [["x-key", "secret(key)"]] }),
        json!({ "url": theirs(&server), "method": "POST", "body": "secret(key)" }),
    ] {
        let answer = probe.fetch(args).await;
        assert_eq!(failure(&answer), ("denied", false), "{answer}");
        assert!(answer["message"].as_str().unwrap().contains("the secret `key` is not for"));
    }
    let url = format!("{}/?key=secret(key)", ours(&server));
    assert_eq!(failure(&probe.get(&url).await), ("invalid-request", false));
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_secret_that_a_server_gives_back_is_taken_out() {
    let server = echoing().await;
    let probe = at(&server).await;
    for headers in [json!([["x-key", "secret(key)"]]), json!([])] {
        let answer = probe.fetch(json!({ "url": ours(&server), "headers": headers })).await;
        let body = answer["body"].as_str().unwrap();
        assert!(body.ends_with("|end"), "{body}");
        assert_eq!(body.matches("cicerone-secret-").count(), 6, "{body}");
        for part in ["nobody", "see"] {
            assert!(!answer.to_string().contains(part), "{answer}");
        }
        assert!(header(&answer, "x-key").starts_with("cicerone-secret-"));
        assert_eq!(header(&answer, "content-length"), body.len().to_string());
    }
}

#[tokio::test]
async fn what_cannot_be_looked_through_is_not_given_to_a_plugin_with_secrets() {
    let server =
        Server::start(|_| Reply::new(200, "content-encoding: gzip", "who knows what")).await;
    assert_eq!(failure(&at(&server).await.get(&ours(&server)).await), ("protocol", true));
}

#[tokio::test]
async fn a_short_secret_does_not_make_an_answer_longer_than_granted() {
    let server = Server::start(|_| Reply::new(200, "", &"x".repeat(900))).await;
    let secrets = "{ name = \"x\", hosts = [\"ours.test\"] }, { name = \"key\", hosts = [] }";
    let more = "private_networks = true, max_response = \"1KiB\"";
    let rights = Rights { secrets, ..Rights::with(&[ours(&server)], more) };
    assert_eq!(failure(&probe(&rights).await.get(&ours(&server)).await), ("too-large", true));
}

#[tokio::test]
async fn what_stands_for_a_secret_is_of_one_call_only_and_says_nothing() {
    let server = server().await;
    let probe = at(&server).await;
    let name = json!({ "name": "key" });
    let one = probe.call("placeholder", name.clone()).await;
    let two = probe.call("placeholder", name).await;
    assert_ne!(one, two);
    // Another call's is no more than a text, and goes nowhere as a secret.
    let args = json!({ "url": ours(&server), "headers": [["x-key", one]] });
    probe.fetch(args).await;
    assert!(!server.seen()[0].header("x-key").contains("nobody"));
}

#[tokio::test]
async fn a_secret_is_seen_only_where_both_sides_say_so() {
    let hosts = ["http://ours.test".to_owned()];
    let secrets = "{ name = \"key\", hosts = [] }, { name = \"unset\", hosts = [] }, \
                   { name = \"seen\", hosts = [], expose = true }";
    let probe = probe(&Rights { secrets, ..Rights::to(&hosts) }).await;
    let name = |name: &str| json!({ "name": name });
    assert_eq!(probe.call("reveal", name("seen")).await, "plain");
    assert_eq!(probe.refused("reveal", name("key")).await, "secret.not-granted");
    assert_eq!(probe.refused("reveal", name("x")).await, "secret.not-granted");
    assert_eq!(probe.refused("placeholder", name("x")).await, "secret.not-granted");
    assert_eq!(probe.refused("placeholder", name("unset")).await, "secret.missing");
    assert_eq!(probe.plugin.unset().collect::<Vec<_>>(), ["unset"]);
}
