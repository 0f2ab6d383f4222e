//! `wasi:http` leads the same way out as the host's own `http`: what is denied there is denied here.

use super::*;

async fn one(probe: &Probe, args: Value) -> Value {
    probe.call("fetch-wasi", args).await[0].clone()
}

fn failed(answer: &Value) -> &str {
    answer["failure"].as_str().unwrap_or("none")
}

#[tokio::test]
async fn a_granted_request_arrives_with_its_secret_and_its_answer_comes_back_without() {
    let body = format!("you said {KEY}");
    let server = Server::start(move |_| Reply::new(201, "x-part: 1", &body)).await;
    let url = format!("{}/things?of=ours", ours(&server));
    let headers = json!([["authorization", "Bearer secret(key)"]]);
    let body = "tea ".repeat(5_000);
    let args = json!({ "method": "POST", "url": url, "headers": headers, "body": body });
    let answer = one(&at(&server).await, args).await;
    assert_eq!((&answer["status"], header(&answer, "x-part")), (&json!(201), "1"), "{answer}");
    assert!(answer["body"].as_str().unwrap().starts_with("you said cicerone-secret-"));
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /things?of=ours HTTP/1.1");
    assert_eq!(seen.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(seen.body, body);
}

#[tokio::test]
async fn what_is_denied_to_one_interface_is_denied_to_the_other() {
    let server = server().await;
    let port = server.port();
    let closed = format!("http://mapped.test:{port}");
    let rights = Rights {
        http: vec![
            format!("{{ hosts = [\"{}\"], private_networks = true }}", ours(&server)),
            format!("{{ hosts = [\"{closed}\", \"http://metadata.test\"] }}"),
        ],
        ..Rights::to(&[])
    };
    let probe = probe(&rights).await;
    for args in [
        json!({ "url": theirs(&server) }),
        json!({ "url": format!("http://127.0.0.1:{port}") }),
        json!({ "url": closed }),
        json!({ "url": "http://metadata.test" }),
        json!({ "url": ours(&server), "method": "POST" }),
        json!({ "url": ours(&server), "method": "CONNECT" }),
    ] {
        let answer = one(&probe, args.clone()).await;
        assert_eq!(failed(&answer), "ErrorCode::HttpRequestDenied", "{args}: {answer}");
    }
    for name in ["host", "connection", "transfer-encoding", "x\r\ny"] {
        let args = json!({ "url": ours(&server), "headers": [[name, "x"]] });
        assert_ne!(failed(&one(&probe, args).await), "none", "{name}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn both_interfaces_have_the_same_bounds() {
    let server = Server::start(|n| match n {
        0 => Reply::Silence,
        _ => Reply::new(200, "", &"x".repeat(2_000)),
    })
    .await;
    let more = "private_networks = true, max_response = \"1KiB\"";
    let probe = probe(&Rights::with(&[ours(&server)], more)).await;
    let slow = one(&probe, json!({ "url": ours(&server), "timeoutMs": 50 })).await;
    assert_eq!(failed(&slow), "ErrorCode::ConnectionTimeout");
    let large = one(&probe, json!({ "url": ours(&server) })).await;
    assert!(failed(&large).starts_with("ErrorCode::HttpResponseBodySize"), "{large}");
    let args = json!({ "url": theirs(&server), "again": 40 });
    let many = probe.call("fetch-wasi", args).await;
    assert!(many.as_array().unwrap().iter().all(|answer| failed(answer).contains("Denied")));
}
