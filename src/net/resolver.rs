//! Names to addresses for requests that must not be led astray: every address is checked and the connection goes to
//! one that was, so that a name cannot mean one machine when it is checked and another when it is called.

use std::net::{IpAddr, SocketAddr};
use std::vec;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Closed, closed};

/// Looks names up and hands out what may be reached.
#[derive(Debug, Clone, Copy)]
pub struct Resolver {
    private_networks: bool,
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
        Self { private_networks }
    }

    /// Checks a host that is an address already: nobody resolves it.
    ///
    /// # Errors
    /// [`Refused`] when it may not be reached.
    pub fn check_literal(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host_str().unwrap_or_default();
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
        let resolver = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            // One that is closed is reason enough: which one is taken is up to chance.
            found.iter().try_for_each(|address| resolver.check(name.as_str(), address.ip()))?;
            let found: vec::IntoIter<SocketAddr> = found.into_iter();
            Ok(Box::new(found) as Addrs)
        })
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
