//! What is counted of conversations, and what is written down of them.

use std::fmt::Write as _;

use expect_test::expect;
use serde_json::json;

use super::{linked, played};
use crate::rehearsal::{Coverage, PartKind, Played, renewed};

#[test]
fn what_was_gone_through_is_counted() {
    let text = json!({ "tools": { "Look": { "result": { "ok": false } } }, "cases": [
        { "name": "a", "steps": [{ "user": "hm" }, { "user": "4" }, { "user": "9" }] },
    ] });
    let mut coverage = Coverage::of(&linked());
    played(&text.to_string()).iter().for_each(|one| coverage.add(&one.marks));
    let mut out = String::new();
    for (flow, parts) in coverage.iter() {
        for kind in PartKind::ALL {
            let share = coverage.share(flow, kind);
            writeln!(out, "{} {}/{}", kind.plural(), share.hit, share.of).unwrap();
        }
        for (at, part) in parts {
            writeln!(out, "{} {at}: {}", part.hits, part.label).unwrap();
        }
    }
    expect![[r#"
        states 3/5
        transitions 2/5
        branches 2/2
        fallbacks 1/1
        2 /states/Ask: Ask
        2 /states/Ask/transitions/0: intent SIZE
        1 /states/Ask/transitions/0/branch/0: intent SIZE, when → Many
        1 /states/Ask/transitions/0/to: intent SIZE, no arm → Look
        0 /states/Ask/after/0: after 60000 ms → Late
        1 /states/Look: Look
        0 /states/Look/transitions/0: result of Look → Done
        1 /states/Look/transitions/1: result of Look → Ask
        0 /states/Look/transitions/2: error of Look → Late
        1 /states/Many: Many
        0 /states/Late: Late
        0 /states/Done: Done
        1 /fallback/noMatch/0: noMatch 1
    "#]]
    .assert_eq(&out);
}

#[test]
fn what_is_expected_can_be_renewed_and_the_rest_stays_as_it_is_written() {
    let text = r#"{
  "tools": { "Look": { "result": { "ok":   true } } },
  "cases": [
    {
      "name": "wrong",
      "steps": [
        { "expect": { "says": ["re:^How"], "state": "Ask" } },
        {
          "user": "9",
          "expect": { "state": "Done", "context": { "size": 1, "gone": 1 }, "ended": false, "says": ["re:^Too", "more"],
                      "events": [{ "type": "say", "text": "re:many" }, { "type": "hangup" }], "absent": [{ "type": "say" }, { "type": "error" }] }
        }
      ]
    },
    { "name": "new", "steps": [{}, { "user":   "4" }] }
  ]
}"#;
    let all = played(text);
    let (renewed, count) = renewed(text, &all.iter().collect::<Vec<_>>());
    assert_eq!(count, 3);
    expect![[r#"
        {
          "tools": { "Look": { "result": { "ok":   true } } },
          "cases": [
            {
              "name": "wrong",
              "steps": [
                { "expect": { "says": ["re:^How"], "state": "Ask" } },
                {
                  "user": "9",
                  "expect": {
                    "state": "Many",
                    "context": { "size": 9, "gone": null },
                    "ended": "final",
                    "says": ["re:^Too"],
                    "events": [{ "type": "say", "text": "re:many" }],
                    "absent": [{ "type": "error" }]
                  }
                }
              ]
            },
            { "name": "new", "steps": [{ "expect": { "says": ["How many?"], "state": "Ask" } }, { "user":   "4", "expect": { "says": ["Done: 4."], "state": "Done" } }] }
          ]
        }"#]].assert_eq(&renewed);
    assert!(played(&renewed).iter().all(Played::is_fine), "{renewed}");
}
