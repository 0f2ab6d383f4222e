//! The same requests through `wasi:http`, as the clients of other languages make them.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

use crate::asked::{Answer, Fetch};

pub(crate) fn send(fetch: &Fetch) -> Answer {
    try_send(fetch).unwrap_or_else(|failure| Answer { failure: Some(failure), ..Answer::default() })
}

fn try_send(fetch: &Fetch) -> Result<Answer, String> {
    let said = |error: ErrorCode| format!("{error:?}");
    let fields = Fields::new();
    for (name, value) in &fetch.headers {
        fields.append(name, value.as_bytes()).map_err(|error| format!("{error:?}"))?;
    }
    let request = OutgoingRequest::new(fields);
    address(fetch, &request)?;
    let body = request.body().map_err(|()| "no body")?;
    let options = RequestOptions::new();
    let timeout = fetch.timeout_ms.map(|ms| ms * 1_000_000);
    options.set_first_byte_timeout(timeout).map_err(|()| "no timeout")?;
    let answer = handle(request, Some(options)).map_err(said)?;
    if let Some(text) = &fetch.body {
        let stream = body.write().map_err(|()| "no stream")?;
        for part in text.as_bytes().chunks(4_096) {
            stream.blocking_write_and_flush(part).map_err(|error| format!("{error:?}"))?;
        }
    }
    OutgoingBody::finish(body, None).map_err(said)?;
    answer.subscribe().block();
    let response =
        answer.get().ok_or("no answer")?.map_err(|()| "answered twice")?.map_err(said)?;
    let headers = response.headers().entries().into_iter();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answer {
        status: Some(response.status()),
        headers: headers.map(|(name, value)| (name, text(value))).collect(),
        body: text(read(&response.consume().map_err(|()| "read twice")?)?),
        ..Answer::default()
    })
}

fn address(fetch: &Fetch, request: &OutgoingRequest) -> Result<(), String> {
    let (scheme, rest) = fetch.url.split_once("://").ok_or("no scheme")?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    let method = match fetch.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    };
    request.set_method(&method).map_err(|()| "that is no method")?;
    request.set_scheme(Some(&scheme)).map_err(|()| "that is no scheme")?;
    request.set_authority(Some(authority)).map_err(|()| "that is no authority")?;
    request.set_path_with_query(Some(path)).map_err(|()| "that is no path")?;
    Ok(())
}

fn read(body: &IncomingBody) -> Result<Vec<u8>, String> {
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(part) => bytes.extend(part),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(format!("{error:?}")),
        }
    }
}
