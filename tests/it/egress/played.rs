//! Somebody who plays the servers is in the place of the wire and of nothing else: what may be asked, what is put in and
//! taken out, and how much of it there may be is the same.

use std::sync::Mutex;

use cicerone::plugin::wire::{NoAnswer, Played, Sent, Wire, Written};

use super::*;

/// All requests that got as far as a server.
type Seen = Arc<Mutex<Vec<Sent>>>;

/// A probe whose servers all say this.
async fn playing(
    rights: &Rights,
    say: impl Fn(&Sent) -> Played + Send + Sync + 'static,
) -> (Probe, Seen) {
    let seen = Seen::default();
    let sees = Arc::clone(&seen);
    let wire = Wire::Played(Arc::new(move |sent| {
        let played = say(&sent);
        sees.lock().unwrap().push(sent);
        played
    }));
    let sandbox = sandbox(EgressOptions::default(), Lent { wire, ..lent() });
    (probe_in(&sandbox, rights).await, seen)
}

fn says(status: u16, header: (&str, &str), body: &str) -> Played {
    let headers = vec![(header.0.to_owned(), header.1.to_owned())];
    let answer = Ok(Written { status, headers, body: body.as_bytes().to_vec() });
    Played { after: Duration::ZERO, answer }
}

fn here() -> Rights {
    Rights::with(&["http://ours.test".into()], "redirects = 2, max_response = \"1KiB\"")
}

#[tokio::test]
async fn a_player_sees_the_request_with_its_secrets_and_the_tool_the_answer_without() {
    let (probe, seen) = playing(&here(), |_| says(418, ("x-key", KEY), KEY)).await;
    let headers = json!([["x-key", "secret(key)"]]);
    let args = json!({ "method": "POST", "url": "http://ours.test/a?b#c", "headers": headers, "body": "tea" });
    let answer = probe.fetch(args).await;
    assert_eq!(answer["status"], 418, "{answer}");
    assert!(answer["body"].as_str().unwrap().starts_with("cicerone-secret-"), "{answer}");
    assert!(header(&answer, "x-key").starts_with("cicerone-secret-"), "{answer}");
    let seen = seen.lock().unwrap();
    let sent = &seen[0];
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", "http://ours.test/a?b"));
    assert!(sent.headers.contains(&("x-key".to_owned(), KEY.as_bytes().to_vec())));
    assert_eq!(sent.body, b"tea");
    assert!(!format!("{sent:?}").contains("nobody"), "{sent:?}");
}

#[tokio::test]
async fn nobody_is_asked_what_may_not_be_asked() {
    let (probe, seen) = playing(&here(), |_| says(200, ("x-a", "1"), "")).await;
    for args in [
        json!({ "url": "http://theirs.test/" }),
        json!({ "url": "http://ours.test/", "method": "DELETE" }),
        json!({ "url": "http://127.0.0.1/" }),
    ] {
        assert_eq!(failure(&probe.fetch(args.clone()).await), ("denied", false), "{args}");
    }
    assert_eq!(*seen.lock().unwrap(), []);
}

#[tokio::test]
async fn a_redirect_is_looked_at_as_if_it_came_from_a_server() {
    let to = |sent: &Sent| match sent.url.as_str() {
        "http://ours.test/away" => says(302, ("location", "http://theirs.test/"), ""),
        "http://ours.test/round" => says(302, ("location", "/round"), ""),
        "http://ours.test/there" => says(302, ("location", "/here"), ""),
        _ => says(200, ("x-a", "1"), "here"),
    };
    let (probe, seen) = playing(&here(), to).await;
    assert_eq!(failure(&probe.get("http://ours.test/away").await), ("denied", true));
    assert_eq!(failure(&probe.get("http://ours.test/round").await), ("denied", true));
    assert_eq!(probe.get("http://ours.test/there").await["body"], "here");
    assert_eq!(seen.lock().unwrap().len(), 1 + 3 + 2);
}

#[tokio::test]
async fn an_answer_is_as_large_and_takes_as_long_as_that_of_a_server() {
    let (probe, _) = playing(&here(), |_| says(200, ("x-a", "1"), &"x".repeat(2_000))).await;
    assert_eq!(failure(&probe.get("http://ours.test/").await), ("too-large", true));
    let (probe, _) = playing(&here(), |_| says(200, ("no name", "1"), "")).await;
    assert_eq!(failure(&probe.get("http://ours.test/").await), ("protocol", true));
    let after = LONG * 100;
    let (probe, _) =
        playing(&here(), move |_| Played { after, ..says(200, ("x-a", "1"), "") }).await;
    let args = json!({ "url": "http://ours.test/", "timeoutMs": 50 });
    assert_eq!(failure(&probe.fetch(args).await), ("timeout", true));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_as_the_wire_would() {
    for (none, told) in [
        (NoAnswer::Dns, ("dns", false)),
        (NoAnswer::Connect, ("connect", false)),
        (NoAnswer::Tls, ("tls", false)),
        (NoAnswer::Timeout, ("timeout", true)),
        (NoAnswer::Protocol, ("protocol", true)),
    ] {
        let none = move |_: &Sent| Played { after: Duration::ZERO, answer: Err(none) };
        let (probe, _) = playing(&here(), none).await;
        assert_eq!(failure(&probe.get("http://ours.test/").await), told);
    }
}
