//! Vectors of texts, from a server that has `/embeddings` as OpenAI's does. Each text is asked about once as long as its
//! vector is remembered; what a flow's author wrote and what people write are remembered apart, so that much talk does not
//! make the examples be asked about again. It does not know what a vector is good for.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use lru::LruCache;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::grant::{self, Wish};
use super::server::Server;
use super::{Key, Models, Trouble, key, lock};
use crate::flow::{Embeddings, Id};

/// Vectors of examples that are kept; the one not used for longest goes.
const EXAMPLES_KEPT: NonZeroUsize = NonZeroUsize::new(16_384).expect("16384 is not zero");

/// The same for the texts of people.
const TEXTS_KEPT: NonZeroUsize = NonZeroUsize::new(1_024).expect("1024 is not zero");

/// Texts of one request: long vectors, written at length, must fit into one answer.
const BATCH: usize = 8;

/// Numbers of a vector.
const LENGTH_MAX: usize = 4_096;

/// A text's place in the space of its model; of length 1.
pub(in crate::nlu) type Vector = Arc<[f32]>;

/// Vectors by the server, the model and the text.
type Remembered = Mutex<LruCache<Key, Vector>>;

/// What is remembered.
#[derive(Debug)]
pub(super) struct Vectors {
    examples: Remembered,
    texts: Remembered,
}

impl Default for Vectors {
    fn default() -> Self {
        let kept = |max| Mutex::new(LruCache::new(max));
        Self { examples: kept(EXAMPLES_KEPT), texts: kept(TEXTS_KEPT) }
    }
}

#[derive(Debug, Deserialize)]
struct Answer {
    data: Vec<One>,
}

#[derive(Debug, Deserialize)]
struct One {
    /// Of the text that it belongs to; servers that leave it out keep the order.
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl<'a> Wish<'a> {
    /// The flow's model for vectors.
    fn vectors(flow: &'a Id, asked: &'a Embeddings) -> Self {
        let Embeddings { model, base_url, key } = asked;
        Self { flow, model, base_url: base_url.as_deref(), key: key.as_deref() }
    }
}

impl Models {
    /// Whether the flow gets the vectors that it names.
    pub(in crate::nlu) fn check_vectors(
        &self,
        flow: &Id,
        asked: &Embeddings,
    ) -> Result<(), Trouble> {
        grant::granted(&self.granted, &Wish::vectors(flow, asked)).map(drop)
    }

    /// The vectors of a flow's examples, in their order, all of one length. What came before something went wrong stays
    /// remembered.
    pub(in crate::nlu) async fn vectors(
        &self,
        flow: &Id,
        asked: &Embeddings,
        examples: &[String],
        deadline: Instant,
    ) -> Result<Vec<Vector>, Trouble> {
        let server = self.granted(&Wish::vectors(flow, asked))?;
        let places = Places { server, model: &asked.model, remembered: &self.vectors.examples };
        let mut all = Vec::with_capacity(examples.len());
        for texts in examples.chunks(BATCH) {
            all.extend(places.of(texts, deadline).await?);
        }
        let length = all.first().map_or(0, |vector| vector.len());
        if all.iter().any(|vector| vector.len() != length) {
            return Err(Trouble::BadAnswer("its vectors are not of one length"));
        }
        Ok(all)
    }

    /// The vector of what a person wrote.
    pub(in crate::nlu) async fn vector(
        &self,
        flow: &Id,
        asked: &Embeddings,
        text: String,
        deadline: Instant,
    ) -> Result<Vector, Trouble> {
        let server = self.granted(&Wish::vectors(flow, asked))?;
        let places = Places { server, model: &asked.model, remembered: &self.vectors.texts };
        places.of(&[text], deadline).await?.pop().ok_or(MISSING)
    }
}

const MISSING: Trouble = Trouble::BadAnswer("a vector is missing");

/// Where vectors come from: memory, else the model of a server.
struct Places<'a> {
    server: &'a Server,
    model: &'a str,
    remembered: &'a Remembered,
}

impl Places<'_> {
    /// The vectors of so many texts as one request may have.
    async fn of(&self, texts: &[String], deadline: Instant) -> Result<Vec<Vector>, Trouble> {
        let keyed: Vec<(Key, &String)> = texts.iter().map(|text| (self.key(text), text)).collect();
        let known = |key: &Key| lock(self.remembered).get(key).cloned();
        let mut all: Vec<(Key, Option<Vector>)> =
            keyed.iter().map(|(key, _)| (*key, known(key))).collect();
        let open: Vec<&String> = (keyed.iter().zip(&all))
            .filter_map(|((_, text), (_, known))| known.is_none().then_some(*text))
            .collect();
        if open.is_empty() {
            self.server.figures.kept.add(1);
        } else {
            let mut vectors = self.ask(&open, deadline).await?.into_iter();
            for (key, place) in all.iter_mut().filter(|(_, place)| place.is_none()) {
                let vector = vectors.next().ok_or(MISSING)?;
                lock(self.remembered).put(*key, Arc::clone(&vector));
                *place = Some(vector);
            }
        }
        Ok(all.into_iter().filter_map(|(_, vector)| vector).collect())
    }

    async fn ask(&self, texts: &[&String], deadline: Instant) -> Result<Vec<Vector>, Trouble> {
        let body = json!({ "model": self.model, "input": texts }).to_string();
        let answer = self.server.ask("/embeddings", body.as_bytes(), deadline).await;
        let answer = answer.map_err(|refusal| refusal.trouble)?;
        read(&answer, texts.len()).inspect_err(|trouble| self.server.figures.failed(trouble))
    }

    fn key(&self, text: &str) -> Key {
        key(&self.server.name, json!([self.model, text]).to_string().as_bytes())
    }
}

/// So many vectors, in the order of what was asked.
fn read(body: &[u8], count: usize) -> Result<Vec<Vector>, Trouble> {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_error| Trouble::BadAnswer("it has no vectors"))?;
    let mut vectors: Vec<Option<Vector>> = vec![None; count];
    for (number, One { index, embedding }) in answer.data.into_iter().enumerate() {
        let place = vectors.get_mut(index.unwrap_or(number)).filter(|place| place.is_none());
        let place = place.ok_or(Trouble::BadAnswer("it has a vector for no text"))?;
        *place = Some(unit(embedding)?);
    }
    vectors.into_iter().collect::<Option<_>>().ok_or(MISSING)
}

/// Of length 1, if it has a length.
fn unit(numbers: Vec<f32>) -> Result<Vector, Trouble> {
    let length = numbers.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
    if !length.is_normal() || numbers.len() > LENGTH_MAX {
        return Err(Trouble::BadAnswer("a vector is none"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a part of a vector of length 1")]
    let scaled = numbers.into_iter().map(|number| (f64::from(number) / length) as f32);
    Ok(scaled.collect())
}
