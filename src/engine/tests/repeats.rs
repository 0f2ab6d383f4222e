//! Inputs that come twice, and sessions that were stored and loaded again.

use serde_json::{Value, json};

use super::Talk;
use crate::engine::{ACCEPTED_MAX, Accepted, CAUSED_MAX, Input, Repeat, Session};

fn parts() -> Value {
    json!({
        "tools": { "Look": {} },
        "states": {
            "A": { "transitions": [{ "pattern": "go", "to": "B" }] },
            "B": { "onEnter": [{ "tool": "Look" }], "transitions": [{ "onToolResult": "Look", "to": "A" }] },
        },
    })
}

fn text(text: &str, id: &str) -> Input {
    Input::Text { text: text.to_owned(), message_id: Some(id.to_owned()) }
}

#[track_caller]
fn accepted(session: &Session, input: &Input) -> Accepted {
    match session.repeat(input) {
        Repeat::Same(accepted) => accepted,
        other @ (Repeat::New | Repeat::Mismatch) => panic!("{other:?}"),
    }
}

#[test]
fn the_same_input_under_the_same_id_is_known_and_another_is_a_mismatch() {
    let mut talk = Talk::new(&parts());
    talk.run("start\ntext#m1 hello\ndtmf#m2 1\nevent#m3 ping {\"a\":1}\nnoise");
    let known = accepted(&talk.session, &text("hello", "m1"));
    assert_eq!((known.first, known.last, known.turns), (2, 4, vec![2]));
    assert_eq!(talk.session.repeat(&text("hullo", "m1")), Repeat::Mismatch);
    assert_eq!(talk.session.repeat(&text("1", "m2")), Repeat::Mismatch);
    assert_eq!(talk.session.repeat(&text("hello", "m4")), Repeat::New);
    let unnamed = Input::Text { text: "hello".to_owned(), message_id: None };
    assert_eq!(talk.session.repeat(&unnamed), Repeat::New);
    let event = |payload: Value| {
        let (name, message_id) = ("ping".to_owned(), Some("m3".to_owned()));
        Input::External { name, payload, message_id }
    };
    accepted(&talk.session, &event(json!({ "a": 1 })));
    assert_eq!(talk.session.repeat(&event(json!({ "a": 2 }))), Repeat::Mismatch);
}

#[test]
fn the_last_sixty_four_ids_are_remembered() {
    let mut talk = Talk::new(&parts());
    talk.run("start");
    for number in 0..=ACCEPTED_MAX {
        talk.take(text("hello", &format!("m{number}"))).unwrap();
    }
    assert_eq!(talk.session.accepted.len(), ACCEPTED_MAX);
    assert_eq!(talk.session.repeat(&text("hello", "m0")), Repeat::New);
    accepted(&talk.session, &text("hello", "m1"));
}

#[test]
fn what_an_input_caused_reaches_to_the_results_of_its_calls() {
    let mut talk = Talk::new(&parts());
    talk.run("start\ntext#go go");
    let known = accepted(&talk.session, &text("go", "go"));
    assert_eq!((known.first, known.last, known.turns), (2, 4, vec![2]));
    assert!(!talk.session.is_settled(2));
    talk.run("text#wait hello\ndone {}");
    let known = accepted(&talk.session, &text("go", "go"));
    assert_eq!((known.first, known.last, known.turns), (2, 7, vec![2, 4]), "{}", talk.out);
    assert!(talk.session.is_settled(2));
    let waits = accepted(&talk.session, &text("hello", "wait"));
    assert_eq!((waits.first, waits.last, waits.turns), (5, 5, vec![3]));
    talk.run("drain");
    let waits = accepted(&talk.session, &text("hello", "wait"));
    assert_eq!((waits.first, waits.last, waits.turns), (5, 9, vec![3]), "{}", talk.out);
}

#[test]
fn an_input_that_causes_turns_without_end_is_remembered_with_the_first_of_them() {
    let mut parts = parts();
    parts["states"]["B"]["transitions"][0]["to"] = json!("B");
    let mut talk = Talk::new(&parts);
    talk.run("start\ntext#go go");
    for _ in 0..=CAUSED_MAX {
        talk.run("done {}");
    }
    assert_eq!(accepted(&talk.session, &text("go", "go")).turns.len(), CAUSED_MAX);
}

#[test]
fn the_same_inputs_give_the_same_log() {
    let play = || {
        let mut talk = Talk::new(&parts());
        talk.run("start\ntext#go go\ntext hello\ndone {\"a\": 1}\ndrain");
        (talk.out, serde_json::to_string(&talk.session).unwrap())
    };
    assert_eq!(play(), play());
}

/// A session as the first released form stores it. It is never changed; a new form gets a sample of its own.
const STORED: &str = include_str!("session-1.json");

#[test]
fn a_session_of_the_first_form_is_still_read() {
    let session: Session = serde_json::from_str(STORED).unwrap();
    assert_eq!(&*session.frame().state, "B");
    assert_eq!((session.pending.len(), session.queue.len(), session.timers.len()), (1, 2, 1));
    let again = serde_json::to_value(&session).unwrap();
    let mut stored: Value = serde_json::from_str(STORED).unwrap();
    // That a sender gave no id is not written any more.
    let queued = stored["queue"][1]["input"]["Understood"].as_object_mut().unwrap();
    assert_eq!(queued.shift_remove("message_id"), Some(json!(null)));
    assert_eq!(again, stored, "nothing else of it is lost");
}

/// The same form, with what came to it since: called flows, forms, silences.
const STORED_SINCE: &str = include_str!("session-1-since.json");

#[test]
fn a_session_with_what_came_to_the_first_form_is_still_read() {
    let session: Session = serde_json::from_str(STORED_SINCE).unwrap();
    assert_eq!((session.frames.len(), session.timers.len()), (2, 2));
    let again = serde_json::to_value(&session).unwrap();
    assert_eq!(
        again,
        serde_json::from_str::<Value>(STORED_SINCE).unwrap(),
        "nothing of it is lost"
    );
}

#[test]
fn a_session_of_a_later_form_or_in_no_flow_is_refused() {
    let read = |change: fn(&mut Value)| {
        let mut stored: Value = serde_json::from_str(STORED).unwrap();
        change(&mut stored);
        serde_json::from_value::<Session>(stored).unwrap_err().to_string()
    };
    let later = read(|stored| stored["schema"] = json!(2));
    assert_eq!(later, "it has the form 2, and this host knows 1; use a newer one");
    assert_eq!(read(|stored| stored["frames"] = json!([])), "it is in no flow");
}
