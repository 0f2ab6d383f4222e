//! The bus between hosts that share a Redis: what this host commits reaches its own listeners at once, what others commit
//! comes over sharded subscriptions, one connection for all of them. A message that may have been lost is never searched
//! for here: whoever listens is told and reads the log. Publishing is the store's, in the same step as the commit.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use redis::{PushInfo, PushKind, Value};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tracing::{debug, info, warn};

use super::{Batch, Listener, Local, Shared};
use crate::event::SessionId;
use crate::link::{Connection, Failure, Link, Patience, Purpose};

/// Between two looks for subscriptions that nobody needs any more. A client that reconnects meanwhile finds its own.
const TIDY_EVERY: Duration = Duration::from_secs(2);

/// Between two attempts at a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Subscriptions that are asked for at the same time.
const TOGETHER_MAX: usize = 256;

/// Events of the host that may wait for Redis; with one more, it is left out.
const HOST_EVENTS_MAX: usize = 256;

/// Events of hosts that are kept for other systems.
const HOST_EVENTS_KEPT: u64 = 1000;

/// The bus over Redis. Clones share it.
#[derive(Debug, Clone)]
pub struct Redis {
    pub(super) local: Local,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    wanted: Arc<Wanted>,
    host_events: mpsc::Sender<Arc<str>>,
    tasks: Vec<JoinHandle<()>>,
}

