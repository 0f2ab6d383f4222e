//! JSON pointers, as grants and guests write them.

/// A JSON pointer to a part of a conversation's context; never the whole of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// Reads `/a/b`, or says what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some(keys) = text.strip_prefix('/').filter(|keys| !keys.is_empty()) else {
            return Err("a pointer begins with `/` and names a part, such as `/cart`".to_owned());
        };
        Ok(Self(keys.split('/').map(unescape).collect()))
    }

    pub(super) fn keys(&self) -> &[String] {
        &self.0
    }

    /// Whether one of `granted` is this pointer or leads to it.
    pub(super) fn is_within(&self, granted: &[Self]) -> bool {
        granted.iter().any(|grant| self.0.starts_with(&grant.0))
    }

    /// As a dotted path, unless one of its keys has a dot itself.
    pub(super) fn dotted(&self) -> Option<String> {
        let fits = self.0.iter().all(|key| !key.is_empty() && !key.contains('.'));
        fits.then(|| self.0.join("."))
    }
}

fn unescape(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    #[test]
    fn a_grant_covers_what_lies_below_it_by_whole_keys() {
        let granted = [pointer("/cart")];
        assert!(pointer("/cart").is_within(&granted));
        assert!(pointer("/cart/0/price").is_within(&granted));
        assert!(!pointer("/cartoon").is_within(&granted));
        assert!(!pointer("/user").is_within(&granted));
    }

    #[test]
    fn the_whole_context_has_no_pointer() {
        for text in ["", "/", "cart"] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_with_a_dot_has_no_dotted_path() {
        assert_eq!(pointer("/a/b").dotted().as_deref(), Some("a.b"));
        assert_eq!(pointer("/a.b").dotted(), None);
        assert_eq!(pointer("/a~1b/~0").keys(), ["a/b", "~"]);
    }
}
