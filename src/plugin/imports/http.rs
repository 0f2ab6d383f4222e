//! One request and its answer, for guests without a client of their own.

use std::time::Duration;

use tokio::time::Instant;

use crate::plugin::bindings::cicerone::plugin::http::{
    Failure as Word, Host, HttpError, Request, Response,
};
use crate::plugin::egress::{Ask, Failed, Failure, Reply};
use crate::plugin::host::State;

impl Host for State {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        let ask = Ask::from(request);
        self.pass("http.send", ask.size())?;
        let began = Instant::now();
        let answer = match self.outing("http.send")?.cloned() {
            Some(outing) => outing.send(ask).await,
            None => Err(Failed::new(Failure::Denied, "the plugin has no [[capabilities.http]]")),
        };
        self.spent.host += began.elapsed();
        Ok(answer.map(Response::from).map_err(HttpError::from))
    }
}

impl From<Request> for Ask {
    fn from(request: Request) -> Self {
        let Request { method, url, headers, body, timeout_ms } = request;
        Self {
            method,
            url,
            headers: headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect(),
            body: body.unwrap_or_default(),
            timeout: timeout_ms.map(|ms| Duration::from_millis(ms.into())),
            counted: false,
        }
    }
}

impl From<Reply> for Response {
    fn from(reply: Reply) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = reply.headers.iter();
        Self {
            status: reply.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
                .collect(),
            body: reply.body.into(),
        }
    }
}

impl From<Failed> for HttpError {
    fn from(failed: Failed) -> Self {
        let Failed { kind, message, sent } = failed;
        Self { kind: word(kind), message, sent }
    }
}

const fn word(kind: Failure) -> Word {
    match kind {
        Failure::Denied => Word::Denied,
        Failure::InvalidRequest => Word::InvalidRequest,
        Failure::Timeout => Word::Timeout,
        Failure::Dns => Word::Dns,
        Failure::Connect => Word::Connect,
        Failure::Tls => Word::Tls,
        Failure::TooLarge => Word::TooLarge,
        Failure::Quota => Word::Quota,
        Failure::Protocol => Word::Protocol,
    }
}
