//! One server of language models: requests with a bound on everything, over connections to checked addresses only. It
//! follows no redirect, retries within the caller's time, and is left alone for a while when it keeps failing.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::figures::{Figures, ServerFigures};
use super::stream::{Lines, Sum};
use super::{ModelServer, ServerError, Trouble};
use crate::breaker::Breaker;
use crate::manifest;
use crate::net;
use crate::secret::{Secrets, variable};

/// Bytes of a request.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// Bytes of an answer that comes whole.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Bytes of what a server says of a failure, of which the host only looks at what it is about.
const WHY_BYTES_MAX: usize = 16 << 10;

/// The longest wait for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// Attempts at one request.
const ATTEMPTS_MAX: u32 = 3;

/// Before the second attempt, where the server does not say; doubles from there.
const BACKOFF: Duration = Duration::from_millis(100);

/// The longest silence within a stream.
const STALL_MAX: Duration = Duration::from_secs(10);

/// Requests of one server at a time.
const CONCURRENCY_MAX: usize = 64;

/// A server that may be asked.
#[derive(Debug)]
pub(super) struct Server {
    /// The operator's name for it.
    pub(super) name: String,
    url: Url,
    headers: HeaderMap,
    /// A secret that it needs and that is not set.
    unset: Option<String>,
    client: Client,
    breaker: Breaker,
    places: Semaphore,
    pub(super) figures: Figures,
}

/// Why there is no answer, with the words of the server where it refused the request, for telling what it did not like.
pub(super) struct Refusal {
    pub(super) trouble: Trouble,
    pub(super) words: String,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, words: String::new() }
    }
}

