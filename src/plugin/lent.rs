//! What a host lends to its plugins: a place for their data, the operator's secrets, names of servers, and the clock and
//! chance of conversations. What of it a plugin may use is the affair of its rights.

use std::sync::Arc;

use super::kv::Kv;
use super::wire::Wire;
use crate::clock::Clock;
use crate::net::Names;
use crate::secret::Secrets;

/// What plugins are lent.
#[derive(Debug, Clone)]
pub struct Lent {
    /// Where their data is kept.
    pub kv: Arc<dyn Kv>,
    /// The operator's secrets.
    pub secrets: Secrets,
    /// Who knows the addresses of servers.
    pub names: Names,
    /// Where the requests go that are granted.
    pub wire: Wire,
    /// The conversations' clock.
    pub clock: Clock,
    /// From which their random bytes follow, in a replay.
    pub seed: Option<u64>,
}

impl Lent {
    /// A place for their data, and nothing else.
    #[must_use]
    pub fn new(kv: Arc<dyn Kv>) -> Self {
        let (secrets, names) = (Secrets::default(), Names::System);
        Self { kv, secrets, names, wire: Wire::Servers, clock: Clock::System, seed: None }
    }
}

impl From<Arc<dyn Kv>> for Lent {
    fn from(kv: Arc<dyn Kv>) -> Self {
        Self::new(kv)
    }
}

impl<K: Kv + 'static> From<Arc<K>> for Lent {
    fn from(kv: Arc<K>) -> Self {
        Self::new(kv)
    }
}
