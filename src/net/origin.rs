//! Scheme, host and port: what an operator grants. Pure.

use std::fmt;

use reqwest::Url;

/// One origin, or with `*.` all hosts below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    /// Lower case; without the `*.`.
    host: String,
    below: bool,
    port: u16,
}

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "understand `{0}` as a server; write `https://api.example.com`, with a port where it has its own"
)]
pub struct OriginError(String);

impl Origin {
    /// Reads `https://api.example.com`, `https://*.example.com:8443`, `http://127.0.0.1:8707`.
    ///
    /// # Errors
    /// [`OriginError`] when it is something else, or has more than scheme, host and port.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let wrong = || OriginError(text.to_owned());
        let below = text.contains("://*.");
        let url = Url::parse(&text.replacen("://*.", "://", 1)).map_err(|_no_url| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let origin = Self::of(&url).filter(|_| bare && !text.ends_with('/')).ok_or_else(wrong)?;
        if origin.host.contains('*') {
            return Err(wrong());
        }
        Ok(Self { below, ..origin })
    }

    /// Where this URL leads; nothing when it is not of the web, or says who asks.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = match url.scheme() {
            "http" => "http",
            "https" => "https",
            _ => return None,
        };
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = url.host_str()?.trim_end_matches('.').to_owned();
        Some(Self { scheme, host, below: false, port: url.port_or_known_default()? })
    }

    /// Whether whoever may call this may call `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let host = if self.below {
            other.host.strip_suffix(&self.host).is_some_and(|label| label.ends_with('.'))
        } else {
            other.host == self.host && !other.below
        };
        host && self.scheme == other.scheme && self.port == other.port
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, below, port } = self;
        let star = if *below { "*." } else { "" };
        write!(f, "{scheme}://{star}{host}")?;
        match (*scheme, port) {
            ("http", 80) | ("https", 443) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(granted: &str, url: &str) -> bool {
        let asked = Origin::of(&Url::parse(url).unwrap()).unwrap();
        Origin::parse(granted).unwrap().covers(&asked)
    }

    #[test]
    fn a_grant_covers_its_scheme_host_and_port() {
        assert!(covers("https://api.example.com", "https://API.example.com/v1/tools?x=1"));
        assert!(covers("https://api.example.com:443", "https://api.example.com/"));
        assert!(covers("http://127.0.0.1:8707", "http://127.0.0.1:8707/tools"));
        assert!(!covers("https://api.example.com", "http://api.example.com/"));
        assert!(!covers("https://api.example.com", "https://api.example.com:8443/"));
        assert!(!covers("https://api.example.com", "https://api.example.com.evil.net/"));
        assert!(!covers("https://example.com", "https://api.example.com/"));
    }

    #[test]
    fn a_star_stands_for_hosts_below_and_not_for_the_host() {
        assert!(covers("https://*.example.com", "https://api.example.com/"));
        assert!(covers("https://*.example.com", "https://a.b.example.com/"));
        assert!(!covers("https://*.example.com", "https://example.com/"));
        assert!(!covers("https://*.example.com", "https://badexample.com/"));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "api.example.com",
            "https://api.example.com/tools",
            "https://api.example.com/",
            "https://api.*.com",
            "https://*",
            "ftp://example.com",
            "https://me:pw@example.com",
            "*",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_is_shown_as_it_is_written() {
        for text in ["https://*.example.com", "http://127.0.0.1:8707", "https://[::1]:8443"] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), text);
        }
    }
}
