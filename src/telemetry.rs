//! Where log lines go: to standard error, as text for people or as JSON for machines. It never logs what a person
//! wrote.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Turns logging on; `CICERONE_LOG` takes a filter such as `info,cicerone::runtime=debug`, `CICERONE_LOG_FORMAT=json`
/// the form for machines.
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_env("CICERONE_LOG").unwrap_or_else(|_unset| {
        EnvFilter::new(format!("{default},wasmtime=warn,cranelift=warn,rmcp=error"))
    });
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match std::env::var("CICERONE_LOG_FORMAT").as_deref() {
        Ok("json") => lines.json().flatten_event(true).try_init(),
        _ => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "Logging was on already.");
    }
}
