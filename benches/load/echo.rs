//! The reference: a WebSocket server that sends every message back and does nothing else, with the buffers of ours. It
//! is a process of its own, so that its CPU and memory are measured as the host's are.

use anyhow::Result;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::report;
use crate::server::ANNOUNCED;

/// As small as the host's.
const BUFFER_BYTES: usize = 4 * 1024;

/// Serves until it is killed, with the threads that a server has.
pub(crate) async fn serve() -> Result<()> {
    let served = std::thread::spawn(|| {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(listen())
    });
    served.join().unwrap_or_else(|_| anyhow::bail!("serve: a bug of the echo"))
}

async fn listen() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    report::line(&format!("{ANNOUNCED}{}", listener.local_addr()?));
    let connect = |upgrade: WebSocketUpgrade| async {
        upgrade.read_buffer_size(BUFFER_BYTES).write_buffer_size(0).on_upgrade(answer)
    };
    Ok(axum::serve(listener, Router::new().route("/ws", get(connect))).await?)
}

async fn answer(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}
