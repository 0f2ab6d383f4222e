//! What has been learnt, kept while it is used: for a set of intents of a flow version, and shared by all versions and
//! flows that say the same in the same language, so that an edit elsewhere in a flow teaches nothing anew.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock, Weak};

use lru::LruCache;
use sha2::{Digest, Sha256};

use super::model::Model;
use crate::flow::{Flow, Version};

/// So many sets of intents stay learnt; the one not used for longest is learnt anew when it is needed again.
const MODELS_MAX: NonZeroUsize = NonZeroUsize::new(256).expect("256 is not zero");

/// A flow version and the places of a set of intents in it, in the flow's order.
type Key = (Version, Vec<usize>);

/// The place of a model, filled by whoever needs it first; others wait for that one model only.
pub(super) type Slot = Arc<OnceLock<Model>>;

/// The models.
#[derive(Debug)]
pub(super) struct Kept {
    by_set: LruCache<Key, Slot>,
    /// Holds nothing: what no set uses any more is gone.
    by_content: LruCache<[u8; 32], Weak<OnceLock<Model>>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { by_set: LruCache::new(MODELS_MAX), by_content: LruCache::new(MODELS_MAX) }
    }
}

impl Kept {
    /// The place for a set of intents of a flow.
    pub(super) fn slot(&mut self, flow: &Flow, set: &[usize]) -> Slot {
        let key = (flow.version.clone(), set.to_vec());
        if let Some(slot) = self.by_set.get(&key) {
            return Arc::clone(slot);
        }
        let content = content(flow, set);
        let shared = self.by_content.get(&content).and_then(Weak::upgrade);
        let slot = shared.unwrap_or_default();
        self.by_content.put(content, Arc::downgrade(&slot));
        self.by_set.put(key, Arc::clone(&slot));
        slot
    }
}

/// The hash of all that a model of this set is made of.
fn content(flow: &Flow, set: &[usize]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    add(&flow.meta.language);
    for (place, (name, intent)) in flow.intents.iter().enumerate() {
        // The names of the other intents say nothing.
        let is_inside = set.binary_search(&place).is_ok();
        add(if is_inside { name } else { "" });
        add(&intent.examples.len().to_string());
        for example in &intent.examples {
            add(example);
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlu::offline::tests::{flow, intent};

    #[test]
    fn versions_that_say_the_same_share_what_is_learnt_and_others_do_not() {
        let make = |version: &str, example: &str| {
            let mut made = flow([("A", intent(&[example], vec![])), ("B", intent(&["b"], vec![]))]);
            made.version = Version::from(version);
            made
        };
        let mut kept = Kept::default();
        let first = kept.slot(&make("1", "a"), &[0, 1]);
        assert!(Arc::ptr_eq(&first, &kept.slot(&make("1", "a"), &[0, 1])));
        assert!(Arc::ptr_eq(&first, &kept.slot(&make("2", "a"), &[0, 1])));
        assert!(!Arc::ptr_eq(&first, &kept.slot(&make("3", "other"), &[0, 1])));
        assert!(!Arc::ptr_eq(&first, &kept.slot(&make("1", "a"), &[0])));
        let mut german = make("4", "a");
        german.meta.language = "de".to_owned();
        assert!(!Arc::ptr_eq(&first, &kept.slot(&german, &[0, 1])));
    }
}
