//! Connections to whatever a [`Target`] names: a server, the master that Sentinels know, a Cluster. All speak RESP3.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind,
    IntoConnectionInfo, Pipeline, ProtocolVersion, PushInfo, RedisConnectionInfo, RedisError,
    RedisFuture, TlsCertificates, TlsMode, Value,
};

use super::target::{Kind, Login, Target};

/// Commands that wait for one connection; who comes with one more waits for room.
const QUEUE_MAX: usize = 1024;

/// What listens to what a server says unasked. It must not block.
pub type Listener = Arc<dyn Fn(PushInfo) + Send + Sync>;

/// What a connection is for.
#[derive(Clone)]
pub enum Purpose {
    /// Short commands of many callers.
    Turns,
    /// Commands that wait in the server, for this long at most.
    Waits(Duration),
    /// Subscriptions.
    Listens(Listener),
}

impl fmt::Debug for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turns => f.write_str("Turns"),
            Self::Waits(time) => f.debug_tuple("Waits").field(time).finish(),
            Self::Listens(_) => f.write_str("Listens"),
        }
    }
}

/// A connection that many share: their commands are pipelined. One to a server ends when it breaks; one to a Cluster
/// finds the way back by itself, and its subscriptions with it.
#[derive(Clone)]
pub enum Connection {
    /// To one server.
    One(MultiplexedConnection),
    /// To the nodes of a Cluster.
    Cluster(ClusterConnection),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One(_) => "One",
            Self::Cluster(_) => "Cluster",
        })
    }
}

impl Connection {
    /// Listens to a channel of a shard, once the server has confirmed it; only for [`Purpose::Listens`].
    ///
    /// # Errors
    /// What the server or the connection says.
    pub async fn subscribe(&mut self, channel: &str) -> Result<(), RedisError> {
        match self {
            Self::One(one) => redis::cmd("SSUBSCRIBE").arg(channel).exec_async(one).await,
            Self::Cluster(cluster) => cluster.ssubscribe(channel).await,
        }
    }

    /// Listens no longer.
    ///
    /// # Errors
    /// What the server or the connection says.
    pub async fn unsubscribe(&mut self, channel: &str) -> Result<(), RedisError> {
        match self {
            Self::One(one) => redis::cmd("SUNSUBSCRIBE").arg(channel).exec_async(one).await,
            Self::Cluster(cluster) => cluster.sunsubscribe(channel).await,
        }
    }
}

impl Connection {
    /// Whether the other end, or each of a Cluster's masters, still answers.
    ///
    /// # Errors
    /// When one does not.
    pub async fn ping(&mut self) -> Result<(), RedisError> {
        use redis::cluster_routing::{MultipleNodeRoutingInfo::AllMasters, RoutingInfo};

        let ping = redis::cmd("PING");
        match self {
            Self::One(one) => ping.exec_async(one).await,
            Self::Cluster(cluster) => {
                let everywhere = RoutingInfo::MultiNode((AllMasters, None));
                let answer = cluster.route_command(ping, everywhere).await;
                answer.and_then(Value::extract_error).map(drop)
            }
        }
    }

    /// Which of a Cluster's masters has which slots, as each of them sees it: while they are not of one mind, all that
    /// any of them says. Nothing of a single server.
    ///
    /// # Errors
    /// When one of them does not answer.
    pub async fn masters(&mut self) -> Result<BTreeSet<String>, RedisError> {
        use redis::cluster_routing::{MultipleNodeRoutingInfo::AllMasters, RoutingInfo};

        let Self::Cluster(cluster) = self else { return Ok(BTreeSet::new()) };
        let mut slots = redis::cmd("CLUSTER");
        slots.arg("SLOTS");
        let everywhere = RoutingInfo::MultiNode((AllMasters, None));
        let answer =
            cluster.route_command(slots, everywhere).await.and_then(Value::extract_error)?;
        let views: BTreeMap<String, Vec<Vec<Value>>> = redis::from_redis_value(answer)?;
        let rows: Vec<Vec<Value>> = views.into_values().flatten().collect();
        // First and last slot, and the master: address, port, name.
        let row = |row: &Vec<Value>| match row.as_slice() {
            [first, last, Value::Array(master), ..] => {
                format!("{first:?} {last:?} {:?}", master.get(2))
            }
            other => format!("{other:?}"),
        };
        Ok(rows.iter().map(row).collect())
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(one) => one.req_packed_command(cmd),
            Self::Cluster(cluster) => cluster.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(one) => one.req_packed_commands(pipeline, offset, count),
            Self::Cluster(cluster) => cluster.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(one) => one.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}

/// Makes connections.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) target: Target,
    /// Certificates of whoever may have signed the server's, PEM; `None` is those of the system.
    pub(super) ca: Option<Vec<u8>>,
    pub(super) timeout: Duration,
}

