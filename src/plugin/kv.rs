//! The handle to a plugin's own small data. Where it is kept is the affair of whoever gives the handle; this room
//! only says what is asked of it. [`Memory`] keeps it in this process, for tests and for trying a tool.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, ready};

use crate::event::{SessionId, Timestamp};

/// Where plugins' data is kept.
pub trait Kv: Send + Sync + fmt::Debug {
    /// The value, unless there is none or its time is over.
    fn get(&self, place: Place, now: Timestamp) -> Answer<'_, Option<Vec<u8>>>;
    /// Sets the value and how long it lasts.
    fn set(&self, place: Place, value: Vec<u8>, terms: Terms) -> Answer<'_, ()>;
    /// Removes the value; `false` if there was none.
    fn delete(&self, place: Place, now: Timestamp) -> Answer<'_, bool>;
    /// Adds to a decimal number, missing being 0; without a time to live the old one stays.
    fn increment(&self, place: Place, by: i64, terms: Terms) -> Answer<'_, i64>;
    /// Sets the value if it is `expected`; `None` is: if there is none.
    fn compare_and_set(
        &self,
        place: Place,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        terms: Terms,
    ) -> Answer<'_, bool>;
}

/// What a question to the data comes back with.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, KvError>>;

/// The place of one value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whose.
    pub plugin: String,
    /// Of one conversation, or of the plugin as a whole.
    pub session: Option<SessionId>,
    /// Under which name.
    pub key: String,
}

/// What holds for a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Bytes of one value.
    pub value_max: u64,
    /// Bytes of all keys and values of the plugin.
    pub bytes_max: u64,
    /// Keys of the plugin.
    pub keys_max: u64,
    /// How long the value lasts; `None` is until it is deleted.
    pub ttl_ms: Option<u64>,
    /// When the write happens.
    pub now: Timestamp,
}

/// Why the data was not read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// The value is larger than this.
    #[error("store the value: at most {0} bytes are allowed")]
    TooLarge(u64),
    /// The plugin's data would be larger than this, in bytes or in keys.
    #[error("store the value: the plugin may keep {0} bytes or keys in all; delete some")]
    Quota(u64),
    /// The value is not a number to count with.
    #[error("increment the value: it is not a whole number")]
    NotANumber,
    /// The store is away.
    #[error("reach the store: {0}")]
    Unavailable(String),
}

/// Keeps the data in this process and forgets it with it.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Values>);

type Values = BTreeMap<Place, Value>;

#[derive(Debug, Clone)]
struct Value {
    bytes: Vec<u8>,
    until: Option<Timestamp>,
}

impl Memory {
    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kv for Memory {
    fn get(&self, place: Place, now: Timestamp) -> Answer<'_, Option<Vec<u8>>> {
        let value = live(&self.lock(), &place, now).map(|value| value.bytes.clone());
        ready(Ok(value)).boxed()
    }

    fn set(&self, place: Place, value: Vec<u8>, terms: Terms) -> Answer<'_, ()> {
        ready(put(&mut self.lock(), place, value, terms)).boxed()
    }

    fn delete(&self, place: Place, now: Timestamp) -> Answer<'_, bool> {
        let mut values = self.lock();
        let was = live(&values, &place, now).is_some();
        values.remove(&place);
        ready(Ok(was)).boxed()
    }

    fn increment(&self, place: Place, by: i64, terms: Terms) -> Answer<'_, i64> {
        ready(add(&mut self.lock(), place, by, terms)).boxed()
    }

    fn compare_and_set(
        &self,
        place: Place,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        terms: Terms,
    ) -> Answer<'_, bool> {
        let mut values = self.lock();
        let found = live(&values, &place, terms.now).map(|value| &value.bytes);
        if found != expected.as_ref() {
            return ready(Ok(false)).boxed();
        }
        ready(put(&mut values, place, value, terms).map(|()| true)).boxed()
    }
}

fn live<'a>(values: &'a Values, place: &Place, now: Timestamp) -> Option<&'a Value> {
    values.get(place).filter(|value| value.until.is_none_or(|until| until > now))
}

