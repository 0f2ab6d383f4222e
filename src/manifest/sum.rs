//! A SHA-256 as people write and compare it: what says which bytes were looked at.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// `sha256:` and 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sum(String);

/// A text that is no sum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("understand `{0}` as a digest; write `sha256:` and 64 hex digits")]
pub struct NoSum(String);

impl Sum {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Without the word before it.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.0
    }

    /// Enough of it for a person.
    #[must_use]
    pub fn short(&self) -> String {
        format!("sha256:{}…", self.0.get(..12).unwrap_or_default())
    }
}

impl FromStr for Sum {
    type Err = NoSum;

    /// The word before it may be left out.
    fn from_str(text: &str) -> Result<Self, NoSum> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
        match hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            true => Ok(Self(hex)),
            false => Err(NoSum(text.to_owned())),
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

impl TryFrom<String> for Sum {
    type Error = NoSum;

    fn try_from(text: String) -> Result<Self, NoSum> {
        text.parse()
    }
}

impl From<Sum> for String {
    fn from(sum: Sum) -> Self {
        sum.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_with_and_without_its_word_and_in_any_case() {
        let sum = Sum::of("abc");
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sum.hex(), hex);
        assert_eq!(sum.to_string(), format!("sha256:{hex}"));
        assert_eq!(sum.to_string().parse(), Ok(sum.clone()));
        assert_eq!(hex.to_uppercase().parse(), Ok(sum));
    }

    #[test]
    fn a_text_that_is_no_sum_is_refused_with_how_one_looks() {
        for text in ["", "sha256:", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", "zz"] {
            let error = text.parse::<Sum>().unwrap_err().to_string();
            assert!(error.contains("64 hex digits"), "{error}");
        }
    }
}
