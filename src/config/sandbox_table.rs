//! `[sandbox]`: how much of the machine sandboxed tools have together.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Sandboxes at a time. Each reserves 4 GiB of addresses, and a running one has some ten mappings, of which Linux gives
/// a process 65 530.
const PLACES_MAX: u64 = 5_000;

/// Threads that guests run on.
const THREADS_MAX: u64 = 1_024;

/// The smallest memory that a guest can have, one page, and the largest.
const MEMORY: [u64; 2] = [64 << 10, 4 << 30];

/// `[sandbox]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    /// Sandboxes at a time; a component with several memories takes several places.
    #[serde(deserialize_with = "places")]
    pub places: Option<u32>,
    /// Threads that they run on.
    #[serde(deserialize_with = "threads")]
    pub threads: Option<usize>,
    /// The most memory of one call, whatever a plugin asks for, bytes.
    #[serde(deserialize_with = "memory")]
    pub memory_bytes_max: Option<usize>,
}

fn places<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    within(from, [1, PLACES_MAX])
}

fn threads<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    within(from, [1, THREADS_MAX])
}

fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    within(from, MEMORY)
}

fn within<'de, D, T>(from: D, [least, most]: [u64; 2]) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let number = i64::deserialize(from)?;
    let inside = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
    let fits = inside.and_then(|number| T::try_from(number).ok());
    fits.map(Some).ok_or_else(|| D::Error::custom(format!("{number} should be {least} to {most}")))
}
