//! What nobody may read in a log, an error or a document: the operator's secrets, from the environment only. A value is
//! seen by whoever asks for it by [`Secret::expose`], and by nobody else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What the variables of secrets begin with.
const PREFIX: &str = "CICERONE_SECRET_";

/// The one variable of others that is a secret by its own name, because every program that asks such a server has it there.
const OPENAI: (&str, &str) = ("OPENAI_API_KEY", "openai_api_key");

/// Longest name, characters.
const NAME_MAX: usize = 64;

/// One secret. It shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes a value into custody.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The operator's secrets by name: `CICERONE_SECRET_ORDERS_KEY` is `orders_key`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Those among the variables of an environment; one without a value is none.
    pub fn among(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let named = variables.into_iter().filter_map(|(variable, value)| {
            let own = variable.strip_prefix(PREFIX).map(str::to_ascii_lowercase);
            let name = own.or_else(|| (variable == OPENAI.0).then(|| OPENAI.1.to_owned()))?;
            (is_name(&name) && !value.is_empty()).then(|| (name, Secret::new(&value)))
        });
        Self(named.collect())
    }

    /// The secret of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }
}

/// `[a-z][a-z0-9_]{0,63}`
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= NAME_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The variable that a secret of this name comes from.
#[must_use]
pub fn variable(name: &str) -> String {
    if name == OPENAI.1 {
        return OPENAI.0.to_owned();
    }
    format!("{PREFIX}{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(variables: &[(&str, &str)]) -> Secrets {
        Secrets::among(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    #[test]
    fn a_secret_has_the_name_of_its_variable_and_one_without_a_value_is_none() {
        let secrets =
            among(&[("CICERONE_SECRET_SHOP_KEY", "s3"), ("CICERONE_SECRET_X", ""), ("PATH", "/")]);
        assert_eq!(secrets.get("shop_key").map(Secret::expose), Some("s3"));
        assert_eq!(secrets.0.len(), 1);
        assert_eq!(
            among(&[("OPENAI_API_KEY", "k")]).get("openai_api_key").map(Secret::expose),
            Some("k")
        );
        assert_eq!(variable("shop_key"), "CICERONE_SECRET_SHOP_KEY");
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let shown = format!("{:?}", among(&[("CICERONE_SECRET_SHOP_KEY", "hunter2")]));
        assert_eq!(shown, "Secrets({\"shop_key\": Secret(…)})");
    }
}
