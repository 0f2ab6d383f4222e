//! `[redis]`: where the Redis is that hosts share, and how patient to be with it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::Error;
use crate::link;

/// `[redis]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Redis {
    /// Where it is; without it conversations are kept in the folder `data`.
    pub url: Option<Secret>,
    /// A file with the certificates that may have signed the server's.
    pub ca: Option<PathBuf>,
    /// What all keys begin with.
    pub prefix: Option<String>,
    /// How long one answer may take, milliseconds.
    pub timeout_ms: Option<u64>,
    /// How long a call may take with all its attempts, milliseconds.
    pub deadline_ms: Option<u64>,
    /// How long a host that says nothing counts as alive, milliseconds.
    pub lease_ms: Option<u64>,
    /// Turns that each of the 256 shards keeps for readers of everything; 0 keeps none.
    pub firehose: Option<u64>,
    /// Turns that a session's log keeps at least; 0 keeps all.
    pub log: Option<u64>,
}

/// A text that may hold a password, and is not shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Redis {
    /// Times that fit each other: an answer is waited for before a call is given up, and a host is not taken for dead
    /// while it waits for one answer.
    fn check_times(&self) -> Result<(), Error> {
        let given = |time: Option<u64>, default: u64| time.unwrap_or(default);
        let timeout = given(self.timeout_ms, 2_000);
        let (deadline, lease) = (given(self.deadline_ms, 5_000), given(self.lease_ms, 6_000));
        let refuse = |key, expected| Err(Error::Times { key, expected });
        match () {
            () if timeout == 0 => refuse("timeout_ms", "more than 0"),
            () if deadline <= timeout => refuse("deadline_ms", "more than `timeout_ms`"),
            () if lease <= timeout => refuse("lease_ms", "more than `timeout_ms`"),
            () => Ok(()),
        }
    }

    pub(super) fn options(self, own: Option<Secret>) -> Result<Option<link::Options>, Error> {
        let from_environment = || std::env::var("REDIS_URL").ok().filter(|url| !url.is_empty());
        let given = match (own, from_environment(), self.url.clone()) {
            (Some(Secret(url)), _, _) => Some(("--redis", url)),
            (None, Some(url), _) => Some(("REDIS_URL", url)),
            (None, None, Some(Secret(url))) => Some(("url` in `[redis]", url)),
            (None, None, None) => None,
        };
        let Some((place, url)) = given else { return Ok(None) };
        self.check_times()?;
        let target = url.parse().map_err(|why| Error::Redis { place, why })?;
        let default = link::Options::new(target);
        Ok(Some(link::Options {
            ca: self.ca,
            prefix: self.prefix.unwrap_or(default.prefix),
            timeout: self.timeout_ms.map_or(default.timeout, Duration::from_millis),
            deadline: self.deadline_ms.map_or(default.deadline, Duration::from_millis),
            firehose: self.firehose.unwrap_or(default.firehose),
            log: self.log.unwrap_or(default.log),
            target: default.target,
        }))
    }
}
