//! `wasi:http` for guests whose libraries want it, on the same way out as the host's own `http`.

use http_body_util::{BodyExt, Full, Limited};
use http_types::{Request, Response};
use std::sync::Arc;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::plugin::egress::{Ask, Failed, Failure, Outing, Reply};

/// Where requests go; none for a plugin that may make none.
#[derive(Debug)]
pub(in crate::plugin) struct Hooks(pub(in crate::plugin) Option<Arc<Outing>>);

/// The end of an answer's own work; all of it is done when the answer is there.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _done: Rest,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Rest), Error>> + Send> {
        let outing = self.0.clone();
        Box::new(async move {
            let outing = outing.ok_or(Error::HttpRequestDenied)?;
            let ask = ask(&outing, request, options).await?;
            let reply = outing.send(ask).await.map_err(error)?;
            Ok((response(reply), Box::new(async { Ok(()) }) as Rest))
        })
    }
}

/// Waits for the whole body, which the guest writes after it has asked.
async fn ask(
    outing: &Outing,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Ask, Error> {
    let (parts, body) = request.into_parts();
    let max = outing.request_max();
    let body = Limited::new(body, usize::try_from(max).unwrap_or(usize::MAX)).collect().await;
    let body = body.map_err(|_too_large| Error::HttpRequestBodySize(Some(max)))?.to_bytes();
    let headers = parts.headers.iter().filter(|(name, _)| *name != http_types::header::HOST);
    Ok(Ask {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body: body.into(),
        timeout: options.and_then(|options| options.first_byte_timeout),
    })
}

fn response(reply: Reply) -> Response<WasiBody> {
    let body = Full::new(reply.body).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

fn error(failed: Failed) -> Error {
    match failed.kind {
        Failure::Denied => Error::HttpRequestDenied,
        Failure::InvalidRequest => Error::HttpRequestUriInvalid,
        Failure::Timeout => Error::ConnectionTimeout,
        Failure::Dns => Error::DnsError { rcode: Some(failed.message), info_code: None },
        Failure::Connect => Error::ConnectionRefused,
        Failure::Tls => Error::TlsProtocolError,
        Failure::TooLarge if failed.sent => Error::HttpResponseBodySize(None),
        Failure::TooLarge => Error::HttpRequestBodySize(None),
        Failure::Quota => Error::ConnectionLimitReached,
        Failure::Protocol => Error::HttpProtocolError,
    }
}
