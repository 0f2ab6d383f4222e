//! What `check` makes of files as people have them: one of several, all that a shell names, some that are no text, some
//! that are mended.

use std::fs;

use serde_json::{Value, json};

use super::{Host, Place, Ran};

fn files(ran: &Ran) -> Vec<Value> {
    let report: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    report["files"].as_array().unwrap().clone()
}

/// `file code line:column` of each finding, and each file without any.
fn told(ran: &Ran) -> Vec<String> {
    let of_file = |one: &Value| -> Vec<String> {
        let file = one["file"].as_str().unwrap().to_owned();
        let findings = one["findings"].as_array().unwrap();
        if findings.is_empty() {
            return vec![file];
        }
        let each = |one: &Value| {
            let code = one["code"].as_str().unwrap();
            format!("{file} {code} {}:{}", one["line"], one["column"])
        };
        findings.iter().map(each).collect()
    };
    files(ran).iter().flat_map(of_file).collect()
}

/// A flow of one line whose state has these transitions.
fn flow(transitions: &Value) -> String {
    let states = json!({ "A": { "onEnter": [{ "ask": "?" }], "transitions": transitions }, "BOOK": { "final": true }, "BACK": { "final": true } });
    json!({ "meta": { "name": "T" }, "start": "A", "states": states }).to_string()
}

