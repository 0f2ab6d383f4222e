//! From what a plugin asks for and the operator grants to a server that can be called. What is asked and not granted
//! is refused with the lines to add.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::{Error, Server};
use crate::manifest::{self, Grant, HeaderValue as Words, HttpParts, quoted};
use crate::net::{self, Origin, Resolver};
use crate::secret::{Secrets, is_name};

/// Hops of one call.
const REDIRECTS_MAX: u32 = 5;

/// The longest wait for a connection, and never more than half of an attempt, so that it is known that nothing was sent.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// The largest request and answer, whatever the author asks for; bytes.
const BYTES_MAX: u64 = 4 << 20;

/// Headers that are ours, or the connection's.
const OWN: [&str; 10] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "idempotency-key",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What our own headers and those of MCP begin with.
const OWN_PREFIXES: [&str; 2] = ["x-cicerone-", "mcp-"];

pub(super) fn server(
    manifest: &manifest::Http,
    digest: &str,
    grant: &Grant,
    secrets: &Secrets,
) -> Result<Server, Error> {
    let asked = &manifest.endpoint;
    if asked.redirects > REDIRECTS_MAX {
        let why = format!("`http.redirects` is {}; at most {REDIRECTS_MAX}", asked.redirects);
        return Err(written(why));
    }
    let asks = Asks { plugin: &manifest.name, table: "http", endpoint: asked };
    let Target { url, origin, headers, resolver, granted } = asks.target(digest, grant, secrets)?;
    let answer_max =
        granted.and_then(|granted| granted.max_response).map_or(BYTES_MAX, |max| max.0);
    let hops_max = granted.and_then(|granted| granted.redirects).unwrap_or(REDIRECTS_MAX);
    let connect = CONNECT_MAX.min(manifest.limits.timeout.0 / 2);
    Ok(Server {
        plugin: manifest.name.clone(),
        client: client(&url, resolver, connect, HeaderMap::new())?,
        url,
        origin,
        headers,
        key: asked.secret.as_deref().and_then(|name| secrets.get(name)).cloned(),
        unset: unset(&asked.secrets(), secrets),
        redirects: asked.redirects.min(hops_max),
        args_max: manifest.limits.args.0.min(BYTES_MAX),
        output_max: manifest.limits.output.0.min(BYTES_MAX).min(answer_max),
    })
}

/// A plugin's wish to call one server.
pub(in crate::tool) struct Asks<'a> {
    pub(in crate::tool) plugin: &'a str,
    /// Where it is written.
    pub(in crate::tool) table: &'static str,
    pub(in crate::tool) endpoint: &'a manifest::Endpoint,
}

/// A server that may be called, and how.
pub(in crate::tool) struct Target<'a> {
    pub(in crate::tool) url: Url,
    pub(in crate::tool) origin: Origin,
    pub(in crate::tool) headers: HeaderMap,
    pub(in crate::tool) resolver: Resolver,
    /// What the operator grants of it; nothing where all that is asked for is.
    pub(in crate::tool) granted: Option<&'a HttpParts>,
}

