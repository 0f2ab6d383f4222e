//! What is found over many sessions: each shard is asked, and the answers are put in one order.

use std::sync::Arc;

use redis::{Cmd, cmd};

use super::session::summary;
use super::{Redis, library};
use crate::event::{SessionId, Timestamp};
use crate::link::Patience;
use crate::store::{Error, Filter, SHARDS, Share, Summary};

/// Rounds of looking for idle sessions; the next call goes on.
const ROUNDS_MAX: usize = 32;

/// Ids that a shard is asked for at once, at least.
const CHUNK_MIN: usize = 8;

impl Redis {
    pub(in crate::store) async fn due(
        &self,
        now: Timestamp,
        share: &Share,
        limit: usize,
    ) -> Result<Vec<SessionId>, Error> {
        let most = now.as_millis().to_string();
        let due = self.scored("due", share.shards(), &most, limit).await?;
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }

    pub(in crate::store) async fn with_due(&self) -> Result<Vec<SessionId>, Error> {
        let due = self.scored("due", Share::all().shards(), "+inf", usize::MAX).await?;
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }

    /// The members of these shards' index up to a score, the lowest first.
    async fn scored(
        &self,
        index: &str,
        shards: &[u8],
        most: &str,
        limit: usize,
    ) -> Result<Vec<(f64, SessionId)>, Error> {
        let range = |shard: &u8| {
            let mut range = cmd("ZRANGEBYSCORE");
            range.arg(self.keys().in_shard(*shard, index)).arg("-inf").arg(most);
            range.arg("WITHSCORES").arg("LIMIT").arg(0).arg(at_most(limit));
            range
        };
        let commands: Vec<Cmd> = shards.iter().map(range).collect();
        let found: Vec<Vec<(String, f64)>> = self.ask_all(&commands).await?;
        let mut all: Vec<(f64, SessionId)> = found
            .into_iter()
            .flatten()
            .map(|(text, score)| Ok((score, id(&text)?)))
            .collect::<Result<_, Error>>()?;
        all.sort_unstable_by(|(a, one), (b, other)| a.total_cmp(b).then_with(|| one.cmp(other)));
        all.truncate(limit);
        Ok(all)
    }

    pub(in crate::store) async fn list(
        &self,
        filter: &Filter,
    ) -> Result<Vec<(SessionId, Summary)>, Error> {
        let mut listed = Vec::new();
        let mut after = filter.after.clone();
        while listed.len() < filter.limit {
            let (ids, more) = self.ids_after(after.as_ref(), filter.limit - listed.len()).await?;
            let get = |id: &SessionId| {
                let mut get = cmd("HGET");
                get.arg(self.keys().session(id)).arg("about");
                get
            };
            let commands: Vec<Cmd> = ids.iter().map(get).collect();
            let abouts: Vec<Option<String>> = self.ask_all(&commands).await?;
            for (id, about) in ids.iter().zip(abouts) {
                // Removed in between.
                let Some(about) = about else { continue };
                let summary = summary(id, &about)?;
                let fits = filter.flow.as_ref().is_none_or(|flow| *flow == summary.flow)
                    && filter.active.is_none_or(|active| active == summary.active);
                if fits && listed.len() < filter.limit {
                    listed.push((id.clone(), summary));
                }
            }
            after = ids.into_iter().next_back();
            if !more {
                break;
            }
        }
        Ok(listed)
    }

