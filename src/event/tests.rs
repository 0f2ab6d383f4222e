//! What the log and the clients have of an event stays as it is.

use super::{BUILT_IN_TYPES, Event, Kind};

/// An event of each kind, with all it can have and with as little, as the first released form writes them. A line is never
/// changed.
const WIRE: &str = include_str!("wire-1.jsonl");

#[test]
fn an_event_of_the_first_form_is_read_and_written_as_it_was() {
    for line in WIRE.lines() {
        let event: Event = serde_json::from_str(line).unwrap();
        assert_eq!(&*event.encode().json, line);
        let is_custom = matches!(event.kind, Kind::Custom { .. });
        assert_eq!(is_custom, line.contains("order.placed"), "{line}");
    }
    // `session.started` is in no log: it greets a connection.
    for name in BUILT_IN_TYPES.iter().filter(|name| **name != "session.started") {
        let begin = format!("{{\"type\":\"{name}\",");
        assert!(WIRE.lines().any(|line| line.starts_with(&begin)), "no line for `{name}`");
    }
}

#[test]
fn an_event_is_small() {
    assert!(size_of::<Event>() <= 144, "{} bytes", size_of::<Event>());
}
