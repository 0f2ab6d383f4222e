//! `[instance]`: whether each call of a component gets a sandbox of its own, or one that may have been used before.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use serde::Deserialize;

use super::quantity::Span;

/// How long a sandbox lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Written")]
pub enum Instance {
    /// For one call.
    #[default]
    Fresh,
    /// For the next calls too, so that what the component keeps in its memory is there again, maybe in another
    /// conversation.
    Warm(Warm),
}

/// When a sandbox that is used again is given up, unless a call fails in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warm {
    /// After so many calls.
    pub max_calls: u32,
    /// After so long without a call.
    pub max_idle: Duration,
    /// No more are kept between calls.
    pub max_instances: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    mode: Option<String>,
    max_calls: Option<NonZeroU32>,
    max_idle: Option<Span>,
    max_instances: Option<NonZeroUsize>,
}

impl Default for Warm {
    fn default() -> Self {
        Self { max_calls: 1_000, max_idle: Duration::from_secs(30), max_instances: 4 }
    }
}

impl TryFrom<Written> for Instance {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { mode, max_calls, max_idle, max_instances } = written;
        match mode.as_deref() {
            Some("warm") => {
                let default = Warm::default();
                Ok(Self::Warm(Warm {
                    max_calls: max_calls.map_or(default.max_calls, NonZeroU32::get),
                    max_idle: max_idle.map_or(default.max_idle, |span| span.0),
                    max_instances: max_instances.map_or(default.max_instances, NonZeroUsize::get),
                }))
            }
            None | Some("fresh") => {
                let limited = max_calls.is_some() || max_idle.is_some() || max_instances.is_some();
                let why = "`max_calls`, `max_idle` and `max_instances` are for `mode = \"warm\"`";
                if limited { Err(why.to_owned()) } else { Ok(Self::Fresh) }
            }
            Some(other) => Err(format!(
                "there is no instance mode `{other}`; write `fresh`, or `warm` for a component that may be used again"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Instance, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_call_has_a_sandbox_of_its_own_unless_the_author_says_otherwise() {
        assert_eq!(read(""), Ok(Instance::Fresh));
        assert_eq!(read("mode = \"fresh\""), Ok(Instance::Fresh));
        assert_eq!(read("mode = \"warm\""), Ok(Instance::Warm(Warm::default())));
        let all = "mode = \"warm\"\nmax_calls = 7\nmax_idle = \"2s\"\nmax_instances = 3";
        let warm = Warm { max_calls: 7, max_idle: Duration::from_secs(2), max_instances: 3 };
        assert_eq!(read(all), Ok(Instance::Warm(warm)));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(read("mode = \"hot\"").unwrap_err().contains("write `fresh`"));
        assert!(read("max_calls = 7").unwrap_err().contains("are for `mode = \"warm\"`"));
        assert!(read("mode = \"warm\"\nmax_calls = 0").is_err());
        assert!(read("mode = \"warm\"\nmax_idle = \"0s\"").is_err());
    }
}
