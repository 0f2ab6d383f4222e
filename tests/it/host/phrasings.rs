//! The reservation conversation as people have it: five ways to say everything, in English and in Portuguese, against a
//! whole host without a network.

use serde_json::json;

use super::client::{events, find};
use super::{Host, Place};

/// Each with the state after every text, and what is in the context in the end.
const ENGLISH: [[&str; 4]; 5] = [
    [
        "I'd like to make a reservation",
        "We are 4 people",
        "Tomorrow at 7pm",
        "My name is John Doe, phone 555-1234",
    ],
    [
        "hello, could you book us a table?",
        "it's me, my wife and 2 kids",
        "tomorrow evening at seven",
        "I'm John Doe, 555-1234",
    ],
    [
        "table for tomorrow please",
        "there will be four of us",
        "19:00 tomorrow would be good",
        "John Doe 555-1234",
    ],
    [
        "can I reserve a table",
        "4",
        "how about tomorrow, 7 in the evening",
        "name: John Doe, phone: 555-1234",
    ],
    [
        "we want to come for dinner tomorrow",
        "2 adults and 2 children",
        "at 7 pm tomorrow",
        "you can call me on 555-1234, the name is John Doe",
    ],
];

const PORTUGUESE: [[&str; 4]; 5] = [
    [
        "queria fazer uma reserva",
        "somos 4 pessoas",
        "amanhã às 19h",
        "o meu nome é John Doe, telefone 555-1234",
    ],
    [
        "boa tarde, posso marcar uma mesa?",
        "seremos quatro",
        "amanhã às sete da noite",
        "chamo-me John Doe e o meu número é 555-1234",
    ],
    [
        "gostava de reservar uma mesa para jantar",
        "4",
        "pode ser amanhã, às 19:00",
        "John Doe, 555-1234",
    ],
    [
        "quero reservar",
        "mesa para quatro",
        "às sete da tarde, amanhã",
        "nome John Doe telefone 555-1234",
    ],
    [
        "têm mesa para amanhã?",
        "2 adultos e 2 crianças",
        "amanhã pelas 19 horas",
        "em nome de John Doe, 555-1234",
    ],
];

async fn book(flow: &str, phrasings: [[&str; 4]; 5]) {
    let host = Host::start(&Place::shipped());
    for texts in phrasings {
        let session = host.begin(flow).await;
        let last = host.say_all(&session, &texts).await;
        assert_eq!(last["state"], "Goodbye", "{texts:?}: {last:#}");
        let call = find(events(&last), "tool.call");
        let args = &call["args"];
        assert_eq!(args["partySize"], json!(4), "{texts:?}");
        assert_eq!(args["time"], json!("19:00"), "{texts:?}");
        assert_eq!(args["contact"], json!({"name": "John Doe", "phone": "555-1234"}), "{texts:?}");
        // Tomorrow, whatever day the machine has.
        assert!(args["date"].as_str().is_some_and(|date| date.len() == 10), "{texts:?}: {args}");
    }
}

#[tokio::test]
async fn a_table_is_booked_in_five_ways_of_saying_it_in_english() {
    book("reservation", ENGLISH).await;
}

#[tokio::test]
async fn a_table_is_booked_in_five_ways_of_saying_it_in_portuguese() {
    book("reserva", PORTUGUESE).await;
}
