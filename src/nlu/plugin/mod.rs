//! Understanding by a plugin that the flow names: it stands where a language model would, and like one it only chooses.
//! What is personal does not reach it, whatever else it was granted, because what it was granted may lead out of the
//! house. This room does not know what plugins are made of: who runs them is [`Plugins`].

mod answer;
mod request;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::time::Instant;

use serde_json::Value;

use super::Reply;
use super::check::Check;
use super::mask::{Mask, TooMuch};
use super::offline::moment;
use crate::engine::Classify;
use crate::event::{Map, ToolErrorKind};
use crate::flow::{self, Flow};

/// Plugins that understand texts, as the host has them.
pub trait Plugins: fmt::Debug + Send + Sync {
    /// Whether there is such a plugin.
    fn understands(&self, plugin: &str) -> bool;

    /// What a plugin says of a text, unchecked: a list of commands as JSON.
    ///
    /// # Errors
    /// [`PluginTrouble`], before the deadline.
    fn ask<'a>(&'a self, asked: Asked<'a>) -> Answered<'a>;
}

/// An answer on its way.
pub type Answered<'a> = Pin<Box<dyn Future<Output = Result<Value, PluginTrouble>> + Send + 'a>>;

/// One text for one plugin.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Which.
    pub plugin: &'a str,
    /// The flow that wants it.
    pub flow: &'a (flow::Id, flow::Version),
    /// The request of `wit/understanding/v1` as JSON.
    pub request: Map,
    /// BCP 47.
    pub locale: &'a str,
    /// When the host goes on without it.
    pub deadline: Instant,
}

/// Why a plugin gave no answer that is of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginTrouble {
    /// It is not there, or does not understand texts.
    #[error(
        "there is no plugin `{0}` that understands texts; bring one that exports `cicerone:understanding/classify`, or see in the log why it did not load"
    )]
    Missing(String),
    /// It failed too often, and is left alone.
    #[error("the plugin failed too often and is left alone")]
    LeftAlone,
    /// There was no answer in time.
    #[error("there was no answer in time")]
    Timeout,
    /// There was no place for it until the deadline.
    #[error("there was no place for the plugin in time")]
    Unreachable,
    /// More was to be sent or came than may be.
    #[error("{0} is too large")]
    TooLarge(&'static str),
    /// It crashed, met a limit, or said itself that it does not know.
    #[error("the plugin failed: {}", .0.as_str())]
    Failed(ToolErrorKind),
    /// What came is no answer.
    #[error("the answer is of no use: {0}")]
    BadAnswer(&'static str),
}

impl PluginTrouble {
    /// In a word, as the event `nlu.intent` has it; those of language models where they fit.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::LeftAlone => "left-alone",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::TooLarge(_) => "too-large",
            Self::Failed(_) => "failed",
            Self::BadAnswer(_) => "bad-answer",
        }
    }
}

impl From<TooMuch> for PluginTrouble {
    fn from(_: TooMuch) -> Self {
        Self::TooLarge("the personal data")
    }
}

/// What a host takes of a plugin's answer about a text, without anything that it would do beside it.
///
/// # Errors
/// [`PluginTrouble`], where a host's own answer would hold.
pub async fn by_plugin(
    plugins: &dyn Plugins,
    flow: &Flow,
    query: &Classify,
    deadline: Instant,
) -> Result<Reply, PluginTrouble> {
    reply(Some(plugins), flow, query, deadline).await
}

/// What the plugin that the flow names understands of a text.
pub(super) async fn reply(
    plugins: Option<&dyn Plugins>,
    flow: &Flow,
    query: &Classify,
    deadline: Instant,
) -> Result<Reply, PluginTrouble> {
    let plugin = flow.nlu.plugin.as_deref().unwrap_or_default();
    let plugins = plugins.ok_or_else(|| PluginTrouble::Missing(plugin.to_owned()))?;
    let moment = moment(query);
    let mut mask = Mask::of(flow, &moment).knowing(&query.personal);
    let request = request::of(flow, query, &mut mask, &moment)?;
    let is_whole = request.text == query.text;
    let locale = query.language.as_str();
    let request = request.into_map()?;
    let asked = Asked { plugin, flow: &query.flow, request, locale, deadline };
    let answer = plugins.ask(asked).await?;
    let text = is_whole.then_some(query.text.as_str());
    let chosen = answer::chosen(answer, text).map_err(PluginTrouble::BadAnswer)?;
    let check = Check { flow, query, moment: &moment, mask: &mask };
    check.reply(chosen, "plugin").map_err(PluginTrouble::BadAnswer)
}
