//! What else a guest may say to the reservation flow: too many people, a full evening, nonsense.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::client::{events, find, types};
use super::ways_in::TEXTS;
use super::{Host, Place};

#[tokio::test]
async fn a_party_of_twelve_goes_to_the_manager() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("reservation").await;
    let last = host.say_all(&session, &[TEXTS[0], "We will be 12"]).await;
    assert_eq!((&last["state"], &last["status"]), (&json!("TransferToManager"), &json!("ended")));
    assert_eq!(find(events(&last), "transfer")["to"], "+351 21 000 0000");
    assert_eq!(find(events(&last), "session.ended")["reason"], "final");
}

#[tokio::test]
async fn a_full_slot_offers_alternatives_and_one_of_them_can_be_booked() {
    let host = Host::start(&Place::shipped());
    // Five parties of eight take all forty seats, at once.
    let book = async || {
        let session = host.begin("reservation").await;
        host.say_all(&session, &[TEXTS[0], "We are 8 people", TEXTS[2], TEXTS[3]]).await
    };
    for booked in join_all((0..5).map(|_| book())).await {
        assert_eq!(booked["state"], "Goodbye", "{booked:#}");
    }
    let late = host.begin("reservation").await;
    let full = host.say_all(&late, &TEXTS[..3]).await;
    assert_eq!(full["state"], "AltDateTime", "{full:#}");
    let result = &find(events(&full), "tool.result")["result"];
    assert_eq!(result["ok"], false);
    let offered = result["alternatives"].as_array().unwrap();
    let asked = find(events(&full), "ask")["text"].as_str().unwrap();
    assert!(!offered.is_empty());
    for moment in offered {
        assert!(asked.contains(moment.as_str().unwrap()), "{asked}");
    }
    let booked = host.say_all(&late, &["Tomorrow at 9pm", TEXTS[3]]).await;
    assert_eq!(booked["state"], "Goodbye", "{booked:#}");
}

#[tokio::test]
async fn nonsense_is_unhandled_and_the_question_asked_again_once() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("reservation").await;
    let asked = host.say(&session, TEXTS[0]).await;
    let question = &find(events(&asked), "ask")["text"];
    let lost = host.say(&session, "zzzz qqqq").await;
    assert_eq!(lost["state"], "CollectPartySize");
    let unhandled = find(events(&lost), "intent.unhandled");
    assert_eq!((&unhandled["text"], &unhandled["intent"]), (&json!("zzzz qqqq"), &Value::Null));
    assert_eq!(unhandled["currentState"], "CollectPartySize");
    let asks: Vec<&Value> = events(&lost).iter().filter(|event| event["type"] == "ask").collect();
    assert_eq!(asks.len(), 1, "{lost:#}");
    assert_eq!(&asks[0]["text"], question);
    assert!(!types(events(&lost)).contains(&"fsm.transition"));
    // And the conversation goes on from there.
    let last = host.say_all(&session, &TEXTS[1..]).await;
    assert_eq!(last["state"], "Goodbye");
}
