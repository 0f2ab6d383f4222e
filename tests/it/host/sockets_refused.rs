//! Bad WebSockets and bad messages on good ones.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Host;
use super::client::Socket;
use super::listening::echoing;

/// Why a message is answered with an error.
async fn error(socket: &mut Socket) -> Value {
    let error = socket.next().await.unwrap();
    assert_eq!(error["type"], "error", "{error}");
    assert!(!error["message"].as_str().unwrap().is_empty());
    error["code"].clone()
}

#[tokio::test]
async fn a_bad_message_is_answered_and_the_socket_stays() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let mut socket = host.dial(&format!("id={session}&since=live")).await;
    socket.next().await.unwrap();
    for bad in
        ["", "hello", "{}", "[1]", r#"{"type":"user.shout"}"#, r#"{"type":"user.text","text":7}"#]
    {
        socket.send_raw(Message::text(bad)).await;
        assert_eq!(error(&mut socket).await, "message.bad", "{bad}");
    }
    socket.send_raw(Message::binary(vec![1, 2])).await;
    assert_eq!(error(&mut socket).await, "message.bad");
    socket.say(" ").await;
    assert_eq!(error(&mut socket).await, "text.empty");
    socket.say(&"x".repeat(20_000)).await;
    assert_eq!(error(&mut socket).await, "text.too_long");
    socket.send(json!({ "type": "user.dtmf", "digits": "9z" })).await;
    assert_eq!(error(&mut socket).await, "dtmf.bad");
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await.unwrap(), json!({ "type": "pong" }));
    socket.say("still here").await;
    assert_eq!(socket.next().await.unwrap()["text"], "still here");
}

#[tokio::test]
async fn a_socket_to_a_session_that_is_not_there_is_closed_with_1008_and_told_why() {
    let host = Host::start(&echoing());
    for (query, code) in [("id=nobody", "session.unknown"), ("", "query.invalid")] {
        let mut socket = host.dial(query).await;
        assert_eq!(error(&mut socket).await, code);
        assert_eq!(socket.close_code().await, Some(1008));
    }
    let session = host.begin("echo").await;
    for (since, code) in [("999", "log.rewound"), ("then", "query.invalid")] {
        let mut socket = host.dial(&format!("id={session}&since={since}")).await;
        assert_eq!(error(&mut socket).await, code);
        assert_eq!(socket.close_code().await, Some(1008));
    }
}

#[tokio::test]
async fn a_page_of_another_origin_gets_no_socket() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let query = format!("id={session}");
    match host.try_dial(&query, Some("https://evil.example")).await.map_err(|error| *error) {
        Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), 403),
        other => panic!("the page got {:?}", other.err()),
    }
    let own = host.url("");
    assert!(host.try_dial(&query, Some(&own)).await.is_ok());
}

#[tokio::test]
async fn a_deleted_session_closes_its_sockets_and_is_gone() {
    let host = Host::start(&echoing());
    let session = host.begin("echo").await;
    let mut socket = host.dial(&format!("id={session}")).await;
    let path = format!("/api/sessions/{session}");
    let gone = super::client::http().delete(host.url(&path));
    assert_eq!(super::client::Answer::of(gone).await.ok(), json!({ "ok": true }));
    let heard = socket.until("session.ended").await;
    assert_eq!(heard.last().unwrap()["reason"], "deleted");
    assert_eq!(socket.close_code().await, Some(1000));
    host.get(&path).await.refused(404, "session.unknown");
}
