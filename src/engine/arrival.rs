//! placeholder
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Understanding {}
