//! What a call of a sandboxed tool costs: a bare loop on the engine (fresh store, instance, call, drop), one attempt of a
//! plugin (the same with limits and rights), the whole schedule of the registry (with both checks against schemas), and
//! a guest that computes for so long that it goes on among the guests' own threads.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cicerone::clock::Clock;
use cicerone::engine::Call;
use cicerone::event::{CallId, Map, Timestamp};
use cicerone::flow::{self, Retry, Version};
use cicerone::plugin::{Grant, MemoryKv, Options, Plugin, Request, Sandbox};
use cicerone::tool::{self, Registry};
use criterion::Criterion;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, Store};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// A component with a memory and a function, without imports.
const BARE: &str = r#"(component
    (core module $m (memory 2) (func (export "call") (result i32) (i32.const 7)))
    (core instance $i (instantiate $m))
    (func (export "call") (result u32) (canon lift (core func $i "call"))))"#;

/// Some milliseconds of computing.
const LONG: &str = "(loop $l (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (br_if $l (i32.lt_u (global.get $depth) (i32.const 1000000))))";

/// The tests' plugin, with a tool that does this and gives `{"ok":true}`.
fn guest(call: &str) -> Vec<u8> {
    let text = include_str!("../tests/guests/plugin.wat")
        .replace("@schema@", "{\\22type\\22:\\22object\\22}")
        .replace("@schemalen@", "\\11\\00\\00\\00")
        .replace("@toollen@", "\\02\\00\\00\\00")
        .replace("@tool@", "do")
        .replace("@call@", call);
    let parts = ["imports", "lowered", "imported", "passed", "pages", "describe"];
    let text = parts.iter().fold(text, |text, part| text.replace(&format!("@{part}@"), ""));
    wat::parse_str(text).expect("the template is a component")
}

fn bare() -> (Engine, InstancePre<()>) {
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::pooling());
    let engine = Engine::new(&config).expect("an engine starts");
    let bytes = wat::parse_str(BARE).expect("the component is one");
    let component = Component::new(&engine, bytes).expect("it compiles");
    let ready = Linker::new(&engine).instantiate_pre(&component).expect("it needs nothing");
    (engine, ready)
}

fn call_bare(engine: &Engine, ready: &InstancePre<()>) -> u32 {
    let mut store = Store::new(engine, ());
    let instance = ready.instantiate(&mut store).expect("it starts");
    let call = instance.get_typed_func::<(), (u32,)>(&mut store, "call").expect("it is there");
    call.call(&mut store, ()).expect("it ends").0
}

async fn plugin(directory: &Path, call: &str) -> Plugin {
    let manifest = "[plugin]\nname = \"testing\"\nversion = \"1.0.0\"\nkind = \"wasm\"\n\
                    component = \"testing.wasm\"\ncontract = \"1\"\n";
    std::fs::write(directory.join("plugin.toml"), manifest).expect("the directory is ours");
    std::fs::write(directory.join("testing.wasm"), guest(call)).expect("the directory is ours");
    let options = Options { cache: directory.join("cache"), ..Options::default() };
    let sandbox = Sandbox::new(options, Arc::new(MemoryKv::default())).expect("a sandbox starts");
    sandbox.load(directory, &Grant::default()).await.expect("the plugin loads")
}

fn call() -> Call {
    Call {
        id: CallId::from("s1.7"),
        name: "testing/do".into(),
        uses: None,
        args: Map::new(),
        result_schema: None,
        flow: flow::Id::from("reservation"),
        version: Version::from("00"),
        state: "Booking".into(),
        locale: "en-US".into(),
        timeout_ms: 5_000,
        retry: Retry { max_attempts: 1, backoff_ms: 1, max_backoff_ms: 1, jitter: false },
        idempotent: false,
        deadline: NOW.plus_millis(5_000),
        context: Arc::default(),
    }
}

fn in_the_sandbox(runtime: &tokio::runtime::Runtime, plugin: &Plugin, call: &Call) -> Duration {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    let request = Request { call, tool: "do", attempt: 1, now: NOW, deadline };
    let (_outcome, report) = runtime.block_on(plugin.call(request));
    report.instantiate + report.guest + report.host
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let directory = tempfile::tempdir().expect("a directory is made");
    let long = runtime.block_on(plugin(directory.path(), LONG));
    let plugin = Arc::new(runtime.block_on(plugin(directory.path(), "")));
    let registry = Registry::new(tool::Options::default()).with_clock(Clock::Frozen(NOW));
    registry.replace_plugin(Arc::clone(&plugin)).expect("the tool is taken");
    let (call, token) = (call(), CancellationToken::new());
    let (engine, ready) = bare();
    criterion.bench_function("wasm_call/bare", |b| b.iter(|| call_bare(&engine, &ready)));
    // What the sandbox itself takes, by its own report: the store, the instance, the call.
    criterion.bench_function("wasm_call/sandbox", |b| {
        b.iter_custom(|times| (0..times).map(|_| in_the_sandbox(&runtime, &plugin, &call)).sum());
    });
    // The way to another runtime's thread and back, without a guest.
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    let threads = threads.expect("a runtime starts");
    criterion.bench_function("wasm_call/way", |b| {
        b.iter(|| runtime.block_on(threads.spawn(async {})));
    });
    for (name, plugin) in [("attempt", &*plugin), ("long", &long)] {
        criterion.bench_function(&format!("wasm_call/{name}"), |b| {
            b.iter(|| {
                let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
                let request = Request { call: &call, tool: "do", attempt: 1, now: NOW, deadline };
                runtime.block_on(plugin.call(request))
            });
        });
    }
    criterion.bench_function("wasm_call/schedule", |b| {
        b.iter(|| runtime.block_on(registry.call(&call, &token)));
    });
    criterion.final_summary();
}
