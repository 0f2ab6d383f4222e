//! What is counted of each server of language models: how often it was asked, how that ended and how long it took.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Trouble;
use crate::figures::{Count, Times, TimesRead};

/// The figures of one server. They only grow.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Each attempt at a request that was made, by how long it took.
    times: Times,
    /// Those that failed, by the word of their trouble.
    failed: Mutex<BTreeMap<&'static str, u64>>,
    /// Answers of no use that were asked for once more.
    pub(super) repairs: Count,
    /// Requests that were answered from memory.
    pub(super) kept: Count,
}

/// A moment's reading of one server's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerFigures {
    /// The operator's name for it.
    pub server: String,
    /// How long requests took, each attempt.
    pub times: TimesRead,
    /// Those that failed, and answers of no use, by the word that `nlu.intent` has for it.
    pub failed: BTreeMap<&'static str, u64>,
    /// Answers of no use that were asked for once more.
    pub repairs: u64,
    /// Requests that were answered from memory.
    pub kept: u64,
    /// Whether it is left alone, or tried again after that.
    pub is_left_alone: bool,
}

impl Figures {
    /// An attempt at a request ended.
    pub(super) fn ended(&self, took: Duration) {
        self.times.record(took);
    }

    /// Something came to nothing.
    pub(super) fn failed(&self, trouble: &Trouble) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        *failed.entry(trouble.as_str()).or_default() += 1;
    }

    pub(super) fn read(&self, server: &str, is_left_alone: bool) -> ServerFigures {
        ServerFigures {
            server: server.to_owned(),
            times: self.times.read(),
            failed: self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            repairs: self.repairs.read(),
            kept: self.kept.read(),
            is_left_alone,
        }
    }
}
