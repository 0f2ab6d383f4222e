//! Sees to it that a server is there: starts it, asks what its tools are and asks again when it says that they are
//! others, and starts it again when it ended, hangs or floods, after a wait that grows while nothing helps.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{ClientRequest, PaginatedRequestParams, PingRequest};
use rmcp::{Peer, RoleClient};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tracing::{debug, info, warn};

use super::define::{self, Definition, TOOLS_MAX};
use super::pin::Pin;
use super::remote;
use super::rights::Reach;
use super::state::{Link, Server, State};
use super::{child, handler};

/// The first wait before a server is started again; it doubles.
const WAIT: Duration = Duration::from_millis(250);

/// The longest.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A server that was there for so long was well.
const STEADY: Duration = Duration::from_secs(30);

/// How long a server that is in doubt may take to say that it lives.
const PING: Duration = Duration::from_secs(10);

/// Between two looks at its tools, however often it says that they are others.
const PAUSE: Duration = Duration::from_secs(1);

/// Pages of a list of tools.
const PAGES_MAX: usize = 16;

/// What is known of its tools, and who wants to know.
pub(super) enum Told {
    /// The author says it; the server is started when it is wanted.
    Declared(BTreeSet<String>),
    /// The server says it.
    Whole { pin: Pin, changed: Arc<dyn Fn() + Send + Sync> },
}

/// What a connection consists of.
pub(super) struct Connection {
    pub(super) running: handler::Running,
    pub(super) link: Link,
    /// None of a server that we did not start.
    pub(super) child: Option<child::Child>,
}

/// Runs until the server is to be stopped.
pub(super) async fn keep(server: Arc<Server>, told: Told) {
    let lazy = matches!(told, Told::Declared(_)) || server.facts.unset.is_some();
    let mut wait = WAIT;
    loop {
        if lazy && !unless_stopped(&server, server.wanted.notified()).await {
            break;
        }
        let began = Instant::now();
        let Err(why) = one(&server, &told).await else { break };
        wait = if began.elapsed() > STEADY { WAIT } else { wait };
        server.set(State::Down(Instant::now() + wait));
        let (plugin, wait_ms) = (&server.facts.plugin, wait.as_millis());
        warn!(plugin, why, wait_ms, "A tool server is not there; it will be started again.");
        if !unless_stopped(&server, tokio::time::sleep(wait)).await {
            break;
        }
        wait = (wait * 2).min(WAIT_MAX);
    }
    server.set(State::Stopped);
}

/// Waits; false if the server is to be stopped meanwhile.
async fn unless_stopped(server: &Server, wait: impl Future<Output = ()>) -> bool {
    tokio::select! {
        () = server.stopping().cancelled() => false,
        () = wait => true,
    }
}

/// One connection from its beginning to its end; why it ended, if nobody wanted that.
async fn one(server: &Server, told: &Told) -> Result<(), String> {
    server.set(State::Starting);
    let start = timeout(server.facts.start_timeout, begin(server, told));
    let connection = tokio::select! {
        () = server.stopping().cancelled() => return Ok(()),
        started = start => match started {
            Ok(started) => started?,
            Err(_elapsed) => {
                return Err(format!(
                    "it did not say what its tools are within {} s (`start_timeout`)",
                    server.facts.start_timeout.as_secs()
                ));
            }
        }
    };
    info!(plugin = server.facts.plugin, "A tool server is there.");
    server.set(State::Up(connection.link.clone()));
    attend(server, told, connection).await
}

async fn begin(server: &Server, told: &Told) -> Result<Connection, String> {
    let connection = match &server.facts.reach {
        Reach::Child(launch) => child::connect(&server.facts, launch).await?,
        Reach::Remote(remote) => remote::connect(&server.facts, remote).await?,
    };
    server.forget_heard();
    // A child that ends while it is asked says why on its way out.
    let asked = look(server, told, &connection.link.peer).await;
    asked.map_err(|why| connection.explained(why))?;
    Ok(connection)
}

