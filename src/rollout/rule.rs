//! When a new version is taken back: when clearly more of its sessions meet trouble than of the old version's, in the
//! same time.
//!
//! What is compared are sessions, not turns: chance decides for a session which version it gets, and the turns of one
//! session are no independent witnesses (one person who repeats an odd wish ten times is one person). Of each kind of
//! trouble, three things must hold: enough sessions met it, the rise is large enough to matter, and chance alone would
//! hardly make it (`exact`).
//!
//! Looking again and again finds a rise by chance sooner or later. So `risk` is shared out: a third to each kind of trouble,
//! and of that `1 / (k (k + 1))` to the k-th doubling of the new version's sessions, which adds up to no more than all of
//! it (alpha spending: K. K. G. Lan and D. L. `DeMets`, *Discrete sequential boundaries for clinical trials*, Biometrika 1983).

use std::fmt;

use super::exact::{Part, chance};
use super::{Counted, Guard};

/// What sessions of one version met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Met {
    /// How many there are.
    pub sessions: u64,
    /// How many of them met an error.
    pub errors: u64,
    /// How many said something that nothing took.
    pub unhandled: u64,
    /// How many had a tool fail.
    pub tool_errors: u64,
}

impl Met {
    /// Adds a count.
    pub fn add(&mut self, counted: Counted, more: u64) {
        let count = match counted {
            Counted::Session => &mut self.sessions,
            Counted::Error => &mut self.errors,
            Counted::Unhandled => &mut self.unhandled,
            Counted::ToolError => &mut self.tool_errors,
        };
        *count = count.saturating_add(more);
    }

    /// Where sessions were counted a moment later than what they met, they are as many at least.
    fn part(&self, met: u64) -> Part {
        let of = u32::try_from(self.sessions).unwrap_or(u32::MAX);
        Part { met: u32::try_from(met).unwrap_or(u32::MAX).min(of), of }
    }
}

/// What the counts say.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// The new version has too few sessions for a judgement.
    TooFew,
    /// Nothing speaks against it.
    GoOn,
    /// It is worse.
    Back(Reason),
}

/// Why a version is taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// A stable word for the kind of trouble: `errors`, `unhandled`, `tool_errors`.
    pub trouble: &'static str,
    words: &'static str,
    old: Part,
    new: Part,
    chance: f64,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { words, old, new, chance, .. } = self;
        write!(
            f,
            "{} of {} sessions of the new version {words}, and {} of {} of the old one; chance alone would do that \
             in {chance:.1e} of all cases",
            new.met, new.of, old.met, old.of
        )
    }
}

/// Compares the sessions of the old and the new version.
#[must_use]
pub fn judge(old: &Met, new: &Met, guard: &Guard) -> Judgement {
    if new.sessions < u64::from(guard.sessions_min) {
        return Judgement::TooFew;
    }
    let kinds = [
        ("tool_errors", "had a tool fail", old.tool_errors, new.tool_errors),
        ("errors", "met an error", old.errors, new.errors),
        ("unhandled", "said something that nothing took", old.unhandled, new.unhandled),
    ];
    let level = level(new.sessions, guard);
    for (trouble, words, before, after) in kinds {
        let (before, after) = (old.part(before), new.part(after));
        let (share, rise) = (after.share(), (after.share() - before.share()) * 100.0);
        let matters = after.met >= guard.met_min
            && rise > 0.0
            && rise >= guard.rise_percent
            && share >= before.share() * guard.ratio;
        if !matters {
            continue;
        }
        let chance = chance(before, after);
        if chance <= level {
            let (old, new) = (before, after);
            return Judgement::Back(Reason { trouble, words, old, new, chance });
        }
    }
    Judgement::GoOn
}

