//! Conditions in, expressions or mistakes out.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Mistake, translate};
use crate::script::{Expression, Incoming, Scope, SessionNames};

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(translate(source).as_deref(), Ok(expected), "{source}");
}

#[track_caller]
fn refuse(source: &str, message: &str, offset: usize) {
    let expected = Mistake { message: message.to_owned(), offset };
    assert_eq!(translate(source), Err(expected), "{source}");
}

#[test]
fn what_means_the_same_is_written_the_same() {
    check(
        "context.size === 'large' && context.count > 2",
        "ctx.size == \"large\" && ctx.count > 2",
    );
    check("context.a == null || !(context.b !== true)", "ctx.a == () || !(ctx.b != true)");
    check(
        "(context.a < 1 || context.b < 2) && context.c >= 3",
        "(ctx.a < 1 || ctx.b < 2) && ctx.c >= 3",
    );
    check("context.user?.names[0] == \"Ana\";", "ctx.user.names[0] == \"Ana\"");
    check("context['first name'] === undefined", "ctx[\"first name\"] == ()");
    check("context.n + 1 > 2", "ctx.n + 1 > 2");
}

#[test]
fn where_javascript_is_freer_a_function_says_so() {
    check("context.name", "truthy(ctx.name)");
    check("!context.name && context.items.length", "!truthy(ctx.name) && truthy(ctx.items.length)");
    check("context.a === context.b", "same(ctx.a, ctx.b)");
    check("context.n !== 5", "!same(ctx.n, 5)");
    check("context.n * 2 - 1 === 5", "same(number(number(ctx.n) * 2) - 1, 5)");
    check("context.a / 2 > 1", "to_float(number(ctx.a)) / to_float(2) > 1");
    check("(context.a || 5) > 3", "(if truthy(ctx.a) { ctx.a } else { 5 }) > 3");
    check("(context.a ?? 5) > 3", "default(ctx.a, 5) > 3");
    check(
        "context.vip ? context.n > 1 : context.n > 5",
        "if truthy(ctx.vip) { ctx.n > 1 } else { ctx.n > 5 }",
    );
    check("-context.n < -1", "-number(ctx.n) < -1");
}

#[test]
fn what_stands_in_quotes_is_text() {
    check(r#"context.a === '{{ctx.b}} "x" \'y\' \u00e9'"#, r#"ctx.a == "\{\{ctx.b}} \"x\" 'y' é""#);
}

#[test]
fn anything_else_is_named_with_its_place() {
    let kind = "is not of the simple kind that is taken over";
    refuse("context.a = 1", &format!("an assignment {kind}"), 10);
    refuse("context.items.includes('x')", &format!("the call of `includes` {kind}"), 22);
    refuse("isOpen()", &format!("the call of `isOpen` {kind}"), 0);
    refuse(
        "context.a && window.x",
        "no name `window` here; what a condition knows is `context`",
        13,
    );
    refuse("typeof context.a", &format!("`typeof` {kind}"), 0);
    refuse("`${context.a}`", &format!("a template string {kind}"), 0);
    refuse("context.a => 1", &format!("a function {kind}"), 10);
    refuse("1 < context.a < 3", &format!("a chain of comparisons {kind}"), 14);
    refuse("context.a.", "there is no name after `.`", 10);
    let negative = "nothing is at a negative index: the last one is `list[list.length - 1]`";
    refuse("context.l[-1] === 2", negative, 10);
    refuse("(context.a", "`)` is missing", 10);
    refuse("", "it ends too early", 0);
    refuse("'abc", "' has no closing '", 0);
    refuse("context.a context.b", &format!("`context` {kind}"), 10);
    refuse("{a: 1}", &format!("an object or a block {kind}"), 0);
}

#[test]
fn brackets_have_an_end() {
    let deep = format!("{}context.a{}", "(".repeat(300), ")".repeat(300));
    assert!(translate(&deep).is_err());
    let long = "!".repeat(300);
    assert!(translate(&long).is_err());
}

/// Whether a condition holds for the context of the tests.
fn holds(source: &str) -> Result<bool, String> {
    let context = json!({
        "n": 5, "half": 2.5, "text": "7", "word": "abc", "empty": "", "none": null, "yes": true, "no": false,
        "list": ["a", "b"], "bare": [], "user": {"name": "Ana"}, "key": "name", "zero": 0,
    });
    let expression = Expression::compile(&translate(source).map_err(|mistake| mistake.message)?);
    let ctx = Arc::new(context.as_object().cloned().unwrap_or_default());
    let (map, value) = (Arc::new(Map::new()), Arc::new(Value::Null));
    let scope = Scope {
        ctx: &ctx,
        slot: &map,
        tool: &value,
        result: &value,
        error: &value,
        input: &Incoming::default(),
        params: &map,
        session: SessionNames { id: "s", flow: "f", state: "A" },
    };
    expression.and_then(|expression| expression.is_true(&scope)).map_err(|error| error.message)
}

#[test]
fn conditions_hold_where_they_do_in_javascript() {
    for source in [
        "context.n / 2 === 2.5 && context.n % 2 === 1 && context.n - 1 > 3 && context.n + 1 === 6",
        "context.text * 2 === 14 && +context.text === 7 && -context.n < -4",
        "context.text == 7 && context.text !== 7 && context.n === 5 && context.half > 2",
        "context.word + context.n === 'abc5'",
        "context.word && context.list && context.user && context.bare.length === 0",
        "!context.empty && !context.none && !context.missing && !context.zero && !context.no",
        "context.missing === undefined && context.missing == null && context.none === null",
        "context.list[1] === 'b' && context.list.length == 2 && context.user[context.key] === 'Ana'",
        "(context.missing || 5) > 3 && (context.missing ?? 'x') === 'x' && (context.word && 5) === 5",
        "context.yes === true ? context.n > 1 : false",
        "(context.no ? 1 : 2) === 2",
        "'b' > 'a' && 'Z' < 'a' && !(context.missing > 1) && !(context.missing < 1)",
        "context.user.name.length === 3",
        "context.list[context.n - 6] === undefined && context.list[context.n - 5] === 'a'",
        "context.list[context.list.length - 1] === 'b' && context.word[context.zero - 1] === undefined",
        "context.list[context.missing] === undefined",
    ] {
        assert_eq!(holds(source), Ok(true), "{source} is {:?}", translate(source));
    }
    for source in
        ["context.missing.x.y > 1", "context.n === '5'", "context.word > 1", "context.none"]
    {
        assert_eq!(holds(source), Ok(false), "{source} is {:?}", translate(source));
    }
}
