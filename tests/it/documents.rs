//! Keeps the documents true: every event has its row, the README's example is a flow without a finding, and every file
//! that a document points to is there.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cicerone::event::BUILT_IN_TYPES;
use cicerone::flow::{self, Id, Known, Offers};
use regex::Regex;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "STYLE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/authors.md",
    "docs/events.md",
    "docs/conversation-tests.md",
    "docs/findings.md",
    "docs/flow-language.md",
    "docs/versions.md",
    "docs/hot-edits.md",
    "docs/csm.md",
    "docs/metrics.md",
    "docs/models.md",
    "docs/operating-tools.md",
    "docs/http-tools.md",
    "docs/queue-tools.md",
    "docs/mcp.md",
    "plugins/notes/README.md",
    "plugins/orders/README.md",
    "plugins/tickets/README.md",
    "sdk/queue/python/README.md",
    "sdk/queue/node/README.md",
    "sdk/rust/README.md",
    "sdk/typescript/README.md",
    "sdk/python/README.md",
    "plugins/pricing/README.md",
    "plugins/contacts/README.md",
    "docs/capabilities.md",
    "docs/redis.md",
    "sdk/go/README.md",
    "sdk/c/README.md",
    "plugins/lookup/README.md",
    "plugins/fuzzy/README.md",
];

fn read(document: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(document);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {document}: {error}"))
}

#[test]
fn every_event_is_in_its_document() {
    let text = read("docs/events.md");
    for kind in BUILT_IN_TYPES {
        assert!(text.contains(&format!("`{kind}`")), "docs/events.md does not tell of `{kind}`");
    }
}

#[test]
fn the_flow_in_the_readme_loads_without_a_finding() {
    let readme = read("README.md");
    let (_, after) = readme.split_once("```json\n").unwrap();
    let (example, _) = after.split_once("```").unwrap();
    let known = Known { flows: &BTreeSet::from([Id::from("hello")]), offers: &Offers::default() };
    let (flow, warnings) = flow::load(&Id::from("hello"), example, known).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(&*flow.start, "Start");
}

#[test]
fn what_a_document_points_to_is_there() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for document in DOCUMENTS {
        let folder = root.join(document).parent().unwrap().to_owned();
        for found in link.captures_iter(&read(document)) {
            assert!(folder.join(&found[1]).exists(), "{document} points to {}", &found[1]);
        }
    }
}
