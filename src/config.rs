//! Settings: `cicerone.toml`, then the environment, then the command line. It joins what the rooms offer and refuses
//! what nobody knows; secrets come from the environment only.

mod environment;
mod models;
mod publishing;
mod redis_table;
mod sandbox_table;
mod supply;
mod tokens;
mod tools;

pub use publishing::Publishing;
pub use redis_table::{Redis, Secret};
pub use sandbox_table::Sandbox;
pub use supply::{Changes, Supply};
pub use tokens::Tokens;
pub use tools::Tools;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::clock::Clock;
use crate::nlu::ModelServers;
use crate::rollout::{Guard, Odd};
use crate::secret::Secrets;
use crate::{api, link, runtime, tool};
use environment::Environment;

/// Where the settings are looked for when nobody says.
pub const DEFAULT_FILE: &str = "cicerone.toml";

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("read the settings in `{file}`")]
    Read {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file has a mistake; the source shows the line.
    #[error("understand the settings in `{file}`")]
    Parse {
        /// Which.
        file: PathBuf,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A time of `[redis]` that cannot be kept.
    #[error("use `{key}` of `[redis]`: it should be {expected}")]
    Times {
        /// Its key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A number of `[rollout]` that cannot be meant.
    #[error("use `[rollout]`: {0}")]
    Rollout(#[from] Odd),
    /// A variable of the environment cannot be meant.
    #[error("understand `{name}={value}` of the environment: it should be {expected}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The address of Redis is none.
    #[error("understand `{place}`: {why}")]
    Redis {
        /// Where it was given.
        place: &'static str,
        /// What is wrong with it, without the password.
        why: link::TargetError,
    },
}

/// `cicerone.toml` as written; every key may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// `[http]`
    pub http: Http,
    /// `[sessions]`
    pub sessions: Sessions,
    /// `[tools]`
    pub tools: Tools,
    /// `[sandbox]`
    pub sandbox: Sandbox,
    /// `[redis]`
    pub redis: Redis,
    /// `[grants.<plugin>]`: what the operator allows; same shape as a manifest's capabilities.
    pub grants: toml::Table,
    /// `[mcp.<name>]`: MCP servers as sources of tools.
    pub mcp: toml::Table,
    /// `[models.<name>]`: the servers of language models that flows may use.
    pub models: ModelServers,
    /// `[supply]`
    pub supply: Supply,
    /// `[tokens]`
    pub tokens: Tokens,
    /// `[publishing]`
    pub publishing: Publishing,
    /// `[rollout]`: what takes a version back that some sessions got first.
    pub rollout: Guard,
    /// Folder of the flows.
    pub flows: Option<PathBuf>,
    /// Folder of the plugins.
    pub plugins: Option<PathBuf>,
    /// Folder of the embedded store.
    pub data: Option<PathBuf>,
}

/// `[http]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address and port.
    pub listen: Option<SocketAddr>,
    /// Pages of other origins that may call; none by default.
    pub cors_origins: Vec<String>,
    /// Bytes of a request's body.
    pub body_bytes_max: Option<usize>,
    /// Bytes of one text.
    pub text_bytes_max: Option<usize>,
    /// What `ws_url` begins with, behind a proxy.
    pub public_ws_url: Option<String>,
}

/// `[sessions]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// Days without a turn after which a session is forgotten; 0 keeps it for ever.
    pub idle_days: Option<u64>,
    /// Sessions kept warm in memory.
    pub warm_max: Option<usize>,
    /// Inputs that may wait for one session's turn.
    pub mailbox_max: Option<usize>,
}

/// What the command line says; it wins over all else.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The settings file.
    pub config: Option<PathBuf>,
    /// Folder of the flows.
    pub flows: Option<PathBuf>,
    /// Folder of the plugins.
    pub plugins: Option<PathBuf>,
    /// Folder of the embedded store.
    pub data: Option<PathBuf>,
    /// Where Redis is.
    pub redis: Option<Secret>,
    /// Address and port.
    pub listen: Option<SocketAddr>,
}

/// Everything that a host needs to know to start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the flows.
    pub flows: PathBuf,
    /// Folder of the plugins.
    pub plugins: PathBuf,
    /// Folder of the embedded store, and of what a host keeps for itself.
    pub data: PathBuf,
    /// The Redis in which conversations are kept, if they are.
    pub redis: Option<link::Options>,
    /// The Redis through which workers get their jobs: the same, also where conversations are kept somewhere else.
    pub workers: Option<link::Options>,
    /// Address and port.
    pub listen: SocketAddr,
    /// A second port with the same routes (`WS_PORT`).
    pub ws_port: Option<u16>,
    /// The clock of conversations.
    pub clock: Clock,
    /// What plugins' random numbers follow from, in a replay.
    pub seed: Option<u64>,
    /// The api's limits and rights.
    pub api: api::Options,
    /// The runtime's limits.
    pub runtime: runtime::Options,
    /// What every tool is allowed.
    pub tool: tool::Options,
    /// How much sandboxed tools have together.
    pub sandbox: Sandbox,
    /// The file that was named; none is the default one.
    pub file: Option<PathBuf>,
    /// What each plugin is granted.
    pub grants: toml::Table,
    /// MCP servers that the operator names.
    pub mcp: toml::Table,
    /// The servers of language models that flows may use.
    pub models: ModelServers,
    /// Where plugins may come from, and what becomes of those that change.
    pub supply: Supply,
    /// The tokens of conversations that nobody stores.
    pub tokens: Tokens,
    /// How long the conversations beside a flow may take before it is published; none are played without time.
    pub tests: Duration,
    /// What takes a version back that some sessions got first.
    pub rollout: Guard,
    /// `CICERONE_SECRET_…` of the environment.
    pub secrets: Secrets,
    /// The binary that compiles components in a process of its own; none compiles in this one.
    pub compiler: Option<PathBuf>,
    /// Where compiled components are kept; none is below `data`.
    pub components: Option<PathBuf>,
}

