//! The host between MCP servers and MCP clients: tools of a server that the settings name, offered at `/mcp` to a client
//! of the official Python package, and the conversations with them.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::client::{Answer, http};
use super::listening::echoing;
use super::{DEADLINE, Host, Place, follow};
use crate::mcp::{python, script};

/// A place with the server of the tests as `[mcp.testing]`.
fn place() -> Place {
    let place = echoing();
    std::fs::create_dir(place.path("server")).unwrap();
    let (python, server, folder) = (python(), script("server.py"), place.path("server"));
    let settings = format!(
        "[mcp.testing]\ncommand = {python:?}\nargs = [{server:?}, {folder:?}]\ntrust = \"native\"\n\
         [[mcp.testing.tool]]\nname = \"add\"\nexpose = [\"flow\", \"mcp\"]\n\
         [[mcp.testing.tool]]\nname = \"do\"\nexpose = [\"flow\", \"mcp\"]\n"
    );
    std::fs::write(place.path("cicerone.toml"), settings).unwrap();
    place
}

async fn tools(host: &Host) -> Vec<String> {
    let told = host.get("/api/tools").await.ok();
    let tools = told["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

async fn started(place: &Place) -> Host {
    let host = Host::start(place);
    host.until("the server's tools are there", || async { tools(&host).await.len() == 3 }).await;
    host
}

async fn noted(host: &Host, place: &Place, note: &str) {
    let notes = place.path("server/notes");
    let what = format!("`{note}` is noted");
    host.until(&what, || async {
        let notes = std::fs::read_to_string(&notes).unwrap_or_default();
        notes.lines().any(|line| line == note)
    })
    .await;
}

/// A client at work.
struct Client {
    child: Child,
    lines: Receiver<String>,
    said: Arc<Mutex<String>>,
}

impl Client {
    fn start(host: &Host, modes: &[&str]) -> Self {
        let mut command = Command::new(python());
        command.arg(script("client.py")).arg(host.url("/mcp")).args(modes);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let lines = follow(child.stdout.take().unwrap(), Arc::clone(&said));
        drop(follow(child.stderr.take().unwrap(), Arc::clone(&said)));
        Self { child, lines, said }
    }

    /// What it tells next, which must be this.
    fn told(&self, name: &str) -> Value {
        let line = self.lines.recv_timeout(DEADLINE);
        let line = line.unwrap_or_else(|_| panic!("no `{name}`: {}", self.said.lock().unwrap()));
        let told: Map<String, Value> = serde_json::from_str(&line).unwrap();
        told.get(name).unwrap_or_else(|| panic!("no `{name}` in {line}")).clone()
    }

    fn go_on(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// All that a client does, in one of the protocol's versions.
async fn served(mode: &str, version: &str) {
    let place = place();
    let mut host = started(&place).await;
    let mut client = Client::start(&host, &[mode]);
    assert_eq!(client.told("version"), version);
    sees_tools(&client);
    calls_tools(&client);
    talks(&client);
    // What could not be said has begun nothing.
    let sessions = host.get("/api/sessions").await.ok();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions}");
    noted(&host, &place, "called hang").await;
    client.go_on();
    client.told("hanging");
    client.told("cancelled");
    noted(&host, &place, "given up").await;
    // A client that listens does not hold up a host that stops.
    host.terminate();
    assert!(host.ended().await.success());
    assert!(!host.said().contains("did not close in time"), "{}", host.said());
}

fn sees_tools(client: &Client) {
    let tools = client.told("tools");
    let names: Vec<&String> = tools.as_object().unwrap().keys().collect();
    assert_eq!(names, ["testing__add", "testing__do", "flow__echo"]);
    assert_eq!(tools["testing__add"]["outputSchema"]["required"], json!(["sum"]));
    assert_eq!(tools["testing__add"]["annotations"]["idempotentHint"], true);
}

fn calls_tools(client: &Client) {
    let done = client.told("done");
    assert_eq!((&done["error"], &done["data"]), (&json!(false), &json!({ "sum": 5 })));
    let failed = client.told("failed");
    assert_eq!(failed["texts"], json!(["tool: No luck today."]));
    assert_eq!((&failed["error"], &failed["data"]["code"]), (&json!(true), &json!("no_luck")));
    let bad = client.told("bad");
    assert_eq!((&bad["error"], &bad["data"]["kind"]), (&json!(true), &json!("bad-args")));
    // What is not offered is not there, and what is not there is a fault of the protocol.
    assert_eq!(client.told("hidden"), -32602);
    assert_eq!(client.told("hidden"), -32602);
}

fn talks(client: &Client) {
    let begun = client.told("begun");
    assert_eq!((&begun["error"], &begun["data"]["status"]), (&json!(false), &json!("active")));
    assert_eq!(client.told("went on")["texts"], json!(["I heard Ada."]));
    let nothing = client.told("nothing said");
    assert_eq!((&nothing["error"], &nothing["data"]["code"]), (&json!(true), &json!("text.empty")));
    let lost = client.told("lost");
    assert_eq!((&lost["error"], &lost["data"]["code"]), (&json!(true), &json!("session.unknown")));
}

#[tokio::test]
async fn a_client_of_the_newest_version_is_served() {
    served("auto", "2026-07-28").await;
}

#[tokio::test]
async fn a_client_of_an_older_version_is_served() {
    served("legacy", "2025-11-25").await;
}

/// A client that is told of another flow.
async fn hears_of_changes(mode: &str) {
    let place = echoing();
    let host = Host::start(&place);
    let client = Client::start(&host, &[mode, "changes"]);
    assert_eq!(client.told("before"), json!(["flow__echo"]));
    client.told("listening");
    let echo = std::fs::read_to_string(place.path("flows/echo.json")).unwrap();
    place.write_flow("more", &echo);
    assert_eq!(client.told("after"), json!(["flow__echo", "flow__more"]));
}

#[tokio::test]
async fn a_client_of_the_newest_version_hears_of_changes() {
    hears_of_changes("auto").await;
}

#[tokio::test]
async fn a_client_of_an_older_version_hears_of_changes() {
    hears_of_changes("legacy").await;
}

fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    }})
}

