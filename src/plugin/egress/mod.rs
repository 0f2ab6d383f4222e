//! The one way out of a sandbox to servers, whatever interface a guest asks through: allowed hosts only, every address
//! checked, everything bounded, secrets put in on the way out and taken out on the way back. It runs on threads of its
//! own, which exist once somebody uses them.

mod ask;
mod exchange;
mod play;
mod veil;

pub(super) use ask::Ask;
pub(super) use exchange::Reply;
pub(super) use veil::{Veil, VeilError};

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use super::Lent;
use super::engine::Threads;
use super::grant::Rights;
use super::reach::{Rule, SecretRight};
use super::wire::Wire;
use crate::event::CallId;
use crate::net::{self, Names, Origin, Resolver};
use crate::secret::Secret;

/// What the operator allows all plugins in requests; a grant can only lower it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EgressOptions {
    /// Requests of one call, hops of redirects among them.
    pub requests_max: u32,
    /// Requests of one plugin at a time; others wait.
    pub in_flight_max: usize,
    /// The largest body of a request, bytes.
    pub request_max: u64,
    /// The largest body of an answer, bytes.
    pub response_max: u64,
    /// Bytes of all requests and answers of one call.
    pub bytes_max: u64,
    /// Headers of a request, and of an answer.
    pub headers_max: usize,
    /// Bytes of them.
    pub header_bytes_max: usize,
    /// Hops of one request.
    pub redirects_max: u32,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest request.
    pub timeout: Duration,
}

impl Default for EgressOptions {
    fn default() -> Self {
        Self {
            requests_max: 32,
            in_flight_max: 32,
            request_max: 1 << 20,
            response_max: 4 << 20,
            bytes_max: 16 << 20,
            headers_max: 64,
            header_bytes_max: 32 << 10,
            redirects_max: 5,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(30),
        }
    }
}

/// Threads that requests are made on, for all plugins; begun by the first request.
#[derive(Debug, Default)]
pub(super) struct Roads(OnceLock<Result<Threads, String>>);

impl Roads {
    fn handle(&self) -> Result<&Handle, Failed> {
        let threads = self.0.get_or_init(|| Threads::for_requests().map_err(|e| e.to_string()));
        match threads {
            Ok(threads) => Ok(threads.handle()),
            Err(why) => {
                Err(Failed::new(Failure::Connect, format!("the host makes no requests: {why}")))
            }
        }
    }
}

/// A plugin's way out.
#[derive(Debug)]
pub(super) struct Egress {
    plugin: String,
    rules: Vec<Rule>,
    held: Vec<Held>,
    options: EgressOptions,
    names: Names,
    wire: Wire,
    places: Arc<Semaphore>,
    /// To the open internet, and to anywhere; made when they are first needed.
    clients: [OnceLock<Result<Client, String>>; 2],
    roads: Arc<Roads>,
}

/// A secret in the host's hands.
#[derive(Debug)]
pub(super) struct Held {
    right: SecretRight,
    /// None while the operator has not set it.
    value: Option<Secret>,
}

impl Egress {
    /// None for a plugin that has no business outside.
    pub(super) fn new(
        rights: &Rights,
        lent: &Lent,
        options: EgressOptions,
        roads: &Arc<Roads>,
    ) -> Option<Arc<Self>> {
        if rights.http.is_empty() && rights.secrets.is_empty() {
            return None;
        }
        let hold = |right: &SecretRight| {
            let value = lent.secrets.get(&right.name).cloned();
            Held { right: right.clone(), value }
        };
        Some(Arc::new(Self {
            plugin: rights.plugin.clone(),
            rules: rights.http.clone(),
            held: rights.secrets.iter().map(hold).collect(),
            options,
            names: lent.names.clone(),
            wire: lent.wire.clone(),
            places: Arc::new(Semaphore::new(options.in_flight_max.max(1))),
            clients: Default::default(),
            roads: Arc::clone(roads),
        }))
    }

    /// Secrets that are granted and not set.
    pub(super) fn unset(&self) -> impl Iterator<Item = &str> {
        let unset = self.held.iter().filter(|held| held.value.is_none());
        unset.map(|held| held.right.name.as_str())
    }

