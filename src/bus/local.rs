//! placeholder

/// The bus within this process.
#[derive(Debug, Clone)]
pub struct Local {}
