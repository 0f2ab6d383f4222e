//! A linear support vector machine, one against the rest, squared hinge loss, trained by coordinate descent in
//! the dual. The same rows give the same bits: the order of the visits comes from a fixed seed.

use std::collections::BTreeSet;

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

    /// From the weights of each class, the bias last. Class by class would touch each line of memory once a class.
    fn of_columns(columns: &[Vec<f32>]) -> Self {
        let length = columns.first().map_or(0, Vec::len);
        let mut rows = Vec::with_capacity(length * columns.len());
        for feature in 0..length {
            rows.extend(columns.iter().filter_map(|column| column.get(feature)));
        }
        Self { classes: columns.len(), rows }
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
    let task = Task { rows, labels, options };
    let is_whole = rows.len() <= WHOLE_MAX;
    let mut looks: Vec<Look> = if is_whole {
        (0..classes).map(|_| Look::whole(rows.len())).collect()
    } else {
        task.nearest(shape)
    };
    let mut columns = vec![vec![0.0; features + 1]; classes];
    let mut waiting: Vec<usize> = (0..classes).collect();
    for _ in 0..PASSES_MAX {
        for class in waiting {
            if let (Some(look), Some(column)) = (looks.get_mut(class), columns.get_mut(class)) {
                look.descend(&task, class, column);
            }
        }
        let weights = Weights::of_columns(&columns);
        waiting = if is_whole { Vec::new() } else { task.overlooked(&weights, &mut looks) };
        if waiting.is_empty() {
            return weights;
        }
    }
    Weights::of_columns(&columns)
}

/// What is learnt from.
#[derive(Debug, Clone, Copy)]
struct Task<'a> {
    rows: &'a [Vector],
    labels: &'a [usize],
    options: Options,
}

/// Up to so many texts, every class looks at all of them from the start.
const WHOLE_MAX: usize = 2_000;

/// So often the texts that a class did not look at are held against it.
const PASSES_MAX: usize = 4;

/// A class looks at first at so many others as it has texts of its own, the nearest ones; at this many at least.
const OTHERS: usize = 6;
const OTHERS_MIN: usize = 600;

/// The texts that a class learns from: far ones would not change it.
#[derive(Debug)]
struct Look {
    rows: Vec<usize>,
    alphas: Vec<f32>,
    is_in: Vec<bool>,
}

impl Look {
    fn whole(rows: usize) -> Self {
        Self { rows: (0..rows).collect(), alphas: vec![0.0; rows], is_in: vec![true; rows] }
    }

    fn none(rows: usize) -> Self {
        Self { rows: Vec::new(), alphas: Vec::new(), is_in: vec![false; rows] }
    }

    /// False: it is looked at already.
    fn add(&mut self, row: usize) -> bool {
        let Some(is_in) = self.is_in.get_mut(row).filter(|is_in| !**is_in) else { return false };
        *is_in = true;
        self.rows.push(row);
        self.alphas.push(0.0);
        true
    }

