//! Guards as most flows have them, `ctx.partySize > 8 && slot.day == "Sunday"`, without Rhai: a comparison of two numbers, two
//! texts or two truths says what Rhai would say, in a hundredth of the time. Everything else is left to Rhai, missing values
//! and mixed types too, so that what they mean stands in one place.

use std::cmp::Ordering;

use serde_json::Value;

use super::Scope;
use super::engine::{Holds, holds};
use super::rewrite::{Slot, variable};
use super::scope::Found;

/// An expression that may be answered without Rhai.
#[derive(Debug)]
pub(super) enum Quick {
    /// A value that must be true or false itself.
    Truth(Operand),
    Compare(Operand, Holds, Operand),
    All(Vec<Self>),
    Any(Vec<Self>),
}

#[derive(Debug, PartialEq)]
pub(super) enum Operand {
    /// By its place among the slots.
    Slot(usize),
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Box<str>),
}

/// A value that is compared here.
#[derive(Debug, Clone, Copy)]
enum Plain<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
}

impl Quick {
    /// Of the text that Rhai would run; `None` if anything in it is not for us.
    pub(super) fn of(script: &str, slots: &[Slot]) -> Option<Self> {
        if script.contains(['(', ')', '\\', '`']) {
            return None;
        }
        let words = words(script)?;
        let any = words.split(|word| *word == "||").map(|part| all(part, slots));
        let mut any: Vec<Self> = any.collect::<Option<_>>()?;
        match any.len() {
            1 => any.pop().filter(|only| !matches!(only, Self::Truth(_))),
            _ => Some(Self::Any(any)),
        }
    }

    /// Whether it is true; `None` if Rhai has to say it.
    pub(super) fn is_true(
        &self,
        slots: &[(rhai::ImmutableString, Slot)],
        scope: &Scope<'_>,
    ) -> Option<bool> {
        match self {
            Self::Truth(operand) => match operand.plain(slots, scope)? {
                Plain::Bool(yes) => Some(yes),
                Plain::Int(_) | Plain::Float(_) | Plain::Text(_) => None,
            },
            Self::Compare(left, holds, right) => {
                let (left, right) = (left.plain(slots, scope)?, right.plain(slots, scope)?);
                left.order(right, *holds).map(|order| holds.of(Some(order)))
            }
            Self::All(each) => {
                for one in each {
                    if !one.is_true(slots, scope)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Self::Any(each) => {
                for one in each {
                    if one.is_true(slots, scope)? {
                        return Some(true);
                    }
                }
                Some(false)
            }
        }
    }
}

/// The words between blanks; a text in quotes is one.
fn words(script: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = script.trim();
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' {
            rest.get(1..)?.find('"')? + 2
        } else {
            rest.find(' ').unwrap_or(rest.len())
        };
        words.push(rest.get(..end)?);
        rest = rest.get(end..)?.trim_start();
    }
    Some(words)
}

fn all(words: &[&str], slots: &[Slot]) -> Option<Quick> {
    let all = words.split(|word| *word == "&&").map(|part| test(part, slots));
    let mut all: Vec<Quick> = all.collect::<Option<_>>()?;
    if all.len() == 1 { all.pop() } else { Some(Quick::All(all)) }
}

fn test(words: &[&str], slots: &[Slot]) -> Option<Quick> {
    match words {
        [alone] => operand(alone, slots).map(Quick::Truth),
        [left, sign, right] => {
            let (left, right) = (operand(left, slots)?, operand(right, slots)?);
            Some(Quick::Compare(left, holds(sign)?, right))
        }
        _ => None,
    }
}

fn operand(word: &str, slots: &[Slot]) -> Option<Operand> {
    if let Some(at) = (0..slots.len()).find(|at| variable(*at) == word) {
        return matches!(slots.get(at), Some(Slot::Path { .. })).then_some(Operand::Slot(at));
    }
    if let Some(text) = word.strip_prefix('"') {
        return text.strip_suffix('"').map(|text| Operand::Text(text.into()));
    }
    match word {
        "true" => return Some(Operand::Bool(true)),
        "false" => return Some(Operand::Bool(false)),
        _ => {}
    }
    // Rhai has other forms of numbers as well.
    if !word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    match word.parse() {
        Ok(whole) => Some(Operand::Int(whole)),
        Err(_) if word.contains('.') => word.parse().ok().map(Operand::Float),
        Err(_) => None,
    }
}

impl Operand {
    fn plain<'a>(
        &'a self,
        slots: &[(rhai::ImmutableString, Slot)],
        scope: &Scope<'a>,
    ) -> Option<Plain<'a>> {
        let at = match self {
            Self::Slot(at) => *at,
            Self::Bool(yes) => return Some(Plain::Bool(*yes)),
            Self::Int(whole) => return Some(Plain::Int(*whole)),
            Self::Float(float) => return Some(Plain::Float(*float)),
            Self::Text(text) => return Some(Plain::Text(text)),
        };
        let Some((_, Slot::Path { path, .. })) = slots.get(at) else { return None };
        match path.find(scope) {
            Found::Value(Value::Bool(yes)) => Some(Plain::Bool(*yes)),
            Found::Value(Value::Number(number)) => match number.as_i64() {
                Some(whole) => Some(Plain::Int(whole)),
                None => number.as_f64().map(Plain::Float),
            },
            Found::Value(Value::String(text)) => Some(Plain::Text(text)),
            Found::Value(Value::Null | Value::Array(_) | Value::Object(_))
            | Found::Missing
            | Found::Made(_)
            | Found::Whole(_) => None,
        }
    }
}

