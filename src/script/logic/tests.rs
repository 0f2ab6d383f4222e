//! Rules in, values out. The public suite of JSON Logic is run in `tests/it`; here is what it leaves out.

use serde_json::{Value, json};

use super::super::tests::World;
use super::super::{Error, Expression};

fn eval(rule: &Value, data: &Value) -> Result<Value, Error> {
    let world = World::new(data);
    Expression::logic(rule).map_err(|(_, error)| error)?.eval(&world.scope())
}

#[track_caller]
fn check(rule: Value, data: Value, expected: Value) {
    assert_eq!(eval(&rule, &data), Ok(expected), "{rule} of {data}");
}

#[test]
fn what_is_missing_is_nothing_and_may_have_a_default() {
    check(json!({"var": "a.b.c"}), json!({"a": {}}), Value::Null);
    check(json!({"var": ["a", 7]}), json!({}), json!(7));
    check(json!({"var": ["a", 7]}), json!({"a": null}), Value::Null);
    check(json!({"var": "list.1"}), json!({"list": [1, 2]}), json!(2));
    check(json!({"var": "list.length"}), json!({"list": [1, 2]}), json!(2));
    check(json!({"missing": ["a", "b"]}), json!({"a": "", "b": 0}), json!(["a"]));
    check(json!({"missing_some": [1, ["a", "b"]]}), json!({"b": 1}), json!([]));
}

#[test]
fn comparisons_are_those_of_javascript() {
    check(json!({"==": ["1", 1]}), json!({}), json!(true));
    check(json!({"===": ["1", 1]}), json!({}), json!(false));
    check(json!({"==": [null, 0]}), json!({}), json!(false));
    check(json!({"==": ["", 0]}), json!({}), json!(true));
    check(json!({"<": ["10", "9"]}), json!({}), json!(true));
    check(json!({"<": ["10", 9]}), json!({}), json!(false));
    check(json!({"<": [1, {"var": "x"}, 10]}), json!({"x": 5}), json!(true));
    check(json!({">": [{"var": "x"}, 1]}), json!({"x": "many"}), json!(false));
    check(json!({"!": [[]]}), json!({}), json!(true));
    check(json!({"!!": ["0"]}), json!({}), json!(true));
}

#[test]
fn numbers_are_read_out_of_texts_and_stay_whole() {
    check(json!({"+": ["3.5 euros", 1, "1"]}), json!({}), json!(5.5));
    check(json!({"-": "2"}), json!({}), json!(-2));
    check(json!({"/": [7, 2]}), json!({}), json!(3.5));
    check(json!({"/": [8, 2]}), json!({}), json!(4));
    check(json!({"%": [7, 4]}), json!({}), json!(3));
    check(json!({"max": [1, "3", 2]}), json!({}), json!(3));
    check(json!({"cat": ["a", 1, null, true, 2.5]}), json!({}), json!("a1true2.5"));
    assert!(eval(&json!({"+": ["many", 1]}), &json!({})).is_err());
    assert!(eval(&json!({"/": [1, 0]}), &json!({})).is_err());
}

#[test]
fn texts_are_cut_in_characters() {
    check(json!({"substr": ["größe", 2, 3]}), json!({}), json!("öße"));
    check(json!({"substr": ["größe", -2]}), json!({}), json!("ße"));
    check(json!({"substr": ["größe", 1, -1]}), json!({}), json!("röß"));
    check(json!({"in": ["ö", "größe"]}), json!({}), json!(true));
}

#[test]
fn data_with_several_keys_is_data_and_an_unknown_operator_has_its_place() {
    check(json!({"a": 1, "b": {"var": "x"}}), json!({}), json!({"a": 1, "b": {"var": "x"}}));
    let (at, error) = Expression::logic(&json!({"and": [true, {"vra": "x"}]})).unwrap_err();
    assert_eq!(at, "/and/1/vra");
    assert_eq!(error.message, "JSON Logic has no operator `vra`");
    assert_eq!(error.near, Some(("vra".to_owned(), "var".to_owned())));
    let (_, error) = Expression::logic(&json!({"a": 1})).unwrap_err();
    assert_eq!(error.near, None, "one letter is near to every other");
}

#[test]
fn a_rule_tells_what_it_reads_of_the_context() {
    let rule = json!({"and": [{"var": "a.b"}, {"some": [{"var": "list"}, {"var": "inner"}]}]});
    assert_eq!(Expression::logic(&rule).unwrap().reads(), ["ctx.a.b", "ctx.list"]);
}

#[test]
fn a_rule_that_does_too_much_is_stopped() {
    let list: Vec<u32> = (0..200).collect();
    let inner = json!({"map": [{"var": "list"}, {"+": [{"var": ""}, 1]}]});
    let rule = json!({"map": [list, {"map": [list, inner]}]});
    let error = eval(&rule, &json!({})).unwrap_err();
    assert_eq!(error.message, "it takes too many operations");
    let doubled = json!({"cat": [{"var": "accumulator"}, {"var": "accumulator"}]});
    let rule = json!({"reduce": [list, doubled, "long"]});
    assert!(eval(&rule, &json!({})).unwrap_err().message.contains("longer"));
}
