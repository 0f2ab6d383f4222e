//! Everything about a request has a bound, and what goes wrong has its own word.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[tokio::test]
async fn an_answer_larger_than_granted_is_not_read_to_its_end() {
    let body = "x".repeat(2_000);
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{body}\r\n0\r\n\r\n");
    let told = "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_owned();
    let replies = [Reply::Bytes(chunked), Reply::Cut(told), Reply::new(200, "", &body)];
    let server = Server::start(move |n| replies[n].clone()).await;
    let more = "private_networks = true, max_response = \"1KiB\"";
    let probe = probe(&Rights::with(&[ours(&server)], more)).await;
    for _ in 0..3 {
        assert_eq!(failure(&probe.get(&ours(&server)).await), ("too-large", true));
    }
}

#[tokio::test]
async fn a_request_or_headers_larger_than_allowed_are_refused() {
    let many = (0..200).map(|n| format!("x-{n}: 1")).collect::<Vec<_>>().join("\n");
    let server = Server::start(move |_| Reply::new(200, &many, "")).await;
    let limits = "[limits]\nhostcall_bytes = \"4MiB\"\nargs = \"4MiB\"\n";
    let probe = probe(&Rights { limits, ..Rights::to(&[ours(&server)]) }).await;
    let answer = probe.get(&ours(&server)).await;
    // Either our own bound, or the one of the library below it.
    assert!(matches!(failure(&answer), ("too-large" | "protocol", true)), "{answer}");
    let body = "x".repeat((1 << 20) + 1);
    let args = json!({ "method": "POST", "url": ours(&server), "body": body });
    assert_eq!(failure(&probe.fetch(args).await), ("too-large", false));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_call_makes_so_many_requests_and_no_more() {
    let server = server().await;
    let max = usize::try_from(EgressOptions::default().requests_max).unwrap();
    let args = json!({ "url": ours(&server), "again": max });
    let answers = at(&server).await.call("fetch", args).await;
    let answers = answers.as_array().unwrap();
    assert!(answers[..max].iter().all(|answer| answer["status"] == 200));
    assert_eq!(failure(&answers[max]), ("quota", false));
    assert_eq!(server.seen().len(), max);
}

#[tokio::test]
async fn a_slow_server_is_given_up_in_the_time_that_the_guest_gives_it() {
    let server = Server::start(|_| Reply::Silence).await;
    let probe = at(&server).await;
    let args = json!({ "url": ours(&server), "timeoutMs": 30 });
    assert_eq!(failure(&probe.fetch(args).await), ("timeout", true));
    server.left().await;
}

#[tokio::test]
async fn a_request_lasts_no_longer_than_its_call() {
    let server = Server::start(|_| Reply::Silence).await;
    let probe = at(&server).await;
    let time = Duration::from_millis(200);
    let args = json!({ "url": ours(&server), "timeoutMs": 60_000 });
    let (outcome, _) = probe.attempt("fetch", args, time).await;
    // The request ends with the call's time; whether the guest still hears of it is up to chance.
    match outcome {
        Ok(answer) => assert_eq!(failure(&answer[0]), ("timeout", true)),
        Err(failure) => assert_eq!(failure.error.kind, ToolErrorKind::Timeout),
    }
    server.left().await;
}

#[tokio::test]
async fn a_cancelled_call_gives_its_request_up() {
    let server = Server::start(|_| Reply::Silence).await;
    let (probe, url) = (at(&server).await, ours(&server));
    tokio::select! {
        _ = probe.get(&url) => panic!("nobody answers"),
        () = server.asked() => {}
    }
    server.left().await;
}

#[tokio::test]
async fn the_requests_of_a_plugin_wait_for_one_another_beyond_their_bound() {
    let server = Server::start(|n| match n {
        0 => Reply::Silence,
        _ => Reply::new(200, "", ""),
    })
    .await;
    let options = EgressOptions { in_flight_max: 1, ..EgressOptions::default() };
    let probe = probe_in(&sandbox(options, lent()), &Rights::to(&[ours(&server)])).await;
    let url = ours(&server);
    let second = async {
        server.asked().await;
        probe.fetch(json!({ "url": url, "timeoutMs": 100 })).await
    };
    tokio::select! {
        _ = probe.get(&url) => panic!("nobody answers"),
        answer = second => assert_eq!(failure(&answer), ("quota", false)),
    }
    // The first is given up, and there is a place again.
    assert_eq!(probe.get(&url).await["status"], 200);
}

/// A server that does not speak TLS, whatever it is asked.
async fn plain() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        // Its end is the other side's to say, or what was written is lost.
        while socket.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
    });
    port
}

#[tokio::test]
async fn each_way_to_get_no_answer_has_its_word() {
    let replies = [
        Reply::Cut(String::new()),
        Reply::Cut("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".into()),
        Reply::Cut("this is no HTTP\r\n\r\n".into()),
        Reply::Cut("HTTP/1.1 101 Other\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n".into()),
    ];
    let count = replies.len();
    let server = Server::start(move |n| replies[n].clone()).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = format!("http://ours.test:{closed}");
    let secure = format!("https://ours.test:{}", plain().await);
    let unknown = "http://unknown.test".to_owned();
    let hosts = [ours(&server), closed.clone(), secure.clone(), unknown.clone()];
    let probe = probe(&Rights::to(&hosts)).await;
    for _ in 0..count {
        assert_eq!(failure(&probe.get(&ours(&server)).await), ("protocol", true));
    }
    assert_eq!(failure(&probe.get(&closed).await), ("connect", false));
    assert_eq!(failure(&probe.get(&unknown).await), ("dns", false));
    let answer = probe.get(&secure).await;
    assert_eq!(failure(&answer), ("tls", false), "{answer}");
}
