//! The clients: each says the next text as soon as the last event of the turn before has come, for a while that is not
//! measured and one that is.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::redis::Redis;
use crate::server::Server;

/// Load before the measured time, so that caches are warm.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// No turn takes this long unless something is broken.
const TURN_MAX: Duration = Duration::from_secs(20);

/// One client's end.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// What is said, in turns, and how the last event of a turn is known.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) flow: &'static str,
    pub(crate) texts: [&'static str; 2],
    /// In the JSON of that event and of no other.
    pub(crate) last: &'static str,
}

/// How much, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) sessions: usize,
    pub(crate) measured: Duration,
}

/// What was measured.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Taken {
    pub(crate) sessions: usize,
    pub(crate) turns: usize,
    pub(crate) turns_per_second: f64,
    pub(crate) p50_us: u32,
    pub(crate) p99_us: u32,
    pub(crate) max_us: u32,
    /// Of the server.
    pub(crate) cpu_us_per_turn: f64,
    /// Of the Redis that it keeps its sessions in; 0 without one.
    pub(crate) redis_cpu_us_per_turn: f64,
    pub(crate) resident_kb_before: u64,
    pub(crate) resident_kb_after: u64,
}

/// Opens the sockets, loads the server and measures it.
pub(crate) async fn run(
    server: &Server,
    redis: Option<&Redis>,
    script: &'static Script,
    load: Load,
) -> Result<Taken> {
    let redis_cpu = || redis.map_or(Ok(Duration::ZERO), Redis::cpu);
    let resident_kb_before = server.resident_kb()?;
    let sockets = open(server, script, load.sessions).await?;
    let begun = Instant::now() + WARM_UP;
    let ended = begun + load.measured;
    let mut clients = JoinSet::new();
    for socket in sockets {
        clients.spawn(talk(socket, script, begun, ended));
    }
    tokio::time::sleep_until(begun.into()).await;
    let before = (server.cpu()?, redis_cpu()?);
    tokio::time::sleep_until(ended.into()).await;
    let spent = server.cpu()?.saturating_sub(before.0);
    let spent_by_redis = redis_cpu()?.saturating_sub(before.1);
    let resident_kb_after = server.resident_kb()?;
    let mut times = Vec::new();
    while let Some(client) = clients.join_next().await {
        times.append(&mut client.context("run a client")??);
    }
    let mut taken = taken(load, times)?;
    let turns = taken.turns as f64;
    taken.cpu_us_per_turn = spent.as_secs_f64() * 1e6 / turns;
    taken.redis_cpu_us_per_turn = spent_by_redis.as_secs_f64() * 1e6 / turns;
    (taken.resident_kb_before, taken.resident_kb_after) = (resident_kb_before, resident_kb_after);
    Ok(taken)
}

/// What the microseconds of all turns come to.
pub(crate) fn taken(load: Load, mut times: Vec<u32>) -> Result<Taken> {
    ensure!(!times.is_empty(), "finish one turn in the measured time; take more `--seconds`");
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len() - 1);
        times.get(place).copied().unwrap_or(0)
    };
    Ok(Taken {
        sessions: load.sessions,
        turns: times.len(),
        turns_per_second: times.len() as f64 / load.measured.as_secs_f64(),
        p50_us: at(50),
        p99_us: at(99),
        max_us: at(100),
        cpu_us_per_turn: 0.0,
        redis_cpu_us_per_turn: 0.0,
        resident_kb_before: 0,
        resident_kb_after: 0,
    })
}

async fn open(server: &Server, script: &Script, sessions: usize) -> Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(sessions);
    for _ in 0..sessions {
        let session = match script.last {
            "" => String::new(),
            _ => server.begin(script.flow).await?,
        };
        sockets.push(dial(server, &session).await?);
    }
    Ok(sockets)
}

/// Connects to a session and waits until it is listened to; an echo asks for none.
pub(crate) async fn dial(server: &Server, session: &str) -> Result<Socket> {
    let stream = TcpStream::connect(server.address).await.context("connect")?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{}/ws?id={session}", server.address);
    let config = WebSocketConfig::default().read_buffer_size(4096);
    let dialled = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await;
    let mut socket = dialled.context("open a WebSocket")?.0;
    if !session.is_empty() {
        hear(&mut socket, "session.started").await?;
    }
    Ok(socket)
}

/// Says one text and waits for the end of its turn.
pub(crate) async fn say(socket: &mut Socket, script: &Script) -> Result<()> {
    // What the conversation began with comes first.
    hear(socket, script.last).await?;
    again(socket, script).await
}

/// The same on a socket that has heard all there was.
pub(crate) async fn again(socket: &mut Socket, script: &Script) -> Result<()> {
    let [text, _] = script.texts;
    let message = json!({ "type": "user.text", "text": text }).to_string();
    socket.send(Message::text(message)).await.context("send a text")?;
    hear(socket, script.last).await
}

/// Talks until the end and gives the microseconds of each turn that ended in the measured time.
async fn talk(
    mut socket: Socket,
    script: &Script,
    begun: Instant,
    ended: Instant,
) -> Result<Vec<u32>> {
    let texts = script.texts.map(|text| json!({ "type": "user.text", "text": text }).to_string());
    let mut times = Vec::new();
    for text in texts.iter().cycle() {
        let sent = Instant::now();
        if sent >= ended {
            break;
        }
        socket.send(Message::text(text.as_str())).await.context("send a text")?;
        hear(&mut socket, script.last).await?;
        let heard = Instant::now();
        if heard >= begun && heard < ended {
            times.push(u32::try_from((heard - sent).as_micros()).unwrap_or(u32::MAX));
        }
    }
    Ok(times)
}

/// Waits for an event whose JSON holds `last`.
async fn hear(socket: &mut Socket, last: &str) -> Result<()> {
    let heard = async {
        while let Some(message) = socket.next().await {
            if let Message::Text(text) = message.context("receive an event")? {
                ensure!(!text.contains(r#""type":"error""#), "go on after the answer `{text}`");
                if text.contains(last) {
                    return Ok(());
                }
            }
        }
        bail!("receive the end of a turn: the server closed the socket")
    };
    tokio::time::timeout(TURN_MAX, heard).await.context("receive the end of a turn in time")?
}
