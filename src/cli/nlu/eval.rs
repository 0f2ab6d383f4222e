//! `cicerone nlu eval FLOW`: accuracy, which intents are taken for which, and the examples that mislead.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::super::{Places, paint};
use crate::flow::Flow;
use crate::nlu::{Evaluation, Lesson, cross_validate, evaluate};

/// Ask with texts that were kept back, or with each example while it is left out.
#[derive(Debug, Args)]
pub(super) struct Eval {
    /// A flow file, or the id of one in the folder of flows
    flow: String,
    /// Texts to ask with, one a line: intent, tab, text; no intent before the tab is a text that means none
    #[arg(long)]
    data: Option<PathBuf>,
    /// Write one JSON object for a program to read
    #[arg(long)]
    json: bool,
    /// Settings file [default: ./cicerone.toml, if it is there]
    #[arg(long, env = "CICERONE_CONFIG")]
    config: Option<PathBuf>,
    /// Folder with the flows, one JSON file each [default: flows]
    #[arg(long)]
    flows: Option<PathBuf>,
}

/// So many pairs and mistakes are shown to a person.
const SHOWN_MAX: usize = 15;

/// An intent and a text that means it.
type Example = (String, String);

/// What was learnt, what was asked, and what came of it.
struct Report {
    names: Vec<String>,
    learnt: Vec<Example>,
    asked: Vec<Example>,
    evaluation: Evaluation,
}

impl Eval {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { config, flows, .. } = &self;
        let (config, flows) = (config.clone(), flows.clone());
        let places = Places { config, flows, plugins: None, data: None };
        let (flow, _) = super::load(&self.flow, places)?;
        let names: Vec<String> = flow.intents.keys().cloned().collect();
        let learnt = examples(&flow);
        if names.len() < 2 || learnt.is_empty() {
            bail!("tell intents apart: the flow has fewer than two with examples");
        }
        let asked = self.data.as_deref().map(|file| read(file, &names)).transpose()?;
        let lessons = lessons(&names, &learnt);
        let evaluation = match &asked {
            Some(asked) => evaluate(&flow, &lessons, &self::lessons(&names, asked)),
            None => cross_validate(&flow, &lessons),
        };
        let asked = asked.unwrap_or_else(|| learnt.clone());
        let report = Report { names, learnt, asked, evaluation };
        if self.json {
            paint::line(report.as_json());
        } else {
            report.show();
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn examples(flow: &Flow) -> Vec<Example> {
    let each = |(name, intent): (&String, &crate::flow::Intent)| {
        intent.examples.iter().map(|text| (name.clone(), text.clone())).collect::<Vec<_>>()
    };
    flow.intents.iter().flat_map(each).collect()
}

fn lessons<'e>(names: &[String], examples: &'e [Example]) -> Vec<Lesson<'e>> {
    let place = |intent: &String| names.iter().position(|name| name == intent);
    examples.iter().map(|(intent, text)| Lesson { text, intent: place(intent) }).collect()
}

fn read(file: &Path, names: &[String]) -> anyhow::Result<Vec<Example>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("read the texts in `{}`", file.display()))?;
    let mut examples = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let place = format!("{}:{}", file.display(), number + 1);
        let Some((intent, text)) = line.split_once('\t') else {
            bail!("read {place}: there is no tab between intent and text");
        };
        if !intent.is_empty() && !names.iter().any(|name| name == intent) {
            bail!("read {place}: the flow has no intent `{intent}`; it has {}", names.join(", "));
        }
        examples.push((intent.to_owned(), text.to_owned()));
    }
    Ok(examples)
}

impl Report {
    fn name(&self, intent: usize) -> &str {
        self.names.get(intent).map_or("", String::as_str)
    }

    fn show(&self) {
        let Evaluation { asked, right, understood, asides, strays, confusion, mistakes } =
            &self.evaluation;
        let accuracy = self.evaluation.accuracy() * 100.0;
        let summary = format!("{right} of {asked} have their intent in front, {accuracy:.1} %");
        paint::line(summary.bold());
        paint::line(format_args!("{understood} of {asked} are surely enough of it to be taken"));
        if *asides > 0 {
            let taken = strays.len();
            paint::line(format_args!("{taken} of {asides} that mean no intent are taken for one"));
        }
        for (intent, row) in confusion {
            let recall = self.evaluation.recall(*intent) * 100.0;
            let others: Vec<String> = row
                .iter()
                .filter(|(taken, _)| *taken != intent)
                .map(|(taken, count)| format!("{} {count}", self.name(*taken)))
                .collect();
            let name = self.name(*intent);
            paint::line(format_args!("{recall:5.1} %  {name}  {}", others.join(", ").dimmed()));
        }
        for ((one, other), count) in self.evaluation.pairs().into_iter().take(SHOWN_MAX) {
            let (one, other) = (self.name(one), self.name(other));
            paint::line(format_args!("{} {one} and {other}, {count}", "confused".yellow()));
        }
        for (text, taken) in strays.iter().take(SHOWN_MAX) {
            let text = self.asked.get(*text).map_or("", |(_, text)| text);
            let taken = self.name(*taken);
            paint::line(format_args!(
                "{} {text:?} means no intent, taken for {taken}",
                "noise".red()
            ));
        }
        for mistake in mistakes.iter().take(SHOWN_MAX) {
            let text = self.asked.get(mistake.text).map_or("", |(_, text)| text);
            let (meant, taken) = (self.name(mistake.meant), self.name(mistake.taken));
            let misled = mistake.misled_by.and_then(|number| self.learnt.get(number));
            let misled =
                misled.map(|(_, text)| format!(", misled by {text:?}")).unwrap_or_default();
            let sure = mistake.confidence;
            let mark = "hurts".red();
            paint::line(format_args!(
                "{mark} {text:?} is {meant}, taken for {taken} at {sure:.2}{misled}"
            ));
        }
    }

    fn as_json(&self) -> Value {
        let Evaluation { asked, right, understood, asides, strays, confusion, mistakes } =
            &self.evaluation;
        let strays = strays.iter().map(|(text, taken)| {
            json!({
                "text": self.asked.get(*text).map(|(_, text)| text),
                "taken": self.name(*taken),
            })
        });
        let matrix = confusion.iter().map(|(meant, row)| {
            let row = row.iter().map(|(taken, count)| (self.name(*taken).to_owned(), json!(count)));
            (self.name(*meant).to_owned(), Value::Object(row.collect()))
        });
        let pairs = self.evaluation.pairs().into_iter().map(|((one, other), count)| {
            json!({"intents": [self.name(one), self.name(other)], "count": count})
        });
        let hurt = mistakes.iter().map(|mistake| {
            json!({
                "text": self.asked.get(mistake.text).map(|(_, text)| text),
                "meant": self.name(mistake.meant),
                "taken": self.name(mistake.taken),
                "confidence": mistake.confidence,
                "misledBy": mistake.misled_by.and_then(|n| self.learnt.get(n)).map(|(_, text)| text),
            })
        });
        json!({
            "asked": asked,
            "right": right,
            "accuracy": self.evaluation.accuracy(),
            "understood": understood,
            "asides": asides,
            "strays": strays.collect::<Vec<_>>(),
            "confusion": Value::Object(matrix.collect()),
            "pairs": pairs.collect::<Vec<_>>(),
            "mistakes": hurt.collect::<Vec<_>>(),
        })
    }
}
