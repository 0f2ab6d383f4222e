//! The part of the language that says who understands what people write. As in its parent, only what was written.

use schemars::JsonSchema;
use serde::Deserialize;

/// Who understands what people write, and which language model may be asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Nlu {
    /// Who understands; `offline` when left out.
    #[serde(default)]
    pub(in crate::flow) mode: Option<Mode>,
    /// The plugin that understands, where `mode` asks one.
    #[serde(default)]
    pub(in crate::flow) plugin: Option<String>,
    /// The language model, by its server's name for it.
    #[serde(default)]
    pub(in crate::flow) model: Option<String>,
    /// The server, up to `/v1`; one that the operator allows. Theirs when left out.
    #[serde(default, rename = "baseUrl")]
    pub(in crate::flow) base_url: Option<String>,
    /// Name of the operator's secret that is shown to the server; the one of the operator's settings when left out.
    #[serde(default)]
    pub(in crate::flow) key: Option<String>,
    /// The model that places texts among the examples, beside their words; none when left out.
    #[serde(default)]
    pub(in crate::flow) embeddings: Option<Embeddings>,
    /// Dotted paths of the context that the model or plugin sees beside the text, and `@asked` for the last question; nothing
    /// when left out.
    #[serde(default)]
    pub(in crate::flow) context: Option<Vec<String>>,
    /// How long understanding one text may take, milliseconds; 1500 when left out.
    #[serde(default)]
    pub(in crate::flow) budget_ms: Option<u64>,
    /// How the model is made to answer in a form; `json_schema` when left out.
    #[serde(default)]
    pub(in crate::flow) response_format: Option<ResponseFormat>,
}

/// A model that gives vectors for texts.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow) struct Embeddings {
    /// By its server's name for it.
    pub(in crate::flow) model: String,
    /// The server, up to `/v1`; one that the operator allows. Theirs when left out.
    #[serde(default, rename = "baseUrl")]
    pub(in crate::flow) base_url: Option<String>,
    /// Name of the operator's secret that is shown to the server; the one of the operator's settings when left out.
    #[serde(default)]
    pub(in crate::flow) key: Option<String>,
}

/// Who understands what people write.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::flow) enum Mode {
    /// The host alone, from the examples. The default.
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

/// How a language model is made to answer in a form; a server that does not know one is asked by the next.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::flow) enum ResponseFormat {
    /// By a JSON Schema that its answer is held to. The default.
    JsonSchema,
    /// By a call of the one function that it has.
    Tools,
    /// By asking for JSON.
    JsonObject,
}
