//! What is different between two versions.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::flow::{Id, Known, Offers, diff, import};

fn base() -> Value {
    json!({
        "meta": { "name": "Shop", "categories": ["b", "a"] },
        "start": "Ask",
        "context": { "cart": { "n": 0 } },
        "intents": {
            "BUY": { "examples": ["buy it", "I take it"], "slots": { "qty": "number" } },
            "STOP": { "examples": ["stop"] }
        },
        "tools": { "price": { "args": { "qty": "number" }, "timeout_ms": 30000 } },
        "states": {
            "Ask": {
                "onEnter": [{ "say": "Hello." }, { "ask": "How many?" }],
                "transitions": [
                    { "onIntent": "BUY", "when": "{{ctx.open}} == true", "to": "Price" },
                    { "onIntent": ["STOP"], "to": "Bye" },
                    { "pattern": "help", "to": "Ask" }
                ]
            },
            "Price": {
                "onEnter": [{ "tool": "price", "args": { "qty": "{{slot.qty}}" } }],
                "transitions": [
                    { "onToolResult": "price", "branch": [
                        { "when": "tool.total > 9", "to": "Ask" }, { "when": "else", "to": "Bye" }
                    ] },
                    { "onToolError": "price", "to": "Bye" }
                ]
            },
            "Bye": { "onEnter": [{ "say": "Bye." }], "final": true }
        },
        "fallback": { "noMatch": [{ "say": "What?" }, { "to": "Bye" }] }
    })
}

fn changed(change: impl Fn(&mut Value)) -> String {
    let (before, mut after) = (base(), base());
    change(&mut after);
    let differences = diff(&before, &after);
    for one in &differences {
        let text = if one.to.is_some() { &after } else { &before };
        assert!(text.pointer(&one.path).is_some(), "{} leads nowhere", one.path);
    }
    differences.iter().map(|one| format!("{one}\n")).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "as `expect!` gives it")]
fn check(change: impl Fn(&mut Value), expected: Expect) {
    expected.assert_eq(&changed(change));
}

