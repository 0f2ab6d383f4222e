//! What is said of `nlu`.

use serde_json::json;

use super::super::limit;
use super::*;

/// The code and the place of each finding.
fn codes(text: &str, offers: &Offers) -> Vec<String> {
    let findings = match load_with(text, offers) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    findings.iter().map(|finding| format!("{} {}", finding.code, finding.path)).collect()
}

#[test]
fn who_understands_is_read() {
    let text = flow(&json!({
        "context": {"contact": {"city": "Porto"}},
        "nlu": {
            "mode": "offline-then-model",
            "model": "small",
            "baseUrl": "http://127.0.0.1:8080/v1/",
            "key": "model_key",
            "context": ["contact.city", "@asked"],
            "budget_ms": 900,
            "response_format": "json_object",
        },
    }));
    let (flow, warnings) = load_with(&text, &Offers::default()).unwrap();
    assert_eq!(warnings, []);
    let Nlu { mode, model, base_url, key, context, shows_question, budget_ms, response_format } =
        flow.nlu;
    assert_eq!((mode, response_format), (Mode::OfflineThenModel, ResponseFormat::JsonObject));
    assert_eq!((model.as_deref(), key.as_deref()), (Some("small"), Some("model_key")));
    assert_eq!(base_url.as_deref(), Some("http://127.0.0.1:8080/v1"));
    assert_eq!(context[0].keys, ["contact", "city"]);
    assert_eq!((shows_question, budget_ms), (true, 900));
    let (plain, _) = load_with(&super::flow(&json!({})), &Offers::default()).unwrap();
    assert_eq!(plain.nlu, Nlu::default());
}

#[test]
fn a_mode_that_asks_a_model_names_one_on_a_server() {
    let told = |nlu: Value| codes(&flow(&json!({"nlu": nlu})), &Offers::default());
    assert_eq!(
        told(json!({"mode": "model", "baseUrl": "models.example", "url": 1})),
        ["nlu.model /nlu", "nlu.url /nlu/baseUrl", "key.unknown /nlu/url"]
    );
    assert_eq!(told(json!({"mode": "online"})), ["value.unknown /nlu/mode"]);
    assert_eq!(told(json!({"context": ["a..b"]})), ["path.invalid /nlu/context/0"]);
}

#[test]
fn a_model_sees_no_more_than_so_many_paths() {
    let paths = vec!["x"; limit::SHOWN_MAX + 1];
    let text = flow(&json!({"context": {"x": 1}, "nlu": {"context": paths, "budget_ms": 30_001}}));
    let expected = ["limit.shown /nlu/context", "limit.budget /nlu/budget_ms"];
    assert_eq!(codes(&text, &Offers::default()), expected);
}
