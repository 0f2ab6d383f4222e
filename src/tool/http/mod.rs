//! Tools of servers: every call is posted to the plugin's one URL, signed where the plugin has a key. No client's value
//! is in the path, and of the session's only its id, inside the call's, is in a header. Connections go to checked
//! addresses only and are kept for the next call.

pub(super) mod rights;
mod request;
mod answer;
mod problem;

use std::sync::Arc;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::entry::Backend;
use super::{Answer, Error, Failure, Registry, declared};
use crate::engine::Call;
use crate::event::{ToolError, ToolErrorKind};
use crate::manifest::{self, CallLimits, Declared, Grant};
use crate::net::{Origin, Trouble, root};
use crate::secret::{Secret, Secrets, variable};
use answer::Received;

/// A plugin whose tools are a server's, ready to be called.
#[derive(Debug)]
pub struct Http {
    name: String,
    limits: CallLimits,
    tools: Vec<Declared>,
    server: Arc<Server>,
}

/// Where a plugin's calls go.
#[derive(Debug)]
struct Server {
    plugin: String,
    url: Url,
    origin: Origin,
    /// Without those of the single call; secrets among them are marked as sensitive.
    headers: HeaderMap,
    key: Option<Secret>,
    /// A secret that the operator has granted and not set.
    unset: Option<String>,
    client: Client,
    redirects: u32,
    args_max: u64,
    output_max: u64,
}

/// One tool of a server.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    server: Arc<Server>,
    name: Arc<str>,
}

impl Http {
    /// Gives a plugin what it asks for, as far as the operator grants it. `digest` is that of its `plugin.toml`. Sends
    /// nothing: a server that is away is found out by whoever calls it.
    ///
    /// # Errors
    /// [`Error`] with what to do about it.
    pub fn open(
        manifest: manifest::Http,
        digest: &str,
        grant: &Grant,
        secrets: &Secrets,
    ) -> Result<Self, Error> {
        let server = Arc::new(rights::server(&manifest, digest, grant, secrets)?);
        let manifest::Http { name, limits, tools, .. } = manifest;
        Ok(Self { name, limits, tools, server })
    }

    /// The variable of a secret that it needs and that is not set: until it is, no call is sent.
    #[must_use]
    pub fn unset(&self) -> Option<String> {
        self.server.unset.as_deref().map(variable)
    }
}

impl Registry {
    /// Takes a server's tools in place of those that the plugin had before; running calls end on the old ones.
    ///
    /// # Errors
    /// [`Error`] when a schema of one of its tools is none; then nothing is replaced.
    pub fn replace_http(&self, http: &Http) -> Result<(), Error> {
        let entry = |tool: &Declared| {
            let (server, name) = (Arc::clone(&http.server), tool.name.as_str().into());
            let backend = Backend::Http(Tool { server, name });
            declared::entry(&http.name, tool, &http.limits, backend, &self.options)
        };
        let entries = http.tools.iter().map(entry).collect::<Result<_, _>>()?;
        self.replace(&http.name, entries);
        Ok(())
    }
}

impl Tool {
    pub(super) async fn call(
        &self,
        call: &Call,
        attempt: u32,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        match timeout_at(deadline, self.server.call(&self.name, call, attempt, deadline)).await {
            Ok(answer) => answer,
            Err(_elapsed) => {
                Err(Failure::new(ToolErrorKind::Timeout, "the tool's server took too long"))
            }
        }
    }
}

impl Server {
    async fn call(
        &self,
        tool: &str,
        call: &Call,
        attempt: u32,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        self.ready()?;
        let body = self.body(tool, call)?;
        let headers = self.headers(call, attempt, &body, deadline)?;
        let response = self.exchange(&headers, &body).await?;
        let status = response.status();
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (form, retry_after) = (text(CONTENT_TYPE), text(RETRY_AFTER));
        let body = self.read(response).await;
        let received = Received { status, form, retry_after };
        if status.is_success() {
            return received.answer(&body?);
        }
        // Why it failed is said as far as it can be read; that it failed is known.
        Err(received.failure(&body.unwrap_or_default()))
    }

    /// Posts, and posts again where the server says, as far as that is allowed.
    async fn exchange(&self, headers: &HeaderMap, body: &[u8]) -> Result<Response, Failure> {
        let mut url = self.url.clone();
        let mut hops = 0;
        loop {
            let request = self.client.post(url).headers(headers.clone()).body(body.to_vec());
            let response = request.send().await.map_err(|error| self.unsent(&error))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            if hops == self.redirects {
                return Err(unfollowed(response.status(), self.redirects));
            }
            hops += 1;
            url = self.next(&response)?;
        }
    }

    /// Where a redirect leads: to the same server, with the same request, or nowhere.
    fn next(&self, response: &Response) -> Result<Url, Failure> {
        let status = response.status();
        let repeats =
            matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        let to = to.and_then(|to| response.url().join(to).ok());
        let same = |to: &Url| to.origin() == self.url.origin() && to.username().is_empty();
        to.filter(|to| repeats && same(to)).ok_or_else(|| {
            let why = format!(
                "the tool's server answered with a redirect ({}); only 307 and 308 to the same server are followed",
                status.as_u16()
            );
            Failure::new(ToolErrorKind::Denied, why)
        })
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let max = self.output_max;
        let fits = |size: u64| {
            let why = format!("the tool's server gave more than the {max} bytes that it may give");
            (size <= max).then_some(()).ok_or_else(|| Failure::new(ToolErrorKind::Limit, why))
        };
        fits(response.content_length().unwrap_or(0))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
            body.extend_from_slice(&chunk);
            fits(u64::try_from(body.len()).unwrap_or(u64::MAX))?;
        }
        Ok(body)
    }

    /// Why a request has no response.
    fn unsent(&self, error: &reqwest::Error) -> Failure {
        if let Trouble::Refused(refused) = Trouble::of(error) {
            let (plugin, address) = (&self.plugin, refused.address);
            warn!(plugin, %address, "A tool's host has an address that is not of the open internet.");
            let why = format!(
                "the host `{}` is not of the open internet ({}); to allow it, set `private_networks = true` in the [http] of its plugin.toml and, in the [grants.{}] of cicerone.toml, {}",
                refused.host,
                refused.closed,
                self.plugin,
                rights::http_line(&self.origin, true)
            );
            return Failure::before_start(ToolErrorKind::Denied, why);
        }
        if error.is_connect() {
            let why = format!("the tool's server cannot be reached: {}", root(error));
            return Failure::before_start(ToolErrorKind::Unavailable, why);
        }
        lost(error)
    }

    fn ready(&self) -> Result<(), Failure> {
        let Some(name) = &self.unset else { return Ok(()) };
        let why = format!(
            "the secret `{name}` of plugin `{}` is not set; start the host with {}",
            self.plugin,
            variable(name)
        );
        let error = ToolError::new(ToolErrorKind::Unavailable, why);
        let error = ToolError { retryable: false, ..error };
        Err(Failure::of_host(error))
    }
}

fn unfollowed(status: StatusCode, redirects: u32) -> Failure {
    let status = status.as_u16();
    let why = match redirects {
        0 => format!(
            "the tool's server answered with a redirect ({status}), which is not followed; set `url` in its plugin.toml to where it leads, or `redirects`"
        ),
        max => format!("the tool's server answered with more than the {max} redirects it may"),
    };
    Failure::new(ToolErrorKind::Denied, why)
}

/// The server had the request, or may have had it.
fn lost(error: &reqwest::Error) -> Failure {
    let why = format!("the connection to the tool's server was lost: {}", root(error));
    Failure::new(ToolErrorKind::Unavailable, why)
}
