//! What a plugin may do outside, and that it arrives as it was meant.

use super::*;

#[tokio::test]
async fn a_granted_request_arrives_as_it_was_asked_and_its_answer_comes_back() {
    let reply = "content-type: text/plain\nx-part: 1\nx-part: 2\nconnection: keep-alive";
    let server = Server::start(move |_| Reply::new(201, reply, "made")).await;
    let probe = at(&server).await;
    let url = format!("{}/things?of=ours#here", ours(&server));
    let headers = json!([["X-Trace", "a b"], ["accept", "text/plain"]]);
    let args = json!({ "method": "POST", "url": url, "headers": headers, "body": "tea" });
    let (answer, report) = probe.attempt("fetch", args, LONG).await;
    let answer = &answer.unwrap()[0];
    assert_eq!((&answer["status"], &answer["body"]), (&json!(201), &json!("made")));
    assert_eq!(header(answer, "content-type"), "text/plain");
    assert_eq!(header(answer, "connection"), "", "the connection is the host's");
    let parts = answer["headers"].as_array().unwrap().iter().filter(|h| h[0] == "x-part");
    assert_eq!(parts.count(), 2);
    let seen = &server.seen()[0];
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("POST /things?of=ours HTTP/1.1", "tea"));
    assert_eq!(seen.header("x-trace"), "a b");
    assert_eq!(seen.header("host"), format!("ours.test:{}", server.port()));
    assert_eq!(seen.header("accept-encoding"), "identity");
    assert!(report.egress > 10 && !report.host.is_zero(), "{report:?}");
}

#[tokio::test]
async fn an_answer_of_any_status_is_an_answer() {
    let server = Server::start(|n| Reply::new([404, 500, 304][n], "", "")).await;
    let probe = at(&server).await;
    for status in [404, 500, 304] {
        assert_eq!(probe.get(&ours(&server)).await["status"], status);
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_call_and_a_name_looked_up_once_for_it() {
    let server = server().await;
    let url = format!("http://counted.test:{}", server.port());
    let probe = probe(&Rights::to(std::slice::from_ref(&url))).await;
    for _ in 0..3 {
        assert_eq!(probe.get(&url).await["status"], 200);
    }
    // The address that was checked is the one that was connected to: nobody asked a second time.
    assert_eq!((server.connections(), LOOKED_UP.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_star_grants_the_hosts_below() {
    let server = server().await;
    let star = format!("http://*.test:{}", server.port());
    let probe = probe(&Rights::to(&[star])).await;
    assert_eq!(probe.get(&theirs(&server)).await["status"], 200);
    assert_eq!(failure(&probe.get(&format!("http://test:{}", server.port())).await).0, "denied");
}

#[tokio::test]
async fn a_second_rule_for_a_server_adds_its_methods() {
    let server = server().await;
    let more = "private_networks = true";
    let star = format!("{{ hosts = [\"http://*.test:{}\"], {more} }}", server.port());
    let post = format!("{{ hosts = [\"{}\"], methods = [\"POST\"], {more} }}", ours(&server));
    let probe = probe(&Rights { http: vec![star, post], ..Rights::to(&[]) }).await;
    for tool in ["fetch", "fetch-wasi"] {
        for method in ["GET", "POST"] {
            let answer = probe.call(tool, json!({ "url": ours(&server), "method": method })).await;
            assert_eq!(answer[0]["status"], 200, "{tool} {method}: {answer}");
        }
        let args = json!({ "url": theirs(&server), "method": "POST" });
        assert_ne!(probe.call(tool, args).await[0]["failure"], Value::Null, "{tool}");
    }
}
