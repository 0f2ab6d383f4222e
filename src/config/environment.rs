//! What the environment says: where to listen, the clock and chance of tests, and the secrets.

use std::net::SocketAddr;

use super::Error;
use crate::clock::Clock;
use crate::event::Timestamp;
use crate::secret::Secrets;

/// What the environment says about the host as a whole.
#[derive(Debug)]
pub(super) struct Environment {
    listen: Option<SocketAddr>,
    port: Option<u16>,
    pub(super) ws_port: Option<u16>,
    pub(super) clock: Clock,
    pub(super) seed: Option<u64>,
}

impl Environment {
    pub(super) fn read() -> Result<Self, Error> {
        let listen = parse("CICERONE_LISTEN", "an address and port, 127.0.0.1:3000", |text| {
            text.parse().ok()
        })?;
        let port = |name| parse(name, "a port, 1 to 65535", |text| text.parse().ok());
        let clock = parse("CICERONE_TEST_CLOCK", "a moment in RFC 3339", |text| {
            let at: jiff::Timestamp = text.parse().ok()?;
            Some(Clock::Frozen(Timestamp::from_millis(at.as_millisecond())))
        })?;
        Ok(Self {
            listen,
            port: port("PORT")?,
            ws_port: port("WS_PORT")?,
            clock: clock.unwrap_or_default(),
            seed: parse("CICERONE_TEST_SEED", "a whole number", |text| text.parse().ok())?,
        })
    }

    /// `PORT` changes the port of whatever address is in force.
    pub(super) fn listen(&self, file: Option<SocketAddr>) -> Option<SocketAddr> {
        let address = self.listen.or(file);
        match self.port {
            Some(port) => {
                let default = SocketAddr::from(([127, 0, 0, 1], port));
                Some(SocketAddr::new(address.unwrap_or(default).ip(), port))
            }
            None => address,
        }
    }
}

/// A variable that is no text is no secret either.
pub(super) fn secrets() -> Secrets {
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Secrets::among(texts)
}

fn parse<T>(
    name: &'static str,
    expected: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Ok(value) = std::env::var(name) else { return Ok(None) };
    match read(&value) {
        Some(parsed) => Ok(Some(parsed)),
        None => Err(Error::Variable { name, value, expected }),
    }
}
