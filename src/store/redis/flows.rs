//! Flow versions in Redis, and which of them new sessions begin on.

use std::collections::HashSet;

use redis::{Cmd, cmd};

use super::history::{read, written};
use super::session::{flow_field, is_inline};
use super::{Redis, library};
use crate::flow;
use crate::link::Patience;
use crate::rollout::Rollout;
use crate::store::{Active, Error, Note, Share};

/// A flow that a client brought is kept for so many seconds, although no session is on it yet.
const NEW: u64 = 3600;

impl Redis {
    fn definitions(&self) -> [String; 2] {
        [self.keys().of("flows", "definitions"), self.keys().of("flows", "inline")]
    }

    fn activation(&self) -> [String; 3] {
        ["active", "epoch", "rollouts"].map(|name| self.keys().of("flows", name))
    }

    /// A call of a function that changes what new sessions begin on.
    fn change(&self, function: &library::Function) -> Cmd {
        let [active, epoch, rollouts] = self.activation();
        let [numbers, published] = self.published();
        let places = [&*active, &*epoch, &*numbers, &*published, &*rollouts];
        self.library().call(function, &places)
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
        let mut call = self.change(&library::ACTIVATE);
        call.arg(epoch).arg(written(note)?);
        for (id, version) in changes {
            call.arg(id.as_str()).arg(version.as_ref().map_or("", flow::Version::as_str));
        }
        self.run(&library::ACTIVATE, &call, Patience::Deadline).await
    }

    pub(in crate::store) async fn roll_out(
        &self,
        (id, version): (&flow::Id, &flow::Version),
        rollout: Option<&Rollout>,
        epoch: u64,
        note: &Note,
    ) -> Result<Option<u64>, Error> {
        let mut call = self.change(&library::ROLL_OUT);
        call.arg(epoch).arg(written(note)?).arg(id.as_str()).arg(version.as_str());
        call.arg(rollout.map(written).transpose()?.unwrap_or_default());
        self.run(&library::ROLL_OUT, &call, Patience::Deadline).await
    }

    pub(in crate::store) async fn active(&self) -> Result<Active, Error> {
        let [active, epoch, rollouts] = self.activation();
        let call = self.library().call(&library::ACTIVE, &[&active, &epoch, &rollouts]);
        let (epoch, versions, rollouts): (u64, Vec<String>, Vec<String>) =
            self.run(&library::ACTIVE, &call, Patience::Deadline).await?;
        let version = |(id, version): (flow::Id, &str)| (id, version.into());
        let rollout = |(id, rollout): (flow::Id, &str)| Ok((id, read(rollout)?));
        let versions = pairs(&versions).map(version).collect();
        let rollouts = pairs(&rollouts).map(rollout).collect::<Result<_, Error>>()?;
        Ok(Active { store: self.inner.name.clone(), epoch, versions, rollouts })
    }

    pub(in crate::store) async fn active_of(
        &self,
        id: &flow::Id,
    ) -> Result<Option<flow::Version>, Error> {
        let [active, ..] = self.activation();
        let found: Option<String> = self.ask(cmd("HGET").arg(active).arg(id.as_str())).await?;
        Ok(found.map(|version| version.as_str().into()))
    }

    pub(in crate::store) async fn epoch(&self) -> Result<u64, Error> {
        let [_, epoch, _] = self.activation();
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

/// Flow and what is said of it, and so on.
fn pairs(flat: &[String]) -> impl Iterator<Item = (flow::Id, &str)> {
    flat.chunks_exact(2).filter_map(|pair| match pair {
        [id, value] => Some((id.as_str().into(), value.as_str())),
        _ => None,
    })
}
