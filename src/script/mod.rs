//! Expressions and templates of a flow: one language, Rhai, compiled once and bounded. What a person
//! wrote is data here and never becomes code. It never waits and never looks at a clock.

mod token;
mod lex;
mod rewrite;
mod program;
mod quick;
mod template;
mod data;
mod scope;
mod value;
mod engine;
mod filters;
mod loose;
mod fold;
mod incoming;
mod logic;
mod limits;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

use logic::Rule;
use program::Program;

pub use data::Data;
pub use fold::fold;
pub use incoming::Incoming;
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
    pub input: &'a Incoming<'a>,
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
    /// Of a name that there is not: the name, and the one that was probably meant.
    pub near: Option<(String, String)>,
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
        Self { message: message.into(), offset: Some(offset), near: None }
    }

    fn run(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: None, near: None }
    }

    /// With the one of the known names that `name` was probably meant to be.
    fn near<'k>(self, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let distance = |known: &str| strsim::damerau_levenshtein(name, known);
        let near = known.into_iter().map(|known| (distance(known), known)).min();
        // Of a short name, one letter more or less makes another one.
        let near = near.filter(|(distance, known)| {
            *distance <= 2 && distance * 2 < name.chars().count().max(known.chars().count())
        });
        let near = near.map(|(_, known)| (name.to_owned(), known.to_owned()));
        Self { near, ..self }
    }
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Script(Program),
    Logic(Rule),
    /// All of them must be true.
    All {
        each: Vec<Expression>,
        warnings: Vec<Warning>,
        reads: Vec<String>,
    },
}

impl Expression {
    /// Compiles `ctx.partySize > 8`, `{{ctx.partySize}} > 8`, …
    ///
    /// # Errors
    /// [`Error`] with the offset of the mistake.
    pub fn compile(source: &str) -> Result<Self, Error> {
        let program = Program::compile(source, 0..source.len(), 0)?;
        Ok(Self(Arc::new(Kind::Script(program))))
    }

    /// Compiles a rule of JSON Logic: `{">": [{"var": "partySize"}, 8]}`.
    ///
    /// # Errors
    /// [`Error`] with the JSON pointer, inside the rule, of an operator that there is not.
    pub fn logic(rule: &Value) -> Result<Self, (String, Error)> {
        Ok(Self(Arc::new(Kind::Logic(Rule::compile(rule)?))))
    }

    /// True when all of these are, and they are looked at in order.
    #[must_use]
    pub fn all(each: Vec<Self>) -> Self {
        let warnings = each.iter().flat_map(|one| one.warnings().to_vec()).collect();
        let reads = each.iter().flat_map(|one| one.reads().to_vec()).collect();
        Self(Arc::new(Kind::All { each, warnings, reads }))
    }

    /// The value of the expression.
    ///
    /// # Errors
    /// [`Error`] when it fails at run time or goes over a limit.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        match &*self.0 {
            Kind::Script(program) => program.eval(scope),
            Kind::Logic(rule) => rule.eval(scope),
            Kind::All { .. } => self.is_true(scope).map(Value::Bool),
        }
    }

    /// The expression as a guard: true, or not.
    ///
    /// # Errors
    /// [`Error`] when it fails at run time or is neither a boolean nor `()`. A rule of JSON Logic is never neither.
    pub fn is_true(&self, scope: &Scope<'_>) -> Result<bool, Error> {
        match &*self.0 {
            Kind::Script(program) => program.is_true(scope),
            Kind::Logic(rule) => rule.is_true(scope),
            Kind::All { each, .. } => {
                for one in each {
                    if !one.is_true(scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    /// What was odd about the source.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        match &*self.0 {
            Kind::Script(program) => &program.warnings,
            Kind::Logic(_) => &[],
            Kind::All { warnings, .. } => warnings,
        }
    }

    /// Dotted paths that are read, such as `ctx.contact.name` or `slot.date`, for the checker.
    #[must_use]
    pub fn reads(&self) -> &[String] {
        match &*self.0 {
            Kind::Script(program) => &program.reads,
            Kind::Logic(rule) => &rule.reads,
            Kind::All { reads, .. } => reads,
        }
    }
}
