//! Comparisons, missing values, words, mistakes. Never templates.

use serde_json::json;

use super::{holds, mistake, run_error, value};
use crate::script::Expression;

#[test]
fn braces_and_plain_names_are_the_same_program() {
    for source in ["{{ctx.partySize}} > 3", "ctx.partySize > 3", "{{ ctx.partySize > 3 }}"] {
        assert!(holds(source), "{source}");
    }
    assert!(!holds("{{ctx.partySize}} > 8"));
    assert_eq!(value("({{ctx.partySize}} + 1) * {{ ctx.partySize - 2 }}"), json!(10));
}

#[test]
fn text_in_either_quotes_is_text_of_any_length() {
    assert!(holds("ctx.size == 'small' && ctx.size == \"small\""));
    assert_eq!(value("'x'"), json!("x"));
    assert_eq!(value(r#"'it\'s' + " \"so\"\n\u00e9""#), json!("it's \"so\"\né"));
    assert!(holds(r#"ctx.quoted == 'a"b\\c'"#));
}

#[test]
fn braces_in_quotes_are_a_template() {
    assert!(holds("'{{ctx.size}}' == 'small'"));
    assert!(holds("'{{ctx.missing}}' == ''"));
    assert!(holds(r#""{{ ctx.contact["name"] }}!" == 'Ada!'"#));
    assert_eq!(value("'<{{ default(ctx.missing, '{{ctx.name}}') }}>'"), json!("<Ada>"));
    assert_eq!(value(r"'\{{ctx.name}}'"), json!("{{ctx.name}}"));
}

#[test]
fn a_bare_word_is_text_with_a_warning() {
    let expression = Expression::compile("{{ctx.size}} == small").unwrap();
    assert_eq!(expression.warnings().len(), 1);
    assert_eq!(expression.warnings()[0].offset, 16);
    assert!(expression.warnings()[0].message.contains("\"small\""));
    assert!(holds("{{ctx.size}} == small"));
    assert!(holds("small == ctx.size || v0 == ctx.size"));
    assert!(Expression::compile("ctx.size == 'small'").unwrap().warnings().is_empty());
}

#[test]
fn a_word_with_properties_or_brackets_must_be_known() {
    assert_eq!(mistake("ctxx.size == 1").1, "ctxx.size == 1");
    let near = |source: &str| Expression::compile(source).unwrap_err().near.unwrap().1;
    assert_eq!(near("1 + ctxx.size"), "ctx");
    let (message, at) = mistake("ctx.a == uper(ctx.b)");
    assert_eq!((message.as_str(), at), ("no function `uper`", "uper(ctx.b)"));
    assert_eq!(near("ctx.a == uper(ctx.b)"), "upper");
    assert!(mistake("ctx.items.push(1)").0.contains("no function `push`"));
}

#[test]
fn logic_is_written_with_signs() {
    assert!(holds("ctx.ok && !ctx.no || ctx.no"));
    assert_eq!(
        mistake("ctx.ok and ctx.no"),
        ("`and` is not an operator; write `&&`".into(), "and ctx.no")
    );
    assert_eq!(mistake("ctx.ok or ctx.no").1, "or ctx.no");
    assert_eq!(mistake("not ctx.no").1, "not ctx.no");
}

#[test]
fn if_and_switch_are_expressions() {
    assert_eq!(value("if ctx.partySize > 3 { 'big' } else { 'small' }"), json!("big"));
    assert_eq!(value("if ctx.no { 1 } else if ctx.missing { 2 } else { 3 }"), json!(3));
    assert_eq!(value("if (ctx.missing) { 1 } else { {{ctx.name}} }"), json!("Ada"));
    assert_eq!(value("switch ctx.size { small => 1, \"large\" | 'huge' => 2, _ => 3 }"), json!(1));
    assert_eq!(
        value("switch ctx.partySize { 1..4 => 'few', 4..=8 => 'some', _ => 'many' }"),
        json!("some")
    );
}

#[test]
fn statements_are_refused_where_they_stand() {
    for (source, rest) in [
        ("1 + let", "let"),
        ("ctx.a; ctx.b", "; ctx.b"),
        ("ctx.a = 1", "= 1"),
        ("ctx.a += 1", "+= 1"),
        ("while true { 1 }", "while true { 1 }"),
        ("fn f() { 1 }", "fn f() { 1 }"),
        ("if true { let x = 1; x }", "= 1; x }"),
        ("ctx.items.map(|x| x)", "map(|x| x)"),
        ("import 'x' as y", "import 'x' as y"),
        ("eval('1')", "eval('1')"),
        ("print('1')", "print('1')"),
        ("sleep(1)", "sleep(1)"),
        ("Fn('x')", "Fn('x')"),
        ("`${ctx.a}`", "`${ctx.a}`"),
        ("a::b", "::b"),
        ("ctx.a // b", "// b"),
    ] {
        assert_eq!(mistake(source).1, rest, "{source}");
    }
}

#[test]
fn a_mistake_is_told_with_its_place_in_the_original() {
    for (source, rest) in [
        ("ctx.ünïcode  ==  )", ")"),
        ("{{ctx.size}} == 'a' 'b'", "'b'"),
        ("{{ctx.size}} {{ctx.size}}", "{{ctx.size}}"),
        ("ctx.a &&\n  * 3", "* 3"),
        ("(ctx.a + 1", ""),
        ("ctx.a === 1", "=== 1"),
        ("ctx.a ? 1 : 2", "? 1 : 2"),
        ("ctx.a == 'x", "'x"),
        ("'a' == {{ctx.b", "{{ctx.b"),
        ("ctx.a == '{{ctx.b'", "'"),
        ("ctx.a == 'é{{ 1 + }}'", "}}'"),
        ("ctx.a == '\\q'", "\\q'"),
        ("ctx.a}", "}"),
        ("ctx.a ]", "]"),
        ("#{ a: 1", "{ a: 1"),
        ("ctx.", "."),
        ("ctx.a == 1 $ 2", "$ 2"),
        ("", ""),
    ] {
        let (message, at) = mistake(source);
        assert_eq!(at.trim_start_matches('#'), rest, "{source}: {message}");
        assert!(message.starts_with(|c: char| c == '`' || c.is_lowercase()), "{message}");
    }
}

#[test]
fn what_is_missing_is_nothing() {
    for source in [
        "ctx.missing == ()",
        "ctx.missing == null",
        "ctx.none == ()",
        "ctx.a.b.c == ()",
        "ctx.partySize.b == ()",
        "ctx.items[9] == ()",
        "ctx.items[ctx.partySize + 90] == ()",
        "ctx.a[ctx.name][1].x == ()",
        "ctx[ctx.missing] == ()",
        "(ctx.contact).phones[7].x == ()",
        "session.nothing == ()",
        "ctx.items[-9] == ()",
        "!ctx.missing",
        "ctx.missing != 3",
    ] {
        assert!(holds(source), "{source}");
    }
}

#[test]
fn nothing_is_in_no_order() {
    for sign in ["<", "<=", ">", ">="] {
        for other in ["3", "3.5", "'a'", "true", "ctx.contact", "ctx.items", "ctx.missing"] {
            assert!(!holds(&format!("ctx.missing {sign} {other}")), "{sign} {other}");
            assert!(!holds(&format!("{other} {sign} ctx.missing")), "{other} {sign}");
        }
    }
    assert!(!holds("ctx.missing"));
}

#[test]
fn nothing_counts_as_false_next_to_and_or() {
    assert!(!holds("ctx.missing && ctx.ok"));
    assert!(holds("ctx.missing || ctx.ok"));
    assert!(holds("ctx.ok && ({{ctx.missing}} || (ctx.ok))"));
    assert!(holds("!ctx.missing && ctx.missing == ()"));
    assert!(holds("len(ctx.missing) == 0 && (ctx.missing) == ()"));
}

#[test]
fn numbers_and_numeric_text_compare_as_numbers() {
    for source in [
        "ctx.partySize == '4'",
        "'4' == ctx.partySize",
        "'10' > 9",
        "9 < '10'",
        "ctx.limit > ctx.partySize",
        "ctx.limit >= 10.0",
        "2.5 == '2.50'",
        "ctx.partySize != 'four'",
        "ctx.partySize == 4.0",
        "ctx.code == 7",
        "ctx.code == '007'",
        "ctx.code != '7'",
        "9007199254740993 != '9007199254740992'",
    ] {
        assert!(holds(source), "{source}");
    }
    assert!(!holds("ctx.partySize > 'abc'"));
    assert!(!holds("ctx.partySize < 'abc'"));
    assert!(!holds("1e308 * 10 == 'inf'"));
}

#[test]
fn other_types_are_unequal_and_never_an_error() {
    let values = ["1", "1.5", "'a'", "true", "()", "[1]", "#{a: 1}", "ctx", "ctx.contact", "tool"];
    for (at, left) in values.iter().enumerate() {
        for (other, right) in values.iter().enumerate() {
            assert_eq!(holds(&format!("{left} == {right}")), at == other, "{left} == {right}");
            assert_eq!(holds(&format!("{left} != {right}")), at != other, "{left} != {right}");
        }
    }
    assert!(!holds("ctx.name > 3 || true < 'a' || ctx.items > 2"));
}

#[test]
fn every_name_in_scope_is_there() {
    assert!(holds(
        "slot.date == '2026-12-24' && tool.tables[1].id == 9 && error.kind == 'timeout'"
    ));
    assert!(holds(
        "input.confidence > 0.5 && params.from == 'menu' && session.flow == 'reservation'"
    ));
    assert!(holds("ctx[slot.field] == 'Ada' && ctx.vip[ctx.name] == 1 && ctx.items.length == 4"));
    assert!(holds("ctx.contact['name'] == 'Ada' && ctx?.contact?.name == 'Ada'"));
    assert!(holds("'name' in ctx && 'x' !in ctx && 2 in ctx.items && !('x' in ctx.missing)"));
    assert_eq!(value("tool.tables[-1].id"), json!(9));
    assert_eq!(value("session"), json!({ "id": "s1", "flow": "reservation", "state": "Start" }));
}

#[test]
fn values_come_back_as_they_were() {
    for json in [
        json!(i64::MAX),
        json!(i64::MIN),
        json!(-0.5),
        json!("é\u{0}\n"),
        json!([]),
        json!({}),
        json!({ "a": [1, 2.0, null, { "b": true }], "z": "" }),
        json!(null),
    ] {
        let dynamic = crate::script::value::to_dynamic(&json);
        assert_eq!(crate::script::value::to_value(&dynamic).unwrap(), json);
    }
    assert_eq!(value("[ctx.partySize, ctx.whole]").to_string(), "[4,3.0]");
    assert_eq!(value("ctx.big + 0.0"), json!(18_446_744_073_709_551_615_f64));
    assert_eq!(value("ctx.big"), json!(u64::MAX));
    assert_eq!(
        value("#{ name: ctx.name, if: [1], 'x y': ctx.missing }"),
        json!({ "name": "Ada", "if": [1], "x y": null })
    );
    assert_eq!(value("ctx").as_object().unwrap().len(), super::ctx().as_object().unwrap().len());
}

#[test]
fn a_failure_at_run_time_says_what_failed() {
    assert!(run_error("ctx.missing + 1 > 2").contains("nothing does `+"));
    assert!(run_error("ctx.partySize / 0 == 1").contains("by zero"));
    assert!(run_error("ctx.name && ctx.ok").contains("`string` stands where `bool` is due"));
    assert_eq!(run_error("ctx.name"), "it is text, neither true nor false");
    assert_eq!(run_error("ctx"), "it is an object, neither true nor false");
    let infinite = Expression::compile("1e308 * 10").unwrap();
    let world = super::World::new(&json!({}));
    assert_eq!(
        infinite.eval(&world.scope()).unwrap_err().message,
        "the result is no finite number"
    );
    let range = Expression::compile("1..5").unwrap();
    assert_eq!(
        range.eval(&world.scope()).unwrap_err().message,
        "the result is a range, not a value"
    );
}

#[test]
fn the_paths_that_are_read_are_known() {
    let source = "ctx.contact.name == slot.date && '{{ctx.a[0].b}}' != ctx[slot.x] && len(ctx.items.len()) > 0";
    let expression = Expression::compile(source).unwrap();
    assert_eq!(
        expression.reads(),
        ["ctx", "ctx.a.0.b", "ctx.contact.name", "ctx.items", "slot.date", "slot.x"]
    );
}
