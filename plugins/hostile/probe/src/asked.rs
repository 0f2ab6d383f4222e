//! Requests as a caller wants them, through the host's `http`.

use std::time::Duration;

use cicerone_sdk::{Error, data, http, secrets};

/// Requests to make. `secret(name)` in a header or the body becomes what stands for that secret.
#[data]
pub(crate) struct Fetch {
    #[serde(default = "get")]
    pub(crate) method: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
    pub(crate) timeout_ms: Option<u64>,
    /// How many besides the first.
    #[serde(default)]
    pub(crate) again: u32,
}

/// What came of one.
#[data]
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) body: String,
    pub(crate) failure: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) sent: Option<bool>,
}

fn get() -> String {
    "GET".to_owned()
}

impl Fetch {
    pub(crate) fn each(mut self, send: fn(&Self) -> Answer) -> Result<Vec<Answer>, Error> {
        for (_, value) in &mut self.headers {
            *value = filled(value)?;
        }
        self.url = filled(&self.url)?;
        self.body = self.body.as_deref().map(filled).transpose()?;
        Ok((0..=self.again).map(|_| send(&self)).collect())
    }
}

fn filled(text: &str) -> Result<String, Error> {
    let Some((before, rest)) = text.split_once("secret(") else { return Ok(text.to_owned()) };
    let Some((name, after)) = rest.split_once(')') else { return Ok(text.to_owned()) };
    Ok(format!("{before}{}{}", secrets::placeholder(name)?, filled(after)?))
}

pub(crate) fn send(fetch: &Fetch) -> Answer {
    let mut request = http::Request::new(&fetch.method, &fetch.url);
    request.headers.clone_from(&fetch.headers);
    request.body = fetch.body.clone().map(String::into_bytes);
    request.timeout = fetch.timeout_ms.map(Duration::from_millis);
    match request.send() {
        Ok(response) => Answer {
            status: Some(response.status),
            body: response.text(),
            headers: response.headers,
            ..Answer::default()
        },
        Err(error) => Answer {
            failure: Some(error.kind.as_str().to_owned()),
            message: Some(error.message),
            sent: Some(error.sent),
            ..Answer::default()
        },
    }
}
