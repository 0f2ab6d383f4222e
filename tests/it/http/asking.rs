//! What is sent, over which connections, and that nobody is shown what proves it.

use std::time::{Duration, SystemTime};

use cicerone::event::{CallId, ToolErrorKind};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::server::{Reply, Server};
use super::{KEY, Says, TOKEN, call, done, error, open, registry, run, with};

const SIGNED: &str = "secret = \"key\"\nheaders = { authorization = { secret = \"token\", prefix = \"Bearer \" }, x-shop = \"Lisbon\" }";

fn fine() -> Reply {
    Reply::json(200, &json!({ "ok": true }))
}

#[tokio::test]
async fn a_call_is_posted_to_the_one_url_with_what_a_server_needs_to_know() {
    let server = Server::start(|_| fine()).await;
    let registry = registry(&server, Says { http: SIGNED, ..Says::default() });
    assert_eq!(done(run(&registry, &call()).await).result, json!({ "ok": true }));
    let [seen] = &server.seen()[..] else { panic!("not one request") };
    assert_eq!(seen.line, "POST /tools?of=ours HTTP/1.1");
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    let expected =
        json!({ "tool": "do", "session_id": "s1", "tool_call_id": "s1.7", "args": { "n": 1 } });
    assert_eq!(body, expected);
    for (name, value) in [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("idempotency-key", "s1.7"),
        ("x-cicerone-attempt", "1"),
        ("x-shop", "Lisbon"),
        ("authorization", format!("Bearer {TOKEN}").as_str()),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let deadline: u128 = seen.header("x-cicerone-deadline").parse().unwrap();
    assert!((now..now + 5_000).contains(&deadline), "{deadline} is not within 5 s of {now}");
}

#[tokio::test]
async fn a_signature_is_of_the_moment_and_the_body() {
    let server = Server::start(|_| fine()).await;
    let registry = registry(&server, Says { http: SIGNED, ..Says::default() });
    done(run(&registry, &call()).await);
    let [seen] = &server.seen()[..] else { panic!("not one request") };
    let (seconds, hex) = seen.header("x-cicerone-signature").split_once(",v1=").unwrap();
    let seconds = seconds.strip_prefix("t=").unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(format!("{seconds}.{}", seen.body).as_bytes());
    let expected: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now.abs_diff(seconds.parse().unwrap()) < 60, "signed at {seconds}, now {now}");
}

#[tokio::test]
async fn without_a_key_nothing_is_signed() {
    let server = Server::start(|_| fine()).await;
    done(run(&registry(&server, Says::default()), &call()).await);
    assert_eq!(server.seen()[0].header("x-cicerone-signature"), "");
}

#[tokio::test]
async fn attempts_share_the_key_and_are_numbered_and_connections_are_kept() {
    let server = Server::start(|n| if n < 2 { Reply::new(503, "", "") } else { fine() }).await;
    let says = Says { tool: "effects = [\"read-only\"]", ..Says::default() };
    let registry = registry(&server, says);
    done(run(&registry, &call()).await);
    done(run(&registry, &cicerone::engine::Call { id: CallId::from("s2.3"), ..call() }).await);
    let told = |name| server.seen().iter().map(|seen| seen.header(name).to_owned()).collect();
    let (attempts, keys): (Vec<_>, Vec<_>) = (told("x-cicerone-attempt"), told("idempotency-key"));
    assert_eq!(attempts, ["1", "2", "3", "1"]);
    assert_eq!(keys, ["s1.7", "s1.7", "s1.7", "s2.3"]);
    assert_eq!(server.connections(), 1);
    assert_eq!(registry.report()[0].backend, "http");
}

#[tokio::test]
async fn what_is_too_large_is_not_sent() {
    let server = Server::start(|_| fine()).await;
    let registry = registry(&server, Says { limits: "args = \"40B\"", ..Says::default() });
    let error = error(run(&registry, &call()).await);
    assert_eq!(error.kind, ToolErrorKind::Limit);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_call_that_is_given_up_drops_its_request() {
    let server = Server::start(|_| Reply::Silence).await;
    let registry = registry(&server, Says::default());
    let cancelled = CancellationToken::new();
    let (outcome, ()) = tokio::join!(
        async {
            let (call, cancelled) = (call(), &cancelled);
            registry.call(&call, cancelled).await
        },
        async {
            server.asked().await;
            cancelled.cancel();
        }
    );
    assert_eq!(error(outcome).kind, ToolErrorKind::Cancelled);
    tokio::time::timeout(Duration::from_secs(60), server.left()).await.expect("a closed socket");
}

#[tokio::test]
async fn without_its_secret_a_tool_is_unavailable_and_nothing_is_sent() {
    let server = Server::start(|_| fine()).await;
    let http = "secret = \"not_set\"\nprivate_networks = true";
    let text = super::manifest(&server.url(), Says { http, ..Says::default() });
    let grant = format!(
        "http = [{{ hosts = [\"http://{}\"], private_networks = true }}]\nsecrets = [\"not_set\"]",
        server.address
    );
    let http = open(&text, &grant).unwrap();
    assert_eq!(http.unset().as_deref(), Some("CICERONE_SECRET_NOT_SET"));
    let registry = with(&http);
    // However often: that says nothing of the server, which is left alone by nobody.
    for _ in 0..7 {
        let error = error(run(&registry, &call()).await);
        assert_eq!((error.kind, error.attempts), (ToolErrorKind::Unavailable, 1));
        assert!(error.message.contains("CICERONE_SECRET_NOT_SET"), "{}", error.message);
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_secret_is_in_no_error_and_in_nothing_that_is_shown() {
    let bad = Reply::new(200, "content-type: text/plain", "no");
    for reply in [Reply::Cut(String::new()), Reply::new(500, "", "no"), bad] {
        let server = Server::start(move |_| reply.clone()).await;
        let registry = registry(&server, Says { http: SIGNED, ..Says::default() });
        let outcome = run(&registry, &call()).await;
        assert_eq!(server.seen()[0].header("authorization"), format!("Bearer {TOKEN}"));
        let shown = format!("{outcome:?} {registry:?} {:?}", super::secrets());
        assert!(shown.contains("testing/do"), "{shown}");
        for secret in [KEY, TOKEN] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
