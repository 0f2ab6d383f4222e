//! Machines of CSM on a real host: as they are in `flows/`, and taken over by `cicerone flow import`.

use std::fs;

use serde_json::{Value, json};

use super::client::{events, find};
use super::{Host, Place, repository};

const PROGRAM: &str = "import { FlowDefinition } from './csm';\n\
    // Begins here.\n\
    export const order: FlowDefinition = {\n  id: 'Order', initial: 'Hello',\n  states: {\n    \
    Hello: { transitions: [{ pattern: 'help', target: 'machine:Help' }], meta: { messageId: 'hello' } },\n  },\n};\n\
    export const help: FlowDefinition = { id: 'Help', initial: 'Ask', states: { Ask: { transitions: [{ target: ':end' }] } } };\n";

#[tokio::test]
async fn a_machine_in_the_folder_of_flows_is_a_flow() {
    let host = Host::start(&Place::shipped());
    let session = host.begin("coffee").await;
    let last =
        host.say_all(&session, &["order a coffee", "Small", "espresso", "that is all"]).await;
    assert_eq!(last["state"], "Order.Summary", "{last:#}");
    let asked = find(events(&last), "ask");
    assert_eq!(asked["message_ref"], "summary", "{asked}");
    assert_eq!(asked["text"], "That makes 3 euros for a small espresso. Shall I take the payment?");
    let paid = host.say_all(&session, &["yes", "cash"]).await;
    assert_eq!(paid["status"], "ended", "{paid:#}");
    assert_eq!(find(events(&paid), "session.ended")["reason"], "end");
}

#[test]
fn a_program_is_written_as_a_flow_that_is_free_of_findings() {
    let place = Place::empty();
    fs::write(place.path("order.ts"), PROGRAM).unwrap();
    let ran = place.run(&["flow", "import", "order.ts", "--out", "flows/order.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    let flow: Value =
        serde_json::from_str(&fs::read_to_string(place.path("flows/order.json")).unwrap()).unwrap();
    assert_eq!(flow["start"], "Order.Hello");
    assert_eq!(flow["states"]["Order.Hello"]["transitions"][0]["to"], json!("Help.Ask"));
    let checked = place.run(&["check", "flows"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let shown = place.run(&["flow", "import", "order.ts"]);
    assert_eq!(serde_json::from_str::<Value>(&shown.out).unwrap(), flow);
}

#[test]
fn a_mistake_in_a_program_is_shown_where_it_stands() {
    let place = Place::empty();
    fs::write(place.path("order.ts"), PROGRAM.replace("machine:Help", "machine:Hlep")).unwrap();
    let ran = place.run(&["flow", "import", "order.ts"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.err.contains("error[flow.unknown]"), "{}", ran.err);
    assert!(ran.err.contains("order.ts:6:"), "{}", ran.err);
    assert!(ran.err.contains("did you mean `Help`?"), "{}", ran.err);
    let json = place.run(&["flow", "import", "order.ts", "--json"]);
    let told: Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!(told["findings"][0]["code"], "flow.unknown");
}

#[test]
fn the_shipped_machine_is_taken_over_and_both_say_the_same() {
    let place = Place::empty();
    let coffee = repository("flows/coffee.json");
    let ran = place.run(&["flow", "import", coffee.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    place.write_flow("coffee", &ran.out);
    let checked = place.run(&["check", "flows"]);
    assert!(checked.out.contains("0 error(s), 0 warning(s)"), "{checked:?}");
}
