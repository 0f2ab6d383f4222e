//! The commands that end by themselves: `check`, `plugin inspect`, `plugin call`, `chat` where it cannot talk.

use std::fs;

use serde_json::{Value, json};

use super::{Host, Place, Ran};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// The shipped place with a misspelt state.
fn mistaken() -> Place {
    let place = Place::shipped();
    let flow = fs::read_to_string(place.path("flows/reservation.json")).unwrap();
    place.write_flow(
        "reservation",
        &flow.replacen("\"to\": \"CollectPartySize\"", "\"to\": \"CollectPartSize\"", 1),
    );
    place
}

#[test]
fn the_shipped_flows_are_free_of_findings() {
    let ran = Place::shipped().run(&["check", "flows"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.contains("ok flows/reservation.json: 0 error(s), 0 warning(s)"), "{ran:?}");
}

#[test]
fn a_mistake_is_shown_with_a_caret_under_it_and_the_nearest_name() {
    let ran = mistaken().run(&["check", "flows/reservation.json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("error[target.unknown]"), "{}", ran.out);
    let lines: Vec<&str> = ran.out.lines().collect();
    let caret = lines.iter().position(|line| line.contains('^')).unwrap();
    let from = lines[caret].find('^').unwrap();
    let length = lines[caret].matches('^').count();
    // The number and the bar take the same room on both lines.
    let under = &lines[caret - 1][from..from + length];
    assert_eq!(under.trim_matches('"'), "CollectPartSize", "{}", ran.out);
    assert!(ran.out.contains("= help:") && ran.out.contains("CollectPartySize"), "{}", ran.out);
    assert!(ran.out.contains("no flows/reservation.json: 1 error(s)"), "{}", ran.out);
}

#[test]
fn a_check_for_programs_has_every_finding_with_its_place() {
    let ran = mistaken().run(&["check", "--json", "flows"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report = json(&ran);
    assert_eq!(report["ok"], json!(false));
    let files = report["files"].as_array().unwrap();
    let is_it = |file: &&Value| file["file"] == json!("flows/reservation.json");
    let finding = &files.iter().find(is_it).unwrap()["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["severity"]),
        (&json!("target.unknown"), &json!("error"))
    );
    assert!(finding["line"].is_u64() && finding["column"].is_u64() && finding["path"].is_string());
    let good = Place::shipped().run(&["check", "--json", "flows"]);
    assert_eq!((good.code, &json(&good)["ok"]), (Some(0), &json!(true)));
}

#[test]
fn a_check_for_code_scanning_and_for_github_has_the_place_too() {
    let place = mistaken();
    let sarif = place.run(&["check", "--format", "sarif", "flows/reservation.json"]);
    assert_eq!(sarif.code, Some(1), "{sarif:?}");
    let run = &json(&sarif)["runs"][0];
    let result = &run["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("target.unknown"), &json!("error")));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!((rules.len(), &rules[0]["id"]), (1, &json!("target.unknown")));
    let help = rules[0]["help"]["markdown"].as_str().unwrap();
    assert!(help.starts_with("*Error.*") && !help.contains('#'), "{help}");
    let odd = "flows/gh a,b:c% d.json";
    fs::write(place.path(odd), "{").unwrap();
    let sarif = json(&place.run(&["check", "--format", "sarif", odd]));
    let place_of = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place_of["artifactLocation"]["uri"], "flows/gh%20a%2Cb%3Ac%25%20d.json");
    assert_eq!(region["endColumn"].as_u64().unwrap() - region["startColumn"].as_u64().unwrap(), 17);

    let github = place.run(&["check", "--format", "github", "flows/reservation.json"]);
    let line = format!("line={},col={}", region["startLine"], region["startColumn"]);
    assert!(github.out.starts_with("::error file=flows/reservation.json,"), "{github:?}");
    assert!(
        github.out.contains(&line) && github.out.contains("title=target.unknown::"),
        "{github:?}"
    );
}

#[test]
fn a_misspelt_name_is_mended_and_nothing_else() {
    let place = mistaken();
    let good = fs::read_to_string(Place::shipped().path("flows/reservation.json")).unwrap();
    let ran = place.run(&["check", "--fix", "flows/reservation.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("mended 1 name(s) in flows/reservation.json"), "{ran:?}");
    assert_eq!(fs::read_to_string(place.path("flows/reservation.json")).unwrap(), good);
    let again = place.run(&["check", "--fix", "flows/reservation.json"]);
    assert_eq!((again.code, again.err.as_str()), (Some(0), ""), "{again:?}");
}

#[test]
fn what_cannot_be_mended_stays_as_it_is() {
    let place = Place::shipped();
    let text = "\u{feff}{\n  \"meta\": { \"nmae\": \"é\", \"name\": \"é\" },\n  \"start\": \"A\",\n  \"states\": { \"A\": { \"final\": true } }\n}\n";
    fs::write(place.path("flows/twice.json"), text).unwrap();
    // The nearest key is there already; having it twice would be no better.
    let ran = place.run(&["check", "--fix", "flows/twice.json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(fs::read_to_string(place.path("flows/twice.json")).unwrap(), text);
    let other = text.replace("\"name\": \"é\"", "\"busy\": \"quee\"");
    fs::write(place.path("flows/twice.json"), &other).unwrap();
    let ran = place.run(&["check", "--fix", "flows/twice.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mended = other.replace("nmae", "name").replace("quee", "queue");
    assert_eq!(fs::read_to_string(place.path("flows/twice.json")).unwrap(), mended);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let ran = Place::empty().run(&["check", "flows/nothing.json"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.starts_with("error: could not read the flow `flows/nothing.json`"), "{ran:?}");
}

#[test]
fn a_folder_without_flows_is_no_success() {
    let ran = Place::empty().run(&["check", "flows"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.starts_with("error: could not find a flow there"), "{ran:?}");
}

#[test]
fn a_check_tells_why_a_plugin_offers_nothing() {
    let place = Place::shipped();
    fs::write(place.path("cicerone.toml"), "").unwrap();
    let ran = place.run(&["check", "flows"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("warning[tool.not_offered]"), "{ran:?}");
    assert!(ran.err.contains("could not give plugin `reservations` what it asks for"), "{ran:?}");
}

#[test]
fn a_plugin_is_shown_with_its_tools_rights_and_digest() {
    let place = Place::shipped();
    let ran = place.run(&["plugin", "inspect", "plugins/reservations"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for word in [
        "reservations 0.1.0",
        "sha256",
        "cicerone:plugin/kv",
        "check-availability",
        "create-reservation",
    ] {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
    let shown = json(&place.run(&["plugin", "inspect", "plugins/reservations", "--json"]));
    assert_eq!(shown["name"], "reservations");
    assert_eq!(shown["tools"].as_array().unwrap().len(), 2);
}

#[test]
fn a_tool_is_called_without_a_host() {
    let place = Place::shipped();
    let call = |args: &str, more: &[&str]| {
        let call = ["plugin", "call", "plugins/reservations", "check-availability", "--args", args];
        place.run(&[&call, more].concat())
    };
    let args = r#"{"date":"2026-03-05","time":"19:00","partySize":4}"#;
    let ran = call(args, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("ok ") && ran.out.contains("fuel"), "{ran:?}");
    let answer = json(&call(args, &["--json"]));
    assert_eq!((&answer["ok"], &answer["result"]["ok"]), (&json!(true), &json!(true)));
    let wrong = call(r#"{"date":"2026-03-05"}"#, &["--json"]);
    assert_eq!((wrong.code, &json(&wrong)["ok"]), (Some(1), &json!(false)), "{wrong:?}");
    let none = call("[]", &[]);
    assert!(none.err.starts_with("error: could not read `--args`"), "{none:?}");
}

#[test]
fn a_tool_or_plugin_that_is_not_there_is_told_with_what_there_is() {
    let place = Place::shipped();
    let ran = place.run(&["plugin", "call", "plugins/reservations", "check"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("could not find tool `check`") && ran.err.contains("check-availability"),
        "{ran:?}"
    );
    let ran = place.run(&["plugin", "inspect", "plugins/nothing"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.starts_with("error: could not read") && ran.err.contains("plugins/nothing"),
        "{ran:?}"
    );
}

#[test]
fn a_plugin_without_its_grant_is_told_which_lines_to_add() {
    let place = Place::shipped();
    fs::write(place.path("cicerone.toml"), "").unwrap();
    let ran = place.run(&["plugin", "inspect", "plugins/reservations"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("[grants.reservations]") && ran.err.contains("kv"), "{ran:?}");
}

#[tokio::test]
async fn talking_to_a_flow_that_is_not_there_says_so_once() {
    let place = Place::shipped();
    let host = Host::start(&place);
    for more in [&["--url", &host.url("")][..], &["--data", "other"]] {
        let ran = place.run(&[&["chat", "reservations"], more].concat());
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let said = "error: could not find flow `reservations`; did you mean `reservation`?";
        assert_eq!(ran.err.trim(), said);
    }
    let ran = place.run(&["chat", "reservation", "--url", "http://127.0.0.1:1"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.starts_with("error: could not reach the host at http://127.0.0.1:1"),
        "{ran:?}"
    );
}

#[test]
fn two_versions_of_a_flow_are_told_apart() {
    let place = Place::empty();
    let text = r#"{"meta":{"name":"A"},"start":"S","states":{"S":{"onEnter":[{"ask":"One?"}]}}}"#;
    place.write_flow("one", text);
    place.write_flow("two", &text.replace("One?", "Two?"));
    place.write_flow("same", &format!("  {text}\n"));
    place.write_flow("broken", "{");
    let ran = place.run(&["flow", "diff", "flows/one.json", "flows/two.json"]);
    assert_eq!((ran.code, ran.out.trim()), (Some(0), "~ text ask in S: \"One?\" → \"Two?\""));
    let ran = place.run(&["flow", "diff", "--json", "flows/one.json", "flows/two.json"]);
    assert!(ran.out.contains(r#""path":"/states/S/onEnter/0""#), "{ran:?}");
    let ran = place.run(&["flow", "diff", "flows/one.json", "flows/same.json"]);
    assert!(
        ran.code == Some(0) && ran.out.is_empty() && ran.err.contains("mean the same"),
        "{ran:?}"
    );
    for other in ["flows/broken.json", "flows/nothing.json"] {
        let ran = place.run(&["flow", "diff", "flows/one.json", other]);
        assert!(ran.code == Some(1) && ran.err.contains(other), "{ran:?}");
    }
}
