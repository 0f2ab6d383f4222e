//! Flows as graphs: what people read there is what the author wrote.

use expect_test::{Expect, expect};

use super::*;

/// The edges of a flow, a line each.
#[track_caller]
fn check(text: &str, expected: &Expect) {
    let (flow, _) = load_with(text, &Offers::default()).unwrap();
    let graph = Graph::of(&flow);
    let line = |edge: &Edge| format!("{} -> {}: {}\n", edge.from, edge.to, edge.label);
    expected.assert_eq(&graph.edges.iter().map(line).collect::<String>());
    for edge in &graph.edges {
        assert!(graph.nodes.contains_key(&edge.to), "{}", edge.to);
    }
}

#[test]
fn a_pattern_is_shown_as_it_is_written() {
    let ways: Vec<Value> = ["hello *|hi *", "Yes | Sure", "re:^[0-9]+$", ":default"]
        .iter()
        .map(|pattern| json!({ "pattern": pattern, "to": "B" }))
        .collect();
    check(
        &state(&json!({ "transitions": ways })),
        &expect![[r#"
            A -> B: pattern hello *|hi *
            A -> B: pattern Yes | Sure
            A -> B: pattern re:^[0-9]+$
            A -> B: default
        "#]],
    );
}

#[test]
fn a_call_of_a_part_leads_to_the_state_where_it_begins() {
    let text = flow(&json!({ "states": {
        "A": {
            "onEnter": [{ "call": "state:Part.A" }, { "call": "billing" }],
            "transitions": [{ "onFlowResult": "end", "to": "B" }],
        },
        "Part.A": { "transitions": [{ "to": ":end" }] },
        "B": { "final": true },
    } }));
    check(
        &text,
        &expect![[r#"
            A -> Part.A: call
            A -> flow:billing: call
            A -> B: flow result end
            Part.A -> :end: automatic
        "#]],
    );
}

#[test]
fn a_machine_is_shown_in_the_words_of_its_author() {
    let text = json!({ "initialFlow": "Main", "flows": {
        "Main": { "initial": "A", "states": { "A": { "transitions": [
            { "pattern": "*x*", "target": "A", "priority": 1 },
            { "pattern": "yes|no", "target": "A" },
            { "pattern": "call #{name} *", "flowInvocation": { "flowId": "pay" } },
            { "pattern": ":default", "target": "message:what" },
        ] } } },
        "pay": { "initial": "card", "states": { "card": { "transitions": [
            { "pattern": "done", "target": ":end" },
        ] } } },
    } });
    check(
        &text.to_string(),
        &expect![[r#"
        Main.A>pay -> pay.card: call
        Main.A>pay -> Main.A: flow result end
        Main.A>pay -> Main.A: flow result cancel
        Main.A>pay -> Main.A: flow result error
        Main.A -> Main.A: pattern *x*
        Main.A -> Main.A: pattern yes|no
        Main.A -> Main.A>pay: pattern call #{name} *
        pay.card -> :end: pattern done
    "#]],
    );
}
