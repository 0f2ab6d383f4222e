//! The host under offence: the real binary, with a conversation whose tool is well and plugins that are not.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::offences::Offence;
use super::{TIME, timed};
use crate::template::Guest;

/// Where data cost no disk: what is left is the host's own work.
const MEMORY: &str = "/dev/shm";

/// Calls its tool on every text.
const LOOP: &str = r#"{
  "meta": { "name": "Loop" },
  "start": "Open",
  "tools": { "Do": { "uses": "well/do", "timeout_ms": 60000 } },
  "states": {
    "Open": {
      "onEnter": [{ "ask": "Again?" }],
      "transitions": [{ "pattern": ":default", "to": "Working" }]
    },
    "Working": {
      "onEnter": [{ "tool": "Do" }],
      "transitions": [{ "onToolResult": "Do", "to": "Open" }]
    }
  }
}"#;

/// How a call of a hostile tool ended, and when.
pub(super) struct Ended {
    pub(super) how: String,
    pub(super) took: Duration,
}

pub(super) struct Host {
    child: Child,
    address: String,
    client: reqwest::Client,
    _home: TempDir,
}

impl Host {
    pub(super) fn start(offences: &[Offence]) -> Self {
        let memory = Path::new(MEMORY);
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let home = tempfile::Builder::new().prefix("cicerone-beside-").tempdir_in(place).unwrap();
        fs::create_dir(home.path().join("flows")).unwrap();
        fs::write(home.path().join("flows/loop.json"), LOOP).unwrap();
        write(home.path(), "well", &Guest::that(""), "timeout = \"60s\"\n");
        let mut settings = String::new();
        for Offence { name, guest, limits, .. } in offences {
            let limits = format!("timeout = \"{}ms\"\n{limits}", TIME.as_millis());
            write(home.path(), name, guest, &limits);
            writeln!(settings, "[grants.{name}]\nkv = {{ scopes = [\"plugin\"] }}").unwrap();
        }
        fs::write(home.path().join("cicerone.toml"), settings).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cicerone"));
        command.current_dir(home.path()).args(["serve", "--listen", "127.0.0.1:0"]);
        command.env("CICERONE_LOG", "error").env_remove("REDIS_URL").env_remove("PORT");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut listens = said.map(Result::unwrap).filter_map(|line| {
            line.split_once("http://").map(|(_, address)| address.trim().to_owned())
        });
        let address = listens.next().expect("the host says where it listens");
        // It may have more to say.
        std::thread::spawn(move || listens.count());
        let client = cicerone::net::client("http:").unwrap().build().unwrap();
        Self { child, address, client, _home: home }
    }

    /// So many turns of a conversation, and how long each took.
    pub(super) async fn talk(&self, turns: usize) -> Vec<Duration> {
        let (begun, _) = self.post("/api/sessions", json!({ "flow": "loop" })).await;
        let session = begun["session_id"].as_str().unwrap().to_owned();
        let path = format!("/api/sessions/{session}/input?wait_ms=60000");
        let mut times = Vec::new();
        for _ in 0..turns {
            let (taken, time) = self.post(&path, json!({ "text": "again" })).await;
            assert_eq!(taken["state"], "Open", "{taken}");
            times.push(time);
        }
        times
    }

    /// Calls a plugin's tool once.
    pub(super) async fn call(&self, plugin: &str) -> Ended {
        let (came, _) = self.post(&format!("/api/tools/{plugin}/do/call"), json!({})).await;
        let kind = came["error"]["kind"].as_str();
        let took = Duration::from_millis(came["ms"].as_u64().unwrap());
        Ended { how: kind.unwrap_or("ok").to_owned(), took }
    }

    /// Has a plugin loaded.
    pub(super) async fn open(&self, plugin: &str) -> Ended {
        let (came, took) = self.post(&format!("/api/plugins/{plugin}/reload"), json!({})).await;
        Ended { how: came["code"].as_str().unwrap_or("loaded").to_owned(), took }
    }

    async fn post(&self, path: &str, body: Value) -> (Value, Duration) {
        let url = format!("http://{}{path}", self.address);
        let sent = async { self.client.post(url).json(&body).send().await?.text().await };
        let (text, took) = timed(sent).await;
        (serde_json::from_str(&text.unwrap()).unwrap(), took)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn write(home: &Path, name: &str, guest: &Guest, limits: &str) {
    let folder = home.join("plugins").join(name);
    fs::create_dir_all(&folder).unwrap();
    let kv =
        if guest.parts[0].contains("plugin/kv@") { "kv = { scopes = [\"plugin\"] }" } else { "" };
    let manifest = format!(
        "[plugin]\nname = \"{name}\"\nversion = \"1.0.0\"\nkind = \"wasm\"\ncomponent = \"it.wasm\"\n\
         contract = \"1\"\n[limits]\n{limits}[breaker]\nfailures = 1000000\n[capabilities]\n{kv}\n"
    );
    fs::write(folder.join("plugin.toml"), manifest).unwrap();
    fs::write(folder.join("it.wasm"), guest.bytes()).unwrap();
}
