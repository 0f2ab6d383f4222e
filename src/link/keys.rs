//! How keys and channels are named. Outside readers name them by the same rules (docs/redis.md), so they only change
//! together with [`SCHEMA`].

use std::fmt;
use std::sync::Arc;

use crate::event::SessionId;

/// The version of everything that lies in Redis, in `<prefix>:meta`, field `schema`. Hosts of another one are refused.
pub const SCHEMA: u32 = 1;

/// The names of one prefix.
#[derive(Debug, Clone)]
pub struct Keys {
    prefix: Arc<str>,
}

impl Keys {
    /// The names that begin with this.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    /// What all names begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What says which version of us wrote here.
    #[must_use]
    pub fn meta(&self) -> String {
        format!("{}:meta", self.prefix)
    }

    /// The living hosts.
    #[must_use]
    pub fn hosts(&self) -> String {
        self.of("hosts", "")
    }

    /// A key of a shard: all of one shard are in one slot of a Cluster.
    #[must_use]
    pub fn in_shard(&self, shard: u8, name: impl fmt::Display) -> String {
        format!("{}:{{s{shard}}}:{name}", self.prefix)
    }

    /// A session's state.
    #[must_use]
    pub fn session(&self, session: &SessionId) -> String {
        self.in_shard(shard(session), format_args!("s:{session}"))
    }

    /// A session's log.
    #[must_use]
    pub fn log(&self, session: &SessionId) -> String {
        self.in_shard(shard(session), format_args!("e:{session}"))
    }

    /// Where each turn of a session is told, by sharded publishing.
    #[must_use]
    pub fn channel(&self, session: &SessionId) -> String {
        self.in_shard(shard(session), format_args!("c:{session}"))
    }

    /// The session that a channel is of.
    #[must_use]
    pub fn session_of(&self, channel: &str) -> Option<SessionId> {
        let (_shard, id) = channel.strip_prefix(&*self.prefix)?.split_once("}:c:")?;
        SessionId::new(id).ok()
    }

    /// Every turn of every session of a shard, the newest ones.
    #[must_use]
    pub fn firehose(&self, shard: u8) -> String {
        self.in_shard(shard, "fire")
    }

    /// A key of what belongs to no session; all with the same `group` are in one slot.
    #[must_use]
    pub fn of(&self, group: &str, name: &str) -> String {
        let colon = if name.is_empty() { "" } else { ":" };
        format!("{}:{{{group}}}{colon}{name}", self.prefix)
    }
}

/// The shard of a session: the CRC-32 of its id (IEEE, as zlib has it) modulo 256.
#[must_use]
pub fn shard(session: &SessionId) -> u8 {
    let [.., low] = crc32(session.as_str().as_bytes()).to_be_bytes();
    low
}

fn crc32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        let [.., low] = crc.to_be_bytes();
        (crc >> 8) ^ STEPS.get(usize::from(low ^ byte)).copied().unwrap_or(0)
    });
    !crc
}

/// What each byte does to the sum.
const STEPS: [u32; 256] = steps();

#[expect(clippy::indexing_slicing, reason = "worked out by the compiler")]
const fn steps() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut sum = byte;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[byte as usize] = sum;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_one_that_every_language_has() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        let id = SessionId::new("123456789").unwrap();
        assert_eq!(shard(&id), 0x26);
    }

    #[test]
    fn the_names_are_those_of_the_guide() {
        let (keys, id) = (Keys::new("cicerone"), SessionId::new("123456789").unwrap());
        assert_eq!(keys.session(&id), "cicerone:{s38}:s:123456789");
        assert_eq!(keys.log(&id), "cicerone:{s38}:e:123456789");
        assert_eq!(keys.channel(&id), "cicerone:{s38}:c:123456789");
        assert_eq!(keys.session_of("cicerone:{s38}:c:123456789"), Some(id));
        assert_eq!(keys.session_of("cicerone:{s38}:e:123456789"), None);
        assert_eq!(keys.firehose(7), "cicerone:{s7}:fire");
        assert_eq!(
            (keys.hosts(), keys.meta()),
            ("cicerone:{hosts}".into(), "cicerone:meta".into())
        );
        assert_eq!(keys.of("flows", "active"), "cicerone:{flows}:active");
    }
}
