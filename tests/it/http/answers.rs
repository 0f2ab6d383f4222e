//! What each answer comes to, and when there is another attempt.

use std::time::{Duration, Instant};

use cicerone::engine::{Call, Outcome};
use cicerone::event::ToolErrorKind;
use serde_json::json;

use super::server::{Reply, Server};
use super::{Says, call, done, error, failing, manifest, open, registry, run, with};

/// Kind, code, and how many attempts there were when the call may be sent twice.
async fn check(reply: Reply, kind: ToolErrorKind, code: Option<&str>, attempts: usize) {
    let (error, seen) = failing(reply.clone(), true).await;
    assert_eq!((error.kind, error.code.as_deref()), (kind, code), "{reply:?}: {error:?}");
    assert_eq!((seen, usize::try_from(error.attempts).unwrap()), (attempts, attempts), "{reply:?}");
    // One that may not be sent twice and may have been run is not.
    assert_eq!(failing(reply.clone(), false).await.1, 1, "{reply:?}");
}

#[tokio::test]
async fn a_refusal_is_the_tools_own_and_final_with_its_code_and_words() {
    let code = json!({ "error": { "code": "sold_out", "message": "No more.", "details": [1] } });
    check(Reply::json(409, &code), ToolErrorKind::Tool, Some("sold_out"), 1).await;
    let (error, _) = failing(Reply::json(409, &code), true).await;
    assert_eq!((error.message.as_str(), error.retryable), ("No more.", false));
    assert_eq!(error.details, Some(Box::new(json!([1]))));
    let problem = r#"{"type": "https://shop.example/problems/sold-out", "detail": "No more."}"#;
    let problem = Reply::new(422, "content-type: application/problem+json", problem);
    check(problem, ToolErrorKind::Tool, Some("sold-out"), 1).await;
    let page = Reply::new(404, "content-type: text/html", "<h1>Not here</h1>");
    check(page, ToolErrorKind::Tool, Some("http_404"), 1).await;
}

#[tokio::test]
async fn what_may_pass_is_tried_again_if_the_tool_may_run_twice() {
    let empty = |status| Reply::new(status, "", "");
    for status in [408, 425, 429, 502, 503, 504] {
        let code = format!("http_{status}");
        check(empty(status), ToolErrorKind::Unavailable, Some(&code), 3).await;
    }
    check(empty(500), ToolErrorKind::Tool, Some("http_500"), 3).await;
    let code = json!({ "error": { "code": "disk_full", "message": "Oh." } });
    check(Reply::json(507, &code), ToolErrorKind::Tool, Some("disk_full"), 3).await;
}

#[tokio::test]
async fn what_is_not_json_is_a_bad_result() {
    for reply in [
        Reply::new(200, "content-type: text/html", "<h1>Welcome</h1>"),
        Reply::new(200, "content-type: application/json", "{\"ok\": tru"),
        Reply::new(200, "", "{}"),
    ] {
        check(reply, ToolErrorKind::BadResult, None, 1).await;
    }
}

#[tokio::test]
async fn a_result_is_checked_against_the_declared_schema() {
    let server = Server::start(|_| Reply::json(200, &json!({ "price": "much" }))).await;
    let tool = "output_schema = { properties = { price = { type = \"number\" } } }";
    let registry = registry(&server, Says { tool, ..Says::default() });
    let error = error(run(&registry, &call()).await);
    assert_eq!(error.kind, ToolErrorKind::BadResult);
    assert!(error.message.contains("/price"), "{}", error.message);
}

