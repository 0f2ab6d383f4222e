//! What is published with each turn: `{"root":…,"settled":…,"last":…,"events":[…]}`. It is put together where it is
//! published, from the events' own bytes; here it is taken apart.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::Encoded;

/// What a host publishes when a session is removed: no events, and the last that comes.
pub const GONE: &str = r#"{"root":0,"settled":true,"last":true,"events":[]}"#;

/// A published turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The arrival of a person, client or timer that the events go back to.
    pub root: u64,
    /// Whether nothing more will come of that arrival.
    pub settled: bool,
    /// Whether the session is over.
    pub last: bool,
    /// In order; none if the session was removed.
    pub events: Vec<Encoded>,
}

/// What comes before the events of a turn.
#[must_use]
pub fn opening(root: u64, settled: bool, last: bool) -> String {
    format!(r#"{{"root":{root},"settled":{settled},"last":{last},"events":["#)
}

/// Takes a published turn apart.
///
/// # Errors
/// When it is not one.
pub fn read(payload: &[u8]) -> Result<Published, serde_json::Error> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        root: u64,
        settled: bool,
        last: bool,
        #[serde(borrow)]
        events: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Numbers {
        seq: u64,
        turn: u64,
    }
    let Wire { root, settled, last, events } = serde_json::from_slice(payload)?;
    let event = |raw: &RawValue| {
        let Numbers { seq, turn } = serde_json::from_str(raw.get())?;
        Ok(Encoded { seq, turn, json: raw.get().into() })
    };
    let events = events.into_iter().map(event).collect::<Result<_, serde_json::Error>>()?;
    Ok(Published { root, settled, last, events })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_is_taken_apart_byte_by_byte() {
        let json = r#"{"type":"say","text":"a ] b","seq":7,"timestamp":1,"turn":5}"#;
        let payload = format!("{}{json}]}}", opening(5, true, false));
        let event = Encoded { seq: 7, turn: 5, json: json.into() };
        let expected = Published { root: 5, settled: true, last: false, events: vec![event] };
        assert_eq!(read(payload.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_session_that_is_gone_has_no_more_to_come() {
        let gone = read(GONE.as_bytes()).unwrap();
        assert!(gone.events.is_empty() && gone.last && gone.settled);
        assert!(read(b"{}").is_err() && read(b"\xff").is_err());
    }
}
