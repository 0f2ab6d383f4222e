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

/// What our own headers begin with.
const OWN_PREFIX: &str = "x-cicerone-";

pub(super) fn server(
    manifest: &manifest::Http,
    digest: &str,
    grant: &Grant,
    secrets: &Secrets,
) -> Result<Server, Error> {
    let asked = &manifest.endpoint;
    let (url, origin) = url(&asked.url)?;
    if asked.redirects > REDIRECTS_MAX {
        let why = format!("`http.redirects` is {}; at most {REDIRECTS_MAX}", asked.redirects);
        return Err(written(why));
    }
    let resolver = Resolver::new(asked.private_networks);
    resolver.check_literal(&url).map_err(|refused| {
        written(format!(
            "`http.url` leads to the address `{}` ({}); if that is meant, write `private_networks = true` below it",
            refused.host, refused.closed
        ))
    })?;
    let names = asked.secrets();
    if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
        return Err(written(format!("`{wrong}` is no secret's name: a-z first, then a-z 0-9 _")));
    }
    let granted = granted(manifest, digest, grant, &origin)?;
    let answer_max =
        granted.and_then(|granted| granted.max_response).map_or(BYTES_MAX, |max| max.0);
    let hops_max = granted.and_then(|granted| granted.redirects).unwrap_or(REDIRECTS_MAX);
    let headers = headers(asked, secrets)?;
    let unset = names.into_iter().find(|name| secrets.get(name).is_none()).map(str::to_owned);
    Ok(Server {
        plugin: manifest.name.clone(),
        client: client(&url, resolver, CONNECT_MAX.min(manifest.limits.timeout.0 / 2))?,
        url,
        origin,
        headers,
        key: asked.secret.as_deref().and_then(|name| secrets.get(name)).cloned(),
        unset,
        redirects: asked.redirects.min(hops_max),
        args_max: manifest.limits.args.0.min(BYTES_MAX),
        output_max: manifest.limits.output.0.min(BYTES_MAX).min(answer_max),
    })
}

fn written(why: String) -> Error {
    manifest::Error::Written(why).into()
}

fn url(text: &str) -> Result<(Url, Origin), Error> {
    let parsed = Url::parse(text).ok().filter(|url| url.fragment().is_none());
    let read = parsed.and_then(|url| Origin::of(&url).map(|origin| (url, origin)));
    // What it says could be a password.
    read.ok_or_else(|| {
        written(
            "`http.url` is no URL of a server; write `https://host/path`, and what proves who we are as a secret in `headers`"
                .to_owned(),
        )
    })
}

/// What the operator grants of it; nothing where all that is asked for is.
fn granted<'a>(
    manifest: &manifest::Http,
    digest: &str,
    grant: &'a Grant,
    origin: &Origin,
) -> Result<Option<&'a HttpParts>, Error> {
    let (name, asked) = (&manifest.name, &manifest.endpoint);
    if grant.is_as_requested(name, digest)? {
        return Ok(None);
    }
    let mut reachable = None;
    for granted in &grant.http {
        let posts =
            granted.methods.as_ref().is_none_or(|methods| methods.iter().any(|m| m == "POST"));
        let enough = posts && (granted.private_networks || !asked.private_networks);
        for host in &granted.hosts {
            let covering = Origin::parse(host)
                .map_err(|error| Error::Granted { plugin: name.clone(), why: error.to_string() })?;
            if enough && covering.covers(origin) {
                reachable = reachable.or(Some(granted));
            }
        }
    }
    let mut lines = Vec::new();
    if reachable.is_none() {
        lines.push(http_line(origin, asked.private_networks));
    }
    let secrets = asked.secrets();
    if !secrets.iter().all(|name| grant.secrets.iter().any(|granted| granted.name() == *name)) {
        lines.push(format!("secrets = [{}]", quoted(secrets)));
    }
    if lines.is_empty() {
        return Ok(reachable);
    }
    Err(manifest::Error::Grant { plugin: name.clone(), lines: lines.join("\n") }.into())
}

/// The line that grants a server.
pub(super) fn http_line(origin: &Origin, private_networks: bool) -> String {
    let private = if private_networks { ", private_networks = true" } else { "" };
    format!("http = [{{ hosts = [\"{origin}\"]{private} }}]")
}

fn headers(asked: &manifest::Endpoint, secrets: &Secrets) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, words) in &asked.headers {
        let wrong = |why: &str| written(format!("header `{name}` in [http]: {why}"));
        let header: HeaderName =
            name.parse().map_err(|_error| wrong("that is no header's name"))?;
        if OWN.contains(&header.as_str()) || header.as_str().starts_with(OWN_PREFIX) {
            return Err(wrong("it is set by the host"));
        }
        let value = match words {
            Words::Plain(text) => text.clone(),
            // While it is not set, no request is made.
            Words::Secret(value) => match secrets.get(&value.secret) {
                Some(secret) => format!("{}{}", value.prefix, secret.expose()),
                None => continue,
            },
        };
        let mut value: HeaderValue =
            value.parse().map_err(|_error| wrong("its value cannot stand in a header"))?;
        value.set_sensitive(matches!(words, Words::Secret(_)));
        headers.insert(header, value);
    }
    Ok(headers)
}

/// A client that keeps connections, follows nothing by itself and connects to checked addresses only.
fn client(url: &Url, resolver: Resolver, connect: Duration) -> Result<Client, Error> {
    let failed =
        |why: String| Error::Client { host: url.host_str().unwrap_or_default().into(), why };
    let builder = net::client(url.as_str()).map_err(|error| failed(error.to_string()))?;
    let builder = builder.redirect(Policy::none()).dns_resolver(resolver);
    let built = builder.connect_timeout(connect).build();
    built.map_err(|error| failed(error.to_string()))
}
