//! Servers that send a plugin somewhere else: followed only where that is granted, each hop looked at like the first.

use super::*;

fn moved(status: u16, to: &str) -> Reply {
    Reply::new(status, &format!("location: {to}"), "moved")
}

/// A server of which the first answer leads there.
async fn leading(status: u16, to: String) -> Server {
    Server::start(move |n| match n {
        0 => moved(status, &to),
        _ => Reply::json(200, &json!({ "here": true })),
    })
    .await
}

#[tokio::test]
async fn a_redirect_is_an_answer_unless_following_is_granted() {
    let server = leading(302, "/other".into()).await;
    let answer = at(&server).await.get(&ours(&server)).await;
    assert_eq!((&answer["status"], header(&answer, "location")), (&json!(302), "/other"));
    assert_eq!(server.seen().len(), 1);
}

async fn following(hosts: &[String], redirects: u32) -> Probe {
    probe(&Rights::with(hosts, &format!("private_networks = true, redirects = {redirects}"))).await
}

#[tokio::test]
async fn a_redirect_to_a_host_that_is_not_granted_is_denied() {
    let victim = server().await;
    for to in [theirs(&victim), format!("http://127.0.0.1:{}", victim.port()), "ftp://x".into()] {
        let server = leading(302, to.clone()).await;
        let answer = following(&[ours(&server)], 3).await.get(&ours(&server)).await;
        assert_eq!(failure(&answer), ("denied", true), "{to}: {answer}");
    }
    assert_eq!(victim.connections(), 0);
}

#[tokio::test]
async fn a_redirect_to_a_granted_host_with_a_closed_address_is_denied() {
    let victim = server().await;
    let server = leading(307, theirs(&victim)).await;
    let rights = Rights {
        http: vec![
            format!(
                "{{ hosts = [\"{}\"], private_networks = true, redirects = 2 }}",
                ours(&server)
            ),
            format!("{{ hosts = [\"{}\"] }}", theirs(&victim)),
        ],
        ..Rights::to(&[])
    };
    let answer = probe(&rights).await.get(&ours(&server)).await;
    assert_eq!(failure(&answer), ("denied", true), "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("loopback"), "{answer}");
    assert_eq!(victim.connections(), 0);
}

#[tokio::test]
async fn a_redirect_carries_nothing_that_was_meant_for_another_host() {
    let other = server().await;
    let server = leading(307, format!("{}/x", theirs(&other))).await;
    let probe = following(&[ours(&server), theirs(&other)], 1).await;
    let headers = json!([
        ["authorization", "Bearer secret(key)"],
        ["x-key", "secret(key)"],
        ["cookie", "a=b"],
        ["x-a", "1"]
    ]);
    let args = json!({ "method": "POST", "url": ours(&server), "headers": headers, "body": "tea" });
    let answer = probe.fetch(args).await;
    assert_eq!(answer["status"], 200, "{answer}");
    let first = &server.seen()[0];
    assert!(first.header("authorization").contains(KEY) && first.header("x-key") == KEY);
    let second = &other.seen()[0];
    assert_eq!((second.line.as_str(), second.body.as_str()), ("POST /x HTTP/1.1", "tea"));
    assert_eq!(second.header("x-a"), "1");
    for name in ["authorization", "x-key", "cookie"] {
        assert_eq!(second.header(name), "", "{name}");
    }
}

#[tokio::test]
async fn a_body_with_a_secret_does_not_follow_to_another_host() {
    let other = server().await;
    let server = leading(308, theirs(&other)).await;
    let probe = following(&[ours(&server), theirs(&other)], 1).await;
    let args = json!({ "method": "POST", "url": ours(&server), "body": "key=secret(key)" });
    let answer = probe.fetch(args).await;
    assert_eq!(failure(&answer), ("denied", true), "{answer}");
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_post_becomes_a_get_where_the_standard_says_so() {
    for (status, expected) in
        [(303, "GET /x HTTP/1.1"), (302, "GET /x HTTP/1.1"), (307, "POST /x HTTP/1.1")]
    {
        let server = leading(status, "/x".into()).await;
        let probe = following(&[ours(&server)], 1).await;
        let args = json!({ "method": "POST", "url": ours(&server), "body": "tea" });
        assert_eq!(probe.fetch(args).await["status"], 200);
        assert_eq!(server.seen()[1].line, expected, "{status}");
    }
}

#[tokio::test]
async fn more_redirects_than_granted_are_denied() {
    let server = Server::start(|_| moved(302, "/again")).await;
    let answer = following(&[ours(&server)], 2).await.get(&ours(&server)).await;
    assert_eq!(failure(&answer), ("denied", true));
    assert_eq!(server.seen().len(), 3);
}
