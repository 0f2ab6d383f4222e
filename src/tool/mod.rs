//! Tools: one registry over every kind of backend, and for every call one deadline, one schedule of attempts, one
//! limit of calls at a time. It knows nothing of conversations beyond the call itself.

/// placeholder
#[derive(Debug)]
pub struct Registry {}