/// The part of the risk that is for one kind of trouble at so many sessions.
fn level(sessions: u64, guard: &Guard) -> f64 {
    let times = sessions / u64::from(guard.sessions_min.max(1));
    let doubling = f64::from(times.max(1).ilog2() + 1);
    guard.risk / 3.0 / (doubling * (doubling + 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn met(sessions: u64, tool_errors: u64) -> Met {
        Met { sessions, tool_errors, ..Met::default() }
    }

    fn is_back(old: Met, new: Met) -> bool {
        matches!(judge(&old, &new, &Guard::default()), Judgement::Back(_))
    }

    #[test]
    fn small_numbers_are_judged_as_such() {
        for (old, new, back) in [
            // Nine failures in a row, but one session too few for any judgement.
            (met(90, 0), met(9, 9), false),
            (met(90, 0), met(10, 10), true),
            (met(90, 0), met(10, 3), true),
            // Two are no proof, however well the old version does.
            (met(9_000, 0), met(10, 2), false),
            // As bad as ever.
            (met(90, 80), met(10, 9), false),
            (met(1_000, 100), met(100, 12), false),
            (met(1_000, 100), met(100, 30), true),
            // Certain, but by less than five of a hundred.
            (met(100_000, 1_000), met(100_000, 3_000), false),
            // Nobody to compare with.
            (met(0, 0), met(50, 50), false),
        ] {
            assert_eq!(is_back(old, new), back, "{old:?} {new:?}");
        }
    }

    #[test]
    fn each_kind_of_trouble_is_a_reason_and_says_which() {
        let old = Met { sessions: 100, errors: 2, unhandled: 10, tool_errors: 1 };
        let good = Met { sessions: 50, errors: 1, unhandled: 5, tool_errors: 0 };
        let reason = |new: Met| match judge(&old, &new, &Guard::default()) {
            Judgement::Back(reason) => reason.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(reason(good), "GoOn");
        let unhandled = reason(Met { unhandled: 30, ..good });
        assert!(
            unhandled.starts_with(
                "30 of 50 sessions of the new version said something that nothing took, and 10 of 100 of the old one"
            ),
            "{unhandled}"
        );
        assert!(reason(Met { errors: 30, ..good }).contains("met an error"));
        assert!(reason(Met { tool_errors: 30, ..good }).contains("had a tool fail"));
    }

    /// Chance for tests, the same every time (`SplitMix64` of Steele and Vigna).
    struct Draw(u64);

    impl Draw {
        fn happens(&mut self, of_thousand: u64) -> bool {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % 1_000 < of_thousand
        }
    }

    /// A rollout to so many of a thousand in which every session is judged at once; at which session of the new version
    /// it was taken back.
    fn rolled(
        draw: &mut Draw,
        part: u64,
        (before, after): (u64, u64),
        guard: &Guard,
    ) -> Option<u64> {
        let (mut old, mut new) = (Met::default(), Met::default());
        while new.sessions < 1_000 {
            let (side, rate) =
                if draw.happens(part) { (&mut new, after) } else { (&mut old, before) };
            side.sessions += 1;
            side.errors += u64::from(draw.happens(rate));
            side.unhandled += u64::from(draw.happens(rate));
            side.tool_errors += u64::from(draw.happens(rate));
            if matches!(judge(&old, &new, guard), Judgement::Back(_)) {
                return Some(new.sessions);
            }
        }
        None
    }

    #[test]
    fn a_version_that_is_no_worse_is_hardly_ever_taken_back_though_it_is_judged_all_the_time() {
        // The least that matters is nothing, so that the statistic alone decides.
        let guard =
            Guard { rise_percent: 0.0, ratio: 1.0, met_min: 1, risk: 0.05, ..Guard::default() };
        let mut draw = Draw(1);
        for (part, rate) in [(500, 20), (500, 300), (100, 50), (900, 100)] {
            let wrong = (0..60).filter(|_| rolled(&mut draw, part, (rate, rate), &guard).is_some());
            let wrong = wrong.count();
            // One of twenty would be three; seven or more happens to 3 of 100 at the very most.
            assert!(wrong <= 6, "{wrong} of 60 at {part} and {rate}");
        }
    }

    #[test]
    fn a_version_that_is_worse_is_taken_back_soon() {
        let mut draw = Draw(2);
        for (part, before, after, soon) in
            [(100, 10, 1_000, 10), (100, 10, 300, 40), (500, 50, 300, 80), (500, 200, 500, 150)]
        {
            for _ in 0..20 {
                let taken = rolled(&mut draw, part, (before, after), &Guard::default());
                assert!(taken.is_some_and(|at| at <= soon), "{taken:?} {part} {before} {after}");
            }
        }
    }

    fn any_met() -> impl Strategy<Value = Met> {
        let counts = (0_u64..3_000, 0_u64..3_000, 0_u64..3_000, 0_u64..3_000);
        counts.prop_map(|(sessions, errors, unhandled, tool_errors)| Met {
            sessions,
            errors,
            unhandled,
            tool_errors,
        })
    }

    proptest! {
        #[test]
        fn the_same_counts_are_never_a_reason(both in any_met()) {
            prop_assert!(!is_back(both, both));
        }

        #[test]
        fn one_of_two_at_most_is_worse_in_a_kind(one in any_met(), other in any_met()) {
            let only = |met: Met| Met { errors: 0, unhandled: 0, ..met };
            prop_assert!(!(is_back(only(one), only(other)) && is_back(only(other), only(one))));
        }

        #[test]
        fn more_trouble_never_saves_a_version(old in any_met(), new in any_met(), more in 1_u64..100) {
            let worse = Met { tool_errors: new.tool_errors + more, ..new };
            prop_assert!(!is_back(old, new) || is_back(old, worse));
        }

        #[test]
        fn with_too_few_sessions_nothing_is_concluded(old in any_met(), new in any_met(), few in 0_u64..10) {
            let new = Met { sessions: few, ..new };
            prop_assert_eq!(judge(&old, &new, &Guard::default()), Judgement::TooFew);
        }
    }
}
