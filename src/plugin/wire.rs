//! Where a request goes once everything about it was looked at: to its server, or to whoever plays the servers for an
//! author's cases. Which requests are allowed, and with what in them, is decided before and is the same for both.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

/// Where requests go.
#[derive(Clone, Default)]
pub enum Wire {
    /// To their servers.
    #[default]
    Servers,
    /// To somebody who plays all of them: no name is looked up, and nothing leaves the process.
    Played(Player),
}

/// Who plays servers.
pub type Player = Arc<dyn Fn(Sent) -> Played + Send + Sync>;

/// A request as its server sees it: secrets stand in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// In capitals.
    pub method: String,
    /// As [`url`] writes it.
    pub url: String,
    /// Names in small letters.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Empty where there is none.
    pub body: Vec<u8>,
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// When it comes.
    pub after: Duration,
    /// What comes.
    pub answer: Result<Written, NoAnswer>,
}

/// An answer as a server writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// 100 to 999.
    pub status: u16,
    /// Of HTTP.
    pub headers: Vec<(String, String)>,
    /// All of it.
    pub body: Vec<u8>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// Its name has no address.
    Dns,
    /// Nobody takes the connection.
    Connect,
    /// The other side does not prove who it is.
    Tls,
    /// Nothing comes in time.
    Timeout,
    /// The connection is lost, or what comes is no HTTP.
    Protocol,
}

/// A URL as it is when it is sent; none if it is no URL of the web.
#[must_use]
pub fn url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(sent)
}

/// What stands behind a `#` stays with whoever asks.
pub(super) fn sent(mut url: Url) -> String {
    url.set_fragment(None);
    url.into()
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Servers => "Servers",
            Self::Played(_) => "Played",
        })
    }
}

/// Without what may be secret.
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, .. } = self;
        f.debug_struct("Sent").field("method", method).field("url", url).finish_non_exhaustive()
    }
}
