//! One case in a sandbox.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde_json::Value;
use tokio::time::Instant;

use super::Tried;
use super::file::{Case, Data, Requested};
use super::judge::{self, judge, shown};
use super::servers::Servers;
use super::text;
use crate::clock::Clock;
use crate::engine::Call;
use crate::event::{CallId, SessionId, Timestamp, ToolError};
use crate::flow::{self, Retry};
use crate::manifest::{Grant, Variation, Wasm};
use crate::plugin::wire::Wire;
use crate::plugin::{
    self, Answer, CallReport, Kv, Lent, MemoryKv, Plugin, Request, Terms, ToolDef,
};
use crate::rehearsal::compare::{Mismatch, instead};
use crate::secret::{Secrets, variable};
use crate::tool::Contract;

/// The time of a case that names none.
const NOW: &str = "2026-03-02T12:00:00Z";

/// From which a case's chance follows: the same each time.
const SEED: u64 = 0;

/// The conversation that a case is in.
const SESSION: &str = "trial";

/// The answer or why there is none, and what the sandbox says of it.
type Came = (Result<Answer, ToolError>, CallReport);

/// What all cases share.
pub(super) struct Place<'a> {
    pub(super) plugin: &'a Plugin,
    /// Its `plugin.toml`.
    pub(super) text: &'a str,
    pub(super) kv: &'a Arc<MemoryKv>,
    pub(super) grant: &'a Grant,
}

impl Place<'_> {
    pub(super) async fn run(&self, case: Case) -> Tried {
        let (mismatches, report) = match self.tried(&case).await {
            Ok(tried) => tried,
            Err(mismatch) => (vec![mismatch], CallReport::default()),
        };
        let tool = case.tool.unwrap_or_else(|| text::TEXT.to_owned());
        Tried { name: case.name, tool, mismatches, report }
    }

    /// What is not as expected, or why the call could not be made.
    async fn tried(&self, case: &Case) -> Result<(Vec<Mismatch>, CallReport), Mismatch> {
        let now = moment(case.now.as_deref().unwrap_or(NOW))?;
        let servers = Servers::new(&case.http)?;
        let plugin = self.plugin_for(case, now, servers.wire())?;
        self.fill(&case.kv, now)?;
        let (outcome, report) = match &case.tool {
            Some(tool) => self.call(case, tool, &plugin, now).await?,
            None => ask(case, &plugin, now).await?,
        };
        let kv = |expected: &Data| self.found(expected);
        let requests = |expected: &[Requested]| servers.asked(expected);
        let came = judge::Came { outcome, kv: &kv, requests: &requests };
        let mut mismatches = judge(&case.expect, &came);
        // Rather the cause than what the tool made of it.
        mismatches.splice(..0, servers.unexpected());
        Ok((mismatches, report))
    }

    /// What came of the call.
    async fn call(
        &self,
        case: &Case,
        tool: &str,
        plugin: &Plugin,
        now: Timestamp,
    ) -> Result<Came, Mismatch> {
        let found = plugin.tools.iter().find(|one| one.name == tool);
        let tool = found.ok_or_else(|| {
            let names: Vec<&str> = plugin.tools.iter().map(|tool| tool.name.as_str()).collect();
            instead("tool", &format!("one of {}", names.join(", ")), tool)
        })?;
        let contract = Contract::new(&tool.input, tool.output.as_deref())
            .map_err(|why| instead("tool", "schemas that are valid", &why))?;
        let args = Value::Object(case.args.clone());
        if let Err(error) = contract.check_args(&args) {
            return Ok((Err(error), CallReport::default()));
        }
        let call = call(case, tool, now);
        let deadline = Instant::now() + tool.timeout;
        let request = Request { call: &call, tool: &tool.name, attempt: 1, now, deadline };
        let (outcome, report) = plugin.call(request).await;
        let outcome = outcome.map_err(|failure| failure.error);
        let checked =
            outcome.and_then(|answer| contract.check_result(&answer.value).map(|()| answer));
        Ok((checked, report))
    }

    /// The plugin with the limits and settings of the case, in a host that lends it what the case says.
    fn plugin_for(&self, case: &Case, now: Timestamp, wire: Wire) -> Result<Plugin, Mismatch> {
        let variation = Variation { limits: &case.limits, config: &case.config };
        let wrong = |error: plugin::Error| {
            instead("limits, config", "something that plugin.toml could say", &error.to_string())
        };
        let manifest = Wasm::varied(self.text, variation).map_err(|error| wrong(error.into()))?;
        let lent = Lent {
            secrets: secrets(case, &manifest)?,
            wire,
            clock: Clock::Frozen(now),
            seed: Some(SEED),
            ..Lent::new(Arc::clone(self.kv) as Arc<dyn Kv>)
        };
        self.plugin.varied(&manifest, self.grant, lent).map_err(wrong)
    }

    /// Only what the case says lies there.
    fn fill(&self, data: &Data, now: Timestamp) -> Result<(), Mismatch> {
        self.kv.clear();
        let terms = Terms {
            value_max: u64::MAX,
            bytes_max: u64::MAX,
            keys_max: u64::MAX,
            ttl_ms: None,
            now,
        };
        for (place, value) in self.places(data) {
            let bytes = match value {
                Value::String(text) => text.clone().into_bytes(),
                other => other.to_string().into_bytes(),
            };
            // In this process it is there at once.
            let set = self.kv.set(place, bytes, terms).now_or_never();
            if let Some(Err(error)) = set {
                return Err(instead("kv", "values that can be kept", &error.to_string()));
            }
        }
        Ok(())
    }

    /// What lies in the places that are named, as the file would say it.
    fn found(&self, expected: &Data) -> Data {
        let read = |place: plugin::Place, expected: &Value| {
            let read = self.kv.get(place, Timestamp::from_millis(0)).now_or_never();
            let bytes = read.and_then(Result::ok).flatten();
            bytes.map_or(Value::Null, |bytes| shown(&bytes, expected))
        };
        let mut found = Data::default();
        for (place, value) in self.places(expected) {
            let (session, key) = (place.session.is_some(), place.key.clone());
            let into = if session { &mut found.session } else { &mut found.plugin };
            into.insert(key, read(place, value));
        }
        found
    }

    fn places<'d>(&self, data: &'d Data) -> Vec<(plugin::Place, &'d Value)> {
        let place = |key: &str, session: Option<SessionId>| plugin::Place {
            plugin: self.plugin.name.clone(),
            session,
            key: key.to_owned(),
        };
        let whole = data.plugin.iter().map(|(key, value)| (place(key, None), value));
        let ours = SessionId::new(SESSION).ok();
        let session = data.session.iter().map(|(key, value)| (place(key, ours.clone()), value));
        whole.chain(session).collect()
    }
}