    pub(in crate::store) async fn live(
        &self,
        after: Option<&SessionId>,
        limit: usize,
    ) -> Result<Vec<(SessionId, Arc<str>)>, Error> {
        let mut live = Vec::new();
        let mut after = after.cloned();
        while live.len() < limit {
            let filter =
                Filter { active: Some(true), after, limit: limit - live.len(), flow: None };
            let listed = self.list(&filter).await?;
            let get = |(id, _): &(SessionId, Summary)| {
                let mut get = cmd("HGET");
                get.arg(self.keys().session(id)).arg("data");
                get
            };
            let commands: Vec<Cmd> = listed.iter().map(get).collect();
            let found: Vec<Option<String>> = self.ask_all(&commands).await?;
            let is_end = listed.len() < filter.limit;
            after = listed.last().map(|(id, _)| id.clone());
            let there = listed.into_iter().zip(found);
            // One that was removed in between is not there.
            live.extend(there.filter_map(|((id, _), data)| Some((id, data?.into()))));
            if is_end {
                break;
            }
        }
        Ok(live)
    }

    /// The next ids in order, about as many as wanted, and whether there are more.
    async fn ids_after(
        &self,
        after: Option<&SessionId>,
        wanted: usize,
    ) -> Result<(Vec<SessionId>, bool), Error> {
        let chunk = CHUNK_MIN.max(at_most(wanted) / SHARDS * 2);
        let from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
        let range = |shard: &u8| {
            let mut range = cmd("ZRANGEBYLEX");
            range.arg(self.keys().in_shard(*shard, "all")).arg(&from).arg("+");
            range.arg("LIMIT").arg(0).arg(chunk);
            range
        };
        let commands: Vec<Cmd> = Share::all().shards().iter().map(range).collect();
        let found: Vec<Vec<String>> = self.ask_all(&commands).await?;
        // A shard that may have more does not say what comes after its last one.
        let full = found.iter().filter(|ids| ids.len() >= chunk);
        let end = full.filter_map(|ids| ids.last()).min().cloned();
        let known = |id: &String| end.as_ref().is_none_or(|end| id <= end);
        let ids = found.iter().flatten().filter(|id| known(id)).map(|text| id(text));
        let mut ids: Vec<SessionId> = ids.collect::<Result<_, _>>()?;
        ids.sort_unstable();
        Ok((ids, end.is_some()))
    }

    /// Sessions are looked at in the order in which they may have been idle longest; most are in their place.
    pub(in crate::store) async fn expire(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<SessionId>, Error> {
        let mut gone = Vec::new();
        let most = format!("({}", before.as_millis());
        for _ in 0..ROUNDS_MAX {
            let wanted = limit.saturating_sub(gone.len());
            if wanted == 0 {
                break;
            }
            let candidates = self.scored("idle", Share::all().shards(), &most, wanted).await?;
            if candidates.is_empty() {
                break;
            }
            let ids = candidates.into_iter().map(|(_, id)| id).collect();
            gone.extend(self.expire_these(before, ids).await?);
        }
        self.clean(Share::all().shards()).await?;
        self.expire_kept(before, limit).await?;
        self.expire_flows(limit).await?;
        Ok(gone)
    }

    async fn expire_these(
        &self,
        before: Timestamp,
        mut ids: Vec<SessionId>,
    ) -> Result<Vec<SessionId>, Error> {
        ids.sort_by_key(crate::link::shard);
        let mut gone = Vec::new();
        for ids in ids.chunk_by(|one, next| crate::link::shard(one) == crate::link::shard(next)) {
            let Some(first) = ids.first() else { continue };
            let key = self.keys().in_shard(crate::link::shard(first), "idle");
            let mut call = self.library().call(&library::EXPIRE, &[&key]);
            call.arg(before.as_millis());
            for id in ids {
                call.arg(id.as_str());
            }
            let removed: Vec<String> =
                self.run(&library::EXPIRE, &call, Patience::Deadline).await?;
            for text in &removed {
                gone.push(id(text)?);
            }
        }
        Ok(gone)
    }
}

pub(super) fn id(text: &str) -> Result<SessionId, Error> {
    SessionId::new(text).map_err(|error| Error::Corrupt(error.to_string()))
}

/// Redis counts with a sign.
pub(super) fn at_most(limit: usize) -> usize {
    limit.min(i32::MAX as usize)
}
