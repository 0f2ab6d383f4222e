//! The numbers of the rule, as an operator sets them for all rollouts and as somebody changes them for one.

use serde::{Deserialize, Serialize};

/// What takes a new version back; `[rollout]` of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guard {
    /// Whether it is taken back without anybody being asked.
    pub automatic: bool,
    /// Sessions of the new version before anything is concluded.
    pub sessions_min: u32,
    /// Sessions of the new version that must have met the same kind of trouble.
    pub met_min: u32,
    /// By how many of a hundred sessions more of the new version must meet it than of the old one.
    pub rise_percent: f64,
    /// How many times as large a part of the new version's sessions must meet it.
    pub ratio: f64,
    /// How often a version that is no worse may be taken back for nothing, of all rollouts: 0.01 is one of a hundred.
    pub risk: f64,
    /// Sessions that began longer ago than this, or twice this, are not looked at any more.
    pub window_minutes: u32,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            automatic: true,
            sessions_min: 10,
            met_min: 3,
            rise_percent: 5.0,
            ratio: 1.5,
            risk: 0.01,
            window_minutes: 24 * 60,
        }
    }
}

/// What is different for one rollout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardChange {
    /// As in [`Guard`].
    pub automatic: Option<bool>,
    /// As in [`Guard`].
    pub sessions_min: Option<u32>,
    /// As in [`Guard`].
    pub met_min: Option<u32>,
    /// As in [`Guard`].
    pub rise_percent: Option<f64>,
    /// As in [`Guard`].
    pub ratio: Option<f64>,
    /// As in [`Guard`].
    pub risk: Option<f64>,
    /// As in [`Guard`].
    pub window_minutes: Option<u32>,
}

/// A number that cannot be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` should be {expected}")]
pub struct Odd {
    /// Its key.
    pub key: &'static str,
    /// What it should be.
    pub expected: &'static str,
}

impl Guard {
    /// With what is different.
    #[must_use]
    pub fn with(self, change: GuardChange) -> Self {
        Self {
            automatic: change.automatic.unwrap_or(self.automatic),
            sessions_min: change.sessions_min.unwrap_or(self.sessions_min),
            met_min: change.met_min.unwrap_or(self.met_min),
            rise_percent: change.rise_percent.unwrap_or(self.rise_percent),
            ratio: change.ratio.unwrap_or(self.ratio),
            risk: change.risk.unwrap_or(self.risk),
            window_minutes: change.window_minutes.unwrap_or(self.window_minutes),
        }
    }

    /// Whether every number can be meant.
    ///
    /// # Errors
    /// [`Odd`], the first that cannot.
    pub fn check(&self) -> Result<(), Odd> {
        let odd = |key, expected| Err(Odd { key, expected });
        if self.sessions_min == 0 {
            return odd("sessions_min", "1 or more");
        }
        if self.met_min == 0 {
            return odd("met_min", "1 or more");
        }
        if !(0.0..100.0).contains(&self.rise_percent) {
            return odd("rise_percent", "from 0 to less than 100");
        }
        if !(1.0..=1_000.0).contains(&self.ratio) {
            return odd("ratio", "from 1 to 1000");
        }
        if !(self.risk > 0.0 && self.risk <= 0.5) {
            return odd("risk", "more than 0 and at most 0.5");
        }
        if self.window_minutes == 0 {
            return odd("window_minutes", "1 or more");
        }
        Ok(())
    }

    pub(super) fn window_ms(&self) -> u64 {
        u64::from(self.window_minutes.max(1)) * 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_named() {
        let with = |text: &str| {
            let change: GuardChange = serde_json::from_str(text).unwrap();
            Guard::default().with(change).check().map_err(|odd| odd.key)
        };
        assert_eq!(with("{}"), Ok(()));
        for (text, key) in [
            (r#"{"sessions_min":0}"#, "sessions_min"),
            (r#"{"met_min":0}"#, "met_min"),
            (r#"{"rise_percent":-1}"#, "rise_percent"),
            (r#"{"rise_percent":100}"#, "rise_percent"),
            (r#"{"ratio":0.5}"#, "ratio"),
            (r#"{"risk":0}"#, "risk"),
            (r#"{"risk":0.6}"#, "risk"),
            (r#"{"window_minutes":0}"#, "window_minutes"),
        ] {
            assert_eq!(with(text), Err(key), "{text}");
        }
        assert!(serde_json::from_str::<GuardChange>(r#"{"sessions":1}"#).is_err());
    }
}
