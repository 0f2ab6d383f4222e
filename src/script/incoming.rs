//! What came in, as expressions see it under `input`. Most of them look elsewhere, so it becomes JSON when the first one asks.

use std::cell::OnceCell;
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

/// What `input` is in an expression: an object, or null where nothing came in.
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    what: What,
    made: OnceCell<Arc<Value>>,
}

#[derive(Debug, Clone, Default)]
enum What {
    #[default]
    Nothing,
    Text(String),
    Understood {
        text: String,
        intent: Option<String>,
        confidence: f64,
    },
}

static NOTHING: LazyLock<Arc<Value>> = LazyLock::new(Arc::default);

impl Incoming {
    /// `{text}`
    #[must_use]
    pub fn text(text: &str) -> Self {
        What::Text(text.to_owned()).into()
    }

    /// `{text, intent, confidence}`
    #[must_use]
    pub fn understood(text: &str, intent: Option<String>, confidence: f64) -> Self {
        What::Understood { text: text.to_owned(), intent, confidence }.into()
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
}

impl From<What> for Incoming {
    fn from(what: What) -> Self {
        Self { what, made: OnceCell::new() }
    }
}

impl From<Value> for Incoming {
    fn from(value: Value) -> Self {
        Self { what: What::Nothing, made: OnceCell::from(Arc::new(value)) }
    }
}
