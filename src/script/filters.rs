//! The functions of the language: those of our flows, and the names of Rhai's own that change nothing.
//! None of them fails on a missing value, none reads a clock.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use rhai::{Array, Dynamic, Engine, EvalAltResult, FLOAT, INT, Map as Object, Position};

use super::engine::count;
use super::scope::Whole;
use super::value::text_of;

/// Every function that an expression may call. Rhai has more; those left out change their argument,
/// which is of no use without statements, or do work that nobody asked a guard to do.
pub(super) const FUNCTIONS: &[&str] = &[
    // ours
    "upper",
    "lower",
    "trim",
    "default",
    "round",
    "join",
    "len",
    "date_format",
    "replace",
    "is_empty",
    "starts_with",
    "ends_with",
    "split",
    "to_string",
    // Rhai's
    "contains",
    "index_of",
    "sub_string",
    "keys",
    "values",
    "min",
    "max",
    "abs",
    "floor",
    "ceiling",
    "sqrt",
    "to_int",
    "to_float",
    "parse_int",
    "parse_float",
];

/// Decimals that a float can still tell apart.
const DECIMALS_MAX: INT = 15;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("upper", |x: Dynamic| on_text(x, |text| text.to_uppercase()))
        .register_fn("lower", |x: Dynamic| on_text(x, |text| text.to_lowercase()))
        .register_fn("trim", |x: Dynamic| on_text(x, |text| text.trim().to_owned()))
        // Rhai's own `trim` and `replace` change a string in place and return nothing.
        .register_fn("trim", |text: &str| text.trim().to_owned())
        .register_fn("replace", |text: &str, what: &str, with: &str| text.replace(what, with))
        .register_fn("default", |x: Dynamic, otherwise: Dynamic| match x.is_unit() {
            true => otherwise,
            false => x,
        })
        .register_fn("round", |x: INT, _: INT| x)
        .register_fn("round", |x: INT| x)
        .register_fn("round", |(): ()| ())
        .register_fn("round", |(): (), _: INT| ())
        .register_fn("round", round)
        .register_fn("join", join)
        .register_fn("date_format", date_format);
    engine
        .register_fn("to_string", |x: Dynamic| on_dynamic(&x))
        .register_fn("len", |x: Dynamic| length(&x))
        .register_fn("is_empty", |x: Dynamic| length(&x).as_int() == Ok(0))
        .register_fn("starts_with", |text: &str, with: &str| text.starts_with(with))
        .register_fn("starts_with", |_: Dynamic, _: Dynamic| false)
        .register_fn("ends_with", |text: &str, with: &str| text.ends_with(with))
        .register_fn("ends_with", |_: Dynamic, _: Dynamic| false)
        .register_fn("split", |text: &str, at: &str| -> Array {
            text.split(at).map(|part| part.to_owned().into()).collect()
        })
        .register_fn("keys", |whole: &mut Whole| -> Array {
            whole.map().into_iter().flatten().map(|(key, _)| key.as_str().into()).collect()
        });
}

fn on_dynamic(value: &Dynamic) -> Answer<String> {
    text_of(value).map_err(|error| error.message.into())
}

fn on_text(value: Dynamic, change: impl FnOnce(&str) -> String) -> Answer<Dynamic> {
    if value.is_unit() {
        return Ok(value);
    }
    on_dynamic(&value).map(|text| change(&text).into())
}

fn round(x: FLOAT, decimals: INT) -> Answer<FLOAT> {
    let decimals = i32::try_from(decimals.clamp(0, DECIMALS_MAX))
        .map_err(|error| EvalAltResult::ErrorArithmetic(error.to_string(), Position::NONE))?;
    let scale = 10_f64.powi(decimals);
    let scaled = (x * scale).round() / scale;
    // Too large to have decimals.
    Ok(if scaled.is_finite() { scaled } else { x })
}

fn join(items: Dynamic, between: &str) -> Answer<String> {
    let Some(items) = items.read_lock::<Array>() else { return on_dynamic(&items) };
    let texts: Vec<_> = items.iter().map(on_dynamic).collect::<Result<_, _>>()?;
    Ok(texts.join(between))
}

fn length(value: &Dynamic) -> Dynamic {
    if let Ok(text) = value.as_immutable_string_ref() {
        count(text.chars().count())
    } else if let Some(items) = value.read_lock::<Array>() {
        count(items.len())
    } else if let Some(entries) = value.read_lock::<Object>() {
        count(entries.len())
    } else if let Some(whole) = value.read_lock::<Whole>() {
        count(whole.map().map_or(0, serde_json::Map::len))
    } else {
        count(0)
    }
}

/// A date, a time or both in ISO 8601, as `format` says; what is none of these stays as it is, because
/// a person would rather hear "tomorrow" again than nothing.
fn date_format(value: Dynamic, format: &str) -> Dynamic {
    let written = value.as_immutable_string_ref().ok().and_then(|text| {
        let time = broken_down(text.trim())?;
        time.to_string(format).ok()
    });
    written.map_or(value, Dynamic::from)
}

/// The wall time that is written, whatever its offset; `Z` is UTC.
fn broken_down(text: &str) -> Option<BrokenDownTime> {
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Some(BrokenDownTime::from(&zoned));
    }
    if text.ends_with(['Z', 'z'])
        && let Ok(instant) = text.parse::<Timestamp>()
    {
        return Some(BrokenDownTime::from(&instant.to_zoned(TimeZone::UTC)));
    }
    if let Ok(time) = text.parse::<Time>() {
        return Some(BrokenDownTime::from(time));
    }
    let date_only = !text.contains([':', 'T', 't']);
    if date_only && let Ok(date) = text.parse::<Date>() {
        return Some(BrokenDownTime::from(date));
    }
    text.parse::<DateTime>().ok().map(BrokenDownTime::from)
}
