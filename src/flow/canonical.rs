//! A flow's version: what it says, whatever it looks like.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Version;

/// The SHA-256 of the canonical JSON (RFC 8785), in hex; `None` for numbers that canonical JSON cannot hold.
pub(super) fn version(definition: &Value) -> Option<Version> {
    let canonical = serde_json_canonicalizer::to_vec(definition).ok()?;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(&canonical) {
        write!(hex, "{byte:02x}").ok()?;
    }
    Some(Version::from(hex.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::version;

    #[test]
    fn a_version_does_not_depend_on_order_or_space() {
        let one: Value = serde_json::from_str(r#"{"b": 1.0, "a": "é"}"#).unwrap();
        let two: Value = serde_json::from_str("{\"a\":\"\\u00e9\",\n\"b\":1}").unwrap();
        let other: Value = serde_json::from_str(r#"{"b": 2, "a": "é"}"#).unwrap();
        assert_eq!(version(&one), version(&two));
        assert_ne!(version(&one), version(&other));
        assert_eq!(version(&one).unwrap().as_str().len(), 64);
    }
}
