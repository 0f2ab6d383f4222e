//! The functions of the language: those of our flows, and the names of Rhai's own that change nothing.
//! None of them fails on a missing value, none reads a clock.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use rhai::{Array, Dynamic, Engine, EvalAltResult, INT, Map as Object, Position};

use super::engine::count;
use super::limits::TEXT_BYTES_MAX;
use super::scope::Whole;
use super::value::text_of;

/// Our own functions, which Rhai knows with [`PREFIX`]: it has other ideas of `trim`, and reserves
/// `default`.
pub(super) const OURS: &[&str] = &[
    "upper",
    "lower",
    "trim",
    "default",
    "round",
    "join",
    "len",
    "date_format",
    "replace",
    "split",
    "is_empty",
    "starts_with",
    "ends_with",
    "keys",
    "to_string",
    "truthy",
    "same",
    "number",
    "like",
    "append",
    "merge",
];

/// What Rhai calls `name`, and no author can.
pub(super) const PREFIX: &str = "f_";

/// Rhai's own functions that an expression may call. Those left out change their argument, which is of
/// no use without statements, or do work that nobody asked a guard to do.
pub(super) const RHAIS: &[&str] = &[
    "contains",
    "index_of",
    "sub_string",
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
        .register_fn("f_upper", |x: Dynamic| on_text(x, str::to_uppercase))
        .register_fn("f_lower", |x: Dynamic| on_text(x, str::to_lowercase))
        .register_fn("f_trim", |x: Dynamic| on_text(x, |text| text.trim().to_owned()))
        .register_fn("f_default", |x: Dynamic, otherwise: Dynamic| match x.is_unit() {
            true => otherwise,
            false => x,
        })
        .register_fn("f_round", |x: Dynamic| round(x, 0))
        .register_fn("f_round", round)
        .register_fn("f_join", join)
        .register_fn("f_len", |x: Dynamic| length(&x))
        .register_fn("f_date_format", date_format);
    engine
        .register_fn("f_replace", replace)
        .register_fn("f_split", split)
        .register_fn("f_is_empty", |x: Dynamic| length(&x).as_int() == Ok(0))
        .register_fn("f_starts_with", |text: &str, with: &str| text.starts_with(with))
        .register_fn("f_starts_with", |_: Dynamic, _: Dynamic| false)
        .register_fn("f_ends_with", |text: &str, with: &str| text.ends_with(with))
        .register_fn("f_ends_with", |_: Dynamic, _: Dynamic| false)
        .register_fn("f_keys", |x: Dynamic| keys(&x))
        .register_fn("f_to_string", |x: Dynamic| to_text(&x));
}

fn to_text(value: &Dynamic) -> Answer<String> {
    text_of(value).map_err(|error| error.message.into())
}

fn on_text(value: Dynamic, change: impl FnOnce(&str) -> String) -> Answer<Dynamic> {
    if value.is_unit() {
        return Ok(value);
    }
    to_text(&value).map(|text| change(&text).into())
}

/// A whole number stays one; what is no number stays what it is.
fn round(x: Dynamic, decimals: INT) -> Dynamic {
    let Ok(float) = x.as_float() else { return x };
    let decimals = i32::try_from(decimals.clamp(0, DECIMALS_MAX)).unwrap_or_default();
    let scale = 10_f64.powi(decimals);
    let rounded = (float * scale).round() / scale;
    // Too large to have decimals.
    if rounded.is_finite() { Dynamic::from_float(rounded) } else { x }
}

fn replace(x: Dynamic, what: &str, with: &str) -> Answer<Dynamic> {
    if x.is_unit() {
        return Ok(x);
    }
    let text = to_text(&x)?;
    bounded(text.matches(what).count().saturating_mul(with.len()))?;
    Ok(text.replace(what, with).into())
}

fn join(items: Dynamic, between: &str) -> Answer<String> {
    let Some(items) = items.read_lock::<Array>() else { return to_text(&items) };
    bounded(items.len().saturating_mul(between.len()))?;
    let texts: Vec<_> = items.iter().map(to_text).collect::<Result<_, _>>()?;
    Ok(texts.join(between))
}

/// Rhai measures a text when it is made; one that multiplies must not be made first.
fn bounded(bytes: usize) -> Answer<()> {
    if bytes > TEXT_BYTES_MAX {
        let what = "Length of string".to_owned();
        return Err(EvalAltResult::ErrorDataTooLarge(what, Position::NONE).into());
    }
    Ok(())
}

fn split(x: Dynamic, at: &str) -> Answer<Array> {
    let text = to_text(&x)?;
    Ok(text.split(at).map(|part| part.to_owned().into()).collect())
}

fn keys(x: &Dynamic) -> Array {
    if let Some(entries) = x.read_lock::<Object>() {
        return entries.keys().map(|key| key.as_str().into()).collect();
    }
    let Some(whole) = x.read_lock::<Whole>() else { return Array::new() };
    whole.map().into_iter().flat_map(serde_json::Map::keys).map(|key| key.as_str().into()).collect()
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
    // A time also reads out of a date with a time, and a date too; so the shape decides.
    match (text.contains('-'), text.contains(':')) {
        (true, true) => text.parse::<DateTime>().ok().map(BrokenDownTime::from),
        (true, false) => text.parse::<Date>().ok().map(BrokenDownTime::from),
        (false, _) => text.parse::<Time>().ok().map(BrokenDownTime::from),
    }
}
