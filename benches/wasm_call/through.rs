//! The host's own path: a plugin loaded as a host loads it, and called as its registry does.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cicerone::engine::Call;
use cicerone::event::{CallId, Map, Timestamp};
use cicerone::flow::{self, Retry, Version};
use cicerone::plugin::{Grant, MemoryKv, Options, Plugin, Request, Sandbox};
use tokio::time::Instant;

use crate::guests::Guest;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// A loaded plugin, and what it is asked.
#[derive(Clone)]
pub(crate) struct Through {
    plugin: Arc<Plugin>,
    call: Arc<Call>,
}

impl Through {
    /// A place for plugins whose compiled components are kept there.
    pub(crate) fn sandbox(place: &Path) -> Sandbox {
        let options = Options {
            cache: place.join("cache"),
            describe_timeout: Duration::from_secs(10),
            ..Options::default()
        };
        Sandbox::new(options, Arc::new(MemoryKv::default())).expect("a sandbox starts")
    }

    pub(crate) async fn load(guest: &Guest, place: &Path, mode: &str) -> Self {
        let sandbox = Self::sandbox(place);
        let plugin = Arc::new(Self::load_into(&sandbox, guest, place, mode).await);
        let args: Map = serde_json::from_str(&guest.args).expect("the arguments are an object");
        Self { plugin, call: Arc::new(call(args)) }
    }

    pub(crate) async fn load_into(
        sandbox: &Sandbox,
        guest: &Guest,
        place: &Path,
        mode: &str,
    ) -> Plugin {
        let folder = place.join(mode).join(guest.name);
        std::fs::create_dir_all(&folder).expect("the directory is ours");
        let manifest = std::fs::read_to_string(guest.folder.join("plugin.toml"));
        let manifest = manifest.expect("a plugin has a plugin.toml");
        let manifest = format!("{manifest}\n[instance]\nmode = \"{mode}\"\n");
        let component = folder.join(format!("{}.wasm", guest.name));
        std::fs::write(folder.join("plugin.toml"), manifest).expect("the directory is ours");
        std::fs::write(component, &guest.component).expect("the directory is ours");
        let loaded = sandbox.load(&folder, &Grant::of_whatever_is_asked()).await;
        loaded.expect("an example loads")
    }

    pub(crate) async fn call(&self, guest: &Guest) {
        let deadline = Instant::now() + Duration::from_secs(5);
        let request =
            Request { call: &self.call, tool: guest.tool, attempt: 1, now: NOW, deadline };
        let (outcome, report) = self.plugin.call(request).await;
        // Whatever the tool says, it said it; what it could not say would be another failure.
        let said = matches!(report.failed, None | Some(cicerone::event::ToolErrorKind::Tool));
        assert!(said, "{outcome:?}");
    }
}

fn call(args: Map) -> Call {
    Call {
        id: CallId::from("s1.7"),
        name: "bench".into(),
        uses: None,
        args,
        result_schema: None,
        flow: flow::Id::from("bench"),
        version: Version::from("00"),
        state: "Calling".into(),
        locale: "en-US".into(),
        timeout_ms: 5_000,
        retry: Retry { max_attempts: 1, backoff_ms: 1, max_backoff_ms: 1, jitter: false },
        idempotent: false,
        deadline: NOW.plus_millis(5_000),
        context: Arc::default(),
    }
}
