//! Leaves a tool or a server that keeps failing alone for a while, so that nobody waits for it and it can recover: closed,
//! open, and then one call that tries. Who was refused is told until when. It makes no calls and reads no clock.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::event::ToolErrorKind;
use crate::manifest;

/// The breaker of one tool, or of one server.
#[derive(Debug)]
pub struct Breaker {
    rule: manifest::Breaker,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// Attempts that ended, ever.
    ended: u64,
    /// The last failures, as many as the rule counts: when, and of which attempt.
    failed: VecDeque<(Instant, u64)>,
    /// How the last one failed.
    last: Option<ToolErrorKind>,
    opened: u64,
}

#[derive(Debug, Clone, Copy, Default)]
enum Phase {
    #[default]
    Closed,
    Open {
        until: Instant,
        wait: Duration,
    },
    /// One attempt is under way that decides.
    Trying,
}

/// A moment's reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BreakerReport {
    /// `closed`: calls go through. `open`: they are refused. `half-open`: the next one tries.
    pub state: &'static str,
    /// How long calls are still refused, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_ms: Option<u64>,
    /// How often it opened, since the tool was loaded.
    pub opened: u64,
}

/// Why an attempt is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// How long it stays so.
    pub left: Duration,
    /// How the tool failed last.
    pub last: Option<ToolErrorKind>,
}

/// The right to make one attempt. One that is dropped without an end says nothing about the tool.
#[derive(Debug)]
pub struct Pass<'a> {
    breaker: &'a Breaker,
    /// Whether it is the one that decides.
    trial: Option<Duration>,
}

impl Breaker {
    /// A closed one, with this rule.
    #[must_use]
    pub fn new(rule: manifest::Breaker) -> Self {
        Self { rule, state: Mutex::default() }
    }

