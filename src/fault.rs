//! Places on the way of a turn at which a test has this process die, as a power cut would have it. Nothing of it is in a
//! host that is built without the feature `faults`.

/// Dies here if `CICERONE_FAULT` names this place: `name`, or `name:3` for the third time it is passed.
macro_rules! fault {
    ($place:literal) => {
        #[cfg(feature = "faults")]
        crate::fault::at($place);
    };
}

/// What [`fault!`] does where it does anything.
#[cfg(feature = "faults")]
pub(crate) fn at(place: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let wanted = std::env::var("CICERONE_FAULT").ok()?;
        let (name, time) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some((name.to_owned(), time.parse().ok()?))
    });
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let Some((name, time)) = &*WANTED else { return };
    if name == place && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *time {
        // Nothing is flushed, nothing is told, nothing is dropped.
        std::process::abort();
    }
}
