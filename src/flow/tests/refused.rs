//! What keeps a flow from loading.

use expect_test::expect;
use serde_json::json;

use super::super::limit;
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
            "error key.unknown 1:52+5 /states/A/zzz: unknown key `zzz` in a state (the keys here are `onEnter`, `onExit`, `transitions`, `fallback`, `busy`, `after`, `final`, `suggestions`, `meta`)"
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
fn what_is_not_built_yet_says_so() {
    check(
        &action(&json!({"call": "billing", "params": {}})),
        &expect![[r#"
        error feature.missing 1:64+6 /states/A/onEnter/0/call: `call` needs sub-flows, which this version does not have yet
        error feature.missing 1:81+8 /states/A/onEnter/0/params: `params` needs sub-flows, which this version does not have yet"#]],
    );
    check(
        &transition(&json!({"onFlowResult": "end", "to": "B"})),
        &expect![[r#"
        error feature.missing 1:116+14 /states/A/transitions/0/onFlowResult: `onFlowResult` needs sub-flows, which this version does not have yet
        warning tool.not_offered 1:277+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onDone": true, "to": "B"})),
        &expect![[r#"
        error feature.missing 1:116+8 /states/A/transitions/0/onDone: `onDone` needs forms, which this version does not have yet
        warning tool.not_offered 1:270+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onFail": true, "to": "B"})),
        &expect![[r#"
        error feature.missing 1:116+8 /states/A/transitions/0/onFail: `onFail` needs forms, which this version does not have yet
        warning tool.not_offered 1:270+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &state(&json!({"form": {"slots": []}, "transitions": [{"to": "B"}]})),
        &expect![
            "error feature.missing 1:52+6 /states/A/form: `form` needs forms, which this version does not have yet"
        ],
    );
    check(
        &flow(&json!({"migrations": []})),
        &expect![
            "error feature.missing 1:100+12 /migrations: `migrations` needs moving sessions between versions, which this version does not have yet"
        ],
    );
    check(
        &flow(&json!({"fallback": {"noInput": {"after_ms": 1}}})),
        &expect![
            "error feature.missing 1:112+9 /fallback/noInput: `noInput` needs acting on silence, which this version does not have yet"
        ],
    );
    check(
        &flow(&json!({"meta": {"name": "T", "sessions": "pin"}})),
        &expect![
            "error feature.missing 1:21+10 /meta/sessions: `sessions` needs a policy for running sessions, which this version does not have yet"
        ],
    );
    check(
        r#"{"initialFlow": "main", "flows": {}}"#,
        &expect![
            "error feature.missing 1:1+1 : this is a CSM definition, which this version cannot import yet (write it as a flow with `meta`, `start` and `states`)"
        ],
    );
    check(
        r#"{"id": "x", "initial": "s", "states": {}}"#,
        &expect![
            "error feature.missing 1:1+1 : this is a CSM definition, which this version cannot import yet (write it as a flow with `meta`, `start` and `states`)"
        ],
    );
    check(
        r#"{"id": "x", "machine": {}}"#,
        &expect![
            "error feature.missing 1:1+1 : this is a CSM definition, which this version cannot import yet (write it as a flow with `meta`, `start` and `states`)"
        ],
    );
}

#[test]
fn a_name_that_nothing_has_is_an_error_with_the_nearest_one() {
    let text = flow(&json!({"start": "a", "states": {
        "A": {"transitions": [{"to": "Godbye"}, {"to": "flow:biling"}, {"to": "state:Zzz"}]},
        "Goodbye": {"final": true},
    }}));
    check(
        &text,
        &expect![[r#"
        error target.unknown 1:33+3 /start: no state `a` (did you mean `A`?)
        error target.unknown 1:73+8 /states/A/transitions/0/to: no state `Godbye` (did you mean `Goodbye`?)
        error flow.unknown 1:89+13 /states/A/transitions/1/to: no flow `biling` (did you mean `billing`?)
        error target.unknown 1:110+11 /states/A/transitions/2/to: no state `Zzz`"#]],
    );
    check(
        &transition(&json!({"onIntent": ["YES", "YEP"], "to": "B"})),
        &expect![[r#"
        error intent.unknown 1:134+5 /states/A/transitions/0/onIntent/1: no intent `YEP` (did you mean `YES`?)
        warning tool.not_offered 1:281+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onIntent": [], "to": "B"})),
        &expect![[r#"
        error intent.unknown 1:127+1 /states/A/transitions/0/onIntent: no intent is named here
        warning tool.not_offered 1:270+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onToolResult": "Lok", "to": "B"})),
        &expect![[r#"
        error tool.unknown 1:131+5 /states/A/transitions/0/onToolResult: no tool `Lok` (did you mean `Look`?)
        warning tool.not_offered 1:277+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &action(&json!({"tool": "Look"})),
        &expect!["error tool.unknown 1:71+6 /states/A/onEnter/0/tool: no tool `Look`"],
    );
    let text = flow(&json!({"transitions": [{"pattern": "x", "to": "A", "except": ["C"]}]}));
    check(&text, &expect!["error target.unknown 1:149+3 /transitions/0/except/0: no state `C`"]);
}

#[test]
fn a_bad_expression_or_template_is_located_to_the_character() {
    check(
        &transition(&json!({"onIntent": "YES", "when": "ctx.é > > 8", "to": "B"})),
        &expect![[r#"
        error expression.syntax 1:149+1 /states/A/transitions/0/when: unexpected '>'
        warning tool.not_offered 1:294+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &action(&json!({"say": "Hello {{ctx.name"})),
        &expect![[
            r#"error template.syntax 1:77+1 /states/A/onEnter/0/say: `{{` without its `}}`; write `\{{` for two braces as text"#
        ]],
    );
    check(
        &action(&json!({"set": {"a": ["{{1 +}}"]}})),
        &expect!["error template.syntax 1:82+1 /states/A/onEnter/0/set/a/0: script is incomplete"],
    );
}

#[test]
fn an_action_has_exactly_one_verb() {
    check(
        &action(&json!({"say": "a", "ask": "b"})),
        &expect![
            "error action.verbs 1:74+5 /states/A/onEnter/0/ask: `say` and `ask` cannot share one action (make an action of each, in the order you want)"
        ],
    );
    check(
        &action(&json!({})),
        &expect![
            "error action.verbs 1:63+1 /states/A/onEnter/0: the action does nothing (give it one of `say`, `ask`, `set`, `tool`, `transfer`, `hangup`, `emit`)"
        ],
    );
    check(
        &action(&json!({"say": "a", "args": {}, "data": 1, "suggestions": []})),
        &expect![[r#"
        error key.misplaced 1:74+6 /states/A/onEnter/0/args: `args` goes with `tool` only
        error key.misplaced 1:84+6 /states/A/onEnter/0/data: `data` goes with `emit` only
        error key.misplaced 1:93+13 /states/A/onEnter/0/suggestions: `suggestions` goes with `ask` only"#]],
    );
    check(
        &action(&json!({"hangup": false})),
        &expect![
            "error value.unknown 1:73+5 /states/A/onEnter/0/hangup: `hangup` can only be `true`"
        ],
    );
    check(
        &action(&json!({"emit": "tool.call"})),
        &expect![
            "error name.reserved 1:71+11 /states/A/onEnter/0/emit: `tool.call` is an event of the host (give the event a name of the flow's own)"
        ],
    );
}

#[test]
fn a_transition_has_at_most_one_trigger_and_leads_somewhere() {
    check(
        &transition(&json!({"onIntent": "YES", "pattern": "x", "to": "B"})),
        &expect![[r#"
        error trigger.conflict 1:133+9 /states/A/transitions/0/pattern: `onIntent` and `pattern` cannot both set off one transition (make two transitions of it)
        warning tool.not_offered 1:287+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"assign": {"x": 1}})),
        &expect![[r#"
        error transition.endless 1:115+1 /states/A/transitions/0: nothing sets this transition off and it leads nowhere (add a trigger such as `onIntent`, or `to`)
        warning tool.not_offered 1:264+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onIntent": "YES", "to": "B", "except": ["A"]})),
        &expect![[r#"
        error key.misplaced 1:142+8 /states/A/transitions/0/except: `except` belongs to the flow's `transitions`, not to a state's
        warning tool.not_offered 1:288+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onDtmf": "1x", "to": "B"})),
        &expect![[r#"
        error dtmf.invalid 1:125+4 /states/A/transitions/0/onDtmf: `1x` are no telephone keys (the keys are 0 to 9, `*`, `#` and A to D)
        warning tool.not_offered 1:270+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"pattern": "re:(", "to": "B"})),
        &expect![[r#"
        error pattern.invalid 1:126+6 /states/A/transitions/0/pattern: no valid regular expression: unclosed group
        warning tool.not_offered 1:273+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &transition(&json!({"onIntent": "YES", "to": "@a..b"})),
        &expect![[r#"
        error path.invalid 1:138+7 /states/A/transitions/0/to: `a..b` is no dotted path (write keys with dots between, `contact.name`)
        warning tool.not_offered 1:277+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
}

#[test]
fn a_slot_has_a_type_that_exists() {
    let intent =
        |slot| flow(&json!({"intents": {"YES": {"examples": ["yes"], "slots": {"x": slot}}}}));
    check(
        &intent(json!("dat")),
        &expect![
            "error slot.type 1:150+5 /intents/YES/slots/x: `x` cannot be `dat` (did you mean `date`?)"
        ],
    );
    check(
        &intent(json!({"type": "numbr"})),
        &expect![
            "error slot.type 1:158+7 /intents/YES/slots/x/type: `type` cannot be `numbr` (did you mean `number`?)"
        ],
    );
    check(
        &intent(json!("enum")),
        &expect![[
            r#"error slot.type 1:150+6 /intents/YES/slots/x: an `enum` slot has no `values` (write `{"type": "enum", "values": ["small", "large"]}`)"#
        ]],
    );
    check(
        &intent(json!({"type": "date", "values": ["a"]})),
        &expect![
            "error slot.type 1:150+1 /intents/YES/slots/x: only an `enum` slot has `values` and `synonyms`"
        ],
    );
    check(
        &intent(json!({"type": "enum", "values": ["a"], "synonyms": {"b": ["c"]}})),
        &expect![
            "error slot.type 1:196+1 /intents/YES/slots/x/synonyms/b: `b` is none of the slot's `values`"
        ],
    );
}

#[test]
fn meta_is_checked() {
    check(
        &flow(&json!({"meta": {"name": "T", "language": "english!", "time_zone": "Europe/Lisbn"}})),
        &expect![[r#"
            error language.invalid 1:32+10 /meta/language: `english!` is no language tag (write it as in `en-US` or `pt`)
            error time_zone.unknown 1:55+14 /meta/time_zone: no time zone `Europe/Lisbn` (did you mean `Europe/Lisbon`?)"#]],
    );
}

#[test]
fn empty_things_and_names_that_cannot_be_meant_are_errors() {
    check(
        &flow(&json!({"states": {}})),
        &expect![[r#"
        error target.unknown 1:33+3 /start: no state `A`
        error states.empty 1:46+1 /states: a flow has at least one state"#]],
    );
    check(
        &flow(&json!({"fallback": {"noMatch": [{}]}})),
        &expect![
            "error step.empty 1:123+1 /fallback/noMatch/0: the step does nothing (give it `say`, `reask` or `to`)"
        ],
    );
    check(
        &flow(&json!({"intents": {" ": {"examples": [" "]}}})),
        &expect![[r#"
        error name.invalid 1:111+3 /intents/ : a name cannot be empty
        error example.empty 1:128+3 /intents/ /examples/0: an example cannot be empty"#]],
    );
    let text = flow(&json!({"states": {"A": {"transitions": [{"to": "B"}]}, "B": {}, ":x": {}}}));
    check(
        &text,
        &expect![
            "error name.invalid 1:87+4 /states/:x: a state's name cannot begin with `:`: no `to` could name it"
        ],
    );
}

#[test]
fn a_tools_shorthand_names_types_that_exist() {
    check(
        &flow(&json!({"tools": {"T": {"args": {"x": "strin", "y": 1}}}})),
        &expect![[r#"
        warning tool.not_offered 1:109+3 /tools/T: no loaded plugin offers `T`: a call of it would fail
        error schema.type 1:126+7 /tools/T/args/x: no type `strin` (did you mean `string`?)
        error value.type 1:138+1 /tools/T/args/y: must be a type such as `string`, or `["string"]` for a list of it"#]],
    );
    check(
        &flow(&json!({"tools": {"T": {"args": "string"}}})),
        &expect![[r#"
        warning tool.not_offered 1:109+3 /tools/T: no loaded plugin offers `T`: a call of it would fail
        error value.type 1:121+8 /tools/T/args: must be an object of names and types, or a JSON Schema (write `{"date": "string"}`)"#]],
    );
}

#[test]
fn arguments_and_schemas_fit_the_tool_on_offer() {
    let text = transition(&json!({"onToolResult": "Look", "to": "B"}));
    let other = text.replace(r#""args":{"what":"x"}"#, r#""args":{"waht":"x"}"#);
    check_with(
        &other,
        &look(),
        &expect![
            "error args.unknown 1:86+6 /states/A/onEnter/0/args/waht: tool `Look` has no argument `waht` (did you mean `what`?)"
        ],
    );

    let needs = json!({"type": "object", "properties": {"what": {"type": "string"}, "far": {"type": "integer"}}, "required": ["far"]});
    check_with(
        &text,
        &Offers::new([offer("eyes/look", needs, None)]),
        &expect![
            "error args.missing 1:64+6 /states/A/onEnter/0/tool: tool `Look` needs the argument `far` (add it to `args`)"
        ],
    );

    let counts = json!({"type": "object", "properties": {"what": {"$ref": "#/$defs/N"}}, "$defs": {"N": {"type": "integer"}}});
    check_with(
        &text,
        &Offers::new([offer("eyes/look", counts, None)]),
        &expect![
            "error schema.mismatch 1:301+8 /tools/Look/args/what: string here, but integer is taken by `eyes/look`"
        ],
    );

    let none = json!({"type": "object", "properties": {}});
    check_with(
        &text,
        &Offers::new([offer("eyes/look", none, None)]),
        &expect![[r#"
        error args.unknown 1:86+6 /states/A/onEnter/0/args/what: tool `Look` has no argument `what`
        error schema.mismatch 1:301+8 /tools/Look/args/what: `what` is not known by `eyes/look`"#]],
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

#[test]
fn an_author_has_limits() {
    let many = |count: usize| vec!["x"; count];
    let codes = |text: &str| {
        let findings = load_with(text, &Offers::default()).unwrap_err();
        let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        codes.retain(|code| code.starts_with("limit.") && *code != "limit.findings");
        codes.join(" ")
    };
    let named = |count: usize, part: Value| -> Value {
        (0..count)
            .map(|index| (format!("N{index}"), part.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
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
        (
            "limit.states",
            flow(
                &json!({"start": "N0", "states": named(limit::STATES_MAX + 1, json!({"final": true}))}),
            ),
        ),
        ("limit.transitions", state(&json!({"transitions": ways}))),
        ("limit.arms", transition(&json!({"pattern": "x", "branch": arms}))),
        ("limit.actions", state(&json!({"onEnter": actions}))),
        ("limit.assigns", transition(&json!({"pattern": "x", "assign": assign, "to": "B"}))),
        ("limit.after", state(&json!({"after": delays}))),
        ("limit.after", state(&json!({"after": [{"ms": 0, "to": "B"}]}))),
        ("limit.steps", flow(&json!({"fallback": {"noMatch": steps}}))),
        (
            "limit.suggestions",
            action(&json!({"ask": "?", "suggestions": many(limit::SUGGESTIONS_MAX + 1)})),
        ),
        ("limit.intents", flow(&json!({"intents": named(limit::INTENTS_MAX + 1, json!({}))}))),
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
            flow(&json!({"intents": {"I": {"slots": named(limit::SLOTS_MAX + 1, json!("date"))}}})),
        ),
        (
            "limit.values",
            flow(
                &json!({"intents": {"I": {"slots": {"x": {"type": "enum", "values": many(limit::VALUES_MAX + 1)}}}}}),
            ),
        ),
        ("limit.tools", flow(&json!({"tools": named(limit::TOOLS_MAX + 1, json!({}))}))),
        ("limit.timeout", flow(&json!({"tools": {"T": {"timeout_ms": 0}}}))),
        ("limit.retry", flow(&json!({"tools": {"T": {"retry": {"max_attempts": 0}}}}))),
        ("limit.name", flow(&json!({"tools": {long: {}}}))),
        ("limit.path", action(&json!({"set": {deep: 1}}))),
    ] {
        assert_eq!(codes(&text), code);
    }
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
