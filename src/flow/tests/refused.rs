//! What keeps a flow from loading.

use expect_test::expect;
use serde_json::json;

use super::super::limit;
use super::*;

#[test]
fn bad_json_is_located() {
    check("{\n  \"meta\": {\"name\": \"é\"}\n  \"start\": 1}", &expect![[r#""#]]);
    check("{\"start\": \"A\",}", &expect![[r#""#]]);
    check("{\"start\": ", &expect![[r#""#]]);
    check("", &expect![[r#""#]]);
    check("{\n// a note\n}", &expect![[r#""#]]);
}

#[test]
fn half_a_file_is_no_flow() {
    let text = include_str!("../../../flows/reservation.json");
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    let findings = load_with(&half, &Offers::default()).unwrap_err();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, "json.syntax");
    assert!(findings[0].suggestion.as_ref().unwrap().contains("complete"));
}

#[test]
fn a_text_that_is_no_flow_says_what_is_missing() {
    check("[1]", &expect![[r#""#]]);
    check("{}", &expect![[r#""#]]);
}

#[test]
fn a_key_that_is_unknown_or_there_twice_is_an_error() {
    check(&flow(&json!({"strat": "A"})), &expect![[r#""#]]);
    check(&transition(&json!({"on_intent": "YES", "to": "B"})), &expect![[r#""#]]);
    check(&state(&json!({"zzz": 1, "transitions": [{"to": "B"}]})), &expect![[r#""#]]);
    check(
        r#"{"meta": {"name": "T"}, "start": "A", "states": {
            "A": {"transitions": [{"to": "B"}]}, "B": {"final": true}, "A": {"final": true}}}"#,
        &expect![[r#""#]],
    );
    check(
        &flow(&json!({"context": {"$serde_json::private::RawValue": "[1]"}})),
        &expect![[r#""#]],
    );
}

#[test]
fn a_value_of_the_wrong_type_is_an_error() {
    check(&transition(&json!({"onIntent": "YES", "to": 7, "priority": "high"})), &expect![[r#""#]]);
    check(&transition(&json!({"onIntent": 7, "to": "B"})), &expect![[r#""#]]);
    check(&flow(&json!({"meta": {"name": "T", "busy": "quee"}})), &expect![[r#""#]]);
    check(&flow(&json!({"states": []})), &expect![[r#""#]]);
    check(&flow(&json!({"tools": {"T": {"timeout_ms": -1}}})), &expect![[r#""#]]);
    check(&flow(&json!({"tools": {"T": {"retry": {"max_attempts": 5_000_000_000_u64}}}})), &expect![[r#""#]]);
    check(&flow(&json!({"context": {"n": 9_007_199_254_740_993_u64}})), &expect![[r#""#]]);
}

#[test]
fn what_is_not_built_yet_says_so() {
    check(&action(&json!({"call": "billing", "params": {}})), &expect![[r#""#]]);
    check(&transition(&json!({"onFlowResult": "end", "to": "B"})), &expect![[r#""#]]);
    check(&transition(&json!({"onDone": true, "to": "B"})), &expect![[r#""#]]);
    check(&transition(&json!({"onFail": true, "to": "B"})), &expect![[r#""#]]);
    check(&state(&json!({"form": {"slots": []}, "transitions": [{"to": "B"}]})), &expect![[r#""#]]);
    check(&flow(&json!({"migrations": []})), &expect![[r#""#]]);
    check(&flow(&json!({"fallback": {"noInput": {"after_ms": 1}}})), &expect![[r#""#]]);
    check(&flow(&json!({"meta": {"name": "T", "sessions": "pin"}})), &expect![[r#""#]]);
    check(r#"{"initialFlow": "main", "flows": {}}"#, &expect![[r#""#]]);
    check(r#"{"id": "x", "initial": "s", "states": {}}"#, &expect![[r#""#]]);
    check(r#"{"id": "x", "machine": {}}"#, &expect![[r#""#]]);
}

#[test]
fn a_name_that_nothing_has_is_an_error_with_the_nearest_one() {
    let text = flow(&json!({"start": "a", "states": {
        "A": {"transitions": [{"to": "Godbye"}, {"to": "flow:biling"}, {"to": "state:Zzz"}]},
        "Goodbye": {"final": true},
    }}));
    check(&text, &expect![[r#""#]]);
    check(&transition(&json!({"onIntent": ["YES", "YEP"], "to": "B"})), &expect![[r#""#]]);
    check(&transition(&json!({"onIntent": [], "to": "B"})), &expect![[r#""#]]);
    check(&transition(&json!({"onToolResult": "Lok", "to": "B"})), &expect![[r#""#]]);
    check(&action(&json!({"tool": "Look"})), &expect![[r#""#]]);
    let text = flow(&json!({"transitions": [{"pattern": "x", "to": "A", "except": ["C"]}]}));
    check(&text, &expect![[r#""#]]);
}

#[test]
fn a_bad_expression_or_template_is_located_to_the_character() {
    check(&transition(&json!({"onIntent": "YES", "when": "ctx.é > > 8", "to": "B"})), &expect![[r#""#]]);
    check(&action(&json!({"say": "Hello {{ctx.name"})), &expect![[r#""#]]);
    check(&action(&json!({"set": {"a": ["{{1 +}}"]}})), &expect![[r#""#]]);
}

#[test]
fn an_action_has_exactly_one_verb() {
    check(&action(&json!({"say": "a", "ask": "b"})), &expect![[r#""#]]);
    check(&action(&json!({})), &expect![[r#""#]]);
    check(&action(&json!({"say": "a", "args": {}, "data": 1, "suggestions": []})), &expect![[r#""#]]);
    check(&action(&json!({"hangup": false})), &expect![[r#""#]]);
    check(&action(&json!({"emit": "tool.call"})), &expect![[r#""#]]);
}

#[test]
fn a_transition_has_at_most_one_trigger_and_leads_somewhere() {
    check(&transition(&json!({"onIntent": "YES", "pattern": "x", "to": "B"})), &expect![[r#""#]]);
    check(&transition(&json!({"assign": {"x": 1}})), &expect![[r#""#]]);
    check(&transition(&json!({"onIntent": "YES", "to": "B", "except": ["A"]})), &expect![[r#""#]]);
    check(&transition(&json!({"onDtmf": "1x", "to": "B"})), &expect![[r#""#]]);
    check(&transition(&json!({"pattern": "re:(", "to": "B"})), &expect![[r#""#]]);
    check(&transition(&json!({"onIntent": "YES", "to": "@a..b"})), &expect![[r#""#]]);
}

#[test]
fn a_slot_has_a_type_that_exists() {
    let intent = |slot| flow(&json!({"intents": {"YES": {"examples": ["yes"], "slots": {"x": slot}}}}));
    check(&intent(json!("dat")), &expect![[r#""#]]);
    check(&intent(json!({"type": "numbr"})), &expect![[r#""#]]);
    check(&intent(json!("enum")), &expect![[r#""#]]);
    check(&intent(json!({"type": "date", "values": ["a"]})), &expect![[r#""#]]);
    check(
        &intent(json!({"type": "enum", "values": ["a"], "synonyms": {"b": ["c"]}})),
        &expect![[r#""#]],
    );
}

#[test]
fn meta_is_checked() {
    check(
        &flow(&json!({"meta": {"name": "T", "language": "english!", "time_zone": "Europe/Lisbn"}})),
        &expect![[r#""#]],
    );
}

#[test]
fn empty_things_and_names_that_cannot_be_meant_are_errors() {
    check(&flow(&json!({"states": {}})), &expect![[r#""#]]);
    check(&flow(&json!({"fallback": {"noMatch": [{}]}})), &expect![[r#""#]]);
    check(&flow(&json!({"intents": {" ": {"examples": [" "]}}})), &expect![[r#""#]]);
    let text = flow(&json!({"states": {"A": {"transitions": [{"to": "B"}]}, "B": {}, ":x": {}}}));
    check(&text, &expect![[r#""#]]);
}

#[test]
fn a_tools_shorthand_names_types_that_exist() {
    check(&flow(&json!({"tools": {"T": {"args": {"x": "strin", "y": 1}}}})), &expect![[r#""#]]);
    check(&flow(&json!({"tools": {"T": {"args": "string"}}})), &expect![[r#""#]]);
}

#[test]
fn arguments_and_schemas_fit_the_tool_on_offer() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}));
    let other = text.replace(r#""args":{"what":"x"}"#, r#""args":{"waht":"x"}"#);
    check_with(&other, &look(), &expect![[r#""#]]);

    let needs = json!({"type": "object", "properties": {"what": {"type": "string"}, "far": {"type": "integer"}}, "required": ["far"]});
    check_with(&text, &Offers::new([offer("eyes/look", needs, None)]), &expect![[r#""#]]);

    let counts = json!({"type": "object", "properties": {"what": {"$ref": "#/$defs/N"}}, "$defs": {"N": {"type": "integer"}}});
    check_with(&text, &Offers::new([offer("eyes/look", counts, None)]), &expect![[r#""#]]);

    let none = json!({"type": "object", "properties": {}});
    check_with(&text, &Offers::new([offer("eyes/look", none, None)]), &expect![[r#""#]]);
}

#[test]
fn one_mistake_hides_no_other() {
    let text = flow(&json!({
        "meta": {"nam": "x"},
        "intents": {"YES": {"examples": "yes"}, "NO": {"examples": ["no"]}},
        "states": {
            "A": {
                "onEnter": [{"say": 1}, {"say": "{{"}],
                "transitions": [{"to": 1}, {"onIntent": "NOO", "to": "C"}, {"onIntent": "YES", "to": "B"}],
            },
            "B": {"final": "yes"},
        },
    }));
    check(&text, &expect![[r#""#]]);
}

#[test]
fn an_author_has_limits() {
    let many = |count: usize| vec!["x"; count];
    let codes = |text: &str| {
        let findings = load_with(text, &Offers::default()).unwrap_err();
        let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        codes.retain(|code| code.starts_with("limit."));
        codes.join(" ")
    };
    let named = |count: usize, part: Value| -> Value {
        (0..count).map(|index| (format!("N{index}"), part.clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let assign: Value = named(limit::ASSIGNS_MAX + 1, json!(1));
    let long = "x".repeat(limit::NAME_CHARS_MAX + 1);
    let deep = "a.".repeat(limit::PATH_KEYS_MAX) + "a";
    let actions = vec![json!({"hangup": true}); limit::ACTIONS_MAX + 1];
    let ways = vec![json!({"pattern": "x", "to": "B"}); limit::TRANSITIONS_MAX + 1];
    let arms = vec![json!({"when": "else", "to": "B"}); limit::ARMS_MAX + 1];
    let delays = vec![json!({"ms": 1, "to": "B"}); limit::AFTER_MAX + 1];
    let steps = vec![json!({"reask": true}); limit::STEPS_MAX + 1];
    let nested = (0..=limit::DEPTH_MAX).fold(json!(1), |inner, _| json!([inner]));
    for (code, text) in [
        ("limit.text", " ".repeat(limit::TEXT_BYTES_MAX + 1)),
        ("limit.depth", flow(&json!({"context": {"deep": nested}}))),
        ("limit.states", flow(&json!({"start": "N0", "states": named(limit::STATES_MAX + 1, json!({"final": true}))}))),
        ("limit.transitions", state(&json!({"transitions": ways}))),
        ("limit.arms", transition(&json!({"pattern": "x", "branch": arms}))),
        ("limit.actions", state(&json!({"onEnter": actions}))),
        ("limit.assigns", transition(&json!({"pattern": "x", "assign": assign, "to": "B"}))),
        ("limit.after", state(&json!({"after": delays}))),
        ("limit.after", state(&json!({"after": [{"ms": 0, "to": "B"}]}))),
        ("limit.steps", flow(&json!({"fallback": {"noMatch": steps}}))),
        ("limit.suggestions", action(&json!({"ask": "?", "suggestions": many(limit::SUGGESTIONS_MAX + 1)}))),
        ("limit.intents", flow(&json!({"intents": named(limit::INTENTS_MAX + 1, json!({}))}))),
        ("limit.examples", flow(&json!({"intents": {"I": {"examples": many(limit::EXAMPLES_MAX + 1)}}}))),
        ("limit.example", flow(&json!({"intents": {"I": {"examples": ["x".repeat(limit::EXAMPLE_CHARS_MAX + 1)]}}}))),
        ("limit.slots", flow(&json!({"intents": {"I": {"slots": named(limit::SLOTS_MAX + 1, json!("date"))}}}))),
        ("limit.values", flow(&json!({"intents": {"I": {"slots": {"x": {"type": "enum", "values": many(limit::VALUES_MAX + 1)}}}}}))),
        ("limit.tools", flow(&json!({"tools": named(limit::TOOLS_MAX + 1, json!({}))}))),
        ("limit.timeout", flow(&json!({"tools": {"T": {"timeout_ms": 0}}}))),
        ("limit.retry", flow(&json!({"tools": {"T": {"retry": {"max_attempts": 0}}}}))),
        ("limit.name", flow(&json!({"tools": {long: {}}}))),
        ("limit.path", action(&json!({"set": {deep: 1}}))),
        ("limit.findings", flow(&named(limit::FINDINGS_MAX + 1, json!(1)))),
    ] {
        assert_eq!(codes(&text), code);
    }
}
