//! A whole host without a network for tests: the embedded store in a fresh directory, one small flow, and tools that
//! wait until the test lets them go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cicerone::bus::Bus;
use cicerone::catalog::Catalog;
use cicerone::clock::Clock;
use cicerone::engine::Input;
use cicerone::event::{Encoded, SessionId};
use cicerone::flow::{self, Offer};
use cicerone::nlu::Classifier;
use cicerone::reload::{self, Reload};
use cicerone::runtime::{self, Again, Answer, Choice, Feed, New, Runtime, again};
use cicerone::store::{self, Filter, Store};
use cicerone::tool::{self, Registry, Request};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// Generous: what is waited for takes milliseconds.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A conversation with a state for each thing that the runtime has to get right.
pub(crate) fn order_flow() -> Value {
    let back = |tool: &str| {
        json!([
            { "onToolResult": tool, "to": "Ask" },
            { "onToolError": tool, "to": "Failed" },
            { "pattern": "leave", "to": "Ask" }
        ])
    };
    json!({
        "meta": { "name": "Order" },
        "start": "Ask",
        "context": { "n": 0 },
        "intents": { "HELLO": { "examples": ["hello", "hello there"] } },
        "tools": {
            "slow": { "args": {}, "timeout_ms": 60000 },
            "sure": { "args": {}, "timeout_ms": 60000, "idempotent": true },
        },
        "states": {
            "Ask": {
                "onEnter": [{ "ask": "What now?" }],
                "transitions": [
                    { "pattern": "slow", "to": "Slow" },
                    { "pattern": "sure", "to": "Sure" },
                    { "pattern": "interruptible", "to": "Interruptible" },
                    { "pattern": "rejecting", "to": "Rejecting" },
                    { "pattern": "rest", "to": "Resting" },
                    { "pattern": "rest long", "to": "RestingLong" },
                    { "pattern": "bye", "to": "Bye" },
                    { "onIntent": "HELLO", "to": "Bye" },
                    { "pattern": "add *", "assign": { "n": "{{ctx.n + 1}}" } }
                ]
            },
            "Slow": { "onEnter": [{ "tool": "slow", "args": {} }], "transitions": back("slow") },
            "Sure": { "onEnter": [{ "tool": "sure", "args": {} }], "transitions": back("sure") },
            "Interruptible": {
                "busy": "interrupt",
                "onEnter": [{ "tool": "slow", "args": {} }],
                "transitions": back("slow")
            },
            "Rejecting": {
                "busy": "reject",
                "onEnter": [{ "tool": "slow", "args": {} }],
                "transitions": back("slow")
            },
            "Resting": {
                "after": [{ "ms": 40, "to": "Ask" }],
                "transitions": [{ "pattern": "leave", "to": "Ask" }]
            },
            "RestingLong": {
                "after": [{ "ms": 3600000, "to": "Ask" }],
                "transitions": [{ "pattern": "leave", "to": "Ask" }]
            },
            "Failed": {
                "onEnter": [{ "say": "It failed: {{error.kind}}" }],
                "transitions": [{ "pattern": "again", "to": "Ask" }]
            },
            "Bye": { "onEnter": [{ "say": "Goodbye." }], "final": true }
        }
    })
}

/// What the test's tools have in common: how often they were begun, and the permits without which they do not end.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) begun: Arc<AtomicUsize>,
    started: Arc<Semaphore>,
    permits: Arc<Semaphore>,
    left: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let none = || Arc::new(Semaphore::new(0));
        Self { begun: Arc::default(), started: none(), permits: none(), left: none() }
    }

    /// Lets `calls` calls end.
    pub(crate) fn open(&self, calls: usize) {
        self.permits.add_permits(calls);
    }

    /// Returns once one more call has begun.
    pub(crate) async fn begun_one(&self) {
        within(self.started.acquire()).await.unwrap().forget();
    }

    /// Returns once one more call has ended or was given up.
    pub(crate) async fn left_one(&self) {
        within(self.left.acquire()).await.unwrap().forget();
    }

    async fn pass(self, request: Request) -> Value {
        let _leaves = Leaves(Arc::clone(&self.left));
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.started.add_permits(1);
        self.permits.acquire().await.unwrap().forget();
        json!({ "call": request.call_id.as_str() })
    }
}

struct Leaves(Arc<Semaphore>);

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

/// Everything between the store and the network.
pub(crate) struct House {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) catalog: Arc<Catalog>,
    reload: Reload,
}

/// How a house is opened.
pub(crate) struct Plan {
    pub(crate) clock: Clock,
    pub(crate) gate: Gate,
    pub(crate) classifier: Classifier,
    pub(crate) options: runtime::Options,
    pub(crate) trial: reload::Trial,
}

impl Default for Plan {
    fn default() -> Self {
        let options = runtime::Options { grace: Duration::from_millis(200), ..Default::default() };
        let (gate, classifier) = (Gate::new(), Classifier::default());
        Self { clock: Clock::System, gate, classifier, options, trial: reload::Trial::default() }
    }
}

/// Writes `flows/order.json` into a fresh directory.
pub(crate) fn directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("flows")).unwrap();
    write_flow(dir.path(), "order", &order_flow());
    dir
}

pub(crate) fn flow_file(dir: &Path, id: &str) -> PathBuf {
    dir.join("flows").join(format!("{id}.json"))
}

pub(crate) fn write_flow(dir: &Path, id: &str, definition: &Value) {
    std::fs::write(flow_file(dir, id), serde_json::to_string_pretty(definition).unwrap()).unwrap();
}

impl House {
    pub(crate) async fn open(dir: &Path, plan: Plan) -> Self {
        Self::on(store(dir).await, Bus::local(), dir, plan).await
    }

