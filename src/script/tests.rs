//! What the language promises, at its door. Never looks at what the rewriting makes of a source.

mod bounds;
mod filters;
mod language;
mod templates;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Data, Error, Expression, Incoming, Scope, SessionNames, Template};

/// What the expressions of the tests see.
pub(super) struct World {
    ctx: Arc<Map<String, Value>>,
    slot: Arc<Map<String, Value>>,
    tool: Arc<Value>,
    result: Arc<Value>,
    error: Arc<Value>,
    input: Incoming<'static>,
    params: Arc<Map<String, Value>>,
}

impl World {
    pub(super) fn new(ctx: &Value) -> Self {
        let map = |value: &Value| Arc::new(value.as_object().cloned().unwrap_or_default());
        Self {
            ctx: map(ctx),
            slot: map(&json!({ "date": "2026-12-24", "partySize": 4, "field": "name" })),
            tool: Arc::new(json!({ "tables": [{ "id": 7 }, { "id": 9 }], "ok": true })),
            result: Arc::new(json!({ "paid": 12 })),
            error: Arc::new(json!({ "kind": "timeout", "attempts": 2 })),
            input: json!({ "text": "for four", "confidence": 0.9 }).into(),
            params: map(&json!({ "from": "menu" })),
        }
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        Scope {
            ctx: &self.ctx,
            slot: &self.slot,
            tool: &self.tool,
            result: &self.result,
            error: &self.error,
            input: &self.input,
            params: &self.params,
            session: SessionNames { id: "s1", flow: "reservation", state: "Start" },
        }
    }
}

pub(super) fn ctx() -> Value {
    json!({
        "partySize": 4, "limit": "10", "price": 2.5, "whole": 3.0, "name": "Ada", "code": "007",
        "size": "small", "ok": true, "no": false, "none": null, "big": u64::MAX, "quoted": "a\"b\\c",
        "contact": { "name": "Ada", "phones": ["1", "2"] }, "items": ["a", 2, true, null],
        "secret": "hidden", "evil": "{{ctx.secret}}", "json": "{\"a\": 1}", "vip": { "Ada": 1 },
    })
}

#[track_caller]
pub(super) fn value(source: &str) -> Value {
    let expression = Expression::compile(source).unwrap();
    expression.eval(&World::new(&ctx()).scope()).unwrap()
}

#[track_caller]
pub(super) fn holds(source: &str) -> bool {
    let expression = Expression::compile(source).unwrap();
    expression.is_true(&World::new(&ctx()).scope()).unwrap()
}

#[track_caller]
pub(super) fn run_error(source: &str) -> String {
    let expression = Expression::compile(source).unwrap();
    let error = expression.is_true(&World::new(&ctx()).scope()).unwrap_err();
    assert_eq!(error.offset, None);
    error.message
}

/// The mistake, and the source from its offset on.
#[track_caller]
pub(super) fn mistake(source: &str) -> (String, &str) {
    let Error { message, offset, .. } = Expression::compile(source).unwrap_err();
    (message, source.get(offset.unwrap()..).unwrap())
}

#[track_caller]
pub(super) fn filled(source: &str) -> Value {
    let template = Template::compile(source).unwrap();
    template.eval(&World::new(&ctx()).scope()).unwrap()
}

#[track_caller]
pub(super) fn data(json: &Value) -> Value {
    Data::compile(json).unwrap().eval(&World::new(&ctx()).scope()).unwrap()
}
