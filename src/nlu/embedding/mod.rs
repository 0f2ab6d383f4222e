//! Vectors beside the words: how near a text lies to the examples of each intent in the space of an embedding model, where
//! the flow names one. The examples are learnt in the background when the flow is loaded; until then, and whenever the
//! server gives nothing in time, there is nothing to say. What follows from nearness is `Offline`'s.

mod space;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::warn;

use super::mask::Mask;
use super::model::{Models, Trouble};
use super::offline::{any_moment, moment};
use crate::engine::Classify;
use crate::flow::{Embeddings, Flow, Id, Version};
use space::Space;

/// For the examples of a flow, all requests together.
const LEARNING_MAX: Duration = Duration::from_secs(120);

/// After so long learning that failed is tried again, when a text comes.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Flow versions whose examples are kept; the one not used for longest goes.
const KEPT_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// Examples of all of them together.
const KEPT_EXAMPLES_MAX: usize = 16_384;

/// What is known of the examples of each flow version.
type Kept = LruCache<(Id, Version), Known>;

/// What is known of a flow's examples.
#[derive(Debug, Clone)]
enum Known {
    Learning,
    Learnt(Arc<Space>),
    Failed(Trouble, Instant),
}

/// Where a text lies.
#[derive(Debug)]
pub(super) enum Near {
    /// How near to each of the flow's intents, in their order.
    To(Vec<f32>),
    /// The flow's examples are still being learnt.
    Learning,
    /// Nowhere: there is nothing to compare.
    Nothing,
}

/// The examples of flows as places.
#[derive(Debug)]
pub(super) struct Nearby {
    kept: Arc<Mutex<Kept>>,
    /// They end with whoever has this.
    learning: Mutex<JoinSet<()>>,
}

impl Default for Nearby {
    fn default() -> Self {
        Self { kept: Arc::new(Mutex::new(LruCache::new(KEPT_MAX))), learning: Mutex::default() }
    }
}

impl Nearby {
    /// Has the flow's examples learnt in the background, unless they are or were tried just now.
    pub(super) fn learn(&self, models: &Arc<Models>, flow: &Flow, asked: &Embeddings) {
        let place = (flow.id.clone(), flow.version.clone());
        // Without a runtime nobody is asked anyway.
        let Ok(handle) = Handle::try_current() else { return };
        {
            let mut kept = lock(&self.kept);
            if kept.get(&place).is_some_and(|known| !known.is_worth_another_try()) {
                return;
            }
            kept.put(place.clone(), Known::Learning);
        }
        let (kept, models, asked) = (Arc::clone(&self.kept), Arc::clone(models), asked.clone());
        let examples = masked(flow);
        let work = async move {
            let learnt = match examples {
                Ok(examples) => learnt(&models, &place.0, &asked, examples).await,
                Err(trouble) => Err(trouble),
            };
            let known = match learnt {
                Ok(space) => Known::Learnt(Arc::new(space)),
                Err(trouble) => {
                    warn!(flow = %place.0, %trouble, "A flow's examples have no vectors; their words hold alone.");
                    Known::Failed(trouble, Instant::now())
                }
            };
            keep(&mut lock(&kept), place, known);
        };
        let mut learning = lock(&self.learning);
        while learning.try_join_next().is_some() {}
        learning.spawn_on(work, &handle);
    }

    /// Where a text lies among the flow's examples.
    pub(super) async fn near(
        &self,
        models: &Arc<Models>,
        (flow, asked): (&Flow, &Embeddings),
        query: &Classify,
        deadline: Instant,
    ) -> Result<Near, Trouble> {
        models.check_vectors(&flow.id, asked)?;
        let moment = moment(query);
        let mut mask = Mask::of(flow, &moment).knowing(&query.personal);
        let text = mask.hide(&query.text, &query.expecting)?;
        if !has_words(&text) {
            return Ok(Near::Nothing);
        }
        let known = lock(&self.kept).get(&(flow.id.clone(), flow.version.clone())).cloned();
        let space = match known {
            Some(Known::Learnt(space)) => space,
            Some(Known::Failed(trouble, _)) => {
                self.learn(models, flow, asked);
                return Err(trouble);
            }
            Some(Known::Learning) | None => {
                self.learn(models, flow, asked);
                return Ok(Near::Learning);
            }
        };
        if space.len() == 0 {
            return Ok(Near::Nothing);
        }
        let vector = models.vector(&flow.id, asked, text, deadline).await?;
        let near = space.near(&vector);
        near.map(Near::To).ok_or(Trouble::BadAnswer("its vectors are not of one length"))
    }
}

