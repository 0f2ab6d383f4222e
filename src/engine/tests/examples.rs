//! The example flows, as people go through them: each loads without a finding, and says what it is to say.

use std::collections::BTreeSet;
use std::sync::Arc;

use expect_test::expect;

use super::{Linked, Talk, Timestamp};
use crate::flow::{self, Id, Known, Offers};

const EXAMPLES: &[(&str, &str)] = &[
    ("survey", include_str!("../../../flows/survey.json")),
    ("checkout", include_str!("../../../flows/checkout.json")),
    ("shop", include_str!("../../../flows/shop.json")),
    ("troubleshooter", include_str!("../../../flows/troubleshooter.json")),
];

/// A conversation on one of the examples, on Saturday 2026-11-21 at noon.
#[track_caller]
fn talk(name: &str) -> Talk {
    let flows: BTreeSet<Id> = EXAMPLES.iter().map(|(id, _)| Id::from(*id)).collect();
    let known = Known { flows: &flows, offers: &Offers::default() };
    let mut linked = Linked::default();
    for (id, text) in EXAMPLES {
        let (flow, warnings) = flow::load(&Id::from(*id), text, known).unwrap();
        assert!(warnings.is_empty(), "{id}: {warnings:#?}");
        linked.activate(Arc::new(flow));
    }
    let flow = Arc::clone(linked.current(&Id::from(name)).unwrap());
    let mut talk = Talk::on(linked, &flow, Timestamp::from_millis(1_795_262_400_000));
    talk.run("start");
    talk
}

