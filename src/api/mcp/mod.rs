//! `/mcp`: the host as an MCP server over streamable HTTP. It offers the tools whose plugins say so and every current
//! flow, to whoever may use the other routes of the operator. Clients of older versions of the protocol have a session,
//! of which there are only so many and only for so long; those of newer ones need none.

mod changes;
mod flows;
mod sessions;
mod tools;

use std::sync::{Arc, Once};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler};
use tokio_util::sync::CancellationToken;

use super::problem::Problem;
use super::{Parts, Shared, admin_only, origin};
use crate::bus::Closed;
use changes::Offers;
use sessions::Sessions;

/// What a client is told about what this is.
const INSTRUCTIONS: &str = "Tools `plugin__tool` do one thing each. Tools `flow__id` hold a conversation: the first call \
    begins one, the next ones carry its `session_id` and what the person says.";

/// What answers.
type Service = StreamableHttpService<Door, Sessions>;

/// The route's state.
#[derive(Clone)]
pub(super) struct Mcp {
    parts: Shared,
    service: Service,
    stop: CancellationToken,
    /// Somebody waits for the host's stop, in order to tell whoever listens.
    watched: Arc<Once>,
}

/// One client's view of the host.
#[derive(Debug, Clone)]
struct Door {
    parts: Shared,
}

impl Mcp {
    pub(super) fn new(parts: &Shared) -> Self {
        let (door, stop) = (Door { parts: Arc::clone(parts) }, CancellationToken::new());
        // Which hosts and origins may ask is decided before it gets to see a request.
        let config = StreamableHttpServerConfig::default()
            .with_cancellation_token(stop.clone())
            .with_max_request_body_bytes(parts.options.body_bytes_max);
        let make = move || Ok(door.clone());
        let service = StreamableHttpService::new(make, Arc::new(Sessions::default()), config);
        Self { parts: Arc::clone(parts), service, stop, watched: Arc::new(Once::new()) }
    }

    /// Streams that nobody ends would hold up a host that stops.
    fn watch(&self) {
        self.watched.call_once(|| {
            let (bus, stop) = (self.parts.bus.clone(), self.stop.clone());
            tokio::spawn(async move {
                let mut listener = bus.subscribe_host();
                loop {
                    match listener.recv().await {
                        Ok(_event) => {}
                        Err(Closed::Lagged) => listener = bus.subscribe_host(),
                        Err(Closed::Ended) => break,
                    }
                }
                stop.cancel();
            });
        });
    }
}

/// Every method of `/mcp`.
pub(super) async fn serve(State(mcp): State<Mcp>, request: Request) -> Response {
    match allowed(&mcp.parts, &request) {
        Ok(()) => {
            mcp.watch();
            mcp.service.handle(request).await.map(Body::new)
        }
        Err(problem) => problem.into_response(),
    }
}

fn allowed(parts: &Parts, request: &Request) -> Result<(), Problem> {
    admin_only(parts)?;
    // Reading is listening here, so that it is looked at as well.
    origin::check(parts, request.headers())
}

impl ServerHandler for Door {
    fn get_info(&self) -> ServerConfig {
        let myself = Implementation::new("cicerone", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(
            ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build(),
        )
        .with_server_info(myself)
        .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.offers()))
    }

    /// Clients of older versions hear of changes as long as their session is there.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let mut offers = Offers::of(self);
        tokio::spawn(async move {
            let peer = context.peer;
            while let Some(differs) = offers.news().await {
                let told = !differs || peer.notify_tool_list_changed().await.is_ok();
                if !told || peer.is_transport_closed() {
                    break;
                }
            }
        });
    }

    fn accepted_subscription_filter(
        &self,
        asked: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(asked.clone())
    }

    /// Those of newer versions hear of them as long as they ask.
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let (mut offers, sink) = (Offers::of(self), context.sink().clone());
        loop {
            let news = tokio::select! {
                news = offers.news() => news,
                () = context.cancelled() => None,
            };
            match news {
                Some(true) if sink.notify_tool_list_changed().await.is_err() => return Ok(()),
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let args = request.arguments.unwrap_or_default();
        if let Some(flow) = flows::named(&self.parts, &request.name) {
            return flows::call(&self.parts, flow, args).await.map(Into::into);
        }
        match tools::named(&self.parts, &request.name) {
            Some(tool) => Ok(tools::call(&self.parts, &tool, args, &context.ct).await.into()),
            None => {
                let name = crate::event::clean(&request.name, 100);
                Err(ErrorData::invalid_params(format!("there is no tool `{name}`"), None))
            }
        }
    }
}
