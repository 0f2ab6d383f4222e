//! `cicerone test`: what is shown of conversations beside flows, for whom, and with which exit code.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{DEADLINE, Place, Ran, follow};

fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// A place with one flow and its cases.
fn place(cases: &Value) -> Place {
    let flow = json!({
        "meta": { "name": "Hello" }, "start": "Start",
        "states": {
            "Start": { "onEnter": [{ "ask": "Tea?" }], "transitions": [{ "pattern": "yes", "to": "Tea" }, { "pattern": "no", "to": "None" }] },
            "Tea": { "onEnter": [{ "say": "Here you are." }], "final": true },
            "None": { "onEnter": [{ "say": "As you like." }], "final": true },
        },
    });
    let place = Place::with_flow("hello", &flow.to_string());
    fs::write(place.path("flows/hello.test.json"), format!("{:#}", json!({ "cases": cases })))
        .unwrap();
    place
}

fn wrong() -> Value {
    json!([
        { "name": "tea is brought", "steps": [{ "user": "yes", "expect": { "ended": "final" } }] },
        { "name": "coffee is brought", "steps": [
            { "expect": { "says": ["Tea?"] } },
            { "user": "yes", "expect": { "says": ["Here is your coffee."] } },
        ] },
    ])
}

#[test]
fn the_shipped_flows_go_as_their_conversations_say() {
    let ran = Place::shipped().run(&["test", "--json"]);
    let verdict = parsed(&ran);
    let wrong = verdict["cases"].as_array().unwrap().iter().filter(|case| case["ok"] != true);
    assert_eq!(ran.code, Some(0), "{:#}", Value::from_iter(wrong.cloned()));
    assert!(verdict["cases"].as_array().unwrap().len() > 40, "{}", ran.out);
    // Whoever adds a state to an example says how one gets there.
    let has_cases =
        |flow: &str| verdict["cases"].as_array().unwrap().iter().any(|case| case["flow"] == *flow);
    let coverage = verdict["coverage"].as_object().unwrap();
    for (flow, shares) in coverage.iter().filter(|(flow, _)| has_cases(flow)) {
        assert_eq!(shares["states"]["hit"], shares["states"]["of"], "{flow}: {shares:#}");
    }
}

