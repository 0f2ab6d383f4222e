//! CSM machines, as people go through them: an order over three flows, and flows that are called.

use std::collections::BTreeSet;
use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Linked, MORNING, Talk, Timestamp};
use crate::event::{Map, SessionId};
use crate::flow::{self, Finding, Flow, Id, Known, Offers};

const COFFEE: &str = include_str!("../../../flows/coffee.json");

fn load(id: &str, text: &str) -> (Flow, Vec<Finding>) {
    let flows = BTreeSet::from([Id::from(id)]);
    let known = Known { flows: &flows, offers: &Offers::default() };
    flow::load(&Id::from(id), text, known).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn talk_on(flow: Flow, context: &Value) -> Talk {
    let flow = Arc::new(flow);
    let mut linked = Linked::default();
    linked.activate(Arc::clone(&flow));
    let now = Timestamp::from_millis(MORNING);
    let mut talk = Talk::on(linked, &flow, now);
    let own: Map = context.as_object().cloned().unwrap_or_default();
    talk.session = super::Session::new(SessionId::new("s").unwrap(), &flow, own, now);
    talk.run("start");
    talk
}

/// A conversation with a machine of one flow that has these states, from `A`.
#[track_caller]
pub(super) fn check(states: &Value, script: &str, expected: &Expect) {
    let definition = json!({"id": "one", "initial": "A", "states": states});
    play(&definition, script, expected);
}

#[track_caller]
pub(super) fn play(definition: &Value, script: &str, expected: &Expect) {
    let (flow, _) = load("one", &definition.to_string());
    let mut talk = talk_on(flow, &json!({}));
    talk.run(script);
    expected.assert_eq(&talk.out);
}

/// The context after these operations on this one.
pub(super) fn written(before: &Value, operations: &[Value]) -> Value {
    let states = json!({
        "A": { "transitions": [{ "pattern": "go", "target": "B", "operations": operations }] },
        "B": { "transitions": [{ "pattern": "never", "target": "A" }] },
    });
    let definition = json!({ "id": "one", "initial": "A", "states": states });
    let (flow, _) = load("one", &definition.to_string());
    let mut talk = talk_on(flow, before);
    talk.run("text go");
    Value::Object(Map::clone(&talk.session.frames[0].context))
}

/// Why a definition does not load, a line for each finding.
pub(super) fn refused(definition: &Value) -> String {
    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    let findings = flow::load(&Id::from("one"), &definition.to_string(), known).unwrap_err();
    findings.iter().map(|one| format!("{} {}: {}\n", one.code, one.path, one.message)).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one long conversation")]
fn a_coffee_is_ordered_over_three_flows() {
    let (flow, findings) = load("coffee", COFFEE);
    assert!(findings.is_empty(), "{findings:#?}");
    let mut talk = talk_on(flow, &json!({}));
    talk.run(
        "text what?\ntext I need some HELP\ntext hm\ntext yes\ntext some coffee, please\ntext large\ntext back\ntext medium\n\
         text filter, please\ntext milk\ntext milk\ntext sugar\ntext that is all\ntext yes\ntext back\ntext yes\n\
         text card\ntext 9999\ntext yes\ntext card\ntext 1234\nlook",
    );
    expect![[r#"
        > start
          1.1 session.created coffee
          2.1 ask "Good morning from the corner coffee! What may I do for you?" ["Order a coffee", "See the menu"]
        > text what?
          3.2 user.text "what?"
          4.2 state.updated {"told":true}
          5.2 say "We are open from seven to six."
        > text I need some HELP
          6.3 user.text "I need some HELP"
          7.3 Order.Welcome -> Support.Help by pattern
          8.3 ask "A barista is on the way. Anything else about your order?" ["Yes", "No"]
        > text hm
          9.4 user.text "hm"
          10.4 state.updated {"next":"Help"}
          11.4 Support.Help -> Support.Help by default
          12.4 ask "A barista is on the way. Anything else about your order?" ["Yes", "No"]
        > text yes
          13.5 user.text "yes"
          14.5 Support.Help -> Order.Welcome by pattern
          15.5 ask "Good morning from the corner coffee! What may I do for you?" ["Order a coffee", "See the menu"]
        > text some coffee, please
          16.6 user.text "some coffee, please"
          17.6 Order.Welcome -> Order.Size by pattern
          18.6 ask "Which size?" ["Small", "Medium", "Large"]
        > text large
          19.7 user.text "large"
          20.7 state.updated {"size":"large","price":4.5}
          21.7 Order.Size -> Order.Drink by pattern
          22.7 ask "A large one. Which coffee would you like?" ["Espresso", "Flat white", "Back"]
        > text back
          23.8 user.text "back"
          24.8 Order.Drink -> Order.Size by pattern
          25.8 ask "Which size?" ["Small", "Medium", "Large"]
        > text medium
          26.9 user.text "medium"
          27.9 state.updated {"size":"medium","price":4}
          28.9 Order.Size -> Order.Drink by pattern
          29.9 ask "A medium one. Which coffee would you like?" ["Espresso", "Flat white", "Back"]
        > text filter, please
          30.10 user.text "filter, please"
          31.10 state.updated {"drink":"filter coffee","extras":[]}
          32.10 Order.Drink -> Order.Extras by pattern
          33.10 ask "filter coffee it is. Milk, sugar, or that is all?" ["Sugar", "That is all", "Cancel"]
        > text milk
          34.11 user.text "milk"
          35.11 state.updated {"extras":["milk"]}
          36.11 Order.Extras -> Order.Extras by pattern
          37.11 ask "filter coffee it is. Milk, sugar, or that is all?" ["Sugar", "That is all", "Cancel"]
        > text milk
          38.12 user.text "milk"
          39.12 intent.unhandled - "milk" in Order.Extras
          40.12 say "Sorry, I did not understand that."
          41.12 ask "filter coffee it is. Milk, sugar, or that is all?" ["Sugar", "That is all", "Cancel"]
        > text sugar
          42.13 user.text "sugar"
          43.13 state.updated {"extras":["milk","sugar"]}
          44.13 Order.Extras -> Order.Extras by pattern
          45.13 ask "filter coffee it is. Milk, sugar, or that is all?" ["Sugar", "That is all", "Cancel"]
        > text that is all
          46.14 user.text "that is all"
          47.14 Order.Extras -> Order.Price by pattern
          48.14 state.updated {"total":4}
          49.14 Order.Price -> Order.Reckon by auto
          50.14 Order.Reckon -> Order.Summary by auto
          51.14 ask "That makes 4 euros for a medium filter coffee. Shall I take the payment?" ["Yes", "No"]
        > text yes
          52.15 user.text "yes"
          53.15 Order.Summary -> Order.Summary>Payment by pattern
          54.15 state.updated {"amount":4}
          55.15 Order.Summary>Payment -> Payment.Method by call
          56.15 ask "Card or cash?" ["Card", "Cash", "Back"]
        > text back
          57.16 user.text "back"
          58.16 Payment.Method -> :cancel by pattern
          59.16 :cancel -> Order.Summary>Payment by return
          60.16 Order.Summary>Payment -> Order.Kept by flow.result:cancel
          61.16 say "No harm done, your order stays here."
          62.16 Order.Kept -> Order.Summary by auto
          63.16 ask "That makes 4 euros for a medium filter coffee. Shall I take the payment?" ["Yes", "No"]
        > text yes
          64.17 user.text "yes"
          65.17 Order.Summary -> Order.Summary>Payment by pattern
          66.17 state.updated {"amount":4}
          67.17 Order.Summary>Payment -> Payment.Method by call
          68.17 ask "Card or cash?" ["Card", "Cash", "Back"]
        > text card
          69.18 user.text "card"
          70.18 state.updated {"method":"card","card":"1234"}
          71.18 Payment.Method -> Payment.Pin by pattern
          72.18 ask "Please tell me the last four digits of your card."
        > text 9999
          73.19 user.text "9999"
          74.19 say "That is not the card we know."
          75.19 Payment.Pin -> :error by default
          76.19 :error -> Order.Summary>Payment by return
          77.19 say "Something went wrong with the payment, nothing was taken."
          78.19 Order.Summary>Payment -> Order.Summary by flow.result:error
          79.19 ask "That makes 4 euros for a medium filter coffee. Shall I take the payment?" ["Yes", "No"]
        > text yes
          80.20 user.text "yes"
          81.20 Order.Summary -> Order.Summary>Payment by pattern
          82.20 state.updated {"amount":4}
          83.20 Order.Summary>Payment -> Payment.Method by call
          84.20 ask "Card or cash?" ["Card", "Cash", "Back"]
        > text card
          85.21 user.text "card"
          86.21 state.updated {"method":"card","card":"1234"}
          87.21 Payment.Method -> Payment.Pin by pattern
          88.21 ask "Please tell me the last four digits of your card."
        > text 1234
          89.22 user.text "1234"
          90.22 state.updated {"number":"K-7"}
          91.22 Payment.Pin -> :end by pattern
          92.22 :end -> Order.Summary>Payment by return
          93.22 state.updated {"receipt":"K-7","order":{"by":"card","paid":true}}
          94.22 Order.Summary>Payment -> Order.Thanks by flow.result:end
          95.22 say "Thank you! Your filter coffee will be ready in a minute. The receipt is K-7."
          96.22 Order.Thanks -> :end by auto
          97.22 {"type":"session.ended","reason":"end"}
        > look
        = coffee/Order.Thanks {"told":true,"next":"Help","size":"medium","price":4,"drink":"filter coffee","extras":["milk","sugar"],"total":4,"amount":4,"method":"card","card":"1234","number":"K-7","receipt":"K-7","order":{"by":"card","paid":true}}
    "#]].assert_eq(&talk.out);
}

/// A machine whose flow `Main` calls `Sub`.
fn caller(on_result: &Value) -> Value {
    json!({"initialFlow": "Main", "flows": {
        "Main": {"initial": "A", "states": {
            "A": {"transitions": [{
                "pattern": "call",
                "context": {"kept": "mine"},
                "flowInvocation": {"flowId": "Sub", "parameters": {"given": {"var": "kept"}}, "onResult": on_result},
            }]},
            "B": {"transitions": [{"pattern": "never", "target": "A"}]},
        }},
        "Sub": {"initial": "S", "states": {
            "S": {"transitions": [
                {"pattern": "done", "target": ":end", "context": {"answer": {"n": 42}}},
                {"pattern": "back", "target": ":cancel"},
                {"pattern": "fail", "target": {"type": "terminal", "reason": "timeout"}},
                {"pattern": "again", "flowInvocation": {"flowId": "Sub"}},
            ]},
        }},
    }})
}

#[test]
#[expect(clippy::too_many_lines, reason = "three conversations")]
fn what_a_called_flow_found_out_reaches_its_caller() {
    let on_result = json!({
        "end": {"target": "B", "operations": [
            {"type": "set", "variable": "n", "value": {"var": "result.answer.n"}},
            {"type": "set", "variable": "all", "value": {"given": {"var": "result.given"}}},
            {"type": "set", "variable": "r", "value": {"var": "result"}},
            {"type": "set", "variable": "c", "value": {"var": "r.answer.n"}},
        ]},
        "cancel": {"target": "B"},
        "error": {"target": "message:sorry"},
    });
    play(
        &caller(&on_result),
        "text call\ntext done\nlook",
        &expect![[r#"
            > start
              1.1 session.created one
            > text call
              2.2 user.text "call"
              3.2 state.updated {"kept":"mine"}
              4.2 Main.A -> Main.A>Sub by pattern
              5.2 state.updated {"given":"mine"}
              6.2 Main.A>Sub -> Sub.S by call
            > text done
              7.3 user.text "done"
              8.3 state.updated {"answer":{"n":42}}
              9.3 Sub.S -> :end by pattern
              10.3 :end -> Main.A>Sub by return
              11.3 state.updated {"n":42,"all":{"given":"mine"},"r":{"kept":"mine","given":"mine","answer":{"n":42}},"c":42}
              12.3 Main.A>Sub -> Main.B by flow.result:end
            > look
            = one/Main.B {"kept":"mine","given":"mine","answer":{"n":42},"n":42,"all":{"given":"mine"},"r":{"kept":"mine","given":"mine","answer":{"n":42}},"c":42}
        "#]],
    );
    play(
        &caller(&on_result),
        "text call\ntext back\nlook",
        &expect![[r#"
        > start
          1.1 session.created one
        > text call
          2.2 user.text "call"
          3.2 state.updated {"kept":"mine"}
          4.2 Main.A -> Main.A>Sub by pattern
          5.2 state.updated {"given":"mine"}
          6.2 Main.A>Sub -> Sub.S by call
        > text back
          7.3 user.text "back"
          8.3 Sub.S -> :cancel by pattern
          9.3 :cancel -> Main.A>Sub by return
          10.3 Main.A>Sub -> Main.B by flow.result:cancel
        > look
        = one/Main.B {"kept":"mine","given":"mine"}
    "#]],
    );
    play(
        &caller(&on_result),
        "text call\ntext fail\nlook",
        &expect![[r#"
        > start
          1.1 session.created one
        > text call
          2.2 user.text "call"
          3.2 state.updated {"kept":"mine"}
          4.2 Main.A -> Main.A>Sub by pattern
          5.2 state.updated {"given":"mine"}
          6.2 Main.A>Sub -> Sub.S by call
        > text fail
          7.3 user.text "fail"
          8.3 Sub.S -> :error by pattern
          9.3 :error -> Main.A>Sub by return
          10.3 say "sorry"
          11.3 Main.A>Sub -> Main.A by flow.result:error
        > look
        = one/Main.A {"kept":"mine","given":"mine"}
    "#]],
    );
}

#[test]
fn a_called_flow_without_a_handler_comes_back_to_where_it_was_called() {
    play(
        &caller(&json!({})),
        "text call\ntext again\ntext back\ntext done\nlook",
        &expect![[r#"
        > start
          1.1 session.created one
        > text call
          2.2 user.text "call"
          3.2 state.updated {"kept":"mine"}
          4.2 Main.A -> Main.A>Sub by pattern
          5.2 state.updated {"given":"mine"}
          6.2 Main.A>Sub -> Sub.S by call
        > text again
          7.3 user.text "again"
          8.3 Sub.S -> Sub.S>Sub by pattern
          9.3 Sub.S>Sub -> Sub.S by call
        > text back
          10.4 user.text "back"
          11.4 Sub.S -> :cancel by pattern
          12.4 :cancel -> Sub.S>Sub by return
          13.4 Sub.S>Sub -> Sub.S by flow.result:cancel
        > text done
          14.5 user.text "done"
          15.5 state.updated {"answer":{"n":42}}
          16.5 Sub.S -> :end by pattern
          17.5 :end -> Main.A>Sub by return
          18.5 Main.A>Sub -> Main.A by flow.result:end
        > look
        = one/Main.A {"kept":"mine","given":"mine","answer":{"n":42}}
    "#]],
    );
}
