//! Reads files and URLs, bounded: only addresses that may be reached, redirects looked at one by one, never from TLS to
//! none, and nobody is told who asks but the one who was named.

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, Url};

use super::{Error, Source};
use crate::net::{self, Origin, Resolver, Trouble};
use crate::secret::Secret;

/// Redirects that are followed.
const HOPS_MAX: u32 = 5;

/// For a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Without a byte.
const IDLE: Duration = Duration::from_secs(30);

/// The way to what is fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Road {
    pub(super) private_networks: bool,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) enum Login {
    Token(Secret),
    Password(String, Secret),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) login: Option<Login>,
    /// Bytes of the answer.
    pub(super) max: u64,
}

/// An answer, whole.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Without what comes behind a question mark, which may be a key.
pub(super) fn shown(url: &Url) -> String {
    Source::Url(url.clone()).to_string()
}

pub(super) fn failed(url: &Url, why: impl Into<String>) -> Error {
    Error::Fetch { url: shown(url), why: why.into() }
}

fn refused(url: &Url, why: impl Into<String>) -> Error {
    Error::Refused { url: shown(url), why: why.into() }
}

impl Road {
    pub(super) async fn read(&self, source: &Source, max: u64) -> Result<Vec<u8>, Error> {
        let missing = || Error::Source(source.to_string());
        self.read_if_there(source, max).await?.ok_or_else(missing)
    }

    pub(super) async fn read_if_there(
        &self,
        source: &Source,
        max: u64,
    ) -> Result<Option<Vec<u8>>, Error> {
        match source {
            Source::File(path) => file(path, max),
            Source::Url(url) => self.url(url, max).await,
            Source::Folder(_) | Source::Oci(_) => Err(Error::Source(source.to_string())),
        }
    }

    async fn url(&self, url: &Url, max: u64) -> Result<Option<Vec<u8>>, Error> {
        let ask = Ask { url: url.clone(), headers: HeaderMap::new(), login: None, max };
        let reply = self.get(ask).await?;
        match reply.status {
            StatusCode::OK => Ok(Some(reply.body)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status => Err(failed(url, format!("the server answers {status}"))),
        }
    }

    /// The answer, of whatever status, after redirects.
    pub(super) async fn get(&self, mut ask: Ask) -> Result<Reply, Error> {
        for _hop in 0..=HOPS_MAX {
            let response = self.hop(&ask).await?;
            if !response.status().is_redirection() {
                return read(&ask, response).await;
            }
            let next = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let next = next.and_then(|to| ask.url.join(to).ok());
            let next = next.filter(|next| Origin::of(next).is_some());
            let Some(next) = next else {
                return Err(failed(&ask.url, "the server sends us nowhere that is known"));
            };
            if ask.url.scheme() == "https" && next.scheme() != "https" {
                return Err(refused(
                    &next,
                    format!("`{}` leads there, away from TLS", shown(&ask.url)),
                ));
            }
            if Origin::of(&next) != Origin::of(&ask.url) {
                ask.login = None;
            }
            ask.url = next;
        }
        Err(failed(&ask.url, format!("more than {HOPS_MAX} redirects")))
    }

    async fn hop(&self, ask: &Ask) -> Result<Response, Error> {
        let url = &ask.url;
        let resolver = Resolver::new(self.private_networks);
        let closed = |refused_by: &net::Refused| {
            let why = format!(
                "its address is {}, not one of the open internet; if that is meant, say `--private-networks`",
                refused_by.closed
            );
            refused(url, why)
        };
        resolver.check_literal(url).map_err(|error| closed(&error))?;
        let builder = net::client(url.as_str()).map_err(|error| failed(url, error.to_string()))?;
        let builder = builder.redirect(Policy::none()).dns_resolver(resolver);
        let client = builder.connect_timeout(CONNECT).read_timeout(IDLE).build();
        let client = client.map_err(|error| failed(url, net::root(&error)))?;
        let request = client.get(url.clone()).headers(ask.headers.clone());
        let request = match &ask.login {
            None => request,
            Some(Login::Token(token)) => request.bearer_auth(token.expose()),
            Some(Login::Password(name, word)) => request.basic_auth(name, Some(word.expose())),
        };
        request.send().await.map_err(|error| match Trouble::of(&error) {
            Trouble::Refused(error) => closed(&error),
            trouble => failed(url, words(&trouble, &error)),
        })
    }
}

fn words(trouble: &Trouble, error: &reqwest::Error) -> String {
    let root = net::root(error);
    match trouble {
        Trouble::Refused(refused) => refused.to_string(),
        Trouble::Name => "nobody knows the name of its server".to_owned(),
        Trouble::Tls => format!("its server does not prove who it is: {root}"),
        Trouble::Connect => format!("there is no connection to its server: {root}"),
        Trouble::Timeout => "its server takes too long".to_owned(),
        Trouble::Lost => format!("the connection was lost: {root}"),
    }
}

async fn read(ask: &Ask, mut response: Response) -> Result<Reply, Error> {
    let large = || failed(&ask.url, format!("it has more than {} MiB", ask.max >> 20));
    if response.content_length().unwrap_or(0) > ask.max {
        return Err(large());
    }
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| failed(&ask.url, words(&Trouble::of(&error), &error)))?;
        let Some(chunk) = chunk else { break };
        body.extend_from_slice(&chunk);
        if u64::try_from(body.len()).unwrap_or(u64::MAX) > ask.max {
            return Err(large());
        }
    }
    Ok(Reply { status: response.status(), headers: response.headers().clone(), body })
}

fn file(path: &Path, max: u64) -> Result<Option<Vec<u8>>, Error> {
    let open = match std::fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        open => open.map_err(Error::file("read", path))?,
    };
    let mut bytes = Vec::new();
    let read = open.take(max.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(Error::file("read", path))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
        let why = io::Error::other(format!("it has more than {} MiB", max >> 20));
        return Err(Error::file("read", path)(why));
    }
    Ok(Some(bytes))
}
