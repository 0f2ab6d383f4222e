//! All cases, on all processors; those that call plugins one after the other, so that none sees what another has left.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::find::Found;
use crate::app::Cast;
use crate::config::Settings;
use crate::engine::Classify;
use crate::flow::{Flow, Linked};
use crate::nlu::Offline;
use crate::rehearsal::{Play, Played, Script, Stage, Suite, Understand};

/// A case that was played.
pub(super) struct Ended {
    /// The place of its file.
    pub(super) suite: usize,
    pub(super) played: Played,
    pub(super) took: Duration,
}

impl Ended {
    pub(super) fn is_fine(&self) -> bool {
        self.played.is_fine()
    }
}

/// A case to play.
struct Job<'a> {
    suite: usize,
    flows: &'a Linked,
    cases: &'a Suite,
    script: &'a Script,
}

/// Plays the cases that the filter leaves, in the order of their files.
pub(super) fn all(
    found: &Found,
    filter: Option<&str>,
    settings: &Settings,
) -> anyhow::Result<Vec<Ended>> {
    let offline = Offline::default();
    let understand = |flow: &Flow, query: &Classify| offline.classify(flow, query);
    let jobs = jobs(found, filter);
    let (real, free): (Vec<&Job<'_>>, Vec<&Job<'_>>) =
        jobs.iter().partition(|job| job.script.is_real);
    let ended = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(job) = free.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some((mut play, begun)) = begin(job, &understand) else { continue };
            while play.go_on().is_some() {}
            let one = Ended { suite: job.suite, played: play.end(), took: begun.elapsed() };
            ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(one);
        }
    };
    let threads =
        std::thread::available_parallelism().map_or(1, usize::from).min(free.len().max(1));
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut ended = ended.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !real.is_empty() {
        ended.extend(crate::cli::wait_for(with_plugins(&real, &understand, settings))?);
    }
    let place = |one: &Ended| {
        jobs.iter().position(|job| job.suite == one.suite && job.script.at == one.played.at)
    };
    ended.sort_by_key(place);
    Ok(ended)
}

fn jobs<'f>(found: &'f Found, filter: Option<&str>) -> Vec<Job<'f>> {
    let mut jobs = Vec::new();
    for (suite, cases) in found.suites.iter().enumerate() {
        let Some(flows) = found.stages.get(cases.stage) else { continue };
        let cases = &cases.cases;
        for script in &cases.scripts {
            let fits =
                |part: &str| script.name.contains(part) || cases.flow.as_str().contains(part);
            if filter.is_none_or(fits) {
                jobs.push(Job { suite, flows, cases, script });
            }
        }
    }
    jobs
}

fn begin<'a>(job: &Job<'a>, understand: &'a Understand<'a>) -> Option<(Play<'a>, Instant)> {
    let stage = Stage { flows: job.flows, understand };
    Play::new(stage, job.cases, job.script).map(|play| (play, Instant::now()))
}

async fn with_plugins(
    jobs: &[&Job<'_>],
    understand: &Understand<'_>,
    settings: &Settings,
) -> anyhow::Result<Vec<Ended>> {
    let flows = jobs.iter().flat_map(|job| job.flows.iter());
    let used = flows.flat_map(|flow| flow.tools.values()).map(|tool| tool.uses.clone());
    // A tool that is named alone may be any plugin's.
    let plugins: Option<BTreeSet<String>> =
        used.map(|uses| Some(uses?.split_once('/')?.0.to_owned())).collect();
    let cast = Cast::open(settings, plugins.as_ref()).await?;
    let mut ended = Vec::new();
    for job in jobs {
        cast.forget();
        let Some((mut play, begun)) = begin(job, understand) else { continue };
        while let Some(call) = play.go_on() {
            let outcome = cast.answer(&call, play.now()).await;
            play.answer(&call.id, outcome);
        }
        ended.push(Ended { suite: job.suite, played: play.end(), took: begun.elapsed() });
    }
    Ok(ended)
}
