//! The conversation's context as a guest sees it: the granted parts, as they were when the call was made.

use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use crate::event::Map;
use crate::plugin::bindings::cicerone::plugin::session::{Host, SessionError};
use crate::plugin::host::State;
use crate::plugin::pointer::Pointer;

impl Host for State {
    async fn get(
        &mut self,
        pointer: String,
    ) -> wasmtime::Result<Result<Option<String>, SessionError>> {
        let began = Instant::now();
        let call = self.in_call("session.get")?;
        let found = match Pointer::parse(&pointer) {
            Err(why) => Err(SessionError::BadPointer(why)),
            Ok(asked) if !asked.is_within(&call.rights.session_read) => {
                Err(SessionError::NotGranted)
            }
            Ok(asked) => Ok(look_up(&call.context, &asked)),
        };
        let size = found.as_ref().ok().and_then(Option::as_ref).map_or(0, String::len);
        self.pass("session.get", pointer.len() + size)?;
        self.spent.host += began.elapsed();
        Ok(found)
    }
}

fn look_up(context: &Arc<Map>, pointer: &Pointer) -> Option<String> {
    let (first, rest) = pointer.keys().split_first()?;
    rest.iter().try_fold(context.get(first)?, |value, key| step(value, key)).map(Value::to_string)
}

fn step<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
