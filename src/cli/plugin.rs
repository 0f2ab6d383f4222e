//! `cicerone plugin`: makes and builds a plugin, looks at it without a host, and calls one of its tools in the sandbox it
//! would have there, or where its tools are.

mod accept;
mod add;
mod ask;
mod elsewhere;
mod look;
mod make;
mod progress;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Places, paint};
use crate::app;
use crate::author::Tools;
use crate::clock::Clock;
use crate::config::Settings;
use crate::engine::Call;
use crate::event::{CallId, Map, ToolError};
use crate::flow::{self, Retry};
use crate::plugin::{self, Answer, CallReport, Failure, Request, ToolDef};
use crate::telemetry;
use crate::tool::Contract;

/// Make a plugin, build it, look at it, or call one of its tools.
#[derive(Debug, Args)]
pub(super) struct Plugin {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a folder with a new plugin that works and everything that it needs.
    New(make::New),
    /// Build the component of a plugin from its sources.
    Build(make::Build),
    /// Run the cases of a plugin's plugin.test.json in real sandboxes.
    Test(trial::Test),
    /// Show a plugin's tools, what it asks for, its limits and its digest.
    Inspect(look::Inspect),
    /// Call one tool, a component's in a fresh sandbox, and show what it took.
    Call(CallTool),
    /// Ask a plugin that understands texts about one, and show what a host takes of its answer.
    Ask(ask::Ask),
    /// Bring a plugin into the folder of plugins: from a folder, a file, a URL or a registry.
    Add(add::Add),
    /// Have a plugin taken as it is now, where the host asks about changes.
    Accept(accept::Accept),
}

/// Call one tool, a component's in a fresh sandbox, and show what it took.
#[derive(Debug, Args)]
struct CallTool {
    /// The plugin's folder, with its plugin.toml
    folder: PathBuf,
    /// The tool's name, such as `check-availability`
    tool: String,
    /// The arguments, a JSON object
    #[arg(long, default_value = "{}")]
    args: String,
    /// The conversation's context that the tool may see parts of, a JSON object
    #[arg(long, default_value = "{}")]
    context: String,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

impl Plugin {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // What a case has denied is what the case is about.
        let quiet = matches!(self.command, Command::Test(_));
        telemetry::start(if quiet { "error" } else { "warn" });
        match self.command {
            Command::New(new) => new.run(),
            Command::Build(build) => build.run(),
            Command::Test(test) => test.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Add(add) => add.run(),
            Command::Accept(accept) => accept.run(),
            Command::Call(call) => super::wait_for(call.run()),
            Command::Ask(ask) => super::wait_for(ask.run()),
        }
    }
}

impl CallTool {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let args = object(&self.args, "--args")?;
        let context = object(&self.context, "--context")?;
        let settings = settings(self.places)?;
        let elsewhere = app::elsewhere(&settings, &self.folder).await?;
        if let Some(plugin) = elsewhere {
            let call = |time| call(&self.tool, time, args, context, settings.clock);
            return elsewhere::call(&plugin, &self.tool, call, self.json).await;
        }
        let plugin = app::plugin(&settings, &self.folder).await?;
        let Some(tool) = plugin.tools.iter().find(|tool| tool.name == self.tool) else {
            let names: Vec<&str> = plugin.tools.iter().map(|tool| tool.name.as_str()).collect();
            anyhow::bail!("find tool `{}`; the plugin has {}", self.tool, names.join(", "));
        };
        let call = call(&tool.name, tool.timeout, args, context, settings.clock);
        let request = Request {
            call: &call,
            tool: &tool.name,
            attempt: 1,
            now: settings.clock.now(),
            deadline: Instant::now() + tool.timeout,
        };
        let (outcome, report) = as_in_a_host(&plugin, tool, request).await?;
        if self.json {
            paint::line(as_json(&outcome, &report));
        } else {
            show_outcome(&outcome, &report);
        }
        Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Where no host has its data, components that `plugin test` compiled are not compiled again, and nothing is left behind.
fn settings(places: Places) -> anyhow::Result<Settings> {
    let settings = places.settings()?;
    let tools = if settings.data.is_dir() { None } else { Tools::open(&|_| {}).ok() };
    Ok(Settings { components: tools.map(|tools| tools.compiled()), ..settings })
}

/// With the checks of arguments and results around it that a host makes.
async fn as_in_a_host(
    plugin: &plugin::Plugin,
    tool: &ToolDef,
    request: Request<'_>,
) -> anyhow::Result<(Result<Answer, Failure>, CallReport)> {
    let contract = Contract::new(&tool.input, tool.output.as_deref());
    let contract = contract.map_err(|why| {
        anyhow::anyhow!("take tool `{}`: one of its schemas is none: {why}", tool.name)
    })?;
    let refused = |nothing_ran: bool| {
        move |error: ToolError| Failure { error, nothing_ran, retry_after: None }
    };
    let args = Value::Object(request.call.args.clone());
    if let Err(failure) = contract.check_args(&args).map_err(refused(true)) {
        return Ok((Err(failure), CallReport::default()));
    }
    let (outcome, report) = plugin.call(request).await;
    let checked = outcome.and_then(|answer| {
        contract.check_result(&answer.value).map(|()| answer).map_err(refused(false))
    });
    Ok((checked, report))
}

fn object(text: &str, option: &str) -> anyhow::Result<Map> {
    serde_json::from_str(text)
        .with_context(|| format!("read `{option}`: it should be a JSON object"))
}

fn call(tool: &str, timeout: Duration, args: Map, context: Map, clock: Clock) -> Call {
    let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    Call {
        // Whoever remembers calls by their id has not seen this one.
        id: CallId::from(format!("try-{}.1", Clock::System.now()).as_str()),
        name: tool.to_owned(),
        uses: None,
        args,
        result_schema: None,
        flow: flow::Id::from("try"),
        version: flow::Version::from(""),
        state: "Try".to_owned(),
        locale: "en-US".to_owned(),
        timeout_ms,
        retry: Retry { max_attempts: 1, backoff_ms: 0, max_backoff_ms: 0, jitter: false },
        idempotent: false,
        deadline: clock.now().plus_millis(timeout_ms),
        context: Arc::new(context),
    }
}

fn as_json(outcome: &Result<Answer, Failure>, report: &CallReport) -> Value {
    match outcome {
        Ok(answer) => json!({
            "ok": true, "result": answer.value, "say": answer.say, "patch": answer.patch,
            "report": report,
        }),
        Err(failure) => json!({ "ok": false, "error": failure.error, "report": report }),
    }
}

fn show_outcome(outcome: &Result<Answer, Failure>, report: &CallReport) {
    match outcome {
        Ok(answer) => {
            paint::line(format_args!("{} {:#}", "ok".green().bold(), answer.value));
            answer.say.iter().for_each(|text| paint::line(format_args!("says {text}")));
        }
        Err(failure) => {
            let kind = failure.error.kind.as_str();
            paint::line(format_args!("{} {kind}: {}", "failed".red().bold(), failure.error));
        }
    }
    show_report(report);
}

/// What the guest logged, and what its sandbox took.
fn show_report(report: &CallReport) {
    for line in &report.log {
        paint::line(format_args!("  {} {}", line.level.dimmed(), line.message));
    }
    let took: Duration = report.instantiate + report.guest + report.host;
    let text = format!("  {took:.1?}, fuel {}, memory {} KiB", report.fuel, report.memory / 1024);
    paint::line(text.dimmed());
}
