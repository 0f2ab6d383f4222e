//! Limits, and properties that hold for any source and any text of a user. Never single features.

use proptest::prelude::{any, prop_assert_eq, proptest};
use serde_json::{Value, json};

use super::{World, mistake};
use crate::script::engine::ENGINE;
use crate::script::limits::{
    ARRAY_MAX, EXPRESSION_DEPTH_MAX, SOURCE_BYTES_MAX, TEXT_BYTES_MAX, TOKENS_MAX,
};
use crate::script::{Data, Expression, Template};

#[test]
fn compiled_things_are_shared_between_threads() {
    fn is_shared<T: Clone + std::fmt::Debug + Send + Sync>() {}
    is_shared::<Expression>();
    is_shared::<Template>();
    is_shared::<Data>();
}

#[test]
fn an_expression_has_a_largest_size() {
    let long = format!("'{}'", "x".repeat(SOURCE_BYTES_MAX));
    assert!(mistake(&long).0.contains("longer than"));
    assert!(Template::compile(&long).unwrap_err().message.contains("longer than"));
    let wide = vec!["1"; TOKENS_MAX].join("+");
    assert!(mistake(&wide).0.contains("words and signs"));
    let deep = format!(
        "{}1{}",
        "(".repeat(EXPRESSION_DEPTH_MAX + 1),
        ")".repeat(EXPRESSION_DEPTH_MAX + 1)
    );
    assert!(mistake(&deep).0.contains("complexity"), "{}", mistake(&deep).0);
    let nested = format!("{}{}", "{{'".repeat(20), "'}}".repeat(20));
    assert!(Template::compile(&nested).is_err());
    let braces = format!("{}1{}", "{{".repeat(20), "}}".repeat(20));
    assert!(Template::compile(&braces).unwrap_err().message.contains("nest deeper"));
}

#[test]
fn the_deepest_expression_fits_the_stack() {
    for sign in ["+", "&&", "??"] {
        let long = vec!["ctx.partySize"; EXPRESSION_DEPTH_MAX - 2].join(sign);
        let expression = Expression::compile(&long).unwrap();
        let world = World::new(&super::ctx());
        drop(expression.eval(&world.scope()));
    }
}

#[test]
fn what_an_expression_makes_has_a_largest_size() {
    let world = World::new(
        &json!({ "long": "x".repeat(TEXT_BYTES_MAX / 2 + 1), "many": vec![1; ARRAY_MAX / 2 + 1] }),
    );
    let fails = |source: &str| {
        Expression::compile(source).unwrap().eval(&world.scope()).unwrap_err().message
    };
    assert!(fails("ctx.long + ctx.long").contains("string"), "{}", fails("ctx.long + ctx.long"));
    assert!(fails("ctx.many + ctx.many").contains("array"), "{}", fails("ctx.many + ctx.many"));
    assert!(fails("replace(ctx.long, 'x', ctx.long)").contains("string"));
    assert!(fails("join(ctx.many, ctx.long)").contains("string"));
    let template = Template::compile("{{ctx.long}}{{ctx.long}}").unwrap();
    assert!(template.text(&world.scope()).unwrap_err().message.contains("longer than"));
    assert!(template.eval(&world.scope()).is_err());
}

#[test]
fn too_much_work_is_stopped() {
    // No expression can loop; should a later version of Rhai let one, this is what holds it.
    let error = ENGINE.eval::<()>("loop {}").unwrap_err();
    assert_eq!(crate::script::program::run_error(*error).message, "it takes too many operations");
}

proptest! {
    #[test]
    fn compiling_any_source_ends_without_a_panic(source in any::<String>()) {
        drop(Expression::compile(&source));
        drop(Template::compile(&source));
    }

    #[test]
    fn compiling_nearly_right_sources_ends_without_a_panic(
        source in "(ctx|slot|\\.a|\\[|\\]|\\(|\\)|\\{\\{|\\}\\}|#\\{|\\{|\\}|'|\"|\\\\|if|else|switch|=>|_|in|!|&&|==|<|-|\\.|\\?|:|,|1|2\\.5|0x|1e| |é|len\\(){0,24}"
    ) {
        let world = World::new(&super::ctx());
        if let Ok(expression) = Expression::compile(&source) {
            let world = World::new(&super::ctx());
        drop(expression.eval(&world.scope()));
        } else if let Some(offset) = Expression::compile(&source).unwrap_err().offset {
            assert!(source.is_char_boundary(offset), "{source}: {offset}");
        }
        if let Ok(template) = Template::compile(&source) {
            drop(template.text(&world.scope()));
        }
    }

    #[test]
    fn the_text_of_a_user_is_never_evaluated(text in any::<String>(), tail in "(\\{\\{ctx.secret\\}\\}|' \\+ ctx.secret|\"|\\$\\{1\\}|)") {
        let said = format!("{text}{tail}");
        let world = World::new(&json!({ "said": said, "secret": "hidden" }));
        let eval = |source: &str| Template::compile(source).unwrap().eval(&world.scope()).unwrap();
        prop_assert_eq!(eval("{{ctx.said}}"), Value::from(said.as_str()));
        prop_assert_eq!(eval("<{{ '{{ctx.said}}' + '' }}>"), Value::from(format!("<{said}>")));
        let same = Expression::compile("ctx.said == '{{ctx.said}}'").unwrap();
        prop_assert_eq!(same.is_true(&world.scope()), Ok(true));
    }
}
