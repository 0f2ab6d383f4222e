//! One request from its first hop to its answer. Every hop is looked at as if it were the first, and a hop to another
//! server carries nothing that was meant for the one before.

use bytes::Bytes;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue,
    LOCATION,
};
use reqwest::{Method, Response, StatusCode, Url};

use super::ask::{Wanted, invalid, is_connections};
use super::play::play;
use super::{Failed, Failure, Outing};
use crate::net::{Origin, Resolver, Trouble, root};
use crate::plugin::reach::Rule;
use crate::plugin::wire::Wire;

/// An answer, with what was secret in it taken out.
#[derive(Debug, Clone)]
pub(in crate::plugin) struct Reply {
    pub(in crate::plugin) status: StatusCode,
    pub(in crate::plugin) headers: HeaderMap,
    pub(in crate::plugin) body: Bytes,
}

impl Outing {
    /// The rule under which this may be sent.
    pub(super) fn allowed(&self, url: &Url, method: &Method) -> Result<&Rule, Failed> {
        let denied = |why: String| Failed::new(Failure::Denied, why);
        let origin = origin(url)?;
        let Some(rule) = self.egress.rule(&origin) else {
            return Err(denied(format!(
                "`{origin}` is not among the hosts of [[capabilities.http]] in plugin.toml"
            )));
        };
        if !rule.methods.iter().any(|allowed| allowed == method.as_str()) {
            return Err(denied(format!(
                "the method {method} is not granted for `{origin}`; add it to `methods` in [[capabilities.http]]"
            )));
        }
        Resolver::new(rule.private_networks)
            .check_literal(url)
            .map_err(|refused| denied(format!("could not {refused}")))?;
        Ok(rule)
    }

    /// Sends, and sends again where the server says, as far as that is allowed.
    pub(super) async fn exchange(&self, mut wanted: Wanted, rule: Rule) -> Result<Reply, Failed> {
        let (hops_max, mut rule) = (rule.redirects, rule);
        let mut hops = 0;
        loop {
            let sent = hops > 0;
            let at_hop = |failed: Failed| Failed { sent: sent || failed.sent, ..failed };
            let response = Box::pin(self.hop(&wanted, &rule)).await.map_err(at_hop)?;
            let next = next(&response, &wanted).filter(|_| hops_max > 0);
            let Some(next) = next else {
                return Box::pin(self.read(response, &rule)).await.map_err(Failed::after_sending);
            };
            if hops == hops_max {
                let why = format!("the server answered with more than {hops_max} redirects");
                return Err(Failed::new(Failure::Denied, why).after_sending());
            }
            hops += 1;
            wanted = self.redirected(wanted, next?);
            let allowed = self.allowed(&wanted.url, &wanted.method);
            rule = allowed.map_err(|failed| elsewhere(failed).after_sending())?.clone();
        }
    }

    async fn hop(&self, wanted: &Wanted, rule: &Rule) -> Result<Response, Failed> {
        self.count_request()?;
        let Wanted { method, url, headers, body } = wanted;
        let origin = origin(url)?;
        if self.veil.is_in(url.as_str().as_bytes()) {
            return Err(invalid("a secret cannot stand in a URL; send it in a header"));
        }
        let mut filled = HeaderMap::with_capacity(headers.len());
        for (name, value) in headers {
            let value = match self.veil.fill(&self.egress, value.as_bytes(), &origin)? {
                None => value.clone(),
                Some(bytes) => {
                    let mut value = HeaderValue::from_bytes(&bytes)
                        .map_err(|_error| invalid("a secret cannot stand in a header"))?;
                    value.set_sensitive(true);
                    value
                }
            };
            filled.append(name.clone(), value);
        }
        let body = match self.veil.fill(&self.egress, body, &origin)? {
            None => body.clone(),
            Some(body) => body,
        };
        let size = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        self.count_bytes(size.sum::<usize>() + url.as_str().len() + body.len())?;
        if let Wire::Played(player) = &self.egress.wire {
            return play(
                player,
                Wanted { method: method.clone(), url: url.clone(), headers: filled, body },
            )
            .await;
        }
        let client = self.egress.client(rule.private_networks)?;
        let request = client.request(method.clone(), url.clone()).headers(filled);
        let request = if body.is_empty() { request } else { request.body(body) };
        request.send().await.map_err(|error| failed(&error))
    }

