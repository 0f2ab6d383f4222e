//! The example tools of a server in a conversation: the real host, the example's real server, and what both do when one
//! of them is not as it should be.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use super::client::{Answer, find, http};
use super::{Host, Place, Ran, repository};

const KEY: &str = "a-key-that-nobody-may-see";

/// The example's server; it is killed when it goes out of scope.
struct Orders {
    child: Child,
    url: String,
}

impl Orders {
    fn start() -> Self {
        let mut python = Command::new("python3");
        python.arg(repository("plugins/orders/server.py")).arg("0");
        python.env("CICERONE_SECRET_ORDERS_KEY", KEY).stdout(Stdio::piped());
        let mut child = python.spawn().expect("this test needs python3: apt-get install python3");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, url) = line.split_once("http://").unwrap_or_else(|| panic!("it says {line:?}"));
        Self { child, url: format!("http://{}", url.trim()) }
    }

    /// The shipped place, with the server where this one is.
    fn place(&self) -> Place {
        let place = Place::shipped();
        let shipped = "http://127.0.0.1:8707";
        let origin = self.url.strip_suffix("/tools").unwrap();
        for file in ["plugins/orders/plugin.toml", "cicerone.toml"] {
            let text = std::fs::read_to_string(place.path(file)).unwrap();
            assert!(text.contains(shipped), "{text}");
            std::fs::write(place.path(file), text.replace(shipped, origin)).unwrap();
        }
        place
    }

    /// A call as the host would send it, signed with this key at this second.
    async fn post(&self, call: &Value, key: &str, seconds: u64) -> Answer {
        let body = call.to_string();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(format!("{seconds}.{body}").as_bytes());
        let bytes = mac.finalize().into_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let signature = format!("t={seconds},v1={hex}");
        let request = http().post(&self.url).header("x-cicerone-signature", signature).body(body);
        Answer::of(request).await
    }
}

impl Drop for Orders {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A host whose orders' calls are signed with this key.
fn host(place: &Place, key: &str) -> Host {
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("CICERONE_SECRET_ORDERS_KEY", key).env("CICERONE_LOG", "trace");
    // Nobody is there; whoever asked it would get nowhere.
    for proxy in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(proxy, "http://127.0.0.1:1");
    }
    Host::started(place, command)
}

fn said(taken: &Value) -> String {
    let events = taken["events"].as_array().unwrap();
    let texts = events.iter().filter_map(|event| event["text"].as_str());
    texts.collect::<Vec<_>>().join(" ")
}

fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// What the host says of that tool.
async fn order_status(host: &Host) -> Value {
    let tools = host.get("/api/tools").await.ok();
    let mut tools = tools["tools"].as_array().unwrap().iter();
    tools.find(|tool| tool["name"] == "orders/order-status").unwrap().clone()
}

#[tokio::test]
async fn a_conversation_asks_and_changes_things_at_a_server_that_checks_who_asks() {
    let orders = Orders::start();
    let host = host(&orders.place(), KEY);
    let session = host.begin("track-order").await;
    let taken = host.say(&session, "it is b-1042").await;
    assert_eq!(taken["state"], "Coming", "{taken:#}");
    let status = find(taken["events"].as_array().unwrap(), "tool.result")["result"].clone();
    assert!(said(&taken).contains("Your reading lamp is under way"), "{taken:#}");
    let taken = host.say(&session, "Yes, please").await;
    assert_eq!(taken["status"], "ended", "{taken:#}");
    let later = find(taken["events"].as_array().unwrap(), "tool.result")["result"].clone();
    let day = |value: &Value| value["arrives"].as_str().unwrap().parse::<jiff::civil::Date>();
    assert_eq!(day(&later).unwrap(), day(&status).unwrap().tomorrow().unwrap());
    let tool = order_status(&host).await;
    assert_eq!(tool["backend"], "http");
    assert_eq!((&tool["calls"], &tool["errors"]), (&json!(1), &json!(0)));
    // What the server refuses, the flow can tell.
    let session = host.begin("track-order").await;
    let taken = host.say(&session, "Z 0000").await;
    assert_eq!(taken["state"], "NotFound", "{taken:#}");
    let error = &find(taken["events"].as_array().unwrap(), "tool.error")["error"];
    assert_eq!((&error["kind"], &error["code"]), (&json!("tool"), &json!("order_not_found")));
}

