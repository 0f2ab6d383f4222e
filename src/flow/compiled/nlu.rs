//! Who understands what people write in a flow.

use super::Path;
use crate::script::Template;

/// Who understands, and which language model may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nlu {
    /// Who.
    pub mode: Mode,
    /// The plugin; there when `mode` asks one.
    pub plugin: Option<String>,
    /// The language model, by its server's name for it; there when `mode` asks for one.
    pub model: Option<String>,
    /// The server, up to `/v1`; else the operator's.
    pub base_url: Option<String>,
    /// Name of the secret that the server is shown; else the operator's.
    pub key: Option<String>,
    /// The model that places texts among the examples; none is that words alone count.
    pub embeddings: Option<Embeddings>,
    /// What of the context the model or plugin sees.
    pub context: Vec<Path>,
    /// Whether they see the last question.
    pub shows_question: bool,
    /// For understanding one text.
    pub budget_ms: u64,
    /// How the model is made to answer in a form, at first.
    pub response_format: ResponseFormat,
}

impl Default for Nlu {
    fn default() -> Self {
        Self {
            mode: Mode::Offline,
            plugin: None,
            model: None,
            base_url: None,
            key: None,
            embeddings: None,
            context: Vec::new(),
            shows_question: false,
            budget_ms: 1_500,
            response_format: ResponseFormat::JsonSchema,
        }
    }
}

/// A model that gives vectors for texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embeddings {
    /// By its server's name for it.
    pub model: String,
    /// The server, up to `/v1`; else the operator's.
    pub base_url: Option<String>,
    /// Name of the secret that the server is shown; else the operator's.
    pub key: Option<String>,
}

/// A reply that a language model writes.
#[derive(Debug)]
pub struct Llm {
    /// What it is to say.
    pub prompt: Template,
    /// Keys of the flow's `tools` that it may call.
    pub tools: Vec<String>,
    /// Said where there is no reply.
    pub fallback: Template,
    /// For all of it, milliseconds.
    pub timeout_ms: u64,
}

/// Who understands what people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The host alone.
    Offline,
    /// The language model; the host where it gives no answer in time.
    Model,
    /// The host, and the language model for what the host does not understand.
    OfflineThenModel,
    /// The plugin; the host where it gives no answer in time.
    Plugin,
    /// The host, and the plugin for what the host does not understand.
    OfflineThenPlugin,
}

/// How a language model is made to answer in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResponseFormat {
    /// By a JSON Schema that its answer is held to.
    JsonSchema,
    /// By a call of the one function that it has.
    Tools,
    /// By asking for JSON.
    JsonObject,
}
