//! How much of everything a flow may have.

use serde_json::json;

use super::super::limit;
use super::*;

#[test]
fn an_author_has_limits() {
    for (code, text) in of_structure().into_iter().chain(of_words()) {
        let findings = load_with(&text, &Offers::default()).unwrap_err();
        let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        codes.retain(|code| code.starts_with("limit.") && *code != "limit.findings");
        codes.dedup();
        assert_eq!(codes, [code]);
    }
}

fn many(count: usize) -> Vec<&'static str> {
    vec!["x"; count]
}

fn named(count: usize, part: &Value) -> Value {
    let members = (0..count).map(|index| (format!("N{index}"), part.clone()));
    members.collect::<serde_json::Map<_, _>>().into()
}

fn of_structure() -> Vec<(&'static str, String)> {
    let assign: Value = named(limit::ASSIGNS_MAX + 1, &json!(1));
    let actions = vec![json!({"hangup": true}); limit::ACTIONS_MAX + 1];
    let ways = vec![json!({"pattern": "x", "to": "B"}); limit::TRANSITIONS_MAX + 1];
    let arms = vec![json!({"when": "else", "to": "B"}); limit::ARMS_MAX + 1];
    let delays = vec![json!({"ms": 1, "to": "B"}); limit::AFTER_MAX + 1];
    let steps = vec![json!({"reask": true}); limit::STEPS_MAX + 1];
    let nested = (0..=limit::DEPTH_MAX).fold(json!(1), |inner, _| json!([inner]));
    vec![
        ("limit.text", " ".repeat(limit::TEXT_BYTES_MAX + 1)),
        ("limit.depth", flow(&json!({"context": {"deep": nested}}))),
        (
            "limit.states",
            flow(
                &json!({"start": "N0", "states": named(limit::STATES_MAX + 1, &json!({"final": true}))}),
            ),
        ),
        ("limit.transitions", state(&json!({"transitions": ways}))),
        ("limit.arms", transition(&json!({"pattern": "x", "branch": arms}))),
        ("limit.actions", state(&json!({"onEnter": actions}))),
        ("limit.assigns", transition(&json!({"pattern": "x", "assign": assign, "to": "B"}))),
        ("limit.after", state(&json!({"after": delays}))),
        ("limit.after", state(&json!({"after": [{"ms": 0, "to": "B"}]}))),
        (
            "limit.migrations",
            flow(
                &json!({"migrations": (0..=limit::MIGRATIONS_MAX).map(|n| json!({"from": format!("{n:08x}")})).collect::<Vec<_>>()}),
            ),
        ),
        ("limit.steps", flow(&json!({"fallback": {"noMatch": steps}}))),
    ]
}

fn of_words() -> Vec<(&'static str, String)> {
    let long = "x".repeat(limit::NAME_CHARS_MAX + 1);
    let deep = "a.".repeat(limit::PATH_KEYS_MAX) + "a";
    let wild = vec![json!({"pattern": "x*", "to": "B"}); limit::REGEXES_MAX / 2 + 1];
    let states = json!({"A": {"transitions": wild}, "B": {"final": true}});
    vec![
        (
            "limit.suggestions",
            action(&json!({"ask": "?", "suggestions": many(limit::SUGGESTIONS_MAX + 1)})),
        ),
        ("limit.intents", flow(&json!({"intents": named(limit::INTENTS_MAX + 1, &json!({}))}))),
        (
            "limit.examples",
            flow(&json!({"intents": {"I": {"examples": many(limit::EXAMPLES_MAX + 1)}}})),
        ),
        (
            "limit.example",
            flow(
                &json!({"intents": {"I": {"examples": ["x".repeat(limit::EXAMPLE_CHARS_MAX + 1)]}}}),
            ),
        ),
        (
            "limit.slots",
            flow(
                &json!({"intents": {"I": {"slots": named(limit::SLOTS_MAX + 1, &json!("date"))}}}),
            ),
        ),
        (
            "limit.values",
            flow(
                &json!({"intents": {"I": {"slots": {"x": {"type": "enum", "values": many(limit::VALUES_MAX + 1)}}}}}),
            ),
        ),
        ("limit.tools", flow(&json!({"tools": named(limit::TOOLS_MAX + 1, &json!({}))}))),
        ("limit.timeout", flow(&json!({"tools": {"T": {"timeout_ms": 0}}}))),
        ("limit.retry", flow(&json!({"tools": {"T": {"retry": {"max_attempts": 0}}}}))),
        ("limit.name", flow(&json!({"tools": {long: {}}}))),
        ("limit.patterns", flow(&json!({"transitions": wild, "states": states}))),
        ("limit.path", action(&json!({"set": {deep: 1}}))),
    ]
}

#[test]
fn of_very_many_problems_the_first_are_listed_and_the_rest_are_counted() {
    let keys = 0..limit::FINDINGS_MAX + 7;
    let unknown: serde_json::Map<_, _> = keys.map(|key| (format!("k{key}"), json!(1))).collect();
    let findings = load_with(&flow(&unknown.into()), &Offers::default()).unwrap_err();
    assert_eq!(findings.len(), limit::FINDINGS_MAX + 1);
    assert_eq!(findings[0].code, "limit.findings");
    assert_eq!(findings[0].message, "7 more problems are not listed");
}
