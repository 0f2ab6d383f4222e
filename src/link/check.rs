//! What is looked at before the first session is kept in a Redis. Every complaint says what to do.

use std::path::Path;

use redis::{ErrorKind, RedisError, ServerErrorKind, Value, cmd};

use super::failure::lacks_a_right;
use super::{Link, SCHEMA};

/// The oldest Redis with functions and sharded publishing; Valkey names the Redis that it is like.
const VERSION_MIN: (u32, u32) = (7, 0);

pub(super) fn prefix(prefix: &str) -> Result<(), String> {
    let fits = !prefix.is_empty()
        && prefix.len() <= 64
        && prefix
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'));
    if fits {
        return Ok(());
    }
    Err("`prefix` in `[redis]` should be 1 to 64 of the characters A-Z a-z 0-9 _ - . :".to_owned())
}

pub(super) async fn certificates(file: Option<&Path>) -> Result<Option<Vec<u8>>, String> {
    let Some(file) = file else { return Ok(None) };
    let read = tokio::fs::read(file).await;
    read.map(Some).map_err(|error| {
        format!(
            "the certificates in `{}` (`ca` in `[redis]`) cannot be read ({error})",
            file.display()
        )
    })
}

/// That it answers us, is new enough, takes writes, forgets nothing, and is not another version's.
pub(super) async fn server(link: &Link) -> Result<(), String> {
    match link.send_to_masters(&cmd("INFO")).await {
        Ok(answers) => answers.iter().filter_map(text).try_for_each(about)?,
        // Who may not ask cannot be told.
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => {}
        Err(error) => return Err(unreachable(&error)),
    }
    schema(link).await
}

fn text(answer: &Value) -> Option<&str> {
    match answer {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text),
        _ => None,
    }
}

fn about(info: &str) -> Result<(), String> {
    let field = |name: &str| {
        info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    if let Some(version) = field("redis_version") {
        let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if (major, minor) < VERSION_MIN {
            return Err(format!("it has version {version}; 7.0 or later is needed, or Valkey 7.2"));
        }
    }
    if field("role") == Some("slave") {
        return Err("it is a replica, which takes no writes; give the master, or Sentinels \
                    (`redis+sentinel://…`) that know it"
            .to_owned());
    }
    match field("maxmemory_policy") {
        None | Some("noeviction") => Ok(()),
        Some(policy) => Err(format!(
            "it may throw sessions away when memory is short (`maxmemory-policy {policy}`); set \
             `maxmemory-policy noeviction`"
        )),
    }
}

async fn schema(link: &Link) -> Result<(), String> {
    let (meta, ours) = (link.keys().meta(), SCHEMA.to_string());
    let set = link.send::<u64>(cmd("HSETNX").arg(&meta).arg("schema").arg(&ours)).await;
    set.map_err(|error| unreachable(&error))?;
    let found = link.send::<String>(cmd("HGET").arg(&meta).arg("schema")).await;
    let found = found.map_err(|error| unreachable(&error))?;
    if found == ours {
        return Ok(());
    }
    Err(format!(
        "what it has under `{}` is of schema {found}, this version knows {ours}; use the version that wrote it, or \
         another `prefix` in `[redis]`",
        link.keys().prefix()
    ))
}

fn unreachable(error: &RedisError) -> String {
    match error.kind() {
        _ if lacks_a_right(error) => {
            format!("the user lacks a right ({error}); docs/redis.md lists what is needed")
        }
        ErrorKind::Server(ServerErrorKind::ReadOnly) => {
            "it is a replica, which takes no writes; give the master".to_owned()
        }
        ErrorKind::MasterNameNotFoundBySentinel => {
            format!(
                "the Sentinels do not know a master of that name, or none of them answers ({error})"
            )
        }
        _ if error.kind() == ErrorKind::AuthenticationFailed
            || error.code() == Some("WRONGPASS") =>
        {
            "user or password is wrong; put them into the URL, `redis://user:password@host`"
                .to_owned()
        }
        _ if error.code() == Some("NOAUTH") => {
            "it wants a password; put it into the URL, `redis://user:password@host`".to_owned()
        }
        _ if error.code() == Some("OOM") => "it is out of memory; raise its `maxmemory`".to_owned(),
        _ if error.is_timeout() => {
            "it does not answer; is it there, and is the port open?".to_owned()
        }
        _ => format!("it cannot be reached ({error}); is it running?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_itself_is_judged() {
        let fine = "redis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n";
        assert_eq!(about(fine), Ok(()));
        for (from, to, part) in [
            ("7.0.15", "6.2.14", "version 6.2.14; 7.0 or later"),
            ("master", "slave", "is a replica"),
            ("noeviction", "allkeys-lru", "`maxmemory-policy allkeys-lru`"),
        ] {
            let why = about(&fine.replace(from, to)).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
        assert_eq!(about("redis_version:7.2.4\r\nserver_name:valkey\r\n"), Ok(()));
    }
}
