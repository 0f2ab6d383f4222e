//! Fisher's exact test of two groups, one-sided: how often would chance alone put so much of the trouble into the second
//! group? It holds for any numbers, however small, where the usual approximations do not
//! (R. A. Fisher, *Statistical Methods for Research Workers*, 1934, §21.02).

use std::f64::consts::PI;

/// Below this, factorials are multiplied out.
const SMALL: u32 = 32;

/// A term of this part of the sum changes nothing of it any more.
const NEGLIGIBLE: f64 = 1e-17;

/// How many of a group met it, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) met: u32,
    pub(super) of: u32,
}

impl Part {
    /// 0 to 1; of nobody nobody met it.
    pub(super) fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.met) / f64::from(self.of) }
    }
}

/// If all that met it were spread over the two groups by chance: how often the second would have `second.met` or more.
pub(super) fn chance(first: Part, second: Part) -> f64 {
    let (all, met) = (real(first.of) + real(second.of), real(first.met) + real(second.met));
    let (of, most) = (real(second.of), real(second.of).min(met));
    let least = real(second.met);
    // The hypergeometric distribution: each term from the one before, away from where they are largest, so that none of
    // weight is too small to be a number.
    let mode = ((of + 1.0) * (met + 1.0) / (all + 2.0)).floor().clamp(least, most);
    let ways = ln_choose(met, mode) + ln_choose(all - met, of - mode) - ln_choose(all, of);
    let others = all - met - of;
    let up = |at: f64| (met - at) * (of - at) / ((at + 1.0) * (others + at + 1.0));
    let down = |at: f64| at * (others + at) / ((met - at + 1.0) * (of - at + 1.0));
    let above = terms(mode, most, 1.0, up);
    let below = terms(mode, least, -1.0, down);
    (ways.exp() * (1.0 + above + below)).min(1.0)
}

/// The sum of the terms after the one at `from` up to the one at `to`, in parts of that one.
fn terms(from: f64, to: f64, by: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut at, mut term, mut sum) = (from, 1.0, 0.0);
    while (to - at) * by > 0.0 {
        term *= ratio(at);
        sum += term;
        at += by;
        if term < NEGLIGIBLE {
            break;
        }
    }
    sum
}

fn real(number: u32) -> f64 {
    f64::from(number)
}

fn ln_choose(all: f64, some: f64) -> f64 {
    ln_factorial(all) - ln_factorial(some) - ln_factorial(all - some)
}

/// Stirling's series; its next term is below 1e-14 from `SMALL` on.
fn ln_factorial(number: f64) -> f64 {
    if number < real(SMALL) {
        return (2..=SMALL).map(real).take_while(|factor| *factor <= number).product::<f64>().ln();
    }
    let inverse = 1.0 / number;
    let square = inverse * inverse;
    let series =
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    number * number.ln() - number + 0.5 * (2.0 * PI * number).ln() + series
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(first: (u32, u32), second: (u32, u32)) -> f64 {
        chance(Part { met: first.0, of: first.1 }, Part { met: second.0, of: second.1 })
    }

    #[test]
    fn known_tables_come_out_as_in_the_books() {
        for (first, second, expected) in [
            // Fisher's lady, who told three of four cups: 17 of 70.
            ((1, 4), (3, 4), 17.0 / 70.0),
            ((0, 4), (4, 4), 1.0 / 70.0),
            ((0, 10), (0, 10), 1.0),
            ((5, 5), (5, 5), 1.0),
            // All ways counted in whole numbers.
            ((1, 1000), (3, 100), 0.002_729_781_5),
        ] {
            let chance = of(first, second);
            assert!((chance - expected).abs() < 1e-9, "{chance} {expected}");
        }
    }

    #[test]
    fn large_numbers_are_no_trouble() {
        assert!(of((1_000_000, 4_000_000_000), (1_000, 4_000_000)) > 0.4);
        assert!(of((1_000, 1_000_000), (1_000, 10_000)) < 1e-100);
        assert!((of((4_000_000_000, 4_000_000_000), (7, 7)) - 1.0).abs() < 1e-6);
        assert!((of((1_570, 1_570), (391, 1_002)) - 1.0).abs() < 1e-6);
    }

    proptest! {
        /// Against all ways of choosing, counted in whole numbers.
        #[test]
        fn it_is_the_share_of_all_ways(first in 0_u32..14, a in 0_u32..14, second in 0_u32..14, b in 0_u32..14) {
            let (a, b) = (a.min(first), b.min(second));
            let choose = |all: u32, some: u32| -> u128 {
                if some > all { return 0; }
                (0..some).fold(1, |ways, at| ways * u128::from(all - at) / u128::from(at + 1))
            };
            let met = a + b;
            let ways = |x: u32| choose(met, x) * choose(first + second - met, second - x.min(second));
            let more: u128 = (b..=met.min(second)).map(ways).sum();
            let all = choose(first + second, second);
            let expected = f64::from(u32::try_from(more).unwrap()) / f64::from(u32::try_from(all).unwrap());
            let chance = of((a, first), (b, second));
            prop_assert!((chance - expected).abs() < 1e-9, "{chance} {expected}");
        }

        #[test]
        fn one_more_is_never_more_likely(first in 1_u32..5_000, a in 0_u32..5_000, second in 1_u32..5_000, b in 0_u32..5_000) {
            let (a, b) = (a.min(first), b.min(second - 1));
            let (fewer, more) = (of((a, first), (b, second)), of((a, first), (b + 1, second)));
            prop_assert!((0.0..=1.0).contains(&fewer) && more <= fewer * (1.0 + 1e-9));
        }
    }
}
