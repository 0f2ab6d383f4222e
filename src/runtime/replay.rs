//! A stored conversation once more, from its log, on the version that it was on or on a draft. It writes nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Error, page};
use crate::catalog::{self, Catalog};
use crate::engine::{Classify, Understood};
use crate::event::{Event, Kind, SessionId};
use crate::flow::{self, Flow, Id, Known, Linked, Version};
use crate::nlu::Offline;
use crate::rehearsal::{Past, ReplayError, Replayed, replay};
use crate::store::Store;

/// Events that are read at once.
const PAGE: usize = 1_000;

/// What is to be replayed.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// Nothing that begins after this event.
    pub until: Option<u64>,
    /// In place of a flow that the conversation came into.
    pub draft: Option<Draft>,
}

/// A text in place of every version of a flow.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Of which flow; none is the one that the conversation began on.
    pub flow: Option<Id>,
    /// As it stands in its file, so that what is wrong with it is found there.
    pub text: String,
}

/// What came of it.
#[derive(Debug)]
pub struct Once {
    /// Beside the log.
    pub replayed: Replayed,
    /// The log as far as it was replayed.
    pub log: Vec<Event>,
    /// Whether every event is the same, byte for byte.
    pub is_same: bool,
}

/// Replays a session of a store.
///
/// # Errors
/// [`Error::Unknown`], [`Error::LogTrimmed`], [`Error::InvalidFlow`] of a draft, [`Error::Unavailable`].
pub async fn again(
    store: &Store,
    catalog: &Catalog,
    id: &SessionId,
    asked: &Again,
) -> Result<Once, Error> {
    let (log, json) = whole(store, id, asked.until).await?;
    let current = catalog.current();
    let mut flows = Linked::clone(&current.linked);
    for (id, version) in store.active().await?.versions {
        // Those of a running host are there already.
        if flows.get(&id, &version).is_some() {
            continue;
        }
        match catalog.version(&id, &version).await {
            Ok(flow) => flows.activate(flow),
            // Only who goes there misses it.
            Err(catalog::Error::Gone { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some(Kind::SessionCreated { flow, version, .. }) = log.first().map(|event| &event.kind)
    else {
        let first = log.first().map_or(1, |event| event.seq);
        return Err(Error::LogTrimmed { first });
    };
    let (flow, version) = (Id::from(flow.as_str()), Version::from(version.as_str()));
    flows.keep(catalog.version(&flow, &version).await?);
    for (id, version) in versions_in(&log) {
        match catalog.version(&id, &version).await {
            Ok(flow) => flows.keep(flow),
            // Where the log goes there the replay stops and says so.
            Err(catalog::Error::Gone { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let draft = match &asked.draft {
        Some(of) => {
            let id = of.flow.as_ref().unwrap_or(&flow);
            Some(draft(id, &of.text, &flows, &current.offers)?)
        }
        None => None,
    };
    let offline = Offline::default();
    let understand =
        |flow: &Flow, query: &Classify| -> Understood { offline.classify(flow, query) };
    let past = Past { log: &log, flows: &flows, draft: draft.as_ref(), understand: &understand };
    let replayed = replay(past).map_err(|error| match error {
        ReplayError::Empty => Error::Unknown(id.clone()),
        ReplayError::Trimmed { first } => Error::LogTrimmed { first },
        ReplayError::NoFlow { .. } => Error::Unavailable(error.to_string()),
        ReplayError::NotEntered { .. } => Error::BadInput(error.to_string()),
    })?;
    let same = replayed.events.iter().zip(&json).all(|(now, then)| *now.encode().json == **then);
    let is_same = same && replayed.events.len() == json.len();
    Ok(Once { replayed, log, is_same })
}

/// The versions that the conversation came to after its beginning.
fn versions_in(log: &[Event]) -> BTreeSet<(Id, Version)> {
    let named = |event: &Event| {
        let (flow, version) = match &event.kind {
            Kind::SessionMigrated { flow, to, .. } => (flow.as_str(), to.as_str()),
            Kind::FsmTransition { flow, version: Some(version), .. } => (&**flow, &**version),
            _ => return None,
        };
        Some((Id::from(flow), Version::from(version)))
    };
    log.iter().filter_map(named).collect()
}

/// The log from its beginning, as it is read and as it is written.
async fn whole(
    store: &Store,
    id: &SessionId,
    until: Option<u64>,
) -> Result<(Vec<Event>, Vec<Arc<str>>), Error> {
    let (mut log, mut json): (Vec<Event>, Vec<Arc<str>>) = Default::default();
    loop {
        let since = log.last().map_or(0, |event| event.seq);
        let page = page(store, id, since, PAGE).await?;
        if page.events.is_empty() {
            break;
        }
        for event in page.events {
            let read = serde_json::from_str::<Event>(&event.json);
            let unread =
                |error| Error::Unavailable(format!("event {} cannot be read: {error}", event.seq));
            log.push(read.map_err(unread)?);
            json.push(event.json);
        }
    }
    if let Some(until) = until {
        let turn =
            log.iter().rev().find(|event| event.seq <= until).map(|event| (event.turn, event.seq));
        let (turn, seq) = turn.unwrap_or_default();
        // An arrival is replayed as a whole.
        let length = log.iter().take_while(|event| event.seq <= seq || event.turn == turn).count();
        log.truncate(length);
        json.truncate(length);
    }
    Ok((log, json))
}

fn draft(id: &Id, text: &str, flows: &Linked, offers: &flow::Offers) -> Result<Arc<Flow>, Error> {
    let ids: BTreeSet<Id> = flows.iter().map(|flow| flow.id.clone()).collect();
    let known = Known { flows: &ids, offers };
    let (flow, _) = flow::load(id, text, known).map_err(Error::InvalidFlow)?;
    Ok(Arc::new(flow))
}
