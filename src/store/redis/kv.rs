//! What plugins keep for themselves, in Redis: all of one plugin in one slot, so that one quota counts it all. A
//! session's shard knows which plugins kept something for it, so that it goes with the session.

use redis::{Cmd, cmd};

use super::{Redis, library};
use crate::event::{SessionId, Timestamp};
use crate::link::{Failure, Patience, shard};
use crate::store::{Entry, Error, KvError, Quota, Terms};

impl From<Failure> for KvError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(failure.to_string())
    }
}

impl Redis {
    pub(in crate::store) async fn kv_get(
        &self,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, KvError> {
        let call = self.kv_call(&library::KV_GET, entry, now);
        let found = self.library().run(self.link(), &library::KV_GET, &call, Patience::Deadline);
        Ok(found.await?)
    }

    pub(in crate::store) async fn kv_set(
        &self,
        entry: &Entry,
        value: &[u8],
        terms: Terms,
    ) -> Result<(), KvError> {
        let mut call = self.kv_write(&library::KV_SET, entry, terms);
        call.arg(value);
        self.announce(entry).await?;
        let said: String =
            self.library().run(self.link(), &library::KV_SET, &call, Patience::Deadline).await?;
        self.go_with_session(entry).await?;
        verdict(&said, terms.quota)
    }

    pub(in crate::store) async fn kv_delete(
        &self,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<bool, KvError> {
        let call = self.kv_call(&library::KV_DELETE, entry, now);
        let there =
            self.library().run(self.link(), &library::KV_DELETE, &call, Patience::Untouched);
        Ok(there.await?)
    }

    pub(in crate::store) async fn kv_increment(
        &self,
        entry: &Entry,
        by: i64,
        terms: Terms,
    ) -> Result<i64, KvError> {
        let mut call = self.kv_write(&library::KV_ADD, entry, terms);
        call.arg(by);
        self.mark(&mut call);
        self.announce(entry).await?;
        let said: String =
            self.library().run(self.link(), &library::KV_ADD, &call, Patience::Deadline).await?;
        self.go_with_session(entry).await?;
        if let Some(sum) = said.strip_prefix('=') {
            return sum
                .parse()
                .map_err(|_unparsable| KvError::Unavailable(format!("`{sum}` is no sum")));
        }
        verdict(&said, terms.quota)?;
        Err(KvError::NotANumber)
    }

    pub(in crate::store) async fn kv_compare_and_set(
        &self,
        entry: &Entry,
        expected: Option<&[u8]>,
        value: &[u8],
        terms: Terms,
    ) -> Result<bool, KvError> {
        let mut call = self.kv_write(&library::KV_SWAP, entry, terms);
        call.arg(value).arg(u8::from(expected.is_some())).arg(expected.unwrap_or_default());
        self.mark(&mut call);
        self.announce(entry).await?;
        let said: String =
            self.library().run(self.link(), &library::KV_SWAP, &call, Patience::Deadline).await?;
        self.go_with_session(entry).await?;
        if said == "other" {
            return Ok(false);
        }
        verdict(&said, terms.quota).map(|()| true)
    }

    fn kv_call(&self, function: &library::Function, entry: &Entry, now: Timestamp) -> Cmd {
        let mut call = self.library().call(function, &[&self.usage(&entry.space.plugin)]);
        let session = entry.space.session.as_ref().map_or("", SessionId::as_str);
        call.arg(session).arg(&entry.key).arg(now.as_millis());
        call
    }

    fn kv_write(&self, function: &library::Function, entry: &Entry, terms: Terms) -> Cmd {
        let mut call = self.kv_call(function, entry, terms.now);
        match terms.ttl_ms {
            Some(ttl) => call.arg(terms.now.plus_millis(ttl).as_millis()),
            None => call.arg(""),
        };
        let Quota { value_max, bytes_max, keys_max } = terms.quota;
        call.arg(value_max).arg(bytes_max).arg(keys_max);
        call
    }

    /// How much a plugin keeps; the names of all its keys begin like this one's.
    fn usage(&self, plugin: &str) -> String {
        self.keys().of(&format!("p:{plugin}"), "u")
    }

    /// Notes where the value can be found when its session goes, or its time is over.
    async fn announce(&self, entry: &Entry) -> Result<(), KvError> {
        let plugin = &entry.space.plugin;
        if self.is_new_plugin(plugin) {
            let _added: u64 = self
                .link()
                .call(cmd("SADD").arg(self.plugins()).arg(plugin), Patience::Deadline)
                .await?;
            self.know_plugin(plugin);
        }
        if let Some(session) = &entry.space.session {
            let key = self.keys().in_shard(shard(session), format_args!("k:{session}"));
            let _added: u64 =
                self.link().call(cmd("SADD").arg(key).arg(plugin), Patience::Deadline).await?;
        }
        Ok(())
    }

    /// A mark by which the call is known again for as long as it may be sent again, by us or by a Cluster's client that
    /// repeats by itself: a sum is not counted twice, and a swap does not stumble over its own value.
    fn mark(&self, call: &mut Cmd) {
        let deadline = self.link().options().deadline.as_millis();
        call.arg(self.next_tag().0)
            .arg(u64::try_from(deadline.saturating_mul(2)).unwrap_or(u64::MAX));
    }

    /// What was written while its session was being removed goes as well: whoever removed it may have looked before.
    async fn go_with_session(&self, entry: &Entry) -> Result<(), KvError> {
        let Some(session) = &entry.space.session else { return Ok(()) };
        let mut call = self.library().call(&library::GONE, &[&self.keys().session(session)]);
        call.arg(session.as_str());
        let gone: bool =
            self.library().run(self.link(), &library::GONE, &call, Patience::Deadline).await?;
        if gone {
            let cleaned = self.clean(&[shard(session)]).await;
            cleaned.map_err(|error| KvError::Unavailable(error.to_string()))?;
        }
        Ok(())
    }

    fn plugins(&self) -> String {
        self.keys().of("plugins", "")
    }

    /// Removes what plugins kept for sessions that are gone. What a host that died left over is found by the next.
    pub(super) async fn clean(&self, shards: &[u8]) -> Result<(), Error> {
        let place = |shard: u8| self.keys().in_shard(shard, "clean");
        let members = |shard: &u8| {
            let mut members = cmd("SMEMBERS");
            members.arg(place(*shard));
            members
        };
        let commands: Vec<Cmd> = shards.iter().map(members).collect();
        let left: Vec<Vec<String>> = self.ask_all(&commands).await?;
        for (shard, members) in shards.iter().zip(left) {
            for member in members {
                self.forget_kept(&member).await?;
                let _removed: u8 = self.ask(cmd("SREM").arg(place(*shard)).arg(&member)).await?;
            }
        }
        Ok(())
    }

    /// Removes what one plugin kept for one session, `plugin/session`.
    async fn forget_kept(&self, member: &str) -> Result<(), Error> {
        let Some((plugin, session)) = member.rsplit_once('/') else { return Ok(()) };
        let mut call = self.library().call(&library::KV_FORGET, &[&self.usage(plugin)]);
        call.arg(session);
        let _done: u8 = self.run(&library::KV_FORGET, &call, Patience::Deadline).await?;
        Ok(())
    }

    /// Removes values of any plugin whose time was over by then.
    pub(super) async fn expire_kept(&self, by: Timestamp, limit: usize) -> Result<(), Error> {
        let plugins: Vec<String> = self.ask(cmd("SMEMBERS").arg(self.plugins())).await?;
        for plugin in plugins {
            let mut call = self.library().call(&library::KV_EXPIRE, &[&self.usage(&plugin)]);
            call.arg(by.as_millis()).arg(super::index::at_most(limit));
            let _removed: u64 = self.run(&library::KV_EXPIRE, &call, Patience::Deadline).await?;
        }
        Ok(())
    }
}

/// What a function says of a write.
fn verdict(said: &str, quota: Quota) -> Result<(), KvError> {
    match said {
        "ok" => Ok(()),
        "large" => Err(KvError::TooLarge(quota.value_max)),
        "bytes" => Err(KvError::Quota(quota.bytes_max)),
        "keys" => Err(KvError::Quota(quota.keys_max)),
        "number" => Err(KvError::NotANumber),
        other => Err(KvError::Unavailable(format!("`{other}` is no answer"))),
    }
}
