//! CSM definitions: what is taken over, and every mistake where its author sees it.

use expect_test::expect;

use super::*;

/// A machine of one flow whose state `A` has this transition.
fn way(one: &Value) -> String {
    flow_of(&json!({"A": {"transitions": [one]}, "B": {"transitions": []}}))
}

fn flow_of(states: &Value) -> String {
    json!({"id": "one", "initial": "A", "states": states}).to_string()
}

fn translated(text: &str) -> Value {
    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    import(&Id::from("test"), text, known).unwrap_or_else(|findings| panic!("{findings:#?}")).0
}

#[test]
#[expect(clippy::too_many_lines, reason = "a whole flow, before and after")]
fn a_flow_reads_as_one_of_ours() {
    let text = json!({
        "id": "one",
        "initial": "A",
        "meta": {"name": "One", "tags": ["x"]},
        "states": {
            "A": {
                "meta": {"messageId": "hello", "custom": {"k": 1}},
                "transitions": [
                    {"pattern": "Yes|No", "target": "B", "priority": 2, "context": {"said": "{{x}}", "n": 1}},
                    {"pattern": "Go", "target": "B", "operations": [
                        {"type": "append", "target": "list", "value": "a"},
                        {"type": "append", "target": "list", "value": {"var": "n"}},
                        {"set": {"variable": "context.copy", "value": {"var": "context.list"}}},
                    ]},
                ],
            },
            "B": {"transitions": [{"target": ":end"}]},
        },
    });
    let expected = expect![[r#"
        {
          "meta": {
            "name": "One",
            "categories": [
              "x"
            ]
          },
          "start": "A",
          "states": {
            "A": {
              "onEnter": [
                {
                  "ask": "hello",
                  "suggestions": [
                    "Yes|No",
                    "Go"
                  ]
                }
              ],
              "transitions": [
                {
                  "pattern": "re:^Yes\\|No$",
                  "priority": 2,
                  "assign": {
                    "said": "\\{{x}}",
                    "n": 1
                  },
                  "to": "B"
                },
                {
                  "pattern": "Go",
                  "assign": {
                    "list": "{{append(append(ctx.list, \"a\"), ctx.n)}}",
                    "copy": "{{append(append(ctx.list, \"a\"), ctx.n)}}"
                  },
                  "to": "B"
                }
              ],
              "meta": {
                "messageId": "hello",
                "custom": {
                  "k": 1
                }
              }
            },
            "B": {
              "transitions": [
                {
                  "to": ":end"
                }
              ]
            }
          }
        }"#]];
    expected.assert_eq(&format!("{:#}", translated(&text.to_string())));
}

#[test]
fn a_translated_flow_loads_as_it_is() {
    let text = include_str!("../../../flows/coffee.json");
    let ours = translated(text);
    let again = format!("{ours:#}");
    let (flow, warnings) = load_with(&again, &Offers::default()).unwrap();
    assert!(warnings.is_empty(), "{warnings:#?}");
    let (direct, _) = load_with(text, &Offers::default()).unwrap();
    assert_eq!(flow.states.len(), direct.states.len());
    assert_ne!(flow.version, direct.version);
    assert_eq!(csm_state(&direct, Some("corner-coffee"), "Payment", "Pin").unwrap(), "Payment.Pin");
    assert_eq!(csm_state(&direct, Some("other"), "Payment", "Pin"), None);
    assert_eq!(csm_state(&flow, None, "Payment", "Pin"), None);
}

#[test]
fn a_place_that_is_not_there_is_named() {
    check(
        &way(&json!({"target": "C"})),
        &expect!["error target.unknown 1:67+3 /states/A/transitions/0/target: no state `C`"],
    );
    check(
        &way(&json!({"target": "state:b"})),
        &expect![
            "error target.unknown 1:67+9 /states/A/transitions/0/target: no state `b` (did you mean `B`?)"
        ],
    );
    check(
        &way(&json!({"target": "machine:Other"})),
        &expect!["error flow.unknown 1:67+15 /states/A/transitions/0/target: no flow `Other`"],
    );
    check(
        &way(&json!({"pattern": "x"})),
        &expect![
            "error csm.target 1:57+1 /states/A/transitions/0: the transition leads nowhere (give it a `target` or a `flowInvocation`)"
        ],
    );
    check(
        &way(&json!({"target": {"type": "state"}})),
        &expect![
            "error csm.target 1:67+1 /states/A/transitions/0/target: the target has no `stateId`"
        ],
    );
    check(
        &way(&json!({"target": "B", "flowInvocation": {"flowId": "one"}})),
        &expect![
            "error csm.target 1:58+8 /states/A/transitions/0/target: a transition has a `target` or a `flowInvocation`, not both"
        ],
    );
    let lost = json!({"initialFlow": "On", "flows": {"One": {"initial": "B", "states": {
        "A": {"transitions": [{"target": "flow:Oen"}, {"target": "One"}, {"flowInvocation": {"flowId": "Two"}}]},
    }}}});
    check(
        &lost.to_string(),
        &expect![[r#"
        error flow.unknown 1:16+4 /initialFlow: no flow `On` (did you mean `One`?)
        error target.unknown 1:47+3 /flows/One/initial: no state `B` in flow `One`
        error flow.unknown 1:91+10 /flows/One/states/A/transitions/0/target: no flow `Oen` (did you mean `One`?)
        error target.unknown 1:113+5 /flows/One/states/A/transitions/1/target: no state `One` (`One` is a flow: write `flow:One`)
        error flow.unknown 1:148+5 /flows/One/states/A/transitions/2/flowInvocation/flowId: no flow `Two`"#]],
    );
}

#[test]
fn a_condition_that_cannot_be_taken_over_says_what_it_is() {
    let when = |condition: Value| way(&json!({"target": "B", "condition": condition}));
    check(
        &when(json!("context.items.includes('x')")),
        &expect![
            "error csm.condition 1:106+1 /states/A/transitions/0/condition: the call of `includes` is not of the simple kind that is taken over"
        ],
    );
    check(
        &when(json!({"type": "code", "rule": true})),
        &expect![
            "error csm.condition 1:83+1 /states/A/transitions/0/condition: `code` has an `expression` and no `rule`"
        ],
    );
    check(
        &when(json!({"type": "jsonlogic", "rule": {"and": [true, {"vra": "x"}]}})),
        &expect![
            "error logic.operator 1:124+5 /states/A/transitions/0/condition/rule/and/1/vra: JSON Logic has no operator `vra` (did you mean `var`?)"
        ],
    );
    check(
        &when(json!({"type": "lua", "rule": true})),
        &expect![
            "error value.unknown 1:91+5 /states/A/transitions/0/condition/type: `type` cannot be `lua` (write one of `code`, `legacy`, `jsonlogic`)"
        ],
    );
}

#[test]
fn a_change_that_cannot_be_made_says_why() {
    let change = |one: Value| way(&json!({"target": "B", "operations": [one]}));
    check(
        &change(json!({"type": "set", "value": 1})),
        &expect![
            "error csm.operation 1:85+1 /states/A/transitions/0/operations/0: the operation has no `variable`"
        ],
    );
    check(
        &change(json!({"type": "set", "variable": "a b", "value": 1})),
        &expect![
            "error csm.operation 1:85+1 /states/A/transitions/0/operations/0: `a b` is no path of the context"
        ],
    );
    check(
        &change(json!({"type": "set", "variable": "a", "value": {"+": [1, 2]}})),
        &expect![
            "error csm.operation 1:85+1 /states/A/transitions/0/operations/0: `+` is not computed here; only `var` is looked up"
        ],
    );
    check(
        &change(json!({"type": "set", "variable": "a[0]", "value": 1})),
        &expect![
            "error csm.operation 1:85+1 /states/A/transitions/0/operations/0: `a[0]` is an item of a list: write the whole list"
        ],
    );
    check(
        &change(json!({"value": 1})),
        &expect![
            "error csm.operation 1:85+1 /states/A/transitions/0/operations/0: the operation has no `type`: `set`, `append` or `merge`"
        ],
    );
}

#[test]
fn a_lookup_is_a_path_and_a_message_may_have_some() {
    check(
        &way(&json!({"pattern": "#{a + b}", "target": "B"})),
        &expect![
            "error csm.pattern 1:68+10 /states/A/transitions/0/pattern: `#{a + b}` is no lookup: it is a path of the context and never code"
        ],
    );
}

#[test]
fn what_is_misunderstood_is_pointed_out() {
    let text = flow_of(&json!({
        "A": {"meta": {"transient": true}, "transitions": [{"pattern": "x", "target": "B"}, {"target": "B"}]},
        "B": {"transitions": [{"pattern": "y", "target": "A"}]},
    }));
    check(
        &text,
        &expect![[r#"
        warning csm.transient 1:62+4 /states/A/meta/transient: the state is not left at once: only one transition without a pattern would do that
        warning csm.shadowed 1:112+1 /states/A/transitions/1: this is taken at once, so that nothing is ever compared with the patterns beside it (give it the pattern `:default`, or a condition)"#]],
    );
    check(
        &way(&json!({"target": "B", "patern": "x"})),
        &expect![
            "error key.unknown 1:71+8 /states/A/transitions/0/patern: unknown key `patern` in a transition (did you mean `pattern`?)"
        ],
    );
    check(
        r#"{"initialFlow": "main", "flows": {}}"#,
        &expect![[r#"
            error states.empty 1:1+1 : a flow has at least one state
            error flow.unknown 1:17+6 /initialFlow: no flow `main`"#]],
    );
    check(
        r#"{"id": "x", "machine": {}}"#,
        &expect![[r#"
        error key.missing 1:24+1 /machine: a machine has no `initialFlow` (add `initialFlow`: The flow in which sessions begin)
        error key.missing 1:24+1 /machine: a machine has no `flows` (add `flows`: The flows by name)"#]],
    );
}

#[test]
fn one_mistake_in_a_machine_hides_no_other() {
    let text = flow_of(&json!({
        "A": {"transitions": [
            {"patern": "x", "target": "C"},
            {"pattern": "y", "targett": "B"},
            {"pattern": 7, "target": "B", "condition": "f()"},
            {"pattern": "z", "target": 7},
            {"pattern": "w", "target": "B", "condition": {"type": "jsonlogic", "rule": {"vra": "x"}}},
            {"pattern": "v", "target": {"type": "stat", "stateId": "B"}},
            {"pattern": "#{a", "target": "B", "priority": "high", "operations": [{"type": "add"}]},
            {"pattern": "u", "flowInvocation": {"flow": "x"}},
        ]},
        "B": {"transitions": []},
    }));
    check(
        &text,
        &expect![[r#"
            error key.unknown 1:58+8 /states/A/transitions/0/patern: unknown key `patern` in a transition (did you mean `pattern`?)
            error target.unknown 1:80+3 /states/A/transitions/0/target: no state `C`
            error key.unknown 1:100+9 /states/A/transitions/1/targett: unknown key `targett` in a transition (did you mean `target`?)
            error value.type 1:126+1 /states/A/transitions/2/pattern: `pattern` must be a string, not an integer
            error csm.condition 1:154+1 /states/A/transitions/2/condition: the call of `f` is not of the simple kind that is taken over
            error value.type 1:184+1 /states/A/transitions/3/target: `target` must be a string or an object, not an integer
            error logic.operator 1:255+5 /states/A/transitions/4/condition/rule/vra: JSON Logic has no operator `vra` (did you mean `var`?)
            error value.unknown 1:300+6 /states/A/transitions/5/target/type: `type` cannot be `stat` (did you mean `state`?)
            error csm.pattern 1:334+5 /states/A/transitions/6/pattern: `#{a` has no `}`
            error value.type 1:364+6 /states/A/transitions/6/priority: `priority` must be an integer, not a string
            error value.unknown 1:393+5 /states/A/transitions/6/operations/0/type: `type` cannot be `add` (write one of `set`, `append`, `merge`)
            error key.missing 1:434+1 /states/A/transitions/7/flowInvocation: an invocation has no `flowId` (add `flowId`: The flow)
            error key.unknown 1:435+6 /states/A/transitions/7/flowInvocation/flow: unknown key `flow` in an invocation (did you mean `flowId`?)"#]],
    );
}

#[test]
fn a_program_is_read_for_its_definitions() {
    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    let told = |text: &str| {
        let findings = import(&Id::from("test"), text, known).unwrap_err();
        findings.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let program = "// the shop\nconst one: FlowDefinition = {\n  id: 'one', initial: 'A',\n  states: {\n    A: { transitions: [{ pattern: 'go', target: 'Bb' }] },\n    B: {},\n  },\n};\n";
    expect!["error target.unknown 5:49+4 /states/A/transitions/0/target: no state `Bb` (did you mean `B`?)"]
        .assert_eq(&told(program));
    expect!["error csm.literal 1:24+1 : `start` would have to be run; only data is taken over"]
        .assert_eq(&told("const one = { initial: start(), states: {} };"));
    expect!["error csm.shape 1:1+1 : this is no definition of CSM (a flow has `initial` and `states`, a machine `initialFlow` and `flows`, an agent `machine`)"].assert_eq(&told(r#"{"meta": {"name": "x"}, "start": "A", "states": {"A": {"final": true}}}"#));
}
