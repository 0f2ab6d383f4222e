//! What a guest tells while it runs, at the plugin's door: what is granted, what is bounded.

use std::sync::Mutex;

use cicerone::engine::{News, Teller};

use super::*;

/// What is heard of a call of `tell`, of whom `takes` are taken, and what it gives.
async fn heard(args: Value, takes: usize) -> (Vec<News>, Value) {
    let probe = probe(&Rights::to(&["http://ours.test".into()])).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let teller = {
        let heard = Arc::clone(&heard);
        Teller::new(move |news| {
            let mut heard = heard.lock().unwrap();
            let taken = heard.len() < takes;
            heard.extend(taken.then_some(news));
            taken
        })
    };
    let call = crate::tool::call("testing/tell", args);
    let deadline = Instant::now() + LONG;
    let request = Request { call: &call, tool: "tell", attempt: 1, now: NOW, deadline };
    let (outcome, _) = probe.plugin.call_telling(request, Some(&teller)).await;
    let heard = heard.lock().unwrap().clone();
    (heard, outcome.unwrap().value)
}

fn booked(payload: Value) -> Value {
    json!({ "events": [["booked", payload]] })
}

#[tokio::test]
async fn progress_and_events_are_heard_as_they_are_told_cleaned_and_named_by_their_plugin() {
    let long = "x".repeat(300);
    let args = json!({
        "progress": [[40, "half\u{7} way"], [null, "on"], [250, long]], "events": [["booked", { "id": 7 }]]
    });
    let (heard, refused) = heard(args, 9).await;
    assert_eq!(refused, Value::Null);
    let progress = |percent, message: &str| News::Progress { percent, message: message.to_owned() };
    assert_eq!(heard[..2], [progress(Some(40), "half way"), progress(None, "on")]);
    let News::Progress { percent, message } = &heard[2] else { panic!("{heard:?}") };
    assert_eq!((*percent, message.chars().count()), (Some(100), 201));
    let name = "plugin.testing.booked".to_owned();
    assert_eq!(heard[3], News::Event { name, data: json!({ "id": 7 }) });
}

#[tokio::test]
async fn an_event_of_another_topic_too_large_or_one_too_many_is_refused() {
    let topics = json!({ "events": [["cancelled", 1]] });
    assert_eq!(heard(topics, 9).await, (vec![], json!("NotGranted")));
    let climbing = json!({ "events": [["../other.booked", 1]] });
    assert_eq!(heard(climbing, 9).await.1, "NotGranted");
    let large = booked(json!("x".repeat(17_000)));
    assert_eq!(heard(large, 9).await, (vec![], json!("TooLarge(16384)")));
    let mut many = booked(json!(1));
    many["again"] = json!(32);
    let (taken, refused) = heard(many, 99).await;
    assert_eq!((taken.len(), refused), (32, json!("Quota(32)")));
    assert_eq!(heard(booked(json!(1)), 0).await.1, "Quota(32)", "nobody has room for it");
}
