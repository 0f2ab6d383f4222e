//! What is kept of flows beside their texts: what was published and why, what is being worked on, and how often what
//! happened. As in its parent, bytes and numbers.

use serde::{Deserialize, Serialize};

use super::{Error, Store};
use crate::event::Timestamp;
use crate::flow::{self, Version};
use crate::rollout::{Percent, Rollout};

/// Who changed what new sessions begin on, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// In which way.
    pub how: How,
    /// Who, as they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changelog: Option<String>,
    /// How many of a hundred new sessions begin on it, while others begin on another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
}

impl Note {
    /// A change of a file.
    #[must_use]
    pub const fn of_file(at: Timestamp) -> Self {
        Self { at, how: How::File, author: None, changelog: None, percent: None }
    }
}

/// In which way something was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// A draft became current.
    Publish,
    /// Somebody changed, made or removed the flow's file.
    File,
    /// An earlier version became current again.
    Rollback,
    /// The flow takes no new sessions any more.
    Retire,
    /// Some new sessions begin on it from now on, or another part of them than before; what is current stays so.
    Canary,
    /// What some new sessions began on became current.
    Promote,
    /// No new sessions begin any more on what some began on; what is current stays so.
    Drop,
}

impl How {
    /// Whether it changed what is current.
    #[must_use]
    pub const fn is_current(self) -> bool {
        match self {
            Self::Publish | Self::File | Self::Rollback | Self::Retire | Self::Promote => true,
            Self::Canary | Self::Drop => false,
        }
    }
}

/// One change of what new sessions of a flow, or some of them, begin on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// 1, 2, 3 … per flow.
    pub number: u64,
    /// What it was about: what became current, or what some new sessions began on; none when the flow was retired.
    pub version: Option<Version>,
    /// Who, when, why.
    #[serde(flatten)]
    pub note: Note,
}

/// A text that somebody works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The flow as written, JSON.
    pub definition: String,
    /// What was current when the work began.
    pub base: Option<Version>,
    /// When it was put here.
    pub at: Timestamp,
    /// Who did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// How often something happened on a version of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The flow.
    pub flow: flow::Id,
    /// Its version.
    pub version: Version,
    /// What; the one who counts knows the words.
    pub what: String,
    /// How often, or how often more.
    pub count: u64,
}

impl Store {
    /// What was published of a flow, the newest first: at most `limit` below number `before`.
    pub async fn publications(
        &self,
        id: &flow::Id,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Publication>, Error> {
        to!(self.publications(id, before, limit))
    }

    /// Has a part of a flow's new sessions begin on another version than the current one, in place of what part did so
    /// before; `None` ends that. All of it or nothing if `epoch` is over, as with [`Store::activate`], which ends it too when
    /// it changes what is current. It becomes a publication of that version with this note.
    pub async fn roll_out(
        &self,
        (id, version): (&flow::Id, &Version),
        rollout: Option<&Rollout>,
        epoch: u64,
        note: &Note,
    ) -> Result<Option<u64>, Error> {
        to!(self.roll_out((id, version), rollout, epoch, note))
    }

    /// Keeps a draft under its hash in place of the one with the hash `expected`, or where there is none; `false` if
    /// there is another.
    pub async fn draft_put(
        &self,
        id: &flow::Id,
        expected: Option<&Version>,
        hash: &Version,
        draft: &Draft,
    ) -> Result<bool, Error> {
        to!(self.draft_put(id, expected, hash, draft))
    }

    /// A flow's draft and its hash.
    pub async fn draft(&self, id: &flow::Id) -> Result<Option<(Version, Draft)>, Error> {
        to!(self.draft(id))
    }

    /// Removes a draft if it has this hash, or whatever it has; `false` if it is not there.
    pub async fn draft_delete(
        &self,
        id: &flow::Id,
        expected: Option<&Version>,
    ) -> Result<bool, Error> {
        to!(self.draft_delete(id, expected))
    }

    /// The flows of which something was ever published, in order.
    pub async fn published(&self) -> Result<Vec<flow::Id>, Error> {
        to!(self.published_flows())
    }

    /// The flows that have a draft, in order.
    pub async fn drafts(&self) -> Result<Vec<flow::Id>, Error> {
        to!(self.drafts())
    }

    /// Counts. If this fails, some of it may have been counted.
    pub async fn count_more(&self, used: &[Used]) -> Result<(), Error> {
        to!(self.count_more(used))
    }

    /// How often each of these happened on a version of a flow.
    pub async fn counts_of(
        &self,
        id: &flow::Id,
        version: &Version,
        what: &[String],
    ) -> Result<Vec<u64>, Error> {
        to!(self.counts_of(id, version, what))
    }

    /// All counts of a flow.
    pub async fn counts(&self, id: &flow::Id) -> Result<Vec<Used>, Error> {
        to!(self.counts(id))
    }
}
