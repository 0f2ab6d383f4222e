//! What the parts of a CSM definition say of themselves, with what a host wants to know of the whole.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::super::model::{Busy, Sessions};

/// What a part says of itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::flow::csm) struct Meta {
    /// Its name for people.
    #[serde(default)]
    pub(in crate::flow::csm) name: Option<String>,
    /// What it is good for.
    #[serde(default)]
    pub(in crate::flow::csm) description: Option<String>,
    /// The author's number of it.
    #[serde(default)]
    #[expect(dead_code, reason = "a flow's version is the hash of what it says")]
    pub(in crate::flow::csm) version: Option<Value>,
    /// For finding it.
    #[serde(default)]
    pub(in crate::flow::csm) tags: Option<Vec<String>>,
    /// The same, as a flow of ours says it.
    #[serde(default)]
    pub(in crate::flow::csm) categories: Option<Vec<String>>,
    /// Of the whole: BCP 47 language of its texts, `en-US`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    language: Option<Value>,
    /// Of the whole: IANA time zone, `Europe/Lisbon`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    time_zone: Option<Value>,
    /// Of the whole: name of a synthetic voice, for callers.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    voice: Option<Value>,
    /// Of the whole: what happens to a message that arrives while something is awaited.
    #[serde(default)]
    #[schemars(with = "Option<Busy>")]
    busy: Option<Value>,
    /// Of the whole: what running sessions do when it changes.
    #[serde(default)]
    #[schemars(with = "Option<Sessions>")]
    sessions: Option<Value>,
    /// Free for the author.
    #[serde(default)]
    #[expect(dead_code, reason = "it stays in the definition, where its author finds it")]
    pub(in crate::flow::csm) custom: Option<Value>,
}

impl Meta {
    /// The keys of our language that CSM does not have; they mean the same here and are taken as they are.
    pub(in crate::flow::csm) fn of_host(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let Self { language, time_zone, voice, busy, sessions, .. } = self;
        let members = [
            ("language", language),
            ("time_zone", time_zone),
            ("voice", voice),
            ("busy", busy),
            ("sessions", sessions),
        ];
        members.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }
}
