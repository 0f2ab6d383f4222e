//! Where the examples of each intent lie, and how near a text is to them. What is near is known from the examples
//! themselves: how far those of one intent are from each other, and from those of the others.

use crate::nlu::model::Vector;

/// So many of an intent's examples, the nearest ones, say how near it is.
const NEIGHBOURS: usize = 3;

/// The likeness within an intent, and that to others, where there are too few examples to know.
const OWN: f32 = 0.6;
const OTHER: f32 = 0.3;

/// The least that lies between them.
const GAP_MIN: f32 = 0.1;

/// So many examples, spread over all, tell what is usual.
const SAMPLED_MAX: usize = 128;

/// The examples of a flow, by intent.
#[derive(Debug)]
pub(super) struct Space {
    intents: Vec<Vec<Vector>>,
    /// How like its own intent an example is that was not learnt, and how like the nearest other one.
    own: f32,
    other: f32,
}

impl Space {
    pub(super) fn of(intents: Vec<Vec<Vector>>) -> Self {
        let count: usize = intents.iter().map(Vec::len).sum();
        let step = count.div_ceil(SAMPLED_MAX).max(1);
        let all = intents.iter().enumerate();
        let all = all.flat_map(|(place, examples)| (0..examples.len()).map(move |at| (place, at)));
        let (mut own, mut other) = (Mean::default(), Mean::default());
        for (place, at) in all.step_by(step) {
            let Some(example) = intents.get(place).and_then(|examples| examples.get(at)) else {
                continue;
            };
            let mut nearest = f32::NEG_INFINITY;
            for (number, examples) in intents.iter().enumerate() {
                if number == place {
                    own.add(likeness(example, examples, Some(at)));
                } else {
                    nearest = nearest.max(likeness(example, examples, None));
                }
            }
            other.add(nearest);
        }
        let own = own.read().unwrap_or(OWN);
        let other = other.read().unwrap_or_else(|| own.min(OWN) - (OWN - OTHER));
        Self { intents, own, other }
    }

    /// How many examples there are.
    pub(super) fn len(&self) -> usize {
        self.intents.iter().map(Vec::len).sum()
    }

    /// How near a text is to each intent: at 1 as near as the intent's own examples are to each other, at 0 as near as
    /// those of others. None where the text is of another space.
    pub(super) fn near(&self, text: &Vector) -> Option<Vec<f32>> {
        let mut all = self.intents.iter().flatten();
        if all.any(|example| example.len() != text.len()) {
            return None;
        }
        let gap = (self.own - self.other).max(GAP_MIN);
        let level = |examples: &Vec<Vector>| {
            let likeness = likeness(text, examples, None);
            if likeness.is_finite() {
                ((likeness - self.other) / gap).clamp(-0.5, 1.5)
            } else {
                0.0
            }
        };
        Some(self.intents.iter().map(level).collect())
    }
}

/// How like the nearest examples but one a text is; without examples like nothing at all.
fn likeness(text: &Vector, examples: &[Vector], but: Option<usize>) -> f32 {
    let mut nearest = [f32::NEG_INFINITY; NEIGHBOURS];
    for (_, example) in examples.iter().enumerate().filter(|(at, _)| Some(*at) != but) {
        let mut next: f32 = text.iter().zip(example.iter()).map(|(a, b)| a * b).sum();
        for place in &mut nearest {
            if next > *place {
                std::mem::swap(place, &mut next);
            }
        }
    }
    let mut mean = Mean::default();
    nearest.into_iter().for_each(|one| mean.add(one));
    mean.read().unwrap_or(f32::NEG_INFINITY)
}

/// Of what is a number.
#[derive(Debug, Default)]
struct Mean {
    sum: f32,
    count: f32,
}

impl Mean {
    fn add(&mut self, one: f32) {
        if one.is_finite() {
            self.sum += one;
            self.count += 1.0;
        }
    }

    fn read(&self) -> Option<f32> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> Vector {
        let length = x.hypot(y);
        [x / length, y / length].into()
    }

    fn space() -> Space {
        Space::of(vec![
            vec![at(1.0, 0.0), at(1.0, 0.1), at(1.0, 0.2)],
            vec![at(0.0, 1.0), at(0.1, 1.0)],
            Vec::new(),
        ])
    }

    #[test]
    fn who_lies_among_the_examples_is_near_and_who_lies_elsewhere_is_not() {
        let near = |x, y| space().near(&at(x, y)).unwrap();
        let among = near(1.0, 0.05);
        assert!(among[0] > 0.9 && among[1] < 0.1 && among[2] == 0.0, "{among:?}");
        let between = near(1.0, 1.0);
        assert!(between[0] < 0.8 && between[1] < 0.8, "{between:?}");
        let away = near(-1.0, -1.0);
        assert!(away.iter().all(|near| *near <= 0.0), "{away:?}");
        assert_eq!(space().near(&[1.0].into()), None);
    }

    #[test]
    fn one_example_is_compared_with_what_is_usual() {
        let space = Space::of(vec![vec![at(1.0, 0.0)]]);
        assert!(space.near(&at(1.0, 0.0)).unwrap()[0] > 0.9);
        assert!(space.near(&at(0.0, 1.0)).unwrap()[0] <= 0.0);
    }
}
