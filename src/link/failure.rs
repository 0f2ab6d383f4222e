//! What a failure means: whether something may have come of the call, and what to tell whoever asked.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use super::target::Target;

/// What a failed call left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing, and trying again may help.
    Untouched,
    /// Nobody knows: the answer did not come.
    Unknown,
    /// Nothing, and trying again helps nobody.
    Final,
}

impl Outcome {
    /// Of a call that ended with this.
    #[must_use]
    pub fn of(error: &RedisError) -> Self {
        if error.is_connection_refusal() {
            return Self::Untouched;
        }
        match error.kind() {
            ErrorKind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask,
            )
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel
            | ErrorKind::ClusterConnectionNotFound => Self::Untouched,
            ErrorKind::Io | ErrorKind::Parse => Self::Unknown,
            // `MISCONF`: the disk is full or failing. `NOREPLICAS`: too few follow. `BUSY`: another's script runs.
            _ if matches!(error.code(), Some("BUSY" | "NOREPLICAS")) => Self::Untouched,
            _ => Self::Final,
        }
    }
}

/// Whether another connection may do better.
pub(super) fn is_of_the_connection(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Io | ErrorKind::Parse | ErrorKind::Server(ServerErrorKind::ReadOnly)
    )
}

/// Redis has a code for that, but not inside scripts.
pub(super) fn lacks_a_right(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm)
        || error.detail().is_some_and(|detail| detail.contains("user executing the script can't"))
}

/// Why a call came to nothing, for whoever runs the host; it completes *could not reach the store: …*.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    pub(super) fn new(error: &RedisError, target: &Target, closed: bool) -> Self {
        if closed {
            return Self("it is closed".to_owned());
        }
        Self(match error.code() {
            Some("OOM") => format!(
                "Redis at `{target}` is out of memory; raise its `maxmemory`, or let sessions expire earlier"
            ),
            Some("MISCONF") => {
                format!("Redis at `{target}` cannot write to its disk; its log says why ({error})")
            }
            _ if lacks_a_right(error) => format!(
                "the user at `{target}` lacks a right ({error}); docs/redis.md lists what is needed"
            ),
            _ if error.is_timeout() => format!("Redis at `{target}` did not answer in time"),
            _ => format!("Redis at `{target}`: {error}"),
        })
    }

    /// What is stored is not what was expected.
    #[must_use]
    pub fn told(why: String) -> Self {
        Self(why)
    }
}

pub(super) fn closed() -> RedisError {
    (ErrorKind::Client, "it is closed").into()
}

#[cfg(test)]
mod tests {
    use redis::{RedisError, Value};

    use super::*;

    fn said(line: &str) -> RedisError {
        match redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).map(Value::extract_error)
        {
            Ok(Err(error)) | Err(error) => error,
            Ok(Ok(value)) => panic!("{value:?} is no error"),
        }
    }

    #[test]
    fn what_a_failure_left_behind_is_known_by_its_code() {
        for (line, outcome) in [
            ("LOADING Redis is loading the dataset in memory", Outcome::Untouched),
            ("CLUSTERDOWN The cluster is down", Outcome::Untouched),
            ("READONLY You can't write against a read only replica.", Outcome::Untouched),
            ("TRYAGAIN Multiple keys request during rehashing of slot", Outcome::Untouched),
            ("BUSY Redis is busy running a script.", Outcome::Untouched),
            ("OOM command not allowed when used memory > 'maxmemory'.", Outcome::Final),
            ("NOPERM User x has no permissions to run the 'hset' command", Outcome::Final),
            ("ERR Function not found", Outcome::Final),
        ] {
            assert_eq!(Outcome::of(&said(line)), outcome, "{line}");
        }
        let cut = std::io::Error::from(std::io::ErrorKind::BrokenPipe).into();
        assert_eq!(Outcome::of(&cut), Outcome::Unknown);
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into();
        assert_eq!(Outcome::of(&refused), Outcome::Untouched);
    }

    #[test]
    fn memory_that_is_full_is_named() {
        let target = "redis://u:secret@h".parse().unwrap();
        let failure = Failure::new(&said("OOM command not allowed"), &target, false).to_string();
        assert!(failure.contains("`maxmemory`") && !failure.contains("secret"), "{failure}");
    }
}
