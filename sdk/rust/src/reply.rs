//! What a tool answers: a value, and with it, if it wants, words for the person and changes to the context.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::tool::schema_of;

/// A value with more to it. A tool that has only a value returns that value itself.
///
/// ```
/// # use cicerone_sdk::Reply;
/// let reply = Reply::new(42).say("The answer is here.").patch("/answer", 42);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Reply<T> {
    value: T,
    say: Vec<String>,
    patch: Vec<(String, Value)>,
}

impl<T> Reply<T> {
    /// With nothing but the value yet.
    pub fn new(value: T) -> Self {
        Self { value, say: Vec::new(), patch: Vec::new() }
    }

    /// Has the host say this to the person, after what was added before.
    #[must_use]
    pub fn say(mut self, text: impl Into<String>) -> Self {
        self.say.push(text.into());
        self
    }

    /// Wishes for a value in the conversation's context; the host grants only the paths in `plugin.toml`.
    #[must_use]
    pub fn patch(mut self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.patch.push((pointer.into(), value.into()));
        self
    }
}

/// An answer as it leaves the sandbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub value: String,
    pub say: Vec<String>,
    pub patch: Vec<(String, String)>,
}

/// What the success of a tool may be: any value that travels as JSON, or a [`Reply`] around one.
pub trait IntoOutput {
    fn schema() -> String;
    fn into_output(self) -> Result<Output, Error>;
}

impl<T: Serialize + JsonSchema> IntoOutput for T {
    fn schema() -> String {
        schema_of::<T>()
    }

    fn into_output(self) -> Result<Output, Error> {
        Ok(Output { value: serde_json::to_string(&self)?, say: Vec::new(), patch: Vec::new() })
    }
}

impl<T: Serialize + JsonSchema> IntoOutput for Reply<T> {
    fn schema() -> String {
        schema_of::<T>()
    }

    fn into_output(self) -> Result<Output, Error> {
        let patch = self.patch.into_iter().map(|(pointer, value)| (pointer, value.to_string()));
        let patch = patch.collect();
        Ok(Output { value: serde_json::to_string(&self.value)?, say: self.say, patch })
    }
}

/// What a tool may return.
pub trait Outcome {
    /// The schema of its value.
    fn schema() -> String;
    /// As it leaves the sandbox.
    ///
    /// # Errors
    /// The tool's own.
    fn finish(self) -> Result<Output, Error>;
}

impl<T: IntoOutput, E: Into<Error>> Outcome for Result<T, E> {
    fn schema() -> String {
        T::schema()
    }

    fn finish(self) -> Result<Output, Error> {
        self.map_err(Into::into)?.into_output()
    }
}
