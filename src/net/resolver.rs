//! Names to addresses for requests that must not be led astray: every address is checked and the connection goes to
//! one that was, so that a name cannot mean one machine when it is checked and another when it is called.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::vec;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Closed, closed};
use super::origin::Origin;

/// Looks names up and hands out what may be reached.
#[derive(Debug, Clone)]
pub struct Resolver {
    private_networks: bool,
    names: Names,
}

/// Who knows the addresses of names.
#[derive(Clone, Default)]
pub enum Names {
    /// This machine.
    #[default]
    System,
    /// Somebody else, such as a test; no address is that the name is not known.
    Given(Arc<LookUp>),
}

/// The addresses of a name.
type LookUp = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Given(_) => "Given",
        })
    }
}

/// A name without an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("find the address of `{host}`: {why}")]
pub struct Unresolved {
    /// As in the URL.
    pub host: String,
    /// In the words of the system.
    pub why: String,
}

/// A host that is not open to everybody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reach `{host}`: its address is {closed}, not one of the open internet")]
pub struct Refused {
    /// As in the URL.
    pub host: String,
    /// The address, for the log.
    pub address: IpAddr,
    /// What is wrong with it.
    pub closed: Closed,
}

impl Resolver {
    /// With `private_networks`, whatever is found is handed out.
    #[must_use]
    pub const fn new(private_networks: bool) -> Self {
        Self { private_networks, names: Names::System }
    }

    /// With the addresses that these know.
    #[must_use]
    pub fn with_names(self, names: Names) -> Self {
        Self { names, ..self }
    }

    /// Checks a host that is an address already: nobody resolves it.
    ///
    /// # Errors
    /// [`Refused`] when it may not be reached.
    pub fn check_literal(&self, url: &Url) -> Result<(), Refused> {
        self.check_host(url.host_str().unwrap_or_default())
    }

    /// The same for an origin.
    ///
    /// # Errors
    /// [`Refused`] when it may not be reached.
    pub fn check_origin(&self, origin: &Origin) -> Result<(), Refused> {
        self.check_host(origin.host())
    }

    fn check_host(&self, host: &str) -> Result<(), Refused> {
        match host.trim_matches(['[', ']']).parse() {
            Ok(address) => self.check(host, address),
            Err(_name) => Ok(()),
        }
    }

    fn check(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        match closed(address) {
            Some(closed) if !self.private_networks => {
                Err(Refused { host: host.to_owned(), address, closed })
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.names.look_up(name.as_str()).await?;
            // One that is closed is reason enough: which one is taken is up to chance.
            found.iter().try_for_each(|address| resolver.check(name.as_str(), address.ip()))?;
            let found: vec::IntoIter<SocketAddr> = found.into_iter();
            Ok(Box::new(found) as Addrs)
        })
    }
}

impl Names {
    async fn look_up(&self, host: &str) -> Result<Vec<SocketAddr>, Unresolved> {
        let unknown = |why: String| Unresolved { host: host.to_owned(), why };
        let found: Vec<SocketAddr> = match self {
            Self::System => {
                let found = tokio::net::lookup_host((host, 0)).await;
                found.map_err(|error| unknown(error.to_string()))?.collect()
            }
            Self::Given(given) => {
                given(host).into_iter().map(|address| SocketAddr::new(address, 0)).collect()
            }
        };
        if found.is_empty() {
            return Err(unknown("it has none".to_owned()));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Option<Closed> {
        let refused = Resolver::new(false).check_literal(&Url::parse(url).unwrap());
        refused.err().map(|refused| refused.closed)
    }

    #[test]
    fn a_host_that_is_an_address_is_checked_however_it_is_spelt() {
        assert_eq!(check("http://127.0.0.1/"), Some(Closed::Loopback));
        assert_eq!(check("http://2130706433:80/"), Some(Closed::Loopback));
        assert_eq!(check("http://0x7f.1/"), Some(Closed::Loopback));
        assert_eq!(check("http://[::ffff:10.0.0.1]/"), Some(Closed::Private));
        assert_eq!(check("http://[::1]:8080/"), Some(Closed::Loopback));
        assert_eq!(check("http://1.1.1.1/"), None);
        assert_eq!(check("http://example.com/"), None);
        let private = Resolver::new(true);
        assert_eq!(private.check_literal(&Url::parse("http://10.0.0.1/").unwrap()), Ok(()));
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_unless_private_networks_are_granted() {
        let find = |private| async move {
            Resolver::new(private).resolve("localhost".parse().unwrap()).await
        };
        let refused = find(false).await.err().unwrap();
        let refused = refused.downcast_ref::<Refused>().unwrap();
        assert_eq!((refused.host.as_str(), refused.closed), ("localhost", Closed::Loopback));
        assert!(find(true).await.unwrap().next().unwrap().ip().is_loopback());
    }
}