    /// What is sent to where a redirect leads.
    fn redirected(&self, wanted: Wanted, next: Next) -> Wanted {
        let Next { url, method } = next;
        let mut headers = wanted.headers;
        let mut body = wanted.body;
        if method != wanted.method {
            body.clear();
            headers.remove(CONTENT_TYPE);
        }
        if Origin::of(&url) != Origin::of(&wanted.url) {
            headers.remove(AUTHORIZATION);
            headers.remove(COOKIE);
            let secret: Vec<_> = headers
                .iter()
                .filter(|(_, value)| self.veil.is_in(value.as_bytes()))
                .map(|(name, _)| name.clone())
                .collect();
            for name in secret {
                headers.remove(name);
            }
        }
        Wanted { method, url, headers, body }
    }

    async fn read(&self, mut response: Response, rule: &Rule) -> Result<Reply, Failed> {
        let (options, max) = (&self.egress.options, rule.response_max);
        let large =
            || Failed::new(Failure::TooLarge, format!("the answer has more than {max} bytes"));
        let status = response.status();
        if status == StatusCode::SWITCHING_PROTOCOLS {
            let why = "the server speaks another protocol";
            return Err(Failed::new(Failure::Protocol, why));
        }
        let mut headers = HeaderMap::with_capacity(response.headers().len());
        let mut size = 0;
        for (name, value) in response.headers().iter().filter(|(name, _)| !is_connections(name)) {
            size += name.as_str().len() + value.len();
            let masked = self.veil.mask(&self.egress, value.as_bytes());
            let masked = masked.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
            headers.append(name.clone(), masked.unwrap_or_else(|| value.clone()));
        }
        if headers.len() > options.headers_max || size > options.header_bytes_max {
            return Err(Failed::new(Failure::TooLarge, "the answer has too many headers"));
        }
        self.count_bytes(size)?;
        if response.content_length().unwrap_or(0) > max {
            return Err(large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            self.count_bytes(chunk.len())?;
            body.extend_from_slice(&chunk);
            if u64::try_from(body.len()).unwrap_or(u64::MAX) > max {
                return Err(large());
            }
        }
        self.readable(&headers)?;
        let body = match self.veil.mask(&self.egress, &body) {
            None => body,
            Some(masked) if u64::try_from(masked.len()).unwrap_or(u64::MAX) > max => {
                return Err(large());
            }
            Some(masked) => {
                headers.insert(CONTENT_LENGTH, masked.len().into());
                masked
            }
        };
        Ok(Reply { status, headers, body: body.into() })
    }

    /// Refuses what cannot be looked through where there is something to look for.
    fn readable(&self, headers: &HeaderMap) -> Result<(), Failed> {
        let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
        if self.egress.keeps_secrets() && !headers.get_all(CONTENT_ENCODING).iter().all(plain) {
            let why = "the server compressed its answer without being asked to";
            return Err(Failed::new(Failure::Protocol, why));
        }
        Ok(())
    }
}

fn origin(url: &Url) -> Result<Origin, Failed> {
    Origin::of(url).ok_or_else(|| invalid("the URL is none of the web"))
}

/// Where a redirect leads, and with which method.
struct Next {
    url: Url,
    method: Method,
}

/// None when the answer is no redirect.
fn next(response: &Response, wanted: &Wanted) -> Option<Result<Next, Failed>> {
    let location = response.headers().get(LOCATION)?;
    let becomes_get = match (response.status().as_u16(), &wanted.method) {
        (303, method) => *method != Method::GET && *method != Method::HEAD,
        (301 | 302, method) => *method == Method::POST,
        (307 | 308, _) => false,
        _ => return None,
    };
    let method = if becomes_get { Method::GET } else { wanted.method.clone() };
    let url = location.to_str().ok().and_then(|to| wanted.url.join(to).ok());
    let url = url.filter(|url| Origin::of(url).is_some());
    Some(url.map(|url| Next { url, method }).ok_or_else(|| {
        let why = "the server redirects to what is no URL of the web";
        Failed::new(Failure::Denied, why).after_sending()
    }))
}

fn elsewhere(failed: Failed) -> Failed {
    Failed { message: format!("the server redirects elsewhere: {}", failed.message), ..failed }
}

/// Of a request without an answer, or with half of one.
fn failed(error: &reqwest::Error) -> Failed {
    match Trouble::of(error) {
        Trouble::Refused(refused) => Failed::new(
            Failure::Denied,
            format!(
                "could not {refused}; if that is meant, write `private_networks = true` in [[capabilities.http]] and in the grant"
            ),
        ),
        Trouble::Name => Failed::new(Failure::Dns, format!("could not {}", root(error))),
        Trouble::Tls => Failed::new(Failure::Tls, root(error)),
        Trouble::Connect => Failed::new(Failure::Connect, root(error)),
        Trouble::Timeout => {
            let failed = Failed::new(Failure::Timeout, "there was no connection in time");
            Failed { sent: !error.is_connect(), ..failed }
        }
        Trouble::Lost => Failed::new(Failure::Protocol, root(error)).after_sending(),
    }
}
