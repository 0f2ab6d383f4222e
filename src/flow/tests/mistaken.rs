//! What has the shape of a flow and means nothing: names, programs, types, arguments.

use expect_test::expect;
use serde_json::json;

use super::*;

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
        &transition(&json!({"onIntent": "YES", "when": "ctx.n > rond(2)", "to": "B"})),
        &expect![[r#"
            error expression.syntax 1:149+4 /states/A/transitions/0/when: no function `rond` (did you mean `round`?)
            warning tool.not_offered 1:298+6 /tools/Look: no loaded plugin offers `Look`: a call of it would fail"#]],
    );
    check(
        &action(&json!({"say": "Hello {{uper(ctxx.name)}}"})),
        &expect![
            "error template.syntax 1:79+4 /states/A/onEnter/0/say: no function `uper` (did you mean `upper`?)"
        ],
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
            "error action.verbs 1:63+1 /states/A/onEnter/0: the action does nothing (give it one of `say`, `ask`, `set`, `tool`, `llm`, `call`, `transfer`, `hangup`, `emit`)"
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
        &transition(&json!({"pattern": "re: ", "to": "B"})),
        &expect![[r#"
            error pattern.invalid 1:126+6 /states/A/transitions/0/pattern: the expression is empty (it would fit every text; `:default` takes what nothing else takes)
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
    check(
        &flow(&json!({"intents": {"YES": {"examples": ["yes", ""], "slots": {"x": "enum"}}}})),
        &expect![[r#"
            error example.empty 1:136+2 /intents/YES/examples/1: an example cannot be empty
            error slot.type 1:153+6 /intents/YES/slots/x: an `enum` slot has no `values` (write `{"type": "enum", "values": ["small", "large"]}`)"#]],
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
