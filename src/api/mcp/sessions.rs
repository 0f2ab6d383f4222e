//! Sessions of clients of older versions of the protocol: bounded in number and in time. When there are too many, the
//! oldest gives way, and its client begins a new one as the protocol has it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::Stream;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::common::server_side_http::{ServerSseMessage, SessionId};
use rmcp::transport::streamable_http_server::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;

/// Sessions at a time.
const SESSIONS_MAX: usize = 64;

/// A session without a word for so long is over.
const IDLE: Duration = Duration::from_secs(300);

/// A session that does not begin within this is none.
const BEGIN: Duration = Duration::from_secs(10);

type Local = LocalSessionManager;
type LocalError = <Local as SessionManager>::Error;

/// All of them, the oldest first.
pub(super) struct Sessions {
    local: Local,
    order: Mutex<VecDeque<SessionId>>,
}

impl Default for Sessions {
    fn default() -> Self {
        let mut local = Local::default();
        local.session_config.keep_alive = Some(IDLE);
        local.session_config.init_timeout = Some(BEGIN);
        Self { local, order: Mutex::default() }
    }
}

impl Sessions {
    /// Notes a new one; whoever has to go for it.
    fn enter(&self, id: &SessionId) -> Option<SessionId> {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.push_back(id.clone());
        (order.len() > SESSIONS_MAX).then(|| order.pop_front()).flatten()
    }

    fn leave(&self, id: &SessionId) {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.retain(|known| known != id);
    }
}

impl SessionManager for Sessions {
    type Error = LocalError;
    type Transport = <Local as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), LocalError> {
        let (id, transport) = self.local.create_session().await?;
        if let Some(oldest) = self.enter(&id) {
            self.local.close_session(&oldest).await?;
        }
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, LocalError> {
        self.local.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, LocalError> {
        self.local.has_session(id).await
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), LocalError> {
        self.leave(id);
        self.local.close_session(id).await
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, LocalError> {
        self.local.create_stream(id, message).await
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), LocalError> {
        self.local.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, LocalError> {
        self.local.create_standalone_stream(id).await
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, LocalError> {
        self.local.resume(id, last_event_id).await
    }
}
