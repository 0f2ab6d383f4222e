//! The command line: one file a command. It speaks to a person or, with `--json`, to a program; exit code 1 is for
//! findings and failures, 2 for wrong usage.

mod chat;
mod check;
mod flow;
mod nlu;
mod paint;
mod reading;
#[cfg(feature = "wasm")]
mod plugin;
#[cfg(feature = "wasm")]
mod compile;
mod replay;
mod serve;
mod test;
#[cfg(feature = "wasm")]
mod watch;
#[cfg(not(feature = "wasm"))]
#[path = "unwatched.rs"]
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Overrides, Settings};

/// Runs conversations in production: JSON flows, sandboxed tools, every event relayed.
#[derive(Debug, Parser)]
#[command(name = "cicerone", version, max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the host: REST, WebSocket and SSE on one port.
    Serve(serve::Serve),
    /// Check flow files and show every finding where it is.
    Check(check::Check),
    /// Play the conversations beside flows and show which do not go as expected.
    Test(test::Test),
    /// Draw a flow, or take one over from CSM.
    Flow(flow::Flow),
    /// Replay a conversation from its log, and show where a draft would have gone another way.
    Replay(replay::Replay),
    /// Talk to a flow in the terminal, in process or on a running host.
    Chat(chat::Chat),
    /// Look at how a flow understands texts.
    Nlu(nlu::Nlu),
    /// Compile one component for the host that asks for it.
    #[cfg(feature = "wasm")]
    #[command(hide = true)]
    CompileComponent(compile::CompileComponent),
    /// Make a plugin, build it, look at it, or call one of its tools.
    #[cfg(feature = "wasm")]
    Plugin(plugin::Plugin),
}

/// Folders and files that several commands need.
#[derive(Debug, Clone, Args)]
struct Places {
    /// Settings file [default: ./cicerone.toml, if it is there]
    #[arg(long, env = "CICERONE_CONFIG")]
    config: Option<PathBuf>,
    /// Folder with the flows, one JSON file each [default: flows]
    #[arg(long)]
    flows: Option<PathBuf>,
    /// Folder with the plugins, one folder each [default: plugins]
    #[arg(long)]
    plugins: Option<PathBuf>,
    /// Folder of the embedded store [default: data]
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Places {
    fn settings(self) -> anyhow::Result<Settings> {
        Ok(Settings::load(self.overrides())?)
    }

    fn overrides(self) -> Overrides {
        let Self { config, flows, plugins, data } = self;
        Overrides { config, flows, plugins, data, ..Overrides::default() }
    }
}

/// Reads the command line and does what it says.
#[must_use]
pub fn run() -> ExitCode {
    let line = Line::parse();
    let done = match line.command {
        Command::Serve(serve) => serve.run(),
        Command::Check(check) => check.run(),
        Command::Test(test) => test.run(),
        Command::Flow(flow) => flow.run(),
        Command::Replay(replay) => replay.run(),
        Command::Chat(chat) => chat.run(),
        Command::Nlu(nlu) => nlu.run(),
        #[cfg(feature = "wasm")]
        Command::CompileComponent(compile) => compile.run(),
        #[cfg(feature = "wasm")]
        Command::Plugin(plugin) => plugin.run(),
    };
    done.unwrap_or_else(|error| {
        paint::failure(&error);
        ExitCode::FAILURE
    })
}

/// The runtime that commands wait on.
fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
