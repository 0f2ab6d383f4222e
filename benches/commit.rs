//! What a durable turn costs: one alone, and 64 sessions at once, next to a bare SQLite transaction that writes the same
//! bytes on the same disk. The ratios at the end are medians over rounds in which the cases take turns.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cicerone::event::{Encoded, SessionId, Timestamp};
use cicerone::store::{Commit, News, Store, Summary};
use criterion::{Criterion, Throughput};
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

/// Sessions that commit at the same time.
const MANY: usize = 64;

/// Events of a turn, and bytes of each and of the session: about what a reservation writes.
const EVENTS: u64 = 4;
const EVENT_BYTES: usize = 200;
const SESSION_BYTES: usize = 2000;

const ROUNDS: usize = 50;

/// The store and the bare database, each with its sessions.
struct Bench {
    runtime: Runtime,
    store: Store,
    bare: Connection,
    turns: u64,
}

impl Bench {
    fn new(directory: &Path) -> Self {
        let runtime = Runtime::new().expect("a runtime starts");
        let store = runtime.block_on(Store::open(&directory.join("store"))).expect("a store opens");
        let bare = Connection::open(directory.join("bare.db")).expect("a database opens");
        bare.execute_batch(
            "PRAGMA journal_mode = wal;
             PRAGMA synchronous = full;
             CREATE TABLE sessions (id TEXT PRIMARY KEY, seq INTEGER, data TEXT);
             CREATE TABLE events (session TEXT, seq INTEGER, json TEXT, PRIMARY KEY (session, seq))
             WITHOUT ROWID;",
        )
        .expect("tables can be made");
        Self { runtime, store, bare, turns: 0 }
    }

    /// The next turn of the first `count` sessions. Sessions alone never meet those that come in numbers.
    fn turns(&mut self, count: usize) -> Vec<Commit> {
        self.turns += 1;
        (0..count).map(|n| turn(&format!("session-{}-{n:04}", self.turns), 0)).collect()
    }

    fn through_the_store(&self, turns: Vec<Commit>) {
        self.runtime.block_on(async {
            let tasks: Vec<_> = turns
                .into_iter()
                .map(|turn| {
                    let store = self.store.clone();
                    tokio::spawn(async move { store.commit(turn).await })
                })
                .collect();
            for task in tasks {
                task.await.expect("no panic").expect("the turn is stored");
            }
        });
    }

    /// One transaction for all of them: what no store can undercut.
    fn bare(&mut self, turns: &[Commit]) {
        let transaction = self.bare.transaction().expect("a transaction begins");
        for turn in turns {
            let id = turn.session.as_str();
            let head = turn.expected + EVENTS;
            transaction
                .prepare_cached("INSERT INTO sessions VALUES (?1, ?2, ?3)")
                .and_then(|mut sql| sql.execute(params![id, head, &*turn.data]))
                .expect("the session is stored");
            for event in &turn.events {
                transaction
                    .prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3)")
                    .and_then(|mut sql| sql.execute(params![id, event.seq, &*event.json]))
                    .expect("the event is stored");
            }
        }
        transaction.commit().expect("the transaction commits");
    }

    fn time(&mut self, case: Case) -> Duration {
        let turns = self.turns(case.count);
        let start = Instant::now();
        if case.bare {
            self.bare(&turns);
        } else {
            self.through_the_store(turns);
        }
        start.elapsed()
    }
}

fn turn(session: &str, expected: u64) -> Commit {
    let event = |seq| Encoded { seq, turn: expected + 1, json: "e".repeat(EVENT_BYTES).into() };
    Commit {
        session: SessionId::new(session).expect("the name is an id"),
        expected,
        follows: None,
        events: (expected + 1..=expected + EVENTS).map(event).collect(),
        data: Arc::from("s".repeat(SESSION_BYTES)),
        due: None,
        summary: Summary {
            flow: "reservation".into(),
            version: "0a1b2c3d4e5f".into(),
            state: "CollectDetails".to_owned(),
            active: true,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        },
        news: News { root: expected + 1, settled: true, last: false },
    }
}

#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    count: usize,
    bare: bool,
}

const CASES: [Case; 4] = [
    Case { name: "one/bare", count: 1, bare: true },
    Case { name: "one/store", count: 1, bare: false },
    Case { name: "many/bare", count: MANY, bare: true },
    Case { name: "many/store", count: MANY, bare: false },
];

fn measure(criterion: &mut Criterion, bench: &mut Bench) {
    let mut group = criterion.benchmark_group("commit");
    for case in CASES {
        group.throughput(Throughput::Elements(case.count as u64));
        group.bench_function(case.name, |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| bench.time(case)).sum());
        });
    }
    group.finish();
}

/// Prints how much longer the store takes than the bare transaction.
#[expect(clippy::print_stdout, reason = "a benchmark's result is its output")]
fn compare(bench: &mut Bench) {
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let [one_bare, one, many_bare, many] = CASES.map(|case| bench.time(case).as_secs_f64());
        alone.push(one / one_bare);
        together.push(many / many_bare);
    }
    for (name, mut ratios) in [("one", alone), ("many", together)] {
        ratios.sort_by(f64::total_cmp);
        let median = ratios.into_iter().nth(ROUNDS / 2).unwrap_or(f64::NAN);
        println!("commit/{name}: {median:.2} times the bare transaction (median)");
    }
}

fn main() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut bench = Bench::new(directory.path());
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion, &mut bench);
    compare(&mut bench);
    criterion.final_summary();
}