    /// Goes on from `weights`, the bias last, until they fit the texts.
    fn descend(&mut self, task: &Task<'_>, class: usize, weights: &mut [f32]) {
        let Task { rows, labels, options } = *task;
        let (own, other) = task.diagonals(class);
        let mut active: Vec<usize> = (0..self.rows.len()).collect();
        let mut order = Order::new();
        // Texts that have been right by more than this in the last round are not visited until the end.
        let mut ceiling = f32::INFINITY;
        for _ in 0..options.rounds_max {
            order.shuffle(&mut active);
            let (mut highest, mut lowest) = (f32::NEG_INFINITY, f32::INFINITY);
            active.retain(|&at| {
                let (Some(place), Some(alpha)) = (self.rows.get(at), self.alphas.get_mut(at))
                else {
                    return false;
                };
                let Some(row) = rows.get(*place) else { return false };
                let sign = if labels.get(*place) == Some(&class) { 1.0 } else { -1.0 };
                let diagonal = if sign > 0.0 { own } else { other };
                let gradient = sign * margin(weights, row) - 1.0 + *alpha * diagonal;
                let violation = if *alpha > 0.0 { gradient } else { gradient.min(0.0) };
                if *alpha == 0.0 && gradient > ceiling {
                    return false;
                }
                highest = highest.max(violation);
                lowest = lowest.min(violation);
                if violation.abs() > 1e-12 {
                    let old = *alpha;
                    *alpha = (old - gradient / (SQUARE + diagonal)).max(0.0);
                    add(weights, row, (*alpha - old) * sign);
                }
                true
            });
            if highest - lowest <= options.tolerance {
                if active.len() == self.rows.len() {
                    break;
                }
                active = (0..self.rows.len()).collect();
                ceiling = f32::INFINITY;
            } else {
                ceiling = if highest > 0.0 { highest } else { f32::INFINITY };
            }
        }
    }
}

impl Task<'_> {
    /// For each class its own texts and those of others that are most like them, by the middle of its own.
    fn nearest(&self, (features, classes): (usize, usize)) -> Vec<Look> {
        let mut middles = Weights { classes, rows: vec![0.0; (features + 1) * classes] };
        for (row, label) in self.rows.iter().zip(self.labels).filter(|(_, own)| **own < classes) {
            for (feature, value) in row {
                if let Some(place) = middles.rows.get_mut(*feature as usize * classes + label) {
                    *place += value;
                }
            }
        }
        let mut likeness = vec![Vec::with_capacity(self.rows.len()); classes];
        for ((at, row), label) in self.rows.iter().enumerate().zip(self.labels) {
            for (class, (like, all)) in middles.margins(row).iter().zip(&mut likeness).enumerate() {
                if class != *label {
                    all.push((*like, at));
                }
            }
        }
        likeness.into_iter().enumerate().map(|(class, others)| self.look(class, others)).collect()
    }

    fn look(&self, class: usize, mut others: Vec<(f32, usize)>) -> Look {
        let own = self.labels.iter().enumerate().filter(|(_, label)| **label == class);
        let mut wanted: Vec<usize> = own.map(|(at, _)| at).collect();
        let count = (wanted.len() * OTHERS).max(OTHERS_MIN);
        if count < others.len() {
            // Equals in the order of the texts, so that the choice is the same everywhere.
            others.select_nth_unstable_by(count, |(one, at), (other, behind)| {
                other.total_cmp(one).then(at.cmp(behind))
            });
            others.truncate(count);
        }
        wanted.extend(others.into_iter().map(|(_, at)| at));
        wanted.sort_unstable();
        let mut look = Look::none(self.rows.len());
        for at in wanted {
            look.add(at);
        }
        look
    }

    /// The classes that are wrong about texts that they did not look at; they look at them from now on.
    fn overlooked(&self, weights: &Weights, looks: &mut [Look]) -> Vec<usize> {
        let mut wrong = BTreeSet::new();
        for ((at, row), label) in self.rows.iter().enumerate().zip(self.labels) {
            let margins = weights.margins(row);
            for (class, (margin, look)) in margins.iter().zip(looks.iter_mut()).enumerate() {
                if *margin > self.options.tolerance - 1.0 && class != *label && look.add(at) {
                    wrong.insert(class);
                }
            }
        }
        wrong.into_iter().collect()
    }

    /// What the price of a class's own and of the other texts adds to the diagonal of the dual.
    fn diagonals(&self, class: usize) -> (f32, f32) {
        let Options { cost, balance, .. } = self.options;
        let own = as_f32(self.labels.iter().filter(|label| **label == class).count().max(1));
        let ratio = ((as_f32(self.rows.len()) - own) / own).max(1.0);
        (0.5 / (cost * ratio.powf(balance)), 0.5 / cost)
    }
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
