//! Functions for what other languages do on their own: what counts as true, what is one and the same, what is a number;
//! and those that put texts, lists and objects together. None of them fails on a missing value.

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map as Object, Position};

use super::fold::fold;
use super::limits::{ARRAY_MAX, OBJECT_MAX};
use super::logic::{is_same, is_truthy, to_number};
use super::value::{push_text, to_dynamic, to_value};

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("f_truthy", |x: Dynamic| Ok::<_, Box<EvalAltResult>>(is_truthy(&json(&x)?)))
        .register_fn("f_same", |x: Dynamic, y: Dynamic| {
            Ok::<_, Box<EvalAltResult>>(is_same(&json(&x)?, &json(&y)?))
        })
        .register_fn("f_number", number)
        .register_fn("f_like", like)
        .register_fn("f_append", append)
        .register_fn("f_merge", merge);
}

fn json(value: &Dynamic) -> Answer<serde_json::Value> {
    to_value(value).map_err(|error| error.message.into())
}

/// What a value is as a number, as JavaScript has it; what is none is `()`, with which nothing can be computed.
fn number(x: Dynamic) -> Answer<Dynamic> {
    if x.is_int() || x.is_float() || x.is_unit() {
        return Ok(x);
    }
    let float = to_number(&json(&x)?);
    if !float.is_finite() {
        return Ok(Dynamic::UNIT);
    }
    // A whole number counts on as one.
    if float.fract() == 0.0 && float.abs() < 9e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small enough")]
        return Ok(Dynamic::from_int(float as i64));
    }
    Ok(Dynamic::from_float(float))
}

/// Whether the whole of `x` is made of these parts, whatever its case; `()` is anything.
fn like(x: Dynamic, parts: Array) -> Answer<bool> {
    /// Stands for `()`; no text of a person has it.
    const ANYTHING: char = '\0';
    let text_of = |value: &Dynamic| -> Answer<String> {
        let mut text = String::new();
        push_text(&mut text, &json(value)?);
        Ok(text.replace(ANYTHING, ""))
    };
    let mut pattern = String::new();
    for part in &parts {
        match part.is_unit() {
            true => pattern.push(ANYTHING),
            false => pattern.push_str(&text_of(part)?),
        }
    }
    let (text, pattern) = (fold(&text_of(&x)?), fold(&pattern));
    let literals: Vec<&str> = pattern.split(ANYTHING).collect();
    Ok(fits(&text, &literals))
}

/// Whether `text` is these literals in order, with anything between them.
fn fits(text: &str, literals: &[&str]) -> bool {
    let [first, between @ .., last] = literals else { return literals == [text] };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for literal in between {
        let Some((_, after)) = rest.split_once(literal) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// A list with one more at its end; nothing is an empty list, and what is no list is the first of one.
fn append(list: Dynamic, item: Dynamic) -> Answer<Array> {
    let mut items = match list.is_unit() {
        true => Array::new(),
        false => list.try_cast_result::<Array>().unwrap_or_else(|alone| vec![alone]),
    };
    if items.len() >= ARRAY_MAX {
        return Err(too_large("Size of array"));
    }
    items.push(item);
    Ok(items)
}

/// An object with the keys of another; what is no object has none.
fn merge(into: Dynamic, from: Dynamic) -> Answer<Object> {
    let mut into = object(&into)?;
    into.extend(object(&from)?);
    if into.len() > OBJECT_MAX {
        return Err(too_large("Size of object map"));
    }
    Ok(into)
}

fn object(value: &Dynamic) -> Answer<Object> {
    let value = to_dynamic(&json(value)?);
    Ok(value.try_cast::<Object>().unwrap_or_default())
}

fn too_large(what: &str) -> Box<EvalAltResult> {
    EvalAltResult::ErrorDataTooLarge(what.to_owned(), Position::NONE).into()
}
