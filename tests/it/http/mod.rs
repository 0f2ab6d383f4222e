//! Tools of servers, at the registry's door, against servers on loopback that do what the test says: what is sent, what
//! each answer comes to, and where no request may go.

pub(crate) mod server;
mod asking;
mod answers;
mod refused;

use std::sync::Arc;
use std::time::Duration;

use cicerone::clock::Clock;
use cicerone::engine::{Call, Done, Outcome};
use cicerone::event::{Timestamp, ToolError};
use cicerone::manifest::{Grant, Manifest};
use cicerone::secret::Secrets;
use cicerone::tool::{Error, Http, Options, Registry};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use server::{Reply, Server};

/// Of [`crate::tool::call`].
const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// What must be shown to nobody.
const KEY: &str = "the-key-nobody-may-see";
const TOKEN: &str = "the-token-nobody-may-see";

/// What a plugin of these tests says, beside its URL.
#[derive(Clone, Copy, Default)]
struct Says<'a> {
    /// In `[http]`.
    http: &'a str,
    /// In `[limits]`.
    limits: &'a str,
    /// In `[[tool]]`.
    tool: &'a str,
}

fn manifest(url: &str, says: Says<'_>) -> String {
    let Says { http, limits, tool } = says;
    format!(
        "[plugin]\nname = \"testing\"\nversion = \"1.0.0\"\nkind = \"http\"\n[http]\nurl = \"{url}\"\n{http}\n\
         [limits]\n{limits}\n[[tool]]\nname = \"do\"\ndescription = \"Does it.\"\n\
         input_schema = {{ type = \"object\" }}\n{tool}\n"
    )
}

fn secrets() -> Secrets {
    let variables = [("CICERONE_SECRET_KEY", KEY), ("CICERONE_SECRET_TOKEN", TOKEN)];
    Secrets::among(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn granted(text: &str) -> Grant {
    toml::from_str(text).unwrap()
}

fn open(text: &str, grant: &str) -> Result<Http, Error> {
    let Manifest::Http(manifest) = Manifest::parse(text)? else { panic!("not of a server") };
    Http::open(*manifest, &cicerone::manifest::digest(text), &granted(grant), &secrets())
}

/// A registry with the one tool `testing/do` of this server, which may do all it wants.
fn registry(server: &Server, says: Says<'_>) -> Registry {
    let http = format!("private_networks = true\n{}", says.http);
    let text = manifest(&server.url(), Says { http: &http, ..says });
    let grant = format!(
        "http = [{{ hosts = [\"http://{}\"], private_networks = true }}]\nsecrets = [\"key\", \"token\"]",
        server.address
    );
    with(&open(&text, &grant).unwrap())
}

fn with(http: &Http) -> Registry {
    let registry = Registry::new(Options::default()).with_clock(Clock::Frozen(NOW));
    registry.replace_http(http).unwrap();
    registry
}

/// A call of it that may not be sent twice, with up to three attempts.
fn call() -> Call {
    Call { timeout_ms: 20_000, ..crate::tool::call("testing/do", json!({ "n": 1 })) }
}

async fn run(registry: &Registry, call: &Call) -> Outcome {
    let cancelled = CancellationToken::new();
    let work = registry.call(call, &cancelled);
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("an outcome in time")
}

#[track_caller]
fn done(outcome: Outcome) -> Done {
    match outcome {
        Outcome::Done(done) => done,
        Outcome::Failed(error) => panic!("no result: {error:?}"),
    }
}

#[track_caller]
fn error(outcome: Outcome) -> ToolError {
    match outcome {
        Outcome::Failed(error) => error,
        Outcome::Done(done) => panic!("no failure: {done:?}"),
    }
}

/// What a call comes to whose every attempt is answered so, and how many attempts there were.
async fn failing(reply: Reply, repeatable: bool) -> (ToolError, usize) {
    let reply = Arc::new(reply);
    let server = Server::start(move |_| reply.as_ref().clone()).await;
    let tool = if repeatable { "effects = [\"idempotent\"]" } else { "" };
    let registry = registry(&server, Says { tool, limits: "output = \"1KiB\"", ..Says::default() });
    let error = error(run(&registry, &call()).await);
    (error, server.seen().len())
}
