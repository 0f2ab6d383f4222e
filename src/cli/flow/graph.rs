//! `cicerone flow graph`: a flow as a picture or for a program, with the sessions of a host and what tests went through
//! laid over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{neighbours, stem};
use crate::cli::{Places, paint};
use crate::flow::{self, Graph, Id, Known, Offers};

/// Draw a flow.
#[derive(Debug, Args)]
pub(super) struct Draw {
    /// The flow's file, or its id among the flows of this place
    flow: PathBuf,
    /// What is written
    #[arg(long, value_enum, default_value = "mermaid")]
    format: Format,
    /// A running host, such as `http://127.0.0.1:3000`, whose sessions are counted in each state
    #[arg(long, value_name = "URL")]
    live: Option<String>,
    /// What tests went through: a file that `cicerone test --coverage FILE.json` has written
    #[arg(long, value_name = "FILE")]
    coverage: Option<PathBuf>,
    #[command(flatten)]
    places: Places,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Nodes and edges, for a program
    Json,
    /// For documents
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
}

impl Draw {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let file = self.file()?;
        let text = read(&file)?;
        let known = Known { flows: &neighbours(&file), offers: &Offers::default() };
        let id = Id::from(stem(&file).as_str());
        let flow = match flow::load(&id, &text, known) {
            Ok((flow, _)) => flow,
            Err(findings) => {
                for finding in &findings {
                    paint::aside(paint::finding(&file, &text, finding));
                }
                return Ok(ExitCode::FAILURE);
            }
        };
        let mut graph = Graph::of(&flow);
        if let Some(coverage) = &self.coverage {
            graph.count_hits(&hits(coverage, &id)?);
        }
        if let Some(url) = &self.live {
            graph.count_sessions(&crate::cli::wait_for(sessions(url.trim_end_matches('/'), &id))?);
        }
        let drawn = match self.format {
            Format::Json => format!("{:#}", serde_json::to_value(&graph)?),
            Format::Mermaid => graph.mermaid(),
            Format::Dot => graph.dot(),
            Format::Svg => graph.svg(),
        };
        paint::line(drawn.trim_end());
        Ok(ExitCode::SUCCESS)
    }

    fn file(&self) -> anyhow::Result<PathBuf> {
        if self.flow.is_file() {
            return Ok(self.flow.clone());
        }
        let name = format!("{}.json", self.flow.display());
        let file = self.places.clone().settings()?.flows.join(name);
        if !file.is_file() {
            bail!(
                "find the flow `{}`; give its file, or its id with `--flows`",
                self.flow.display()
            );
        }
        Ok(file)
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("read `{}`", file.display()))
}

/// By JSON pointer.
fn hits(file: &Path, flow: &Id) -> anyhow::Result<BTreeMap<String, u64>> {
    let what = || format!("read the coverage `{}`", file.display());
    let all: Value = serde_json::from_str(&read(file)?).with_context(what)?;
    let parts =
        all.get("flows").and_then(|flows| flows.get(flow.as_str())?.get("parts")?.as_array());
    let parts =
        parts.ok_or_else(|| anyhow!("find flow `{flow}` in the coverage `{}`", file.display()))?;
    let hit =
        |part: &Value| Some((part.get("path")?.as_str()?.to_owned(), part.get("hits")?.as_u64()?));
    Ok(parts.iter().filter_map(hit).collect())
}

/// By state.
async fn sessions(url: &str, flow: &Id) -> anyhow::Result<BTreeMap<String, u64>> {
    let reach = || format!("reach the host at {url}");
    let http = crate::net::client(url).with_context(reach)?.build().with_context(reach)?;
    let path = format!("{url}/api/flows/{flow}/graph?format=json&sessions=true");
    let response = http.get(path).send().await.with_context(reach)?;
    let is_fine = response.status().is_success();
    let answer: Value = response.json().await.with_context(reach)?;
    if !is_fine {
        let why = answer.get("error").and_then(Value::as_str).unwrap_or("the host refused");
        bail!("count the sessions: {why}");
    }
    let nodes = answer.get("nodes").and_then(Value::as_object).into_iter().flatten();
    let count =
        |(name, node): (&String, &Value)| Some((name.clone(), node.get("sessions")?.as_u64()?));
    Ok(nodes.filter_map(count).collect())
}
