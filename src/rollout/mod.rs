//! A new version for some people first: who gets it, what is counted of both versions, and when the new one is taken back
//! (`rule`). It decides on numbers that it is given; it publishes nothing, counts nothing and knows no clock.

mod exact;
mod guard;
mod rule;

pub use guard::{Guard, GuardChange, Odd};
pub use rule::{Judgement, Met, Reason, judge};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::event::{SessionId, Timestamp};
use crate::flow::{self, Version};

/// Groups that sessions fall into.
const GROUPS: u64 = 100;

/// A version that some new sessions begin on while the others begin on the one before: a canary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// The new version.
    pub version: Version,
    /// How many of a hundred new sessions get it.
    pub percent: Percent,
    /// When it began.
    pub began: Timestamp,
    /// When it got this percentage: sessions that begin from then on are compared.
    pub since: Timestamp,
    /// What takes it back.
    pub guard: Guard,
}

/// A part of all sessions, from 1 to 99 of a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

/// A percentage that is nobody or everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a rollout goes to 1 to 99 percent of the new sessions, not to {0}; `promote` gives it to all of them"
)]
pub struct NoPart(pub u8);

impl TryFrom<u8> for Percent {
    type Error = NoPart;

    fn try_from(percent: u8) -> Result<Self, NoPart> {
        if (1..=99).contains(&percent) { Ok(Self(percent)) } else { Err(NoPart(percent)) }
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

/// What is counted of a session that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// It came into the flow.
    Session,
    /// It met an error there for the first time.
    Error,
    /// It said something for the first time that nothing there took.
    Unhandled,
    /// A tool failed it there for the first time.
    ToolError,
}

impl Counted {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Session, Self::Error, Self::Unhandled, Self::ToolError];

    const fn word(self) -> &'static str {
        match self {
            Self::Session => "sessions",
            Self::Error => "errors",
            Self::Unhandled => "unhandled",
            Self::ToolError => "tool_errors",
        }
    }
}

impl Rollout {
    /// Whether this session gets the new version. The same on every host and at any time, and who gets it at some
    /// percentage gets it at every higher one.
    #[must_use]
    pub fn takes(&self, flow: &flow::Id, session: &SessionId) -> bool {
        group(flow, session) < self.percent.0
    }

    /// The name under which this is counted of a session that began then; none if it is not compared.
    #[must_use]
    pub fn key(&self, counted: Counted, began: Timestamp) -> Option<String> {
        (began >= self.since).then(|| self.name(counted, self.window(began)))
    }

    /// The names under which is counted what is compared now: sessions that began in this window of time or the one
    /// before.
    #[must_use]
    pub fn keys(&self, now: Timestamp) -> Vec<(Counted, String)> {
        let window = self.window(now);
        let windows = [Some(window), window.checked_sub(1)];
        let names = |window| Counted::ALL.map(|counted| (counted, self.name(counted, window)));
        windows.into_iter().flatten().flat_map(names).collect()
    }

    fn name(&self, counted: Counted, window: u64) -> String {
        format!("rollout:{}:{window}:{}", self.since, counted.word())
    }

    fn window(&self, at: Timestamp) -> u64 {
        at.millis_since(self.since) / self.guard.window_ms()
    }
}

/// 0 to 99, as even as SHA-256.
fn group(flow: &flow::Id, session: &SessionId) -> u8 {
    let text = format!("{flow}\n{}", session.as_str());
    let digest = Sha256::digest(text);
    let first = digest.iter().take(8).fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
    u8::try_from(first % GROUPS).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(percent: u8) -> Rollout {
        let at = Timestamp::from_millis(1_000);
        let percent = Percent::try_from(percent).unwrap();
        Rollout { version: "2".into(), percent, began: at, since: at, guard: Guard::default() }
    }

    fn session(number: usize) -> SessionId {
        SessionId::new(&format!("session-{number}")).unwrap()
    }

    #[test]
    fn the_share_is_as_said_and_who_is_in_stays_in() {
        let flow = flow::Id::from("hello");
        let mut before = Vec::new();
        for percent in [1, 5, 10, 25, 50, 90, 99] {
            let rollout = rollout(percent);
            let taken: Vec<usize> =
                (0..10_000).filter(|number| rollout.takes(&flow, &session(*number))).collect();
            // Four standard deviations of a fair draw.
            let (wanted, part) = (f64::from(percent) * 100.0, f64::from(percent) / 100.0);
            let off = (f64::from(u32::try_from(taken.len()).unwrap()) - wanted).abs();
            assert!(off <= 4.0 * (wanted * (1.0 - part)).sqrt(), "{percent}: {}", taken.len());
            assert!(before.iter().all(|number| taken.contains(number)), "{percent}");
            before = taken;
        }
    }

    #[test]
    fn the_group_of_a_session_is_the_same_for_ever() {
        // Written down once: another number here moves the sessions of a running rollout to the other side.
        let groups = ["hello", "order"]
            .map(|flow| [1, 2, 3].map(|number| group(&flow.into(), &session(number))));
        assert_eq!(groups, GROUPS_OF_OLD);
    }

    /// By an independent program: `printf 'hello\nsession-1' | sha256sum`, the first 16 digits modulo 100.
    const GROUPS_OF_OLD: [[u8; 3]; 2] = [[90, 51, 25], [68, 90, 75]];

    #[test]
    fn only_sessions_that_began_since_are_compared_and_old_ones_are_forgotten() {
        let rollout = rollout(10);
        let (hour, since) = (3_600_000, rollout.since);
        assert_eq!(rollout.key(Counted::Error, Timestamp::from_millis(999)), None);
        let key = |at| rollout.key(Counted::Error, at).unwrap();
        let keys = |at| rollout.keys(at).into_iter().map(|(_, key)| key).collect::<Vec<_>>();
        assert!(keys(since).contains(&key(since)));
        assert_eq!((keys(since).len(), keys(since.plus_millis(24 * hour)).len()), (4, 8));
        assert!(keys(since.plus_millis(47 * hour)).contains(&key(since)));
        assert!(!keys(since.plus_millis(48 * hour)).contains(&key(since)));
    }

    #[test]
    fn a_rollout_reads_as_it_was_written() {
        let text = r#"{"version":"2","percent":10,"began":1000,"since":1000,"guard":{"automatic":true,"sessions_min":10,"met_min":3,"rise_percent":5.0,"ratio":1.5,"risk":0.01,"window_minutes":1440}}"#;
        assert_eq!(serde_json::to_string(&rollout(10)).unwrap(), text);
        assert_eq!(serde_json::from_str::<Rollout>(text).unwrap(), rollout(10));
        assert!(
            serde_json::from_str::<Rollout>(&text.replace(":10,\"began", ":0,\"began")).is_err()
        );
    }
}
