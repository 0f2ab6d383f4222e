//! Everything that is tested from outside, as one binary, so that it is linked once.

#[cfg(feature = "host")]
mod store;
#[cfg(feature = "host")]
mod bus;
