//! Which version a session should be on by now, and since when: the one question whose answer moves running sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Catalog, Current, Error, unavailable};
use crate::engine::{Frame, Session};
use crate::event::Timestamp;
use crate::flow::{self, Flow, Linked, Policy, Version};
use crate::store::{How, Publication};

/// Publications that are looked at for when a version was replaced; those before were replaced earlier.
const PUBLICATIONS_MAX: usize = 64;

/// The flows of one session at one moment.
#[derive(Debug, Clone)]
pub struct Way {
    /// All that it can reach: the current ones and the versions that it is on.
    pub linked: Arc<Linked>,
    /// Those that it should be on in place of older versions, the outermost frame's first.
    pub newer: Vec<Newer>,
}

/// A version that has taken the place of another.
#[derive(Debug, Clone)]
pub struct Newer {
    /// What a session should be on.
    pub flow: Arc<Flow>,
    /// When the version that it is on was replaced.
    pub since: Timestamp,
}

impl Newer {
    /// Until when a session may stay on its version; `None` is to its end, or until its next turn.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let sessions = self.flow.meta.sessions;
        match sessions.policy {
            Policy::Auto | Policy::Drain => Some(self.since.plus_millis(sessions.pin_max_ms)),
            Policy::Pin | Policy::Migrate => None,
        }
    }

    /// Whether a session has been on its version for as long as it may.
    #[must_use]
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now)
    }
}

/// When the versions of a flow were replaced by others.
#[derive(Debug, Clone, Default)]
pub struct Replaced {
    by_version: BTreeMap<Version, Timestamp>,
    /// At the latest, all others.
    others: Option<Timestamp>,
}

impl Replaced {
    /// From a flow's publications, the newest first.
    pub(super) fn of(publications: &[Publication]) -> Self {
        let mut replaced = Self::default();
        for publication in publications {
            let Some(version) = &publication.version else { continue };
            // What only some sessions got took nobody's place, and made way when it was dropped.
            match publication.note.how {
                How::Canary => continue,
                How::Drop => {
                    let at = publication.note.at;
                    replaced.by_version.entry(version.clone()).or_insert(at);
                    continue;
                }
                _ => {}
            }
            if let Some(at) = replaced.others {
                replaced.by_version.entry(version.clone()).or_insert(at);
            }
            replaced.others = Some(publication.note.at);
        }
        replaced
    }
}

impl Current {
    /// What a session that is on `version` of this flow should be on; `None` if it is where it should be: on what is
    /// current, on what some get instead, or on a flow that takes no sessions any more.
    #[must_use]
    pub fn newer(&self, id: &flow::Id, version: &Version) -> Option<Newer> {
        if self.canaries.get(id).is_some_and(|canary| canary.flow.version == *version) {
            return None;
        }
        let flow = self.linked.current(id).filter(|flow| flow.version != *version)?;
        let replaced = self.replaced.get(id)?;
        let since = replaced.by_version.get(version).copied().or(replaced.others)?;
        Some(Newer { flow: Arc::clone(flow), since })
    }

    /// The same for every flow that the session is in.
    pub(super) fn newer_of(&self, session: &Session) -> Vec<Newer> {
        let mut all: Vec<Newer> = Vec::new();
        for frame in &session.frames {
            let Some(newer) = self.newer(&frame.flow, &frame.version) else { continue };
            match all.iter_mut().find(|other| other.flow.id == newer.flow.id) {
                Some(other) => other.since = other.since.min(newer.since),
                None => all.push(newer),
            }
        }
        all
    }