#[tokio::test]
async fn nothing_is_a_result_and_a_tool_may_have_something_said() {
    let server = Server::start(|n| match n {
        0 => Reply::new(204, "", ""),
        _ => {
            let body = r#"{"value": {"ok": true}, "say": ["It is on its way."]}"#;
            Reply::new(200, "content-type: application/vnd.cicerone.answer+json", body)
        }
    })
    .await;
    let registry = registry(&server, Says::default());
    assert_eq!(done(run(&registry, &call()).await).result, json!(null));
    let full = done(run(&registry, &call()).await);
    assert_eq!((full.result, full.say), (json!({ "ok": true }), vec!["It is on its way.".into()]));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let long = "x".repeat(4_096);
    let told = Reply::new(200, "content-type: application/json", &format!("\"{long}\""));
    check(told, ToolErrorKind::Limit, None, 1).await;
    // One whose size is not told, and that has no end.
    let chunk = format!("1000\r\n{long}\r\n");
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    check(Reply::Bytes(format!("{head}{chunk}")), ToolErrorKind::Limit, None, 1).await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_unavailable() {
    check(Reply::Cut(String::new()), ToolErrorKind::Unavailable, None, 3).await;
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"o";
    check(Reply::Cut(half.into()), ToolErrorKind::Unavailable, None, 3).await;
    check(Reply::Cut("SMTP ready\r\n\r\n".into()), ToolErrorKind::Unavailable, None, 3).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again_whatever_the_tool_is() {
    let server = Server::start(|_| Reply::Silence).await;
    let registry = registry(&server, Says::default());
    drop(server);
    // The socket goes with its task, which ends when it is next looked at.
    tokio::task::yield_now().await;
    let error = error(run(&registry, &call()).await);
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Unavailable, 3));
    assert!(error.message.contains("cannot be reached"), "{}", error.message);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gets_nothing() {
    let server = Server::start(|_| Reply::json(200, &json!({}))).await;
    let url = server.url().replace("http:", "https:");
    let text = manifest(&url, Says { http: "private_networks = true", ..Says::default() });
    let grant =
        format!("http = [{{ hosts = [\"https://{}\"], private_networks = true }}]", server.address);
    let error = error(run(&with(&open(&text, &grant).unwrap()), &call()).await);
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Unavailable, 3));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_slow_answer_is_a_timeout() {
    let server = Server::start(|_| Reply::Silence).await;
    let registry = registry(&server, Says { limits: "timeout = \"50ms\"", ..Says::default() });
    let error = error(run(&registry, &call()).await);
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Timeout, 1));
    server.left().await;
}

/// A call whose first attempt is answered by `503` with this header, and the second by a result.
async fn asked_to_wait(retry_after: &str) -> (Duration, usize) {
    let header = format!("retry-after: {retry_after}");
    let server = Server::start(move |n| match n {
        0 => Reply::new(503, &header, ""),
        _ => Reply::json(200, &json!({})),
    })
    .await;
    let registry = registry(&server, Says { tool: "effects = [\"read-only\"]", ..Says::default() });
    let began = Instant::now();
    run(&registry, &call()).await;
    (began.elapsed(), server.seen().len())
}

#[tokio::test]
async fn a_server_says_when_to_come_again() {
    let (took, attempts) = asked_to_wait("1").await;
    assert_eq!(attempts, 2);
    assert!(took >= Duration::from_secs(1), "{took:?}");
    let (_, attempts) = asked_to_wait("Wed, 04 Mar 2020 12:00:00 GMT").await;
    assert_eq!(attempts, 2);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_waited() {
    for wait in ["3600", "Sat, 04 Mar 2126 12:00:00 GMT"] {
        let (took, attempts) = asked_to_wait(wait).await;
        assert_eq!(attempts, 1);
        // The call had twenty seconds.
        assert!(took < Duration::from_secs(20), "{took:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_says_what_to_write() {
    for status in [301, 302, 303, 307, 308] {
        let (error, seen) = failing(Reply::new(status, "location: /other", ""), true).await;
        assert_eq!((error.kind, seen), (ToolErrorKind::Denied, 1), "{status}");
        assert!(error.message.contains("redirect") && error.message.contains("`url`"), "{error}");
    }
}

/// Answers the first request with this redirect, the others with a result; what was asked for second.
async fn redirected(
    status: u16,
    location: String,
    redirects: u32,
) -> (Option<ToolErrorKind>, String) {
    let header = format!("location: {location}");
    let server = Server::start(move |n| match n {
        0 => Reply::new(status, &header, ""),
        _ => Reply::json(200, &json!({})),
    })
    .await;
    let http = format!("redirects = {redirects}");
    let registry = registry(&server, Says { http: &http, ..Says::default() });
    let outcome = run(&registry, &Call { idempotent: true, ..call() }).await;
    let failed = match outcome {
        Outcome::Failed(error) => Some(error.kind),
        Outcome::Done(_) => None,
    };
    let second = server.seen().get(1).map(|seen| format!("{} {}", seen.line, seen.body));
    (failed, second.unwrap_or_default())
}

#[tokio::test]
async fn a_redirect_is_followed_as_far_as_the_manifest_says_to_the_same_server_only() {
    let (failed, second) = redirected(307, "/v2/tools".into(), 1).await;
    assert_eq!(failed, None);
    assert!(second.starts_with("POST /v2/tools HTTP/1.1 {\"tool\":\"do\""), "{second}");
    let other = Server::start(|_| Reply::json(200, &json!({}))).await;
    for (status, location) in
        [(302, "/v2".to_owned()), (307, other.url()), (308, "http://[".to_owned())]
    {
        let (failed, second) = redirected(status, location, 1).await;
        assert_eq!((failed, second.as_str()), (Some(ToolErrorKind::Denied), ""), "{status}");
    }
    assert!(other.seen().is_empty());
}
