//! From what a sandbox did to what a call came to: results checked for size and form, and every way to fail named
//! by the words of the `tool.error` event. A guest's words are cleaned here.

use std::time::Duration;

use serde_json::Value;
use wasmtime::{PoolConcurrencyLimitError, Trap};

use super::bindings::cicerone::plugin::types::{ErrorKind, ToolError as GuestError, ToolOutput};
use super::grant::Rights;
use super::host::{State, Stop};
use super::pointer::Pointer;
use crate::event::{ToolError, ToolErrorKind, clean};

/// Longest message of a guest, characters.
const MESSAGE_MAX: usize = 500;

/// Longest code of a guest, characters.
const CODE_MAX: usize = 64;

/// Longest text that a tool may have said, characters.
const SAY_MAX: usize = 2_000;

/// Texts that a tool may have said in one call, and changes to the context.
const WISHES_MAX: usize = 32;

/// What a tool gave; its value is not yet checked against a schema.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// Any JSON value.
    pub value: Value,
    /// Granted changes to the context: dotted path and value.
    pub patch: Vec<(String, Value)>,
    /// What it wants said.
    pub say: Vec<String>,
}

/// Why a tool gave nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// In the words of the event.
    pub error: ToolError,
    /// Whether it is certain that no code of the tool ran.
    pub nothing_ran: bool,
    /// The tool's own wish for the next attempt.
    pub retry_after: Option<Duration>,
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        Self { error, nothing_ran: false, retry_after: None }
    }
}

impl Failure {
    pub(super) fn new(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        let error = ToolError::new(kind, message);
        Self { error, nothing_ran: false, retry_after: None }
    }

    pub(super) fn before_start(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        Self { nothing_ran: true, ..Self::new(kind, message) }
    }

    pub(super) fn timeout() -> Self {
        Self::new(ToolErrorKind::Timeout, "the tool took longer than it may")
    }

    /// Of a sandbox that ended without an answer.
    pub(super) fn of(error: &wasmtime::Error, state: &State) -> Self {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return match stop {
                Stop::Limit(why) => Self::new(ToolErrorKind::Limit, why.clone()),
                Stop::Describing(_) => Self::new(ToolErrorKind::Denied, stop.to_string()),
            };
        }
        if error.is::<PoolConcurrencyLimitError>() {
            let why = "every place for a sandbox is taken";
            return Self::before_start(ToolErrorKind::Unavailable, why);
        }
        if is_transfer_limit(error) {
            let why = "more data at once than may pass between tool and host";
            return Self::new(ToolErrorKind::Limit, why);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => {
                Self::new(ToolErrorKind::Fuel, "the tool computed longer than it may")
            }
            Some(Trap::Interrupt) => Self::timeout(),
            _ if state.limits.refused() => {
                Self::new(ToolErrorKind::Memory, "the tool wanted more memory than it may have")
            }
            Some(trap) => Self::new(ToolErrorKind::Trap, format!("the tool crashed: {trap}")),
            None => {
                let why = clean(&error.root_cause().to_string(), MESSAGE_MAX);
                Self::new(ToolErrorKind::Trap, format!("the tool crashed: {why}"))
            }
        }
    }

    /// The tool itself said no. What it says with it may be as long as a result.
    pub(super) fn said(error: GuestError, max: u64) -> Self {
        let code = error.code.as_ref().map_or(0, String::len);
        let details = error.details.as_ref().map_or(0, String::len);
        let size = error.message.len().saturating_add(code).saturating_add(details);
        if u64::try_from(size).unwrap_or(u64::MAX) > max {
            let why = format!("the tool's error has {size} bytes; it may have {max}");
            return Self::new(ToolErrorKind::Limit, why);
        }
        let code = error.code.map(|code| clean(&code, CODE_MAX)).filter(|code| !code.is_empty());
        let details = error.details.map(|text| {
            let parsed = serde_json::from_str(&text);
            Box::new(parsed.unwrap_or_else(|_| Value::String(clean(&text, MESSAGE_MAX))))
        });
        let error = ToolError {
            kind: ToolErrorKind::Tool,
            code: Some(code.unwrap_or_else(|| word(error.kind).to_owned())),
            message: clean(&error.message, MESSAGE_MAX),
            retryable: error.retryable,
            attempts: 1,
            details,
            spent: None,
        };
        Self { error, nothing_ran: false, retry_after: None }
    }

    /// With the guest's own wait.
    pub(super) fn after(self, wait_ms: Option<u64>) -> Self {
        Self { retry_after: wait_ms.map(Duration::from_millis), ..self }
    }
}

/// The engine has no public type for it; a test holds its words.
fn is_transfer_limit(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| cause.to_string().contains("fuel allocated for hostcalls"))
}

const fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "invalid-input",
        ErrorKind::NotFound => "not-found",
        ErrorKind::Unauthenticated => "unauthenticated",
        ErrorKind::Forbidden => "forbidden",
        ErrorKind::Conflict => "conflict",
        ErrorKind::RateLimited => "rate-limited",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Internal => "internal",
    }
}

impl Answer {
    /// Checks size, form and rights of what the guest gave.
    pub(super) fn of(output: ToolOutput, rights: &Rights) -> Result<Self, Failure> {
        let patch = output.context_patch.iter().map(|field| field.key.len() + field.value.len());
        let said = output.say.iter().map(String::len);
        let size = patch.chain(said).fold(output.value.len(), usize::saturating_add);
        let max = rights.limits.output;
        if u64::try_from(size).unwrap_or(u64::MAX) > max {
            let why = format!("the tool gave {size} bytes; it may give {max}");
            return Err(Failure::new(ToolErrorKind::Limit, why));
        }
        if output.say.len() > WISHES_MAX || output.context_patch.len() > WISHES_MAX {
            let why = format!("the tool wants more than {WISHES_MAX} texts said or values changed");
            return Err(Failure::new(ToolErrorKind::Limit, why));
        }
        let patch = output.context_patch.iter();
        Ok(Self {
            value: json(&output.value, "the result")?,
            patch: patch.map(|f| wish(&f.key, &f.value, rights)).collect::<Result<_, _>>()?,
            say: output.say.iter().map(|text| clean(text, SAY_MAX)).collect(),
        })
    }
}

fn wish(key: &str, value: &str, rights: &Rights) -> Result<(String, Value), Failure> {
    let shown = clean(key, CODE_MAX);
    let pointer = Pointer::parse(key).map_err(|why| {
        Failure::new(ToolErrorKind::BadResult, format!("the tool changes `{shown}`: {why}"))
    })?;
    let granted = pointer.is_within(&rights.session_patch);
    let path = pointer.dotted().filter(|_| granted).ok_or_else(|| {
        let why = format!("the tool may not change `{shown}` in the context");
        Failure::new(ToolErrorKind::Denied, why)
    })?;
    Ok((path, json(value, &format!("the change of `{shown}`"))?))
}

fn json(text: &str, what: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new(ToolErrorKind::BadResult, format!("{what} is not JSON: {error}"))
    })
}
