//! What we are to a server: a client that calls tools. It asks no model, asks no person and shows no folder on a
//! server's behalf; such requests are refused.

#![expect(deprecated, reason = "servers of older versions ask for what newer ones do without")]

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use rmcp::model::{
    ClientCapabilities, ClientConfig, CreateMessageRequestMethod, CreateMessageRequestParams,
    CreateMessageResult, ElicitRequestParams, ElicitResult, ElicitationCreateRequestMethod,
    ErrorData, Implementation, ListRootsRequestMethod, ListRootsResult,
};
use rmcp::service::{NotificationContext, RequestContext, RunningService};
use rmcp::transport::IntoTransport;
use rmcp::{ClientHandler, Peer, RoleClient, ServiceError, ServiceExt};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::event::clean;

/// Longest text of a server in a message, characters.
const TEXT_MAX: usize = 300;

#[derive(Debug)]
struct Handler {
    changed: Arc<Notify>,
}

/// The end of a connection.
pub(super) type Ended = Shared<BoxFuture<'static, ()>>;

/// A connection that has shaken hands.
pub(super) struct Running {
    service: RunningService<RoleClient, Handler>,
    changed: Arc<Notify>,
    stop: CancellationToken,
}

impl Running {
    /// Shakes hands over `transport`.
    pub(super) async fn start<T, E, A>(transport: T) -> Result<Self, String>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let changed = Arc::new(Notify::new());
        let stop = CancellationToken::new();
        let handler = Handler { changed: Arc::clone(&changed) };
        let service = handler.serve_with_ct(transport, stop.clone()).await;
        let service = service.map_err(|error| {
            format!(
                "it does not begin as an MCP server does: {}",
                clean(&error.to_string(), TEXT_MAX)
            )
        })?;
        Ok(Self { service, changed, stop })
    }

    pub(super) fn peer(&self) -> Peer<RoleClient> {
        self.service.peer().clone()
    }

    /// Told whenever the server says that its tools are others.
    pub(super) fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    /// The way to end it, and its end.
    pub(super) fn split(self) -> (CancellationToken, Ended) {
        let Self { service, stop, .. } = self;
        let ended = async move {
            if let Err(error) = service.waiting().await {
                tracing::debug!(%error, "A connection to a tool server ended by a fault.");
            }
        };
        (stop, ended.boxed().shared())
    }
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        let myself = Implementation::new("cicerone", env!("CARGO_PKG_VERSION"));
        ClientConfig::new(ClientCapabilities::default(), myself)
    }

    async fn create_message(
        &self,
        _params: CreateMessageRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        Err(ErrorData::method_not_found::<CreateMessageRequestMethod>())
    }

    async fn list_roots(
        &self,
        _context: RequestContext<RoleClient>,
    ) -> Result<ListRootsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListRootsRequestMethod>())
    }

    async fn create_elicitation(
        &self,
        _params: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Err(ErrorData::method_not_found::<ElicitationCreateRequestMethod>())
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.changed.notify_one();
    }
}

/// An error of the protocol for the log.
pub(super) fn told(error: &ServiceError) -> String {
    clean(&error.to_string(), TEXT_MAX)
}