impl Plain<'_> {
    /// How two of one type stand to each other; truths are the same or not, and in no order.
    fn order(self, other: Plain<'_>, holds: Holds) -> Option<Ordering> {
        #[expect(clippy::cast_precision_loss, reason = "as Rhai compares them")]
        match (self, other) {
            (Self::Int(one), Plain::Int(other)) => Some(one.cmp(&other)),
            (Self::Float(one), Plain::Float(other)) => one.partial_cmp(&other),
            (Self::Int(one), Plain::Float(other)) => (one as f64).partial_cmp(&other),
            (Self::Float(one), Plain::Int(other)) => one.partial_cmp(&(other as f64)),
            (Self::Text(one), Plain::Text(other)) => Some(one.cmp(other)),
            (Self::Bool(one), Plain::Bool(other)) if !holds.orders() => Some(one.cmp(&other)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::super::program::Program;
    use super::super::{Incoming, SessionNames};
    use super::*;

    fn with_scope<T>(ctx: &Arc<Map<String, Value>>, run: impl FnOnce(&Scope<'_>) -> T) -> T {
        let (map, value) = (Arc::default(), Arc::default());
        run(&Scope {
            ctx,
            slot: &map,
            tool: &value,
            result: &value,
            error: &value,
            input: &Incoming::default(),
            params: &map,
            session: SessionNames { id: "s", flow: "f", state: "A" },
        })
    }

    #[test]
    fn comparisons_and_what_joins_them_are_quick_and_nothing_else() {
        let ctx =
            Arc::new(Map::from_iter([("n".to_owned(), json!(6)), ("s".to_owned(), json!("x"))]));
        for (source, quick) in [
            ("ctx.n > 8", Some(false)),
            ("ctx.n >= 6 && ctx.s == \"x\"", Some(true)),
            ("ctx.n > 8 || ctx.n == 6.0", Some(true)),
            ("ctx.n == \"6\"", None),
            ("ctx.missing == 6", None),
            ("ctx.n + 1 > 6", None),
            ("!(ctx.n > 8)", None),
            ("len(ctx.s) > 0", None),
            ("ctx.s == \"a\\\"b\"", None),
        ] {
            let program = Program::compile(source, 0..source.len(), 0).unwrap();
            assert_eq!(with_scope(&ctx, |scope| program.quickly(scope)), quick, "{source}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            (-3_i64..4).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-8_i32..8).prop_map(|n| json!(f64::from(n) / 2.0)),
            any::<bool>().prop_map(Value::from),
            proptest::sample::select(vec!["", "a", "b", "ab", "1", "é"]).prop_map(Value::from),
            Just(Value::Null),
            Just(json!([1])),
        ]
    }

    fn expression() -> impl Strategy<Value = String> {
        let operands = vec![
            "ctx.a",
            "ctx.b",
            "ctx.c",
            "3",
            "2.5",
            "\"a\"",
            "\"1\"",
            "true",
            "9223372036854775807",
            "ctx.none",
        ];
        let signs = vec!["==", "!=", "<", "<=", ">", ">="];
        let operand = proptest::sample::select(operands);
        let compare = (operand.clone(), proptest::sample::select(signs), operand.clone())
            .prop_map(|(left, sign, right)| format!("{left} {sign} {right}"));
        let test = prop_oneof![4 => compare, 1 => operand.prop_map(str::to_owned)];
        let joined = (
            test,
            proptest::collection::vec(
                (proptest::sample::select(vec!["&&", "||"]), value_test()),
                0..3,
            ),
        );
        joined.prop_map(|(first, rest)| {
            rest.into_iter().fold(first, |text, (sign, next)| format!("{text} {sign} {next}"))
        })
    }

    fn value_test() -> impl Strategy<Value = String> {
        proptest::sample::select(vec![
            "ctx.a",
            "ctx.a == ctx.b",
            "ctx.c > 1",
            "ctx.b != \"a\"",
            "ctx.none",
            "false",
        ])
        .prop_map(str::to_owned)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_answered_quickly_is_what_rhai_answers(
            source in expression(),
            values in proptest::collection::vec(value(), 3),
        ) {
            let ctx = Arc::new(["a", "b", "c"].into_iter().map(str::to_owned).zip(values).collect());
            // Not every mix of operands is an expression: `3 && ctx.a`.
            let Ok(program) = Program::compile(&source, 0..source.len(), 0) else { return Ok(()) };
            with_scope(&ctx, |scope| {
                if let Some(quick) = program.quickly(scope) {
                    prop_assert_eq!(Some(Value::Bool(quick)), program.slowly(scope).ok(), "{}", source);
                }
                Ok(())
            })?;
        }
    }
}
