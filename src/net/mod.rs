//! Where the host's own requests may go, and whom they trust: addresses that nobody may be led to, a resolver that
//! hands out checked addresses only, origins as operators write them, and TLS. It sends nothing itself.

mod address;
mod origin;
mod resolver;
mod tls;
mod trouble;
mod wait;

pub use address::{Closed, closed};
pub use origin::{Bound, Origin, OriginError};
pub use resolver::{Names, Refused, Resolver, Unresolved};
pub use tls::client;
pub use trouble::{Trouble, root};
pub use wait::wait;
