//! What keeps a text from being a flow: syntax, keys, types, what is not built yet.

use expect_test::expect;
use serde_json::json;

use super::*;

#[test]
fn bad_json_is_located() {
    check(
        "{\n  \"meta\": {\"name\": \"é\"}\n  \"start\": 1}",
        &expect![
            "error json.syntax 3:3+1 : no valid JSON: expected `,` or `}` (is there a comma missing before this?)"
        ],
    );
    check(
        "{\"start\": \"A\",}",
        &expect![
            "error json.syntax 1:15+1 : no valid JSON: trailing comma (remove the comma before the closing bracket)"
        ],
    );
    check(
        "{\"start\": ",
        &expect![
            "error json.syntax 1:10+1 : no valid JSON: EOF while parsing a value (the text ends too early: is the file complete?)"
        ],
    );
    check(
        "",
        &expect![
            "error json.syntax 1:1+1 : no valid JSON: EOF while parsing a value (the text ends too early: is the file complete?)"
        ],
    );
    check(
        "{\n// a note\n}",
        &expect![
            "error json.syntax 2:1+1 : no valid JSON: key must be a string (JSON has no comments; use `meta` for notes)"
        ],
    );
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
    check("[1]", &expect!["error value.type 1:1+1 : a flow must be an object, not an array"]);
    check(
        "{}",
        &expect![[r#"
        error key.missing 1:1+1 : a flow has no `meta` (add `meta`: What the flow says of itself)
        error start.missing 1:1+1 : a flow has no `start` (add `start`: The state in which sessions begin)
        error key.missing 1:1+1 : a flow has no `states` (add `states`: Where a conversation can be, by name; at least one)"#]],
    );
}

#[test]
fn a_key_that_is_unknown_or_there_twice_is_an_error() {
    check(
        &flow(&json!({"strat": "A"})),
        &expect![
            "error key.unknown 1:100+7 /strat: unknown key `strat` in a flow (did you mean `start`?)"
        ],
    );
    check(
        &transition(&json!({"on_intent": "YES", "to": "B"})),
        &expect![[r#"
        error key.unknown 1:116+11 /states/A/transitions/0/on_intent: unknown key `on_intent` in a transition (did you mean `onIntent`?)
        warning tool.not_offered 1:274+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &state(&json!({"zzz": 1, "transitions": [{"to": "B"}]})),
        &expect![
            "error key.unknown 1:52+5 /states/A/zzz: unknown key `zzz` in a state (the keys here are `onEnter`, `onExit`, `transitions`, `form`, `fallback`, `busy`, `after`, `final`, `suggestions`, `meta`)"
        ],
    );
    check(
        r#"{"meta": {"name": "T"}, "start": "A", "states": {
            "A": {"transitions": [{"to": "B"}]}, "B": {"final": true}, "A": {"final": true}}}"#,
        &expect![
            "error key.duplicate 2:72+3 /states/A: `A` is there twice (only the last one would count; rename or remove one)"
        ],
    );
    check(
        &flow(&json!({"context": {"$serde_json::private::RawValue": "[1]"}})),
        &expect![
            "error key.reserved 1:111+32 : this key means something to the JSON reader and cannot be used"
        ],
    );
}

#[test]
fn a_value_of_the_wrong_type_is_an_error() {
    check(
        &transition(&json!({"onIntent": "YES", "to": 7, "priority": "high"})),
        &expect![[r#"
        error value.type 1:138+1 /states/A/transitions/0/to: `to` must be a string, not an integer
        error value.type 1:151+6 /states/A/transitions/0/priority: `priority` must be an integer, not a string
        warning tool.not_offered 1:289+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onIntent": 7, "to": "B"})),
        &expect![[r#"
        error value.type 1:127+1 /states/A/transitions/0/onIntent: `onIntent` must be a string or an array, not an integer
        warning tool.not_offered 1:269+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &flow(&json!({"meta": {"name": "T", "busy": "quee"}})),
        &expect![
            "error value.unknown 1:28+6 /meta/busy: `busy` cannot be `quee` (did you mean `queue`?)"
        ],
    );
    check(
        &flow(&json!({"states": []})),
        &expect!["error value.type 1:46+1 /states: `states` must be an object, not an array"],
    );
    check(
        &flow(&json!({"tools": {"T": {"timeout_ms": -1}}})),
        &expect![
            "error value.range 1:127+2 /tools/T/timeout_ms: `timeout_ms` cannot be -1, it is too small"
        ],
    );
    check(
        &flow(&json!({"tools": {"T": {"retry": {"max_attempts": 5_000_000_000_u64}}}})),
        &expect![[r#"
        warning tool.not_offered 1:109+3 /tools/T: no loaded plugin offers `T`: a call of it would fail
        error limit.retry 1:138+10 /tools/T/retry/max_attempts: 5000000000 is not between 1 and 20"#]],
    );
    check(
        &flow(&json!({"context": {"n": 9_007_199_254_740_993_u64}})),
        &expect![
            "error number.inexact 1:115+16 /context/n: 9007199254740993 is beyond 2^53 and would lose digits (write it as a string)"
        ],
    );
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
    check(
        &text,
        &expect![[r#"
        error key.missing 1:9+1 /meta: a meta has no `name` (add `name`: Its name for people)
        error key.unknown 1:10+5 /meta/nam: unknown key `nam` in a meta (did you mean `name`?)
        error value.type 1:66+1 /states/A/onEnter/0/say: `say` must be a string, not an integer
        error template.syntax 1:77+1 /states/A/onEnter/1/say: `{{` without its `}}`; write `\{{` for two braces as text
        error value.type 1:104+1 /states/A/transitions/0/to: `to` must be a string, not an integer
        error intent.unknown 1:119+5 /states/A/transitions/1/onIntent: no intent `NOO` (did you mean `NO`?)
        error target.unknown 1:130+3 /states/A/transitions/1/to: no state `C`
        error value.type 1:178+5 /states/B/final: `final` must be a boolean, not a string
        error value.type 1:215+5 /intents/YES/examples: `examples` must be an array, not a string"#]],
    );
}
