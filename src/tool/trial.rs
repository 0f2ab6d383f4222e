//! What a call took, while it is made and for whoever tries a tool. It measures nothing itself: backends report.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Registry;
use crate::clock::Clock;
use crate::engine::{Call, Outcome};
use crate::event::{CallId, Map, Spent, ToolError};
use crate::flow::{self, NotOffered, Retry};

/// A call that belongs to no conversation, to see what a tool does.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    /// `plugin/tool`, or the bare name when only one plugin offers it.
    pub tool: String,
    /// Checked like those of any call.
    pub args: Map,
    /// BCP 47.
    pub locale: String,
    /// None is as long as the tool may take.
    pub timeout: Option<Duration>,
}

/// A call that somebody tried, and all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// How it ended.
    pub outcome: Outcome,
    /// From asking to having it.
    pub took: Duration,
    /// Of the host.
    pub spent: Spent,
    /// What the tool logged, all attempts together.
    pub log: Vec<LogLine>,
}

/// One line that a tool logged, cleaned and bounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// What it says.
    pub message: String,
    /// What goes with it.
    pub fields: Vec<(String, String)>,
}

impl Tried {
    /// Of a call that was not made.
    pub(super) fn nothing(error: ToolError) -> Self {
        let outcome = Outcome::Failed(error);
        Self { outcome, took: Duration::ZERO, spent: Spent::default(), log: Vec::new() }
    }
}

impl Registry {
    /// Makes one attempt at a call that is no session's: the tool sees no context, keeps nothing of a session, and
    /// nothing is stored. Dropping the future ends the tool's work.
    ///
    /// # Errors
    /// [`NotOffered`] when nobody has the tool, or more than one.
    pub async fn try_out(&self, asked: Try) -> Result<Tried, NotOffered> {
        let offers = self.offers();
        let name = offers.find(&asked.tool, None)?.name.clone();
        let longest = self.timeout_of(&name);
        let timeout = asked.timeout.map_or(longest, |wish| wish.min(longest));
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let wait_ms = u64::try_from(self.options.queue_timeout.as_millis()).unwrap_or(u64::MAX);
        let now = self.clock().now();
        let call = Call {
            id: CallId::from(nobodys("try").as_str()),
            uses: Some(name.clone()),
            name,
            args: asked.args,
            result_schema: None,
            flow: flow::Id::from("try"),
            version: flow::Version::from(""),
            state: "Try".to_owned(),
            locale: asked.locale,
            timeout_ms,
            retry: Retry { max_attempts: 1, backoff_ms: 0, max_backoff_ms: 0, jitter: false },
            idempotent: false,
            deadline: now.plus_millis(timeout_ms.saturating_add(wait_ms)),
            context: Arc::default(),
        };
        Ok(self.try_call(&call, &CancellationToken::new()).await)
    }
}

/// An id of no session, as that of a session has a dot. Whoever remembers calls by their id has not seen it.
pub(super) fn nobodys(what: &str) -> String {
    let chance = getrandom::u64().unwrap_or_default();
    format!("{what}-{}-{chance:016x}", Clock::System.now())
}

/// What attempts took.
#[derive(Debug, Clone, Default)]
pub(super) struct Used {
    pub(super) spent: Spent,
    pub(super) log: Vec<LogLine>,
}

/// The same of a call under way; whoever gives it up reads what it came to.
#[derive(Debug, Default)]
pub(super) struct Account(Mutex<Used>);

impl Account {
    pub(super) fn add(&self, used: Used) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sum.spent = sum.spent.and(used.spent);
        sum.log.extend(used.log);
    }

    pub(super) fn waited(&self, time: Duration) {
        let spent = Spent { queue_us: micros(time), ..Spent::default() };
        self.add(Used { spent, log: Vec::new() });
    }

    pub(super) fn close(self) -> Used {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
