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
            outing.begin(request.method().as_str(), &request.uri().to_string()).map_err(error)?;
            let ask = ask(&outing, request, options).await?;
            let reply = outing.send(ask).await.map_err(error)?;
            Ok((response(reply), Box::new(async { Ok(()) }) as Rest))
        })
    }
}

/// Waits for the whole body, which the guest writes after it has asked. Its bytes count as they come, so that no number of
/// half-written requests can hold more than a call may send.
async fn ask(
    outing: &Outing,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Ask, Error> {
    let (parts, body) = request.into_parts();
    let max = outing.request_max();
    let mut body = Limited::new(body, usize::try_from(max).unwrap_or(usize::MAX));
    let mut written = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_too_large| Error::HttpRequestBodySize(Some(max)))?;
        if let Ok(bytes) = frame.into_data() {
            outing.count_bytes(bytes.len()).map_err(error)?;
            written.extend_from_slice(&bytes);
        }
    }
    let headers = parts.headers.iter().filter(|(name, _)| *name != http_types::header::HOST);
    Ok(Ask {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body: written,
        timeout: options.and_then(|options| options.first_byte_timeout),
        counted: true,
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

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::plugin::egress::for_tests::outing;

    type Sending = Pin<Box<dyn Future<Output = Result<(Response<WasiBody>, Rest), Error>> + Send>>;

    /// A request of which so much is written, and no end of it.
    fn half_written(bytes: usize) -> Request<WasiBody> {
        let body = Full::new(vec![0; bytes].into()).map_err(|never| match never {});
        let body = body.with_trailers(std::future::pending()).boxed_unsync();
        Request::post("http://ours.test/").body(body).unwrap()
    }

    /// Which of so many requests that are begun at once are refused while their bodies are still to come.
    #[track_caller]
    fn check(requests: usize, bytes: usize, refused_from: usize) {
        let mut hooks = Hooks(Some(outing("http://ours.test", "POST")));
        let mut send = |_| {
            let rest = Box::new(async { Ok(()) });
            Pin::from(hooks.send_request(half_written(bytes), None, rest))
        };
        let mut all: Vec<Sending> = (0..requests).map(&mut send).collect();
        let mut context = Context::from_waker(Waker::noop());
        let refused = all.iter_mut().map(|sending| sending.as_mut().poll(&mut context).is_ready());
        let refused: Vec<bool> = refused.collect();
        let expected: Vec<bool> = (0..requests).map(|n| n >= refused_from).collect();
        assert_eq!(refused, expected);
    }

    #[test]
    fn requests_that_are_still_being_written_count() {
        check(40, 1, 32);
    }

    #[test]
    fn bytes_of_bodies_count_while_they_come_in() {
        check(20, 1 << 20, 16);
    }
}
