//! What waiting costs: the memory of conversations in which nothing happens, and of the sockets that listen to them.

use anyhow::Result;

use crate::client;
use crate::server::Server;

/// Sockets before the first measurement, so that what is made only once does not count.
const FIRST: usize = 50;

/// KB for each.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Idle {
    /// A session that has begun, without a socket; none for an echo.
    pub(crate) session_kb: f64,
    /// A socket on top.
    pub(crate) socket_kb: f64,
}

/// Opens `count` sockets, each on a session of its own if there is a flow.
pub(crate) async fn measure(server: &Server, flow: Option<&str>, count: usize) -> Result<Idle> {
    let mut sockets = Vec::with_capacity(FIRST + count);
    let mut ids = begin(server, flow, FIRST).await?;
    open(server, ids.drain(..), &mut sockets).await?;
    let empty = server.resident_kb()?;
    let ids = begin(server, flow, count).await?;
    let begun = server.resident_kb()?;
    open(server, ids.into_iter(), &mut sockets).await?;
    let listened = server.resident_kb()?;
    let each = |from: u64, to: u64| to.saturating_sub(from) as f64 / count as f64;
    Ok(Idle { session_kb: each(empty, begun), socket_kb: each(begun, listened) })
}

async fn begin(server: &Server, flow: Option<&str>, count: usize) -> Result<Vec<String>> {
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(match flow {
            Some(flow) => server.begin(flow).await?,
            None => String::new(),
        });
    }
    Ok(ids)
}

async fn open(
    server: &Server,
    ids: impl Iterator<Item = String>,
    sockets: &mut Vec<client::Socket>,
) -> Result<()> {
    for id in ids {
        sockets.push(client::dial(server, &id).await?);
    }
    Ok(())
}
