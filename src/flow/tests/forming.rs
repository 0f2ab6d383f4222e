//! What is said of forms.

use expect_test::expect;
use serde_json::json;

use super::*;

/// A state with this form and this transition.
fn form(form: &Value, transition: &Value) -> String {
    state(&json!({"form": form, "transitions": [transition]}))
}

fn done() -> Value {
    json!({"onDone": true, "to": "B"})
}

#[test]
fn a_form_with_all_that_it_may_have_is_fine() {
    let whole = json!({
        "slots": [
            {"name": "size", "type": "enum", "values": ["small", "large"], "synonyms": {"large": ["big"]}, "ask": "Which?", "suggestions": ["small"]},
            {"name": "guest.name", "type": "name", "ask": "Who?", "validate": "len(slot.name) > 1", "reprompt": ["Who, {{ctx.size}}?"], "max": 5, "pii": true},
        ],
        "confirm": "{{ctx.size}} for {{ctx.guest.name}}?",
        "correct": "What then?",
    });
    check(&form(&whole, &done()), &expect![[""]]);
}

#[test]
fn a_slot_of_a_form_has_a_name_a_type_and_a_question() {
    check(
        &form(&json!({"slots": [{"type": "dat"}]}), &done()),
        &expect![[r#"
        error key.missing 1:69+1 /states/A/form/slots/0: a slot of a form has no `name` (add `name`: Where the value goes in the context: a dotted path)
        error key.missing 1:69+1 /states/A/form/slots/0: a slot of a form has no `ask` (add `ask`: The question)
        error slot.type 1:77+5 /states/A/form/slots/0/type: `type` cannot be `dat` (did you mean `date`?)"#]],
    );
    check(
        &form(&json!({"slots": [{"name": "a..b", "type": "enum", "ask": "{{"}]}), &done()),
        &expect![[r#"
            error slot.type 1:69+1 /states/A/form/slots/0: an `enum` slot has no `values` (write `{"type": "enum", "values": ["small", "large"]}`)
            error path.invalid 1:77+6 /states/A/form/slots/0/name: `a..b` is no dotted path (write keys with dots between, `contact.name`)
            error template.syntax 1:105+1 /states/A/form/slots/0/ask: `{{` without its `}}`; write `\{{` for two braces as text"#]],
    );
    check(
        &form(
            &json!({"slots": [{"name": "n", "type": "integer", "ask": "n?", "validate": "ctx.n >", "max": 0}]}),
            &done(),
        ),
        &expect![[r#"
            error expression.syntax 1:128+1 /states/A/form/slots/0/validate: script is incomplete
            error limit.tries 1:136+1 /states/A/form/slots/0/max: 0 is not between 1 and 100"#]],
    );
    check(
        &form(
            &json!({"slots": [{"name": "n", "type": "integer", "ask": "n?"}, {"name": "n", "type": "date", "ask": "n?"}]}),
            &done(),
        ),
        &expect![
            "error form.duplicate 1:118+3 /states/A/form/slots/1/name: `n` is asked for twice"
        ],
    );
    let named = |name: &str, kind: &str| json!({"name": name, "type": kind, "ask": "?"});
    check(
        &form(
            &json!({"slots": [named("a.b", "integer"), named("ab", "integer"), named("a", "date")]}),
            &done(),
        ),
        &expect![
            "error form.duplicate 1:160+3 /states/A/form/slots/2/name: `a.b` is a part of `a`, which is asked for too"
        ],
    );
    check(
        &form(
            &json!({"slots": [named("n", "enum"), named("n", "date"), named("n.m", "date")]}),
            &done(),
        ),
        &expect![[r#"
            error slot.type 1:69+1 /states/A/form/slots/0: an `enum` slot has no `values` (write `{"type": "enum", "values": ["small", "large"]}`)
            error form.duplicate 1:114+3 /states/A/form/slots/1/name: `n` is asked for twice
            error form.duplicate 1:151+5 /states/A/form/slots/2/name: `n.m` is a part of `n`, which is asked for too"#]],
    );
    check(
        &form(&json!({"slots": [], "correct": 1}), &done()),
        &expect![
            "error value.type 1:81+1 /states/A/form/correct: `correct` must be a boolean or a string, not an integer"
        ],
    );
    check(
        &form(&json!({"slots": [], "confim": "ok?"}), &done()),
        &expect![[r#"
        error form.empty 1:68+1 /states/A/form/slots: the form asks for nothing (give it a slot, or remove it)
        error key.unknown 1:71+8 /states/A/form/confim: unknown key `confim` in a form (did you mean `confirm`?)"#]],
    );
}

#[test]
fn a_form_stands_where_it_can_be_filled_and_heard_of() {
    let asks = json!({"slots": [{"name": "n", "type": "integer", "ask": "n?"}]});
    check(
        &state(&json!({"form": asks, "final": true})),
        &expect![[r#"
        error form.in_final 1:52+6 /states/A/form: a final state ends the session and asks for nothing (put the form into a state before this one)
        warning state.unreachable 1:126+3 /states/B: no way leads to state `B` (add a transition to it, or remove it)"#]],
    );
    check(
        &form(&asks, &json!({"pattern": "go", "to": "B"})),
        &expect![[
            r#"warning form.unhandled 1:52+6 /states/A/form: nothing happens when the form has all its values (add a transition with `"onDone": true`)"#
        ]],
    );
    check(
        &form(&asks, &json!({"onDone": false, "to": "B"})),
        &expect![
            "error value.unknown 1:137+5 /states/A/transitions/0/onDone: this can only be `true`"
        ],
    );
    check(
        &form(&asks, &json!({"onDone": true, "onFail": true, "to": "B"})),
        &expect![
            "error trigger.conflict 1:142+8 /states/A/transitions/0/onFail: `onDone` and `onFail` cannot both set off one transition (make two transitions of it)"
        ],
    );
    check(
        &state(&json!({"transitions": [{"onDone": true, "to": "B"}, {"onFail": true, "to": "B"}]})),
        &expect![[r#"
            warning trigger.no_form 1:68+8 /states/A/transitions/0/onDone: `onDone` never happens here: the state has no `form` (add a `form`)
            warning trigger.no_form 1:93+8 /states/A/transitions/1/onFail: `onFail` never happens here: the state has no `form` (add a `form`)"#]],
    );
}
