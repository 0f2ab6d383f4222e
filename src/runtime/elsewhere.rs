//! What other hosts bring about: what comes of an input, and that a call is not wanted any more. The bus tells that
//! something happened to the session, the store tells what. Within one host `answer` is enough.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tracing::debug;

use super::answer::{Ticket, root_of};
use super::timers::stopped;
use super::work::Inner;
use super::{Answer, Error};
use crate::bus::{Closed, Heard};
use crate::event::{CallId, Encoded, SessionId};
use crate::store::Store;

/// A call that takes this long is listened for; others are over before that would be of use.
const LONG: Duration = Duration::from_millis(250);

/// Events read at a time.
const PAGE: usize = 512;

/// Waits until the answer is whole, `wait` has passed, or the host stops.
pub(super) async fn settled(
    inner: &Arc<Inner>,
    id: &SessionId,
    mut ticket: Ticket,
    wait: Duration,
) -> Answer {
    let (mut phase, known) = (inner.phase.subscribe(), ticket.borrow().clone());
    let mut listener = inner.parts.bus.subscribe(id);
    let until = tokio::time::Instant::now() + wait;
    // Once another host had a part in it, only the log has the whole.
    let mut foreign = false;
    loop {
        let heard = tokio::select! {
            biased;
            _ = ticket.wait_for(|answer| answer.settled) => break,
            heard = listener.recv() => heard,
            () = stopped(&mut phase) => break,
            () = tokio::time::sleep_until(until) => break,
        };
        let told_here = |last: u64| last <= ticket.borrow().session.seq;
        match heard {
            Ok(Heard::Batch(batch))
                if batch.events.last().is_some_and(|last| told_here(last.seq)) => {}
            Ok(Heard::Batch(_) | Heard::Missed) => {
                foreign = true;
                let now = gathered(inner, id, &known).await;
                if now.as_ref().is_ok_and(|answer| answer.settled) {
                    break;
                }
            }
            Err(Closed::Lagged) => listener = inner.parts.bus.subscribe(id),
            Err(Closed::Ended) => {
                foreign = true;
                break;
            }
        }
    }
    let here = ticket.borrow().clone();
    if !foreign {
        return here;
    }
    gathered(inner, id, &known).await.unwrap_or_else(|error| {
        debug!(session = %id, %error, "An answer is given as far as this host knows it.");
        here
    })
}

/// Returns when the session no longer waits for a call of this host; never where there are no other hosts.
pub(super) async fn taken_back(inner: &Arc<Inner>, id: &SessionId, call: &CallId) {
    if !inner.is_shared() {
        return std::future::pending().await;
    }
    tokio::time::sleep(LONG).await;
    let mut listener = inner.parts.bus.subscribe(id);
    // What happened before the subscription counts, too.
    while is_wanted(inner, id, call).await {
        match listener.recv().await {
            Ok(Heard::Batch(_) | Heard::Missed) => {}
            Err(Closed::Lagged) => listener = inner.parts.bus.subscribe(id),
            // Removed, or this host stops: then its calls have time to end.
            Err(Closed::Ended) if is_wanted(inner, id, call).await => std::future::pending().await,
            Err(Closed::Ended) => return,
        }
    }
}

async fn is_wanted(inner: &Inner, id: &SessionId, call: &CallId) -> bool {
    match inner.parts.load(id).await {
        Ok(Some(held)) => held.session.pending.iter().any(|pending| pending.call == *call),
        Ok(None) => false,
        // The store is away: then nobody has taken it back lately, and the bus will say when it may have.
        Err(_) => true,
    }
}

/// The answer as the store has it now.
async fn gathered(inner: &Inner, id: &SessionId, known: &Answer) -> Result<Answer, Error> {
    let held = inner.parts.load(id).await?.ok_or_else(|| Error::Unknown(id.clone()))?;
    let session = held.session;
    let Some(own) = known.events.first() else { return Ok(Answer { session, ..known.clone() }) };
    let settled = session.is_settled(root_of(&session, own.turn));
    let events = caused(&inner.parts.store, id, own).await?;
    Ok(Answer { session, events, settled, replayed: known.replayed })
}

/// What is needed of an event to know what it goes back to.
#[derive(Debug, Deserialize)]
struct Brief {
    #[serde(rename = "type")]
    kind: String,
    tool_call_id: Option<CallId>,
}

/// The events of the arrival that begins with `own`, and of the turns that its calls led to.
async fn caused(store: &Store, id: &SessionId, own: &Encoded) -> Result<Vec<Encoded>, Error> {
    let (mut turns, mut calls, mut events) = (vec![own.turn], Vec::new(), Vec::new());
    let mut since = own.seq.saturating_sub(1);
    loop {
        let page = store.events(id, since, PAGE).await?;
        let page = page.ok_or_else(|| Error::Unknown(id.clone()))?;
        let Some(last) = page.events.last().map(|event| event.seq) else { return Ok(events) };
        since = last;
        for event in page.events {
            let brief: Brief = serde_json::from_str(&event.json).map_err(|error| {
                Error::Unavailable(format!("an event of session `{id}` cannot be read: {error}"))
            })?;
            let call = brief.tool_call_id;
            if call.as_ref().is_some_and(|call| calls.contains(call)) {
                turns.push(event.turn);
            }
            if !turns.contains(&event.turn) {
                continue;
            }
            if brief.kind == "tool.call" {
                calls.extend(call);
            }
            events.push(event);
        }
    }
}
