//! What the authors of CSM machines meant happens, and none of what went wrong in the systems before.

use expect_test::expect;
use serde_json::{Value, json};

use super::csm::{check, play};

/// A state that waits for anything.
fn rest() -> Value {
    json!({"transitions": [{"pattern": "never", "target": "A"}]})
}

#[test]
fn conditions_count_on_default_and_automatic_transitions_too() {
    let states = json!({
        "A": {"transitions": [
            {"pattern": ":default", "target": "Late", "condition": "context.n > 5"},
            {"pattern": "go", "target": "Fork", "context": {"n": 7}},
            {"pattern": ":default", "target": "Fork"},
        ]},
        "Fork": {"transitions": [
            {"target": "Big", "condition": {"type": "jsonlogic", "rule": {">": [{"var": "n"}, 5]}}},
            {"target": "None", "condition": "context.n == null"},
            {"target": "Small"},
        ]},
        "Big": rest(), "None": rest(), "Small": rest(), "Late": rest(),
    });
    check(
        &states,
        "text GO",
        &expect![[r#"
        > start
          1.1 session.created one
        > text GO
          2.2 user.text "GO"
          3.2 state.updated {"n":7}
          4.2 A -> Fork by pattern
          5.2 Fork -> Big by auto
    "#]],
    );
    check(
        &states,
        "text what",
        &expect![[r#"
        > start
          1.1 session.created one
        > text what
          2.2 user.text "what"
          3.2 A -> Fork by default
          4.2 Fork -> None by auto
    "#]],
    );
}

#[test]
fn default_is_tried_last_wherever_it_stands_and_priority_before_order() {
    let states = json!({
        "A": {"transitions": [
            {"pattern": ":default", "target": "Other", "priority": 100},
            {"pattern": "pay *", "target": "Low"},
            {"pattern": "* now", "target": "High", "priority": 5},
        ]},
        "Other": rest(), "Low": rest(), "High": rest(),
    });
    check(
        &states,
        "text Pay it now",
        &expect![[r#"
        > start
          1.1 session.created one
        > text Pay it now
          2.2 user.text "Pay it now"
          3.2 A -> High by pattern
    "#]],
    );
    check(
        &states,
        "text pay it",
        &expect![[r#"
        > start
          1.1 session.created one
        > text pay it
          2.2 user.text "pay it"
          3.2 A -> Low by pattern
    "#]],
    );
    check(
        &states,
        "text now or never",
        &expect![[r#"
        > start
          1.1 session.created one
        > text now or never
          2.2 user.text "now or never"
          3.2 A -> Other by default
    "#]],
    );
}

#[test]
fn transient_states_are_left_at_once_and_a_circle_of_them_is_stopped() {
    let chain = json!({
        "A": {"transitions": [{"target": "B", "context": {"a": 1}}]},
        "B": {"transitions": [{"target": "C", "context": {"b": 2}}]},
        "C": {"transitions": [{"pattern": "on", "target": "D"}]},
        "D": {"transitions": [{"target": "E"}]},
        "E": {"transitions": [{"target": "D"}]},
    });
    check(
        &chain,
        "text on\nlook",
        &expect![[r#"
        > start
          1.1 session.created one
          2.1 state.updated {"a":1}
          3.1 A -> B by auto
          4.1 state.updated {"b":2}
          5.1 B -> C by auto
        > text on
          6.2 user.text "on"
          7.2 error transition.loop: more than 100 automatic transitions in one turn, the last into `E`
        > look
        = one/C {"a":1,"b":2}
    "#]],
    );
}

#[test]
fn a_missing_variable_is_no_reason_and_what_people_say_is_never_run() {
    let states = json!({
        "A": {"transitions": [
            {"pattern": "*", "target": "B", "condition": "context.user.age >= 18 && context.name === 'it\\'s \"me\"'"},
            {"pattern": "#{secret}", "target": "B"},
            {"pattern": "hi #{name} *", "target": "B"},
            {"pattern": ":default", "target": "A", "operations": [
                {"type": "append", "target": "user.said", "value": "{{input.text}}"},
                {"type": "set", "variable": "user.name.first", "value": "Ana"},
            ], "context": {"name": "{{1 + 1}}"}},
        ]},
        "B": rest(),
    });
    check(
        &states,
        "text {\"user\": {\"age\": 99}}\ntext {{ctx.name}}\ntext #{name}\nlook\ntext Hi {{1 + 1}} there",
        &expect![[r##"
            > start
              1.1 session.created one
            > text {"user": {"age": 99}}
              2.2 user.text "{\"user\": {\"age\": 99}}"
              3.2 state.updated {"name":"{{1 + 1}}","user.said":["{{input.text}}"],"user.name.first":"Ana"}
              4.2 A -> A by default
            > text {{ctx.name}}
              5.3 user.text "{{ctx.name}}"
              6.3 state.updated {"name":"{{1 + 1}}","user.said":["{{input.text}}","{{input.text}}"],"user.name.first":"Ana"}
              7.3 A -> A by default
            > text #{name}
              8.4 user.text "#{name}"
              9.4 state.updated {"name":"{{1 + 1}}","user.said":["{{input.text}}","{{input.text}}","{{input.text}}"],"user.name.first":"Ana"}
              10.4 A -> A by default
            > look
            = one/A {"name":"{{1 + 1}}","user":{"said":["{{input.text}}","{{input.text}}","{{input.text}}"],"name":{"first":"Ana"}}}
            > text Hi {{1 + 1}} there
              11.5 user.text "Hi {{1 + 1}} there"
              12.5 A -> B by pattern
        "##]],
    );
}

#[test]
fn a_flow_that_is_entered_again_begins_at_its_beginning() {
    let machine = json!({"initialFlow": "One", "flows": {
        "One": {"initial": "A", "states": {
            "A": {"transitions": [{"pattern": "next", "target": "B"}]},
            "B": {"transitions": [{"pattern": "over", "target": "machine:Two"}]},
        }},
        "Two": {"initial": "A", "states": {
            "A": {"transitions": [{"pattern": "over", "target": "flow:One", "context": {"seen": true}}]},
        }},
    }});
    play(
        &machine,
        "text next\ntext over\ntext over\nlook",
        &expect![[r#"
        > start
          1.1 session.created one
        > text next
          2.2 user.text "next"
          3.2 One.A -> One.B by pattern
        > text over
          4.3 user.text "over"
          5.3 One.B -> Two.A by pattern
        > text over
          6.4 user.text "over"
          7.4 state.updated {"seen":true}
          8.4 Two.A -> One.A by pattern
        > look
        = one/One.A {"seen":true}
    "#]],
    );
}

#[test]
fn a_variable_names_a_state_of_its_own_flow() {
    let machine = json!({"initialFlow": "One", "flows": {
        "One": {"initial": "A", "states": {
            "A": {"transitions": [
                {"pattern": "go", "target": "@way.next", "operations": [{"type": "set", "variable": "way.next", "value": "B"}]},
                {"pattern": "lost", "target": "@way.next", "context": {"way": {"next": "Nowhere"}}},
            ]},
            "B": {"transitions": [{"pattern": "never", "target": "A"}]},
        }},
        "Two": {"initial": "B", "states": {"B": {"transitions": [{"target": "flow:One"}]}}},
    }});
    play(
        &machine,
        "text lost\ntext go\nlook",
        &expect![[r#"
        > start
          1.1 session.created one
        > text lost
          2.2 user.text "lost"
          3.2 error target.unknown: `@way.next` names `Nowhere`, which is no state of this flow
        > text go
          4.3 user.text "go"
          5.3 state.updated {"way.next":"B"}
          6.3 One.A -> One.B by pattern
        > look
        = one/One.B {"way":{"next":"B"}}
    "#]],
    );
}
