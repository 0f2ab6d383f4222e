//! How a plugin's version does in its first calls, compared with the one before it: one that fails clearly more often is
//! taken back. It counts; who takes it back is the registry.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::entry::Entry;
use crate::breaker::is_sick;
use crate::event::ToolErrorKind;

/// The calls in which a new version has to prove itself.
const TRIAL_CALLS: u64 = 50;

/// Fewer failures than this say nothing.
const FAILURES_MIN: u64 = 5;

/// So many times the rate of the version before is clearly more.
const TIMES: u64 = 3;

/// Calls of a version from which on it is known how often its tools say no themselves.
const KNOWN_CALLS: u64 = 20;

/// One version's calls.
#[derive(Debug)]
pub(super) struct Standing {
    /// Of all that were put in force; 0 where none was there before.
    version: u64,
    since: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    /// The version before, until this one has proved itself.
    before: Option<Before>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    calls: u64,
    /// Failures that are the version's own, whatever it was asked.
    sick: u64,
    /// Calls to which the tool said no.
    said_no: u64,
}

#[derive(Debug)]
struct Before {
    entries: Vec<Arc<Entry>>,
    counts: Counts,
}

/// A version that is to be taken back.
pub(super) struct Relapse {
    /// What was in force before.
    pub(super) entries: Vec<Arc<Entry>>,
    pub(super) why: Why,
}

/// Why a version was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Why {
    failures: u64,
    calls: u64,
    failures_before: u64,
    calls_before: u64,
}

impl Default for Standing {
    fn default() -> Self {
        Self::after(Vec::new(), 0)
    }
}

impl Standing {
    /// Of a version that takes the place of these tools; none when it is the first.
    pub(super) fn after(entries: Vec<Arc<Entry>>, version: u64) -> Self {
        let counts = entries.first().map(|entry| entry.standing.lock().counts);
        let before = counts.map(|counts| Before { entries, counts });
        let state = Mutex::new(State { counts: Counts::default(), before });
        Self { version, since: Instant::now(), state }
    }

    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    /// The version before it is not needed any more, if this one is there for so long.
    pub(super) fn settle_after(&self, time: Duration) {
        if self.since.elapsed() >= time {
            self.settle();
        }
    }

    /// The version before it is not needed any more.
    pub(super) fn settle(&self) {
        self.lock().before = None;
    }

