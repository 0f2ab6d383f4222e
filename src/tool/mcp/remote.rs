//! A server under a URL: streamable HTTP over our own client, which connects to checked addresses only and follows no
//! redirect.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{DynamicTransportError, StreamableHttpClientTransport};

use super::handler::Running;
use super::keeper::Connection;
use super::rights::Remote;
use super::state::{Facts, Link};
use crate::event::ToolErrorKind;
use crate::net::{Refused, Trouble, root};
use crate::tool::Failure;
use crate::tool::http::rights::http_line;

type HttpError = rmcp::transport::streamable_http_client::StreamableHttpError<reqwest::Error>;

/// Shakes hands.
pub(super) async fn connect(facts: &Facts, remote: &Remote) -> Result<Connection, String> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(remote.url.as_str());
    let event_max = usize::try_from(facts.output_max.saturating_mul(4)).unwrap_or(usize::MAX);
    config.max_sse_event_size = event_max.saturating_add(64 << 10);
    config.max_concurrent_requests = 64;
    let transport = StreamableHttpClientTransport::with_client(remote.client.clone(), config);
    let running = Running::start(transport).await?;
    let link = Link { peer: running.peer(), flooded: Arc::new(AtomicBool::new(false)) };
    Ok(Connection { running, link, child: None })
}

/// Why a request was not sent, or what became of it is not known.
pub(super) fn unsent(facts: &Facts, remote: &Remote, error: &DynamicTransportError) -> Failure {
    let lost = |why: &str| {
        let why = format!("the connection to the tool's server was lost: {why}");
        Failure::new(ToolErrorKind::Unavailable, why)
    };
    let Some(error) = error.error.downcast_ref::<HttpError>() else {
        return lost("no cause is known");
    };
    match error {
        HttpError::Client(error) => {
            if let Trouble::Refused(refused) = Trouble::of(error) {
                return closed(facts, remote, &refused);
            }
            if error.is_connect() {
                let why = format!("the tool's server cannot be reached: {}", root(error));
                return Failure::before_start(ToolErrorKind::Unavailable, why);
            }
            lost(&root(error))
        }
        HttpError::HttpStatus(status) => {
            let why = format!("the tool's server answered with status {}", status.status);
            Failure::new(ToolErrorKind::Unavailable, why)
        }
        HttpError::AuthRequired(_) | HttpError::InsufficientScope(_) => {
            let why =
                "the tool's server wants another proof of who we are; look at `headers` in [mcp]";
            Failure::new(ToolErrorKind::Denied, why)
        }
        HttpError::ResponseBodyTooLarge { .. } => {
            Failure::new(ToolErrorKind::Limit, "the tool's server gave more than it may give")
        }
        HttpError::SessionExpired => lost("it has forgotten us"),
        HttpError::UnexpectedContentType(_) | HttpError::UnexpectedServerResponse(_) => {
            let why = "the tool's server did not answer as an MCP server does";
            Failure::new(ToolErrorKind::BadResult, why)
        }
        _ => lost("it answered with something else"),
    }
}

fn closed(facts: &Facts, remote: &Remote, refused: &Refused) -> Failure {
    let why = format!(
        "the host `{}` is not of the open internet ({}); to allow it, set `private_networks = true` in the [mcp] of its plugin.toml and, in the [grants.{}] of cicerone.toml, {}",
        refused.host,
        refused.closed,
        facts.plugin,
        http_line(&remote.origin, true)
    );
    Failure::before_start(ToolErrorKind::Denied, why)
}
