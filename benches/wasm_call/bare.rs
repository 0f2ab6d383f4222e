//! Bare loops on the engine: a store, an instance, a call, and nothing that a host needs around it. What examples
//! ask before they have looked at their arguments is answered; more ends them, and is not asked here.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceTable};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    UpdateDeadline,
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::guests::Guest;

mod bindings {
    wasmtime::component::bindgen!({
        path: "wit/v1",
        inline: "package cicerone:bare; world bare { export cicerone:plugin/tools@1.0.0; }",
        world: "cicerone:bare/bare",
        exports: { default: async },
    });
}

use bindings::BarePre;
use bindings::cicerone::plugin::types::CallContext;

/// What an operator sets, as a plugin reads it.
type Settings = Arc<BTreeMap<String, String>>;

/// Enough for any call.
const FUEL: u64 = 20_000_000_000;

/// Where memory comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pool {
    /// As the host has it.
    Pooled,
    /// Mapped for each instance.
    OnDemand,
}

/// One component, ready.
pub(crate) struct Bare {
    engine: Engine,
    component: Component,
    settings: Settings,
    ready: BarePre<State>,
}

/// One instance that is called again and again.
pub(crate) struct Live {
    store: Store<State>,
    tools: bindings::Bare,
}

/// WASI, made when it is first used.
#[derive(Default)]
pub(crate) struct State {
    wasi: Option<WasiCtx>,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| WasiCtx::builder().build());
        WasiCtxView { ctx, table: &mut self.table }
    }
}

impl Bare {
    pub(crate) fn new(guest: &Guest, pool: Pool) -> Self {
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(true).concurrency_support(false);
        if matches!(pool, Pool::Pooled) {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling()));
        }
        let engine = Engine::new(&config).expect("an engine starts");
        let component = Component::new(&engine, &guest.component).expect("it compiles");
        let settings = settings(guest);
        let linked = linker(&engine, &component, &settings).instantiate_pre(&component);
        let ready = BarePre::new(linked.expect("it needs nothing more")).expect("it is a plugin");
        Self { engine, component, settings, ready }
    }

    /// A sandbox for one call.
    pub(crate) async fn fresh(&self, guest: &Guest) {
        self.start().await.call(guest).await.expect("it does not crash");
    }

    /// The same, and a linker with it, as if nothing were prepared.
    pub(crate) async fn with_a_linker(&self, guest: &Guest) {
        let linker = linker(&self.engine, &self.component, &self.settings);
        let mut store = self.store();
        let tools = bindings::Bare::instantiate_async(&mut store, &self.component, &linker).await;
        let called = Live { store, tools: tools.expect("it starts") }.call(guest).await;
        called.expect("it does not crash");
    }

    pub(crate) async fn start(&self) -> Live {
        let mut store = self.store();
        let tools = self.ready.instantiate_async(&mut store).await.expect("it starts");
        Live { store, tools }
    }

    fn store(&self) -> Store<State> {
        let mut store = Store::new(&self.engine, State::default());
        store.set_fuel(FUEL).expect("fuel is counted");
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        store
    }
}

impl Live {
    /// Comes to an answer, whatever that says. A guest that did not is not to be called again.
    pub(crate) async fn call(&mut self, guest: &Guest) -> wasmtime::Result<()> {
        let context = CallContext {
            call_id: "s1.7".to_owned(),
            attempt: 1,
            deadline_ms: 5_000,
            session_id: "s1".to_owned(),
            flow: "bench".to_owned(),
            state: "Calling".to_owned(),
            locale: Some("en-US".to_owned()),
            traceparent: None,
            extra: Vec::new(),
        };
        self.store.set_fuel(FUEL).expect("fuel is counted");
        let tools = self.tools.cicerone_plugin_tools();
        let answer = tools.call_call(&mut self.store, &context, guest.tool, &guest.args).await;
        answer.map(drop)
    }
}

/// Those of the guest's `plugin.toml`.
fn settings(guest: &Guest) -> Settings {
    let manifest = std::fs::read_to_string(guest.folder.join("plugin.toml"));
    let manifest = manifest.ok().and_then(|text| text.parse::<toml::Table>().ok());
    let settings = manifest.as_ref().and_then(|table| table.get("config")?.as_table());
    let text =
        |(key, value): (&String, &toml::Value)| Some((key.clone(), value.as_str()?.to_owned()));
    Arc::new(settings.into_iter().flatten().filter_map(text).collect())
}

fn linker(engine: &Engine, component: &Component, settings: &Settings) -> Linker<State> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("WASI is linked");
    for (name, item) in component.component_type().imports(engine) {
        if let (true, ComponentItem::ComponentInstance(ours)) =
            (name.starts_with("cicerone:plugin/"), item.ty)
        {
            let settings = name.contains("/config@").then_some(settings);
            let mut linker = linker.instance(name).expect("it is imported once");
            link(&mut linker, (&ours, engine), settings);
        }
    }
    linker
}

/// What examples ask before they have looked at their arguments is answered: their settings, that it is 1970, and
/// chance, which is always the same.
fn link(
    to: &mut LinkerInstance<'_, State>,
    (ours, engine): (&types::ComponentInstance, &Engine),
    settings: Option<&Settings>,
) {
    for (name, item) in ours.exports(engine) {
        let linked = match (name, item.ty) {
            ("now-ms", _) => to.func_wrap(name, |_, (): ()| Ok((0_u64,))),
            ("random", _) => {
                let zeros = |length| vec![0_u8; usize::try_from(length).unwrap_or(0)];
                to.func_wrap(name, move |_, (length,): (u32,)| Ok((zeros(length),)))
            }
            ("get", ComponentItem::ComponentFunc(get)) if get.params().len() == 1 => {
                let settings = settings.cloned().unwrap_or_default();
                to.func_wrap(name, move |_, (key,): (String,)| Ok((settings.get(&key).cloned(),)))
            }
            (_, ComponentItem::ComponentFunc(_)) => {
                to.func_new(name, |_, _, _, _| Err(wasmtime::Error::msg("nobody answers here")))
            }
            _ => Ok(()),
        };
        linked.expect("it is imported once");
    }
}

/// As in `src/plugin/engine.rs`.
fn pooling() -> PoolingAllocationConfig {
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(1_000)
        .total_core_instances(u32::MAX)
        .total_memories(1_000)
        .total_tables(4_000)
        .total_stacks(1_000)
        .max_memory_size(256 << 20)
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(if scan { 1 << 20 } else { 64 << 10 })
        .table_keep_resident(64 << 10);
    pool
}
