//! A component's `plugin.toml` with some things otherwise than they are written, for trying how its tools fare then.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Error, Wasm};

/// What is otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Variation<'a> {
    /// Keys of `[limits]`, as they are written there.
    pub limits: &'a Map<String, Value>,
    /// Keys of `[config]`.
    pub config: &'a BTreeMap<String, String>,
}

impl Wasm {
    /// Reads a `plugin.toml` as if the variation stood in it.
    ///
    /// # Errors
    /// [`Error`], also for what the variation says.
    pub fn varied(text: &str, variation: Variation<'_>) -> Result<Self, Error> {
        let mut file: toml::Table = super::read(text)?;
        let limits = variation.limits.iter().map(|(key, value)| Ok((key, plain(key, value)?)));
        merge(&mut file, "limits", limits)?;
        let config = variation.config.iter();
        merge(&mut file, "config", config.map(|(key, text)| Ok((key, text.as_str().into()))))?;
        let text = toml::to_string(&file).map_err(|error| Error::Written(error.to_string()))?;
        Self::parse(&text)
    }
}

fn merge<'a>(
    file: &mut toml::Table,
    table: &str,
    entries: impl Iterator<Item = Result<(&'a String, toml::Value), Error>>,
) -> Result<(), Error> {
    let place = file.entry(table).or_insert_with(|| toml::Table::new().into());
    let place =
        place.as_table_mut().ok_or_else(|| Error::Written(format!("`{table}` is no table")));
    let place = place?;
    for entry in entries {
        let (key, value) = entry?;
        place.insert(key.clone(), value);
    }
    Ok(())
}

fn plain(key: &str, value: &Value) -> Result<toml::Value, Error> {
    toml::Value::try_from(value).map_err(|error| Error::Written(format!("`limits.{key}`: {error}")))
}
