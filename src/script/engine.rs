//! The one Rhai engine: bounded, without modules, `eval`, `print`, `sleep` or anything else that
//! reaches out, and with the comparisons of our flows. It never keeps a value between evaluations.

use std::cmp::Ordering;
use std::sync::LazyLock;

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicMapPackage, BasicMathPackage, BasicStringPackage,
    LogicPackage, MoreStringPackage, Package,
};
use rhai::{Array, Dynamic, Engine, FLOAT, INT, ImmutableString, Map as Object};

use super::filters;
use super::limits::{ARRAY_MAX, EXPRESSION_DEPTH_MAX, OBJECT_MAX, OPERATIONS_MAX, TEXT_BYTES_MAX};
use super::loose;
use super::scope::{Whole, is_length};
use super::value::{Numeric, numeric, to_dynamic};

pub(super) static ENGINE: LazyLock<Engine> = LazyLock::new(build);

/// The function that every `x[y]` and every `.y` that is not part of a path becomes. It is total where
/// Rhai's own indexing fails, and no author can write its name.
pub(super) const AT: &str = "at";

fn build() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_max_operations(OPERATIONS_MAX)
        .set_max_expr_depths(EXPRESSION_DEPTH_MAX)
        .set_max_string_size(TEXT_BYTES_MAX)
        .set_max_array_size(ARRAY_MAX)
        .set_max_map_size(OBJECT_MAX)
        // Rhai's built-in operators would answer `"10" > 9` before ours are asked.
        .set_fast_operators(false)
        .register_global_module(ArithmeticPackage::new().as_shared_module())
        .register_global_module(BasicMathPackage::new().as_shared_module())
        .register_global_module(LogicPackage::new().as_shared_module())
        .register_global_module(BasicStringPackage::new().as_shared_module())
        .register_global_module(MoreStringPackage::new().as_shared_module())
        .register_global_module(BasicArrayPackage::new().as_shared_module())
        .register_global_module(BasicMapPackage::new().as_shared_module());
    engine.register_type_with_name::<Whole>("object");
    register_comparisons(&mut engine);
    register_access(&mut engine);
    filters::register(&mut engine);
    loose::register(&mut engine);
    engine
}

/// What a sign of comparison says of an order; none is that of what cannot be compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holds {
    sign: &'static str,
    of: fn(Option<Ordering>) -> bool,
}

impl Holds {
    pub(super) fn of(self, order: Option<Ordering>) -> bool {
        (self.of)(order)
    }

    /// Whether it asks which is more, not only whether they are the same.
    pub(super) fn orders(self) -> bool {
        !matches!(self.sign, "==" | "!=")
    }
}

/// What a sign says; `None` if it compares nothing.
pub(super) fn holds(sign: &str) -> Option<Holds> {
    let known = COMPARISONS.iter().find(|(known, _)| *known == sign);
    known.map(|&(sign, of)| Holds { sign, of })
}

type Test = fn(Option<Ordering>) -> bool;

const COMPARISONS: &[(&str, Test)] = &[
    ("==", |order| order == Some(Ordering::Equal)),
    ("!=", |order| order != Some(Ordering::Equal)),
    ("<", |order| order == Some(Ordering::Less)),
    ("<=", |order| matches!(order, Some(Ordering::Less | Ordering::Equal))),
    (">", |order| order == Some(Ordering::Greater)),
    (">=", |order| matches!(order, Some(Ordering::Greater | Ordering::Equal))),
];

/// A number and a string: as numbers if the string is one, else unequal and in no order. Everything
/// else of different types Rhai already calls unequal.
fn register_comparisons(engine: &mut Engine) {
    for &(sign, holds) in COMPARISONS {
        let int = |number: INT| Some(Numeric::Int(number));
        let float = |number: FLOAT| Some(Numeric::Float(number));
        engine
            .register_fn(sign, move |l: INT, r: &str| holds(order(int(l), numeric(r))))
            .register_fn(sign, move |l: &str, r: INT| holds(order(numeric(l), int(r))))
            .register_fn(sign, move |l: FLOAT, r: &str| holds(order(float(l), numeric(r))))
            .register_fn(sign, move |l: &str, r: FLOAT| holds(order(numeric(l), float(r))));
    }
    engine
        .register_fn("==", |l: Whole, r: Whole| l.map() == r.map())
        .register_fn("!=", |l: Whole, r: Whole| l.map() != r.map())
        .register_fn("!", |(): ()| true);
}

fn order(left: Option<Numeric>, right: Option<Numeric>) -> Option<Ordering> {
    match (left?, right?) {
        (Numeric::Int(l), Numeric::Int(r)) => Some(l.cmp(&r)),
        (l, r) => l.as_float().partial_cmp(&r.as_float()),
    }
}

fn register_access(engine: &mut Engine) {
    engine
        .register_fn(AT, |items: &mut Array, at: Dynamic| in_array(items, &at))
        .register_fn(AT, |entries: &mut Object, at: Dynamic| in_object(entries, &at))
        .register_fn(AT, |text: ImmutableString, at: Dynamic| in_text(&text, &at))
        .register_fn(AT, |whole: &mut Whole, at: Dynamic| in_whole(whole, &at))
        .register_fn(AT, |_: Dynamic, _: Dynamic| Dynamic::UNIT)
        .register_fn("contains", |_: Dynamic, _: Dynamic| false)
        .register_fn("contains", |whole: &mut Whole, key: &str| {
            whole.map().is_some_and(|map| map.contains_key(key))
        });
}

fn in_array(items: &Array, at: &Dynamic) -> Dynamic {
    if is_length_of(at) {
        return count(items.len());
    }
    let found = position(at, items.len()).and_then(|at| items.get(at));
    found.cloned().unwrap_or(Dynamic::UNIT)
}

fn in_object(entries: &Object, at: &Dynamic) -> Dynamic {
    let Ok(key) = at.as_immutable_string_ref() else { return Dynamic::UNIT };
    entries.get(key.as_str()).cloned().unwrap_or(Dynamic::UNIT)
}

fn in_whole(whole: &Whole, at: &Dynamic) -> Dynamic {
    let Ok(key) = at.as_immutable_string_ref() else { return Dynamic::UNIT };
    whole.map().and_then(|map| map.get(key.as_str())).map_or(Dynamic::UNIT, to_dynamic)
}

fn in_text(text: &str, at: &Dynamic) -> Dynamic {
    let letters = || text.chars().count();
    if is_length_of(at) {
        return count(letters());
    }
    let found = position(at, letters()).and_then(|at| text.chars().nth(at));
    found.map_or(Dynamic::UNIT, |letter| letter.to_string().into())
}

fn is_length_of(at: &Dynamic) -> bool {
    at.as_immutable_string_ref().is_ok_and(|key| is_length(&key))
}

/// An index, from the end if it is negative.
fn position(at: &Dynamic, length: usize) -> Option<usize> {
    let at = at.as_int().ok()?;
    match usize::try_from(at) {
        Ok(at) => Some(at),
        Err(_negative) => length.checked_sub(usize::try_from(at.unsigned_abs()).ok()?),
    }
}

pub(super) fn count(length: usize) -> Dynamic {
    INT::try_from(length).map_or(Dynamic::UNIT, Dynamic::from_int)
}