impl Asks<'_> {
    pub(in crate::tool) fn target<'g>(
        &self,
        digest: &str,
        grant: &'g Grant,
        secrets: &Secrets,
    ) -> Result<Target<'g>, Error> {
        let (url, origin) = self.url()?;
        let resolver = Resolver::new(self.endpoint.private_networks);
        resolver.check_literal(&url).map_err(|refused| {
            written(format!(
                "`{}.url` leads to the address `{}` ({}); if that is meant, write `private_networks = true` below it",
                self.table, refused.host, refused.closed
            ))
        })?;
        let names = self.endpoint.secrets();
        check_names(&names)?;
        let granted = self.granted(digest, grant, &origin)?;
        let headers = self.headers(secrets)?;
        Ok(Target { url, origin, headers, resolver, granted })
    }

    fn url(&self) -> Result<(Url, Origin), Error> {
        let parsed = Url::parse(&self.endpoint.url).ok().filter(|url| url.fragment().is_none());
        let read = parsed.and_then(|url| Origin::of(&url).map(|origin| (url, origin)));
        // What it says could be a password.
        read.ok_or_else(|| {
            written(format!(
                "`{}.url` is no URL of a server; write `https://host/path`, and what proves who we are as a secret in `headers`",
                self.table
            ))
        })
    }

    fn granted<'g>(
        &self,
        digest: &str,
        grant: &'g Grant,
        origin: &Origin,
    ) -> Result<Option<&'g HttpParts>, Error> {
        let (name, asked) = (self.plugin, self.endpoint);
        if grant.is_as_requested(name, digest)? {
            return Ok(None);
        }
        let mut reachable = None;
        for granted in &grant.http {
            let posts =
                granted.methods.as_ref().is_none_or(|methods| methods.iter().any(|m| m == "POST"));
            let enough = posts && (granted.private_networks || !asked.private_networks);
            for host in &granted.hosts {
                let covering = Origin::parse(host).map_err(|error| Error::Granted {
                    plugin: name.to_owned(),
                    why: error.to_string(),
                })?;
                if enough && covering.covers(origin) {
                    reachable = reachable.or(Some(granted));
                }
            }
        }
        let mut lines = Vec::new();
        if reachable.is_none() {
            lines.push(http_line(origin, asked.private_networks));
        }
        lines.extend(secrets_line(&asked.secrets(), grant));
        if lines.is_empty() {
            return Ok(reachable);
        }
        Err(manifest::Error::Grant { plugin: name.to_owned(), lines: lines.join("\n") }.into())
    }

    fn headers(&self, secrets: &Secrets) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        for (name, words) in &self.endpoint.headers {
            let wrong = |why: &str| written(format!("header `{name}` in [{}]: {why}", self.table));
            let header: HeaderName =
                name.parse().map_err(|_error| wrong("that is no header's name"))?;
            let own = |prefix| header.as_str().starts_with(prefix);
            if OWN.contains(&header.as_str()) || OWN_PREFIXES.into_iter().any(own) {
                return Err(wrong("it is set by the host"));
            }
            // While it is not set, no request is made.
            let Some(value) = words_of(words, secrets) else { continue };
            let mut value: HeaderValue =
                value.parse().map_err(|_error| wrong("its value cannot stand in a header"))?;
            value.set_sensitive(matches!(words, Words::Secret(_)));
            headers.insert(header, value);
        }
        Ok(headers)
    }
}

/// The line that grants a server.
pub(in crate::tool) fn http_line(origin: &Origin, private_networks: bool) -> String {
    let private = if private_networks { ", private_networks = true" } else { "" };
    format!("http = [{{ hosts = [\"{origin}\"]{private} }}]")
}

/// What is written, with the secret in its place; nothing while that is not set.
pub(in crate::tool) fn words_of(words: &Words, secrets: &Secrets) -> Option<String> {
    match words {
        Words::Plain(text) => Some(text.clone()),
        Words::Secret(value) => {
            let secret = secrets.get(&value.secret)?;
            Some(format!("{}{}", value.prefix, secret.expose()))
        }
    }
}

/// Names that can be those of secrets.
pub(in crate::tool) fn check_names(names: &[&str]) -> Result<(), Error> {
    match names.iter().find(|name| !is_name(name)) {
        Some(wrong) => {
            Err(written(format!("`{wrong}` is no secret's name: a-z first, then a-z 0-9 _")))
        }
        None => Ok(()),
    }
}

/// The first secret that the operator has not set.
pub(in crate::tool) fn unset(names: &[&str], secrets: &Secrets) -> Option<String> {
    names.iter().find(|name| secrets.get(name).is_none()).map(|name| (*name).to_owned())
}

/// The line that grants these secrets, where one is not granted.
pub(in crate::tool) fn secrets_line(names: &[&str], grant: &Grant) -> Option<String> {
    let granted = |name: &&str| grant.secrets.iter().any(|granted| granted.name() == *name);
    let line = || format!("secrets = [{}]", quoted(names.iter().copied()));
    (!names.iter().all(granted)).then(line)
}

pub(in crate::tool) fn written(why: String) -> Error {
    manifest::Error::Written(why).into()
}

/// A client that keeps connections, follows nothing by itself and connects to checked addresses only.
pub(in crate::tool) fn client(
    url: &Url,
    resolver: Resolver,
    connect: Duration,
    headers: HeaderMap,
) -> Result<Client, Error> {
    let failed =
        |why: String| Error::Client { host: url.host_str().unwrap_or_default().into(), why };
    let builder = net::client(url.as_str()).map_err(|error| failed(error.to_string()))?;
    let builder = builder.redirect(Policy::none()).dns_resolver(resolver);
    let built = builder.default_headers(headers).connect_timeout(connect).build();
    built.map_err(|error| failed(error.to_string()))
}