/// Until the connection ends or is to end.
async fn attend(server: &Server, told: &Told, connection: Connection) -> Result<(), String> {
    let Connection { running, link, mut child } = connection;
    let changed = running.changed();
    let (close, ended) = running.split();
    let why = loop {
        tokio::select! {
            () = server.stopping().cancelled() => break None,
            () = ended.clone() => break Some("the connection ended".to_owned()),
            status = child::ended(child.as_mut()) => break Some(format!("it ended ({status})")),
            looked = looks(server, told, &link.peer, &changed) => if let Err(why) = looked {
                break Some(why);
            }
        }
    };
    // From here on nobody gets this connection.
    server.set(if why.is_some() { State::Starting } else { State::Stopped });
    close.cancel();
    let hint = child.as_ref().and_then(child::Child::last_words);
    if let Some(child) = child {
        child.stop(ended).await;
    } else {
        drop(timeout(child::PATIENCE, ended).await);
    }
    match why {
        None => Ok(()),
        Some(_) if link.is_flooded() => Err("it sent more than it may".to_owned()),
        Some(why) => Err(with(why, hint)),
    }
}

/// Waits until there is reason to look at it, and looks.
async fn looks(
    server: &Server,
    told: &Told,
    peer: &Peer<RoleClient>,
    changed: &Notify,
) -> Result<(), String> {
    tokio::select! {
        () = changed.notified() => {}
        () = server.doubted.notified() => return lives(peer).await,
    }
    match timeout(server.facts.start_timeout, look(server, told, peer)).await {
        Ok(looked) => looked?,
        Err(_elapsed) => return Err("it does not say what its tools are".to_owned()),
    }
    // What it says meanwhile is looked at once, afterwards.
    tokio::time::sleep(PAUSE).await;
    Ok(())
}

impl Connection {
    /// With what the child said last.
    fn explained(&self, why: String) -> String {
        with(why, self.child.as_ref().and_then(child::Child::last_words))
    }
}

fn with(why: String, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{why}; it said: {hint}"),
        None => why,
    }
}

async fn lives(peer: &Peer<RoleClient>) -> Result<(), String> {
    let ping = peer.send_request(ClientRequest::PingRequest(PingRequest::default()));
    match timeout(PING, ping).await {
        // Whoever refuses a ping answers.
        Ok(Ok(_) | Err(rmcp::ServiceError::McpError(_))) => Ok(()),
        Ok(Err(_)) | Err(_) => Err("it does not answer any more".to_owned()),
    }
}

/// Asks what its tools are and takes notice.
async fn look(server: &Server, told: &Told, peer: &Peer<RoleClient>) -> Result<(), String> {
    let plugin = &server.facts.plugin;
    let listed = list(peer).await?;
    let listed = define::definitions(listed);
    if !server.hears(&listed) {
        return Ok(());
    }
    let (definitions, left_out) = listed;
    for (tool, why) in left_out {
        warn!(plugin, tool, why, "A tool of a server is left out.");
    }
    match told {
        Told::Declared(names) => {
            let there: BTreeSet<&str> = definitions.iter().map(|tool| tool.name.as_str()).collect();
            for tool in names.iter().filter(|name| !there.contains(name.as_str())) {
                warn!(
                    plugin,
                    tool, "A tool server does not have a tool that plugin.toml declares."
                );
            }
        }
        Told::Whole { pin, changed } => {
            let agreed: Vec<Definition> = pin.agree(definitions).await;
            debug!(plugin, tools = agreed.len(), "A tool server has said what its tools are.");
            if server.learn(Some(agreed)) {
                changed();
            }
        }
    }
    Ok(())
}

/// All pages of the list.
async fn list(peer: &Peer<RoleClient>) -> Result<Vec<rmcp::model::Tool>, String> {
    let mut tools = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let page = peer.list_tools(Some(PaginatedRequestParams::default().with_cursor(cursor)));
        let page = page.await.map_err(|error| handler::told(&error))?;
        tools.extend(page.tools);
        cursor = page.next_cursor;
        if cursor.is_none() || tools.len() > TOOLS_MAX {
            break;
        }
    }
    Ok(tools)
}
