//! What a tool's calls came to: counts, and how long the last ones took. It keeps a bounded number of them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Calls whose times are kept.
const KEPT: usize = 1_024;

/// One tool's figures.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Figures>);

#[derive(Debug, Default)]
struct Figures {
    calls: u64,
    errors: u64,
    /// Microseconds, a ring.
    last: Vec<u32>,
    next: usize,
}

/// A moment's reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    pub(super) calls: u64,
    pub(super) errors: u64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

impl Meter {
    pub(super) fn record(&self, took: Duration, failed: bool) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        figures.calls += 1;
        figures.errors += u64::from(failed);
        let next = figures.next;
        match figures.last.get_mut(next) {
            Some(oldest) => *oldest = micros,
            None => figures.last.push(micros),
        }
        figures.next = (next + 1) % KEPT;
    }

    pub(super) fn read(&self) -> Reading {
        let (calls, errors, mut last) = {
            let figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            (figures.calls, figures.errors, figures.last.clone())
        };
        last.sort_unstable();
        Reading { calls, errors, p50_ms: rank(&last, 50), p99_ms: rank(&last, 99) }
    }
}

/// The nearest-rank percentile of sorted microseconds, as milliseconds; 0 of nothing.
fn rank(sorted: &[u32], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_last_calls() {
        let meter = Meter::default();
        for _ in 0..KEPT {
            meter.record(Duration::from_secs(9), true);
        }
        for n in 1..=KEPT {
            meter.record(Duration::from_millis(u64::try_from(n).unwrap()), false);
        }
        let reading = meter.read();
        assert_eq!((reading.calls, reading.errors), (2_048, 1_024));
        assert_eq!((reading.p50_ms, reading.p99_ms), (512.0, 1_014.0));
    }

    #[test]
    fn a_tool_never_called_has_zeroes() {
        let zero = Reading { calls: 0, errors: 0, p50_ms: 0.0, p99_ms: 0.0 };
        assert_eq!(Meter::default().read(), zero);
    }
}
