//! The same for plugins whose tools run somewhere else: what they are, and one real call of one of them.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use owo_colors::OwoColorize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::Elsewhere;
use crate::cli::paint;
use crate::engine::{Call, Outcome};
use crate::tool::ToolReport;

pub(super) fn show(plugin: &Elsewhere, as_json: bool) {
    let Elsewhere { name, version, digest, tools } = plugin;
    let tools = tools.report();
    if as_json {
        let object = json!({ "name": name, "version": version, "digest": digest, "tools": tools });
        paint::line(object);
        return;
    }
    paint::line(format_args!("{} {version}", name.bold().cyan()));
    paint::line(format_args!("  {} sha256 {digest}", "digest".dimmed()));
    for tool in &tools {
        let again = if tool.repeatable { " (may be sent twice)" } else { "" };
        let (short, backend) = (short(tool, name), tool.backend);
        paint::line(format_args!("\n  {} {backend}{}", short.bold(), again.dimmed()));
        paint::line(format_args!("    {}", tool.description));
        paint::line(format_args!("    {} {}", "takes".dimmed(), tool.input_schema));
        if let Some(output) = &tool.output_schema {
            paint::line(format_args!("    {} {output}", "gives".dimmed()));
        }
    }
}

/// Makes the call that `of` gives for the tool's time.
pub(super) async fn call(
    plugin: &Elsewhere,
    tool: &str,
    of: impl FnOnce(Duration) -> Call,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let tools = plugin.tools.report();
    let Some(found) = tools.iter().find(|one| short(one, &plugin.name) == tool) else {
        let names: Vec<&str> = tools.iter().map(|one| short(one, &plugin.name)).collect();
        anyhow::bail!("find tool `{tool}`; the plugin has {}", names.join(", "));
    };
    let call = of(Duration::from_millis(found.limits.timeout_ms));
    let began = Instant::now();
    let outcome = plugin.tools.call(&call, &CancellationToken::new()).await;
    let took = began.elapsed();
    if as_json {
        paint::line(match &outcome {
            Outcome::Done(done) => json!({ "ok": true, "result": done.result, "say": done.say }),
            Outcome::Failed(error) => json!({ "ok": false, "error": error }),
        });
    } else {
        match &outcome {
            Outcome::Done(done) => {
                paint::line(format_args!("{} {:#}", "ok".green().bold(), done.result));
                done.say.iter().for_each(|text| paint::line(format_args!("says {text}")));
            }
            Outcome::Failed(error) => {
                let kind = error.kind.as_str();
                paint::line(format_args!("{} {kind}: {error}", "failed".red().bold()));
            }
        }
        paint::line(format!("  {took:.1?}").dimmed());
    }
    let done = matches!(outcome, Outcome::Done(_));
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The plugin's own name for the tool.
fn short<'a>(tool: &'a ToolReport, plugin: &str) -> &'a str {
    tool.name.strip_prefix(plugin).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&tool.name)
}