impl Settings {
    /// Joins file, environment and command line.
    ///
    /// # Errors
    /// [`Error`], with file, line and key of the mistake.
    pub fn load(overrides: Overrides) -> Result<Self, Error> {
        let file = read(overrides.config.as_deref())?;
        let environment = Environment::read()?;
        let listen = overrides.listen.or_else(|| environment.listen(file.http.listen));
        let listen = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
        let either = |own: Option<PathBuf>, name: &str, file: Option<PathBuf>, default: &str| {
            let from_environment = || std::env::var_os(name).map(PathBuf::from);
            own.or_else(from_environment).or(file).unwrap_or_else(|| PathBuf::from(default))
        };
        let runtime = file.sessions.options(&file.redis);
        let redis = file.redis.options(overrides.redis)?;
        file.rollout.check()?;
        Ok(Self {
            flows: either(overrides.flows, "CICERONE_FLOWS", file.flows, "flows"),
            plugins: either(overrides.plugins, "CICERONE_PLUGINS", file.plugins, "plugins"),
            data: either(overrides.data, "CICERONE_DATA", file.data, "data"),
            listen,
            ws_port: environment.ws_port,
            clock: environment.clock,
            seed: environment.seed,
            api: file.http.options(listen),
            runtime,
            workers: redis.clone(),
            redis,
            tool: file.tools.options(),
            sandbox: file.sandbox,
            file: overrides.config,
            grants: file.grants,
            mcp: file.mcp,
            models: models::servers(file.models),
            supply: file.supply,
            tokens: file.tokens,
            tests: file.publishing.tests(),
            rollout: file.rollout,
            secrets: environment::secrets(),
            compiler: None,
            components: None,
        })
    }

    /// Whether a plugin, or what a server says of its tools, waits for the operator once it is another than it was.
    #[must_use]
    pub fn asks_about_changes(&self) -> bool {
        let asks = self.supply.changes.map(|changes| changes == Changes::Ask);
        asks.unwrap_or_else(|| !self.listen.ip().is_loopback())
    }
}

/// `[grants]` as the settings file has it now: it may have changed since the start.
///
/// # Errors
/// [`Error`], with file and line.
pub fn grants(file: Option<&Path>) -> Result<toml::Table, Error> {
    Ok(read(file)?.grants)
}

/// A named file must be there; the default one may be missing.
fn read(named: Option<&Path>) -> Result<File, Error> {
    let file = named.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(File::default());
        }
        Err(source) => return Err(Error::Read { file: file.to_owned(), source }),
    };
    toml::from_str(&text).map_err(|mut source: toml::de::Error| {
        // The line that the source would show may be that of a URL with a password.
        if text.contains("://") && text.contains('@') {
            source.set_input(None);
        }
        Error::Parse { file: file.to_owned(), source: Box::new(source) }
    })
}

impl Http {
    fn options(&self, listen: SocketAddr) -> api::Options {
        let default = api::Options::default();
        api::Options {
            body_bytes_max: self.body_bytes_max.unwrap_or(default.body_bytes_max),
            text_bytes_max: self.text_bytes_max.unwrap_or(default.text_bytes_max),
            cors_origins: self.cors_origins.clone(),
            public_ws_url: self.public_ws_url.clone(),
            admin: listen.ip().is_loopback(),
            ..default
        }
    }
}

impl Sessions {
    fn options(&self, redis: &Redis) -> runtime::Options {
        let default = runtime::Options::default();
        let day = Duration::from_secs(24 * 60 * 60);
        let days = |days: u64| u32::try_from(days).unwrap_or(u32::MAX);
        runtime::Options {
            idle_ttl: match self.idle_days {
                None => default.idle_ttl,
                Some(0) => None,
                Some(count) => Some(day.saturating_mul(days(count))),
            },
            warm_max: self.warm_max.unwrap_or(default.warm_max),
            mailbox_max: self.mailbox_max.unwrap_or(default.mailbox_max),
            lease: redis.lease_ms.map_or(default.lease, Duration::from_millis),
            ..default
        }
    }
}
