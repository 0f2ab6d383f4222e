//! One call from its arguments to its outcome: check, attempts with waits between them, check again. It keeps to
//! the call's deadline, waiting included.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::entry::{Asked, Entry};
use super::schema::{FlowSchemas, check_numbers};
use super::{Answer, Failure, schedule};
use crate::clock::Clock;
use crate::engine::{Call, Done, Teller};
use crate::event::{ToolError, ToolErrorKind};
use crate::flow::Retry;

/// One call under way.
pub(super) struct Attempts<'a> {
    pub(super) call: &'a Call,
    pub(super) entry: &'a Entry,
    pub(super) schemas: &'a FlowSchemas,
    pub(super) clock: Clock,
    pub(super) deadline: Instant,
    /// Attempts that were started; read by whoever cancels.
    pub(super) made: &'a AtomicU32,
    /// Who hears what it tells.
    pub(super) teller: Option<Teller>,
}

impl Attempts<'_> {
    /// Tries until there is a result or no attempt left.
    pub(super) async fn run(&self, began: Instant) -> Result<Done, ToolError> {
        self.check_args()?;
        let retry = self.retry();
        let repeatable = self.call.idempotent || self.entry.offer.repeatable;
        loop {
            let attempt = self.made.fetch_add(1, Ordering::Relaxed) + 1;
            let failure = match self.attempt(attempt).await {
                Ok(answer) => return Ok(self.done(answer, began)),
                Err(failure) => failure,
            };
            let (call, tool) = (&self.call.id, &self.entry.offer.name);
            debug!(%call, %tool, attempt, kind = failure.error.kind.as_str(), "An attempt failed.");
            let wait = schedule::wait(retry, attempt, &failure, repeatable, draw());
            let Some(wait) = wait.filter(|wait| Instant::now() + *wait < self.deadline) else {
                return Err(ToolError { attempts: attempt, ..failure.error });
            };
            sleep(wait).await;
        }
    }

    fn check_args(&self) -> Result<(), ToolError> {
        let args = serde_json::Value::Object(self.call.args.clone());
        let fits = check_numbers(&args).and_then(|()| self.entry.args.check(&args));
        fits.map_err(|why| {
            let message = format!("the arguments do not fit the tool's schema: {why}");
            ToolError { attempts: 0, ..ToolError::new(ToolErrorKind::BadArgs, message) }
        })
    }

    /// The smallest of flow, manifest and operator; the longer backoff.
    fn retry(&self) -> Retry {
        let flow = self.call.retry;
        let backoff_ms = u64::try_from(self.entry.limits.backoff.as_millis()).unwrap_or(u64::MAX);
        Retry {
            max_attempts: flow.max_attempts.min(self.entry.limits.attempts_max).max(1),
            backoff_ms: flow.backoff_ms.max(backoff_ms),
            max_backoff_ms: flow.max_backoff_ms.max(backoff_ms),
            jitter: flow.jitter,
        }
    }

    async fn attempt(&self, attempt: u32) -> Result<Answer, Failure> {
        if Instant::now() >= self.deadline {
            return Err(Failure::before_start(ToolErrorKind::Timeout, "the call's time is over"));
        }
        let _place = self.entry.gate.enter(self.deadline).await?;
        let timeout = Duration::from_millis(self.call.timeout_ms).min(self.entry.limits.timeout);
        let deadline = self.deadline.min(Instant::now() + timeout);
        let (call, now, teller) = (self.call, self.clock.now(), self.teller.as_ref());
        let asked = Asked { call, attempt, now, deadline, teller };
        let answer = self.entry.backend.attempt(asked).await?;
        self.check_result(&answer)?;
        Ok(answer)
    }

    fn check_result(&self, answer: &Answer) -> Result<(), Failure> {
        let value = &answer.value;
        check_numbers(value)
            .and_then(|()| self.entry.result.as_ref().map_or(Ok(()), |schema| schema.check(value)))
            .map_err(|why| format!("the result does not fit the tool's schema: {why}"))
            .and_then(|()| {
                let fits = self.schemas.check(self.call, value);
                fits.map_err(|why| format!("the result does not fit the flow's schema: {why}"))
            })
            .map_err(|why| Failure::new(ToolErrorKind::BadResult, why))
    }

    fn done(&self, answer: Answer, began: Instant) -> Done {
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Done { result: answer.value, ms, patch: answer.patch, say: answer.say }
    }
}

/// A number between 0 and 1. Without a source of chance every wait is the longest one, which harms nobody.
fn draw() -> f64 {
    getrandom::u32().map_or(1.0, |drawn| f64::from(drawn) / f64::from(u32::MAX))
}
