//! Places on the way of a turn at which a test has this process die, as a power cut would have it. Nothing of it is in a
//! host that is built without the feature `faults`.

/// Dies here if `CICERONE_FAULT` names this place: `name`, or `name:3` for the third time it is passed. With
/// `CICERONE_FAULT_WHILE` only the times count at which that file is there.
macro_rules! fault {
    ($place:literal) => {
        #[cfg(feature = "faults")]
        crate::fault::at($place);
    };
}

/// What [`fault!`] does where it does anything.
#[cfg(feature = "faults")]
pub(crate) fn at(place: &str) {
    use std::path::PathBuf;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Wanted {
        name: String,
        time: u64,
        file: Option<PathBuf>,
    }

    static WANTED: LazyLock<Option<Wanted>> = LazyLock::new(|| {
        let wanted = std::env::var("CICERONE_FAULT").ok()?;
        let (name, time) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        let file = std::env::var_os("CICERONE_FAULT_WHILE").map(PathBuf::from);
        Some(Wanted { name: name.to_owned(), time: time.parse().ok()?, file })
    });
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let Some(Wanted { name, time, file }) = &*WANTED else { return };
    if name != place || file.as_ref().is_some_and(|file| !file.exists()) {
        return;
    }
    if PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *time {
        // Nothing is flushed, nothing is told, nothing is dropped.
        std::process::abort();
    }
}
