//! One attempt at one call: sent over whatever connection there is, given up at the deadline, and the server told so.

use std::sync::Arc;

use rmcp::ServiceError;
use rmcp::model::{CallToolRequestParams, CallToolResponse, RequestMetaObject};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::rights::Reach;
use super::state::{Link, Server};
use super::{Keeping, answer, remote};
use crate::engine::Call;
use crate::event::{ToolError, ToolErrorKind, clean};
use crate::secret::variable;
use crate::tool::{Answer, Failure};

/// Longest text of a server in a message, characters.
const TEXT_MAX: usize = 500;

/// One tool of a server.
#[derive(Debug, Clone)]
pub(in crate::tool) struct Tool {
    pub(super) server: Arc<Server>,
    pub(super) name: Arc<str>,
    #[expect(dead_code, reason = "while it is there, the server is not stopped")]
    pub(super) keeping: Arc<Keeping>,
}

impl Tool {
    pub(in crate::tool) async fn call(
        &self,
        call: &Call,
        attempt: u32,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        self.server.call(&self.name, call, attempt, deadline).await
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
        let size = serde_json::to_vec(&call.args).map_or(u64::MAX, |text| answer::size(&text));
        if size > self.facts.args_max {
            let max = self.facts.args_max;
            let why = format!("the arguments have {size} bytes; the tool takes {max}");
            return Err(Failure::before_start(ToolErrorKind::Limit, why));
        }
        let link = self.link(deadline).await?;
        let mut request =
            CallToolRequestParams::new(tool.to_owned()).with_arguments(call.args.clone());
        request.meta = Some(meta(call, attempt));
        // Dropping it before its answer tells the server that nobody waits any more.
        match timeout_at(deadline, link.peer.call_tool_once(request)).await {
            Ok(Ok(CallToolResponse::Complete(result))) => {
                answer::read(result, self.facts.output_max)
            }
            Ok(Ok(_more)) => {
                let why = "the tool wants to ask something back, which this host does not do";
                Err(Failure::new(ToolErrorKind::Tool, why))
            }
            Ok(Err(error)) => Err(self.failed(&error, &link)),
            Err(_elapsed) => {
                self.doubted.notify_one();
                Err(Failure::new(ToolErrorKind::Timeout, "the tool's server took too long"))
            }
        }
    }

    fn failed(&self, error: &ServiceError, link: &Link) -> Failure {
        match error {
            ServiceError::McpError(error) => {
                let said = clean(&error.message, TEXT_MAX);
                let error = ToolError {
                    code: Some(format!("mcp_{}", error.code.0)),
                    ..ToolError::new(ToolErrorKind::Tool, format!("the tool's server says: {said}"))
                };
                error.into()
            }
            _ if link.is_flooded() => {
                Failure::new(ToolErrorKind::Limit, "the tool's server gave more than it may give")
            }
            ServiceError::TransportSend(error) => match &self.facts.reach {
                Reach::Remote(remote) => remote::unsent(&self.facts, remote, error),
                Reach::Child(_) => lost(),
            },
            ServiceError::UnexpectedResponse => {
                let why = "the tool's server did not answer as an MCP server does";
                Failure::new(ToolErrorKind::BadResult, why)
            }
            _ => lost(),
        }
    }

    fn ready(&self) -> Result<(), Failure> {
        let Some(name) = &self.facts.unset else { return Ok(()) };
        let why = format!(
            "the secret `{name}` of plugin `{}` is not set; start the host with {}",
            self.facts.plugin,
            variable(name)
        );
        let error = ToolError::new(ToolErrorKind::Unavailable, why);
        let error = ToolError { retryable: false, ..error };
        Err(Failure::of_host(error))
    }
}

/// The server had the call, or may have had it.
fn lost() -> Failure {
    let why = "the tool's server ended during the call; nobody knows what became of it";
    Failure::new(ToolErrorKind::Lost, why)
}

/// The same call twice is known by its id.
fn meta(call: &Call, attempt: u32) -> RequestMetaObject {
    let mut meta = RequestMetaObject::new();
    meta.insert("cicerone/tool_call_id".to_owned(), json!(call.id));
    meta.insert("cicerone/attempt".to_owned(), json!(attempt));
    meta
}
