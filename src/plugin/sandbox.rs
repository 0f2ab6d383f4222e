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
use super::errand::Errand;
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

/// One text to understand.
#[derive(Debug, Clone, Copy)]
pub struct Understand<'a> {
    /// The call as which it is made; its `args` are the request of `wit/understanding/v1` as JSON.
    pub call: &'a Call,
    /// The conversation's clock.
    pub now: Timestamp,
    /// When the host goes on without it.
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
        self.made(self.attempt(request, teller)).await
    }

    /// What a text means by the plugin's own word, unchecked: its value is a list of commands as JSON. It sees nothing of
    /// the conversation but what it is asked with.
    pub async fn understand(&self, asked: Understand<'_>) -> (Result<Answer, Failure>, CallReport) {
        self.made(self.question(asked)).await
    }

    async fn made(
        &self,
        attempt: Result<Attempt, Failure>,
    ) -> (Result<Answer, Failure>, CallReport) {
        match attempt {
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

    fn question(&self, asked: Understand<'_>) -> Result<Attempt, Failure> {
        let Understand { call, now, deadline } = asked;
        self.args(call)?;
        let mut args = call.args.clone();
        args.insert("deadline_ms".to_owned(), ends_at(now, deadline).into());
        let question = serde_json::from_value(args.into()).map_err(|error| {
            let why = format!("it is no request of `wit/understanding/v1`: {error}");
            Failure::before_start(ToolErrorKind::BadArgs, why)
        })?;
        let request = Request { call, tool: "", attempt: 1, now, deadline };
        Ok(Attempt { calling: self.calling(request, None), errand: Errand::Classify(question) })
    }

    /// The arguments as text, if they are not more than the plugin takes.
    fn args(&self, call: &Call) -> Result<String, Failure> {
        let args = serde_json::to_string(&call.args).unwrap_or_default();
        let max = self.rights.limits.args;
        if u64::try_from(args.len()).unwrap_or(u64::MAX) > max {
            let why = format!("the arguments have {} bytes; the tool takes {max}", args.len());
            return Err(Failure::before_start(ToolErrorKind::Limit, why));
        }
        Ok(args)
    }

    fn attempt(&self, request: Request<'_>, teller: Option<&Teller>) -> Result<Attempt, Failure> {
        let call = request.call;
        let args = self.args(call)?;
        let context = CallContext {
            call_id: call.id.to_string(),
            attempt: request.attempt,
            deadline_ms: ends_at(request.now, request.deadline),
            session_id: call.id.session().to_owned(),
            flow: call.flow.to_string(),
            state: call.state.clone(),
            locale: Some(call.locale.clone()),
            traceparent: None,
            extra: Vec::<Field>::new(),
        };
        let name = request.tool.to_owned();
        let errand = Errand::Tool { context: Box::new(context), name, args };
        Ok(Attempt { calling: self.calling(request, teller), errand })
    }

    /// What the sandbox knows of the call that is made in it.
    fn calling(&self, request: Request<'_>, teller: Option<&Teller>) -> Calling {
        let (call, lent) = (request.call, &self.lent);
        let (seed, attempt) = (lent.seed, request.attempt);
        Calling {
            rights: Arc::clone(&self.rights),
            kv: Arc::clone(&lent.kv),
            egress: self.egress.clone(),
            chance: Chance::of(seed, &call.id, attempt, Drawer::Runtime),
            teller: teller.cloned(),
            clock: lent.clock,
            seed,
            attempt,
            id: call.id.clone(),
            session: SessionId::new(call.id.session()).ok(),
            context: Arc::clone(&call.context),
            now: request.now,
            deadline: request.deadline,
        }
    }
}

/// By the conversation's clock.
fn ends_at(now: Timestamp, deadline: Instant) -> u64 {
    let left = deadline.saturating_duration_since(Instant::now());
    let ends = now.plus_millis(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
    u64::try_from(ends.as_millis()).unwrap_or(0)
}
