//! Logs in Redis: a stream for each session, an entry for each turn, a field for each event.

use super::session::{corrupt, number, turn_of};
use super::{Redis, library};
use crate::event::{Encoded, SessionId};
use crate::link::Patience;
use crate::store::{Error, PAGE_BYTES_MAX, Page};

/// An entry as Redis gives it: its id, and names and values in turn.
type Entry = (String, Vec<String>);

impl Redis {
    pub(in crate::store) async fn events(
        &self,
        session: &SessionId,
        since: u64,
        limit: usize,
    ) -> Result<Option<Page>, Error> {
        let keys = self.keys();
        let places = [&*keys.session(session), &keys.log(session)];
        let mut call = self.library().call(&library::PAGE, &places);
        call.arg(since).arg(limit).arg(PAGE_BYTES_MAX);
        let found: Option<(String, String, Vec<Entry>)> =
            self.run(&library::PAGE, &call, Patience::Deadline).await?;
        let Some((head, first, entries)) = found else { return Ok(None) };
        let mut page = Page {
            events: Vec::new(),
            first: number(session, "first", Some(&first))?,
            head: number(session, "seq", Some(&head))?,
        };
        let mut bytes = 0;
        for (_, fields) in &entries {
            for event in events(session, fields)?.into_iter().filter(|event| event.seq > since) {
                bytes += event.json.len();
                let full =
                    page.events.len() >= limit || bytes > PAGE_BYTES_MAX && !page.events.is_empty();
                if full {
                    return Ok(Some(page));
                }
                page.events.push(event);
            }
        }
        Ok(Some(page))
    }
}

/// The events of an entry.
fn events(session: &SessionId, fields: &[String]) -> Result<Vec<Encoded>, Error> {
    let mut events = Vec::with_capacity(fields.len() / 2);
    let mut turn = None;
    for pair in fields.chunks_exact(2) {
        let [name, value] = pair else { continue };
        match name.as_str() {
            "tag" => {}
            "turn" => turn = Some(number(session, "turn", Some(value))?),
            seq => {
                let seq = number(session, "seq", Some(seq))?;
                let turn = turn.or_else(|| turn_of(value));
                let turn = turn.ok_or_else(|| corrupt(session, "turn"))?;
                events.push(Encoded { seq, turn, json: value.as_str().into() });
            }
        }
    }
    Ok(events)
}
