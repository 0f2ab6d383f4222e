//! What came in, as expressions see it under `input`. Most of them look elsewhere, so it becomes JSON when the first one asks.

use std::cell::OnceCell;
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

/// What `input` is in an expression: an object, or null where nothing came in.
#[derive(Debug, Clone, Default)]
pub struct Incoming<'a> {
    what: What<'a>,
    made: OnceCell<Arc<Value>>,
}

#[derive(Debug, Clone, Default)]
enum What<'a> {
    #[default]
    Nothing,
    Text(&'a str),
    Understood {
        text: &'a str,
        intent: Option<String>,
        confidence: f64,
    },
}

static NOTHING: LazyLock<Arc<Value>> = LazyLock::new(Arc::default);

impl<'a> Incoming<'a> {
    /// `{text}`
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::new(What::Text(text))
    }

    /// `{text, intent, confidence}`
    #[must_use]
    pub const fn understood(text: &'a str, intent: Option<String>, confidence: f64) -> Self {
        Self::new(What::Understood { text, intent, confidence })
    }

    /// As expressions see it.
    pub fn value(&self) -> &Arc<Value> {
        self.made.get_or_init(|| match &self.what {
            What::Nothing => Arc::clone(&NOTHING),
            What::Text(text) => Arc::new(json!({ "text": text })),
            What::Understood { text, intent, confidence } => {
                Arc::new(json!({ "text": text, "intent": intent, "confidence": confidence }))
            }
        })
    }

    const fn new(what: What<'a>) -> Self {
        Self { what, made: OnceCell::new() }
    }
}

impl From<Value> for Incoming<'_> {
    fn from(value: Value) -> Self {
        Self { what: What::Nothing, made: OnceCell::from(Arc::new(value)) }
    }
}
