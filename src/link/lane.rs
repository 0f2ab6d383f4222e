//! The one connection that all turns share. When it breaks, the next caller makes a new one while the others wait for
//! that attempt, and all hear the same if it fails.

use std::sync::{Mutex, PoisonError};

use redis::RedisError;

use super::connection::{Connection, Connector, Purpose};

#[derive(Debug, Default)]
pub(super) struct Lane {
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
    /// The connection in use with its number, or a new one.
    pub(super) async fn connection(
        &self,
        connector: &Connector,
    ) -> Result<(u64, Connection), RedisError> {
        let before = match self.current() {
            Ok(found) => return Ok(found),
            Err(attempts) => attempts,
        };
        let _making = self.making.lock().await;
        if let Some(outcome) = self.outcome_since(before) {
            return outcome;
        }
        let made = connector.connect(&Purpose::Turns).await;
        self.keep(made)
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
