//! placeholder

/// The embedded store.
#[derive(Debug, Clone)]
pub struct Embedded {}