fn add(values: &mut Values, place: Place, by: i64, terms: Terms) -> Result<i64, KvError> {
    let old = live(values, &place, terms.now).cloned();
    let until = old.as_ref().and_then(|value| value.until);
    let number = old.map_or(Some(0), |value| String::from_utf8(value.bytes).ok()?.parse().ok());
    let sum = number.and_then(|n: i64| n.checked_add(by)).ok_or(KvError::NotANumber)?;
    put(values, place.clone(), sum.to_string().into_bytes(), terms)?;
    if let Some(value) = values.get_mut(&place).filter(|_| terms.ttl_ms.is_none()) {
        value.until = until;
    }
    Ok(sum)
}

fn put(values: &mut Values, place: Place, bytes: Vec<u8>, terms: Terms) -> Result<(), KvError> {
    if size(bytes.len()) > terms.value_max {
        return Err(KvError::TooLarge(terms.value_max));
    }
    values.retain(|_, value| value.until.is_none_or(|until| until > terms.now));
    let others = || values.iter().filter(|(at, _)| at.plugin == place.plugin && **at != place);
    let kept: u64 = others().map(|(at, value)| size(at.key.len() + value.bytes.len())).sum();
    if kept + size(place.key.len() + bytes.len()) > terms.bytes_max {
        return Err(KvError::Quota(terms.bytes_max));
    }
    if size(others().count()) >= terms.keys_max {
        return Err(KvError::Quota(terms.keys_max));
    }
    let until = terms.ttl_ms.map(|ttl| terms.now.plus_millis(ttl));
    values.insert(place, Value { bytes, until });
    Ok(())
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn place(key: &str) -> Place {
        Place { plugin: "shop".into(), session: None, key: key.into() }
    }

    fn terms(ttl_ms: Option<u64>) -> Terms {
        Terms { value_max: 8, bytes_max: 20, keys_max: 2, ttl_ms, now: NOW }
    }

    fn now<T>(answer: Answer<'_, T>) -> Result<T, KvError> {
        answer.now_or_never().expect("data in this process is there at once")
    }

    fn set(memory: &Memory, key: &str, value: &[u8]) -> Result<(), KvError> {
        now(memory.set(place(key), value.to_vec(), terms(None)))
    }

    #[test]
    fn a_value_is_there_until_its_time_is_over() {
        let memory = Memory::default();
        now(memory.set(place("a"), b"1".to_vec(), terms(Some(10)))).unwrap();
        assert_eq!(now(memory.get(place("a"), NOW)), Ok(Some(b"1".to_vec())));
        assert_eq!(now(memory.get(place("a"), NOW.plus_millis(10))), Ok(None));
        assert_eq!(now(memory.delete(place("a"), NOW.plus_millis(10))), Ok(false));
    }

    #[test]
    fn value_bytes_and_keys_have_their_limits() {
        let memory = Memory::default();
        assert_eq!(set(&memory, "a", b"123456789"), Err(KvError::TooLarge(8)));
        set(&memory, "a", b"12345678").unwrap();
        set(&memory, "b", b"1234567").unwrap();
        assert_eq!(set(&memory, "bbbbb", b"12345678"), Err(KvError::Quota(20)));
        assert_eq!(set(&memory, "c", b""), Err(KvError::Quota(2)));
        set(&memory, "a", b"1").unwrap();
    }

    #[test]
    fn counting_begins_at_zero_keeps_the_time_and_refuses_what_is_no_number() {
        let memory = Memory::default();
        assert_eq!(now(memory.increment(place("n"), 2, terms(Some(10)))), Ok(2));
        assert_eq!(now(memory.increment(place("n"), -5, terms(None))), Ok(-3));
        assert_eq!(now(memory.get(place("n"), NOW.plus_millis(10))), Ok(None));
        set(&memory, "t", b"tea").unwrap();
        assert_eq!(now(memory.increment(place("t"), 1, terms(None))), Err(KvError::NotANumber));
    }

    #[test]
    fn a_value_is_swapped_only_for_the_one_that_was_expected() {
        let memory = Memory::default();
        let swap = |expected: Option<&[u8]>, value: &[u8]| {
            let expected = expected.map(<[u8]>::to_vec);
            now(memory.compare_and_set(place("a"), expected, value.to_vec(), terms(None)))
        };
        assert_eq!(swap(None, b"1"), Ok(true));
        assert_eq!(swap(None, b"2"), Ok(false));
        assert_eq!(swap(Some(b"1"), b"2"), Ok(true));
        assert_eq!(now(memory.get(place("a"), NOW)), Ok(Some(b"2".to_vec())));
    }
}