    fn rule(&self, origin: &Origin) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.origin.covers(origin))
    }

    /// A client that keeps connections, follows nothing by itself and connects to checked addresses only.
    fn client(&self, private_networks: bool) -> Result<&Client, Failed> {
        let [open, any] = &self.clients;
        let place = if private_networks { any } else { open };
        let made = place.get_or_init(|| self.new_client(private_networks));
        made.as_ref().map_err(|why| Failed::new(Failure::Tls, why.clone()))
    }

    fn new_client(&self, private_networks: bool) -> Result<Client, String> {
        let secure = self.rules.iter().any(|rule| rule.origin.is_secure());
        let builder = net::client(if secure { "https:" } else { "http:" });
        let resolver = Resolver::new(private_networks).with_names(self.names.clone());
        let builder = builder.map_err(|error| error.to_string())?;
        let builder = builder.redirect(Policy::none()).dns_resolver(resolver);
        let built = builder.connect_timeout(self.options.connect_timeout).build();
        built.map_err(|error| error.to_string())
    }
}

/// One call's use of its plugin's way out.
#[derive(Debug)]
pub(super) struct Outing {
    pub(super) egress: Arc<Egress>,
    pub(super) veil: Veil,
    call: CallId,
    deadline: Instant,
    requests: AtomicU32,
    bytes: AtomicU64,
    warned: AtomicBool,
}

/// Why there is no answer, in the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Denied,
    InvalidRequest,
    Timeout,
    Dns,
    Connect,
    Tls,
    TooLarge,
    Quota,
    Protocol,
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) kind: Failure,
    pub(super) message: String,
    /// Whether a server may have it.
    pub(super) sent: bool,
}

impl Failed {
    pub(super) fn new(kind: Failure, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), sent: false }
    }

    fn after_sending(self) -> Self {
        Self { sent: true, ..self }
    }
}

impl Outing {
    pub(super) fn new(egress: Arc<Egress>, call: CallId, deadline: Instant, veil: Veil) -> Self {
        let (requests, bytes, warned) = Default::default();
        Self { egress, veil, call, deadline, requests, bytes, warned }
    }

    /// Bytes that went out and came in.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The largest body that can be sent.
    pub(super) fn request_max(&self) -> u64 {
        self.egress.options.request_max
    }

    /// Makes a request. Dropping the future gives it up.
    pub(super) async fn send(self: &Arc<Self>, ask: Ask) -> Result<Reply, Failed> {
        let ended = self.sent(ask).await;
        if let Err(Failed { kind: Failure::Denied, message, .. }) = &ended {
            self.tell(message);
        }
        ended
    }

    async fn sent(self: &Arc<Self>, ask: Ask) -> Result<Reply, Failed> {
        let options = &self.egress.options;
        let longest = ask.timeout.unwrap_or(options.timeout).min(options.timeout);
        let deadline = self.deadline.min(Instant::now() + longest);
        let wanted = ask.checked(options)?;
        let rule = self.allowed(&wanted.url, &wanted.method)?.clone();
        let places = Arc::clone(&self.egress.places);
        let Ok(place) = timeout_at(deadline, places.acquire_owned()).await else {
            let max = options.in_flight_max;
            let why = format!("{max} requests of the plugin are under way and none has ended");
            return Err(Failed::new(Failure::Quota, why));
        };
        let outing = Arc::clone(self);
        let work = async move {
            let _place = place;
            match timeout_at(deadline, outing.exchange(wanted, rule)).await {
                Ok(ended) => ended,
                Err(_elapsed) => {
                    let why = "the server took longer than it may";
                    Err(Failed::new(Failure::Timeout, why).after_sending())
                }
            }
        };
        let gone = || Failed::new(Failure::Connect, "the request was given up").after_sending();
        Owned(self.egress.roads.handle()?.spawn(work)).join().await.unwrap_or_else(|| Err(gone()))
    }

    /// The first denial of a call is for whoever runs the host; a guest can make many.
    fn tell(&self, why: &str) {
        let (plugin, call) = (&self.egress.plugin, &self.call);
        if self.warned.swap(true, Ordering::Relaxed) {
            debug!(plugin, %call, why, "A plugin's request was denied again.");
        } else {
            warn!(plugin, %call, why, "A plugin's request was denied.");
        }
    }

    fn count_request(&self) -> Result<(), Failed> {
        let max = self.egress.options.requests_max;
        if self.requests.fetch_add(1, Ordering::Relaxed) < max {
            return Ok(());
        }
        Err(Failed::new(Failure::Quota, format!("a call may make {max} requests")))
    }

    fn count_bytes(&self, bytes: usize) -> Result<(), Failed> {
        let max = self.egress.options.bytes_max;
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= max {
            return Ok(());
        }
        let why = format!("the requests and answers of a call may have {max} bytes");
        Err(Failed::new(Failure::Quota, why))
    }
}

/// A task that ends with its owner.
struct Owned<T>(tokio::task::JoinHandle<T>);

impl<T> Owned<T> {
    /// `None` if it panicked or its threads are gone.
    async fn join(mut self) -> Option<T> {
        (&mut self.0).await.ok()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
