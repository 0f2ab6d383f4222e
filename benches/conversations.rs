//! How many cases of conversation tests are played in a second, on one processor: those of the shipped flows that call no
//! plugin, texts understood offline. Never measures reading files or starting a process.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cicerone::engine::Classify;
use cicerone::flow::{self, Flow, Id, Known, Linked, Offers, Text};
use cicerone::nlu::Offline;
use cicerone::rehearsal::{Stage, Suite, guard, read};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn flows() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let entries = std::fs::read_dir(folder).expect("the flows are there");
    entries.map(|entry| entry.expect("the folder can be read").path()).collect()
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).expect("the file can be read")
}

fn linked(files: &[PathBuf]) -> Linked {
    let id = |file: &PathBuf| name(file).strip_suffix(".json").map(Id::from);
    let is_flow = |file: &&PathBuf| !name(file).contains(".test.") && name(file).ends_with(".json");
    let files = || files.iter().filter(is_flow);
    let ids: BTreeSet<Id> = files().filter_map(id).collect();
    let known = Known { flows: &ids, offers: &Offers::default() };
    let mut linked = Linked::default();
    for file in files() {
        let id = id(file).expect("a flow is a JSON file");
        let (flow, _) = flow::load(&id, &text(file), known).expect("the flow is right");
        linked.activate(Arc::new(flow));
    }
    linked
}

fn suites(files: &[PathBuf], flows: &Linked) -> Vec<Suite> {
    let suite = |file: &PathBuf| {
        let (name, source) = (name(file), text(file));
        let (id, _kind) = name.split_once(".test.")?;
        let text = Text::named(&name, &source);
        Some(read(&Id::from(id), &text, flows, &|_, _| Ok(())).expect("the cases are right"))
    };
    files.iter().filter_map(suite).collect()
}

fn conversations(bench: &mut Criterion) {
    let files = flows();
    let flows = linked(&files);
    let suites = suites(&files, &flows);
    let offline = Offline::default();
    let understand = |flow: &Flow, query: &Classify| offline.classify(flow, query);
    let stage = Stage { flows: &flows, understand: &understand };
    let play = || {
        let each = suites.iter().map(|suite| guard(stage, black_box(suite), &|| true));
        each.fold((0_u64, 0), |(played, failed), one| {
            (played + one.played.len() as u64, failed + one.failed().count())
        })
    };
    let (cases, failed) = play();
    assert!(cases > 40 && failed == 0, "the bench measures what it says");
    let mut group = bench.benchmark_group("conversations");
    group.throughput(Throughput::Elements(cases));
    group.bench_function("cases", |timer| timer.iter(play));
    group.finish();
}

criterion_group!(benches, conversations);
criterion_main!(benches);
