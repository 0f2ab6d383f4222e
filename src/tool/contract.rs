//! What a tool says of its arguments and results, for whoever calls it outside of a registry: the same checks, the same
//! words.

use serde_json::Value;

use super::schema::{Schema, check_numbers};
use crate::event::{ToolError, ToolErrorKind};

/// The schemas of one tool.
#[derive(Debug)]
pub struct Contract {
    args: Schema,
    result: Option<Schema>,
}

impl Contract {
    /// Compiles them.
    ///
    /// # Errors
    /// Why one of them is no schema.
    pub fn new(args: &Value, result: Option<&Value>) -> Result<Self, String> {
        Ok(Self { args: Schema::new(args)?, result: result.map(Schema::new).transpose()? })
    }

    /// Whether these arguments may be sent.
    ///
    /// # Errors
    /// That of a call with them.
    pub fn check_args(&self, args: &Value) -> Result<(), ToolError> {
        check_numbers(args).and_then(|()| self.args.check(args)).map_err(|why| {
            let message = format!("the arguments do not fit the tool's schema: {why}");
            ToolError { attempts: 0, ..ToolError::new(ToolErrorKind::BadArgs, message) }
        })
    }

    /// Whether this result may be given.
    ///
    /// # Errors
    /// That of a call that gives it.
    pub fn check_result(&self, result: &Value) -> Result<(), ToolError> {
        let fits = self.result.as_ref().map_or(Ok(()), |schema| schema.check(result));
        check_numbers(result).and(fits).map_err(|why| {
            let message = format!("the result does not fit the tool's schema: {why}");
            ToolError::new(ToolErrorKind::BadResult, message)
        })
    }
}
