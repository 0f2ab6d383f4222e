//! What lies outside a host in memory: servers that a test plays, secrets that it sets, and what a tool told.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::memory::with;
use crate::{events, http, secrets};

type Answer = dyn FnMut(&http::Request) -> Result<http::Response, http::Error>;

/// Everything outside.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) servers: Option<Box<Answer>>,
    pub(crate) requests: Vec<http::Request>,
    pub(crate) secrets: BTreeMap<String, (String, bool)>,
    pub(crate) progress: Vec<(Option<u8>, String)>,
    pub(crate) events: Vec<(String, Value)>,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("requests", &self.requests).finish_non_exhaustive()
    }
}

pub(crate) fn http_send(request: http::Request) -> Result<http::Response, http::Error> {
    let (servers, request) = with(|memory| {
        let request = memory.outside.filled(request);
        memory.outside.requests.push(request.clone());
        (memory.outside.servers.take(), request)
    });
    let Some(mut servers) = servers else {
        let why = "the test plays no server; see `Host::with_http`";
        return Err(http::Error::new(http::Failure::Denied, why));
    };
    let answer = servers(&request);
    with(|memory| memory.outside.servers = Some(servers));
    answer
}

impl Outside {
    /// The request with values for placeholders, as a server gets it.
    fn filled(&self, mut request: http::Request) -> http::Request {
        for (name, (value, _)) in &self.secrets {
            let stands_for = standing_for(name);
            for (_, header) in &mut request.headers {
                *header = header.replace(&stands_for, value);
            }
            let body = request.body.take();
            request.body = body.map(|body| match String::from_utf8(body) {
                Ok(text) => text.replace(&stands_for, value).into_bytes(),
                Err(binary) => binary.into_bytes(),
            });
        }
        request
    }
}

fn standing_for(name: &str) -> String {
    format!("cicerone-secret-of-the-test-{name}-")
}

pub(crate) fn secret_placeholder(name: &str) -> Result<String, secrets::Error> {
    let is_set = with(|memory| memory.outside.secrets.contains_key(name));
    if is_set { Ok(standing_for(name)) } else { Err(secrets::Error::NotGranted) }
}

pub(crate) fn secret_reveal(name: &str) -> Result<String, secrets::Error> {
    let found = with(|memory| memory.outside.secrets.get(name).cloned());
    match found {
        Some((value, true)) => Ok(value),
        Some((_, false)) | None => Err(secrets::Error::NotGranted),
    }
}

pub(crate) fn progress(percent: Option<u8>, message: &str) {
    with(|memory| memory.outside.progress.push((percent, message.to_owned())));
}

pub(crate) fn publish(topic: &str, payload: String) -> Result<(), events::Error> {
    let payload = serde_json::from_str(&payload);
    let payload = payload.map_err(|error| events::Error::WrongType(error.to_string()))?;
    with(|memory| memory.outside.events.push((topic.to_owned(), payload)));
    Ok(())
}
