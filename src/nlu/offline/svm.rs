//! A linear support vector machine, one against the rest, squared hinge loss, trained by coordinate descent in
//! the dual. The same rows give the same bits: the order of the visits comes from a fixed seed.

use super::features::{Vector, as_f32};

/// How the training is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// The price of a training text on the wrong side of its margin.
    pub(super) cost: f32,
    /// Visits of every training text at most, for each intent.
    pub(super) rounds_max: usize,
    /// The largest violation of optimality at which an intent counts as trained.
    pub(super) tolerance: f32,
    /// An intent's own texts count as much more as there are others, to this power.
    pub(super) balance: f32,
}

/// For every feature the weights of all classes next to each other, and at the end the biases.
#[derive(Debug)]
pub(super) struct Weights {
    classes: usize,
    rows: Vec<f32>,
}

impl Weights {
    /// The margin of every class; 0 is on the fence.
    pub(super) fn margins(&self, vector: &Vector) -> Vec<f32> {
        let mut margins = self.row(self.rows.len() / self.classes - 1).to_vec();
        for (feature, value) in vector {
            for (margin, weight) in margins.iter_mut().zip(self.row(*feature as usize)) {
                *margin += value * weight;
            }
        }
        margins
    }

    /// The weight of one feature for one class.
    pub(super) fn of(&self, feature: u32, class: usize) -> f32 {
        self.row(feature as usize).get(class).copied().unwrap_or_default()
    }

    fn row(&self, feature: usize) -> &[f32] {
        let start = feature * self.classes;
        self.rows.get(start..start + self.classes).unwrap_or_default()
    }
}

/// Trains `classes` classes on `rows` of `features` features; `labels` names the class of each row, and a
/// label that is no class (`classes` or more) is an example of none of them.
pub(super) fn train(
    rows: &[Vector],
    labels: &[usize],
    shape: (usize, usize),
    options: Options,
) -> Weights {
    let (features, classes) = shape;
    let mut weights = vec![0.0; (features + 1) * classes];
    for class in 0..classes {
        let signs: Vec<f32> =
            labels.iter().map(|label| if *label == class { 1.0 } else { -1.0 }).collect();
        let column = descend(rows, &signs, features, options);
        for (row, weight) in weights.chunks_exact_mut(classes).zip(column) {
            if let Some(place) = row.get_mut(class) {
                *place = weight;
            }
        }
    }
    Weights { classes, rows: weights }
}

/// The weights of one class, the bias last.
fn descend(rows: &[Vector], signs: &[f32], features: usize, options: Options) -> Vec<f32> {
    let mut weights = vec![0.0_f32; features + 1];
    let mut alphas = vec![0.0_f32; rows.len()];
    let mut active: Vec<usize> = (0..rows.len()).collect();
    let mut order = Order::new();
    let (own, other) = diagonals(signs, options);
    // Texts that have been right by more than this in the last round are not visited until the end.
    let mut ceiling = f32::INFINITY;
    for _ in 0..options.rounds_max {
        order.shuffle(&mut active);
        let (mut highest, mut lowest) = (f32::NEG_INFINITY, f32::INFINITY);
        active.retain(|&at| {
            let (Some(row), Some(sign), Some(alpha)) =
                (rows.get(at), signs.get(at), alphas.get_mut(at))
            else {
                return false;
            };
            let diagonal = if *sign > 0.0 { own } else { other };
            let gradient = sign * margin(&weights, row) - 1.0 + *alpha * diagonal;
            let violation = if *alpha > 0.0 { gradient } else { gradient.min(0.0) };
            if *alpha == 0.0 && gradient > ceiling {
                return false;
            }
            highest = highest.max(violation);
            lowest = lowest.min(violation);
            if violation.abs() > 1e-12 {
                let old = *alpha;
                *alpha = (old - gradient / (SQUARE + diagonal)).max(0.0);
                add(&mut weights, row, (*alpha - old) * sign);
            }
            true
        });
        if highest - lowest <= options.tolerance {
            if active.len() == rows.len() {
                break;
            }
            active = (0..rows.len()).collect();
            ceiling = f32::INFINITY;
        } else {
            ceiling = if highest > 0.0 { highest } else { f32::INFINITY };
        }
    }
    weights
}

/// What the price of the own and of the other texts adds to the diagonal of the dual.
fn diagonals(signs: &[f32], options: Options) -> (f32, f32) {
    let own = as_f32(signs.iter().filter(|sign| **sign > 0.0).count().max(1));
    let ratio = ((as_f32(signs.len()) - own) / own).max(1.0);
    (0.5 / (options.cost * ratio.powf(options.balance)), 0.5 / options.cost)
}

/// A row's own product: its length is 1, and the bias is one more feature of value 1.
const SQUARE: f32 = 2.0;

fn margin(weights: &[f32], row: &Vector) -> f32 {
    let bias = weights.last().copied().unwrap_or_default();
    row.iter().fold(bias, |sum, (feature, value)| {
        sum + value * weights.get(*feature as usize).copied().unwrap_or_default()
    })
}

fn add(weights: &mut [f32], row: &Vector, step: f32) {
    for (feature, value) in row {
        if let Some(weight) = weights.get_mut(*feature as usize) {
            *weight += step * value;
        }
    }
    if let Some(bias) = weights.last_mut() {
        *bias += step;
    }
}

/// A fixed sequence of permutations (splitmix64, Fisher–Yates).
struct Order(u64);

impl Order {
    fn new() -> Self {
        Self(0x5eed)
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for end in (1..items.len()).rev() {
            let below = u64::try_from(end).unwrap_or(u64::MAX).saturating_add(1);
            let pick = usize::try_from(self.next() % below).unwrap_or_default();
            items.swap(end, pick);
        }
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
