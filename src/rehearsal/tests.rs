//! The room at its door: a flow and a file of cases in, what is told of them out.

mod renewing;
mod replying;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::compare::Line;
use super::*;
use crate::engine::{Classify, Understood};
use crate::flow::{self, Finding, Flow, Id, Known, Linked, Offers, Text};

/// Two states, a tool that is called between them, a timer and a ladder.
fn flow() -> Value {
    json!({
        "meta": { "name": "Test" },
        "start": "Ask",
        "intents": { "SIZE": { "examples": ["we are 4"], "slots": { "size": "number" } } },
        "tools": { "Look": { "result": { "ok": "boolean" }, "timeout_ms": 1000 } },
        "states": {
            "Ask": {
                "onEnter": [{ "ask": "How many?" }],
                "transitions": [{
                    "onIntent": "SIZE",
                    "assign": { "size": "{{slot.size}}" },
                    "branch": [{ "when": "ctx.size > 8", "to": "Many" }],
                    "to": "Look"
                }],
                "after": [{ "ms": 60000, "to": "Late" }]
            },
            "Look": {
                "onEnter": [{ "tool": "Look" }],
                "transitions": [
                    { "onToolResult": "Look", "when": "tool.ok", "to": "Done" },
                    { "onToolResult": "Look", "to": "Ask" },
                    { "onToolError": "Look", "to": "Late" }
                ]
            },
            "Many": { "onEnter": [{ "say": "Too many." }], "final": true },
            "Late": { "onEnter": [{ "say": "Too late." }, { "emit": "was.late", "data": { "by": 1 } }], "final": true },
            "Done": { "onEnter": [{ "say": "Done: {{ctx.size}}." }, { "hangup": true }], "final": true }
        },
        "fallback": { "noMatch": [{ "say": "Pardon?" }] }
    })
}

fn linked() -> Linked {
    let id = Id::from("test");
    let known = Known { flows: &BTreeSet::from([id.clone()]), offers: &Offers::default() };
    let (flow, _) = flow::load(&id, &flow().to_string(), known).unwrap();
    let mut linked = Linked::default();
    linked.activate(Arc::new(flow));
    linked
}

/// Whoever writes a number means it.
fn understand(_: &Flow, query: &Classify) -> Understood {
    let Ok(size) = query.text.parse::<i64>() else { return Understood::default() };
    let slots = Map::from_iter([("size".to_owned(), json!(size))]);
    let intent = Some("SIZE".to_owned());
    Understood { intent, confidence: 1.0, slots: slots.into(), ..Understood::default() }
}

type Map = serde_json::Map<String, Value>;

fn fits(schema: &Value, result: &Value) -> Result<(), String> {
    let object = schema["type"] != "object" || result.is_object();
    object.then_some(()).ok_or_else(|| "no object".to_owned())
}

fn suite(text: &str) -> Result<Suite, Vec<Finding>> {
    read(&Id::from("test"), &Text::json(text), &linked(), &fits)
}

fn played(text: &str) -> Vec<Played> {
    let suite = suite(text).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let flows = linked();
    let stage = Stage { flows: &flows, understand: &understand };
    guard(stage, &suite, &|| true).played
}

/// What is told of one case with these steps.
#[track_caller]
fn check(tools: &Value, steps: &Value, expected: &Expect) {
    let file = json!({ "tools": tools, "cases": [{ "name": "it", "steps": steps }] });
    let mut out = String::new();
    for step in played(&file.to_string()).iter().flat_map(|one| &one.steps) {
        for mismatch in &step.mismatches {
            let at = step.at.as_deref().unwrap_or("-");
            writeln!(out, "{at} {}", mismatch.what).unwrap();
            for line in &mismatch.lines {
                match line {
                    Line::Same(text) => writeln!(out, "    {text}").unwrap(),
                    Line::Missing(text) => writeln!(out, "  - {text}").unwrap(),
                    Line::Extra(text) => writeln!(out, "  + {text}").unwrap(),
                }
            }
        }
    }
    expected.assert_eq(&out);
}

#[test]
fn what_comes_as_expected_is_told_nothing_of() {
    check(
        &json!({ "Look": [{ "result": { "ok": false } }, { "result": { "ok": true }, "after": "500ms" }] }),
        &json!([
            { "expect": { "state": "Ask", "says": ["How many?"], "ended": false } },
            { "user": "hm", "expect": { "says": ["re:^Par"], "absent": [{ "type": "fsm.transition" }] } },
            { "user": "4", "expect": { "state": "Ask", "context": { "size": 4.0, "name": null } } },
            { "user": "5", "expect": { "state": "Look", "events": [{ "type": "tool.call", "name": "Look" }] } },
            { "after": "499ms", "expect": { "state": "Look" } },
            {
                "after": "1ms",
                "expect": {
                    "flow": "test", "says": ["Done: 5."], "ended": "hangup",
                    "events": [{ "type": "tool.result", "result": { "ok": true } }, { "type": "re:^session\\.", "reason": "hangup" }],
                },
            },
            { "user": "6", "expect": { "refused": "has ended" } },
        ]),
        &expect![[""]],
    );
}

