//! The time of conversations: the machine's, or one that stands still for tests. It never drives deadlines of IO.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::event::Timestamp;

/// Where a turn's `now` comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// Always this moment (`CICERONE_TEST_CLOCK`).
    Frozen(Timestamp),
}

impl Clock {
    /// The time of a turn that begins now.
    #[must_use]
    pub fn now(self) -> Timestamp {
        match self {
            Self::Frozen(at) => at,
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }
}