/// What is understood of the case's text.
async fn ask(case: &Case, plugin: &Plugin, now: Timestamp) -> Result<Came, Mismatch> {
    if !plugin.classifies {
        let none = "one that has only tools";
        return Err(instead("text", "a plugin that understands texts", none));
    }
    let flow =
        text::flow(case).map_err(|(place, why)| instead(&place, "a flow's intents", &why))?;
    let (outcome, report) = text::understood(plugin, &flow, &text::query(case, &flow, now)).await;
    Ok((outcome.map(|value| Answer { value, ..Answer::default() }), report))
}

/// Those of the case, which plugin.toml asks for.
fn secrets(case: &Case, manifest: &Wasm) -> Result<Secrets, Mismatch> {
    let asked: Vec<&str> =
        manifest.capabilities.secrets.iter().map(|secret| secret.name.as_str()).collect();
    if let Some(unknown) = case.secrets.keys().find(|name| !asked.contains(&name.as_str())) {
        let known = match asked.is_empty() {
            true => "none, as plugin.toml asks for no secrets".to_owned(),
            false => format!("one of {}", asked.join(", ")),
        };
        return Err(instead("secrets", &known, unknown));
    }
    Ok(Secrets::among(case.secrets.iter().map(|(name, value)| (variable(name), value.clone()))))
}

fn moment(text: &str) -> Result<Timestamp, Mismatch> {
    let read: Result<jiff::Timestamp, _> = text.parse();
    let wrong = |_error| instead("now", "a moment in RFC 3339, such as 2026-03-02T12:00:00Z", text);
    read.map(|at| Timestamp::from_millis(at.as_millisecond())).map_err(wrong)
}

fn call(case: &Case, tool: &ToolDef, now: Timestamp) -> Call {
    let timeout_ms = u64::try_from(tool.timeout.as_millis()).unwrap_or(u64::MAX);
    Call {
        id: CallId::from(format!("{SESSION}.1").as_str()),
        name: tool.name.clone(),
        uses: None,
        args: case.args.clone(),
        result_schema: None,
        flow: flow::Id::from(SESSION),
        version: flow::Version::from(""),
        state: "Trial".to_owned(),
        locale: case.locale.clone().unwrap_or_else(|| "en-US".to_owned()),
        timeout_ms,
        retry: Retry { max_attempts: 1, backoff_ms: 0, max_backoff_ms: 0, jitter: false },
        idempotent: false,
        deadline: now.plus_millis(timeout_ms),
        context: Arc::new(case.context.clone()),
    }
}
