//! Expressions and templates of a flow: one language, Rhai, compiled once and bounded. What a person
//! wrote is data here and never becomes code. It never waits and never looks at a clock.

mod token;
mod lex;
mod rewrite;
mod program;
mod template;
mod data;
mod scope;
mod value;
mod engine;
mod filters;
mod limits;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

use program::Program;

pub use data::Data;
pub use template::Template;

/// Everything an expression can see. Cheap to make: nothing is copied until an expression names it.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The conversation's context, `ctx`.
    pub ctx: &'a Arc<Map<String, Value>>,
    /// Slots of the last understood input, `slot`.
    pub slot: &'a Arc<Map<String, Value>>,
    /// Result of the last tool call, `tool`.
    pub tool: &'a Arc<Value>,
    /// What the last sub-flow came back with, `result`.
    pub result: &'a Arc<Value>,
    /// Error of the last tool call, `error`: `kind`, `code`, `message`, `attempts`, `retryable`, `details`.
    pub error: &'a Arc<Value>,
    /// The input of this turn, `input`: `text`, `intent`, `confidence`, `digits`, `name`, `payload`.
    pub input: &'a Arc<Value>,
    /// What the caller of a sub-flow passed, `params`.
    pub params: &'a Arc<Map<String, Value>>,
    /// `session.id`, `session.flow`, `session.state`.
    pub session: SessionNames<'a>,
}

/// What `session` holds in an expression.
#[derive(Debug, Clone, Copy)]
pub struct SessionNames<'a> {
    /// The session's id.
    pub id: &'a str,
    /// The flow it is in.
    pub flow: &'a str,
    /// The state it is in.
    pub state: &'a str,
}

/// What is wrong with an expression, at compile time or at run time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// A lowercase fragment for the author.
    pub message: String,
    /// Byte offset of the mistake in the source text given to `compile`; `None` at run time.
    pub offset: Option<usize>,
}

/// Something odd but accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What and what to write instead.
    pub message: String,
    /// Byte offset in the source text.
    pub offset: usize,
}

impl Error {
    fn at(message: impl Into<String>, offset: usize) -> Self {
        Self { message: message.into(), offset: Some(offset) }
    }

    fn run(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: None }
    }
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression(Arc<Program>);

impl Expression {
    /// Compiles `ctx.partySize > 8`, `{{ctx.partySize}} > 8`, …
    ///
    /// # Errors
    /// [`Error`] with the offset of the mistake.
    pub fn compile(source: &str) -> Result<Self, Error> {
        Program::compile(source, 0..source.len(), 0).map(|program| Self(Arc::new(program)))
    }

    /// The value of the expression.
    ///
    /// # Errors
    /// [`Error`] when it fails at run time or goes over a limit.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        self.0.eval(scope)
    }

    /// The expression as a guard: true, or not.
    ///
    /// # Errors
    /// [`Error`] when it fails at run time or is neither a boolean nor `()`.
    pub fn is_true(&self, scope: &Scope<'_>) -> Result<bool, Error> {
        self.0.is_true(scope)
    }

    /// What was odd about the source.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// Dotted paths that are read, such as `ctx.contact.name` or `slot.date`, for the checker.
    #[must_use]
    pub fn reads(&self) -> &[String] {
        &self.0.reads
    }
}
