//! Flow versions in Redis, and which of them new sessions begin on.

use std::collections::{BTreeMap, HashSet};

use redis::{Cmd, cmd};

use super::history::written;
use super::session::{flow_field, is_inline};
use super::{Redis, library};
use crate::flow;
use crate::link::Patience;
use crate::store::{Active, Error, Note, Share};

/// A flow that a client brought is kept for so many seconds, although no session is on it yet.
const NEW: u64 = 3600;

impl Redis {
    fn definitions(&self) -> [String; 2] {
        [self.keys().of("flows", "definitions"), self.keys().of("flows", "inline")]
    }

    fn activation(&self) -> [String; 2] {
        [self.keys().of("flows", "active"), self.keys().of("flows", "epoch")]
    }

    pub(in crate::store) async fn flow_put(
        &self,
        id: &flow::Id,
        version: &flow::Version,
        definition: &str,
    ) -> Result<(), Error> {
        let [definitions, inline] = self.definitions();
        let mut call = self.library().call(&library::FLOW_PUT, &[&definitions, &inline]);
        call.arg(flow_field(id, version)).arg(definition).arg(u8::from(is_inline(id)));
        self.run(&library::FLOW_PUT, &call, Patience::Deadline).await
    }

    pub(in crate::store) async fn flow_get(
        &self,
        id: &flow::Id,
        version: &flow::Version,
    ) -> Result<Option<String>, Error> {
        let [definitions, _] = self.definitions();
        self.ask(cmd("HGET").arg(definitions).arg(flow_field(id, version))).await
    }

    pub(in crate::store) async fn activate(
        &self,
        changes: &[(flow::Id, Option<flow::Version>)],
        epoch: u64,
        note: &Note,
    ) -> Result<Option<u64>, Error> {
        let [active, epochs] = self.activation();
        let [numbers, published] = self.published();
        let places = [&*active, &*epochs, &*numbers, &*published];
        let mut call = self.library().call(&library::ACTIVATE, &places);
        call.arg(epoch).arg(written(note)?);
        for (id, version) in changes {
            call.arg(id.as_str()).arg(version.as_ref().map_or("", flow::Version::as_str));
        }
        self.run(&library::ACTIVATE, &call, Patience::Deadline).await
    }

    pub(in crate::store) async fn active(&self) -> Result<Active, Error> {
        let [active, epoch] = self.activation();
        let call = self.library().call(&library::ACTIVE, &[&active, &epoch]);
        let (epoch, versions): (u64, Vec<String>) =
            self.run(&library::ACTIVE, &call, Patience::Deadline).await?;
        let mut by_flow = BTreeMap::new();
        for pair in versions.chunks_exact(2) {
            if let [id, version] = pair {
                by_flow.insert(id.as_str().into(), version.as_str().into());
            }
        }
        let store = self.inner.name.clone();
        Ok(Active { store, epoch, versions: by_flow })
    }

    pub(in crate::store) async fn active_of(
        &self,
        id: &flow::Id,
    ) -> Result<Option<flow::Version>, Error> {
        let [active, _] = self.activation();
        let found: Option<String> = self.ask(cmd("HGET").arg(active).arg(id.as_str())).await?;
        Ok(found.map(|version| version.as_str().into()))
    }

    pub(in crate::store) async fn epoch(&self) -> Result<u64, Error> {
        let [_, epoch] = self.activation();
        let found: Option<u64> = self.ask(cmd("GET").arg(epoch)).await?;
        Ok(found.unwrap_or(0))
    }

    /// Removes flows that clients brought and no session is on any more.
    pub(super) async fn expire_flows(&self, limit: usize) -> Result<(), Error> {
        let [definitions, inline] = self.definitions();
        let places = [&*definitions, &*inline];
        let mut call = self.library().call(&library::FLOW_OLD, &places);
        call.arg(NEW).arg(super::index::at_most(limit));
        let old: Vec<String> = self.run(&library::FLOW_OLD, &call, Patience::Deadline).await?;
        if old.is_empty() {
            return Ok(());
        }
        let used = |shard: &u8| {
            let mut used = cmd("HKEYS");
            used.arg(self.keys().in_shard(*shard, "inline"));
            used
        };
        let commands: Vec<Cmd> = Share::all().shards().iter().map(used).collect();
        let used: Vec<Vec<String>> = self.ask_all(&commands).await?;
        let used: HashSet<&str> = used.iter().flatten().map(String::as_str).collect();
        for flow in &old {
            let mut call = self.library().call(&library::FLOW_DROP, &places);
            call.arg(flow).arg(u8::from(used.contains(flow.as_str()))).arg(NEW);
            let _dropped: u8 = self.run(&library::FLOW_DROP, &call, Patience::Deadline).await?;
        }
        Ok(())
    }
}