#[test]
fn each_difference_is_told_with_what_came() {
    check(
        &json!({ "Look": { "result": { "ok": true } } }),
        &json!([
            { "expect": { "says": ["How many of you?"], "ended": true } },
            {
                "user": "9",
                "expect": {
                    "state": "Done", "context": { "size": 8 }, "ended": "hangup",
                    "events": [{ "type": "say", "text": "Too few." }], "absent": [{ "type": "session.ended" }],
                },
            },
            { "user": "1", "expect": { "state": "Many" } },
            { "user": "1", "expect": { "refused": "re:^never$" } },
        ]),
        &expect![[r#"
            /cases/0/steps/0 expect.says
                [
              -   "How many of you?"
              +   "How many?"
                ]
            /cases/0/steps/0 expect.ended
              - true
              + false
            /cases/0/steps/1 expect.state
              - Done
              + Many
            /cases/0/steps/1 expect.context
                {
              -   "size": 8
              +   "size": 9
                }
            /cases/0/steps/1 expect.ended
              - hangup
              + final
            /cases/0/steps/1 expect.events[0]
              - {"type":"say","text":"Too few."}
              + {"type":"say","text":"Too many."}
            /cases/0/steps/1 expect.absent
              + {"type":"session.ended","reason":"final","sessionId":"case","seq":8,"timestamp":1772452800000,"turn":2}
            /cases/0/steps/2 expect.refused
              - the input is taken
              + could not take the input: the session has ended (final)
            /cases/0/steps/3 expect.refused
              - re:^never$
              + could not take the input: the session has ended (final)
        "#]],
    );
}

#[test]
fn time_passes_only_when_a_step_says_so_and_timers_fire_on_the_way() {
    check(
        &json!({}),
        &json!([
            { "after": "59s", "user": "hm", "expect": { "state": "Ask" } },
            { "after": "2d", "expect": { "state": "Late", "events": [{ "type": "timer.due", "timestamp": 1_772_452_860_000_u64 }, { "type": "was.late" }] } },
        ]),
        &expect![[""]],
    );
}

#[test]
fn an_answer_that_takes_longer_than_it_may_is_a_timeout() {
    check(
        &json!({ "Look": { "result": { "ok": true }, "after": "3s" } }),
        &json!([
            { "user": "4", "expect": { "state": "Look" } },
            { "after": "1s", "expect": { "state": "Late", "events": [{ "type": "tool.error", "error": { "kind": "timeout" } }] } },
        ]),
        &expect![[""]],
    );
}

#[test]
fn a_call_without_an_answer_is_not_as_expected() {
    check(
        &json!({ "Look": [{ "result": { "ok": false } }] }),
        &json!([{ "user": "4" }, { "user": "5" }]),
        &expect![[r#"
            /cases/0/steps/1 tools
              - at most 1 call(s) of `Look`, which is how many answers it has
              + a call of `Look` with {}
        "#]],
    );
    check(
        &json!({}),
        &json!([{ "user": "4", "expect": { "state": "Late" } }]),
        &expect![[r#"
            /cases/0/steps/0 tools
              - an answer of `Look` in `tools`
              + a call of `Look` with {}
        "#]],
    );
}

#[test]
fn every_mistake_of_a_file_is_found_with_its_place() {
    let text = r#"{
  "now": "yesterday", "time_zone": "Mars/Base", "flow": "tets",
  "tools": { "Lok": { "result": 1 }, "Look": [{ "result": [] }, {}, { "error": { "kind": "slow" } }] },
  "cases": [
    { "name": "a", "steps": [{ "user": "x", "dtmf": "1" }, {}, { "slots": { "a": 1 }, "after": "2 days", "payload": 1 }] },
    { "name": "a", "steps": [
      { "intent": "SIZ", "expect": { "state": "Asl", "says": ["re:("], "events": [{ "type": "was.lat" }, {}] } },
      { "cancel": true, "expect": { "flow": "nest", "absent": [{ "type": "tool.resul" }] } }
    ] }
  ]
}"#;
    let findings = suite(text).unwrap_err();
    let told = findings.iter().map(|one| {
        let hint = one.suggestion.as_deref().unwrap_or("-");
        format!("{}:{} {}: {}; {hint}\n", one.line, one.column, one.code, one.message)
    });
    expect![[r#"
        2:10 time.unreadable: `yesterday` is no moment; write it as in RFC 3339: `2026-03-02T12:00:00Z`
        2:36 zone.unknown: there is no time zone `Mars/Base`; use an IANA name such as `Europe/Lisbon`
        2:57 flow.unknown: there is no flow `tets`; did you mean `test`?
        3:21 tool.unknown: no flow declares a tool `Lok`; did you mean `Look`?
        3:59 answer.unfit: `Look` cannot give this by what its flow says of it: no object; give what the tool would give, or change `result` in the flow's `tools`
        3:65 answer.unclear: an answer is one of `result`, `error` and `real`; write exactly one of them
        3:90 error.unknown: there is no kind of error `slow`; there are: `timeout`, `fuel`, `memory`, `limit`, `trap`, `tool`, `unavailable`, `bad-args`
        5:30 step.several: two things happen in one step; make two steps of it
        5:60 step.empty: nothing happens in this step; add `user`, `intent`, `dtmf`, `event`, `cancel` or `after`; only the first step may do without
        5:75 key.misplaced: `slots` stands without `intent`; add `intent`
        5:96 span.unreadable: `2 days` is no length of time; write it as `500ms`, `90s`, `1h30m` or `2d`
        5:117 key.misplaced: `payload` stands without `event`; add `event`
        6:15 case.duplicate: two cases are named `a`; give each a sentence of its own
        7:19 intent.unknown: no flow has an intent `SIZ`; did you mean `SIZE`?
        7:36 pattern.invalid: `re:(` is no regular expression: unclosed group; escape what is meant as it stands: `\\?`
        7:47 state.unknown: no flow has a state `Asl`; did you mean `Ask`?
        7:93 event.unknown: there is no event `was.lat`; did you mean `was.late`?
        7:106 event.unknown: this event has no `type`; add `type`, such as `"say"`
        8:45 flow.unknown: there is no flow `nest`; did you mean `test`?
        8:74 event.unknown: there is no event `tool.resul`; did you mean `tool.result`?
    "#]].assert_eq(&told.collect::<String>());
}

#[test]
fn what_no_host_takes_and_no_conversation_comes_to_is_refused_before_anything_is_played() {
    let text = r#"{ "cases": [{ "name": "a", "steps": [
        { "user": " " }, { "dtmf": "12Q" }, { "dtmf": "" },
        { "intent": "SIZE", "slots": { "sise": 4, "size": 4 } },
        { "user": "4", "expect": { "ended": "finel" } },
        { "dtmf": "*1#D", "expect": { "ended": "error" } }
    ] }] }"#;
    let told = suite(text).unwrap_err().into_iter().map(|one| {
        let hint = one.suggestion.unwrap_or_default();
        format!("{}:{} {}: {}; {hint}\n", one.line, one.column, one.code, one.message)
    });
    expect![[r#"
        2:19 text.empty: nothing is written here, which a host refuses; write what the person says; `after` alone lets time pass
        2:36 dtmf.invalid: `12Q` is not what keys of a telephone say; the keys are 0 to 9, `*`, `#` and A to D
        2:55 dtmf.invalid: `` is not what keys of a telephone say; the keys are 0 to 9, `*`, `#` and A to D
        3:48 slot.unknown: intent `SIZE` has no slot `sise`; did you mean `size`?
        4:45 ended.unknown: no conversation ends for the reason `finel`; did you mean `final`?
    "#]].assert_eq(&told.collect::<String>());
}

#[test]
fn the_shape_of_a_file_is_checked_as_that_of_a_flow() {
    let findings = suite(
        r#"{ "cases": [{ "name": "a", "steps": [{ "usr": "x", "expect": { "state": 1 } }] }] }"#,
    );
    let findings = findings.unwrap_err();
    let told = findings.iter().map(|one| {
        format!("{} {} {}\n", one.code, one.message, one.suggestion.as_deref().unwrap_or("-"))
    });
    expect![[r#"
        key.unknown unknown key `usr` in a step of a case did you mean `user`?
        value.type `state` must be a string, not an integer -
    "#]]
    .assert_eq(&told.collect::<String>());
}

#[test]
fn cases_are_left_out_when_there_is_no_time_or_a_plugin_is_called() {
    let text = json!({ "cases": [
        { "name": "a", "steps": [{ "user": "x" }] },
        { "name": "b", "steps": [{ "user": "x" }], "tools": { "Look": { "real": true } } },
        { "name": "c", "steps": [{ "user": "x" }] },
    ] });
    let suite = suite(&text.to_string()).unwrap();
    let flows = linked();
    let stage = Stage { flows: &flows, understand: &understand };
    let left = std::cell::Cell::new(1);
    let guarded = guard(stage, &suite, &|| left.replace(left.get() - 1) > 0);
    let names: Vec<&str> = guarded.played.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((names, guarded.left_out, guarded.out_of_time), (vec!["a"], 1, 1));
    assert_eq!(guarded.failed().count(), 0);
}

#[test]
fn a_conversation_that_goes_round_by_itself_ends() {
    let parts = json!({
        "meta": { "name": "Round" }, "start": "A",
        "states": { "A": { "after": [{ "ms": 1, "to": "A" }] } },
    });
    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    let (flow, _) = flow::load(&Id::from("test"), &parts.to_string(), known).unwrap();
    let mut flows = Linked::default();
    flows.activate(Arc::new(flow));
    let text = json!({ "cases": [{ "name": "a", "steps": [{ "after": "52w" }] }] }).to_string();
    let suite = read(&Id::from("test"), &Text::json(&text), &flows, &fits).unwrap();
    let stage = Stage { flows: &flows, understand: &understand };
    let guarded = guard(stage, &suite, &|| true);
    assert_eq!(guarded.failed().count(), 1);
}
