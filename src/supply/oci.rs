//! A plugin as an artifact in a registry, by the distribution protocol: manifest, then the blob that it names. Written
//! here because the clients that there are take neither a resolver nor a limit, and follow whatever they are told. Every
//! byte is compared with the digest by which it was asked for.

use std::collections::BTreeMap;

use http_auth::parse_challenges;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::road::{Ask, Login, Reply, failed, shown};
use super::{Error, PACKAGE_MAX, Reference, Road, SMALL_MAX, Wish};
use crate::manifest::Sum;
use crate::secret::Secret;

/// What we understand.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json";

/// What names a layer's file.
const TITLE: &str = "org.opencontainers.image.title";

/// What came.
#[derive(Debug)]
pub(super) struct Pulled {
    pub(super) package: Vec<u8>,
    /// A layer whose name ends with `.minisig`.
    pub(super) signature: Option<Vec<u8>>,
}

/// A manifest, or a list of them.
#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
    #[serde(default)]
    manifests: Vec<Layer>,
}

#[derive(Debug, Clone, Deserialize)]
struct Layer {
    digest: String,
    size: u64,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// What a registry's own gives out; some name it twice.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Layer {
    fn is_signature(&self) -> bool {
        self.annotations.get(TITLE).is_some_and(|title| title.ends_with(".minisig"))
    }
}

/// One conversation with a registry.
struct Registry<'a> {
    road: &'a Road,
    reference: &'a Reference,
    wish: &'a Wish,
    login: Option<Login>,
}

pub(super) async fn pull(road: &Road, reference: &Reference, wish: &Wish) -> Result<Pulled, Error> {
    let mut registry = Registry { road, reference, wish, login: None };
    let mut manifest = registry.manifest(&reference.wanted(), reference.digest.as_ref()).await?;
    if !manifest.manifests.is_empty() {
        let [one] = manifest.manifests.as_slice() else {
            let why = "there are several under this name, one for each kind of machine; a plugin has one for all";
            return Err(registry.failed(why));
        };
        let (name, digest) = (one.digest.clone(), registry.sum(&one.digest)?);
        manifest = registry.manifest(&name, Some(&digest)).await?;
    }
    let (signatures, packages): (Vec<Layer>, Vec<Layer>) =
        manifest.layers.into_iter().partition(Layer::is_signature);
    let [package] = packages.as_slice() else {
        return Err(registry.failed("it has not one layer with a component or an archive"));
    };
    let package = registry.blob(package, PACKAGE_MAX).await?;
    let signature = match signatures.as_slice() {
        [] => None,
        [signature] => Some(registry.blob(signature, SMALL_MAX).await?),
        _ => return Err(registry.failed("it has more than one signature")),
    };
    Ok(Pulled { package, signature })
}

