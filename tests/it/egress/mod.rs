//! The ways out of a sandbox, with a guest that does what a test says, against servers on loopback. Names lead where the
//! table here says; no test asks a real resolver.

mod allowed;
mod bounded;
mod elsewhere;
mod played;
mod refused;
mod replayed;
mod secret;
mod told;
mod wasi;

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cicerone::clock::Clock;
use cicerone::engine::Call;
use cicerone::event::{CallId, ToolErrorKind};
use cicerone::net::Names;
use cicerone::plugin::{
    CallReport, EgressOptions, Error, Failure, Grant, Lent, MemoryKv, Options, Plugin, Request,
    Sandbox,
};
use cicerone::secret::Secrets;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::guest::{LONG, NOW};
use crate::http::server::{Reply, Server};

/// What must be shown to nobody but `ours.test`.
pub(crate) const KEY: &str = "the key/nobody+may \"see\"";

/// Where names lead. `ours.test` is a server of the test, for plugins that may go into private networks.
const NAMES: &[(&str, &[&str])] = &[
    ("ours.test", &["127.0.0.1"]),
    ("theirs.test", &["127.0.0.1"]),
    ("counted.test", &["127.0.0.1"]),
    ("metadata.test", &["169.254.169.254"]),
    ("mapped.test", &["::ffff:10.0.0.1"]),
    ("translated.test", &["64:ff9b::7f00:1"]),
    ("mixed.test", &["1.1.1.1", "127.0.0.1"]),
];

/// How often `counted.test` was looked up.
static LOOKED_UP: AtomicUsize = AtomicUsize::new(0);

/// One sandbox for all tests: the guest is compiled once. It lives on threads of its own.
static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| sandbox(EgressOptions::default(), lent()));

fn lent() -> Lent {
    let set = |name: &str, value: &str| (format!("CICERONE_SECRET_{name}"), value.to_owned());
    let secrets = Secrets::among([set("KEY", KEY), set("SEEN", "plain"), set("X", "x")]);
    let names = Names::Given(Arc::new(|name: &str| -> Vec<IpAddr> {
        if name == "counted.test" {
            LOOKED_UP.fetch_add(1, Ordering::SeqCst);
        }
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map_or(&[][..], |(_, to)| to).iter().map(|to| to.parse().unwrap()).collect()
    }));
    Lent { secrets, names, ..Lent::new(Arc::new(MemoryKv::default())) }
}

fn sandbox(egress: EgressOptions, lent: Lent) -> Sandbox {
    let options = Options {
        cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("egress"),
        threads: 2,
        describe_timeout: LONG,
        egress,
        ..Options::default()
    };
    Sandbox::new(options, lent).unwrap()
}

/// The guest, as it was built on this machine or as git has it.
pub(crate) fn component() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/hostile/probe");
    let built = std::fs::read(folder.join("target/probe.wasm"));
    built.or_else(|_not_built| std::fs::read(folder.join("probe.wasm"))).unwrap()
}

/// What the guest imports beside `http` and has to ask for.
const REST: &str =
    "kv = { scopes = [\"plugin\"] }\nprogress = true\nevents = { topics = [\"booked\"] }\n";

/// What the guest asks for and is granted.
struct Rights {
    /// Of `secrets = [...]`.
    secrets: &'static str,
    /// Each of them a table in `http = [...]`.
    http: Vec<String>,
    limits: &'static str,
}

impl Rights {
    /// Everything at these servers, wherever they are.
    fn to(hosts: &[String]) -> Self {
        Self::with(hosts, "private_networks = true")
    }

    fn with(hosts: &[String], more: &str) -> Self {
        let hosts = hosts.iter().map(|host| format!("\"{host}\"")).collect::<Vec<_>>().join(", ");
        let methods = "methods = [\"GET\", \"POST\"]";
        let secrets = "{ name = \"key\", hosts = [\"ours.test\"] }";
        let http = vec![format!("{{ hosts = [{hosts}], {methods}, {more} }}")];
        Self { secrets, http, limits: "" }
    }

    fn lines(&self) -> String {
        format!("{REST}secrets = [{}]\nhttp = [{}]\n", self.secrets, self.http.join(", "))
    }
}

struct Probe {
    plugin: Plugin,
    _folder: tempfile::TempDir,
}

async fn load(sandbox: &Sandbox, asked: &str, granted: &str) -> Result<Probe, Error> {
    let folder = tempfile::tempdir().unwrap();
    crate::guest::write(folder.path(), &component(), asked);
    let grant: Grant = toml::from_str(granted).unwrap();
    let plugin = sandbox.load(folder.path(), &grant).await?;
    Ok(Probe { plugin, _folder: folder })
}

async fn probe(rights: &Rights) -> Probe {
    probe_in(&SANDBOX, rights).await
}

async fn probe_in(sandbox: &Sandbox, rights: &Rights) -> Probe {
    let asked = format!("{}\n[capabilities]\n{}", rights.limits, rights.lines());
    load(sandbox, &asked, &rights.lines()).await.unwrap()
}

/// One that may do everything at `ours.test`, which is this server.
async fn at(server: &Server) -> Probe {
    probe(&Rights::to(&[ours(server)])).await
}

fn ours(server: &Server) -> String {
    format!("http://ours.test:{}", server.port())
}

fn theirs(server: &Server) -> String {
    format!("http://theirs.test:{}", server.port())
}

impl Probe {
    async fn attempt(
        &self,
        tool: &str,
        args: Value,
        time: Duration,
    ) -> (Result<Value, Failure>, CallReport) {
        let id = CallId::from("s1.7");
        let call = Call { id, ..crate::tool::call(&format!("testing/{tool}"), args) };
        let deadline = Instant::now() + time;
        let request = Request { call: &call, tool, attempt: 1, now: NOW, deadline };
        let (outcome, report) = self.plugin.call(request).await;
        (outcome.map(|answer| answer.value), report)
    }

    async fn call(&self, tool: &str, args: Value) -> Value {
        self.attempt(tool, args, LONG).await.0.unwrap()
    }

    /// The tool's own error.
    async fn refused(&self, tool: &str, args: Value) -> String {
        let error = self.attempt(tool, args, LONG).await.0.unwrap_err().error;
        assert_eq!(error.kind, ToolErrorKind::Tool, "{error:?}");
        error.code.unwrap()
    }

    /// What came of one request.
    async fn fetch(&self, args: Value) -> Value {
        self.call("fetch", args).await[0].clone()
    }

    async fn get(&self, url: &str) -> Value {
        self.fetch(json!({ "url": url })).await
    }
}

/// How a request failed, and whether it was sent.
fn failure(answer: &Value) -> (&str, bool) {
    (answer["failure"].as_str().unwrap_or("none"), answer["sent"] == true)
}

fn header<'a>(answer: &'a Value, name: &str) -> &'a str {
    let headers = answer["headers"].as_array().unwrap();
    let found = headers.iter().find(|header| header[0] == name);
    found.map_or("", |header| header[1].as_str().unwrap())
}

/// A server that says no more than that it is there.
async fn server() -> Server {
    Server::start(|_| Reply::json(200, &json!({ "here": true }))).await
}

fn frozen() -> Lent {
    Lent { clock: Clock::Frozen(NOW), seed: Some(7), ..lent() }
}