#[test]
fn what_means_the_same_is_no_difference() {
    assert_eq!(diff(&base(), &base()), []);
    let same = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let text = base().to_string();
    for (from, to) in [
        (r#""onIntent":"BUY""#, r#""onIntent":["BUY"],"priority":0,"assign":{}"#),
        (r#""to":"Price""#, r#""to":"state:Price""#),
        (r#"{{ctx.open}} == true"#, r#"ctx.open==  true"#),
        (r#""when":"else""#, r#""when":"true""#),
        (r#""qty":"number"},"timeout_ms":30000"#, r#""qty":"number"},"idempotent":false"#),
        (r#""slots":{"qty":"number"}"#, r#""slots":{"qty":{"type":"number","required":false}}"#),
        (r#"["b","a"]"#, r#"["a","b"],"language":"en-US""#),
        (r#"{{slot.qty}}"#, r#"{{ slot.qty }}"#),
        (r#"["buy it","I take it"]"#, r#"["I take it","buy it"]"#),
        (r#"{"say":"Bye."}],"#, r#"{"say":"Bye."}],"transitions":[],"onExit":[],"#),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{from}");
        assert_eq!(diff(&same(&text), &same(&other)), [], "{from} and {to}");
    }
}

#[test]
fn what_a_person_hears_is_told_word_by_word() {
    check(
        |flow| {
            flow["states"]["Ask"]["onEnter"] = json!([{ "say": "Welcome!" }, { "say": "Nice day." }, { "ask": "How many?", "suggestions": ["1"] }]);
        },
        expect![[r#"
            ~ text say in Ask: "Hello." → "Welcome!"
            + text say in Ask: "Nice day."
            + text suggestions in Ask: ["1"]
        "#]],
    );
}

#[test]
fn ways_out_are_known_by_what_sets_them_off() {
    check(
        |flow| {
            let ways = &mut flow["states"]["Ask"]["transitions"];
            ways[0]["to"] = json!("Bye");
            ways[2] = json!({ "pattern": "yes", "to": "Price" });
            flow["states"]["Price"]["transitions"][0]["branch"][0]["when"] =
                json!("tool.total > 10");
            flow["states"]["Price"]["after"] = json!([{ "ms": 5, "to": "Bye" }]);
        },
        expect![[r#"
            ~ transition onIntent BUY in Ask: {"onIntent":["BUY"],"when":"ctx.open==true","to":"Price"} → {"onIntent":["BUY"],"when":"ctx.open==true","to":"Bye"}
            + transition pattern yes in Ask
            - transition pattern help in Ask
            ~ transition onToolResult price in Price: {"onToolResult":"price","branch":[{"when":"tool.total>9","to":"Ask"},{"when":"true","to":"Bye"}]} → {"onToolResult":"price","branch":[{"when":"tool.total>10","to":"Ask"},{"when":"true","to":"Bye"}]}
            + transition after in Price
        "#]],
    );
}

#[test]
fn another_order_of_ways_out_is_one_difference() {
    check(
        |flow| flow["states"]["Ask"]["transitions"].as_array_mut().unwrap().reverse(),
        expect![[r#"
            ~ transition order in Ask: ["onIntent BUY","onIntent STOP","pattern help"] → ["pattern help","onIntent STOP","onIntent BUY"]
        "#]],
    );
}

#[test]
fn intents_slots_and_tools_come_go_and_change() {
    check(
        |flow| {
            flow["intents"]["BUY"]["examples"] = json!(["buy it", "give it to me"]);
            flow["intents"]["BUY"]["slots"] = json!({ "qty": "integer", "when": "date" });
            flow["intents"].as_object_mut().unwrap().remove("STOP");
            flow["intents"]["MORE"] = json!({ "examples": ["more"] });
            flow["tools"]["price"]["args"] = json!({ "qty": "number", "code": "string" });
            flow["tools"]["price"]["timeout_ms"] = json!(5);
        },
        expect![[r#"
            + example BUY "give it to me"
            - example BUY "I take it"
            ~ slot BUY.qty: {"type":"number"} → {"type":"integer"}
            + slot BUY.when
            + intent MORE
            - intent STOP
            + tool price.args.code: "string"
            + tool price.timeout_ms: 5
        "#]],
    );
}

#[test]
fn a_state_under_another_name_is_the_same_state() {
    check(
        |flow| {
            let text = flow.to_string().replace("\"Bye\"", "\"Goodbye\"");
            *flow = serde_json::from_str(&text).unwrap();
            flow["states"]["New"] = json!({ "final": true });
        },
        expect![[r#"
            ~ state Goodbye: "Bye" → "Goodbye"
            + state New
        "#]],
    );
}

#[test]
fn settings_the_context_and_fallbacks_are_told_by_their_names() {
    check(
        |flow| {
            flow["meta"]["name"] = json!("Store");
            flow["context"]["cart"] = json!({ "n": 1, "items": [] });
            flow["start"] = json!("Price");
            flow["fallback"]["noMatch"][0]["say"] = json!("Pardon?");
            flow["states"]["Ask"]["busy"] = json!("reject");
            flow["migrations"] = json!([{ "from": "*", "states": { "Old": "Ask" } }]);
        },
        expect![[r#"
            ~ setting name: "Shop" → "Store"
            ~ context cart.n: 0 → 1
            + context cart.items: []
            ~ setting start: "Ask" → "Price"
            + setting Ask.busy in Ask: "reject"
            ~ fallback noMatch 1: {"say":"What?"} → {"say":"Pardon?"}
            + migration migrations 1
        "#]],
    );
}

/// A machine of two flows.
fn machine() -> Value {
    json!({ "id": "shop", "meta": { "name": "Shop" }, "machine": { "initialFlow": "Main", "flows": {
        "Main": { "initial": "Ask", "states": {
            "Ask": { "meta": { "messageId": "ask" }, "transitions": [
                { "pattern": "buy *", "target": "Pay", "context": { "n": 1 } },
                { "pattern": "help", "target": "message:help", "priority": 2 },
                { "pattern": "stop", "target": ":end" },
            ] },
            "Pay": { "transitions": [{ "flowInvocation": { "flowId": "Card", "onResult": { "end": { "target": "Bye" } } } }] },
            "Bye": { "transitions": [] },
        } },
        "Card": { "initial": "Pin", "states": {
            "Pin": { "transitions": [{ "pattern": "*", "condition": "context.n > 1", "target": ":end" }] },
        } },
    }, "messages": { "ask": "What?", "help": "Say buy.", "Bye": "Bye." } } })
}

#[test]
fn machines_of_csm_are_compared_by_what_they_become() {
    let (before, mut after) = (machine(), machine());
    let main = &mut after["machine"]["flows"]["Main"]["states"];
    main["Ask"]["transitions"][0]["target"] = json!("Bye");
    main["Ask"]["transitions"][0]["context"]["n"] = json!(2);
    main["Ask"]["transitions"][1]["priority"] = json!(3);
    main["Ask"]["transitions"][2] = json!({ "pattern": "no", "target": ":cancel" });
    main.as_object_mut().unwrap().remove("Pay");
    main["New"] = json!({ "transitions": [] });
    after["machine"]["flows"]["Card"]["states"]["Pin"]["transitions"][0]["condition"] =
        json!("context.n > 2");
    after["machine"]["messages"]["ask"] = json!("What else?");
    after["meta"]["name"] = json!("Store");
    let differences = diff(&before, &after);
    let told = differences.iter().map(|one| format!("{} at {}\n", one, one.path));
    expect![[r#"
        ~ setting name: "Shop" → "Store" at /meta/name
        ~ text ask in Main.Ask: "What?" → "What else?" at /machine/messages/ask
        ~ text suggestions in Main.Ask: ["help","stop"] → ["help","no"] at /machine/messages/ask
        ~ transition pattern buy * in Main.Ask: {"pattern":"buy *","assign":{"n":1},"to":"Main.Pay"} → {"pattern":"buy *","assign":{"n":2},"to":"Main.Bye"} at /machine/flows/Main/states/Ask/transitions/0
        ~ transition pattern help in Main.Ask: {"pattern":"help","priority":2,"say":"Say buy.","meta":{"messageId":"help"}} → {"pattern":"help","priority":3,"say":"Say buy.","meta":{"messageId":"help"}} at /machine/flows/Main/states/Ask/transitions/1
        + transition pattern no in Main.Ask at /machine/flows/Main/states/Ask/transitions/2
        - transition pattern stop in Main.Ask at /machine/flows/Main/states/Ask/transitions/2
        + state Main.New at /machine/flows/Main/states/New
        ~ transition pattern * in Card.Pin: {"pattern":"*","when":"ctx.n>1","to":":end"} → {"pattern":"*","when":"ctx.n>2","to":":end"} at /machine/flows/Card/states/Pin/transitions/0
        - state Main.Pay>Card at /machine/flows/Main/states/Pay/transitions/0/flowInvocation
        - state Main.Pay at /machine/flows/Main/states/Pay
    "#]].assert_eq(&told.collect::<String>());
    for one in &differences {
        let text = if one.to.is_some() { &after } else { &before };
        assert!(text.pointer(&one.path).is_some(), "{} leads nowhere", one.path);
    }
}

#[test]
fn a_machine_and_the_flow_it_is_imported_to_mean_the_same() {
    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    let (ours, _) = import(&Id::from("shop"), &machine().to_string(), known).unwrap();
    assert_eq!(diff(&machine(), &ours), []);
    assert_eq!(diff(&ours, &machine()), []);
    let mut other = machine();
    other["machine"]["flows"]["Main"]["states"]["Bye"]["transitions"] =
        json!([{ "target": ":end" }]);
    assert_ne!(diff(&ours, &other), []);
}

#[test]
fn a_machine_with_mistakes_is_compared_as_far_as_it_can_be_read() {
    let mut wrong = machine();
    wrong["machine"]["flows"]["Main"]["states"]["Ask"]["transitions"][0]["target"] =
        json!("Nowhere");
    assert_eq!(diff(&machine(), &wrong).len(), 1);
    let mut unreadable = machine();
    unreadable["machine"]["initialFlow"] = json!(7);
    let differences = diff(&machine(), &unreadable);
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].path, "/machine/initialFlow");
}

/// Any JSON, with the words of the language in it.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("states"),
        Just("transitions"),
        Just("onEnter"),
        Just("to"),
        Just("when"),
        Just("intents"),
        Just("slots"),
        Just("form"),
        Just("meta"),
        Just("fallback"),
        Just("noMatch"),
        Just("A"),
        Just("{{ctx.a}}"),
        Just("'{{"),
        Just("é\"{{x}} }}")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((word.clone(), inner), 0..5).prop_map(|fields| fields
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_two_texts_can_be_compared(one in any_json(), two in any_json()) {
        prop_assert_eq!(diff(&one, &one), vec![]);
        let there = diff(&one, &two);
        let back = diff(&two, &one);
        prop_assert_eq!(there.is_empty(), back.is_empty());
    }
}