fn post(host: &Host) -> reqwest::RequestBuilder {
    let request = http().post(host.url("/mcp")).json(&initialize());
    request.header("accept", "application/json, text/event-stream")
}

#[tokio::test]
async fn pages_and_hosts_of_others_are_refused() {
    let host = Host::start(&echoing());
    assert_eq!(post(&host).send().await.unwrap().status(), 200);
    let page = post(&host).header("origin", "https://evil.example");
    Answer::of(page).await.refused(403, "origin.denied");
    let listening = http().get(host.url("/mcp")).header("accept", "text/event-stream");
    let listening = listening.header("origin", "https://evil.example");
    Answer::of(listening).await.refused(403, "origin.denied");
    // A name of somebody else's that leads to this machine.
    let (port, rebound) = (host.address.rsplit(':').next().unwrap(), "rebound.example");
    let rebound = post(&host).header("host", format!("{rebound}:{port}"));
    let rebound = rebound.header("origin", format!("http://rebound.example:{port}"));
    assert_eq!(rebound.send().await.unwrap().status(), 403);
    let large = json!({ "jsonrpc": "2.0", "id": 1, "method": "x".repeat(2 << 20) });
    let large = http().post(host.url("/mcp")).json(&large);
    let large = large.header("accept", "application/json, text/event-stream").send().await;
    assert_eq!(large.unwrap().status(), 413);
}

#[tokio::test]
async fn there_are_only_so_many_sessions() {
    let host = Host::start(&echoing());
    let mut sessions = Vec::new();
    for _ in 0..65 {
        let answer = post(&host).send().await.unwrap();
        sessions.push(answer.headers()["mcp-session-id"].to_str().unwrap().to_owned());
    }
    let ping = |session: &str| {
        let ping = json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" });
        let request = http().post(host.url("/mcp")).json(&ping).header("mcp-session-id", session);
        request.header("accept", "application/json, text/event-stream").send()
    };
    assert_eq!(ping(&sessions[0]).await.unwrap().status(), 404);
    assert_eq!(ping(&sessions[64]).await.unwrap().status(), 200);
}

#[tokio::test]
async fn nobody_from_elsewhere_is_served() {
    let place = echoing();
    let host = Host::started(&place, place.cicerone(&["serve", "--listen", "0.0.0.0:0"]));
    let port = host.address.rsplit(':').next().unwrap();
    let request = http().post(format!("http://127.0.0.1:{port}/mcp")).json(&initialize());
    Answer::of(request).await.refused(403, "admin.denied");
}

#[tokio::test]
async fn a_server_that_changes_its_tools_is_followed_and_ends_with_the_host() {
    let place = place();
    let mut host = started(&place).await;
    let flow = json!({
        "meta": { "name": "Asking" },
        "start": "Ask",
        "tools": { "Do": { "uses": "testing/do", "args": { "what": "string" }, "timeout_ms": 20_000 } },
        "states": {
            "Ask": {
                "onEnter": [{ "tool": "Do", "args": { "what": "change" } }],
                "transitions": [{ "onToolResult": "Do", "to": "Done" }],
            },
            "Done": { "final": true, "onEnter": [{ "say": "Done." }] },
        },
    });
    // What its program is given is not told.
    let plugins = host.get("/api/plugins").await.ok();
    let command = json!({ "command": python() });
    assert_eq!(plugins["plugins"][0]["capabilities"], json!({ "mcp": command }));
    place.write_flow("asking", &flow.to_string());
    host.until("the flow is there", || async {
        host.post("/api/sessions", json!({ "flow": "asking" })).await.status < 300
    })
    .await;
    host.until("the new tool is there", || async {
        tools(&host).await.contains(&"testing/new".to_owned())
    })
    .await;
    host.terminate();
    assert!(host.ended().await.success());
    let notes = std::fs::read_to_string(place.path("server/notes")).unwrap();
    assert!(notes.lines().any(|note| note == "ended"), "{notes}");
}

/// As its README says, with a Python that is there.
#[test]
fn the_example_keeps_notes() {
    let place = Place::shipped();
    let folder = place.path("plugins/notes");
    let repository = script("../../../plugins/notes/server.py");
    std::fs::copy(repository, folder.join("server.py")).unwrap();
    let environment = python();
    let environment = environment.parent().unwrap().parent().unwrap();
    std::os::unix::fs::symlink(environment, folder.join(".venv")).unwrap();
    let call = |tool, args| {
        let ran = place.run(&["plugin", "call", "plugins/notes", tool, "--args", args, "--json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let line = ran.out.lines().find(|line| line.starts_with('{')).unwrap_or_default();
        serde_json::from_str::<Value>(line).unwrap()["result"].clone()
    };
    let kept = call("add_note", r#"{"about": "Ada", "text": "likes the window"}"#);
    assert_eq!(kept, json!({ "number": 1 }));
    let found = call("find_notes", r#"{"about": "ada"}"#);
    assert_eq!(found["notes"][0]["text"], "likes the window");
}
