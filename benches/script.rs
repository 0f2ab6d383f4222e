//! What a guard and a template cost with a context of about a kilobyte, next to a bare comparison in the
//! same run. Never measures compilation, which happens once per flow.

use std::hint::black_box;
use std::sync::Arc;

use cicerone::script::{Expression, Incoming, Scope, SessionNames, Template};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};

fn context() -> Arc<Map<String, Value>> {
    let mut ctx = Map::new();
    for number in 0..24 {
        ctx.insert(
            format!("field{number}"),
            json!({ "label": format!("Label {number}"), "on": true }),
        );
    }
    ctx.insert("partySize".into(), json!(4));
    ctx.insert("contact".into(), json!({ "name": "Ada" }));
    ctx.insert("size".into(), json!("small"));
    Arc::new(ctx)
}

fn script(bench: &mut Criterion) {
    let ctx = context();
    let empty = Arc::new(Map::new());
    let nothing = Arc::new(Value::Null);
    let scope = Scope {
        ctx: &ctx,
        slot: &empty,
        tool: &nothing,
        result: &nothing,
        error: &nothing,
        input: &Incoming::default(),
        params: &empty,
        session: SessionNames { id: "s", flow: "f", state: "A" },
    };
    bench.bench_function("guard/bare", |timer| {
        timer.iter(|| {
            black_box(&ctx).get("partySize").and_then(Value::as_i64).is_some_and(|size| size > 3)
        });
    });
    for (name, source) in [
        ("guard/one", "ctx.partySize > 3"),
        ("guard/two", "ctx.partySize > 3 && ctx.size == 'small'"),
        ("guard/deep", "ctx.contact.name == 'Ada' || ctx.missing.too"),
        ("guard/filter", "len(ctx.contact.name) > 2"),
    ] {
        let expression = Expression::compile(source).expect("the source is right");
        bench.bench_function(name, |timer| {
            timer.iter(|| expression.is_true(black_box(&scope)));
        });
    }
    for (name, source) in [
        ("template/plain", "A table, then. For how many?"),
        ("template/paths", "A table for {{ctx.partySize}}, {{ctx.contact.name}}?"),
        ("template/script", "That makes {{ ctx.partySize * 12.5 }} euros."),
    ] {
        let template = Template::compile(source).expect("the source is right");
        bench.bench_function(name, |timer| timer.iter(|| template.text(black_box(&scope))));
    }
}

criterion_group!(benches, script);
criterion_main!(benches);