impl Known {
    fn is_worth_another_try(&self) -> bool {
        matches!(self, Self::Failed(_, since) if since.elapsed() > AGAIN_AFTER)
    }

    fn len(&self) -> usize {
        match self {
            Self::Learnt(space) => space.len(),
            Self::Learning | Self::Failed(..) => 0,
        }
    }
}

/// The examples of each intent, masked as the texts of people are, so that a mark is near to a mark.
fn masked(flow: &Flow) -> Result<Vec<Vec<String>>, Trouble> {
    let moment = any_moment(&flow.meta.language);
    let hide = |example: &String| Ok(Mask::of(flow, &moment).hide(example, &[])?);
    flow.intents.values().map(|intent| intent.examples.iter().map(hide).collect()).collect()
}

async fn learnt(
    models: &Models,
    flow: &Id,
    asked: &Embeddings,
    examples: Vec<Vec<String>>,
) -> Result<Space, Trouble> {
    let texts: Vec<String> = examples.iter().flatten().cloned().collect();
    let vectors = models.vectors(flow, asked, &texts, Instant::now() + LEARNING_MAX).await?;
    let mut vectors = vectors.into_iter();
    let each = examples.iter().map(|examples| vectors.by_ref().take(examples.len()).collect());
    let each = each.collect();
    // Some milliseconds of arithmetic, where there are many.
    let space = tokio::task::spawn_blocking(|| Space::of(each)).await;
    space.map_err(|_stopped| Trouble::Unreachable("the host is stopping"))
}

/// Keeps it in the place of those that were not used for longest, as far as there is too much.
fn keep(kept: &mut Kept, place: (Id, Version), known: Known) {
    kept.put(place, known);
    while kept.len() > 1
        && kept.iter().map(|(_, known)| known.len()).sum::<usize>() > KEPT_EXAMPLES_MAX
    {
        kept.pop_lru();
    }
}

/// Whether a text is more than numbers and marks, of which a vector says nothing.
fn has_words(masked: &str) -> bool {
    let mut depth = 0_usize;
    masked.chars().any(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_alphabetic()
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_marks_and_numbers_only_has_no_words() {
        for text in ["", "4", "[text-a]", "[phone-a], 20/8!", "8:30"] {
            assert!(!has_words(text), "{text}");
        }
        for text in ["four", "call [phone-a]", "é", "[phone-a] please", "預約"] {
            assert!(has_words(text), "{text}");
        }
    }

    #[test]
    fn only_what_failed_a_while_ago_is_tried_again() {
        let long_ago = Instant::now().checked_sub(AGAIN_AFTER + Duration::from_secs(1)).unwrap();
        let failed = |since| Known::Failed(Trouble::Timeout, since).is_worth_another_try();
        assert!(failed(long_ago) && !failed(Instant::now()));
        assert!(!Known::Learning.is_worth_another_try());
        assert!(!Known::Learnt(Arc::new(Space::of(Vec::new()))).is_worth_another_try());
    }

    #[test]
    fn of_too_many_examples_those_go_that_were_not_used_for_longest() {
        let place = |version: &str| (Id::from("table"), Version::from(version));
        let half = || {
            let vectors = vec![[1.0].into(); KEPT_EXAMPLES_MAX / 2];
            Known::Learnt(Arc::new(Space::of(vec![vectors])))
        };
        let mut kept = LruCache::new(KEPT_MAX);
        keep(&mut kept, place("1"), half());
        keep(&mut kept, place("2"), half());
        assert!(kept.get(&place("1")).is_some());
        keep(&mut kept, place("3"), half());
        let left = |version| kept.contains(&place(version));
        assert_eq!([left("1"), left("2"), left("3")], [true, false, true]);
    }
}
