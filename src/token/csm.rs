//! Tokens of CSM: the same thing without a seal, so that anybody can write one. They are taken only where the operator says
//! so, for conversations that began elsewhere; what goes out is sealed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use super::{Refused, TOKEN_MAX};
use crate::event::Map;

/// Where a conversation of CSM is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Unsigned {
    /// The agent, where it has one.
    #[serde(default, rename = "a")]
    pub agent: Option<String>,
    /// The flow, as CSM names it.
    #[serde(rename = "m")]
    pub machine: String,
    /// The state in it.
    #[serde(rename = "s")]
    pub state: String,
    /// What it knows.
    #[serde(default, rename = "c")]
    pub context: Map,
}

impl Unsigned {
    /// Reads base64 of `{a, m, s, c}` as JSON, or of `agent:flow:state:context`, the context being JSON.
    ///
    /// # Errors
    /// [`Refused::Foreign`]
    pub fn read(token: &str) -> Result<Self, Refused> {
        if token.len() > TOKEN_MAX {
            return Err(Refused::Foreign);
        }
        let bare = token.trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD.decode(bare).or_else(|_other| STANDARD_NO_PAD.decode(bare));
        let text = String::from_utf8(bytes.map_err(|_foreign| Refused::Foreign)?);
        let text = text.map_err(|_foreign| Refused::Foreign)?;
        if text.starts_with('{') {
            return serde_json::from_str(&text).map_err(|_foreign| Refused::Foreign);
        }
        Self::of_parts(&text).ok_or(Refused::Foreign)
    }

    fn of_parts(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ':');
        let (agent, machine, state) = (parts.next()?, parts.next()?, parts.next()?);
        let context = match parts.next().map(str::trim) {
            None | Some("") => Map::new(),
            Some(json) => match serde_json::from_str(json).ok()? {
                Value::Object(context) => context,
                _ => return None,
            },
        };
        let agent = Some(agent.to_owned()).filter(|agent| !agent.is_empty());
        Some(Self { agent, machine: machine.to_owned(), state: state.to_owned(), context })
    }
}
