//! What is kept of flows beside their texts: what was published and why, what is being worked on, and how often what
//! happened. As in its parent, bytes and numbers.

use serde::{Deserialize, Serialize};

use super::{Error, Store};
use crate::event::Timestamp;
use crate::flow::{self, Version};

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
}

impl Note {
    /// A change of a file.
    #[must_use]
    pub const fn of_file(at: Timestamp) -> Self {
        Self { at, how: How::File, author: None, changelog: None }
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
}

/// One change of what new sessions of a flow begin on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// 1, 2, 3 … per flow.
    pub number: u64,
    /// What became current; none when the flow was retired.
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

    /// All counts of a flow.
    pub async fn counts(&self, id: &flow::Id) -> Result<Vec<Used>, Error> {
        to!(self.counts(id))
    }
}
