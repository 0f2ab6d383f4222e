//! How soon a plugin's other version is called, if it was compiled before: from asking for it until its first answer, at the
//! release binary, for the example plugins that are built. Beside it a call of the version in force, which is what there
//! would be without the reload. Started by `cargo xtask bench reload`; it asserts nothing.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on ends; its result is its output"
)]

#[path = "wasm_call/guests.rs"]
mod guests;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use guests::Guest;

/// Reloads of each plugin, after one of each version that compiles it.
const RELOADS: usize = 40;

/// A custom section, which no guest can see: the same component under another digest.
const MARK: [u8; 6] = [0, 4, 3, b'n', b'e', b'w'];

/// What the tool of each answers without anybody else.
const ARGS: [(&str, &str); 4] = [
    ("fuzzy", r#"{"text": "margarita", "candidates": ["Quattro stagioni", "Margherita"]}"#),
    ("reservations", r#"{"date": "2030-01-02", "time": "19:00", "partySize": 4}"#),
    ("pricing", r#"{"items": [{"sku": "mug", "unitPrice": 9.99, "quantity": 10}]}"#),
    ("contacts", r#"{"number": "+49 (0)30 / 1234-567"}"#),
];

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("From asking for a version that was compiled before to its first answer:\n");
    println!("{:26} {:>9} {:>11} {:>11} {:>13}", "", "KB", "median", "95th", "a call alone");
    for guest in guests::built() {
        if let Some((_, args)) = ARGS.iter().find(|(name, _)| *name == guest.name) {
            runtime.block_on(measure(&Guest { args: (*args).to_owned(), ..guest }));
        }
    }
}

async fn measure(guest: &Guest) {
    let host = Host::start(guest);
    let versions = [guest.component.clone(), [guest.component.as_slice(), &MARK].concat()];
    for version in versions.iter().rev() {
        host.take(version).await;
    }
    let (mut reloads, mut calls) = (Vec::new(), Vec::new());
    for version in versions.iter().rev().cycle().take(RELOADS) {
        host.write(version);
        let asked = Instant::now();
        host.reload().await;
        host.call(guest).await;
        reloads.push(asked.elapsed());
        let asked = Instant::now();
        host.call(guest).await;
        calls.push(asked.elapsed());
    }
    let (median, late) = (percentile(&mut reloads, 50), percentile(&mut reloads, 95));
    let (alone, kb) = (percentile(&mut calls, 50), guest.component.len() / 1024);
    let what = format!("{} ({})", guest.name, guest.language);
    println!("{what:26} {kb:>9} {median:>11.1?} {late:>11.1?} {alone:>13.1?}");
}

/// The time within which so many of a hundred are done.
fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

struct Host {
    child: Child,
    address: String,
    client: reqwest::Client,
    name: &'static str,
    home: TempDir,
}

impl Host {
    fn start(guest: &Guest) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("plugins").join(guest.name);
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir(home.path().join("flows")).unwrap();
        fs::copy(guest.folder.join("plugin.toml"), folder.join("plugin.toml")).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("cicerone.toml");
        fs::copy(shipped, home.path().join("cicerone.toml")).unwrap();
        // The file is looked at when it is asked for, so that what is measured is asked for once.
        fs::write(folder.join(format!("{}.wasm", guest.name)), &guest.component).unwrap();
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
        Self { child, address, client, name: guest.name, home }
    }

    fn write(&self, component: &[u8]) {
        let folder = self.home.path().join("plugins").join(self.name);
        let beside = folder.join("beside");
        fs::write(&beside, component).unwrap();
        fs::rename(beside, folder.join(format!("{}.wasm", self.name))).unwrap();
    }

    /// Writes a version and waits until it is in force.
    async fn take(&self, component: &[u8]) {
        self.write(component);
        self.reload().await;
    }

    async fn reload(&self) {
        let came = self.post(&format!("/api/plugins/{}/reload", self.name), &json!({})).await;
        // Who watches the folder may have been first.
        assert!(matches!(came["status"].as_str(), Some("replaced" | "unchanged")), "{came}");
    }

    async fn call(&self, guest: &Guest) {
        let args: Value = serde_json::from_str(&guest.args).unwrap();
        let path = format!("/api/tools/{}/{}/call", guest.name, guest.tool);
        let came = self.post(&path, &json!({ "args": args })).await;
        assert!(came["result"].is_object(), "{came}");
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("http://{}{path}", self.address);
        self.client.post(url).json(body).send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