impl Server {
    pub(super) fn open(
        name: &str,
        grant: &ModelServer,
        secrets: &Secrets,
    ) -> Result<Self, ServerError> {
        let wrong = |why: String| ServerError { name: name.to_owned(), why };
        let (url, resolver) = grant.target(name)?;
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
        let key = grant.key.as_deref();
        let secret = key.and_then(|key| secrets.get(key));
        if let Some(secret) = secret {
            let value = HeaderValue::from_str(&format!("Bearer {}", secret.expose()));
            let mut value =
                value.map_err(|_error| wrong("its key cannot stand in a header".into()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let builder = net::client(url.as_str()).map_err(|error| wrong(error.to_string()))?;
        let builder = builder.redirect(Policy::none()).dns_resolver(resolver);
        let client = builder.connect_timeout(CONNECT_MAX).build();
        Ok(Self {
            name: name.to_owned(),
            client: client.map_err(|error| wrong(error.to_string()))?,
            unset: key.filter(|_| secret.is_none()).map(variable),
            url,
            headers,
            breaker: Breaker::new(manifest::Breaker::default()),
            places: Semaphore::new(CONCURRENCY_MAX),
            figures: Figures::default(),
        })
    }

    pub(super) fn figures(&self) -> ServerFigures {
        let is_left_alone = self.breaker.report(Instant::now()).state != "closed";
        self.figures.read(&self.name, is_left_alone)
    }

    /// The whole answer to a request, after as many attempts as there is time for.
    pub(super) async fn ask(
        &self,
        path: &str,
        body: &[u8],
        deadline: Instant,
    ) -> Result<Vec<u8>, Refusal> {
        let mut attempt = 1;
        loop {
            let refusal = match self.attempt(path, body, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let Some(wait) = pause(&refusal.trouble, attempt, deadline) else {
                return Err(refusal);
            };
            attempt += 1;
            sleep(wait).await;
        }
    }

    /// The sum of an answer that comes piece by piece; `told` hears its words as they come. Repeated only as long as
    /// nothing was heard.
    pub(super) async fn stream(
        &self,
        path: &str,
        body: &[u8],
        deadline: Instant,
        told: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Sum, Refusal> {
        let mut attempt = 1;
        loop {
            let mut heard = false;
            let mut hear = |piece: &str| {
                heard |= !piece.is_empty();
                told(piece);
            };
            let exchange = async {
                let response = self.send(path, body, "text/event-stream").await?;
                Ok(follow(response, &mut hear).await?)
            };
            let refusal = match self.healthy(deadline, exchange).await {
                Ok(sum) => return Ok(sum),
                Err(refusal) => refusal,
            };
            let pause = pause(&refusal.trouble, attempt, deadline).filter(|_| !heard);
            let Some(wait) = pause else { return Err(refusal) };
            attempt += 1;
            sleep(wait).await;
        }
    }

    async fn attempt(
        &self,
        path: &str,
        body: &[u8],
        deadline: Instant,
    ) -> Result<Vec<u8>, Refusal> {
        let exchange = async {
            let response = self.send(path, body, "application/json").await?;
            Ok(read(response, ANSWER_BYTES_MAX).await?)
        };
        self.healthy(deadline, exchange).await
    }

    /// An exchange within its time, unless the server is left alone; how it ends says how the server is.
    async fn healthy<T>(
        &self,
        deadline: Instant,
        exchange: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let begun = Instant::now();
        let pass = self.breaker.pass(begun).map_err(|refused| {
            let trouble = Trouble::LeftAlone(refused.left);
            self.figures.failed(&trouble);
            trouble
        })?;
        let answer: Result<_, Refusal> = match timeout_at(deadline, exchange).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(Trouble::Timeout.into()),
        };
        self.figures.ended(begun.elapsed());
        if let Err(refusal) = &answer {
            self.figures.failed(&refusal.trouble);
        }
        match answer.as_ref().err().and_then(|refusal| refusal.trouble.kind()) {
            Some(kind) => pass.failed(kind, Instant::now()),
            None => pass.healthy(),
        }
        answer
    }

    /// Sends a request and gives its answer when that begins well.
    async fn send(
        &self,
        path: &str,
        body: &[u8],
        wanted: &'static str,
    ) -> Result<Response, Refusal> {
        if let Some(variable) = &self.unset {
            let why = format!(
                "the key of `[models.{}]` is not set; start the host with {variable}",
                self.name
            );
            return Err(Trouble::Denied(why).into());
        }
        if body.len() > REQUEST_BYTES_MAX {
            return Err(Trouble::TooLarge("the request").into());
        }
        let closed = |_closed| Trouble::Unreachable("the host is stopping");
        let _place = self.places.acquire().await.map_err(closed)?;
        let url = format!("{}{path}", self.url.as_str().trim_end_matches('/'));
        let request = self.client.post(url).headers(self.headers.clone());
        let request = request.header(ACCEPT, wanted).body(body.to_vec());
        let response = request.send().await.map_err(|error| unsent(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| net::wait(text, jiff::Timestamp::now()));
        let words = read(response, WHY_BYTES_MAX).await.unwrap_or_default();
        let trouble = Trouble::Status { status: status.as_u16(), retry_after };
        Err(Refusal { trouble, words: String::from_utf8_lossy(&words).into_owned() })
    }
}

/// How long to wait before another attempt, if there is to be one.
fn pause(trouble: &Trouble, attempt: u32, deadline: Instant) -> Option<Duration> {
    let wait = match trouble {
        Trouble::Status { retry_after: Some(wished), .. } => *wished,
        _ => BACKOFF * 2_u32.pow(attempt - 1),
    };
    let in_time = Instant::now().checked_add(wait).is_some_and(|then| then < deadline);
    (trouble.is_passing() && attempt < ATTEMPTS_MAX && in_time).then_some(wait)
}

/// What a stream adds up to; a server that knows no streams may answer whole.
async fn follow(
    mut response: Response,
    told: &mut (dyn FnMut(&str) + Send),
) -> Result<Sum, Trouble> {
    let form = response.headers().get(CONTENT_TYPE).and_then(|form| form.to_str().ok());
    let comes_in_pieces = form.is_some_and(|form| form.starts_with("text/event-stream"));
    let mut sum = Sum::default();
    if !comes_in_pieces {
        let whole = read(response, ANSWER_BYTES_MAX).await?;
        told(&sum.add(&whole)?);
        return Ok(sum);
    }
    let mut lines = Lines::default();
    let lost = |_error: reqwest::Error| Trouble::Unreachable("the connection was lost");
    while !sum.is_whole {
        let more = timeout(STALL_MAX, response.chunk()).await;
        let more = more.map_err(|_elapsed| Trouble::Timeout)?.map_err(lost)?;
        let Some(bytes) = more else {
            return Err(Trouble::Unreachable("the answer ended too early"));
        };
        for data in lines.feed(&bytes)? {
            told(&sum.add(&data)?);
        }
    }
    Ok(sum)
}

/// A body, as far as it is no larger than it may be.
async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, Trouble> {
    let announced = response.content_length().and_then(|size| usize::try_from(size).ok());
    let too_large = || Trouble::TooLarge("the answer");
    if announced.unwrap_or(0) > max {
        return Err(too_large());
    }
    let mut body = Vec::new();
    let lost = |_error: reqwest::Error| Trouble::Unreachable("the connection was lost");
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unsent(error: &reqwest::Error) -> Trouble {
    match net::Trouble::of(error) {
        net::Trouble::Refused(refused) => Trouble::Denied(format!(
            "the host `{}` is not of the open internet ({}); to allow it, write `private_networks = true` in its `[models]`",
            refused.host, refused.closed
        )),
        net::Trouble::Name => Trouble::Unreachable("its name has no address"),
        net::Trouble::Tls => Trouble::Unreachable("it does not prove who it is"),
        net::Trouble::Connect => Trouble::Unreachable("there is no connection"),
        net::Trouble::Timeout => Trouble::Timeout,
        net::Trouble::Lost => Trouble::Unreachable("the connection was lost"),
    }
}