#[test]
fn a_file_that_is_named_alone_knows_the_flows_beside_it() {
    let place = Place::shipped();
    for path in ["flows/shop.json", "./flows/shop.json"] {
        let ran = place.run(&["check", path]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(!ran.out.contains("checkout"), "only what is named is told of: {}", ran.out);
    }
    // From within the folder the path has no folder.
    let mut command = place.cicerone(&["check", "shop.json"]);
    let output = command.current_dir(place.path("flows")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    fs::remove_file(place.path("flows/checkout.json")).unwrap();
    let ran = place.run(&["check", "--json", "flows/shop.json"]);
    assert!(told(&ran)[0].starts_with("flows/shop.json flow.unknown"), "{ran:?}");
}

#[test]
fn files_of_conversations_among_all_that_a_shell_names_are_checked_as_such() {
    let place = Place::shipped();
    let mut names: Vec<String> = fs::read_dir(place.path("flows"))
        .unwrap()
        .map(|entry| format!("flows/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    names.sort();
    let mut args = vec!["check", "--json"];
    args.extend(names.iter().map(String::as_str));
    let ran = place.run(&args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(told(&ran), names);
    let cases = place.path("flows/shop.test.json");
    let text = fs::read_to_string(&cases).unwrap();
    fs::write(&cases, text.replacen("\"state\": \"Browse\"", "\"state\": \"Brows\"", 1)).unwrap();
    let ran = place.run(&["check", "--json", "flows/shop.test.json"]);
    assert_eq!((ran.code, told(&ran).len()), (Some(1), 1), "{ran:?}");
    assert!(told(&ran)[0].starts_with("flows/shop.test.json state.unknown 7:"), "{ran:?}");
    let ran = place.run(&["check", "--fix", "flows/shop.test.json"]);
    assert_eq!((ran.code, fs::read_to_string(&cases).unwrap()), (Some(0), text), "{ran:?}");
}

#[test]
fn what_cannot_be_read_is_a_finding_and_holds_up_no_other_file() {
    let place = Place::empty();
    place.write_flow("good", &flow(&json!([{ "to": "BOOK" }, { "pattern": "x", "to": "BACK" }])));
    place.write_flow("wrong", &flow(&json!([{ "to": "Nowhere" }])));
    fs::write(place.path("flows/latin.json"), b"{\n  \"meta\": {\"name\": \"caf\xe9\"}\n}")
        .unwrap();
    std::os::unix::fs::symlink("nothing.json", place.path("flows/link.json")).unwrap();
    fs::create_dir(place.path("flows/folder.json")).unwrap();
    let ran = place.run(&["check", "--json", "flows"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told = told(&ran);
    assert!(told.contains(&"flows/latin.json text.encoding 2:24".to_owned()), "{told:#?}");
    assert!(told.contains(&"flows/link.json file.unreadable 1:1".to_owned()), "{told:#?}");
    let wrong = |one: &String| one.starts_with("flows/wrong.json target.unknown");
    assert!(told.iter().any(wrong) && !told.iter().any(|one| one.contains("folder.json")));
    let shown = place.run(&["check", "flows/latin.json"]);
    assert!(shown.out.contains("caf\u{fffd}") && shown.out.contains("in Latin-1"), "{shown:?}");
    // `test` says the same.
    fs::write(place.path("flows/good.test.json"), b"{\"cases\": [], \"\xff\": 1}").unwrap();
    let ran = place.run(&["test", "--json"]);
    let files = files(&ran);
    let code = |name: &str| {
        let file = files.iter().find(|one| one["file"] == format!("flows/{name}")).unwrap();
        file["findings"][0]["code"].clone()
    };
    assert_eq!((ran.code, code("latin.json")), (Some(1), json!("text.encoding")));
    assert_eq!(code("good.test.json"), "text.encoding");
}

#[test]
fn mending_takes_no_key_that_is_there_and_no_name_where_two_are_as_near() {
    let place = Place::empty();
    for (transition, mended) in [
        // The key is there.
        (r#"{"pattern":"x","too":"BOOK","to":"BOOK"}"#, None),
        // Two keys that cannot both be it.
        (r#"{"pattern":"x","too":"BOOK","tto":"BOOK"}"#, None),
        // Either could be meant.
        (r#"{"pattern":"x","to":"BOCK"}"#, None),
        (r#"{"pattern":"x","to":"BOOOK"}"#, Some(r#"{"pattern":"x","to":"BOOK"}"#)),
        // What cannot be mended keeps nothing else from being mended.
        (
            r#"{"pattern":"x","too":"BOOK","to":"BOOOK"}"#,
            Some(r#"{"pattern":"x","too":"BOOK","to":"BOOK"}"#),
        ),
    ] {
        let text = flow(&json!(["here"])).replace("\"here\"", transition);
        place.write_flow("t", &text);
        place.run(&["check", "--fix", "flows/t.json"]);
        let wanted = mended.map_or_else(|| text.clone(), |mended| text.replace(transition, mended));
        assert_eq!(fs::read_to_string(place.path("flows/t.json")).unwrap(), wanted);
    }
}

#[test]
fn of_a_flow_on_one_line_only_what_is_around_the_place_is_shown() {
    let long = "x".repeat(500_000);
    let place = Place::empty();
    place.write_flow(
        "t",
        &flow(&json!([{ "to": "Nowhere" }])).replace("\"T\"", &format!("\"{long}\"")),
    );
    let ran = place.run(&["check", "flows/t.json"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.len() < 5_000, "{} bytes", ran.out.len());
    assert!(ran.out.contains("\"Nowhere\""), "{}", ran.out);
}

#[tokio::test]
async fn a_host_refuses_what_is_no_text_with_the_place_and_goes_on_as_before() {
    let place = Place::empty();
    let text = |name: &str| {
        format!(
            "{{\n \"meta\": {{\"name\": \"{name}\"}},\n \"start\": \"A\", \"states\": {{\"A\": {{\"onEnter\": [{{\"ask\": \"{name}?\"}}], \"transitions\": [{{\"pattern\": \"x\", \"to\": \"A\"}}]}}}}\n}}"
        )
    };
    place.write_flow("cafe", &text("Good"));
    let host = Host::start(&place);
    let mut news = host.listen("/api/events/stream").await;
    let bytes: Vec<u8> = text("CafE").bytes().map(|b| if b == b'E' { 0xE9 } else { b }).collect();
    fs::write(place.path("flows/cafe.json"), &bytes).unwrap();
    let heard = news.until("flow.rejected").await;
    let finding = &heard.last().unwrap().data["findings"][0];
    assert_eq!((&finding["code"], &finding["line"]), (&json!("text.encoding"), &json!(2)));
    assert_eq!(finding["column"], 23, "{finding}");
    let listed = host.get("/api/flows").await.ok()["flows"][0].clone();
    assert_eq!((&listed["status"], &listed["findings"][0]), (&json!("rejected"), finding));
    let begun = host.post("/api/sessions", json!({ "flow": "cafe" })).await.ok();
    assert_eq!(begun["events"][1]["text"], "Good?");
    place.write_flow("cafe", &text("Café"));
    news.until("flow.reloaded").await;
    let begun = host.post("/api/sessions", json!({ "flow": "cafe" })).await.ok();
    assert_eq!(begun["events"][1]["text"], "Café?");
    // What leads nowhere is there, and nobody can run it.
    std::os::unix::fs::symlink("nothing.json", place.path("flows/link.json")).unwrap();
    let heard = news.until("flow.rejected").await;
    assert_eq!(heard.last().unwrap().data["findings"][0]["code"], "file.unreadable");
    // Conversations that are no text hold up the flow that they lie beside.
    fs::write(place.path("flows/cafe.test.json"), b"{\"cases\": [], \"\xff\": 1}").unwrap();
    place.write_flow("cafe", &text("Next"));
    let heard = news.until("flow.rejected").await;
    let finding = &heard.last().unwrap().data["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["file"]),
        (&json!("text.encoding"), &json!("cafe.test.json"))
    );
}
