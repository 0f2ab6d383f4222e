//! Guests for tests, made of the template of a whole plugin, and a place where they run. No wasm toolchain is needed.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cicerone::engine::Call;
use cicerone::event::Timestamp;
use cicerone::plugin::{
    Answer, CallReport, Error, Failure, Grant, Kv, KvAnswer, MemoryKv, Options, Place as KvPlace,
    Plugin, Request, Sandbox, Terms,
};
use futures_util::FutureExt;
use futures_util::future::pending;
use serde_json::json;
use tokio::time::Instant;

pub(crate) use crate::template::Guest;

/// The imports of a guest that asks for `session`.
const SESSION: [&str; 4] = [
    r#"(import "cicerone:plugin/session@1.0.0" (instance $session
        (type $e (variant (case "not-granted") (case "bad-pointer" string)))
        (export "session-error" (type $error (eq $e)))
        (export "get" (func (param "pointer" string)
          (result (result (option string) (error $error)))))))"#,
    r#"(core func $session (canon lower (func $session "get")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))"#,
    r#"(import "host" "session" (func $session (param i32 i32 i32)))"#,
    r#"(export "session" (func $session))"#,
];

impl Guest {
    pub(crate) fn with_session(call: &'static str) -> Self {
        Self { parts: SESSION, ..Self::that(call) }
    }
}

/// A sandbox with a directory of its own.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) directory: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with_kv(Arc::new(MemoryKv::default()))
    }

    pub(crate) fn with_kv(kv: Arc<dyn Kv>) -> Self {
        Self::with(Options::default(), kv)
    }

    /// With so many places for sandboxes.
    pub(crate) fn with_places(places: u32) -> Self {
        Self::with(Options { places, ..Options::default() }, Arc::new(MemoryKv::default()))
    }

    fn with(options: Options, kv: Arc<dyn Kv>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            cache: directory.path().join("cache"),
            threads: 1,
            describe_timeout: Duration::from_secs(10),
            ..options
        };
        Self { sandbox: Sandbox::new(options, kv).unwrap(), directory }
    }

    /// Loads a component under a manifest with these lines after `[plugin]`.
    pub(crate) async fn load(
        &self,
        bytes: &[u8],
        lines: &str,
        grant: &str,
    ) -> Result<Plugin, Error> {
        let folder = self.directory.path().join("testing");
        write(&folder, bytes, lines);
        self.sandbox.load(&folder, &toml::from_str::<Grant>(grant).unwrap()).await
    }

    /// Loads a guest without rights.
    pub(crate) async fn plugin(&self, guest: &Guest, lines: &str) -> Plugin {
        self.load(&guest.bytes(), lines, "").await.unwrap()
    }
}

pub(crate) fn write(folder: &Path, bytes: &[u8], lines: &str) {
    let head = "[plugin]\nname = \"testing\"\nversion = \"1.0.0\"\nkind = \"wasm\"\n\
                component = \"testing.wasm\"\ncontract = \"1\"\n";
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("plugin.toml"), format!("{head}{lines}")).unwrap();
    fs::write(folder.join("testing.wasm"), bytes).unwrap();
}

/// A store that never answers.
#[derive(Debug)]
pub(crate) struct Stuck;

impl Kv for Stuck {
    fn get(&self, _: KvPlace, _: Timestamp) -> KvAnswer<'_, Option<Vec<u8>>> {
        pending().boxed()
    }

    fn set(&self, _: KvPlace, _: Vec<u8>, _: Terms) -> KvAnswer<'_, ()> {
        pending().boxed()
    }

    fn delete(&self, _: KvPlace, _: Timestamp) -> KvAnswer<'_, bool> {
        pending().boxed()
    }

    fn increment(&self, _: KvPlace, _: i64, _: Terms) -> KvAnswer<'_, i64> {
        pending().boxed()
    }

    fn compare_and_set(
        &self,
        _: KvPlace,
        _: Option<Vec<u8>>,
        _: Vec<u8>,
        _: Terms,
    ) -> KvAnswer<'_, bool> {
        pending().boxed()
    }
}

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// Long enough for any guest that ends, on any machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The guest says no: kind `unavailable`, code `sold_out`, retryable, after 70 ms, with details.
pub(crate) const SAYS_NO: &str = "
    (i32.store8 (i32.const 2048) (i32.const 1)) (i32.store8 (i32.const 2056) (i32.const 6))
    (i32.store8 (i32.const 2060) (i32.const 1))
    (i32.store (i32.const 2064) (i32.const 544)) (i32.store (i32.const 2068) (i32.const 8))
    (i32.store (i32.const 2072) (i32.const 528)) (i32.store (i32.const 2076) (i32.const 10))
    (i32.store8 (i32.const 2080) (i32.const 1)) (i32.store8 (i32.const 2088) (i32.const 1))
    (i64.store (i32.const 2096) (i64.const 70)) (i32.store8 (i32.const 2104) (i32.const 1))
    (i32.store (i32.const 2108) (i32.const 576)) (i32.store (i32.const 2112) (i32.const 10))";

pub(crate) fn ask() -> Call {
    let context = json!({"cart": ["tea"], "user": {"name": "Ada"}});
    let context = Arc::new(context.as_object().cloned().unwrap());
    Call { context, ..crate::tool::call("testing/do", json!({})) }
}

pub(crate) async fn attempt(
    plugin: &Plugin,
    time: Duration,
) -> (Result<Answer, Failure>, CallReport) {
    let (call, deadline) = (ask(), Instant::now() + time);
    plugin.call(Request { call: &call, tool: "do", attempt: 1, now: NOW, deadline }).await
}

/// A loop without end.
pub(crate) const ENDLESS: &str = "(loop $l (br $l))";

/// What a plugin asks for that keeps data.
pub(crate) const KV_ASKED: &str = "[capabilities]\nkv = { scopes = [\"plugin\"] }";
