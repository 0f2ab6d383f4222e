//! The place where plugins are loaded and called: one machine, one linker per contract version, one cache.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio::time::Instant;

use super::artifact::Artifacts;
use super::bindings::cicerone::plugin::types::{CallContext, Field};
use super::chance::{Chance, Drawer};
use super::contract::Linkers;
use super::egress::Roads;
use super::engine::Machine;
use super::guest::{self, Attempt};
use super::host::Calling;
use super::known::InUse;
use super::lent::Lent;
use super::load::{self, Plugin};
use super::outcome::{Answer, Failure};
use super::report::CallReport;
use super::{Error, Options};
use crate::engine::{Call, Teller};
use crate::event::{SessionId, Timestamp, ToolErrorKind};
use crate::manifest::Grant;

/// Where plugins run. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) options: Options,
    pub(super) machine: Machine,
    pub(super) linkers: Linkers,
    pub(super) artifacts: Artifacts,
    pub(super) in_use: InUse,
    pub(super) lent: Arc<Lent>,
    pub(super) roads: Arc<Roads>,
}

/// One attempt at a call of one tool.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The call.
    pub call: &'a Call,
    /// The plugin's name for the tool.
    pub tool: &'a str,
    /// 1 for the first.
    pub attempt: u32,
    /// The conversation's clock.
    pub now: Timestamp,
    /// When the attempt is given up.
    pub deadline: Instant,
}

impl Sandbox {
    /// Starts the engine and its threads. What plugins keep, spend and say goes to what is `lent` to them.
    ///
    /// # Errors
    /// [`Error::Machine`] when the system gives no threads or no memory.
    pub fn new(options: Options, lent: impl Into<Lent>) -> Result<Self, Error> {
        let machine = Machine::new(&options)?;
        let linkers = Linkers::new(machine.engine());
        let linkers = linkers.map_err(|error| Error::Machine(format!("{error:#}")))?;
        let artifacts = Artifacts::new(options.cache.clone(), options.compiler.clone());
        let (in_use, lent, roads) = (InUse::default(), Arc::new(lent.into()), Arc::default());
        let inner = Inner { options, machine, linkers, artifacts, in_use, lent, roads };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Loads the plugin in `folder` with what the operator grants it. Compiles off the caller's thread.
    ///
    /// # Errors
    /// [`Error`] with what to do about it; nothing of the plugin stays.
    pub async fn load(&self, folder: &Path, grant: &Grant) -> Result<Plugin, Error> {
        load::load(self, folder, grant).await
    }

    /// Places that nothing holds: no call, and no sandbox that waits for its next one.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.inner.machine.free_places()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

impl Plugin {
    /// One attempt in a fresh sandbox. The caller's thread is held for tens of microseconds at most. Dropping the
    /// future drops the guest.
    pub async fn call(&self, request: Request<'_>) -> (Result<Answer, Failure>, CallReport) {
        self.call_telling(request, None).await
    }

    /// The same, with somebody who hears what the guest tells meanwhile.
    pub async fn call_telling(
        &self,
        request: Request<'_>,
        teller: Option<&Teller>,
    ) -> (Result<Answer, Failure>, CallReport) {
        match self.attempt(request, teller) {
            Ok(attempt) => {
                let threads = self.sandbox.inner.machine.threads();
                guest::call(threads, (&self.known.ready, self.warm.as_ref()), attempt).await
            }
            Err(failure) => {
                let failed = Some(failure.error.kind);
                (Err(failure), CallReport { failed, ..CallReport::default() })
            }
        }
    }

    fn attempt(&self, request: Request<'_>, teller: Option<&Teller>) -> Result<Attempt, Failure> {
        let call = request.call;
        let args = serde_json::to_string(&call.args).unwrap_or_default();
        let max = self.rights.limits.args;
        if u64::try_from(args.len()).unwrap_or(u64::MAX) > max {
            let why = format!("the arguments have {} bytes; the tool takes {max}", args.len());
            return Err(Failure::before_start(ToolErrorKind::Limit, why));
        }
        let session = call.id.session();
        let left = request.deadline.saturating_duration_since(Instant::now());
        let ends = request.now.plus_millis(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        let context = CallContext {
            call_id: call.id.to_string(),
            attempt: request.attempt,
            deadline_ms: u64::try_from(ends.as_millis()).unwrap_or(0),
            session_id: session.to_owned(),
            flow: call.flow.to_string(),
            state: call.state.clone(),
            locale: Some(call.locale.clone()),
            traceparent: None,
            extra: Vec::<Field>::new(),
        };
        let lent = &self.lent;
        let (seed, attempt) = (lent.seed, request.attempt);
        let calling = Calling {
            rights: Arc::clone(&self.rights),
            kv: Arc::clone(&lent.kv),
            egress: self.egress.clone(),
            chance: Chance::of(seed, &call.id, attempt, Drawer::Runtime),
            teller: teller.cloned(),
            clock: lent.clock,
            seed,
            attempt,
            id: call.id.clone(),
            session: SessionId::new(session).ok(),
            context: Arc::clone(&call.context),
            now: request.now,
            deadline: request.deadline,
        };
        Ok(Attempt { calling, context, tool: request.tool.to_owned(), args })
    }
}
