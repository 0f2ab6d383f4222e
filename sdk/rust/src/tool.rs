//! A plugin and its tools as data, and how a call finds its function. Everything here is the same natively and in
//! the sandbox; only the edge in `component` is not.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::reply::{Outcome, Output};
use crate::{Context, Error};

/// What a crate offers; written by [`plugin!`](crate::plugin).
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// As in `plugin.toml`.
    pub name: &'static str,
    /// The package's version.
    pub version: &'static str,
    /// The package's description.
    pub description: &'static str,
    /// In the order of the list.
    pub tools: &'static [Tool],
}

/// One tool; written by [`tool`](macro@crate::tool).
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// Unique in the plugin: `check-availability`.
    pub name: &'static str,
    /// A name for people.
    pub title: Option<&'static str>,
    /// What people and language models read.
    pub description: &'static str,
    /// What it does to the world.
    pub effects: Effects,
    /// How long a call may take, if the tool has a wish.
    pub timeout_ms: Option<u32>,
    /// Makes the JSON Schema of the arguments.
    pub input_schema: fn() -> String,
    /// Makes the JSON Schema of the value.
    pub output_schema: fn() -> String,
    #[doc(hidden)]
    pub run: fn(&Context, &str) -> Result<Output, Error>,
}

/// What a tool does to the world. Hints for people, flows and models; never a right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent flags of the contract")]
pub struct Effects {
    /// It changes nothing.
    pub read_only: bool,
    /// The same call id twice does the thing once.
    pub idempotent: bool,
    /// What it does cannot be undone.
    pub destructive: bool,
    /// It reaches systems beyond the host's.
    pub open_world: bool,
}

impl Plugin {
    /// Runs the tool `name`.
    pub(crate) fn call(&self, context: &Context, name: &str, args: &str) -> Result<Output, Error> {
        let Some(tool) = self.tools.iter().find(|tool| tool.name == name) else {
            return Err(Error::not_found(format_args!(
                "no tool `{name}` in plugin `{}`",
                self.name
            )));
        };
        (tool.run)(context, args)
    }
}

/// The arguments of a tool that takes none.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NoArgs {}

/// Reads the arguments, calls the function, writes its answer.
///
/// # Errors
/// `invalid-input` for arguments that do not fit; else the function's own.
pub fn run<A: DeserializeOwned, R: Outcome>(
    context: &Context,
    args: &str,
    function: impl FnOnce(&Context, A) -> R,
) -> Result<Output, Error> {
    function(context, read(args)?).finish()
}

fn read<A: DeserializeOwned>(args: &str) -> Result<A, Error> {
    serde_json::from_str(args).or_else(|error| {
        // To JSON Schema `4.0` is an integer, to serde it is not: only then is a second look worth its time.
        let unfit = || Error::invalid_input(format_args!("the arguments do not fit: {error}"));
        let mut value: Value = serde_json::from_str(args).map_err(|_not_json| unfit())?;
        make_whole(&mut value);
        serde_json::from_value(value).map_err(|_still_unfit| unfit())
    })
}

fn make_whole(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Object(fields) => fields.values_mut().for_each(make_whole),
        Value::Number(number) => {
            let Some(float) = number.as_f64().filter(|_| number.is_f64()) else { return };
            if float.fract() == 0.0 && float.abs() < WHOLE_MAX {
                #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53")]
                let whole = float as i64;
                *number = whole.into();
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// 2^53, up to which a float holds each whole number.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// The schema of a tool's arguments.
pub fn input_schema<A: JsonSchema>() -> String {
    schema_of::<A>()
}

/// JSON Schema 2020-12 with everything in its place: no references to follow.
pub(crate) fn schema_of<T: JsonSchema>() -> String {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.remove("$schema");
    schema.to_value().to_string()
}
