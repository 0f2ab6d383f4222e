//! The way to Redis: one server, the master that Sentinels know, or a Cluster. It connects, checks at the start that
//! this Redis can hold conversations, names keys, and says of a failure whether trying again helps. What is stored or
//! told over it is the business of the rooms that use it.

mod batch;
mod check;
mod connection;
mod failure;
mod keys;
mod lane;
mod target;

pub use batch::{GONE, Published, opening, read};
pub use connection::{Connection, Listener, Purpose};
pub use failure::{Failure, Outcome};
pub use keys::{Keys, SCHEMA, shard};
pub use target::{Target, TargetError};

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use redis::{Cmd, FromRedisValue, RedisError, Value};
use tokio::time::Instant;

use connection::Connector;
use lane::Lane;

/// Between two attempts, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// Commands to a Cluster that are on their way together.
const TOGETHER_MAX: usize = 64;

/// Commands to a Cluster without an answer, one after the other, after which its connection is made anew.
const SILENT_MAX: u32 = 4;

/// What a link needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where Redis is and who we are to it.
    pub target: Target,
    /// A file with the certificates that may have signed the server's; those of the system otherwise.
    pub ca: Option<PathBuf>,
    /// What all keys begin with.
    pub prefix: String,
    /// How long one answer may take.
    pub timeout: Duration,
    /// How long a call may take with all its attempts.
    pub deadline: Duration,
    /// Turns that each shard keeps for readers of everything; 0 keeps none.
    pub firehose: u64,
    /// Turns that a session's log keeps at least; 0 keeps all.
    pub log: u64,
}

impl Options {
    /// The defaults with this place.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self {
            target,
            ca: None,
            prefix: "cicerone".to_owned(),
            timeout: Duration::from_secs(2),
            deadline: Duration::from_secs(5),
            firehose: 1000,
            log: 0,
        }
    }
}

/// Why Redis cannot be used, found at the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use the Redis at `{place}` (`--redis`, `REDIS_URL` or `url` in `[redis]`): {why}")]
pub struct OpenError {
    place: String,
    why: String,
}

/// How often a call may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Once.
    Once,
    /// Again while it is certain that nothing came of it.
    Untouched,
    /// Again until the deadline: doing it twice is doing it once.
    Deadline,
}

/// The way to Redis. Clones share it.
#[derive(Debug, Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    keys: Keys,
    connector: Arc<Connector>,
    lane: Lane,
    silent: AtomicU32,
    closed: AtomicBool,
}

