//! What is said of a flow that acts on silence.

use expect_test::expect;
use serde_json::json;

use super::*;

/// A flow with this for the silence of its start.
fn no_input(part: &Value) -> String {
    state(&json!({
        "onEnter": [{"ask": "Yes?"}],
        "transitions": [{"pattern": "go", "to": "B"}],
        "fallback": {"noInput": part},
    }))
}

#[test]
fn a_ladder_for_silence_is_a_way_out() {
    let step = json!({"say": "Still there?", "reask": true});
    check(&no_input(&json!({"after_ms": 30000, "steps": [step, {"to": "B"}]})), &expect![[""]]);
    let text = flow(&json!({
        "fallback": {"noInput": {"after_ms": 1, "steps": [{"to": "B"}]}},
        "states": {"A": {}, "B": {"final": true}},
    }));
    check(&text, &expect![[""]]);
}

#[test]
fn a_ladder_for_silence_has_a_time_and_steps_that_do_something() {
    check(
        &no_input(&json!({"steps": [{"to": "B"}]})),
        &expect![
            "error key.missing 1:143+1 /states/A/fallback/noInput: `noInput` has no `after_ms` (add `after_ms`: Milliseconds of silence before each step; they survive a restart)"
        ],
    );
    check(
        &no_input(&json!({"after_ms": 0, "steps": [{"to": "C"}]})),
        &expect![[r#"
        error limit.after 1:155+1 /states/A/fallback/noInput/after_ms: 0 is not between 1 and 31622400000
        error target.unknown 1:172+3 /states/A/fallback/noInput/steps/0/to: no state `C`"#]],
    );
    check(
        &no_input(&json!({"after_ms": 5, "steps": []})),
        &expect![
            "error step.empty 1:165+1 /states/A/fallback/noInput/steps: there is no step to take"
        ],
    );
    check(
        &no_input(&json!({"after_ms": 5, "steps": [{}], "after": 3})),
        &expect![[r#"
        error step.empty 1:166+1 /states/A/fallback/noInput/steps/0: the step does nothing (give it `say`, `reask` or `to`)
        error key.unknown 1:170+7 /states/A/fallback/noInput/after: unknown key `after` in `noInput` (did you mean `after_ms`?)"#]],
    );
    check(
        &no_input(&json!({"after_ms": "5s"})),
        &expect![[r#"
        error key.missing 1:143+1 /states/A/fallback/noInput: `noInput` has no `steps` (add `steps`: For the first, second, … silence in a row; after the last one nothing more is done)
        error value.type 1:155+4 /states/A/fallback/noInput/after_ms: `after_ms` must be an integer, not a string"#]],
    );
    check(
        &no_input(&json!(5)),
        &expect![
            "error value.type 1:143+1 /states/A/fallback/noInput: `noInput` must be an object, not an integer"
        ],
    );
}
