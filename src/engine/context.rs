//! Writing into a conversation's context by dotted paths, within its bound.

use std::sync::Arc;

use serde_json::Value;

use super::limits::{CONTEXT_BYTES_MAX, DEPTH_MAX};
use super::turn::{Failure, Turn};
use crate::event::{Kind, Map};
use crate::flow::Assign;

impl Turn<'_> {
    /// The context after `assigns`, all of whose right sides see `ctx`; what changed goes to `changed`.
    pub(super) fn assigned(
        &mut self,
        ctx: Arc<Map>,
        assigns: &[Assign],
        changed: &mut Map,
    ) -> Arc<Map> {
        if assigns.is_empty() {
            return ctx;
        }
        let mut next = Map::clone(&ctx);
        for assign in assigns {
            let value = self.data(&assign.value, &ctx, &assign.at);
            changed.insert(assign.path.text.clone(), value.clone());
            write(&mut next, &assign.path.keys, value);
        }
        Arc::new(next)
    }

    /// Makes `ctx` the context, told as `state.updated`.
    pub(super) fn set_context(&mut self, ctx: Arc<Map>, changed: Map) -> Result<(), Failure> {
        if changed.is_empty() {
            return Ok(());
        }
        if !fits(&ctx) {
            let message = format!(
                "the context would be larger than {CONTEXT_BYTES_MAX} bytes or deeper than {DEPTH_MAX} levels"
            );
            return Err(Failure::new("limit.context", message));
        }
        if let Some(frame) = self.session.frames.last_mut() {
            frame.context = ctx;
        }
        self.push(Kind::StateUpdated { changed });
        Ok(())
    }
}

/// The value at a path.
pub(super) fn read<'m>(map: &'m Map, keys: &[String]) -> Option<&'m Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(map.get(first)?, |value, key| value.get(key))
}

/// Writes `value` at a path; whatever is in the way and not an object is replaced by one.
pub(super) fn write(map: &mut Map, keys: &[String], value: Value) {
    let Some((first, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        map.insert(first.clone(), value);
        return;
    }
    let below = map.entry(first.as_str()).or_insert_with(|| Value::Object(Map::new()));
    if !below.is_object() {
        *below = Value::Object(Map::new());
    }
    if let Value::Object(below) = below {
        write(below, rest, value);
    }
}

/// Whether `map` may become part of a session.
pub(super) fn fits(map: &Map) -> bool {
    weight_of_map(map, DEPTH_MAX).is_some_and(|bytes| bytes <= CONTEXT_BYTES_MAX)
}

/// Whether `value` is nested deeper than a session may hold.
pub(super) fn is_too_deep(value: &Value) -> bool {
    weight(value, DEPTH_MAX).is_none()
}

/// About how many bytes of JSON a map is, without writing it; `None` when it is deeper than `depth`.
fn weight_of_map(map: &Map, depth: usize) -> Option<usize> {
    let below = depth.checked_sub(1)?;
    let each = |sum, (key, value): (&String, _)| Some(sum + key.len() + 4 + weight(value, below)?);
    map.iter().try_fold(2, each)
}

fn weight(value: &Value, depth: usize) -> Option<usize> {
    Some(match value {
        Value::Null | Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => {
            let below = depth.checked_sub(1)?;
            items.iter().try_fold(2, |sum, item| Some(sum + weight(item, below)? + 1))?
        }
        Value::Object(map) => weight_of_map(map, depth)?,
    })
}
