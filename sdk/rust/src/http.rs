//! Requests to servers that `plugin.toml` asks for and the operator grants. Every other one is refused by the host, and so
//! is a server whose address is not of the open internet.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::host;

/// A request in the making.
///
/// ```no_run
/// # use cicerone_sdk::{Error, data, http, secrets};
/// # #[data] struct Weather { degrees: f64 }
/// # fn main() -> Result<(), Error> {
/// let key = secrets::placeholder("weather_key")?;
/// let answer = http::get("https://api.weather.example/now?city=Prague").bearer(&key).send()?;
/// let weather: Weather = answer.checked()?.json()?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// With its scheme.
    pub url: String,
    /// In the order in which they were added.
    pub headers: Vec<(String, String)>,
    /// None is that there is none.
    pub body: Option<Vec<u8>>,
    /// How long to wait; never longer than the call may take.
    pub timeout: Option<Duration>,
}

/// What a server answered, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// All of it.
    pub body: Vec<u8>,
}

/// What sort of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The server, the method or the server's address is not granted.
    Denied,
    /// The request itself cannot be sent.
    InvalidRequest,
    /// There was no answer in time.
    Timeout,
    /// The server's name has no address.
    Dns,
    /// There is no connection to the server.
    Connect,
    /// The server does not prove who it is.
    Tls,
    /// The request or the answer is larger than it may be.
    TooLarge,
    /// The call made more requests than it may.
    Quota,
    /// What came is no answer.
    Protocol,
}

impl Failure {
    /// The contract's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::InvalidRequest => "invalid-request",
            Self::Timeout => "timeout",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::TooLarge => "too-large",
            Self::Quota => "quota",
            Self::Protocol => "protocol",
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What sort of failure it was.
    pub kind: Failure,
    /// In the host's words.
    pub message: String,
    /// Whether the server may have the request: what must not happen twice is not sent again then.
    pub sent: bool,
}

impl Error {
    /// A failure of this kind, for tests; `sent` is false.
    #[must_use]
    pub fn new(kind: Failure, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), sent: false }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer ({}): {}", self.kind.as_str(), self.message)
    }
}

impl std::error::Error for Error {}

impl From<Error> for crate::Error {
    /// With the code `http.denied`, `http.timeout`, ….
    fn from(error: Error) -> Self {
        let made = match error.kind {
            Failure::Denied => Self::forbidden(&error),
            Failure::Quota => {
                Self::new(crate::ErrorKind::RateLimited, &error).with_retryable(false)
            }
            Failure::Timeout | Failure::Dns | Failure::Connect | Failure::Protocol => {
                Self::unavailable(&error)
            }
            Failure::InvalidRequest | Failure::Tls | Failure::TooLarge => Self::internal(&error),
        };
        made.with_code(format!("http.{}", error.kind.as_str()))
    }
}

/// A `GET` of this URL.
#[must_use]
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

/// A `POST` to this URL.
#[must_use]
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}

impl Request {
    /// Of any method.
    #[must_use]
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        let (method, url) = (method.into(), url.into());
        Self { method, url, headers: Vec::new(), body: None, timeout: None }
    }

    /// With this header besides.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With `Authorization: Bearer …`; the token can be the placeholder of a secret.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    /// With this value as its JSON body.
    ///
    /// # Errors
    /// `internal` when it cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, crate::Error> {
        let body = serde_json::to_vec(value)?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Waiting no longer than this.
    #[must_use]
    pub const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends it and waits for the whole answer. A status that is no success is an answer too; see
    /// [`Response::checked`].
    ///
    /// # Errors
    /// What the host says.
    pub fn send(self) -> Result<Response, Error> {
        host::http_send(self)
    }
}

impl Response {
    /// With this status and nothing else, for tests.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// With this value as its JSON body, for tests.
    #[must_use]
    pub fn with_json(mut self, value: &serde_json::Value) -> Self {
        self.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        self.body = value.to_string().into_bytes();
        self
    }

    /// The first header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the status is one of success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The answer, unless its status is one of failure.
    ///
    /// # Errors
    /// A kind that fits the status, with the code `http.404`, ….
    pub fn checked(self) -> Result<Self, crate::Error> {
        if self.is_success() {
            return Ok(self);
        }
        use crate::ErrorKind as Kind;
        let kind = match self.status {
            401 => Kind::Unauthenticated,
            403 => Kind::Forbidden,
            404 | 410 => Kind::NotFound,
            409 | 412 => Kind::Conflict,
            429 => Kind::RateLimited,
            408 | 425 | 500..=599 => Kind::Unavailable,
            _ => Kind::Internal,
        };
        let message = format!("the server answered with status {}", self.status);
        Err(crate::Error::new(kind, message).with_code(format!("http.{}", self.status)))
    }

    /// The body as text, what is no UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `unavailable` with the code `http.body` when it is no `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, crate::Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            crate::Error::unavailable(format_args!("the answer is not what it should be: {error}"))
                .with_code("http.body")
        })
    }
}
