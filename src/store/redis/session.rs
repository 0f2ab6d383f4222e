//! Sessions in Redis: the turn as one call, reading, and removing.

use redis::cmd;
use serde::{Deserialize, Serialize};

use super::{Redis, library};
use crate::event::{Encoded, SessionId, Timestamp};
use crate::flow;
use crate::link::{Patience, opening};
use crate::store::{Commit, Error, Stored, Summary, Tag};

/// What a list shows, as JSON. When the last turn was comes first: expiry finds it there.
#[derive(Serialize, Deserialize)]
struct About<'a> {
    updated_at: Timestamp,
    created_at: Timestamp,
    active: bool,
    #[serde(borrow)]
    flow: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    version: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    state: std::borrow::Cow<'a, str>,
}

/// What the function says of a commit.
const CONFLICT: u8 = 0;

impl Redis {
    pub(in crate::store) async fn load(
        &self,
        session: &SessionId,
    ) -> Result<Option<Stored>, Error> {
        let mut get = cmd("HMGET");
        get.arg(self.keys().session(session)).arg("seq").arg("tag").arg("data");
        let found: [Option<String>; 3] = self.ask(&get).await?;
        let [Some(seq), tag, data] = found else { return Ok(None) };
        let tag = Tag(number(session, "tag", tag.as_deref())?);
        let seq = number(session, "seq", Some(&seq))?;
        let data = data.ok_or_else(|| corrupt(session, "data"))?;
        Ok(Some(Stored { seq, tag, data: data.into() }))
    }

    /// The same commit may be sent many times: the tag tells that it is the same.
    pub(in crate::store) async fn commit(&self, commit: Commit) -> Result<Tag, Error> {
        let conflict =
            || Error::Conflict { session: commit.session.clone(), expected: commit.expected };
        let Some(head) = commit.head() else { return Err(conflict()) };
        let tag = self.next_tag();
        let keys = self.keys();
        let firehose = keys.firehose(crate::link::shard(&commit.session));
        let places = [&*keys.session(&commit.session), &keys.log(&commit.session), &firehose];
        let mut call = self.library().call(&library::COMMIT, &places);
        let Commit { session, expected, follows, data, due, summary, news, .. } = &commit;
        call.arg(session.as_str()).arg(*expected);
        match follows {
            Some(Tag(tag)) => call.arg(*tag),
            None => call.arg(""),
        };
        call.arg(tag.0).arg(head).arg(&**data).arg(about(summary)?);
        match due {
            Some(due) => call.arg(due.as_millis()),
            None => call.arg(""),
        };
        call.arg(summary.updated_at.as_millis()).arg(inline(summary));
        call.arg(opening(news.root, news.settled, news.last));
        let options = self.link().options();
        call.arg(options.firehose).arg(options.log);
        add_events(&mut call, &commit.events);
        let said: u8 = self.run(&library::COMMIT, &call, Patience::Deadline).await?;
        if said == CONFLICT { Err(conflict()) } else { Ok(tag) }
    }

    pub(in crate::store) async fn put_off(
        &self,
        session: &SessionId,
        seq: u64,
        due: Timestamp,
    ) -> Result<(), Error> {
        let key = self.keys().session(session);
        let mut call = self.library().call(&library::PUT_OFF, &[&key]);
        call.arg(session.as_str()).arg(seq).arg(due.as_millis());
        self.run(&library::PUT_OFF, &call, Patience::Deadline).await
    }

    pub(in crate::store) async fn delete(&self, session: &SessionId) -> Result<bool, Error> {
        let key = self.keys().session(session);
        let mut call = self.library().call(&library::DELETE, &[&key]);
        call.arg(session.as_str());
        let there = self.run(&library::DELETE, &call, Patience::Deadline).await?;
        self.clean(&[crate::link::shard(session)]).await?;
        Ok(there)
    }
}

/// A turn's events; the number of their turn beside them where their JSON does not end with it.
fn add_events(call: &mut redis::Cmd, events: &[Encoded]) {
    let told = events.iter().all(|event| turn_of(&event.json) == Some(event.turn));
    for events in events.chunk_by(|one, next| one.turn == next.turn) {
        if let (false, Some(first)) = (told, events.first()) {
            call.arg("turn").arg(first.turn);
        }
        for event in events {
            call.arg(event.seq).arg(&*event.json);
        }
    }
}

/// The turn that an event's JSON ends with, as our own always does.
pub(super) fn turn_of(json: &str) -> Option<u64> {
    let (_, number) = json.strip_suffix('}')?.rsplit_once("\"turn\":")?;
    number.parse().ok()
}

/// A flow that a client brought, with its version; empty for all others.
fn inline(summary: &Summary) -> String {
    if is_inline(&summary.flow) {
        return flow_field(&summary.flow, &summary.version);
    }
    String::new()
}

pub(super) fn is_inline(flow: &flow::Id) -> bool {
    flow.as_str().starts_with("inline-")
}

/// A flow version as a field of a hash.
pub(super) fn flow_field(flow: &flow::Id, version: &flow::Version) -> String {
    format!("{}@{}", flow.as_str(), version.as_str())
}

fn about(summary: &Summary) -> Result<String, Error> {
    let about = About {
        updated_at: summary.updated_at,
        created_at: summary.created_at,
        active: summary.active,
        flow: summary.flow.as_str().into(),
        version: summary.version.as_str().into(),
        state: summary.state.as_str().into(),
    };
    serde_json::to_string(&about).map_err(|error| Error::Corrupt(error.to_string()))
}

pub(super) fn summary(session: &SessionId, about: &str) -> Result<Summary, Error> {
    let about: About<'_> =
        serde_json::from_str(about).map_err(|_unparsable| corrupt(session, "about"))?;
    Ok(Summary {
        flow: (&*about.flow).into(),
        version: (&*about.version).into(),
        state: about.state.into_owned(),
        active: about.active,
        created_at: about.created_at,
        updated_at: about.updated_at,
    })
}

pub(super) fn number(session: &SessionId, name: &str, text: Option<&str>) -> Result<u64, Error> {
    text.and_then(|text| text.parse().ok()).ok_or_else(|| corrupt(session, name))
}

pub(super) fn corrupt(session: &SessionId, name: &str) -> Error {
    Error::Corrupt(format!("`{name}` of session `{session}` is not what was written there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_turn_is_where_we_write_it() {
        assert_eq!(turn_of(r#"{"type":"say","seq":4,"timestamp":1,"turn":12}"#), Some(12));
        assert_eq!(turn_of(r#"{"type":"say","seq":4}"#), None);
        assert_eq!(turn_of(r#"{"turn":"x"}"#), None);
        assert_eq!(turn_of("x"), None);
    }
}
