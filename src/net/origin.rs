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

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// The host, or the one that they are all below.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether whoever may call this may call `other`, or all of it if it is more than one itself.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.covers_host(other) && self.scheme == other.scheme && self.port == other.port
    }

    fn covers_host(&self, other: &Self) -> bool {
        if !self.below {
            return other.host == self.host && !other.below;
        }
        let deeper = other.host.strip_suffix(&self.host).is_some_and(|label| label.ends_with('.'));
        deeper || (other.below && other.host == self.host)
    }
}

/// The hosts that something is kept for: an origin, or a host of any scheme and, unless it names one, any port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    origin: Origin,
    any_scheme: bool,
    any_port: bool,
}

impl Bound {
    /// Reads `api.example.com`, `*.example.com`, `api.example.com:8443`, or what [`Origin::parse`] reads.
    ///
    /// # Errors
    /// [`OriginError`] when it is something else.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text.contains("://") {
            let origin = Origin::parse(text)?;
            return Ok(Self { origin, any_scheme: false, any_port: false });
        }
        let origin = Origin::parse(&format!("https://{text}"));
        let origin = origin.map_err(|_no_host| OriginError(text.to_owned()))?;
        let any_port = text.ends_with(']') || !text.contains(':');
        Ok(Self { origin, any_scheme: true, any_port })
    }

    /// Whether it may be shown there.
    #[must_use]
    pub fn covers(&self, origin: &Origin) -> bool {
        self.origin.covers_host(origin)
            && (self.any_scheme || self.origin.scheme == origin.scheme)
            && (self.any_port || self.origin.port == origin.port)
    }

    /// Whether it may be shown wherever `other` may.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        self.covers(&other.origin)
            && (self.any_scheme || !other.any_scheme)
            && (self.any_port || !other.any_port)
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
    fn a_grant_covers_a_request_that_is_as_wide_or_narrower() {
        let covers =
            |a: &str, b: &str| Origin::parse(a).unwrap().covers(&Origin::parse(b).unwrap());
        assert!(covers("https://*.example.com", "https://*.example.com"));
        assert!(covers("https://*.example.com", "https://*.api.example.com"));
        assert!(!covers("https://*.api.example.com", "https://*.example.com"));
        assert!(!covers("https://example.com", "https://*.example.com"));
    }

    #[test]
    fn what_is_kept_for_a_host_goes_to_no_other() {
        let covers = |bound: &str, url: &str| {
            let origin = Origin::of(&Url::parse(url).unwrap()).unwrap();
            Bound::parse(bound).unwrap().covers(&origin)
        };
        assert!(covers("api.example.com", "https://api.example.com/x"));
        assert!(covers("api.example.com", "http://api.example.com:8080/x"));
        assert!(covers("*.example.com", "https://api.example.com/"));
        assert!(covers("[::1]", "http://[::1]:8080/"));
        assert!(!covers("api.example.com", "https://api.example.com.evil.net/"));
        assert!(!covers("api.example.com:8443", "https://api.example.com/"));
        assert!(!covers("https://api.example.com", "http://api.example.com/"));
        let includes =
            |a: &str, b: &str| Bound::parse(a).unwrap().includes(&Bound::parse(b).unwrap());
        assert!(includes("api.example.com", "https://api.example.com"));
        assert!(includes("*.example.com", "api.example.com"));
        assert!(!includes("https://api.example.com", "api.example.com"));
        assert!(!includes("api.example.com:8443", "api.example.com"));
        assert!(Bound::parse("api.example.com/path").is_err());
        assert!(Bound::parse("*").is_err());
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