/// Which sessions this host wants to hear of.
#[derive(Debug, Default)]
struct Wanted {
    state: Mutex<State>,
    more: Notify,
    broken: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Subscribed to, or about to be.
    subscribed: HashSet<SessionId>,
    /// Not asked for yet.
    new: Vec<SessionId>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Redis {
    pub(super) fn start(link: Link) -> Self {
        let (local, wanted) = (Local::default(), Arc::new(Wanted::default()));
        let (host_events, events) = mpsc::channel(HOST_EVENTS_MAX);
        let subscriber =
            Subscriber { link: link.clone(), local: local.clone(), wanted: Arc::clone(&wanted) };
        let tasks = vec![tokio::spawn(subscriber.run()), tokio::spawn(tell_others(link, events))];
        Self { local, inner: Arc::new(Inner { wanted, host_events, tasks }) }
    }

    pub(super) fn subscribe(&self, session: &SessionId) -> Listener {
        let listener = self.local.subscribe(session);
        self.inner.wanted.want(session);
        listener
    }

    pub(super) fn publish_host(&self, event: &Arc<str>) {
        self.local.publish_host(event);
        if self.inner.host_events.try_send(Arc::clone(event)).is_err() {
            warn!("An event of the host was not told to other systems: Redis does not keep up.");
        }
    }

    pub(super) fn close(&self) {
        self.local.close();
        self.inner.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Wanted {
    fn want(&self, session: &SessionId) {
        let mut state = self.lock();
        if state.subscribed.insert(session.clone()) {
            state.new.push(session.clone());
            self.more.notify_one();
        }
    }

    fn take_new(&self) -> Vec<SessionId> {
        std::mem::take(&mut self.lock().new)
    }

    /// Asks for everything again that somebody still listens to.
    fn renew(&self, local: &Local) {
        let mut state = self.lock();
        state.subscribed.retain(|session| local.is_listened(session));
        state.new = state.subscribed.iter().cloned().collect();
    }

    /// Asks for one again whose subscription the server ended, if somebody listens to it.
    fn ended(&self, session: &SessionId, local: &Local) {
        self.lock().subscribed.remove(session);
        if local.is_listened(session) {
            self.want(session);
        }
    }

    /// Takes out what nobody listens to any more.
    fn take_idle(&self, local: &Local) -> Vec<SessionId> {
        let mut state = self.lock();
        let is_idle = |session: &SessionId| !local.is_listened(session);
        let idle = state.subscribed.extract_if(is_idle).collect::<Vec<_>>();
        state.new.retain(|session| !idle.contains(session));
        idle
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one task that subscribes and unsubscribes, so that both happen in the order in which they were wished for.
struct Subscriber {
    link: Link,
    local: Local,
    wanted: Arc<Wanted>,
}

impl Subscriber {
    async fn run(self) {
        let mut told = false;
        loop {
            match self.link.connect(&Purpose::Listens(self.listener())).await {
                Ok(connection) => {
                    if std::mem::take(&mut told) {
                        info!("The events of other hosts come in again.");
                    }
                    self.wanted.renew(&self.local);
                    let served = self.serve(connection).await;
                    debug!("The connection for subscriptions ended.");
                    if let Err(error) = served {
                        debug!(%error, "A subscription failed.");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        warn!(%error, "The events of other hosts do not come in.");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Subscribes as wished until the connection breaks, or others are the masters of a Cluster.
    async fn serve(&self, mut connection: Connection) -> Result<(), redis::RedisError> {
        let mut tidy = tokio::time::interval(TIDY_EVERY);
        let masters = connection.masters().await?;
        // Whose masters changed while it connected may have subscribed at the one before, and missed what came first.
        let mut unsure = !masters.is_empty();
        tidy.tick().await;
        self.send(&mut connection, "SSUBSCRIBE", self.wanted.take_new()).await?;
        loop {
            tokio::select! {
                () = self.wanted.broken.notified() => return Ok(()),
                () = self.wanted.more.notified() => {
                    self.send(&mut connection, "SSUBSCRIBE", self.wanted.take_new()).await?;
                }
                _ = tidy.tick() => {
                    if std::mem::take(&mut unsure) {
                        self.wanted.renew(&self.local);
                    }
                    // New ones first: a wish whose word was lost with the last connection is among them.
                    self.send(&mut connection, "SSUBSCRIBE", self.wanted.take_new()).await?;
                    let idle = self.wanted.take_idle(&self.local);
                    self.send(&mut connection, "SUNSUBSCRIBE", idle).await?;
                    // A way that was cut without a word is noticed by nothing else: nobody may subscribe for long.
                    connection.ping().await?;
                    // A replica that has taken over does not tell those who subscribed at the master before, and what it
                    // publishes at first may not reach them.
                    if connection.masters().await? != masters {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Sends the command for each session; the answers come to the listener.
    async fn send(
        &self,
        connection: &mut Connection,
        command: &str,
        sessions: Vec<SessionId>,
    ) -> Result<(), redis::RedisError> {
        for some in sessions.chunks(TOGETHER_MAX) {
            let mut sent = FuturesUnordered::new();
            for session in some {
                let (mut connection, channel) =
                    (connection.clone(), self.link.keys().channel(session));
                sent.push(async move {
                    match &mut connection {
                        Connection::One(one) => {
                            redis::cmd(command).arg(channel).exec_async(one).await
                        }
                        Connection::Cluster(cluster) if command == "SSUBSCRIBE" => {
                            cluster.ssubscribe(channel).await
                        }
                        Connection::Cluster(cluster) => cluster.sunsubscribe(channel).await,
                    }
                });
            }
            while let Some(answer) = sent.next().await {
                answer?;
            }
        }
        Ok(())
    }

    /// What takes in what the server says. It holds nothing that holds the connection.
    fn listener(&self) -> crate::link::Listener {
        let (local, keys) = (self.local.clone(), self.link.keys().clone());
        let wanted: Weak<Wanted> = Arc::downgrade(&self.wanted);
        Arc::new(move |push: PushInfo| {
            let Some(wanted) = wanted.upgrade() else { return };
            if push.kind == PushKind::Disconnection {
                // A Cluster's connection comes back by itself, and confirms every subscription anew.
                wanted.broken.notify_one();
                return;
            }
            let mut data = push.data.into_iter();
            let session = data.next().and_then(text).and_then(|name| keys.session_of(&name));
            let Some(session) = session else { return };
            match (push.kind, data.next()) {
                (PushKind::SMessage, Some(Value::BulkString(payload))) => {
                    take(&local, &session, &payload);
                }
                // From here on nothing is missed; what was before may have been.
                (PushKind::SSubscribe, _) => local.missed(&session),
                (PushKind::SUnsubscribe, _) => wanted.ended(&session, &local),
                _ => {}
            }
        })
    }
}

/// Hands a published turn to the session's listeners, unless it is this host's own that they have already.
fn take(local: &Local, session: &SessionId, payload: &[u8]) {
    if !local.is_listened(session) || local.has_told(session, payload) {
        return;
    }
    match crate::link::read(payload) {
        Ok(turn) if turn.events.is_empty() => local.end(session),
        Ok(turn) => local.publish(&Shared::new(Batch {
            session: session.clone(),
            events: turn.events,
            root: turn.root,
            settled: turn.settled,
            last: turn.last,
        })),
        Err(error) => {
            warn!(%session, %error, "A published turn cannot be read; its listeners read the log.");
            local.missed(session);
        }
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

/// Keeps this host's own events where other systems find them.
async fn tell_others(link: Link, mut events: mpsc::Receiver<Arc<str>>) {
    let key = link.keys().of("hosts", "events");
    while let Some(event) = events.recv().await {
        let mut add = redis::cmd("XADD");
        add.arg(&key).arg("MAXLEN").arg("~").arg(HOST_EVENTS_KEPT).arg("*");
        add.arg("event").arg(&*event);
        let added: Result<Value, Failure> = link.call(&add, Patience::Untouched).await;
        if let Err(error) = added {
            warn!(%error, "An event of the host was not told to other systems.");
        }
    }
}
