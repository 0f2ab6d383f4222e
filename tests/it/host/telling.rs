//! What a tool tells and asks for while it runs, from outside: a real plugin in a real host, with a server and a secret.

use std::fs;

use serde_json::{Value, json};

use super::client::find;
use super::{Host, Place};
use crate::http::server::{Reply, Server};

const KEY: &str = "a-key-that-nobody-may-see";

/// A place with the guest that does what it is told, for a server on this machine.
fn place(server: &Server) -> Place {
    let call = |tool: &str, args: Value| json!([{ "tool": tool, "args": args }]);
    let telling = json!({
        "progress": [[40, "Half way."]], "events": [["booked", { "id": 7 }]], "waitMs": 100, "again": 2,
    });
    let url = format!("http://{}/orders", server.address);
    let asking = json!({ "url": url, "headers": [["authorization", "Bearer secret(key)"]] });
    let after = |tool: &str| json!([{ "onToolResult": tool, "to": "Ask" }, { "onToolError": tool, "to": "Ask" }]);
    let any = json!({ "args": { "type": "object" } });
    let flow = json!({
        "meta": { "name": "Telling" }, "start": "Ask",
        "tools": { "tell": any, "fetch": any },
        "states": {
            "Ask": {
                "onEnter": [{ "ask": "What now?" }],
                "transitions": [
                    { "pattern": "tell", "to": "Telling" }, { "pattern": "fetch", "to": "Fetching" }
                ]
            },
            "Telling": { "onEnter": call("tell", telling), "transitions": after("tell") },
            "Fetching": { "onEnter": call("fetch", asking), "transitions": after("fetch") },
        }
    });
    let place = Place::with_flow("telling", &flow.to_string());
    let folder = place.path("plugins/probe");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("probe.wasm"), crate::egress::component()).unwrap();
    let asks = format!(
        "kv = {{ scopes = [\"plugin\"] }}\nprogress = true\nevents = {{ topics = [\"booked\"] }}\n\
         secrets = [{{ name = \"key\", hosts = [\"127.0.0.1\"] }}]\n\
         http = [{{ hosts = [\"http://{}\"], private_networks = true }}]\n",
        server.address
    );
    let head = fs::read_to_string(super::repository("plugins/hostile/probe/plugin.toml")).unwrap();
    fs::write(folder.join("plugin.toml"), format!("{head}\n[capabilities]\n{asks}")).unwrap();
    fs::write(place.path("cicerone.toml"), format!("[grants.probe]\n{asks}")).unwrap();
    place
}

fn host(place: &Place) -> Host {
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("CICERONE_SECRET_KEY", KEY).env("CICERONE_LOG", "debug");
    Host::started(place, command)
}

#[tokio::test]
async fn what_a_tool_tells_is_in_the_log_before_its_outcome_and_its_secret_nowhere() {
    let server = Server::start(|_| Reply::new(200, "", KEY)).await;
    let place = place(&server);
    let host = host(&place);
    let session = host.begin("telling").await;
    let taken = host.say(&session, "tell").await;
    let events = taken["events"].as_array().unwrap();
    let types: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    let last = types.iter().position(|kind| *kind == "tool.result").expect("it ended well");
    let told = &types[..last];
    assert_eq!(told.iter().filter(|kind| **kind == "plugin.probe.booked").count(), 3, "{types:?}");
    let progress = told.iter().filter(|kind| **kind == "tool.progress").count();
    // Three updates in 300 ms: the first at once, and of the others as many as a busy machine leaves.
    assert!((1..=3).contains(&progress), "{types:?}");
    assert_eq!(find(events, "plugin.probe.booked")["data"], json!({ "id": 7 }));
    let progress = find(events, "tool.progress");
    assert_eq!((&progress["percent"], &progress["message"]), (&json!(40), &json!("Half way.")));
    let seqs: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(seqs.windows(2).all(|two| two[1] == two[0] + 1), "{seqs:?}");
    // The server gets the secret, and neither the conversation nor the log of the host what it gives back.
    let taken = host.say(&session, "fetch").await;
    let result = &find(taken["events"].as_array().unwrap(), "tool.result")["result"][0];
    assert_eq!(result["status"], 200, "{result}");
    assert!(result["body"].as_str().unwrap().starts_with("cicerone-secret-"), "{result}");
    assert_eq!(server.seen()[0].header("authorization"), format!("Bearer {KEY}"));
    assert!(!taken.to_string().contains(KEY));
    assert!(!host.said().contains(KEY));
}
