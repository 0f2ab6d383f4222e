//! What the loaded tools offer to flows, and how a flow's name for a tool finds one of them. It calls nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::Id;

/// One tool that some backend offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The registry's name for it, `plugin/tool`, as in `reservations/check-availability`.
    pub name: String,
    /// JSON Schema of the arguments.
    pub args: Arc<Value>,
    /// JSON Schema of the result, when the tool declares one.
    pub result: Option<Arc<Value>>,
    /// Whether the tool says that the same call may be sent twice (read-only or idempotent).
    pub repeatable: bool,
}

/// Every tool on offer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offers {
    by_name: BTreeMap<String, Offer>,
    /// Plugins that understand texts.
    understand: BTreeSet<String>,
}

/// What a flow gives a tool or reads of it, and what would no longer do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfit {
    /// `plugin.unfit`.
    pub code: &'static str,
    /// The flow that runs.
    pub flow: Id,
    /// The state that it is in, if it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The flow's name for the tool.
    pub tool: String,
    /// JSON pointer.
    pub path: String,
    /// What does not fit, with flow and state.
    pub message: String,
}

/// Why a flow's name for a tool finds none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    /// No backend has it.
    #[error("find tool `{name}`: no loaded plugin offers it")]
    Nobody {
        /// As the flow says it.
        name: String,
    },
    /// Several backends have it.
    #[error("tell which tool `{name}` is meant: {} offer it; write `uses`", .among.join(", "))]
    Several {
        /// As the flow says it.
        name: String,
        /// The registry's names.
        among: Vec<String>,
    },
}

impl Offers {
    /// From all backends; of two offers with one name the later counts.
    pub fn new(offers: impl IntoIterator<Item = Offer>) -> Self {
        let by_name = offers.into_iter().map(|offer| (offer.name.clone(), offer)).collect();
        Self { by_name, understand: BTreeSet::new() }
    }

    /// And with these plugins, which understand texts.
    #[must_use]
    pub fn understanding(self, plugins: impl IntoIterator<Item = String>) -> Self {
        Self { understand: plugins.into_iter().collect(), ..self }
    }

    /// The plugins that understand texts.
    #[must_use]
    pub const fn who_understands(&self) -> &BTreeSet<String> {
        &self.understand
    }

    /// The tool that a flow means by `name`, or by `uses` when it says so. A bare name is looked up among the
    /// tools of all plugins, `CamelCase`, `snake_case` and `kebab-case` taken as the same.
    ///
    /// # Errors
    /// [`NotOffered`] when nobody has it, or more than one.
    pub fn find(&self, name: &str, uses: Option<&str>) -> Result<&Offer, NotOffered> {
        let wanted = uses.unwrap_or(name);
        if wanted.contains('/') {
            let nobody = || NotOffered::Nobody { name: wanted.to_owned() };
            return self.by_name.get(wanted).ok_or_else(nobody);
        }
        let folded = kebab(wanted);
        let tool_of = |offer: &Offer| offer.name.rsplit('/').next().map(kebab);
        let found: Vec<&Offer> = self
            .by_name
            .values()
            .filter(|offer| tool_of(offer).as_ref() == Some(&folded))
            .collect();
        match found.as_slice() {
            [] => Err(NotOffered::Nobody { name: wanted.to_owned() }),
            [one] => Ok(one),
            several => Err(NotOffered::Several {
                name: wanted.to_owned(),
                among: several.iter().map(|offer| offer.name.clone()).collect(),
            }),
        }
    }

    /// Who offers them: the part of each name before the slash.
    #[must_use]
    pub fn plugins(&self) -> BTreeSet<String> {
        let plugin = |name: &String| name.split_once('/').map(|(plugin, _)| plugin.to_owned());
        self.by_name.keys().filter_map(plugin).collect()
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Offer> {
        self.by_name.values()
    }
}

/// `CheckAvailability`, `check_availability` and `check-availability` as the last of these.
fn kebab(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && after_lower {
            out.push('-');
        }
        after_lower = c.is_lowercase() || c.is_ascii_digit();
        if c == '_' {
            out.push('-');
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}
