//! `[models.<name>]`, and the two variables by which programs say it that speak to OpenAI.

use crate::nlu::{ModelServer, ModelServers};

/// The name that the server of the environment gets.
const DEFAULT: &str = "default";

/// The secret that `OPENAI_API_KEY` is.
pub(super) const OPENAI_KEY: &str = "openai_api_key";

/// Where OpenAI's own servers are.
const OPENAI_URL: &str = "https://api.openai.com/v1";

/// The servers of the settings file; where that has none, the one that the environment names.
pub(super) fn servers(written: ModelServers) -> ModelServers {
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    if written.is_empty() {
        of_environment(variable("OPENAI_BASE_URL"), variable("OPENAI_API_KEY").is_some())
    } else {
        written
    }
}

/// A key alone is for OpenAI's own; an address alone is of a server that asks for none. Whoever starts the host with an
/// address means it, wherever it is.
fn of_environment(url: Option<String>, has_key: bool) -> ModelServers {
    let Some(url) = url.or_else(|| has_key.then(|| OPENAI_URL.to_owned())) else {
        return ModelServers::new();
    };
    let key = has_key.then(|| OPENAI_KEY.to_owned());
    let server =
        ModelServer { private_networks: url != OPENAI_URL, url, key, ..ModelServer::default() };
    ModelServers::from([(DEFAULT.to_owned(), server)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_a_server_by_its_address_or_by_its_key() {
        assert!(of_environment(None, false).is_empty());
        let theirs = of_environment(None, true);
        let theirs = &theirs["default"];
        assert_eq!((theirs.url.as_str(), theirs.private_networks), (OPENAI_URL, false));
        assert_eq!(theirs.key.as_deref(), Some("openai_api_key"));
        let own = of_environment(Some("http://127.0.0.1:8080/v1".to_owned()), false);
        assert!(own["default"].private_networks && own["default"].key.is_none());
    }
}
