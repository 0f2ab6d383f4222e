//! A Redis for the tests: Debian's packages, installed where they are missing. The tests start servers of their own; the
//! service that the package may start is not used.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{apt, process};

/// What the tests run.
const PROGRAMS: [&str; 2] = ["redis-server", "redis-cli"];

/// What brings it.
const PACKAGES: [&str; 2] = ["redis-server", "redis-tools"];

/// The oldest with functions and sharded publishing.
const MAJOR_MIN: u32 = 7;

/// Makes sure that the tests can start a Redis.
pub(crate) fn ensure() -> Result<()> {
    if !PROGRAMS.iter().all(|program| process::is_there(program)) {
        apt::install(&PACKAGES, "`redis-server` and `redis-cli` of Redis 7.0 or later")?;
    }
    let version = process::quietly(Command::new("redis-server").arg("--version"))?;
    match major(&version) {
        Some(major) if major >= MAJOR_MIN => Ok(()),
        _ => bail!("use `redis-server`: version 7.0 or later is needed, this is `{version}`"),
    }
}

/// Of `Redis server v=7.0.15 sha=…`.
fn major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("v=")?;
    number.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_server_says() {
        assert_eq!(major("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc"), Some(7));
        assert_eq!(major("Valkey server v=8.1.0 sha=00000000:0"), Some(8));
        assert_eq!(major("something else"), None);
    }
}
