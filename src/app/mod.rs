//! Joins the rooms into a host: opens the store, loads plugins and flows, starts the runtime, and stops all of it in
//! the right order. It is the only place that knows every room.

mod cast;
mod hearing;
mod plugins;
mod lock;
mod accept;
mod own;
mod rehearse;
mod tokens;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(not(feature = "mcp"))]
#[path = "no_mcp.rs"]
mod mcp;
#[cfg(feature = "wasm")]
mod sandbox;

pub use cast::Cast;

use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;

pub use accept::{Accepted, Origin, accept};
pub use lock::Pin;
pub use rehearse::fits;

use crate::api;
use crate::bus::Bus;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::config::Settings;
use crate::event::Timestamp;
use crate::flow::Offers;
use crate::link::Link;
use crate::nlu::{Classifier, Joined, Models};
use crate::reload::{self, Reload};
use crate::runtime::{self, Runtime};
use crate::store::Store;
use crate::tool::{Desk, Registry};

/// What the plugins of a checkout offer, without a host: for checking flows against them.
///
/// # Errors
/// When the folder of plugins cannot be read or there is no place to run them.
pub async fn offers(settings: &Settings) -> anyhow::Result<Arc<Offers>> {
    let tools = Arc::new(Registry::new(settings.tool.clone()));
    let components = components(settings, None)?;
    let shelf = plugins::Shelf::new(settings, components, None, lock::Lock::none())?;
    shelf.load_all(&tools, settings.clock.now()).await?;
    Ok(tools.offers())
}

/// What loads components, in a host that has a sandbox for them.
#[cfg(feature = "wasm")]
fn components(settings: &Settings, store: Option<&Store>) -> anyhow::Result<Components> {
    sandbox::components(settings, store).map(Some)
}

#[cfg(not(feature = "wasm"))]
#[expect(clippy::unnecessary_wraps, reason = "as with a sandbox")]
fn components(_settings: &Settings, _store: Option<&Store>) -> anyhow::Result<Components> {
    Ok(None)
}

type Components = Option<plugins::LoadComponent>;

/// The same with data in memory, and what forgets it.
#[cfg(feature = "wasm")]
fn forgetful(settings: &Settings) -> anyhow::Result<(Components, cast::Forget)> {
    sandbox::forgetful(settings).map(|(load, forget)| (Some(load), forget))
}

#[cfg(not(feature = "wasm"))]
#[expect(clippy::unnecessary_wraps, reason = "as with a sandbox")]
fn forgetful(_settings: &Settings) -> anyhow::Result<(Components, cast::Forget)> {
    Ok((None, Box::new(|| {})))
}

/// A plugin of a checkout with what the operator grants it, without a host: for looking at it and trying it. Its data
/// is kept in memory.
///
/// # Errors
/// When it does not load, with what to do about it.
#[cfg(feature = "wasm")]
pub async fn plugin(
    settings: &Settings,
    folder: &std::path::Path,
) -> anyhow::Result<crate::plugin::Plugin> {
    sandbox::load_alone(settings, folder).await
}

/// The same as if everything were granted that it asks for: for looking at it.
///
/// # Errors
/// When it does not load, with what to do about it.
#[cfg(feature = "wasm")]
pub async fn ungranted_plugin(
    settings: &Settings,
    folder: &std::path::Path,
) -> anyhow::Result<crate::plugin::Plugin> {
    sandbox::load_ungranted(settings, folder).await
}

/// A plugin of a checkout whose tools run somewhere else, without a host.
#[derive(Debug)]
pub struct Elsewhere {
    /// Its name.
    pub name: String,
    /// As its author says it.
    pub version: String,
    /// SHA-256 of its `plugin.toml`, hex.
    pub digest: String,
    /// They alone.
    pub tools: Registry,
}

/// The same for a plugin whose tools run somewhere else; none when it is a component.
///
/// # Errors
/// When it does not load, with what to do about it.
pub async fn elsewhere(
    settings: &Settings,
    folder: &std::path::Path,
) -> anyhow::Result<Option<Elsewhere>> {
    let Some(package) = plugins::load_alone(settings, folder).await? else { return Ok(None) };
    let tools = Registry::new(settings.tool.clone()).with_clock(settings.clock);
    (package.put)(&tools)?;
    let plugins::Package { name, version, digest, .. } = package;
    Ok(Some(Elsewhere { name, version, digest, tools }))
}

/// The store that the settings name, the bus on which all hosts of it are heard, and the way to Redis if it is there.
async fn open_store(settings: &Settings) -> anyhow::Result<(Store, Bus, Option<Link>)> {
    let Some(options) = &settings.redis else {
        return Ok((Store::open(&settings.data).await?, Bus::local(), None));
    };
    // What a host keeps for itself lies there all the same.
    let data = &settings.data;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).with_context(|| {
        format!("make the folder `{}`; choose another with `--data`", data.display())
    })?;
    let link = Link::open(options.clone()).await?;
    let place = options.target.to_string();
    tracing::info!(place, prefix = options.prefix, "Conversations are kept in Redis.");
    Ok((Store::redis(link.clone()).await?, Bus::redis(link.clone()), Some(link)))
}

/// Where the answers of workers arrive: at the Redis of the conversations, or without one at that of the workers, which
/// may be away.
async fn desk(settings: &Settings, link: Option<Link>) -> Option<Desk> {
    if let Some(link) = link {
        return Some(Desk::open(link));
    }
    match Link::open(settings.workers.clone()?).await {
        Ok(link) => Some(Desk::open(link)),
        Err(error) => {
            tracing::warn!(%error, "Tools of workers cannot be called.");
            None
        }
    }
}

