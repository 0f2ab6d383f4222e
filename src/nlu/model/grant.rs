//! `[models.<name>]`: the servers of language models that the operator allows. A flow names a server and a model; it gets
//! them only if they are here, and the key only of the server that it is kept for.

use std::collections::BTreeMap;

use reqwest::Url;
use serde::Deserialize;

use super::Trouble;
use crate::flow::{Flow, Id};
use crate::net::{Origin, Resolver};
use crate::secret::variable;

/// One server of language models that flows may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelServer {
    /// Up to the version: `https://api.openai.com/v1`.
    pub url: String,
    /// Whether it may be on this machine or in a private network.
    pub private_networks: bool,
    /// Name of the secret that it is shown; none where it asks for none.
    pub key: Option<String>,
    /// The models that may be used; every one of the server's where none is written.
    pub models: Vec<String>,
    /// The flows that may use it; every one where none is written.
    pub flows: Vec<String>,
}

/// The servers, by the operator's name for each.
pub type ModelServers = BTreeMap<String, ModelServer>;

/// Why a server cannot be used as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use `[models.{name}]`: {why}")]
pub struct ServerError {
    /// The operator's name for it.
    pub name: String,
    /// What is wrong, and what to do about it.
    pub why: String,
}

impl ModelServer {
    /// The URL and who finds its address, if both may be.
    pub(super) fn target(&self, name: &str) -> Result<(Url, Resolver), ServerError> {
        let wrong = |why: String| ServerError { name: name.to_owned(), why };
        let url = Url::parse(self.url.trim_end_matches('/')).ok();
        let plain = url.filter(|url| url.query().is_none() && url.fragment().is_none());
        let url = plain.filter(|url| Origin::of(url).is_some()).ok_or_else(|| {
            wrong(
                "`url` is no URL of a server; write it up to the version, `https://host/v1`".into(),
            )
        })?;
        let resolver = Resolver::new(self.private_networks);
        resolver.check_literal(&url).map_err(|refused| {
            wrong(format!(
                "`url` leads to the address `{}` ({}); if that is meant, write `private_networks = true` below it",
                refused.host, refused.closed
            ))
        })?;
        Ok((url, resolver))
    }

    /// What of the wishes of a flow it does not allow.
    fn refuses(&self, wish: &Wish<'_>) -> Option<String> {
        let Wish { flow, model, key, .. } = *wish;
        if !self.flows.is_empty() && !self.flows.iter().any(|id| *id == flow.as_str()) {
            return Some(format!("add `{flow}` to its `flows`"));
        }
        if !self.models.is_empty() && !self.models.iter().any(|known| known == model) {
            return Some(format!("add `{model}` to its `models`"));
        }
        match key {
            Some(key) if self.key.as_deref() != Some(key) => {
                Some(format!("write `key = \"{key}\"` below it and set {}", variable(key)))
            }
            Some(_) | None => None,
        }
    }
}

/// What a flow asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) flow: &'a Id,
    pub(super) model: &'a str,
    pub(super) base_url: Option<&'a str>,
    pub(super) key: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// The flow's model for texts.
    pub(super) fn of(flow: &'a Flow) -> Self {
        let nlu = &flow.nlu;
        Self {
            flow: &flow.id,
            model: nlu.model.as_deref().unwrap_or_default(),
            base_url: nlu.base_url.as_deref(),
            key: nlu.key.as_deref(),
        }
    }
}

/// The name of the server that a flow may use.
pub(super) fn granted<'s>(servers: &'s ModelServers, wish: &Wish<'_>) -> Result<&'s str, Trouble> {
    let denied = |why: String| {
        Trouble::Denied(format!(
            "flow `{}` may not use the language model that it names; in cicerone.toml {why}",
            wish.flow
        ))
    };
    let Some(wanted) = wish.base_url else {
        let only = servers.len() == 1;
        let chosen = servers.iter().find(|(name, _)| only || *name == "default");
        let (name, server) = chosen.ok_or_else(|| {
            denied("add `[models.default]` with `url = \"https://host/v1\"`".to_owned())
        })?;
        let refused = server.refuses(wish);
        return refused.map_or(Ok(name), |why| Err(denied(format!("`[models.{name}]`: {why}"))));
    };
    let mut first = None;
    for (name, server) in servers {
        if server.url.trim_end_matches('/') == wanted {
            match server.refuses(wish) {
                None => return Ok(name),
                Some(why) => first = first.or_else(|| Some(format!("`[models.{name}]`: {why}"))),
            }
        }
    }
    let line = || format!("add `[models.default]` with `url = \"{wanted}\"`");
    Err(denied(first.unwrap_or_else(line)))
}
