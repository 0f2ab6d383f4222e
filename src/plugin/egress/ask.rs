//! What a guest wants sent, checked before anything is done about it: a method, a URL of the web, headers that are no
//! part of the connection, bounded in every way. Pure.

use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use reqwest::{Method, Url};

use super::{EgressOptions, Failed, Failure};
use crate::net::Origin;

/// Longest URL, bytes.
const URL_MAX: usize = 8 << 10;

/// Headers that are the connection's, or say whom it is to.
const CONNECTIONS: [HeaderName; 12] = [
    CONNECTION,
    EXPECT,
    HOST,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// As the guest says it.
#[derive(Debug, Clone, Default)]
pub(in crate::plugin) struct Ask {
    pub(in crate::plugin) method: String,
    pub(in crate::plugin) url: String,
    pub(in crate::plugin) headers: Vec<(String, Vec<u8>)>,
    pub(in crate::plugin) body: Vec<u8>,
    pub(in crate::plugin) timeout: Option<Duration>,
    /// Whether it and its body were counted while it came in.
    pub(in crate::plugin) counted: bool,
}

/// What can be sent; placeholders of secrets are still in it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Ask {
    /// Bytes of all of it.
    pub(in crate::plugin) fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        headers.sum::<usize>() + self.method.len() + self.url.len() + self.body.len()
    }

    pub(super) fn checked(self, options: &EgressOptions) -> Result<Wanted, Failed> {
        let size = u64::try_from(self.body.len()).unwrap_or(u64::MAX);
        if size > options.request_max {
            let why = format!("a request may have {} bytes, not {size}", options.request_max);
            return Err(Failed::new(Failure::TooLarge, why));
        }
        let headers = headers(&self.headers, self.body.len(), options)?;
        let method =
            self.method.parse().map_err(|_no_method| invalid("the method is none; write `GET`"))?;
        Ok(Wanted { method, url: url(&self.url)?, headers, body: self.body })
    }
}

pub(super) fn invalid(why: impl Into<String>) -> Failed {
    Failed::new(Failure::InvalidRequest, why)
}

fn url(text: &str) -> Result<Url, Failed> {
    if text.len() > URL_MAX {
        return Err(invalid(format!("a URL may have {URL_MAX} bytes")));
    }
    let url = Url::parse(text).map_err(|error| invalid(format!("the URL is none: {error}")))?;
    if Origin::of(&url).is_none() {
        let why = "the URL must begin with https:// or http:// and name nobody who asks";
        return Err(invalid(why));
    }
    Ok(url)
}

fn headers(
    asked: &[(String, Vec<u8>)],
    length: usize,
    options: &EgressOptions,
) -> Result<HeaderMap, Failed> {
    let bytes = asked.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    if asked.len() > options.headers_max || bytes > options.header_bytes_max {
        let (count, size) = (options.headers_max, options.header_bytes_max);
        let why = format!("a request may have {count} headers and {size} bytes of them");
        return Err(Failed::new(Failure::TooLarge, why));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in asked {
        let (name, value) = header(name, value)?;
        if name == CONTENT_LENGTH {
            if value.to_str().ok().and_then(|text| text.parse().ok()) != Some(length) {
                return Err(invalid("the header `content-length` is not the length of the body"));
            }
        } else if name != ACCEPT_ENCODING {
            headers.append(name, value);
        }
    }
    // What is compressed cannot be looked through for secrets.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Ok(headers)
}

fn header(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), Failed> {
    let name: HeaderName =
        name.parse().map_err(|_error| invalid("the name of a header is none"))?;
    if CONNECTIONS.contains(&name) {
        return Err(invalid(format!("the header `{name}` is the host's to set")));
    }
    let value = HeaderValue::from_bytes(value)
        .map_err(|_error| invalid(format!("the value of header `{name}` cannot stand in one")))?;
    Ok((name, value))
}

/// Whether a header is the connection's and none of the guest's business.
pub(super) fn is_connections(name: &HeaderName) -> bool {
    CONNECTIONS.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ask: Ask) -> Result<Wanted, (Failure, String)> {
        let wanted = ask.checked(&EgressOptions::default());
        wanted.map_err(|failed| (failed.kind, failed.message))
    }

    fn ask(headers: &[(&str, &str)]) -> Ask {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec()));
        let (method, url) = ("GET".to_owned(), "https://api.example.com/x?y=1".to_owned());
        Ask { method, url, headers: headers.collect(), ..Ask::default() }
    }

    #[test]
    fn a_header_cannot_break_out_of_its_line_or_speak_for_the_connection() {
        for (name, value) in [
            ("x-a", "1\r\nx-b: 2"),
            ("x-a", "1\nx-b: 2"),
            ("x-a", "\0"),
            ("x-a\r\nx-b", "1"),
            ("x a", "1"),
            ("", "1"),
            ("Host", "evil.example"),
            ("connection", "keep-alive, x-a"),
            ("Transfer-Encoding", "chunked"),
            ("upgrade", "websocket"),
            ("proxy-authorization", "x"),
            ("te", "trailers"),
            ("expect", "100-continue"),
            ("content-length", "7"),
        ] {
            let (kind, message) = check(ask(&[(name, value)])).unwrap_err();
            assert_eq!(kind, Failure::InvalidRequest, "{name}: {message}");
        }
        let wanted = check(ask(&[("X-A", "1"), ("x-a", "2"), ("content-length", "0")])).unwrap();
        assert_eq!(wanted.headers.get_all("x-a").iter().count(), 2);
        assert_eq!(wanted.headers[ACCEPT_ENCODING], "identity");
        assert!(!wanted.headers.contains_key(CONTENT_LENGTH));
    }

    #[test]
    fn a_url_is_of_the_web_and_names_nobody() {
        for url in [
            "ftp://api.example.com/",
            "file:///etc/passwd",
            "https://me:pw@api.example.com/",
            "https://me@api.example.com/",
            "//api.example.com/",
            "https://",
            "GET https://api.example.com/ HTTP/1.1",
        ] {
            let error = check(Ask { url: url.to_owned(), ..ask(&[]) }).unwrap_err();
            assert_eq!(error.0, Failure::InvalidRequest, "{url}");
        }
        let method = "GET /\r\nHost: x".to_owned();
        assert_eq!(check(Ask { method, ..ask(&[]) }).unwrap_err().0, Failure::InvalidRequest);
    }

    #[test]
    fn more_than_may_be_sent_is_too_large() {
        let many = vec![("x-a".to_owned(), b"1".to_vec()); 65];
        assert_eq!(check(Ask { headers: many, ..ask(&[]) }).unwrap_err().0, Failure::TooLarge);
        let long = vec![("x-a".to_owned(), vec![b'1'; 40_000])];
        assert_eq!(check(Ask { headers: long, ..ask(&[]) }).unwrap_err().0, Failure::TooLarge);
        let body = vec![0; (1 << 20) + 1];
        assert_eq!(check(Ask { body, ..ask(&[]) }).unwrap_err().0, Failure::TooLarge);
        let url = format!("https://api.example.com/{}", "x".repeat(9_000));
        assert_eq!(check(Ask { url, ..ask(&[]) }).unwrap_err().0, Failure::InvalidRequest);
    }
}