#[test]
fn a_conversation_that_went_otherwise_is_shown_up_to_there_with_the_difference() {
    let ran = place(&wrong()).run(&["test"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for line in [
        "no hello: 2 case(s), 1 not as expected",
        "✗ coffee is brought",
        "--> flows/hello.test.json:",
        "› yes",
        "[Start → Tea] by pattern",
        "-   \"Here is your coffee.\"",
        "+   \"Here you are.\"",
        "2 case(s), 1 not as expected, took",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(!ran.out.contains("tea is brought"), "what went well is not told: {}", ran.out);
}

#[test]
fn what_is_watched_is_played_again_whenever_it_is_saved() {
    let place = place(
        &json!([{ "name": "tea", "steps": [{ "user": "yes", "expect": { "state": "Tea" } }] }]),
    );
    let mut command = place.cicerone(&["test", "--watch"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let said = Arc::default();
    let lines = follow(child.stdout.take().unwrap(), Arc::clone(&said));
    let until = |part: &str| loop {
        let line = lines.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("{part}: {said:?}"));
        if line.contains(part) {
            return;
        }
    };
    until("1 case(s), 0 not as expected");
    let flow = place.path("flows/hello.json");
    let broken = fs::read_to_string(&flow).unwrap().replace("\"to\":\"Tea\"", "\"to\":\"None\"");
    fs::write(&flow, &broken).unwrap();
    until("1 case(s), 1 not as expected");
    // A file of another kind that is one of cases, too.
    let cases = "cases: [{ name: tea, steps: [{ user: yes, expect: { state: None } }] }]";
    fs::remove_file(place.path("flows/hello.test.json")).unwrap();
    fs::write(place.path("flows/hello.test.yaml"), cases).unwrap();
    until("1 case(s), 0 not as expected");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_filter_leaves_out_what_it_does_not_name() {
    let ran = place(&wrong()).run(&["test", "flows/hello.json", "--filter", "tea"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("1 case(s), 0 not as expected, 1 left out"), "{}", ran.out);
    let ran = place(&wrong()).run(&["test", "--filter", "soup"]);
    assert!(ran.code == Some(1) && ran.err.contains("find a case with `soup`"), "{ran:?}");
}

#[test]
fn a_verdict_for_build_servers_names_flow_and_case() {
    let place = place(&wrong());
    let ran = place.run(&["test", "--junit", "verdict.xml"]);
    let xml = fs::read_to_string(place.path("verdict.xml")).unwrap();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(xml.contains("<testsuite name=\"hello\" tests=\"2\" failures=\"1\""), "{xml}");
    assert!(xml.contains("<testcase classname=\"hello\" name=\"coffee is brought\""), "{xml}");
    assert!(xml.contains("+   &quot;Here you are.&quot;"), "{xml}");
}

#[test]
fn what_was_gone_through_is_told_as_a_table_a_page_and_a_file_with_lines() {
    let place = place(&json!([{ "name": "tea", "steps": [{ "user": "yes" }] }]));
    let ran = place.run(&["test", "--coverage"]);
    assert!(ran.out.contains("2/3  66%") && ran.out.contains("not: "), "{}", ran.out);
    place.run(&["test", "--coverage=of.html"]);
    let page = fs::read_to_string(place.path("of.html")).unwrap();
    assert!(page.contains("<tr class=\"state no\"><td>None</td>"), "{page}");
    place.run(&["test", "--coverage=of.json"]);
    let file: Value = serde_json::from_slice(&fs::read(place.path("of.json")).unwrap()).unwrap();
    let parts = file["flows"]["hello"]["parts"].as_array().unwrap();
    let tea = parts.iter().find(|part| part["path"] == "/states/Tea").unwrap();
    assert_eq!(
        (&tea["hits"], &tea["line"], &tea["kind"]),
        (&json!(1), &json!(1), &json!("states"))
    );
    assert_eq!(place.run(&["test", "--coverage=of.txt"]).code, Some(1));
}

#[test]
fn nothing_is_written_over_a_flow_or_its_cases() {
    let place = place(&json!([{ "name": "tea", "steps": [{ "user": "yes" }] }]));
    let files = ["flows/hello.json", "flows/hello.test.json"];
    let before = files.map(|file| fs::read_to_string(place.path(file)).unwrap());
    // What stands after the flag alone is a flow to play.
    let ran = place.run(&["test", "--coverage", files[0]]);
    assert!(ran.code == Some(0) && ran.out.contains("2/3  66%"), "{ran:?}");
    for option in ["--coverage=", "--junit="] {
        for file in files {
            let ran = place.run(&["test", &format!("{option}./{file}")]);
            assert!(ran.err.contains("it is a flow or a file of its cases"), "{ran:?}");
        }
    }
    assert_eq!(files.map(|file| fs::read_to_string(place.path(file)).unwrap()), before);
}

#[test]
fn cases_may_be_written_as_yaml_and_a_mistake_is_found_where_it_stands() {
    let place = place(&json!([]));
    fs::remove_file(place.path("flows/hello.test.json")).unwrap();
    let yaml = "# Hot drinks.\ncases:\n  - name: tea is brought\n    steps:\n      - expect: { says: [Tea?] }\n      - user: yes\n        \
                expect:\n          says: [Here you are.]\n          state: Tea\n";
    let write = |text: &str| fs::write(place.path("flows/hello.test.yaml"), text).unwrap();
    write(yaml);
    let ran = place.run(&["test", "flows/hello.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("1 case(s), 0 not as expected"), "{}", ran.out);
    write(&yaml.replace("Here you are.", "Here is coffee."));
    let ran = place.run(&["test"]);
    assert!(ran.out.contains("--> flows/hello.test.yaml:3"), "{}", ran.out);
    assert!(ran.out.contains("not as expected at flows/hello.test.yaml:6"), "{}", ran.out);
    let ran = place.run(&["test", "--update"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("only JSON is written"), "{}", ran.err);
    for (right, wrong, line) in [
        (
            "state: Tea",
            "state: Te",
            ["error[state.unknown]", "hello.test.yaml:9:18", "did you mean `Tea`?"],
        ),
        (
            "user: yes",
            "usr: yes",
            ["error[key.unknown]", "hello.test.yaml:6:9", "did you mean `user`?"],
        ),
        ("user: yes", "user: 4", ["error[value.type]", "hello.test.yaml:6:15", "4"]),
        ("[Tea?] }", "[Tea? }", ["error[yaml.syntax]", "hello.test.yaml:5:", "no valid YAML"]),
    ] {
        write(&yaml.replace(right, wrong));
        let ran = place.run(&["test"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        line.iter().for_each(|part| assert!(ran.out.contains(part), "{part}: {}", ran.out));
    }
}

#[test]
fn what_is_expected_can_be_renewed() {
    let place = place(&wrong());
    let ran = place.run(&["test", "--update"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let file = fs::read_to_string(place.path("flows/hello.test.json")).unwrap();
    assert!(file.contains("Here you are.") && !file.contains("coffee."), "{file}");
    assert_eq!(place.run(&["test"]).code, Some(0));
}

#[test]
fn a_mistake_in_a_file_of_cases_is_shown_with_a_caret_and_nothing_is_played() {
    let ran =
        place(&json!([{ "name": "a", "steps": [{ "user": "yes", "expect": { "state": "Te" } }] }]))
            .run(&["test"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for line in [
        "error[state.unknown]",
        "flows/hello.test.json:",
        "^^^^",
        "did you mean `Tea`?",
        "0 case(s)",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
}

#[test]
fn a_flow_that_does_not_load_is_told_and_so_is_a_folder_without_cases() {
    let place = place(&wrong());
    place.write_flow("other", r#"{"meta":{"name":"O"},"start":"A","states":{}}"#);
    let ran = place.run(&["test", "--filter", "tea"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("flows/other.json"), "{}", ran.out);
    let ran = Place::empty().run(&["test"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("name.test.json"), "{}", ran.err);
}
