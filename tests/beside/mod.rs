//! Tools that do their worst beside a conversation of somebody else, at the real host: how much later that conversation
//! is answered, and how long after its deadline such a tool is stopped. It measures; what is too much others say. A test
//! and a benchmark share it.

mod host;
mod offences;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use host::{Ended, Host};
use offences::{Offence, Way};

/// How long a tool that never ends has.
pub(crate) const TIME: Duration = Duration::from_millis(200);

/// The same for a component that is asked what it is: the host's own limit.
const DESCRIBE_TIME: Duration = Duration::from_secs(1);

/// What one hostile tool came to.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// Of its calls that ended meanwhile, by how they did.
    pub(crate) ended: BTreeMap<String, usize>,
    /// How each should.
    pub(crate) ends: &'static str,
    /// The 99th percentile of turns when it is quiet, and of those beside it.
    pub(crate) normal: Duration,
    pub(crate) beside: Duration,
    /// The longest that one of its calls went on after its deadline.
    pub(crate) late: Duration,
}

impl Measured {
    /// Whether it was contained with the right word, each time.
    pub(crate) fn is_contained(&self) -> bool {
        self.ended.keys().all(|how| how == self.ends)
    }

    /// How much longer the neighbour waits.
    pub(crate) fn more(&self) -> Duration {
        self.beside.saturating_sub(self.normal)
    }
}

/// Each hostile tool beside so many turns, after as many without any.
pub(crate) async fn measure(turns: usize) -> Vec<Measured> {
    let offences = offences::all();
    let host = Host::start(&offences);
    // What is only made once is no turn's.
    percentile(host.talk(20).await);
    let normal = percentile(host.talk(turns * 3).await);
    let mut all = Vec::new();
    for offence in &offences {
        all.push(beside(&host, offence, (turns, normal)).await);
    }
    all
}

async fn beside(host: &Host, offence: &Offence, (turns, normal): (usize, Duration)) -> Measured {
    let done = AtomicBool::new(false);
    let offend = async || {
        let mut calls = Vec::new();
        while !done.load(Ordering::Relaxed) || calls.is_empty() {
            calls.push(match offence.way {
                Way::Call => host.call(offence.name).await,
                Way::Open => host.open(offence.name).await,
            });
        }
        calls
    };
    let talk = async {
        let times = host.talk(turns).await;
        done.store(true, Ordering::Relaxed);
        times
    };
    let (calls, times) = tokio::join!(join_all((0..offence.at_once).map(|_| offend())), talk);
    let mut measured = Measured {
        name: offence.name,
        ended: BTreeMap::new(),
        ends: offence.ends,
        normal,
        beside: percentile(times),
        late: Duration::ZERO,
    };
    let time = if matches!(offence.way, Way::Call) { TIME } else { DESCRIBE_TIME };
    for Ended { how, took } in calls.into_iter().flatten() {
        *measured.ended.entry(how).or_default() += 1;
        measured.late = measured.late.max(took.saturating_sub(time));
    }
    measured
}

/// The time within which 99 of 100 are done.
fn percentile(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}

/// How long something takes.
async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    (work.await, began.elapsed())
}
