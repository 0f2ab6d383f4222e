//! Publications, drafts and counts of flows in Redis.

use std::collections::BTreeMap;

use redis::cmd;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Redis, library};
use crate::flow;
use crate::link::Patience;
use crate::store::{Draft, Error, Publication, Used};

impl Redis {
    /// How many publications each flow has, and what they were.
    pub(super) fn published(&self) -> [String; 2] {
        [self.keys().of("flows", "numbers"), self.keys().of("flows", "published")]
    }

    fn at_work(&self) -> String {
        self.keys().of("flows", "drafts")
    }

    fn used(&self, id: &flow::Id) -> String {
        self.keys().of("flows", &format!("counts:{id}"))
    }

    pub(in crate::store) async fn publications(
        &self,
        id: &flow::Id,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Publication>, Error> {
        let [numbers, published] = self.published();
        let last: Option<u64> = self.ask(cmd("HGET").arg(numbers).arg(id.as_str())).await?;
        let last = last.unwrap_or(0).min(before.saturating_sub(1));
        let wanted: Vec<u64> = (1..=last).rev().take(limit).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut get = cmd("HMGET");
        get.arg(published);
        for number in &wanted {
            get.arg(format!("{number}:{id}"));
        }
        let found: Vec<Option<String>> = self.ask(&get).await?;
        let read = |(number, text): (u64, Option<String>)| {
            let text = text.unwrap_or_default();
            let (version, note) = text.split_once('|').ok_or_else(|| broken("publication"))?;
            let version = Some(version.into()).filter(|_| !version.is_empty());
            Ok(Publication { number, version, note: read(note)? })
        };
        wanted.into_iter().zip(found).map(read).collect()
    }

    pub(in crate::store) async fn draft_put(
        &self,
        id: &flow::Id,
        expected: Option<&flow::Version>,
        hash: &flow::Version,
        draft: &Draft,
    ) -> Result<bool, Error> {
        let mut call = self.library().call(&library::DRAFT_PUT, &[&self.at_work()]);
        call.arg(id.as_str()).arg(expected.map_or("", flow::Version::as_str));
        call.arg(hash.as_str()).arg(written(draft)?);
        self.run(&library::DRAFT_PUT, &call, Patience::Deadline).await
    }

    pub(in crate::store) async fn draft(
        &self,
        id: &flow::Id,
    ) -> Result<Option<(flow::Version, Draft)>, Error> {
        let found: Option<String> =
            self.ask(cmd("HGET").arg(self.at_work()).arg(id.as_str())).await?;
        let Some(found) = found else { return Ok(None) };
        let (hash, draft) = found.split_once('|').ok_or_else(|| broken("draft"))?;
        Ok(Some((hash.into(), read(draft)?)))
    }

    pub(in crate::store) async fn draft_delete(
        &self,
        id: &flow::Id,
        expected: Option<&flow::Version>,
    ) -> Result<bool, Error> {
        let mut call = self.library().call(&library::DRAFT_DELETE, &[&self.at_work()]);
        call.arg(id.as_str()).arg(expected.map_or("", flow::Version::as_str));
        self.run(&library::DRAFT_DELETE, &call, Patience::Deadline).await
    }

    pub(in crate::store) async fn published_flows(&self) -> Result<Vec<flow::Id>, Error> {
        let [numbers, _] = self.published();
        self.flows_in(&numbers).await
    }

    pub(in crate::store) async fn drafts(&self) -> Result<Vec<flow::Id>, Error> {
        self.flows_in(&self.at_work()).await
    }

    async fn flows_in(&self, key: &str) -> Result<Vec<flow::Id>, Error> {
        let mut ids: Vec<String> = self.ask(cmd("HKEYS").arg(key)).await?;
        ids.sort_unstable();
        Ok(ids.iter().map(|id| id.as_str().into()).collect())
    }

    /// Sent again only while it is certain that nothing was counted.
    pub(in crate::store) async fn count_more(&self, used: &[Used]) -> Result<(), Error> {
        let mut by_flow: BTreeMap<&flow::Id, Vec<&Used>> = BTreeMap::new();
        for one in used {
            by_flow.entry(&one.flow).or_default().push(one);
        }
        for (id, used) in by_flow {
            let mut call = self.library().call(&library::COUNT_MORE, &[&self.used(id)]);
            for Used { version, what, count, .. } in used {
                call.arg(format!("{}|{what}", version.as_str())).arg(*count);
            }
            let _done: u8 = self.run(&library::COUNT_MORE, &call, Patience::Untouched).await?;
        }
        Ok(())
    }

    pub(in crate::store) async fn counts_of(
        &self,
        id: &flow::Id,
        version: &flow::Version,
        what: &[String],
    ) -> Result<Vec<u64>, Error> {
        if what.is_empty() {
            return Ok(Vec::new());
        }
        let mut get = cmd("HMGET");
        get.arg(self.used(id));
        for what in what {
            get.arg(format!("{}|{what}", version.as_str()));
        }
        let found: Vec<Option<u64>> = self.ask(&get).await?;
        Ok(found.into_iter().map(Option::unwrap_or_default).collect())
    }

    pub(in crate::store) async fn counts(&self, id: &flow::Id) -> Result<Vec<Used>, Error> {
        let found: BTreeMap<String, u64> = self.ask(cmd("HGETALL").arg(self.used(id))).await?;
        let used = |(field, count): (String, u64)| {
            let (version, what) = field.split_once('|')?;
            let (flow, version) = (id.clone(), version.into());
            Some(Used { flow, version, what: what.to_owned(), count })
        };
        Ok(found.into_iter().filter_map(used).collect())
    }
}

pub(super) fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Unavailable(error.to_string()))
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(error.to_string()))
}

fn broken(what: &str) -> Error {
    Error::Corrupt(format!("a {what} of a flow is no such thing"))
}
