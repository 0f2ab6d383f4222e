//! The session under change: the stored one as long as nothing in it changes, from then on a copy. So a step that fails
//! has the stored one to go back to, and pays nothing for it before.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use super::Session;

/// A session that reads as the stored one and is copied when it is first written to.
#[derive(Debug, Clone)]
pub(super) struct Draft<'a>(Cow<'a, Session>);

impl Draft<'_> {
    /// The session as it has become.
    pub(super) fn into_session(self) -> Session {
        self.0.into_owned()
    }
}

impl<'a> From<&'a Session> for Draft<'a> {
    fn from(stored: &'a Session) -> Self {
        Self(Cow::Borrowed(stored))
    }
}

impl Deref for Draft<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl DerefMut for Draft<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.0.to_mut()
    }
}