    /// Whether an attempt may be made now.
    ///
    /// # Errors
    /// [`Refused`] while it is left alone.
    pub fn pass(&self, now: Instant) -> Result<Pass<'_>, Refused> {
        let mut state = self.lock();
        let last = state.last;
        let trial = match state.phase {
            Phase::Closed => None,
            Phase::Open { until, wait } if until <= now => {
                state.phase = Phase::Trying;
                Some(wait)
            }
            Phase::Open { until, .. } => return Err(Refused { left: until - now, last }),
            Phase::Trying => return Err(Refused { left: Duration::ZERO, last }),
        };
        Ok(Pass { breaker: self, trial })
    }

    /// How it is now.
    pub fn report(&self, now: Instant) -> BreakerReport {
        let state = self.lock();
        let (name, left) = match state.phase {
            Phase::Closed => ("closed", None),
            Phase::Open { until, .. } if until > now => ("open", Some(until - now)),
            Phase::Open { .. } | Phase::Trying => ("half-open", None),
        };
        let open_ms = left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        BreakerReport { state: name, open_ms, opened: state.opened }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The attempt went well, or it failed in a way that says nothing about the tool's health.
    pub fn healthy(mut self) {
        let mut state = self.breaker.lock();
        state.ended += 1;
        if self.trial.take().is_some() {
            state.phase = Phase::Closed;
            state.failed.clear();
        }
    }

    /// The attempt failed.
    pub fn failed(mut self, kind: ToolErrorKind, now: Instant) {
        let rule = self.breaker.rule;
        let mut state = self.breaker.lock();
        state.ended += 1;
        state.last = Some(kind);
        match self.trial.take() {
            Some(wait) => state.open(now, (wait * 2).min(rule.open_for.longest)),
            None => state.count(now, &rule),
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(wait) = self.trial.take() {
            // It decided nothing: the next one tries, without another wait.
            self.breaker.lock().phase = Phase::Open { until: Instant::now(), wait };
        }
    }
}

impl State {
    /// Counts a failure while calls go through. They are too many when they are as many as the rule says, lie near
    /// enough, and are at least half of what ended meanwhile: a tool that is called a thousand times a second may fail
    /// now and then.
    fn count(&mut self, now: Instant, rule: &manifest::Breaker) {
        if !matches!(self.phase, Phase::Closed) {
            return;
        }
        let failures = usize::try_from(rule.failures).unwrap_or(usize::MAX);
        if self.failed.len() >= failures {
            self.failed.pop_front();
        }
        self.failed.push_back((now, self.ended));
        let Some((first, of)) = self.failed.front().copied() else { return };
        let near = now.saturating_duration_since(first) <= rule.within.0;
        let meanwhile = self.ended - of + 1;
        if self.failed.len() >= failures && near && meanwhile <= 2 * u64::from(rule.failures) {
            self.open(now, rule.open_for.first);
        }
    }

    fn open(&mut self, now: Instant, wait: Duration) {
        self.phase = Phase::Open { until: now + wait, wait };
        self.failed.clear();
        self.opened += 1;
    }
}

/// Whether such a failure of an attempt says that the tool is not well. What it says itself, what it was asked wrongly
/// and what was given up says nothing.
#[must_use]
pub const fn is_sick(kind: ToolErrorKind, nothing_ran: bool) -> bool {
    match kind {
        ToolErrorKind::Timeout | ToolErrorKind::Unavailable => true,
        ToolErrorKind::Fuel
        | ToolErrorKind::Memory
        | ToolErrorKind::Limit
        | ToolErrorKind::Trap
        | ToolErrorKind::BadResult => !nothing_ran,
        ToolErrorKind::Tool
        | ToolErrorKind::BadArgs
        | ToolErrorKind::Denied
        | ToolErrorKind::Lost
        | ToolErrorKind::Cancelled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ToolErrorKind::Timeout;

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker() -> (Breaker, Instant) {
        (Breaker::new(manifest::Breaker::default()), Instant::now())
    }

    fn fail(breaker: &Breaker, at: Instant) {
        breaker.pass(at).unwrap().failed(Timeout, at);
    }

    #[test]
    fn the_fifth_failure_opens_it_and_who_comes_is_told_how_long() {
        let (breaker, now) = breaker();
        for _ in 0..5 {
            assert_eq!(breaker.report(now).state, "closed");
            fail(&breaker, now);
        }
        let refused = breaker.pass(now + SECOND / 4).unwrap_err();
        assert_eq!(refused, Refused { left: SECOND * 3 / 4, last: Some(Timeout) });
        assert_eq!(breaker.report(now).open_ms, Some(1_000));
    }

    #[test]
    fn failures_that_lie_far_apart_do_not_open_it() {
        let (breaker, now) = breaker();
        for n in 0..20 {
            fail(&breaker, now + SECOND * 8 * n);
        }
        assert_eq!(breaker.report(now).opened, 0);
    }

    #[test]
    fn a_few_failures_among_many_calls_do_not_open_it() {
        let (breaker, now) = breaker();
        for _ in 0..20 {
            for _ in 0..3 {
                breaker.pass(now).unwrap().healthy();
            }
            fail(&breaker, now);
        }
        assert_eq!(breaker.report(now).opened, 0);
        for _ in 0..3 {
            fail(&breaker, now);
        }
        assert_eq!(breaker.report(now).opened, 1, "what went well before does not count for ever");
    }

    #[test]
    fn one_call_tries_and_each_failure_doubles_the_wait_up_to_the_longest() {
        let (breaker, mut now) = breaker();
        for _ in 0..5 {
            fail(&breaker, now);
        }
        let mut waits = Vec::new();
        for _ in 0..8 {
            let left = breaker.pass(now).unwrap_err().left;
            waits.push(left.as_secs());
            now += left;
            assert_eq!(breaker.report(now).state, "half-open");
            let trial = breaker.pass(now).unwrap();
            assert!(breaker.pass(now).is_err(), "only one tries");
            trial.failed(Timeout, now);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        breaker.pass(now + SECOND * 60).unwrap().healthy();
        assert_eq!(breaker.report(now).state, "closed");
        fail(&breaker, now);
        assert_eq!(breaker.report(now).state, "closed", "it begins to count anew");
    }

    #[test]
    fn a_trial_that_is_given_up_lets_the_next_one_try() {
        let (breaker, now) = breaker();
        for _ in 0..5 {
            fail(&breaker, now);
        }
        drop(breaker.pass(now + SECOND).unwrap());
        breaker.pass(Instant::now() + SECOND).unwrap().healthy();
        assert_eq!(breaker.report(now).state, "closed");
    }

    #[test]
    fn what_began_before_it_opened_does_not_lengthen_the_wait() {
        let (breaker, now) = breaker();
        let late: Vec<_> = (0..3).map(|_| breaker.pass(now).unwrap()).collect();
        for _ in 0..5 {
            fail(&breaker, now);
        }
        late.into_iter().for_each(|pass| pass.failed(Timeout, now));
        assert_eq!(breaker.pass(now).unwrap_err().left, SECOND);
    }

    #[test]
    fn what_the_tool_says_itself_is_no_sickness() {
        assert!(!is_sick(ToolErrorKind::Tool, false));
        assert!(!is_sick(ToolErrorKind::BadArgs, true));
        assert!(!is_sick(ToolErrorKind::Limit, true), "arguments that are too large");
        assert!(is_sick(ToolErrorKind::Limit, false) && is_sick(ToolErrorKind::Unavailable, true));
    }
}
