//! What whoever plays the servers says, as if it had come over a wire: so that all that is done about an answer of a server
//! is done about this one.

use http_types::response::Builder;
use reqwest::{Body, Method, Response};
use tokio::time::sleep;

use super::ask::Wanted;
use super::{Failed, Failure};
use crate::plugin::wire::{self, NoAnswer, Player, Sent, Written};

pub(super) async fn play(player: &Player, wanted: Wanted) -> Result<Response, Failed> {
    let head = wanted.method == Method::HEAD;
    let played = player(sent(wanted));
    sleep(played.after).await;
    match played.answer {
        Ok(Written { body, status, headers }) => {
            let body = if head { Vec::new() } else { body };
            response(Written { body, status, headers })
        }
        Err(none) => Err(failed(none)),
    }
}

fn sent(wanted: Wanted) -> Sent {
    let headers = wanted.headers.iter();
    Sent {
        method: wanted.method.to_string(),
        url: wire::sent(wanted.url),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body: wanted.body,
    }
}

fn response(written: Written) -> Result<Response, Failed> {
    let Written { status, headers, body } = written;
    let begun = Builder::new().status(status);
    let response =
        headers.into_iter().fold(begun, |response, (name, value)| response.header(name, value));
    let response = response.body(Body::from(body)).map_err(|error| {
        let why = format!("what plays the server says something that is no HTTP: {error}");
        Failed::new(Failure::Protocol, why).after_sending()
    })?;
    Ok(response.into())
}

fn failed(none: NoAnswer) -> Failed {
    match none {
        NoAnswer::Dns => Failed::new(Failure::Dns, "the name has no address"),
        NoAnswer::Connect => Failed::new(Failure::Connect, "the connection is refused"),
        NoAnswer::Tls => Failed::new(Failure::Tls, "the server does not prove who it is"),
        NoAnswer::Timeout => {
            Failed::new(Failure::Timeout, "the server took longer than it may").after_sending()
        }
        NoAnswer::Protocol => {
            Failed::new(Failure::Protocol, "the connection was lost before the answer was whole")
                .after_sending()
        }
    }
}
