//! One call from its arguments to its outcome: check, attempts with waits between them, check again. It keeps to
//! the call's deadline, waiting included.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::entry::{Asked, Entry};
use super::schema::{FlowSchemas, check_numbers};
use super::trial::Account;
use super::{Answer, Failure, schedule};
use crate::breaker::{Pass, Refused, is_sick};
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
    /// What they took; read by whoever cancels, too.
    pub(super) account: &'a Account,
}

impl Attempts<'_> {
    /// Tries until there is a result or no attempt left. A failure is the host's if no attempt got to the tool.
    pub(super) async fn run(&self, began: Instant) -> Result<Done, Failure> {
        self.check_args()?;
        let retry = self.retry();
        let repeatable = self.call.idempotent || self.entry.offer.repeatable;
        let mut last: Option<Failure> = None;
        loop {
            let pass = match self.entry.breaker.pass(Instant::now()) {
                Ok(pass) => pass,
                // Why its own attempts failed says more than that the tool is left alone for it.
                Err(refused) => {
                    return Err(last.unwrap_or_else(|| Failure::of_host(self.left_alone(refused))));
                }
            };
            let attempt = self.made.fetch_add(1, Ordering::Relaxed) + 1;
            let failure = match self.attempt(attempt, pass).await {
                Ok(answer) => return Ok(self.done(answer, began)),
                Err(failure) => failure,
            };
            let (call, tool) = (&self.call.id, &self.entry.offer.name);
            debug!(%call, %tool, attempt, kind = failure.error.kind.as_str(), "An attempt failed.");
            let wait = schedule::wait(retry, attempt, &failure, repeatable, draw());
            let of_host = failure.of_host && last.as_ref().is_none_or(|last| last.of_host);
            let error = ToolError { attempts: attempt, ..failure.error };
            let failure = Failure { error, of_host, ..failure };
            let Some(wait) = wait.filter(|wait| Instant::now() + *wait < self.deadline) else {
                return Err(failure);
            };
            last = Some(failure);
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

    /// The tool's breaker is open.
    fn left_alone(&self, refused: Refused) -> ToolError {
        let left = u64::try_from(refused.left.as_millis()).unwrap_or(u64::MAX);
        let until = self.clock.now().plus_millis(left).as_millis();
        let until = jiff::Timestamp::from_millisecond(until).unwrap_or(jiff::Timestamp::MAX);
        let rule = self.entry.limits.breaker;
        let last = refused.last.map_or("", ToolErrorKind::as_str);
        let message = if left == 0 {
            format!(
                "it failed too often (last: {last}), and a call that tries it again is under way"
            )
        } else {
            let (failures, within) = (rule.failures, rule.within.0.as_millis());
            format!(
                "it is not called until {until}: {failures} attempts failed within {within} ms (last: {last})"
            )
        };
        ToolError { attempts: 0, ..ToolError::new(ToolErrorKind::Unavailable, message) }
    }

    /// One attempt; its end tells the breaker how the tool is.
    async fn attempt(&self, attempt: u32, pass: Pass<'_>) -> Result<Answer, Failure> {
        let began = Instant::now();
        if began >= self.deadline {
            let error = ToolError::new(ToolErrorKind::Timeout, "the call's time is over");
            return Err(Failure::of_host(error));
        }
        // That all places are taken is not the tool's fault.
        let _place = self.entry.gate.enter(self.deadline).await?;
        self.account.waited(began.elapsed());
        let timeout = Duration::from_millis(self.call.timeout_ms).min(self.entry.limits.timeout);
        let deadline = self.deadline.min(Instant::now() + timeout);
        let (call, now, teller) = (self.call, self.clock.now(), self.teller.as_ref());
        let asked = Asked { call, attempt, now, deadline, teller };
        let (outcome, used) = self.entry.backend.attempt(asked).await;
        self.account.add(used);
        let outcome = outcome.and_then(|answer| self.check_result(answer));
        match &outcome {
            // The pass is dropped: the tool did not get it.
            Err(Failure { of_host: true, .. }) => {}
            Err(Failure { error, nothing_ran, .. }) if is_sick(error.kind, *nothing_ran) => {
                pass.failed(error.kind, Instant::now());
            }
            Ok(_) | Err(_) => pass.healthy(),
        }
        self.check_wish(outcome?)
    }

    fn check_result(&self, answer: Answer) -> Result<Answer, Failure> {
        let value = &answer.value;
        let own = self.entry.result.as_ref();
        check_numbers(value)
            .and_then(|()| own.map_or(Ok(()), |schema| schema.check(value)))
            .map_err(|why| bad_result("tool", &why))?;
        Ok(answer)
    }

    /// That a flow wants something else of the tool says nothing about the tool.
    fn check_wish(&self, answer: Answer) -> Result<Answer, Failure> {
        let fits = self.schemas.check(self.call, &answer.value);
        fits.map_err(|why| bad_result("flow", &why))?;
        Ok(answer)
    }

    fn done(&self, answer: Answer, began: Instant) -> Done {
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Answer { value: result, patch, say } = answer;
        Done { result, ms, patch, say, spent: None }
    }
}

fn bad_result(whose: &str, why: &str) -> Failure {
    let message = format!("the result does not fit the {whose}'s schema: {why}");
    Failure::new(ToolErrorKind::BadResult, message)
}

/// A number between 0 and 1. Without a source of chance every wait is the longest one, which harms nobody.
fn draw() -> f64 {
    getrandom::u32().map_or(1.0, |drawn| f64::from(drawn) / f64::from(u32::MAX))
}
