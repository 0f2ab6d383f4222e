//! What calls tell while they run.

use expect_test::expect;
use serde_json::json;

use super::calls::calling;
use super::{Talk, check};

#[test]
fn news_of_a_call_are_turns_that_change_nothing() {
    let parts =
        calling(&json!([{ "tool": "Look" }]), &json!([{ "onToolResult": "Look", "to": "B" }]));
    check(
        &parts,
        "tells 40 half way\npublishes plugin.shop.booked {\"id\": 7}\nlook\ndone {}\ntells 50 late",
        &expect![[r#"
        > start
          1.1 session.created test
          2.1 tool.call Look {} as s.2
          ! call Look within 31000 ms
        > tells 40 half way
          3.2 {"type":"tool.progress","tool_call_id":"s.2","percent":40,"message":"half way"}
        > publishes plugin.shop.booked {"id": 7}
          4.3 plugin.shop.booked {"id":7}
        > look
        = test/A {}
        > done {}
          5.4 tool.result Look {}
          6.4 say "out"
          7.4 A -> B by tool.result:Look
          8.4 say "b "
        > tells 50 late
          x could not take the outcome: no call `s.2` is pending
    "#]],
    );
}

#[test]
fn news_belong_to_the_input_that_made_the_call() {
    let parts =
        calling(&json!([{ "tool": "Look" }]), &json!([{ "onToolResult": "Look", "to": "B" }]));
    let mut talk = Talk::new(&parts);
    talk.run("start\ntells 1 first");
    assert_eq!((talk.session.turn, talk.session.pending[0].root), (2, 1));
    assert!(!talk.session.is_settled(1), "the call is still pending");
}

#[test]
fn an_event_that_could_not_be_loaded_again_is_refused() {
    let parts = calling(&json!([{ "tool": "Look" }]), &json!([]));
    let mut talk = Talk::new(&parts);
    talk.run("start");
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    talk.run(&format!("publishes plugin.shop.booked {deep}"));
    assert!(talk.out.ends_with("or deeper than 64 levels\n"), "{}", talk.out);
}
