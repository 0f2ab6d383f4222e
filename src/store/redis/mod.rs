//! The store in Redis, for any number of hosts. What must happen at once happens in one call of a function inside Redis
//! (`library`, `lua/`); what is sent twice happens once. How keys are named says `link`, what is in them docs/redis.md.

mod flows;
mod history;
mod index;
mod kv;
mod library;
mod log;
mod session;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::{Cmd, FromRedisValue, cmd};

use super::{Error, Tag};
use crate::event::HostId;
use crate::link::{Failure, Keys, Link, OpenError, Patience};
use library::{Function, Library};

/// The key that a probe writes lasts so many milliseconds.
const PROBE_MS: u64 = 1000;

/// The store in Redis. Clones share it.
#[derive(Debug, Clone)]
pub struct Redis {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    link: Link,
    library: Library,
    /// By which this store is told from any other.
    name: String,
    tag: AtomicU64,
    /// Plugins that are listed as having data.
    plugins: Mutex<HashSet<String>>,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(failure.to_string())
    }
}

impl Redis {
    /// Brings the functions, and finds out whether this user may do what they do.
    pub(super) async fn open(link: Link) -> Result<Self, OpenError> {
        let refused = |failure: Failure| link.refused(failure.to_string());
        let library = Library::open(&link).await.map_err(refused)?;
        // A host's tags are unlike another's, as they begin anywhere and go up.
        let first = getrandom::u64()
            .map_err(|error| link.refused(format!("there are no random numbers ({error})")))?;
        let place = link.keys().of("probe", "rights");
        let probe = library.call(&library::PROBE, &[&place]);
        let _done: u8 = library
            .run(&link, &library::PROBE, &probe, Patience::Deadline)
            .await
            .map_err(refused)?;
        let name = named(&link, first).await.map_err(refused)?;
        let (tag, plugins) = (AtomicU64::new(first), Mutex::default());
        Ok(Self { inner: Arc::new(Inner { link, library, name, tag, plugins }) })
    }

    pub(super) async fn beat(&self, host: &HostId, lease: Duration) -> Result<Vec<HostId>, Error> {
        let mut call = self.library().call(&library::BEAT, &[&self.keys().hosts()]);
        let lease = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        call.arg(host.as_str()).arg(lease);
        let living: Vec<String> = self.run(&library::BEAT, &call, Patience::Deadline).await?;
        let mut living: Vec<HostId> = living.iter().map(|name| HostId::new(name)).collect();
        living.sort_unstable();
        Ok(living)
    }

    pub(super) async fn leave(&self, host: &HostId) -> Result<(), Error> {
        self.ask(cmd("ZREM").arg(self.keys().hosts()).arg(host.as_str())).await
    }

    /// Writes: who only reads would not notice a full memory, a failing disk or a replica.
    pub(super) async fn ping(&self) -> Result<(), Error> {
        let mut set = cmd("SET");
        set.arg(self.keys().of("probe", "ping")).arg(1).arg("PX").arg(PROBE_MS);
        Ok(self.link().call(&set, Patience::Once).await?)
    }

    #[expect(clippy::unused_async, reason = "as every store's")]
    pub(super) async fn close(&self) -> Result<(), Error> {
        self.link().close();
        Ok(())
    }

    fn link(&self) -> &Link {
        &self.inner.link
    }

    fn keys(&self) -> &Keys {
        self.inner.link.keys()
    }

    fn library(&self) -> &Library {
        &self.inner.library
    }

    fn next_tag(&self) -> Tag {
        Tag(self.inner.tag.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a call that may be sent twice.
    async fn run<T: FromRedisValue>(
        &self,
        function: &Function,
        call: &Cmd,
        patience: Patience,
    ) -> Result<T, Error> {
        Ok(self.library().run(self.link(), function, call, patience).await?)
    }

    /// Sends a command that may be sent twice.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Error> {
        Ok(self.link().call(command, Patience::Deadline).await?)
    }

    async fn ask_all<T: FromRedisValue>(&self, commands: &[Cmd]) -> Result<Vec<T>, Error> {
        Ok(self.link().calls(commands, Patience::Deadline).await?)
    }

    fn is_new_plugin(&self, plugin: &str) -> bool {
        !self.inner.plugins.lock().unwrap_or_else(PoisonError::into_inner).contains(plugin)
    }

    fn know_plugin(&self, plugin: &str) {
        let mut plugins = self.inner.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        plugins.insert(plugin.to_owned());
    }
}

/// The name that the first host gave to what is kept there.
async fn named(link: &Link, chance: u64) -> Result<String, Failure> {
    let (meta, ours) = (link.keys().meta(), format!("{chance:016x}"));
    let mut set = cmd("HSETNX");
    set.arg(&meta).arg("store").arg(&ours);
    let _first: u8 = link.call(&set, Patience::Deadline).await?;
    link.call(cmd("HGET").arg(&meta).arg("store"), Patience::Deadline).await
}
