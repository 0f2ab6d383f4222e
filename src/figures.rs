//! Figures that a room keeps of its work: how often something happened and how long it took. They only grow, cost an
//! addition each, and are read by whoever reports them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often something happened.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// So many times more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// So far.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bounds of the times that are counted together, microseconds; what is longer is counted as well.
const BOUNDS_US: [u64; 14] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 250_000, 1_000_000, 5_000_000,
    30_000_000,
];

/// How long something took, each time.
#[derive(Debug, Default)]
pub struct Times {
    within: [Count; BOUNDS_US.len()],
    longer: Count,
    sum_us: Count,
}

/// A moment's reading of [`Times`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TimesRead {
    /// Up to so many seconds, and longer than the bound before: how often. The last bound is infinite.
    pub buckets: Vec<(f64, u64)>,
    /// All together, seconds.
    pub sum: f64,
    /// How often at all.
    pub count: u64,
}

impl Times {
    /// Once more.
    pub fn record(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS_US.iter().position(|bound| us <= *bound);
        place.and_then(|place| self.within.get(place)).unwrap_or(&self.longer).add(1);
        self.sum_us.add(us);
    }

    /// So far.
    #[must_use]
    pub fn read(&self) -> TimesRead {
        let bounds = BOUNDS_US.iter().map(|bound| seconds(*bound)).chain([f64::INFINITY]);
        let counts = self.within.iter().chain([&self.longer]).map(Count::read);
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        TimesRead { buckets, sum: seconds(self.sum_us.read()), count }
    }
}

fn seconds(us: u64) -> f64 {
    Duration::from_micros(us).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_counted_once_where_it_belongs() {
        let times = Times::default();
        for us in [0, 50, 51, 1_000_000, 60_000_000] {
            times.record(Duration::from_micros(us));
        }
        let read = times.read();
        let filled: Vec<(f64, u64)> =
            read.buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.000_05, 2), (0.000_1, 1), (1.0, 1), (f64::INFINITY, 1)]);
        assert_eq!((read.count, read.sum), (5, 61.000_101));
    }
}
