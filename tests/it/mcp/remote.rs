//! A server under a URL: streamable HTTP with what proves who we are, and one that goes away and comes back.

use std::process::{Child, Command, Stdio};

use cicerone::event::ToolErrorKind;
use cicerone::tool::Mcp;
use serde_json::json;

use super::{DEADLINE, Place, done, error, python, script, until};

struct Server(Child);

impl Server {
    async fn start(place: &Place) -> Self {
        let mut command = Command::new(python());
        command.arg(script("server.py")).arg(place.path("")).arg("--http");
        let server = Self(command.stdin(Stdio::null()).spawn().unwrap());
        let started = place.noted("started");
        until("the server listens", || place.noted("started") > started || started > 0).await;
        until("the server has a port", || {
            let port = std::fs::read_to_string(place.path("port")).unwrap_or_default();
            !port.is_empty() && std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok()
        })
        .await;
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn open(place: &Place) -> Mcp {
    let port = std::fs::read_to_string(place.path("port")).unwrap();
    let text = place.text_of(&format!(
        "url = \"http://127.0.0.1:{port}/mcp\"\nprivate_networks = true\n\
         headers = {{ authorization = {{ secret = \"token\", prefix = \"Bearer \" }} }}"
    ));
    let grant = format!(
        "secrets = [\"token\"]\nhttp = [{{ hosts = [\"http://127.0.0.1:{port}\"], private_networks = true }}]"
    );
    place.open_as(&text, &grant).unwrap()
}

#[tokio::test]
async fn a_server_under_a_url_is_called_like_any_other() {
    let place = Place::new();
    let _server = Server::start(&place).await;
    let mcp = open(&place);
    assert!(mcp.known(DEADLINE).await);
    place.registry.replace_mcp(&mcp, &mcp.told()).unwrap();
    assert_eq!(done(place.call("add", json!({ "a": 2, "b": 3 })).await), json!({ "sum": 5 }));
    assert_eq!(place.fails("fail").await.code.as_deref(), Some("no_luck"));
    let call = crate::tool::call("testing/do", json!({ "what": "hang" }));
    let call = cicerone::engine::Call { timeout_ms: 300, ..call };
    assert_eq!(error(place.run(&call).await).kind, ToolErrorKind::Timeout);
    until("the server has heard", || place.noted("given up") == 1).await;
    let proofs: Vec<String> =
        place.notes().into_iter().filter(|note| note.starts_with("proof")).collect();
    assert!(proofs.iter().all(|proof| proof == "proof Bearer nobody-may-see"), "{proofs:?}");
    mcp.close().await;
}

#[tokio::test]
async fn a_server_that_was_away_is_found_again() {
    let place = Place::new();
    let server = Server::start(&place).await;
    let mcp = open(&place);
    assert!(mcp.known(DEADLINE).await);
    place.registry.replace_mcp(&mcp, &mcp.told()).unwrap();
    drop(server);
    let away = place.fails("sing").await;
    assert_eq!((away.kind, away.retryable), (ToolErrorKind::Unavailable, true), "{away:?}");
    let _server = Server::start(&place).await;
    let mut call = crate::tool::call("testing/again", json!({ "what": "sing" }));
    (call.timeout_ms, call.retry.max_attempts) = (20_000, 8);
    assert_eq!(done(place.run(&call).await), json!("did sing"));
}