    /// Counts a call that ended.
    pub(super) fn ended(&self, failed: Option<ToolErrorKind>) -> Option<Relapse> {
        let mut state = self.lock();
        if !state.counts.add(failed) {
            return None;
        }
        let counts = state.counts;
        let before = state.before.as_ref()?;
        let why = counts.against(before.counts);
        if why.is_clear() {
            let Before { entries, .. } = state.before.take()?;
            return Some(Relapse { entries, why });
        }
        if counts.calls >= TRIAL_CALLS {
            state.before = None;
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Whether the call says anything about the version.
    fn add(&mut self, failed: Option<ToolErrorKind>) -> bool {
        match failed {
            // Nobody asked rightly, waited long enough, or had a place for it.
            Some(ToolErrorKind::BadArgs | ToolErrorKind::Cancelled | ToolErrorKind::Lost) => {
                return false;
            }
            Some(ToolErrorKind::Tool) => self.said_no += 1,
            Some(kind) if is_sick(kind, false) || kind == ToolErrorKind::Denied => self.sick += 1,
            Some(_) | None => {}
        }
        self.calls += 1;
        true
    }

    /// A tool may well say no, also five times; that counts where it is known how often it did so before.
    fn against(self, before: Self) -> Why {
        let known = before.calls >= KNOWN_CALLS;
        let failures = |counts: Self| counts.sick + if known { counts.said_no } else { 0 };
        Why {
            failures: failures(self),
            calls: self.calls,
            failures_before: failures(before),
            calls_before: before.calls,
        }
    }
}

impl Why {
    const fn is_clear(self) -> bool {
        let Self { failures, calls, failures_before, calls_before } = self;
        // failures / calls >= TIMES * failures_before / calls_before, in whole numbers.
        failures >= FAILURES_MIN && failures * calls_before >= TIMES * failures_before * calls
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failures, calls, failures_before, calls_before } = self;
        write!(
            f,
            "{failures} of its first {calls} calls failed, before it {failures_before} of {calls_before}"
        )
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use serde_json::{Value, json};
    use tokio::sync::Notify;

    use super::*;
    use crate::engine::Outcome;
    use crate::event::{Map, ToolError};
    use crate::flow::Offer;
    use crate::tool::entry::{Backend, Limits};
    use crate::tool::function::{Function, Request};
    use crate::tool::{Options, Registry, Tried, Try};

    fn counts(calls: u64, sick: u64, said_no: u64) -> Counts {
        Counts { calls, sick, said_no }
    }

    #[test]
    fn five_failures_and_three_times_the_rate_are_clear() {
        let is_clear = |now: Counts, before: Counts| now.against(before).is_clear();
        assert!(!is_clear(counts(4, 4, 0), counts(100, 0, 0)), "too few");
        assert!(is_clear(counts(5, 5, 0), counts(100, 0, 0)));
        assert!(is_clear(counts(50, 5, 0), counts(0, 0, 0)), "never called before");
        assert!(is_clear(counts(50, 15, 0), counts(100, 10, 0)), "30 % against 10 %");
        assert!(!is_clear(counts(50, 14, 0), counts(100, 10, 0)), "28 % against 10 %");
        assert!(!is_clear(counts(5, 5, 0), counts(100, 40, 0)), "it was bad before");
    }

    #[test]
    fn a_tools_own_no_counts_where_it_is_known_how_often_it_said_it_before() {
        assert!(!counts(5, 0, 5).against(counts(19, 0, 0)).is_clear());
        assert!(counts(5, 0, 5).against(counts(20, 0, 0)).is_clear());
        assert!(!counts(10, 0, 5).against(counts(20, 0, 8)).is_clear());
    }

    #[test]
    fn what_was_asked_wrongly_or_given_up_is_no_call() {
        let mut counted = Counts::default();
        assert!(
            !counted.add(Some(ToolErrorKind::BadArgs))
                && !counted.add(Some(ToolErrorKind::Cancelled))
        );
        assert!(counted.add(Some(ToolErrorKind::Trap)) && counted.add(None));
        assert_eq!((counted.calls, counted.sick), (2, 1));
    }

    /// Tools of plugin `a` as one of its versions has them.
    fn version<R>(function: impl Fn(Request) -> R + Send + Sync + 'static) -> Vec<Entry>
    where
        R: Future<Output = Result<Value, ToolError>> + Send + 'static,
    {
        let args = Arc::new(json!({ "type": "object" }));
        let offer = Offer { name: "a/do".to_owned(), args, result: None, repeatable: false };
        let (backend, options) = (Backend::Function(Function::new(function)), Options::default());
        let limits = Limits::of(&options);
        vec![Entry::new(offer, String::new(), backend, limits, options.queue_max).unwrap()]
    }

    async fn well(_: Request) -> Result<Value, ToolError> {
        Ok(json!(1))
    }

    async fn sick(_: Request) -> Result<Value, ToolError> {
        Err(ToolError::new(ToolErrorKind::Trap, "no"))
    }

    async fn call(registry: &Registry) -> Tried {
        let (tool, locale) = ("a/do".to_owned(), "en".to_owned());
        registry.try_out(Try { tool, args: Map::new(), locale, timeout: None }).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_taken_back_says_which_version_it_was() {
        let registry = Registry::new(Options::default());
        registry.replace("a", version(well));
        registry.replace("a", version(sick));
        assert_eq!(registry.newest(), 2);
        for _ in 0..5 {
            call(&registry).await;
        }
        assert_eq!(registry.taken_back().await[0].version, 2);
        assert!(matches!(call(&registry).await.outcome, Outcome::Done(_)));
    }

    #[tokio::test]
    async fn a_plugin_that_is_gone_does_not_come_back_by_calls_that_still_ran() {
        let (registry, going) =
            (Arc::new(Registry::new(Options::default())), Arc::new(Notify::new()));
        registry.replace("a", version(well));
        let gone = Arc::clone(&going);
        registry.replace(
            "a",
            version(move |request| {
                let going = Arc::clone(&gone);
                async move {
                    going.notified().await;
                    sick(request).await
                }
            }),
        );
        let calls = join_all((0..5).map(|_| call(&registry)));
        let removed = async {
            while registry.report()[0].running < 5 {
                tokio::task::yield_now().await;
            }
            registry.remove_plugin("a");
            going.notify_waiters();
        };
        tokio::join!(calls, removed);
        assert_eq!(registry.report(), []);
    }

    #[tokio::test]
    async fn a_version_that_was_there_for_long_is_not_taken_back() {
        let registry = Registry::new(Options::default());
        registry.replace("a", version(well));
        registry.replace("a", version(sick));
        registry.settle(Duration::from_secs(600));
        call(&registry).await;
        registry.settle(Duration::ZERO);
        for _ in 0..5 {
            call(&registry).await;
        }
        assert!(matches!(call(&registry).await.outcome, Outcome::Failed(_)));
    }
}