    /// Since when sessions on older versions may no longer stay there, by what came in their place.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> BTreeSet<(flow::Id, Version, Timestamp)> {
        let of_flow = |(id, replaced): (&flow::Id, &Arc<Replaced>)| {
            let flow = self.linked.current(id)?;
            let is_older = |version: &Version| self.newer(id, version).is_some();
            let older = replaced.by_version.iter().filter(|(version, _)| is_older(version));
            let since = older.map(|(_, since)| *since).chain(replaced.others);
            let newer = since.map(|since| Newer { flow: Arc::clone(flow), since });
            let late =
                newer.filter_map(|newer| newer.deadline()).filter(|deadline| *deadline <= now);
            Some(late.map(|late| (id.clone(), flow.version.clone(), late)).collect::<Vec<_>>())
        };
        self.replaced.iter().filter_map(of_flow).flatten().collect()
    }
}

impl Catalog {
    /// The flows that this session can reach: the current ones and the versions that it is on.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Unavailable`] when a version that it is on cannot be had.
    pub async fn linked_for(&self, session: &Session) -> Result<Arc<Linked>, Error> {
        self.way(session).await.map(|way| way.linked)
    }

    /// The same, and which newer versions the session should be on, all of one moment.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Unavailable`] when a version that it is on cannot be had.
    pub async fn way(&self, session: &Session) -> Result<Way, Error> {
        let current = self.current();
        let linked = self.wide_enough(current.linked_of(session), session).await?;
        Ok(Way { linked, newer: current.newer_of(session) })
    }

    async fn wide_enough(
        &self,
        linked: Arc<Linked>,
        session: &Session,
    ) -> Result<Arc<Linked>, Error> {
        let missing = |frame: &&Frame| linked.get(&frame.flow, &frame.version).is_none();
        if !session.frames.iter().any(|frame| missing(&frame)) {
            return Ok(linked);
        }
        let mut wider = Linked::clone(&linked);
        for frame in session.frames.iter().filter(missing) {
            wider.keep(self.version(&frame.flow, &frame.version).await?);
        }
        Ok(Arc::new(wider))
    }

    /// When versions were replaced, asked anew for these flows.
    pub(super) async fn replaced(
        &self,
        changed: &[flow::Id],
    ) -> Result<BTreeMap<flow::Id, Arc<Replaced>>, Error> {
        let mut replaced = self.current.load().replaced.clone();
        for id in changed {
            let published = self.store.publications(id, u64::MAX, PUBLICATIONS_MAX).await;
            let published = Replaced::of(&published.map_err(unavailable)?);
            replaced.insert(id.clone(), Arc::new(published));
        }
        Ok(replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Note;

    #[test]
    fn a_version_was_replaced_when_the_next_one_came_and_an_unknown_one_before_all() {
        let publication = |number: u64, version: Option<&str>, at: i64| Publication {
            number,
            version: version.map(Version::from),
            note: Note::of_file(Timestamp::from_millis(at)),
        };
        let newest_first = [
            publication(5, Some("a"), 50),
            publication(4, Some("c"), 40),
            publication(3, None, 30),
            publication(2, Some("b"), 20),
            publication(1, Some("a"), 10),
        ];
        let replaced = Replaced::of(&newest_first);
        let of = |version: &str| replaced.by_version[&Version::from(version)].as_millis();
        assert_eq!((of("c"), of("b"), of("a")), (50, 40, 20));
        assert_eq!(replaced.others.unwrap().as_millis(), 10);
    }

    #[test]
    fn what_only_some_sessions_got_replaced_nothing_and_ended_when_it_was_taken_back() {
        let publication = |version: &str, how: How, at: i64| Publication {
            number: 0,
            version: Some(version.into()),
            note: Note { how, ..Note::of_file(Timestamp::from_millis(at)) },
        };
        let newest_first = [
            publication("d", How::Promote, 70),
            publication("d", How::Canary, 60),
            publication("b", How::Drop, 40),
            publication("b", How::Canary, 30),
            publication("b", How::Canary, 20),
            publication("a", How::File, 10),
        ];
        let replaced = Replaced::of(&newest_first);
        let of = |version: &str| replaced.by_version[&Version::from(version)].as_millis();
        assert_eq!((of("a"), of("b")), (70, 40));
    }
}
