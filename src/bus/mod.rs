//! Brings committed events to whoever listens, in order: within one host (`local`), later over Redis. It stores
//! nothing: who falls behind is told to resume from the log.

mod local;

pub use local::Local;

use std::sync::Arc;

use crate::event::{Encoded, SessionId};

/// The closed set of buses.
#[derive(Debug, Clone)]
pub enum Bus {
    /// Within this process.
    Local(Local),
}

/// The events of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Whose.
    pub session: SessionId,
    /// In order, without a gap; never empty.
    pub events: Vec<Encoded>,
    /// The arrival of a person, client or timer that these events go back to.
    pub root: u64,
    /// Whether nothing more will come of that arrival.
    pub settled: bool,
    /// Whether the session is over (ended or deleted).
    pub last: bool,
}

/// Why a listener gets no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It could not keep up; it should read on from the log.
    #[error("keep up with the events; resume from the last `seq` received")]
    Lagged,
    /// The session was deleted, or the host stops.
    #[error("listen on: nothing more will come")]
    Ended,
}

/// A batch shared by all its listeners.
pub type Shared = Arc<Batch>;