/// A stored conversation once more, without a host.
///
/// # Errors
/// When the store cannot be opened, or [`runtime::Error`].
pub async fn replay(
    settings: &Settings,
    session: &crate::event::SessionId,
    asked: &runtime::Again,
) -> anyhow::Result<runtime::Once> {
    let (store, _, _) = open_store(settings).await?;
    let catalog = Catalog::new(store.clone(), Offers::default());
    let once = runtime::again(&store, &catalog, session, asked).await;
    store.close().await.context("close the store")?;
    Ok(once?)
}

/// How often it is looked whether somebody still listens to a host that stops.
const HUSH_POLL: Duration = Duration::from_millis(10);

/// A running host.
#[derive(Debug)]
pub struct App {
    store: Store,
    bus: Bus,
    catalog: Arc<Catalog>,
    tools: Arc<Registry>,
    classifier: Classifier,
    runtime: Runtime,
    reload: Reload,
    /// None where nothing is asked about.
    accepting: Option<lock::Following>,
    shelf: Arc<plugins::Shelf>,
    api: api::Options,
    started_at: Timestamp,
    sockets: api::Sockets,
    tokens: Option<api::Tokens>,
}

impl App {
    /// Starts everything but the network.
    ///
    /// # Errors
    /// What could not be opened or read, with what to do about it.
    pub async fn start(settings: &Settings) -> anyhow::Result<Self> {
        if let Clock::Frozen(at) = settings.clock {
            tracing::warn!(%at, "The clock of conversations is frozen by CICERONE_TEST_CLOCK.");
        }
        if settings.seed.is_some() {
            tracing::warn!("Plugins' random numbers can be foretold, by CICERONE_TEST_SEED.");
        }
        let (store, bus, link) = open_store(settings).await?;
        let clock = settings.clock;
        let tools = Arc::new(Registry::new(settings.tool.clone()).with_clock(clock));
        let components = components(settings, Some(&store))?;
        let desk = desk(settings, link).await;
        let lock = lock::Lock::of(settings);
        let shelf = plugins::Shelf::new(settings, components, desk, lock.clone())?;
        let plugins = Some(shelf.load_all(&tools, clock.now()).await?);
        let models = Models::open(settings.models.clone(), &settings.secrets)?;
        let hearing = Arc::new(hearing::Hearing(Arc::clone(&tools)));
        let joined = Joined::new(models).with_plugins(hearing);
        let classifier = Classifier::Joined(Arc::new(joined));
        let trial = rehearse::trial(&classifier, settings.tests);
        let catalog = Catalog::new(store.clone(), tools.offers()).teaching(classifier.clone());
        let catalog = Arc::new(catalog);
        let reload = Reload::start(reload::Parts {
            options: reload::Options {
                agreed: Some(settings.data.join(agreed_with(settings))),
                ..reload::Options::new(
                    settings.flows.clone(),
                    Some(settings.plugins.clone()).filter(|folder| folder.is_dir()),
                )
            },
            catalog: Arc::clone(&catalog),
            bus: bus.clone(),
            clock,
            plugins,
            trial,
            guard: settings.rollout,
        })
        .await?;
        shelf.servers().tell(Box::new(reload.touch()));
        let accepting = lock.follow(reload.touch());
        let runtime = Runtime::start(runtime::Parts {
            store: store.clone(),
            bus: bus.clone(),
            catalog: Arc::clone(&catalog),
            classifier: classifier.clone(),
            tools: Arc::clone(&tools),
            clock,
            options: settings.runtime.clone(),
        })
        .await?;
        let (api, started_at) = (settings.api.clone(), Clock::System.now());
        let sockets = api::Sockets::default();
        Ok(Self {
            store,
            bus,
            catalog,
            tools,
            classifier,
            runtime,
            reload,
            accepting,
            shelf,
            api,
            started_at,
            sockets,
            tokens: tokens::tokens(settings)?,
        })
    }

    /// The routes of this host.
    pub fn router(&self) -> Router {
        api::router(api::Parts {
            runtime: self.runtime.clone(),
            catalog: Arc::clone(&self.catalog),
            tools: Arc::clone(&self.tools),
            bus: self.bus.clone(),
            store: self.store.clone(),
            options: self.api.clone(),
            started_at: self.started_at,
            sockets: self.sockets.clone(),
            classifier: self.classifier.clone(),
            plugins: self.reload.plugins(),
            tokens: self.tokens.clone(),
            flows: self.reload.flows(),
        })
    }

    /// The conversations.
    #[must_use]
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The flows.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The tools.
    #[must_use]
    pub const fn tools(&self) -> &Arc<Registry> {
        &self.tools
    }

    /// Tells every listener that nothing more will come, and waits until they have told their clients.
    pub async fn hush(&self, patience: Duration) {
        self.bus.close();
        let listening = async {
            while self.bus.listeners() > 0 {
                tokio::time::sleep(HUSH_POLL).await;
            }
        };
        if tokio::time::timeout(patience, listening).await.is_err() {
            tracing::warn!("Some clients were not told in time that the host stops.");
        }
    }

    /// Stops following files and closes the store; the runtime has been shut down before.
    ///
    /// # Errors
    /// When the store cannot write what it still has.
    pub async fn stop(self) -> anyhow::Result<()> {
        drop(self.accepting);
        drop(self.reload);
        self.shelf.servers().close().await;
        self.store.close().await.context("close the store")
    }
}

/// The file that notes which flow files are current, of its own for each kind of store, so that a host may go to the other
/// and back.
const fn agreed_with(settings: &Settings) -> &'static str {
    if settings.redis.is_some() { "flows-agreed-redis.json" } else { "flows-agreed.json" }
}