#[tokio::test]
async fn a_host_with_another_key_is_refused_and_shows_neither() {
    let orders = Orders::start();
    let host = host(&orders.place(), "another-key-that-nobody-may-see");
    let session = host.begin("track-order").await;
    let taken = host.say(&session, "B-1042").await;
    let error = &find(taken["events"].as_array().unwrap(), "tool.error")["error"];
    assert_eq!((&error["kind"], &error["code"]), (&json!("tool"), &json!("bad_signature")));
    assert_eq!(taken["state"], "NobodyThere");
    let log = host.said();
    assert!(log.contains("An attempt failed."), "{log}");
    assert!(!log.contains("nobody-may-see") && !log.contains("v1="), "{log}");
}

#[tokio::test]
async fn the_server_answers_a_call_that_comes_twice_as_it_did_the_first() {
    let orders = Orders::start();
    let call = |id| {
        let args = json!({ "number": "B-1043", "days": 3 });
        json!({ "tool": "postpone-delivery", "session_id": "s", "tool_call_id": id, "args": args })
    };
    let first = orders.post(&call("s.1"), KEY, now()).await.ok();
    assert_eq!(orders.post(&call("s.1"), KEY, now()).await.ok(), first);
    assert_ne!(orders.post(&call("s.2"), KEY, now()).await.ok(), first);
    let old = orders.post(&call("s.3"), KEY, now() - 3_600).await;
    assert_eq!((old.status, &old.body["error"]["code"]), (401, &json!("old_signature")));
    let forged = orders.post(&call("s.3"), "guessed", now()).await;
    assert_eq!((forged.status, &forged.body["error"]["code"]), (401, &json!("bad_signature")));
}

#[test]
fn a_servers_tool_is_shown_and_called_without_a_host() {
    let orders = Orders::start();
    let place = orders.place();
    let run = |args: &[&str]| {
        let mut command = place.cicerone(&[&["plugin"], args].concat());
        let ran = Ran::from(command.env("CICERONE_SECRET_ORDERS_KEY", KEY).output().unwrap());
        (ran.code, format!("{}{}", ran.out, ran.err))
    };
    let (code, shown) = run(&["inspect", "plugins/orders"]);
    assert_eq!(code, Some(0), "{shown}");
    for word in ["orders 0.1.0", "sha256", "order-status http (may be sent twice)", "takes {"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let call = |args| run(&["call", "plugins/orders", "order-status", "--args", args]);
    let (code, said) = call(r#"{"number":"A-7001"}"#);
    assert!(code == Some(0) && said.starts_with("ok {") && said.contains("delivered"), "{said}");
    let (code, said) = call(r#"{"number":"A-0000"}"#);
    assert!(code == Some(1) && said.contains("failed tool: there is no order A-0000"), "{said}");
    let (code, said) = run(&["call", "plugins/orders", "order"]);
    assert!(code == Some(1) && said.contains("the plugin has order-status, postpone"), "{said}");
    std::fs::write(place.path("cicerone.toml"), "").unwrap();
    let (code, said) = run(&["inspect", "plugins/orders"]);
    assert!(code == Some(1) && said.contains("[grants.orders]\nhttp = [{"), "{said}");
}

#[tokio::test]
async fn without_the_server_or_its_key_the_conversation_says_so_politely() {
    let orders = Orders::start();
    let place = orders.place();
    drop(orders);
    for key in [KEY, ""] {
        let host = host(&place, key);
        let session = host.begin("track-order").await;
        let taken = host.say(&session, "B-1042").await;
        assert!(said(&taken).contains("our parcel desk does not answer"), "{taken:#}");
        let error = &find(taken["events"].as_array().unwrap(), "tool.error")["error"];
        assert_eq!(error["kind"], "unavailable", "{error}");
        host.kill();
    }
}

#[tokio::test]
async fn an_edit_of_a_servers_plugin_is_live_and_a_mistake_in_it_changes_nothing() {
    let orders = Orders::start();
    let place = orders.place();
    let host = host(&place, KEY);
    let mut news = host.listen("/api/events/stream").await;
    let file = place.path("plugins/orders/plugin.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("[limits]", "[limit]")).unwrap();
    let heard = news.until("plugin.rejected").await;
    let told = heard.last().unwrap().data["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(told.starts_with("could not read plugin.toml") && told.contains("`limit`"), "{told}");
    let session = host.begin("track-order").await;
    assert_eq!(host.say(&session, "B-1042").await["state"], "Coming");
    let edited = text.replace("0.1.0", "0.2.0").replace("timeout = \"2s\"", "timeout = \"1500ms\"");
    std::fs::write(&file, edited).unwrap();
    let heard = news.until("plugin.reloaded").await;
    assert_eq!(heard.last().unwrap().data["version"], "0.2.0");
    let tool = order_status(&host).await;
    assert_eq!((&tool["limits"]["timeout_ms"], &tool["calls"]), (&json!(1500), &json!(1)));
}
