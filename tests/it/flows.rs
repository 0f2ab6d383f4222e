//! What the flow language shows to the outside: its schema file, its page, the names it keeps for the host.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cicerone::event::BUILT_IN_TYPES;
use cicerone::{flow, rehearsal};
use serde_json::Value;

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_schema_files_are_what_the_types_say() {
    is_current("schemas/flow.schema.json", flow::schema());
    is_current("schemas/flow-test.schema.json", rehearsal::schema());
}

#[track_caller]
fn is_current(path: &str, schema: &Value) {
    let path = file(path);
    let current = format!("{schema:#}\n");
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == current,
        "run the tests once with UPDATE_SCHEMAS=1 and look at the difference"
    );
}

#[test]
fn every_key_of_the_language_is_in_its_table() {
    let page = std::fs::read_to_string(file("docs/flow-language.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let definitions = flow::schema()["$defs"].as_object().unwrap().values();
    for schema in definitions.chain([flow::schema()]) {
        let keys = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (key, _) in keys {
            let row = format!("| `{key}` |");
            assert!(
                rows.iter().any(|line| line.starts_with(&row)),
                "no row of the page has `{key}`"
            );
        }
    }
}

/// Everything that the rooms of the language report, by its code.
fn findings() -> BTreeSet<String> {
    let code = regex::Regex::new(
        r#"(?:error|warning|bad|limit|within)\(\s*"([a-z_]+\.[a-z_]+)"|\("([a-z]+\.unknown)"|= "([a-z]+\.[a-z_]+)"|\{ "([a-z]+\.[a-z_]+)" \}"#,
    )
    .unwrap();
    let sources = text_of(&["src/flow", "src/flow/compile", "src/flow/check", "src/flow/csm"]);
    let name = |found: regex::Captures<'_>| {
        found.iter().skip(1).flatten().map(|group| group.as_str().to_owned()).collect::<Vec<_>>()
    };
    code.captures_iter(&sources).flat_map(name).collect()
}

fn text_of(folders: &[&str]) -> String {
    let mut all = String::new();
    for folder in folders {
        for entry in std::fs::read_dir(file(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                all.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    all
}

#[test]
fn every_finding_has_its_section_and_a_test_that_makes_it() {
    let page = std::fs::read_to_string(file("docs/findings.md")).unwrap();
    let tests = text_of(&["src/flow/tests"]);
    let findings = findings();
    for code in &findings {
        assert!(
            page.contains(&format!("### `{code}`\n")),
            "docs/findings.md tells not of `{code}`"
        );
        assert!(tests.contains(code.as_str()), "no test of the room makes `{code}`");
    }
    for section in page.lines().filter_map(|line| line.strip_prefix("### `")) {
        let code = section.trim_end_matches('`');
        assert!(
            findings.contains(code),
            "docs/findings.md tells of `{code}`, which nothing reports"
        );
    }
    assert!(findings.len() > 75, "only {} findings were found in the source", findings.len());
}

#[test]
fn the_names_kept_for_the_host_are_those_of_its_events() {
    assert_eq!(flow::RESERVED_EVENTS, BUILT_IN_TYPES);
}

/// Together a few seconds of a debug build; what grows with the square of the text would take hours.
#[test]
fn a_text_of_the_largest_size_is_refused_in_bounded_time() {
    let begin = std::time::Instant::now();
    let flow =
        |state: &str| format!(r#"{{"meta":{{"name":"T"}},"start":"A","states":{{"A":{state}}}}}"#);
    let keys: String = (0..50_000).map(|key| format!(r#""k{key}":1,"#)).collect();
    let ways = r#"{"to":"Nowhere"},"#.repeat(100_000);
    let set: String =
        (0..100_000).map(|key| format!(r#""a{key}":"{{{{ctx.b{key}}}}}","#)).collect();
    for text in [
        flow(&format!("{{{}}}", keys.trim_end_matches(','))),
        flow(&format!(r#"{{"transitions":[{}1]}}"#, "1,".repeat(200_000))),
        flow(&format!(r#"{{"transitions":[{}]}}"#, ways.trim_end_matches(','))),
        flow(&format!(r#"{{"onEnter":[{{"set":{{{}}}}}]}}"#, set.trim_end_matches(','))),
        format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000)),
    ] {
        let known = flow::Known { flows: &BTreeSet::new(), offers: &flow::Offers::default() };
        let findings = flow::load(&flow::Id::from("large"), &text, known).unwrap_err();
        assert!(!findings.is_empty());
    }
    assert!(begin.elapsed().as_secs() < 120, "took {:?}", begin.elapsed());
}

#[test]
fn every_key_of_a_file_of_cases_and_every_mistake_in_one_is_on_its_page() {
    let page = std::fs::read_to_string(file("docs/conversation-tests.md")).unwrap();
    let definitions = rehearsal::schema()["$defs"].as_object().unwrap().values();
    for schema in definitions.chain([rehearsal::schema()]) {
        for (key, _) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            assert!(page.contains(key.as_str()), "docs/conversation-tests.md tells not of `{key}`");
        }
    }
    let code = regex::Regex::new(r#"(?:wrong|unknown)\(\s*"([a-z]+\.[a-z]+)""#).unwrap();
    let sources = text_of(&["src/rehearsal"]);
    let codes: BTreeSet<&str> =
        code.captures_iter(&sources).map(|found| found.extract::<1>().1[0]).collect();
    for code in &codes {
        assert!(
            page.contains(&format!("`{code}`")),
            "docs/conversation-tests.md tells not of `{code}`"
        );
    }
    assert!(codes.len() > 12, "only {codes:?} were found in the source");
}
