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
            "embeddings": {"model": "places", "baseUrl": "http://127.0.0.1:8081/v1/", "key": "other"},
            "context": ["contact.city", "@asked"],
            "budget_ms": 900,
            "response_format": "json_object",
        },
    }));
    let (flow, warnings) = load_with(&text, &Offers::default()).unwrap();
    let warned: Vec<&str> = warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(warned, ["nlu.embeddings"], "there are no intents here");
    let Nlu {
        mode,
        plugin,
        model,
        base_url,
        key,
        embeddings,
        context,
        shows_question,
        budget_ms,
        response_format,
    } = flow.nlu;
    assert_eq!((mode, response_format), (Mode::OfflineThenModel, ResponseFormat::JsonObject));
    assert_eq!(plugin, None);
    assert_eq!((model.as_deref(), key.as_deref()), (Some("small"), Some("model_key")));
    assert_eq!(base_url.as_deref(), Some("http://127.0.0.1:8080/v1"));
    let text = |text: &str| Some(text.to_owned());
    let (base_url, key) = (text("http://127.0.0.1:8081/v1"), text("other"));
    assert_eq!(embeddings, Some(Embeddings { model: "places".to_owned(), base_url, key }));
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
    assert_eq!(
        told(json!({"embeddings": {"model": " ", "baseUrl": "ftp://models.example", "mode": 1}})),
        [
            "nlu.embeddings /nlu/embeddings",
            "nlu.model /nlu/embeddings/model",
            "nlu.url /nlu/embeddings/baseUrl",
            "key.unknown /nlu/embeddings/mode"
        ]
    );
    assert_eq!(told(json!({"embeddings": {}})), ["key.missing /nlu/embeddings"]);
    assert_eq!(told(json!({"mode": "offline-then-plugin"})), ["nlu.plugin /nlu"]);
    assert_eq!(told(json!({"mode": "online"})), ["value.unknown /nlu/mode"]);
    assert_eq!(told(json!({"context": ["a..b"]})), ["path.invalid /nlu/context/0"]);
}

#[test]
fn a_reply_has_words_for_when_there_is_none_and_stands_where_it_can_be_waited_for() {
    let parts = |a: &Value| {
        flow(&json!({
            "nlu": {"model": "m"},
            "tools": {"Look": {}},
            "states": {"A": a, "B": {"final": true}},
        }))
    };
    let good =
        json!({"llm": "Tell {{ctx.x}}.", "tools": ["Look"], "fallback": "No.", "timeout_ms": 5});
    let entry = |one: Value| parts(&json!({"onEnter": [one], "transitions": [{"to": "B"}]}));
    let offers = Offers::new([offer("eyes/look", json!({"type": "object"}), None)]);
    let (loaded, warnings) =
        load_with(&entry(good.clone()).replace("ctx.x", "1"), &offers).unwrap();
    assert_eq!(warnings, []);
    let Verb::Llm(llm) = &loaded.states["A"].on_enter[0].verb else { panic!("no reply") };
    assert_eq!((llm.tools.as_slice(), llm.timeout_ms), (&["Look".to_owned()][..], 5));
    let told = |text: String| codes(&text, &offers);
    assert_eq!(
        told(entry(json!({"llm": "Tell.", "tools": ["Lok"]}))),
        ["llm.fallback /states/A/onEnter/0", "tool.unknown /states/A/onEnter/0/tools/0",]
    );
    assert_eq!(
        told(entry(json!({"say": "Hello.", "fallback": "No.", "timeout_ms": 5}))),
        [
            "key.misplaced /states/A/onEnter/0/fallback",
            "key.misplaced /states/A/onEnter/0/timeout_ms",
        ]
    );
    let left = parts(&json!({"onExit": [good], "transitions": [{"to": "B"}]}));
    assert_eq!(told(left.replace("ctx.x", "1")), ["llm.in_exit /states/A/onExit/0/llm"]);
    let reply = json!({"llm": "Tell.", "fallback": "No."});
    let last =
        flow(&json!({"nlu": {"model": "m"}, "states": {"A": {"onEnter": [reply], "final": true}}}));
    assert_eq!(told(last), ["llm.in_final /states/A/onEnter/0/llm"]);
    let nameless = flow(
        &json!({"states": {"A": {"onEnter": [reply], "transitions": [{"to": "B"}]}, "B": {"final": true}}}),
    );
    assert_eq!(told(nameless), ["nlu.model /states/A/onEnter/0/llm"]);
    let lent = vec!["Look"; limit::LENT_MAX + 1];
    let text = entry(json!({"llm": "Tell.", "tools": lent, "fallback": "No."}));
    let findings = load_with(&text, &offers).unwrap_err();
    assert_eq!(findings[0].code, "limit.lent");
}

#[test]
fn a_model_sees_no_more_than_so_many_paths() {
    let paths = vec!["x"; limit::SHOWN_MAX + 1];
    let text = flow(&json!({"context": {"x": 1}, "nlu": {"context": paths, "budget_ms": 30_001}}));
    let expected = ["limit.shown /nlu/context", "limit.budget /nlu/budget_ms"];
    assert_eq!(codes(&text, &Offers::default()), expected);
}

#[test]
fn vectors_are_of_some_examples_and_not_of_too_many() {
    let told = |count: usize| {
        let intents: Value = (0..count / 1_000 + 1)
            .map(|number| {
                let first = number * 1_000;
                let examples = first..count.min(first + 1_000);
                let examples: Vec<String> = examples.map(|at| format!("example {at}")).collect();
                (format!("I{number}"), json!({ "examples": examples }))
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        let nlu = json!({"embeddings": {"model": "places"}});
        let told = codes(&flow(&json!({"nlu": nlu, "intents": intents})), &Offers::default());
        told.into_iter().filter(|told| told.ends_with("/nlu/embeddings")).collect::<Vec<_>>()
    };
    assert_eq!(told(0), ["nlu.embeddings /nlu/embeddings"]);
    assert_eq!(told(limit::PLACED_MAX), [""; 0]);
    assert_eq!(told(limit::PLACED_MAX + 1), ["limit.placed /nlu/embeddings"]);
}

#[test]
fn a_plugin_that_is_named_is_loaded_and_understands_texts() {
    let text = flow(&json!({"nlu": {"mode": "plugin", "plugin": "wording"}}));
    let wording = || ["wording".to_owned()];
    assert_eq!(codes(&text, &Offers::default().understanding(wording())), [""; 0]);
    assert_eq!(codes(&text, &Offers::default()), ["nlu.not_offered /nlu/plugin"]);
    let tool = Offers::new([offer("wording/look", json!({"type": "object"}), None)]);
    assert_eq!(codes(&text, &tool), ["nlu.not_offered /nlu/plugin"]);
    let near = text.replace("wording", "wordin");
    let (_, told) = load_with(&near, &Offers::default().understanding(wording())).unwrap();
    assert_eq!(told[0].suggestion.as_deref(), Some("did you mean `wording`?"));
}
