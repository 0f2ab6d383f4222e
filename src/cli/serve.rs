//! `cicerone serve`: starts the host and stops it gracefully.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Args;
use owo_colors::OwoColorize;
use tokio::net::TcpListener;

use super::watch::Watch;
use super::{Places, paint};
use crate::app::App;
use crate::config::{Overrides, Secret, Settings};
use crate::telemetry;

/// After the last turn has committed, how long connections get to close.
const CLOSING: Duration = Duration::from_secs(5);

/// Start the host: REST, WebSocket and SSE on one port.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    places: Places,
    /// Keep conversations in Redis, so that several hosts are one: `redis://user:password@host:6379`, `rediss://…`,
    /// `redis+sentinel://host,host/NAME`, `redis+cluster://host,host`; `REDIS_URL` says it where no list of processes
    /// shows the password
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Address and port [default: 127.0.0.1:3000]
    #[arg(long)]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    watch: Watch,
}

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start("info");
        let overrides = self.places.overrides();
        let redis = self.redis.map(Secret);
        let overrides = Overrides { listen: self.listen, redis, ..overrides };
        let settings = self.watch.settle(Settings::load(overrides)?);
        // Compiling takes hundreds of megabytes for some languages, which a host that serves should not have.
        let settings = Settings { compiler: own_binary(), ..settings };
        super::wait_for(serve(settings, self.watch))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The one that runs, also when its file was replaced meanwhile.
fn own_binary() -> Option<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Some(running) } else { std::env::current_exe().ok() }
}

async fn serve(settings: Settings, watch: Watch) -> anyhow::Result<()> {
    // The port first: it is the mistake that is cheapest to find.
    let main = bind(settings.listen).await?;
    let second = match settings.ws_port {
        Some(port) => Some(bind(SocketAddr::new(settings.listen.ip(), port)).await?),
        None => None,
    };
    let app = App::start(&settings).await?;
    // Before anybody knows that the host is there.
    let _builds = watch.begin(&settings)?;
    greet(&app, main.local_addr()?);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut servers = tokio::task::JoinSet::new();
    for listener in [Some(main), second].into_iter().flatten() {
        servers.spawn(listen(listener, app.router(), stopped.clone()));
    }
    asked_to_stop().await?;
    tracing::info!("The host is stopping: no more input, running turns commit.");
    app.runtime().shutdown().await;
    stop.send_replace(true);
    app.hush(CLOSING).await;
    let closed = tokio::time::timeout(CLOSING, async {
        while let Some(server) = servers.join_next().await {
            server??;
        }
        anyhow::Ok(())
    });
    match closed.await {
        Ok(done) => done?,
        Err(_elapsed) => tracing::warn!("Some connections did not close in time."),
    }
    app.stop().await?;
    tracing::info!("The host has stopped.");
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("listen on {address}; choose another with `--listen 127.0.0.1:PORT` or `PORT=…`")
    })
}

async fn listen(
    listener: TcpListener,
    router: Router,
    mut stopped: tokio::sync::watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let stop = async move {
        if let Err(error) = stopped.wait_for(|stopped| *stopped).await {
            tracing::debug!(%error, "Whoever stops the host has gone.");
        }
    };
    let served = axum::serve(listener, router).with_graceful_shutdown(stop).into_future();
    served.await.context("serve connections")
}

async fn asked_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("listen for Ctrl-C")?,
    }
    Ok(())
}

fn greet(app: &App, address: SocketAddr) {
    let flows: Vec<String> =
        app.catalog().current().linked.iter().map(|flow| flow.id.to_string()).collect();
    let or_none = |names: Vec<String>| {
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    paint::line(format_args!("{} http://{address}", "cicerone".bold().cyan()));
    paint::line(format_args!("  {} {}", "flows  ".dimmed(), or_none(flows)));
    paint::line(format_args!(
        "  {} {}",
        "plugins".dimmed(),
        or_none(app.tools().offers().plugins().into_iter().collect())
    ));
    tracing::info!(%address, "The host is listening.");
}
