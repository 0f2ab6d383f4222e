//! What becomes of running sessions when a flow changes.

use std::collections::BTreeMap;

use super::{Assign, Flow};
use crate::flow::Version;

/// How sessions of an older version come over.
#[derive(Debug)]
pub struct Migration {
    /// Digits that the older version begins with; none is every version.
    pub from: Option<String>,
    /// Old names and the states that take their place.
    pub states: BTreeMap<String, String>,
    /// All right sides see the old context.
    pub assign: Vec<Assign>,
    /// JSON pointer.
    pub at: String,
}

/// What running sessions do when the flow changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// Whether they move.
    pub policy: Policy,
    /// How long they may stay on an older version.
    pub pin_max_ms: u64,
}

/// Whether running sessions move to a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Where that is safe; else they stay for a time.
    #[default]
    Auto,
    /// They stay to their end.
    Pin,
    /// Always; where their state is gone, to the start.
    Migrate,
    /// They stay for a time.
    Drain,
}

impl Flow {
    /// What is said to a person whose conversation ends because the flow has no place for it any more.
    #[must_use]
    pub fn farewell(&self) -> &'static str {
        match self.meta.language.split('-').next().unwrap_or_default() {
            "de" => {
                "Dieser Dienst wurde inzwischen erneuert. Bitte beginnen Sie noch einmal von vorn."
            }
            "es" => "Este servicio se ha renovado entretanto. Por favor, empieza de nuevo.",
            "fr" => "Ce service a été renouvelé entre-temps. Merci de recommencer depuis le début.",
            "it" => {
                "Nel frattempo questo servizio è stato rinnovato. Per favore, ricomincia da capo."
            }
            "nl" => "Deze dienst is intussen vernieuwd. Begin alstublieft opnieuw.",
            "pt" => "Entretanto este serviço foi renovado. Por favor, comece de novo.",
            _ => "This service was renewed in the meantime. Please start again from the beginning.",
        }
    }

    /// How a session of this older version comes over: what is said of the version before what is said of all.
    #[must_use]
    pub fn migration_from(&self, version: &Version) -> Option<&Migration> {
        let is_meant = |one: &&Migration| {
            one.from.as_ref().is_some_and(|digits| version.as_str().starts_with(digits))
        };
        let all = || self.migrations.iter().find(|one| one.from.is_none());
        self.migrations.iter().find(is_meant).or_else(all)
    }
}