#[test]
fn a_survey_branches_on_what_was_said() {
    let mut unhappy = talk("survey");
    unhappy.run(
        "text sure\ntext 12\ntext 2\ntext the waiter\ntext Smile more often!\ntext ana@example.com",
    );
    expect![[r#"
        > start
          1.1 session.created survey
          2.1 ask "May I ask you three short questions about your visit?" ["Yes", "No"]
          ! wake in 120000 ms
        > text sure
          3.2 user.text "sure"
          4.2 Invite -> Score by pattern
          5.2 ask "How likely are you to recommend us, from 0 to 10?" ["0", "5", "10"]
          ! wake in 120000 ms
        > text 12
          6.3 user.text "12"
          7.3 ask "A number from 0 to 10, please." ["0", "5", "10"]
          ! wake in 120000 ms
        > text 2
          8.4 user.text "2"
          9.4 state.updated {"score":2}
          10.4 Score -> Unhappy by form.done
          11.4 say "I am sorry to hear that."
          12.4 ask "What was it most: the food, the service or the price?" ["Food", "Service", "Price", "Something else"]
          ! wake in 120000 ms
        > text the waiter
          13.5 user.text "the waiter"
          14.5 state.updated {"reason":"service"}
          15.5 ask "What should we do better?"
          ! wake in 120000 ms
        > text Smile more often!
          16.6 user.text "Smile more often!"
          17.6 state.updated {"wish":"Smile more often!"}
          18.6 Unhappy -> CallBack by form.done
          19.6 say "Our manager would like to make up for it."
          20.6 ask "Where may she write to you?"
          ! wake in 120000 ms
        > text ana@example.com
          21.7 user.text "ana@example.com"
          22.7 state.updated {"email":"ana@example.com"}
          23.7 CallBack -> Thanks by form.done
          24.7 say "Thank you, that helps us."
          25.7 survey.done {"score":2,"reason":"service","again":null}
          26.7 Thanks -> :end by auto
          27.7 {"type":"session.ended","reason":"end"}
    "#]].assert_eq(&unhappy.out);
}

#[test]
fn a_survey_thanks_a_happy_guest() {
    let mut happy = talk("survey");
    happy.run("text yes\ntext ten\ntext The bread.\ntext maybe\ntext of course");
    expect![[r#"
        > start
          1.1 session.created survey
          2.1 ask "May I ask you three short questions about your visit?" ["Yes", "No"]
          ! wake in 120000 ms
        > text yes
          3.2 user.text "yes"
          4.2 Invite -> Score by pattern
          5.2 ask "How likely are you to recommend us, from 0 to 10?" ["0", "5", "10"]
          ! wake in 120000 ms
        > text ten
          6.3 user.text "ten"
          7.3 state.updated {"score":10}
          8.3 Score -> Happy by form.done
          9.3 ask "That is good to hear! What did you like most?"
          ! wake in 120000 ms
        > text The bread.
          10.4 user.text "The bread."
          11.4 state.updated {"reason":"The bread."}
          12.4 Happy -> Again by default
          13.4 ask "Will you come again?" ["Yes", "No"]
          ! wake in 120000 ms
        > text maybe
          14.5 user.text "maybe"
          15.5 intent.unhandled - "maybe" in Again
          16.5 say "Sorry, I did not get that."
          17.5 ask "Will you come again?" ["Yes", "No"]
          ! wake in 120000 ms
        > text of course
          18.6 user.text "of course"
          19.6 state.updated {"again":true}
          20.6 Again -> Thanks by pattern
          21.6 say "Thank you, that helps us."
          22.6 survey.done {"score":10,"reason":"The bread.","again":true}
          23.6 Thanks -> :end by auto
          24.6 {"type":"session.ended","reason":"end"}
    "#]]
    .assert_eq(&happy.out);
}

#[test]
fn a_survey_lets_go_of_who_says_nothing() {
    let mut away = talk("survey");
    away.run("wait 120000\ndue\nwait 120000\ndue");
    expect![[r#"
        > start
          1.1 session.created survey
          2.1 ask "May I ask you three short questions about your visit?" ["Yes", "No"]
          ! wake in 120000 ms
        > wait 120000
        > due
          3.2 {"type":"timer.due","timer":2999}
          4.2 say "Are you still there?"
          5.2 ask "May I ask you three short questions about your visit?" ["Yes", "No"]
          ! wake in 120000 ms
        > wait 120000
        > due
          6.3 {"type":"timer.due","timer":5999}
          7.3 Invite -> Declined by silence
          8.3 say "No problem. Have a good day!"
          9.3 Declined -> :cancel by auto
          10.3 {"type":"session.ended","reason":"cancel"}
    "#]]
    .assert_eq(&away.out);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a transcript is as long as its conversation")]
fn a_cart_is_filled_and_checked_out() {
    let mut shop = talk("shop");
    shop.run(
        "text two croissants\nintent ADD {\"item\":\"croissant\",\"count\":2}\n\
         text a cake\nintent ADD {\"item\":\"cake\"}\ntext 30\ntext one\n\
         text my cart\nintent CART\ntext check out\nintent PAY\n\
         text cancel\ntext check out\nintent PAY\n\
         text Ana Maria\ntext 1 Long Street, Porto\ntext tomorrow\ntext no\ntext the day\ntext on tuesday\ntext yes\n\
         text no thanks\nlook",
    );
    expect![[r#"
        > start
          1.1 session.created shop
          2.1 say "Welcome to the bakery! We have bread for 4, croissants for 2 and cakes for 18 euros."
          3.1 Welcome -> Browse by auto
          4.1 ask "What would you like?" ["Two croissants", "Show my cart", "Check out"]
        > text two croissants
          5.2 user.text "two croissants"
          ! classify "two croissants" among ["ADD", "CART", "REMOVE", "EMPTY", "PAY"] expecting []
        > intent ADD {"item":"croissant","count":2}
          6.2 nlu.intent ADD
          7.2 state.updated {"item":"croissant","count":2}
          8.2 Browse -> Add by intent:ADD
          9.2 state.updated {"price":4}
          10.2 Add -> Added by form.done
          11.2 state.updated {"cart":[{"count":2,"item":"croissant","price":4}],"total":4}
          12.2 say "2 × croissant for 4 euros; that makes 4 euros."
          13.2 Added -> Browse by auto
          14.2 ask "What would you like?" ["Two croissants", "Show my cart", "Check out"]
        > text a cake
          15.3 user.text "a cake"
          ! classify "a cake" among ["ADD", "CART", "REMOVE", "EMPTY", "PAY"] expecting []
        > intent ADD {"item":"cake"}
          16.3 nlu.intent ADD
          17.3 state.updated {"item":"cake","count":null}
          18.3 Browse -> Add by intent:ADD
          19.3 ask "How many?" ["1", "2", "6"]
        > text 30
          20.4 user.text "30"
          21.4 ask "We bake one to twenty-four for an order. How many?" ["1", "2", "6"]
        > text one
          22.5 user.text "one"
          23.5 state.updated {"count":1}
          24.5 state.updated {"price":18}
          25.5 Add -> Added by form.done
          26.5 state.updated {"cart":[{"count":2,"item":"croissant","price":4},{"count":1,"item":"cake","price":18}],"total":22}
          27.5 say "1 × cake for 18 euros; that makes 22 euros."
          28.5 Added -> Browse by auto
          29.5 ask "What would you like?" ["Two croissants", "Show my cart", "Check out"]
        > text my cart
          30.6 user.text "my cart"
          ! classify "my cart" among ["ADD", "CART", "REMOVE", "EMPTY", "PAY"] expecting []
        > intent CART
          31.6 nlu.intent CART
          32.6 Browse -> Cart by intent:CART
          33.6 say "Your cart holds 2 item(s) for 22 euros."
          34.6 Cart -> Browse by auto
          35.6 ask "What would you like?" ["Two croissants", "Show my cart", "Check out"]
        > text check out
          36.7 user.text "check out"
          ! classify "check out" among ["ADD", "CART", "REMOVE", "EMPTY", "PAY"] expecting []
        > intent PAY
          37.7 nlu.intent PAY
          38.7 Browse -> Checkout by intent:PAY
          39.7 say "Let us get it to you."
          40.7 Checkout -> Details by call
          41.7 ask "Who is it for?"
        > text cancel
          42.8 user.text "cancel"
          43.8 Details -> :cancel by pattern
          44.8 :cancel -> Checkout by return
          45.8 Checkout -> BackToShop by flow.result:cancel
          46.8 say "Your cart is as you left it."
          47.8 BackToShop -> Browse by auto
          48.8 ask "What would you like?" ["Two croissants", "Show my cart", "Check out"]
        > text check out
          49.9 user.text "check out"
          ! classify "check out" among ["ADD", "CART", "REMOVE", "EMPTY", "PAY"] expecting []
        > intent PAY
          50.9 nlu.intent PAY
          51.9 Browse -> Checkout by intent:PAY
          52.9 say "Let us get it to you."
          53.9 Checkout -> Details by call
          54.9 ask "Who is it for?"
        > text Ana Maria
          55.10 user.text "Ana Maria"
          56.10 state.updated {"delivery.name":"Ana Maria"}
          57.10 ask "Where should we bring it?"
        > text 1 Long Street, Porto
          58.11 user.text "1 Long Street, Porto"
          59.11 state.updated {"delivery.address":"1 Long Street, Porto"}
          60.11 ask "On which day?" ["Tomorrow", "Saturday"]
        > text tomorrow
          61.12 user.text "tomorrow"
          62.12 state.updated {"delivery.day":"2026-11-22"}
          63.12 ask "22 euros to Ana Maria, 1 Long Street, Porto, on 2026-11-22. Shall I place the order?"
        > text no
          64.13 user.text "no"
          65.13 ask "What is not right: the name, the address or the day?"
        > text the day
          66.14 user.text "the day"
          67.14 state.updated {"delivery.day":null}
          68.14 ask "On which day?" ["Tomorrow", "Saturday"]
        > text on tuesday
          69.15 user.text "on tuesday"
          70.15 state.updated {"delivery.day":"2026-11-24"}
          71.15 ask "22 euros to Ana Maria, 1 Long Street, Porto, on 2026-11-24. Shall I place the order?"
        > text yes
          72.16 user.text "yes"
          73.16 Details -> :end by form.done
          74.16 :end -> Checkout by return
          75.16 state.updated {"delivery":{"name":"Ana Maria","address":"1 Long Street, Porto","day":"2026-11-24"}}
          76.16 Checkout -> Ordered by flow.result:end
          77.16 shop.ordered {"cart":[{"count":2,"item":"croissant","price":4},{"count":1,"item":"cake","price":18}],"total":22,"day":"2026-11-24"}
          78.16 say "Thank you, Ana Maria! We bring it on 2026-11-24."
          79.16 Ordered -> Invite by call
          80.16 ask "May I ask you three short questions about your visit?" ["Yes", "No"]
          ! wake in 120000 ms
        > text no thanks
          81.17 user.text "no thanks"
          82.17 Invite -> Declined by pattern
          83.17 say "No problem. Have a good day!"
          84.17 Declined -> :cancel by auto
          85.17 :cancel -> Ordered by return
          86.17 Ordered -> Bye by flow.result:cancel
          87.17 say "Goodbye!"
          88.17 {"type":"session.ended","reason":"final"}
        > look
        = shop/Bye {"cart":[{"count":2,"item":"croissant","price":4},{"count":1,"item":"cake","price":18}],"total":22,"item":"cake","count":1,"all":null,"price":18,"prices":{"bread":4,"croissant":2,"cake":18},"delivery":{"name":"Ana Maria","address":"1 Long Street, Porto","day":"2026-11-24"}}
    "#]].assert_eq(&shop.out);
}

#[test]
fn a_troubleshooter_goes_step_by_step_and_comes_back_after_a_question() {
    let mut helped = talk("troubleshooter");
    helped.run("text it is so slow, and the light is red\ntext which router?\ntext no, still not\nwait 180000\ndue\ntext it works!\ntext no");
    expect![[r#"
        > start
          1.1 session.created troubleshooter
          2.1 say "Let us find out what is wrong with your internet."
          3.1 ask "Is there no connection at all, is it slow, or does it drop now and then?" ["No connection", "Slow", "It drops"]
          ! wake in 300000 ms
        > text it is so slow, and the light is red
          4.2 user.text "it is so slow, and the light is red"
          5.2 state.updated {"symptom":"slow","light":"red"}
          6.2 Symptom -> Cable by form.done
          7.2 ask "Please pull the grey cable out and push it in until it clicks. Does it work now?" ["Yes", "No"]
          ! wake in 300000 ms
        > text which router?
          8.3 user.text "which router?"
          9.3 state.updated {"back":"Cable"}
          10.3 Cable -> Explain by pattern
          11.3 say "The router is the box that the cable from the wall goes into; its light is on the front."
          12.3 Explain -> Cable by auto
          13.3 ask "Please pull the grey cable out and push it in until it clicks. Does it work now?" ["Yes", "No"]
          ! wake in 300000 ms
        > text no, still not
          14.4 user.text "no, still not"
          15.4 state.updated {"tried":["cable"]}
          16.4 Cable -> Restart by pattern
          17.4 ask "Please switch the router off and on again. It needs two minutes; tell me when it is back." ["It works", "Still not"]
          ! wake in 180000 ms
        > wait 180000
        > due
          18.5 {"type":"timer.due","timer":17999}
          19.5 say "It should be back by now."
          20.5 ask "Please switch the router off and on again. It needs two minutes; tell me when it is back." ["It works", "Still not"]
          ! wake in 180000 ms
        > text it works!
          21.6 user.text "it works!"
          22.6 Restart -> Solved by pattern
          23.6 say "Wonderful!"
          24.6 Solved -> Invite by call
          25.6 ask "May I ask you three short questions about your visit?" ["Yes", "No"]
          ! wake in 120000 ms
        > text no
          26.7 user.text "no"
          27.7 Invite -> Declined by pattern
          28.7 say "No problem. Have a good day!"
          29.7 Declined -> :cancel by auto
          30.7 :cancel -> Solved by return
          31.7 Solved -> Bye by flow.result:cancel
          32.7 say "Goodbye!"
          33.7 {"type":"session.ended","reason":"final"}
    "#]].assert_eq(&helped.out);
}

#[test]
fn a_troubleshooter_hands_over_when_nothing_helps() {
    let mut lost = talk("troubleshooter");
    lost.run("text no connection\ntext hm\ntext off\ntext no\nlook");
    expect![[r#"
        > start
          1.1 session.created troubleshooter
          2.1 say "Let us find out what is wrong with your internet."
          3.1 ask "Is there no connection at all, is it slow, or does it drop now and then?" ["No connection", "Slow", "It drops"]
          ! wake in 300000 ms
        > text no connection
          4.2 user.text "no connection"
          5.2 state.updated {"symptom":"no connection"}
          6.2 ask "What colour is the light on the router?" ["Green", "Red", "Off"]
          ! wake in 300000 ms
        > text hm
          7.3 user.text "hm"
          8.3 intent.unhandled - "hm" in Symptom
          9.3 ask "Look at the front of the router: is the light green, red or off?" ["Green", "Red", "Off"]
          ! wake in 300000 ms
        > text off
          10.4 user.text "off"
          11.4 state.updated {"light":"off"}
          12.4 Symptom -> Power by form.done
          13.4 ask "Please check that the router is plugged in and switched on. Does it work now?" ["Yes", "No"]
          ! wake in 300000 ms
        > text no
          14.5 user.text "no"
          15.5 state.updated {"tried":["power"]}
          16.5 Power -> Human by pattern
          17.5 say "Then somebody should look at it with you. I put you through."
          18.5 support.escalated {"symptom":"no connection","light":"off","tried":["power"]}
          19.5 {"type":"transfer","to":"technician"}
          20.5 {"type":"session.ended","reason":"final"}
        > look
        = troubleshooter/Human {"symptom":"no connection","light":"off","tried":["power"],"back":"Symptom","rating":null}
    "#]].assert_eq(&lost.out);
}
