//! Lines for the host's log. The host bounds them and removes control characters; it never shows them to the person.

use std::fmt::Display;

use crate::host;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Each small step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// What happened.
    Info,
    /// Something is odd, and the tool coped.
    Warn,
    /// Somebody must act.
    Error,
}

/// A constant message and the values that belong to it.
///
/// ```
/// # use cicerone_sdk::log;
/// log::info("Held a table.", &[("seats", &4), ("slot", &"2026-11-22 19:00")]);
/// ```
pub fn info(message: &str, fields: &[(&str, &dyn Display)]) {
    emit(Level::Info, message, fields);
}

/// As [`info`], for whoever looks for a fault.
pub fn debug(message: &str, fields: &[(&str, &dyn Display)]) {
    emit(Level::Debug, message, fields);
}

/// As [`info`], when something is odd and the tool coped.
pub fn warn(message: &str, fields: &[(&str, &dyn Display)]) {
    emit(Level::Warn, message, fields);
}

/// As [`info`], when somebody must act.
pub fn error(message: &str, fields: &[(&str, &dyn Display)]) {
    emit(Level::Error, message, fields);
}

/// A line of any level.
pub fn emit(level: Level, message: &str, fields: &[(&str, &dyn Display)]) {
    let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), value.to_string())).collect();
    host::log(level, message, fields);
}