    /// With a store and a bus that others may be on too.
    pub(crate) async fn on(store: Store, bus: Bus, dir: &Path, plan: Plan) -> Self {
        let tools = Arc::new(tools(&plan));
        let catalog = Arc::new(Catalog::new(store.clone(), tools.offers()));
        let reload = Reload::start(reload::Parts {
            options: reload::Options {
                agreed: Some(dir.join("flows-agreed.json")),
                ..reload::Options::new(dir.join("flows"), None)
            },
            catalog: Arc::clone(&catalog),
            bus: bus.clone(),
            clock: plan.clock,
            plugins: None,
            trial: plan.trial,
        });
        let reload = reload.await.unwrap();
        let parts = runtime::Parts {
            store: store.clone(),
            bus: bus.clone(),
            catalog: Arc::clone(&catalog),
            classifier: plan.classifier,
            tools,
            clock: plan.clock,
            options: plan.options,
        };
        let runtime = Runtime::start(parts).await.unwrap();
        Self { runtime, store, bus, catalog, reload }
    }

    /// The version of the order flow that new sessions begin on.
    pub(crate) fn current(&self) -> flow::Version {
        self.catalog.find(&"order".into()).unwrap().version.clone()
    }

    pub(crate) async fn begin(&self) -> SessionId {
        self.runtime.create(order(None), SOON).await.unwrap().session.id.clone()
    }

    pub(crate) async fn say(&self, id: &SessionId, words: &str) -> Answer {
        self.runtime.input(id, text(words), SOON).await.unwrap()
    }

    /// Changes a flow otherwise than by its file.
    pub(crate) async fn edit(&self, edit: reload::Edit) -> reload::Edited {
        within(self.reload.flows().edit(edit)).await
    }

    /// Sends a text and does not wait for what comes of it.
    pub(crate) async fn send(&self, id: &SessionId, words: &str) -> Answer {
        self.runtime.input(id, text(words), Duration::ZERO).await.unwrap()
    }

    pub(crate) async fn whole_log(&self, id: &SessionId) -> Vec<Encoded> {
        self.runtime.log(id, 0, 100_000).await.unwrap().events
    }

    /// Ends everything in order, so that the directory can be opened again. Whatever was said gives the same log again.
    pub(crate) async fn close(self) {
        let all = Filter { flow: None, active: None, after: None, limit: 1_000 };
        for (id, _) in self.runtime.list(&all).await.unwrap() {
            let once = again(&self.store, &self.catalog, &id, &Again::default()).await.unwrap();
            assert_eq!(once.replayed.stopped, None, "{:#?}", once.replayed.differences);
            assert!(once.is_same, "{:#?}", (once.log, once.replayed.events));
        }
        self.runtime.shutdown().await;
        self.store.close().await.unwrap();
    }
}

/// The directory's store; a host that was killed a moment ago may still hold it for as long.
async fn store(dir: &Path) -> Store {
    let opened = async {
        loop {
            match Store::open(&dir.join("data")).await {
                Ok(store) => return store,
                Err(error) => assert!(matches!(error, store::Error::Open(_)), "{error}"),
            }
            tokio::task::yield_now().await;
        }
    };
    within(opened).await
}

fn tools(plan: &Plan) -> Registry {
    let clock = plan.clock;
    let mut registry =
        Registry::new(tool::Options { timeout_max: SOON * 10, ..tool::Options::default() })
            .with_clock(clock);
    for name in ["test/slow", "test/sure"] {
        let gate = plan.gate.clone();
        let offer = Offer {
            name: name.into(),
            args: Arc::new(json!({ "type": "object" })),
            result: None,
            repeatable: false,
        };
        let pass = move |request| {
            let gate = gate.clone();
            async move { Ok(gate.pass(request).await) }
        };
        registry = registry.with_function(offer, pass).unwrap();
    }
    registry
}

pub(crate) fn order(id: Option<&str>) -> New {
    New {
        flow: Choice::Current(flow::Id::from("order")),
        id: id.map(|id| SessionId::new(id).unwrap()),
        context: cicerone::event::Map::new(),
        time_zone: None,
    }
}

pub(crate) fn text(words: &str) -> Input {
    Input::Text { text: words.to_owned(), message_id: None }
}

pub(crate) fn text_as(words: &str, message_id: &str) -> Input {
    Input::Text { text: words.to_owned(), message_id: Some(message_id.to_owned()) }
}

pub(crate) fn seqs(events: &[Encoded]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

/// `type`, and what a reader of a test wants to know of it.
pub(crate) fn brief(event: &Encoded) -> String {
    let json: Value = serde_json::from_str(&event.json).unwrap();
    let kind = json["type"].as_str().unwrap().to_owned();
    let field = match kind.as_str() {
        "user.text" | "say" | "ask" | "intent.unhandled" => &json["text"],
        "fsm.transition" => &json["to"],
        "tool.error" => &json["error"]["kind"],
        "session.ended" => &json["reason"],
        "error" => &json["code"],
        _ => &Value::Null,
    };
    field.as_str().map_or_else(|| kind.clone(), |field| format!("{kind} {field}"))
}

pub(crate) fn briefs(events: &[Encoded]) -> Vec<String> {
    events.iter().map(brief).collect()
}

/// Reads a feed until an event whose brief form is `last`.
pub(crate) async fn until(feed: &mut Feed, last: &str) -> Vec<Encoded> {
    let mut events = Vec::new();
    while !events.iter().any(|event| brief(event) == last) {
        events.extend(within(feed.next()).await.unwrap());
    }
    events
}

/// What must happen soon, or the test fails.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, work).await.expect("it happens soon")
}
