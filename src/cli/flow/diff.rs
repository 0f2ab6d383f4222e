//! `cicerone flow diff`: what is different in two files that are versions of one flow, and what the newer one would do to
//! the sessions of a host.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::stem;
use crate::cli::paint;
use crate::engine::{Group, Prospect, Verdict};
use crate::flow::{self, Way};

/// Say what is different in two versions of a flow, by what they mean.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The file with the older version
    before: PathBuf,
    /// The file with the newer version
    after: PathBuf,
    /// A running host, such as `http://127.0.0.1:3000`: say what the newer version would do to its sessions
    #[arg(long, value_name = "URL")]
    live: Option<String>,
    /// The flow's id on that host [default: the name of the newer file]
    #[arg(long, requires = "live")]
    flow: Option<String>,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let after = read(&self.after)?;
        let differences = flow::diff(&read(&self.before)?, &after);
        let impact = match &self.live {
            Some(url) => {
                let id = self.flow.clone().unwrap_or_else(|| stem(&self.after));
                Some(crate::cli::wait_for(ask(url.trim_end_matches('/'), &id, &after))?)
            }
            None => None,
        };
        if self.json {
            let changes = json!({ "changes": differences });
            let both = |impact| json!({ "changes": differences, "impact": impact });
            paint::line(impact.map_or(changes, both));
            return Ok(ExitCode::SUCCESS);
        }
        for one in &differences {
            match one.kind {
                Way::Added => paint::line(one.green()),
                Way::Removed => paint::line(one.red()),
                Way::Changed | Way::Renamed => paint::line(one.yellow()),
            }
        }
        if differences.is_empty() {
            paint::aside(format_args!("they mean the same"));
        }
        impact.iter().for_each(show);
        Ok(ExitCode::SUCCESS)
    }
}

/// What the host says of the newer version.
async fn ask(url: &str, id: &str, definition: &Value) -> anyhow::Result<Value> {
    let reach = || format!("reach the host at {url}");
    let http = crate::net::client(url).with_context(reach)?.build().with_context(reach)?;
    let path = format!("{url}/api/flows/{id}/impact");
    let body = json!({ "definition": definition });
    let response = http.post(path).json(&body).send().await.with_context(reach)?;
    let is_fine = response.status().is_success();
    let answer: Value = response.json().await.with_context(reach)?;
    if !is_fine {
        let why = answer.get("error").and_then(Value::as_str).unwrap_or("the host refused");
        bail!("ask what becomes of the sessions: {why}");
    }
    Ok(answer)
}

/// One line for what becomes of the sessions of a state.
fn show(impact: &Value) {
    let groups = impact.get("states").cloned().unwrap_or_default();
    let groups: Vec<Group> = serde_json::from_value(groups).unwrap_or_default();
    let pin_max_ms = impact.get("pin_max_ms").and_then(Value::as_u64).unwrap_or_default();
    for group in &groups {
        let line = told(group, pin_max_ms);
        match (group.prospect.verdict, group.prospect.then) {
            (Verdict::Ends, _) | (_, Some(Verdict::Ends)) => paint::line(line.red()),
            (Verdict::Safe | Verdict::Moves, _) => paint::line(line.green()),
            _ => paint::line(line.yellow()),
        }
    }
    if groups.is_empty() {
        paint::aside(format_args!("no session of the host is in the flow"));
    }
    if impact.get("complete") == Some(&Value::Bool(false)) {
        paint::aside(format_args!("there are more sessions than were looked at"));
    }
}

fn told(group: &Group, pin_max_ms: u64) -> String {
    let Prospect { state, verdict, to, because, then } = &group.prospect;
    let to = to.as_deref().unwrap_or(state);
    let what = match verdict {
        Verdict::Safe => "safe".to_owned(),
        Verdict::Moves => format!("move to {to}"),
        Verdict::Pinned => "stay on their version, as the flow says".to_owned(),
        Verdict::Stays => "stay pinned".to_owned(),
        Verdict::Reenters => format!("enter {to} anew"),
        Verdict::Restarts => format!("begin again at {to}"),
        Verdict::Ends => "end".to_owned(),
    };
    let because = because.as_ref().map(|why| format!(", as {why}")).unwrap_or_default();
    let then = then.map(|then| {
        let then = match then {
            Verdict::Ends => "end",
            Verdict::Reenters => "enter it anew",
            Verdict::Restarts => "begin again",
            Verdict::Safe | Verdict::Moves | Verdict::Pinned | Verdict::Stays => "move",
        };
        format!("; after {} they {then}", span(pin_max_ms))
    });
    let then = then.unwrap_or_default();
    let (count, word) = (group.sessions, if group.sessions == 1 { "session" } else { "sessions" });
    format!("{count} {word} in {state}: {what}{because}{then}")
}

/// A length of time in its largest whole unit.
fn span(ms: u64) -> String {
    let units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];
    let unit = units.iter().find(|(length, _)| ms > 0 && ms.is_multiple_of(*length));
    unit.map_or_else(|| format!("{ms} ms"), |(length, unit)| format!("{} {unit}", ms / length))
}

fn read(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("read the flow `{}`", file.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    serde_json::from_str(text).with_context(|| {
        format!("read the flow `{0}`; `cicerone check {0}` shows the place", file.display())
    })
}
