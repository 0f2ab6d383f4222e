//! Files that a person names, read so that what is wrong with one is a finding like any other and holds up no other.

use std::path::Path;

use crate::flow::{self, Finding};

/// A file's text; else what of it can be shown, and why it is none.
pub(super) fn text(file: &Path) -> Result<String, (String, Box<Finding>)> {
    match std::fs::read(file) {
        Ok(bytes) => flow::decoded(bytes),
        Err(error) => Err((String::new(), Box::new(flow::unreadable(&error.to_string())))),
    }
}
