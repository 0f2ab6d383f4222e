//! How far a call is, for a person who waits. The host shows a few updates a second and of those in between the last.

use crate::host;

/// Tells how far the call is: a percentage if there is one, and words.
///
/// ```
/// cicerone_sdk::progress::update(40, "Asking the second shop.");
/// cicerone_sdk::progress::update(None, "Nearly done.");
/// ```
pub fn update(percent: impl Into<Option<u8>>, message: &str) {
    host::progress(percent.into(), message);
}
