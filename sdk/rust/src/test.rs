//! Runs tools natively, in plain unit tests, on a host in memory. There is one such host for each thread, and tests
//! run on threads of their own, so no test sees another's.

use std::marker::PhantomData;
use std::time::Duration;

use serde_json::Value;

use crate::host::memory;
pub use crate::host::memory::Line;
use crate::{Context, Error, Plugin, http, kv};

/// The host of this thread. Making one empties it.
///
/// ```
/// # use cicerone_sdk::{config, runtime, test::Host};
/// let host = Host::new().with_config("seats", "40").with_now_ms(1_000);
/// assert_eq!(config::get("seats").as_deref(), Some("40"));
/// host.pass(std::time::Duration::from_secs(1));
/// assert_eq!(runtime::now_ms(), 2_000);
/// ```
#[derive(Debug)]
pub struct Host {
    // It is its thread's: handing it to another would be a handle to nothing.
    _here: PhantomData<*const ()>,
}

impl Host {
    /// An empty host: no settings, no context, no state, the clock at the Unix epoch.
    #[must_use]
    pub fn new() -> Self {
        memory::with(|memory| *memory = memory::Memory::default());
        Self { _here: PhantomData }
    }

    /// With the clock at this moment.
    #[must_use]
    pub fn with_now_ms(self, now_ms: u64) -> Self {
        memory::with(|memory| memory.now_ms = now_ms);
        self
    }

    /// With a setting of `plugin.toml`.
    #[must_use]
    pub fn with_config(self, key: &str, value: &str) -> Self {
        memory::with(|memory| memory.config.insert(key.to_owned(), value.to_owned()));
        self
    }

    /// With the conversation's context.
    #[must_use]
    pub fn with_session(self, context: Value) -> Self {
        memory::with(|memory| memory.session = context);
        self
    }

    /// With servers that answer like this. Requests come with the values of secrets in place of what stands for them.
    ///
    /// ```
    /// use cicerone_sdk::{http, test::Host};
    /// let host = Host::new().with_http(|request| match request.url.as_str() {
    ///     "https://shop.example/tea" => Ok(http::Response::new(200)),
    ///     _ => Err(http::Error::new(http::Failure::Denied, "no such shop")),
    /// });
    /// assert_eq!(http::get("https://shop.example/tea").send().unwrap().status, 200);
    /// assert!(http::get("https://shop.example/beer").send().is_err());
    /// assert_eq!(host.requests().len(), 2);
    /// ```
    #[must_use]
    pub fn with_http(
        self,
        servers: impl FnMut(&http::Request) -> Result<http::Response, http::Error> + 'static,
    ) -> Self {
        memory::with(|memory| memory.outside.servers = Some(Box::new(servers)));
        self
    }

    /// With a secret that goes into requests and is not seen.
    #[must_use]
    pub fn with_secret(self, name: &str, value: &str) -> Self {
        let secret = (value.to_owned(), false);
        memory::with(|memory| memory.outside.secrets.insert(name.to_owned(), secret));
        self
    }

    /// With a secret that the tool may see.
    #[must_use]
    pub fn with_exposed_secret(self, name: &str, value: &str) -> Self {
        let secret = (value.to_owned(), true);
        memory::with(|memory| memory.outside.secrets.insert(name.to_owned(), secret));
        self
    }

    /// The requests so far, as a server gets them.
    #[must_use]
    pub fn requests(&self) -> Vec<http::Request> {
        memory::with(|memory| memory.outside.requests.clone())
    }

    /// How far the tool said it was, each time.
    #[must_use]
    pub fn progress(&self) -> Vec<(Option<u8>, String)> {
        memory::with(|memory| memory.outside.progress.clone())
    }

    /// Topics and payloads of what was published so far.
    #[must_use]
    pub fn events(&self) -> Vec<(String, Value)> {
        memory::with(|memory| memory.outside.events.clone())
    }

    /// Moves the clock on.
    pub fn pass(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        memory::with(|memory| memory.now_ms = memory.now_ms.saturating_add(ms));
    }

    /// From now on nobody waits for the answer.
    pub fn cancel(&self) {
        memory::with(|memory| memory.cancelled = true);
    }

    /// From now on every use of `kv` fails like this; `None` mends it.
    pub fn fail_kv(&self, failure: Option<kv::Error>) {
        memory::with(|memory| memory.kv_failure = failure);
    }

    /// What was logged so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        memory::with(|memory| memory.lines.clone())
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// Calls a tool as the host would: arguments and value as JSON. The schemas are the host's to check, not checked here.
///
/// # Errors
/// What the tool says; `not-found` for a tool that the plugin does not have; `invalid-input` for arguments that do not
/// fit its struct.
pub fn call(plugin: &Plugin, tool: &str, context: &Context, args: &Value) -> Result<Value, Error> {
    let output = plugin.call(context, tool, &args.to_string())?;
    Ok(serde_json::from_str(&output.value)?)
}
