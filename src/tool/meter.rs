//! What a tool's calls came to: counts, how long the last ones took, and what they took of the host. It keeps a bounded
//! number of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::event::{Spent, ToolErrorKind};
use crate::figures::{Times, TimesRead};

/// Calls whose figures are kept one by one.
const KEPT: usize = 1_024;

/// One tool's figures.
#[derive(Debug, Default)]
pub(super) struct Meter {
    figures: Mutex<Figures>,
    times: Times,
}

#[derive(Debug, Default)]
struct Figures {
    calls: u64,
    errors: BTreeMap<ToolErrorKind, u64>,
    attempts: u64,
    total: Spent,
    /// A ring.
    last: Vec<Kept>,
    next: usize,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    micros: u32,
    fuel: u64,
    memory: u64,
}

/// What one call came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    pub(super) took: Duration,
    pub(super) attempts: u32,
    pub(super) failed: Option<ToolErrorKind>,
    pub(super) spent: Spent,
}

/// A moment's reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) calls: u64,
    pub(super) attempts: u64,
    pub(super) errors: BTreeMap<ToolErrorKind, u64>,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) fuel: Usage,
    pub(super) memory: Usage,
    /// Of all calls together; memory is the most of one.
    pub(super) total: Spent,
}

/// How much of something the last calls took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Usage {
    /// Half of them took less.
    pub p50: u64,
    /// None of them took more.
    pub max: u64,
}

impl Meter {
    pub(super) fn record(&self, ended: Ended) {
        self.times.record(ended.took);
        let micros = u32::try_from(ended.took.as_micros()).unwrap_or(u32::MAX);
        let kept = Kept { micros, fuel: ended.spent.fuel, memory: ended.spent.memory };
        let mut figures = self.lock();
        figures.calls += 1;
        figures.attempts += u64::from(ended.attempts);
        if let Some(kind) = ended.failed {
            *figures.errors.entry(kind).or_default() += 1;
        }
        figures.total = figures.total.and(ended.spent);
        let next = figures.next;
        match figures.last.get_mut(next) {
            Some(oldest) => *oldest = kept,
            None => figures.last.push(kept),
        }
        figures.next = (next + 1) % KEPT;
    }

    pub(super) fn read(&self) -> Reading {
        let (reading, last) = {
            let figures = self.lock();
            let reading = Reading {
                calls: figures.calls,
                attempts: figures.attempts,
                errors: figures.errors.clone(),
                p50_ms: 0.0,
                p99_ms: 0.0,
                fuel: Usage::default(),
                memory: Usage::default(),
                total: figures.total,
            };
            (reading, figures.last.clone())
        };
        let sorted = |of: fn(&Kept) -> u64| {
            let mut all: Vec<u64> = last.iter().map(of).collect();
            all.sort_unstable();
            all
        };
        let usage = |of| {
            let all = sorted(of);
            Usage { p50: rank(&all, 50), max: all.last().copied().unwrap_or(0) }
        };
        let micros = sorted(|kept| u64::from(kept.micros));
        let ms = |percent| Duration::from_micros(rank(&micros, percent)).as_secs_f64() * 1_000.0;
        Reading {
            p50_ms: ms(50),
            p99_ms: ms(99),
            fuel: usage(|kept| kept.fuel),
            memory: usage(|kept| kept.memory),
            ..reading
        }
    }

    pub(super) fn times(&self) -> TimesRead {
        self.times.read()
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The nearest-rank percentile of what is sorted; 0 of nothing.
fn rank(sorted: &[u64], percent: usize) -> u64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(took: Duration, failed: Option<ToolErrorKind>, fuel: u64) -> Ended {
        let spent = Spent { fuel, memory: 64, ..Spent::default() };
        Ended { took, attempts: 1, failed, spent }
    }

    #[test]
    fn percentiles_are_those_of_the_last_calls() {
        let meter = Meter::default();
        for _ in 0..KEPT {
            meter.record(ended(Duration::from_secs(9), Some(ToolErrorKind::Trap), 9_999));
        }
        for n in 1..=KEPT {
            let n = u64::try_from(n).unwrap();
            meter.record(ended(Duration::from_millis(n), None, n));
        }
        let reading = meter.read();
        assert_eq!((reading.calls, reading.attempts), (2_048, 2_048));
        assert_eq!(reading.errors, BTreeMap::from([(ToolErrorKind::Trap, 1_024)]));
        assert_eq!((reading.p50_ms, reading.p99_ms), (512.0, 1_014.0));
        assert_eq!(reading.fuel, Usage { p50: 512, max: 1_024 });
        assert_eq!((reading.memory.max, reading.total.memory), (64, 64));
        assert_eq!(meter.times().count, 2_048);
    }

    #[test]
    fn a_tool_never_called_has_zeroes() {
        let reading = Meter::default().read();
        assert_eq!((reading.calls, reading.p50_ms, reading.p99_ms), (0, 0.0, 0.0));
        assert_eq!(reading.fuel, Usage::default());
    }
}
