//! Quantities as people write them: `2s`, `500ms`, `32MiB`, `"off"`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// Bytes: a number, or a text such as `64KiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub(crate) u64);

/// A time: a text such as `500ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub(crate) Duration);

/// A budget of instructions, or `"off"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fuel(pub(crate) Option<u64>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];
        match Written::deserialize(from)? {
            Written::Number(bytes) => Ok(Self(bytes)),
            Written::Text(text) => with_unit(&text, &units)
                .map(Self)
                .ok_or_else(|| de::Error::custom(format!("`{text}` is no size; write `64KiB`"))),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("`{text}` is no time; write `500ms` or `2s`")))
    }
}

impl Span {
    /// A time that is some time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000)];
        let ms = with_unit(text, &units).filter(|ms| *ms > 0)?;
        Some(Self(Duration::from_millis(ms)))
    }
}

impl<'de> Deserialize<'de> for Fuel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Written::deserialize(from)? {
            Written::Number(fuel) => Ok(Self(Some(fuel))),
            Written::Text(text) if text == "off" => Ok(Self(None)),
            Written::Text(text) => {
                Err(de::Error::custom(format!("`{text}` is no fuel; write a number or \"off\"")))
            }
        }
    }
}

/// A whole number and the first unit that fits.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    units.iter().find_map(|(unit, factor)| {
        text.strip_suffix(unit)?.trim_end().parse::<u64>().ok()?.checked_mul(*factor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct One<T> {
        x: T,
    }

    fn read<T: de::DeserializeOwned>(value: &str) -> Result<T, String> {
        let one = toml::from_str::<One<T>>(&format!("x = {value}"));
        one.map(|one| one.x).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(read("\"32MiB\""), Ok(Bytes(32 << 20)));
        assert_eq!(read("\"7 B\""), Ok(Bytes(7)));
        assert_eq!(read("512"), Ok(Bytes(512)));
        assert_eq!(read("\"500ms\""), Ok(Span(Duration::from_millis(500))));
        assert_eq!(read("\"2m\""), Ok(Span(Duration::from_secs(120))));
        assert_eq!(read("\"off\""), Ok(Fuel(None)));
        assert_eq!(read("5"), Ok(Fuel(Some(5))));
    }

    #[test]
    fn what_has_no_unit_or_another_one_is_refused_with_an_example() {
        let why = read::<Bytes>("\"32MB\"").unwrap_err();
        assert!(why.contains("write `64KiB`"), "{why}");
        assert!(read::<Span>("\"2\"").is_err());
        assert!(read::<Span>("\"0s\"").is_err());
        assert!(read::<Fuel>("\"on\"").is_err());
        assert!(read::<Bytes>("\"99999999999999GiB\"").is_err());
    }
}