impl Connector {
    /// A new connection, made within the timeout, or twice that to a Cluster.
    pub(super) async fn connect(&self, purpose: &Purpose) -> Result<Connection, RedisError> {
        let made = async {
            match &self.target.kind {
                Kind::One => self.one(purpose).await.map(Connection::One),
                Kind::Sentinel { master, login } => {
                    self.through_sentinels(master, login, purpose).await.map(Connection::One)
                }
                Kind::Cluster => self.cluster(purpose).await.map(Connection::Cluster),
            }
        };
        // A Cluster is asked for its nodes, and then each of them is connected to.
        let time = if self.target.is_cluster() { self.timeout * 2 } else { self.timeout };
        match tokio::time::timeout(time, made).await {
            Ok(made) => made,
            Err(_elapsed) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        }
    }

    async fn one(&self, purpose: &Purpose) -> Result<MultiplexedConnection, RedisError> {
        let Some(node) = self.nodes().next() else { return Err(no_node()) };
        let node = self.info(node)?;
        let client = match self.certificates().filter(|_| self.target.tls) {
            Some(certificates) => Client::build_with_tls(node, certificates)?,
            None => Client::open(node)?,
        };
        client.get_multiplexed_async_connection_with_config(&self.config(purpose)).await
    }

    async fn through_sentinels(
        &self,
        master: &str,
        login: &Login,
        purpose: &Purpose,
    ) -> Result<MultiplexedConnection, RedisError> {
        let mut builder =
            SentinelClientBuilder::new(self.nodes(), master, SentinelServerType::Master)?
                .set_client_to_redis_db(self.target.database)
                .set_client_to_redis_protocol(ProtocolVersion::RESP3)
                .set_client_to_redis_tcp_settings(tcp())
                .set_client_to_sentinel_protocol(ProtocolVersion::RESP3);
        if self.target.tls {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
            if let Some(certificates) = self.certificates() {
                builder = builder
                    .set_client_to_redis_certificates(certificates.clone())
                    .set_client_to_sentinel_certificates(certificates);
            }
        }
        if let Some(user) = &self.target.login.user {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = &self.target.login.password {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(user) = &login.user {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = &login.password {
            builder = builder.set_client_to_sentinel_password(password);
        }
        builder.build()?.get_async_connection_with_config(&self.config(purpose)).await
    }

    async fn cluster(&self, purpose: &Purpose) -> Result<ClusterConnection, RedisError> {
        let nodes = self.nodes().map(|node| self.info(node)).collect::<Result<Vec<_>, _>>()?;
        let mut builder = ClusterClientBuilder::new(nodes)
            .use_protocol(ProtocolVersion::RESP3)
            .tcp_settings(tcp())
            // All nodes are waited for: one that says nothing must not use up the others' time.
            .connection_timeout(self.timeout / 2)
            .response_timeout(self.patience(purpose));
        if let Some(certificates) = self.certificates().filter(|_| self.target.tls) {
            builder = builder.certs(certificates);
        }
        if let Purpose::Listens(listener) = purpose {
            builder = builder.push_sender(pushes(listener));
        }
        builder.build()?.get_async_connection().await
    }

    fn nodes(&self) -> impl Iterator<Item = ConnectionAddr> {
        let tls = self.target.tls;
        self.target.nodes.clone().into_iter().map(move |(host, port)| {
            if tls {
                ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
            } else {
                ConnectionAddr::Tcp(host, port)
            }
        })
    }

    fn info(&self, node: ConnectionAddr) -> Result<ConnectionInfo, RedisError> {
        let Login { user, password } = &self.target.login;
        let mut settings = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_db(self.target.database);
        if let Some(user) = user {
            settings = settings.set_username(user);
        }
        if let Some(password) = password {
            settings = settings.set_password(password);
        }
        Ok(node.into_connection_info()?.set_redis_settings(settings).set_tcp_settings(tcp()))
    }

    fn config(&self, purpose: &Purpose) -> AsyncConnectionConfig {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.patience(purpose)))
            .set_pipeline_buffer_size(QUEUE_MAX);
        match purpose {
            Purpose::Listens(listener) => config.set_push_sender(pushes(listener)),
            Purpose::Turns | Purpose::Waits(_) => config,
        }
    }

    /// How long an answer may take.
    fn patience(&self, purpose: &Purpose) -> Duration {
        match purpose {
            Purpose::Turns | Purpose::Listens(_) => self.timeout,
            Purpose::Waits(time) => self.timeout.saturating_add(*time),
        }
    }

    fn certificates(&self) -> Option<TlsCertificates> {
        self.ca.clone().map(|ca| TlsCertificates { client_tls: None, root_cert: Some(ca) })
    }
}

fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

fn pushes(
    listener: &Listener,
) -> impl Fn(PushInfo) -> Result<(), std::convert::Infallible> + Send + Sync + 'static {
    let listener = Arc::clone(listener);
    move |info| {
        listener(info);
        Ok(())
    }
}

fn no_node() -> RedisError {
    (ErrorKind::InvalidClientConfig, "no address of Redis is given").into()
}
