//! Why a request has no response, told apart by what a caller can do about it. Pure.

use std::error::Error;
use std::io;

use super::resolver::{Refused, Unresolved};
use crate::event::clean;

/// Longest text of somebody else in a message, characters.
const TEXT_MAX: usize = 200;

/// What went wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Its host may not be reached; nothing was sent.
    Refused(Refused),
    /// Its host has no address; nothing was sent.
    Name,
    /// The other side does not prove who it is; nothing was sent.
    Tls,
    /// There is no connection; nothing was sent.
    Connect,
    /// It took too long.
    Timeout,
    /// The connection was lost, or what came is no HTTP.
    Lost,
}

impl Trouble {
    /// Of a failed request.
    #[must_use]
    pub fn of(error: &reqwest::Error) -> Self {
        if let Some(refused) = find::<Refused>(error) {
            return Self::Refused(refused.clone());
        }
        if find::<Unresolved>(error).is_some() {
            return Self::Name;
        }
        if error.is_timeout() {
            return Self::Timeout;
        }
        if error.is_connect() {
            let tls = find::<rustls::Error>(error).is_some();
            return if tls { Self::Tls } else { Self::Connect };
        }
        Self::Lost
    }
}

/// What lies at the bottom of an error: the words above it have the URL.
#[must_use]
pub fn root(error: &reqwest::Error) -> String {
    let mut at: &dyn Error = error;
    while let Some(deeper) = below(at) {
        at = deeper;
    }
    if at.is::<reqwest::Error>() {
        "no cause is known".into()
    } else {
        clean(&at.to_string(), TEXT_MAX)
    }
}

/// The first cause of this kind.
fn find<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut at: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = at {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        at = below(error);
    }
    None
}

/// The next cause. What an error of IO was made of is no source of it to the standard library.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let made_of = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match made_of {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
