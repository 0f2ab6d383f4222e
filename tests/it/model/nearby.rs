//! Vectors beside the words: what a server that knows synonyms makes understood that the examples' words cannot, and that
//! nothing of it is needed.

use std::collections::BTreeSet;

use cicerone::engine::{Classify, Understood};
use cicerone::flow::Flow;
use cicerone::nlu::{Joined, ModelServer, ModelServers, Models};
use cicerone::slots::Slot;
use serde_json::{Value, json};

use super::places::embedded;
use super::server::{Mode, Seen, Server, completion};
use super::{KEY, flow, granted, joined, query, secrets, table};

pub(super) fn placing(more: &Value) -> Flow {
    let mut nlu = json!({ "embeddings": { "model": "places" }, "budget_ms": 5_000 });
    nlu.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    flow(&table(&nlu))
}

/// Asks until the examples are learnt.
pub(super) async fn understood(joined: &Joined, flow: &Flow, text: &str) -> Understood {
    let learnt = async {
        loop {
            let understood = joined.classify(flow, &query(flow, text)).await;
            if understood.fallback.as_deref() != Some("learning") {
                return understood;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), learnt).await.unwrap()
}

#[tokio::test]
async fn a_synonym_is_understood_that_no_example_has() {
    let server = Server::start(|_, body| embedded(body)).await;
    let joined = joined(&server);
    let (with, plain) = (placing(&json!({})), flow(&table(&json!({}))));
    joined.warm(&with);
    for (text, intent) in [
        ("any seats free at 8", "BOOK"),
        ("dinner, any spot", "BOOK"),
        ("scrap it, abandon everything", "CANCEL"),
    ] {
        let words = joined.classify(&plain, &query(&plain, text)).await;
        assert_ne!(words.intent.as_deref(), Some(intent), "the words alone do: {text}");
        let near = understood(&joined, &with, text).await;
        assert_eq!(near.intent.as_deref(), Some(intent), "{text}: {near:?}");
        assert_eq!((near.classifier.as_str(), near.fallback.as_deref()), ("embedding", None));
    }
    let area = understood(&joined, &with, "a spot inside, dinner").await;
    assert_eq!(area.slots["area"], "inside");
    let word_for_word = understood(&joined, &with, "book a table").await;
    assert_eq!(word_for_word.classifier, "exact");
    assert_eq!(understood(&joined, &with, "zzzz qqqq vvvv").await.intent, None, "noise is noise");
    // What cannot be taken now is not taken, however near it lies.
    assert_eq!(understood(&joined, &with, "office office").await.intent, None);
}

/// The texts of every request for vectors, in the order in which they came.
fn placed(server: &Server) -> Vec<String> {
    let texts = |seen: Seen| seen.body["input"].as_array().cloned().unwrap_or_default();
    let texts = server.seen().into_iter().flat_map(texts);
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_text_is_placed_once_in_few_requests_and_nothing_personal_leaves() {
    let server = Server::start(|_, body| embedded(body)).await;
    let joined = joined(&server);
    let mut definition = table(&json!({ "embeddings": { "model": "places" }, "budget_ms": 5_000 }));
    definition["intents"]["LEAVE_PHONE"]["examples"] = json!(["ring me at 934 567 890", "ring me"]);
    let with = flow(&definition);
    joined.warm(&with);
    for _ in 0..2 {
        understood(&joined, &with, "any seats, my telephone is 912 345 678").await;
        joined.warm(&with);
    }
    let texts = placed(&server);
    let different: BTreeSet<&String> = texts.iter().collect();
    assert_eq!((texts.len(), different.len(), server.seen().len()), (10, 10, 3), "{texts:?}");
    for text in ["any seats, my telephone is [phone-a]", "ring me at [phone-a]"] {
        assert!(texts.iter().any(|placed| placed == text), "{text}: {texts:?}");
    }
    let seen = server.seen();
    assert!(seen.iter().all(|seen| seen.body["model"] == "places"));
    assert!(seen.iter().all(|seen| seen.authorization == format!("Bearer {KEY}")));
}

#[tokio::test]
async fn another_version_asks_only_about_examples_that_are_new() {
    let server = Server::start(|_, body| embedded(body)).await;
    let joined = joined(&server);
    let mut definition = table(&json!({ "embeddings": { "model": "places" }, "budget_ms": 5_000 }));
    understood(&joined, &flow(&definition), "any seats free").await;
    assert_eq!(placed(&server).len(), 10);
    definition["intents"]["CANCEL"]["examples"] = json!(["cancel my booking", "no dinner for us"]);
    understood(&joined, &flow(&definition), "any seats free").await;
    assert_eq!(placed(&server).split_off(10), ["no dinner for us"]);
}

#[tokio::test]
async fn what_no_vector_says_anything_of_is_not_asked_about() {
    let server = Server::start(|_, body| embedded(body)).await;
    let joined = joined(&server);
    let with = placing(&json!({}));
    understood(&joined, &with, "any seats free").await;
    let before = server.seen().len();
    let name = Slot { pii: true, ..with.intents["ADMIN"].slots[0].clone() };
    let asked = Classify { expecting: vec![name], ..query(&with, "Maria do Carmo") };
    for query in [query(&with, "20/8, 19:30"), query(&with, "912 345 678"), asked] {
        let own = joined.classify(&with, &query).await;
        assert_eq!((own.classifier.as_str(), own.fallback), ("offline", None), "{}", query.text);
    }
    assert_eq!(server.seen().len(), before);
    // Nor is anybody asked for a flow that does not want it.
    understood(&joined, &flow(&table(&json!({}))), "any spot there").await;
    assert_eq!(server.seen().len(), before);
}

/// A text that the words alone understand.
const TEXT: &str = "could I reserve a table for 3";

/// What the words alone make of it, and why the vectors did not.
async fn falls_back(joined: &Joined, flow: &Flow) -> Option<String> {
    joined.warm(flow);
    let own = understood(joined, flow, TEXT).await;
    assert_eq!(own.intent.as_deref(), Some("BOOK"), "{own:?}");
    assert_eq!((own.classifier.as_str(), &own.slots["size"]), ("offline", &json!(3)));
    own.fallback
}

/// Each fault, and its word.
fn faults() -> Vec<(Mode, &'static str)> {
    let vectors = |vectors: Value| Mode::Body(json!({ "data": vectors }));
    let one = |at: usize, vector: Value| json!({ "index": at, "embedding": vector });
    let of_each = |vector: fn(usize) -> Value| {
        let all: Vec<Value> = (0..8).map(|at| one(at, vector(at))).collect();
        vectors(json!(all))
    };
    vec![
        (Mode::Status(500, None), "status"),
        (Mode::Status(404, None), "status"),
        (Mode::Status(429, Some("600")), "rate-limited"),
        (Mode::Garbage, "bad-answer"),
        (Mode::Floods, "too-large"),
        (Mode::Cuts, "unreachable"),
        (Mode::Body(json!({ "error": { "message": "no" } })), "bad-answer"),
        (Mode::Says("no".to_owned()), "bad-answer"),
        (vectors(json!([])), "bad-answer"),
        (vectors(json!([one(0, json!([1.0])), one(0, json!([1.0]))])), "bad-answer"),
        (vectors(json!([one(99, json!([1.0]))])), "bad-answer"),
        (of_each(|_| json!([])), "bad-answer"),
        (of_each(|_| json!([0.0, 0.0])), "bad-answer"),
        (of_each(|_| json!([1.0, null])), "bad-answer"),
        (of_each(|_| json!([1e300, 1e300])), "bad-answer"),
        (of_each(|_| json!("AACAPw==")), "bad-answer"),
        (of_each(|at| json!(vec![1.0; at + 1])), "bad-answer"),
        (of_each(|_| json!(vec![0.5; 5_000])), "bad-answer"),
    ]
}

#[tokio::test]
async fn a_server_that_fails_at_the_examples_leaves_the_words() {
    for (mode, why) in faults() {
        let server = Server::always(mode.clone()).await;
        let told = falls_back(&joined(&server), &placing(&json!({}))).await;
        assert_eq!(told.as_deref(), Some(why), "{mode:?}");
    }
}

#[tokio::test]
async fn a_server_that_fails_at_a_text_leaves_the_words() {
    for (mode, why) in faults() {
        let said = format!("{mode:?}");
        let server = Server::start(move |_, body| match body["input"][0].as_str() {
            Some(TEXT) => mode.clone(),
            _ => embedded(body),
        })
        .await;
        let told = falls_back(&joined(&server), &placing(&json!({}))).await;
        assert_eq!(told.as_deref(), Some(why), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_becomes_slow_costs_no_more_than_there_is_time() {
    for mode in [Mode::Silence, Mode::Stalls] {
        let server = Server::start(move |_, body| match body["input"][0].as_str() {
            Some(TEXT) => mode.clone(),
            _ => embedded(body),
        })
        .await;
        let joined = joined(&server);
        let flow = placing(&json!({ "budget_ms": 300 }));
        assert_eq!(falls_back(&joined, &flow).await.as_deref(), Some("timeout"));
        let own = joined.classify(&flow, &query(&flow, TEXT)).await;
        assert!((300..20_000).contains(&own.ms), "{} ms", own.ms);
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_within_the_time() {
    let server = Server::start(|number, body| match number % 2 {
        0 => Mode::Status(429, Some("0")),
        _ => embedded(body),
    })
    .await;
    let near = understood(&joined(&server), &placing(&json!({})), "any seats free").await;
    assert_eq!((near.intent.as_deref(), near.fallback), (Some("BOOK"), None));
    assert_eq!(server.seen().len(), 6, "the examples in two requests and the text, each twice");
}

#[tokio::test]
async fn a_server_that_failed_at_the_examples_is_not_asked_again_at_every_text() {
    let server = Server::always(Mode::Status(404, None)).await;
    let (joined, flow) = (joined(&server), placing(&json!({})));
    for _ in 0..3 {
        assert_eq!(falls_back(&joined, &flow).await.as_deref(), Some("status"));
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_left_alone() {
    let server = Server::start(|_, body| match body["input"].as_array().unwrap().len() {
        8 => embedded(body),
        _ if body["input"][0] == "open the back office" => embedded(body),
        _ => Mode::Status(500, None),
    })
    .await;
    let (joined, flow) = (joined(&server), placing(&json!({ "budget_ms": 300 })));
    let mut last = None;
    for number in 0..8 {
        let text = format!("could I reserve a table, number {number}");
        last = understood(&joined, &flow, &text).await.fallback;
    }
    assert_eq!(last.as_deref(), Some("left-alone"));
}

#[tokio::test]
async fn a_server_that_is_not_granted_is_not_asked() {
    let server = Server::start(|_, body| embedded(body)).await;
    let none = Joined::new(Models::open(ModelServers::new(), &secrets()).unwrap());
    assert_eq!(falls_back(&none, &placing(&json!({}))).await.as_deref(), Some("denied"));
    let refused = |change: &dyn Fn(&mut ModelServer)| {
        let mut servers = granted(&server.url);
        change(servers.get_mut("default").unwrap());
        Joined::new(Models::open(servers, &secrets()).unwrap())
    };
    let elsewhere =
        json!({ "embeddings": { "model": "places", "baseUrl": "https://models.example/v1" } });
    let keyed = json!({ "embeddings": { "model": "places", "key": "other_key" } });
    for (joined, flow) in [
        (refused(&|server| server.models = vec!["other".to_owned()]), placing(&json!({}))),
        (refused(&|server| server.flows = vec!["other".to_owned()]), placing(&json!({}))),
        (joined(&server), placing(&elsewhere)),
        (joined(&server), placing(&keyed)),
        // The key that the operator names is not in the environment.
        (refused(&|server| server.key = Some("unset".to_owned())), placing(&json!({}))),
    ] {
        assert_eq!(falls_back(&joined, &flow).await.as_deref(), Some("denied"));
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_language_model_is_asked_only_about_what_words_and_vectors_do_not_say() {
    let knows = |_: usize, body: &Value| match body.get("input") {
        Some(_) => embedded(body),
        None => Mode::means("CANCEL", &json!({})),
    };
    let server = Server::start(knows).await;
    let (joined, both) =
        (joined(&server), placing(&json!({ "mode": "offline-then-model", "model": "m" })));
    let by_vectors = async || {
        let near = joined.classify(&both, &query(&both, "any seats free")).await;
        near.classifier == "embedding" && near.intent.as_deref() == Some("BOOK")
    };
    let learnt = async {
        // Until the examples are learnt the language model is asked.
        while !by_vectors().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), learnt).await.unwrap();
    let asked = server.seen().len();
    assert!(by_vectors().await);
    assert_eq!(server.seen().len(), asked);
    let asked = understood(&joined, &both, "zzzz qqqq vvvv").await;
    assert_eq!((asked.intent.as_deref(), asked.classifier.as_str()), (Some("CANCEL"), "model"));
}

#[tokio::test]
async fn a_language_model_still_has_half_of_the_time_when_vectors_take_too_long() {
    let server = Server::start(|_, body| match body["input"][0].as_str() {
        Some("zzzz qqqq vvvv") => Mode::Silence,
        Some(_) => embedded(body),
        None => Mode::Body(completion("{\"intent\": \"CANCEL\"}")),
    })
    .await;
    let nlu = json!({ "mode": "offline-then-model", "model": "m", "budget_ms": 4_000 });
    let asked = understood(&joined(&server), &placing(&nlu), "zzzz qqqq vvvv").await;
    assert_eq!((asked.intent.as_deref(), asked.classifier.as_str()), (Some("CANCEL"), "model"));
    assert_eq!(asked.fallback, None, "{asked:?}");
}
