//! Flows have few intents of few examples, not 150 of 100: small sets are drawn from a data set, and three kinds of texts
//! asked: other texts of their intents, texts of intents that were not drawn, and texts about anything. An intent is taken
//! from a confidence of one half on, as a state does.

use cicerone::nlu::{Lesson, Trained};

use crate::data::{self, Drawn, Row};
use crate::intents::as_f64;

/// What a state takes an intent from.
const TAKEN: f64 = 0.5;

/// Texts asked of each drawn intent.
const ASKED: usize = 10;

/// Intents that were not drawn of which one text each is asked.
const OTHERS: usize = 20;

/// How a small set is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Intents that a state takes.
    pub(crate) taken: usize,
    pub(crate) examples: usize,
    /// Intents with as many examples that only other states of the flow take.
    pub(crate) beside: usize,
    /// How often it is drawn.
    draws: u64,
}

/// What is drawn from each data set that has the intents for it.
const SHAPES: [Shape; 7] = [
    Shape { taken: 1, examples: 6, beside: 0, draws: 100 },
    Shape { taken: 2, examples: 5, beside: 0, draws: 100 },
    Shape { taken: 3, examples: 3, beside: 0, draws: 100 },
    Shape { taken: 4, examples: 6, beside: 0, draws: 100 },
    Shape { taken: 4, examples: 6, beside: 4, draws: 100 },
    Shape { taken: 6, examples: 12, beside: 0, draws: 100 },
    Shape { taken: 30, examples: 8, beside: 0, draws: 10 },
];

/// Shares of the texts that were asked.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) understood: f64,
    /// Taken for another of the drawn intents.
    pub(crate) mistaken: f64,
    /// Of texts of intents that were not drawn, what was taken for one that was.
    pub(crate) others: f64,
    /// The same of texts about anything.
    pub(crate) anything: f64,
}

/// Measures all shapes that a data set has the intents for.
pub(crate) fn measure(rows: &[Row], anything: &[String], language: &str) -> Vec<(Shape, Figures)> {
    let intents = data::by_intent(rows).len();
    let fits = |shape: &Shape| shape.taken + shape.beside < intents;
    let shapes = SHAPES.into_iter().filter(fits);
    shapes.map(|shape| (shape, draws(rows, anything, (shape, language)))).collect()
}

/// Texts taken, rightly or not, and texts asked.
#[derive(Default)]
struct Count {
    taken: usize,
    asked: usize,
}

impl Count {
    fn one(&mut self, taken: bool) {
        self.asked += 1;
        self.taken += usize::from(taken);
    }

    fn share(&self) -> f64 {
        as_f64(self.taken) / as_f64(self.asked.max(1))
    }
}

fn draws(rows: &[Row], anything: &[String], (shape, language): (Shape, &str)) -> Figures {
    let [mut understood, mut mistaken, mut others, mut about] = [(); 4].map(|()| Count::default());
    for seed in 1..=shape.draws {
        let drawn = Drawn::of(rows, seed);
        let trained = learn(&drawn, shape, language);
        let taken = |text: &str| {
            let best = trained.best(text).filter(|best| best.confidence >= TAKEN);
            best.map(|best| best.intent)
        };
        for (place, (_, texts)) in drawn.0.iter().take(shape.taken).enumerate() {
            for text in texts.iter().skip(shape.examples).take(ASKED) {
                let intent = taken(text);
                understood.one(intent == Some(place));
                mistaken.one(intent.is_some_and(|other| other != place));
            }
        }
        let rest = drawn.0.iter().skip(shape.taken + shape.beside);
        for text in rest.filter_map(|(_, texts)| texts.first()).take(OTHERS) {
            others.one(taken(text).is_some());
        }
        for text in anything {
            about.one(taken(text).is_some());
        }
    }
    Figures {
        understood: understood.share(),
        mistaken: mistaken.share(),
        others: others.share(),
        anything: about.share(),
    }
}

fn learn(drawn: &Drawn<'_>, shape: Shape, language: &str) -> Trained {
    let in_flow = || drawn.0.iter().take(shape.taken + shape.beside);
    let names: Vec<&str> = in_flow().take(shape.taken).map(|(name, _)| *name).collect();
    let lessons: Vec<Lesson<'_>> = in_flow()
        .enumerate()
        .flat_map(|(place, (_, texts))| {
            let intent = (place < shape.taken).then_some(place);
            texts.iter().take(shape.examples).map(move |text| Lesson { text, intent })
        })
        .collect();
    Trained::learn(&names, &lessons, language)
}