impl Link {
    /// Connects, and checks that conversations can be kept there.
    ///
    /// # Errors
    /// What is wrong with the Redis or the settings, and what to do about it.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let place = options.target.to_string();
        let refused = |why| OpenError { place: place.clone(), why };
        check::prefix(&options.prefix).map_err(&refused)?;
        let ca = check::certificates(options.ca.as_deref()).await.map_err(&refused)?;
        if options.target.tls {
            // Somebody else in this process may have chosen before us, which is as well.
            drop(rustls::crypto::ring::default_provider().install_default());
        }
        let connector = Connector { target: options.target.clone(), ca, timeout: options.timeout };
        let connector = Arc::new(connector);
        let keys = Keys::new(&options.prefix);
        let (lane, silent, closed) = (Lane::here(), AtomicU32::new(0), AtomicBool::new(false));
        let inner = Inner { options, keys, connector, lane, silent, closed };
        let link = Self { inner: Arc::new(inner) };
        check::server(&link).await.map_err(&refused)?;
        Ok(link)
    }

    /// Why what is behind this link cannot be used after all.
    #[must_use]
    pub fn refused(&self, why: String) -> OpenError {
        OpenError { place: self.options().target.to_string(), why }
    }

    /// What it was opened with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// How keys are named.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Whether the keys are spread over a Cluster's nodes.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.inner.connector.target.is_cluster()
    }

    /// A connection for its caller alone, for commands that wait or for subscriptions. It is not made again when it
    /// breaks, except to a Cluster.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn connect(&self, purpose: &Purpose) -> Result<Connection, Failure> {
        let made = self.inner.connector.connect(purpose).await;
        made.map_err(|error| self.failure(&error))
    }

    /// Sends a command over the shared connection, again as patience allows.
    ///
    /// # Errors
    /// [`Failure`], at the latest when the deadline is over.
    pub async fn call<T: FromRedisValue>(
        &self,
        command: &Cmd,
        patience: Patience,
    ) -> Result<T, Failure> {
        self.attempts(patience, || self.send(command)).await
    }

    /// Sends commands that may go to different shards, together; the answers come in their order.
    ///
    /// # Errors
    /// As of [`Link::call`], if one of them fails.
    pub async fn calls<T: FromRedisValue>(
        &self,
        commands: &[Cmd],
        patience: Patience,
    ) -> Result<Vec<T>, Failure> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.attempts(patience, || self.send_all(commands)).await
    }

    /// Does it, again as patience allows.
    ///
    /// # Errors
    /// [`Failure`], at the latest when the deadline is over.
    pub async fn attempts<T, F>(
        &self,
        patience: Patience,
        attempt: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, RedisError>>,
    {
        let end = Instant::now() + self.inner.options.deadline;
        let mut pause = PAUSE_MIN;
        loop {
            let error = match tokio::time::timeout_at(end, attempt()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_elapsed) => std::io::Error::from(std::io::ErrorKind::TimedOut).into(),
            };
            let again = match Outcome::of(&error) {
                Outcome::Untouched => patience != Patience::Once,
                Outcome::Unknown => patience == Patience::Deadline,
                Outcome::Final => false,
            };
            let next = Instant::now() + jittered(pause);
            if !again || next >= end || self.is_closed() {
                return Err(self.failure(&error));
            }
            tracing::debug!(%error, "A command to Redis is sent again.");
            tokio::time::sleep_until(next).await;
            pause = PAUSE_MAX.min(pause * 2);
        }
    }

    /// Sends a command once.
    ///
    /// # Errors
    /// What the server or the connection says.
    pub async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let (number, mut connection) = self.connection().await?;
        fault!("redis.connected");
        let answer = command.query_async(&mut connection).await;
        fault!("redis.answered");
        self.look_at(number, &connection, answer)
    }

    async fn send_all<T: FromRedisValue>(&self, commands: &[Cmd]) -> Result<Vec<T>, RedisError> {
        let (number, mut connection) = self.connection().await?;
        let answers: Result<Vec<T>, RedisError> = match &mut connection {
            Connection::One(one) => {
                let mut pipeline = redis::Pipeline::with_capacity(commands.len());
                for command in commands {
                    pipeline.add_command(command.clone());
                }
                pipeline.query_async::<Vec<T>>(one).await
            }
            Connection::Cluster(cluster) => {
                let commands = commands.to_vec();
                let answers = futures_util::stream::iter(commands).map(|command| {
                    let mut cluster = cluster.clone();
                    async move { command.query_async(&mut cluster).await }
                });
                answers.buffered(TOGETHER_MAX).try_collect().await
            }
        };
        self.look_at(number, &connection, answers)
    }

    /// Sends a command once to every master.
    ///
    /// # Errors
    /// What the first that fails says.
    pub async fn send_to_masters(&self, command: &Cmd) -> Result<Vec<Value>, RedisError> {
        use redis::cluster_routing::{MultipleNodeRoutingInfo::AllMasters, RoutingInfo};

        let (number, mut connection) = self.connection().await?;
        let answers = match &mut connection {
            Connection::One(one) => command.query_async(one).await.map(|answer| vec![answer]),
            Connection::Cluster(cluster) => {
                let everywhere = RoutingInfo::MultiNode((AllMasters, None));
                let answers = cluster.route_command(command.clone(), everywhere).await;
                answers.and_then(Value::extract_error).map(|answers| match answers {
                    Value::Map(nodes) => nodes.into_iter().map(|(_, answer)| answer).collect(),
                    other => vec![other],
                })
            }
        };
        self.look_at(number, &connection, answers)
    }

    /// Lets go of the connection; who calls after that gets a failure.
    pub fn close(&self) {
        self.inner.closed.store(true, Ordering::Release);
        self.inner.lane.close();
    }

    fn is_closed(&self) -> bool {
        self.inner.closed.load(Ordering::Acquire)
    }

    async fn connection(&self) -> Result<(u64, Connection), RedisError> {
        if self.is_closed() {
            return Err(failure::closed());
        }
        self.inner.lane.connection(&self.inner.connector).await
    }

    /// A connection that broke, timed out or leads to what is no master any more is not used again. One to a Cluster finds
    /// the way back by itself, but not always: seen with a master that died, every command timed out from then on.
    fn look_at<T>(
        &self,
        number: u64,
        connection: &Connection,
        answer: Result<T, RedisError>,
    ) -> Result<T, RedisError> {
        let silent = &self.inner.silent;
        let is_lost = match (connection, &answer) {
            (Connection::One(_), Err(error)) => failure::is_of_the_connection(error),
            (Connection::Cluster(_), Err(error)) if error.is_timeout() => {
                silent.fetch_add(1, Ordering::Relaxed) + 1 >= SILENT_MAX
            }
            (Connection::Cluster(_), _) if silent.load(Ordering::Relaxed) > 0 => {
                silent.store(0, Ordering::Relaxed);
                false
            }
            (Connection::One(_) | Connection::Cluster(_), _) => false,
        };
        if is_lost {
            silent.store(0, Ordering::Relaxed);
            self.inner.lane.lost(number);
        }
        answer
    }

    fn failure(&self, error: &RedisError) -> Failure {
        Failure::new(error, &self.inner.connector.target, self.is_closed())
    }
}

/// Not all hosts that lost the same server come back to it at the same moment.
fn jittered(pause: Duration) -> Duration {
    let chance = getrandom::u32().unwrap_or(u32::MAX / 2);
    pause.mul_f64(0.5 + f64::from(chance) / f64::from(u32::MAX))
}
