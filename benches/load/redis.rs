//! A Redis under measurement, and what the commit's script alone takes there: as many loops as there are conversations, each
//! storing a real turn again and again over one connection, with nothing around it.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use cicerone::event::{Encoded, SessionId, Timestamp};
use cicerone::link::{Link, Options};
use cicerone::store::{Commit, News, Store, Stored, Summary};
use tokio::task::JoinSet;

use crate::client::{Load, Taken, WARM_UP, taken};
use crate::server::cpu_of;

/// How long a server may take to start.
const START_MAX: Duration = Duration::from_secs(10);

/// A server of our own, without a disk: what is left is the script and the network.
#[derive(Debug)]
pub(crate) struct Redis {
    child: Child,
    port: u16,
    _home: tempfile::TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Result<Self> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let home = tempfile::tempdir()?;
        let mut command = Command::new("redis-server");
        command.args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port"]);
        command.arg(port.to_string()).current_dir(home.path()).stdout(Stdio::null());
        let child = command.spawn().context("start `redis-server`; `cargo xtask test` gets it")?;
        let redis = Self { child, port, _home: home };
        let begun = Instant::now();
        while let Err(error) = redis.link("probe").await {
            if begun.elapsed() > START_MAX {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// CPU time so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu_of(self.child.id())
    }

    async fn link(&self, prefix: &str) -> Result<Link> {
        let options = Options::new(self.url().parse()?);
        Ok(Link::open(Options { prefix: prefix.to_owned(), ..options }).await?)
    }

    /// Stores the last turn of this session, made by a host, again and again for new sessions.
    pub(crate) async fn bare(&self, like: &str, load: Load) -> Result<Taken> {
        let host = Store::redis(self.link("cicerone").await?).await?;
        let id = SessionId::new(like)?;
        let Stored { seq, data, .. } = host.load(&id).await?.context("find the session")?;
        let log = host.events(&id, 0, 100).await?.context("find its log")?.events;
        let turn = log.last().context("find a turn in it")?.turn;
        let events = log.into_iter().filter(|event| event.turn == turn).collect();
        let model = Arc::new(Model { data, events, seq });
        let bare = Store::redis(self.link("bare").await?).await?;
        let begun = Instant::now() + WARM_UP;
        let mut loops = JoinSet::new();
        for number in 0..load.sessions {
            let (model, store) = (Arc::clone(&model), bare.clone());
            loops.spawn(async move { model.again(&store, number, begun, load.measured).await });
        }
        tokio::time::sleep_until(begun.into()).await;
        let before = self.cpu()?;
        tokio::time::sleep_until((begun + load.measured).into()).await;
        let spent = self.cpu()?.saturating_sub(before);
        let mut times = Vec::new();
        while let Some(ended) = loops.join_next().await {
            times.append(&mut ended.context("run a loop")??);
        }
        let mut taken = taken(load, times)?;
        taken.redis_cpu_us_per_turn = spent.as_secs_f64() * 1e6 / taken.turns as f64;
        Ok(taken)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It has nothing to save; an error means that it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A turn as a host stores it.
struct Model {
    data: Arc<str>,
    events: Vec<Encoded>,
    seq: u64,
}

impl Model {
    async fn again(
        &self,
        store: &Store,
        number: usize,
        begun: Instant,
        measured: Duration,
    ) -> Result<Vec<u32>> {
        let (mut seq, mut follows, mut times) = (0, None, Vec::new());
        loop {
            let sent = Instant::now();
            if sent >= begun + measured {
                return Ok(times);
            }
            let mut commit = self.commit(number, seq)?;
            commit.follows = follows;
            seq += commit.events.len() as u64;
            follows = Some(store.commit(commit).await?);
            let stored = Instant::now();
            if stored >= begun && stored < begun + measured {
                times.push(u32::try_from((stored - sent).as_micros()).unwrap_or(u32::MAX));
            }
        }
    }

    fn commit(&self, number: usize, expected: u64) -> Result<Commit> {
        let numbered = |(event, seq): (&Encoded, u64)| Encoded { seq, ..event.clone() };
        let now = Timestamp::from_millis(1_800_000_000_000);
        Ok(Commit {
            session: SessionId::new(&format!("bare-{}-{number}", self.seq))?,
            expected,
            follows: None,
            events: self.events.iter().zip(expected + 1..).map(numbered).collect(),
            data: Arc::clone(&self.data),
            due: None,
            summary: Summary {
                flow: "ping".into(),
                version: "0".repeat(64).as_str().into(),
                state: "Left".to_owned(),
                active: true,
                created_at: now,
                updated_at: now,
            },
            news: News { root: expected + 1, settled: true, last: false },
        })
    }
}
