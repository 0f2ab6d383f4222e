//! The one connection that all turns share. When it breaks, the next caller makes a new one while the others wait for
//! that attempt, and all hear the same if it fails.

use std::sync::{Arc, Mutex, PoisonError};

use redis::RedisError;
use tokio::runtime::Handle;

use super::connection::{Connection, Connector, Purpose};

#[derive(Debug)]
pub(super) struct Lane {
    /// Where what drives the connection runs.
    home: Handle,
    state: Mutex<State>,
    making: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Attempts at a connection so far; the number of the one in use.
    attempts: u64,
    current: Option<Connection>,
    failed: Option<RedisError>,
}

impl Lane {
    /// Without a connection yet; one will live on the runtime that this is called on.
    pub(super) fn here() -> Self {
        Self {
            home: Handle::current(),
            state: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }
    }

    /// The connection in use with its number, or a new one.
    pub(super) async fn connection(
        &self,
        connector: &Arc<Connector>,
    ) -> Result<(u64, Connection), RedisError> {
        let before = match self.current() {
            Ok(found) => return Ok(found),
            Err(attempts) => attempts,
        };
        let _making = self.making.lock().await;
        if let Some(outcome) = self.outcome_since(before) {
            return outcome;
        }
        // Whoever comes first may be on another runtime, such as that of the guests, where what drives the connection would
        // wait behind them.
        let connector = Arc::clone(connector);
        let made = self.home.spawn(async move { connector.connect(&Purpose::Turns).await }).await;
        let cancelled = |_| std::io::Error::from(std::io::ErrorKind::Interrupted).into();
        self.keep(made.map_err(cancelled).flatten())
    }

    /// Says that the connection of this number is of no use any more.
    pub(super) fn lost(&self, number: u64) {
        let mut state = self.lock();
        if state.attempts == number {
            state.current = None;
        }
    }

    /// Lets go of the connection.
    pub(super) fn close(&self) {
        self.lock().current = None;
    }

    fn current(&self) -> Result<(u64, Connection), u64> {
        let state = self.lock();
        match &state.current {
            Some(connection) => Ok((state.attempts, connection.clone())),
            None => Err(state.attempts),
        }
    }

    fn outcome_since(&self, before: u64) -> Option<Result<(u64, Connection), RedisError>> {
        let state = self.lock();
        match (&state.current, &state.failed) {
            (Some(connection), _) => Some(Ok((state.attempts, connection.clone()))),
            (None, Some(error)) if state.attempts > before => Some(Err(error.clone())),
            (None, _) => None,
        }
    }

    fn keep(&self, made: Result<Connection, RedisError>) -> Result<(u64, Connection), RedisError> {
        let mut state = self.lock();
        state.attempts += 1;
        match made {
            Ok(connection) => {
                state.failed = None;
                state.current = Some(connection.clone());
                Ok((state.attempts, connection))
            }
            Err(error) => {
                state.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