impl Registry<'_> {
    async fn manifest(&mut self, name: &str, digest: Option<&Sum>) -> Result<Manifest, Error> {
        let body = self.get(&format!("manifests/{name}"), MANIFESTS, SMALL_MAX).await?;
        if let Some(wanted) = digest {
            self.compare(&body, wanted)?;
        }
        let parsed = serde_json::from_slice(&body);
        parsed.map_err(|error| self.failed(format!("its manifest is none: {error}")))
    }

    async fn blob(&mut self, layer: &Layer, max: u64) -> Result<Vec<u8>, Error> {
        let wanted = self.sum(&layer.digest)?;
        if layer.size > max {
            return Err(self.failed(format!("it has more than {} MiB", max >> 20)));
        }
        let body = self.get(&format!("blobs/{wanted}"), "*/*", layer.size).await?;
        self.compare(&body, &wanted)?;
        Ok(body)
    }

    fn compare(&self, body: &[u8], wanted: &Sum) -> Result<(), Error> {
        let found = Sum::of(body);
        if found == *wanted {
            return Ok(());
        }
        let (what, wanted) = (format!("oci://{}", self.reference), wanted.clone());
        Err(Error::Digest { what, wanted, found })
    }

    fn sum(&self, digest: &str) -> Result<Sum, Error> {
        let sum = digest.strip_prefix("sha256:").and_then(|hex| hex.parse().ok());
        sum.ok_or_else(|| self.failed(format!("`{digest}` is no SHA-256")))
    }

    /// Asks, and once more with whatever proves who asks.
    async fn get(&mut self, what: &str, accept: &'static str, max: u64) -> Result<Vec<u8>, Error> {
        let Reference { registry, repository, .. } = self.reference;
        let scheme = if self.wish.plain_http { "http" } else { "https" };
        let url = format!("{scheme}://{registry}/v2/{repository}/{what}");
        let url = Url::parse(&url).map_err(|_no_url| self.failed("its name makes no URL"))?;
        let mut reply = self.ask(&url, accept, max).await?;
        if reply.status == StatusCode::UNAUTHORIZED && self.login.is_none() {
            self.login = Some(self.prove(&reply).await?);
            reply = self.ask(&url, accept, max).await?;
        }
        match reply.status {
            StatusCode::OK => Ok(reply.body),
            StatusCode::NOT_FOUND => Err(failed(&url, "the registry has no such thing")),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(failed(
                &url,
                "the registry does not give it to us; say who asks with `--user NAME` and `CICERONE_SECRET_REGISTRY`",
            )),
            status => Err(failed(&url, format!("the registry answers {status}"))),
        }
    }

    async fn ask(&self, url: &Url, accept: &'static str, max: u64) -> Result<Reply, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        // What a registry says when it refuses may be longer than what was asked for.
        let max = max.max(SMALL_MAX);
        self.road.get(Ask { url: url.clone(), headers, login: self.login.clone(), max }).await
    }

    /// By what the registry wants: a password, or a token of whoever gives them out for it.
    async fn prove(&self, reply: &Reply) -> Result<Login, Error> {
        let wanted = reply.headers.get(WWW_AUTHENTICATE).and_then(|text| text.to_str().ok());
        let challenges = parse_challenges(wanted.unwrap_or_default()).unwrap_or_default();
        let password = || {
            let (name, word) = self.wish.login.clone()?;
            Some(Login::Password(name, word))
        };
        for challenge in challenges {
            if challenge.scheme.eq_ignore_ascii_case("basic")
                && let Some(login) = password()
            {
                return Ok(login);
            }
            if !challenge.scheme.eq_ignore_ascii_case("bearer") {
                continue;
            }
            let of = |name: &str| {
                let found = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.to_unescaped())
            };
            let mut url = of("realm").and_then(|realm| Url::parse(&realm).ok());
            let Some(url) = url.as_mut() else { continue };
            if url.scheme() != "https" && !self.wish.plain_http {
                return Err(
                    self.failed(format!("`{}` gives out its tokens without TLS", shown(url)))
                );
            }
            let scope = of("scope");
            let scope =
                scope.unwrap_or_else(|| format!("repository:{}:pull", self.reference.repository));
            url.query_pairs_mut().append_pair("scope", &scope);
            if let Some(service) = of("service") {
                url.query_pairs_mut().append_pair("service", &service);
            }
            return self.token(url, password()).await;
        }
        Err(self.failed(
            "the registry wants to know who asks; say it with `--user NAME` and `CICERONE_SECRET_REGISTRY`",
        ))
    }

    async fn token(&self, url: &Url, login: Option<Login>) -> Result<Login, Error> {
        let ask = Ask { url: url.clone(), headers: HeaderMap::new(), login, max: SMALL_MAX };
        let reply = self.road.get(ask).await?;
        if reply.status != StatusCode::OK {
            return Err(failed(url, format!("no token is given to us: {}", reply.status)));
        }
        let token = serde_json::from_slice(&reply.body).ok();
        let token = token.and_then(|token: Token| token.token.or(token.access_token));
        // Nothing of it is shown.
        let token = token.ok_or_else(|| failed(url, "what came is no token"))?;
        Ok(Login::Token(Secret::new(&token)))
    }

    fn failed(&self, why: impl Into<String>) -> Error {
        Error::Fetch { url: format!("oci://{}", self.reference), why: why.into() }
    }
}
