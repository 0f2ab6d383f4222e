//! Which parts of flows were gone through: a table, a JSON file with lines, an HTML page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::bail;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::find::Found;
use super::play::Ended;
use crate::cli::paint;
use crate::flow::{Id, spots};
use crate::rehearsal::junit::escaped;
use crate::rehearsal::{Coverage, Part, PartKind};

/// Parts that are named in the table.
const NAMED_MAX: usize = 5;

/// What the cases went through of the flows that have cases.
pub(super) fn of(found: &Found, ended: &[Ended]) -> Coverage {
    let mut coverage = Coverage::default();
    for flows in &found.stages {
        coverage.join(Coverage::of(flows));
    }
    ended.iter().for_each(|one| coverage.add(&one.played.marks));
    coverage
}

/// For a person.
pub(super) fn table(coverage: &Coverage) {
    let width = coverage.iter().map(|(flow, _)| flow.as_str().len()).max().unwrap_or(0).max(4);
    let heads = PartKind::ALL.map(|kind| format!("{:>16}", kind.plural())).concat();
    paint::line(format_args!("\n{}", format!("{:width$}{heads}", "flow").bold()));
    for (flow, parts) in coverage.iter() {
        let cells = PartKind::ALL.map(|kind| cell(coverage, flow, kind));
        paint::line(format_args!("{:width$}{}", flow.as_str(), cells.concat()));
        let missed: Vec<&str> =
            parts.values().filter(|part| part.hits == 0).map(|part| part.label.as_str()).collect();
        if !missed.is_empty() {
            let named = missed.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(" · ");
            let more = match missed.len().saturating_sub(NAMED_MAX) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            paint::line(format_args!("{:width$}  {}", "", format!("not: {named}{more}").dimmed()));
        }
    }
}

fn cell(coverage: &Coverage, flow: &Id, kind: PartKind) -> String {
    let share = coverage.share(flow, kind);
    let text = if share.of == 0 {
        format!("{:>16}", "-")
    } else {
        format!("{:>16}", format!("{}/{} {:>3}%", share.hit, share.of, share.hit * 100 / share.of))
    };
    match share.hit {
        hit if hit == share.of => text.green().to_string(),
        0 => text.red().to_string(),
        _ => text.yellow().to_string(),
    }
}

/// Into a file, as its name says.
pub(super) fn write(file: &Path, found: &Found, coverage: &Coverage) -> anyhow::Result<()> {
    let text = match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => format!("{:#}\n", as_json(found, coverage)),
        Some("html") => as_html(coverage),
        _ => bail!(
            "write the coverage to `{}`: its name must end with .html or .json",
            file.display()
        ),
    };
    super::write(file, &text)
}

/// By flow: shares, and each part with its line and how often it was gone through.
fn as_json(found: &Found, coverage: &Coverage) -> Value {
    let flows: BTreeMap<&str, Value> = coverage
        .iter()
        .map(|(flow, parts)| {
            let lines = lines(found, flow, parts.keys());
            let part = |(at, part): (&String, &Part)| {
                json!({
                    "path": at, "line": lines.get(at), "kind": part.kind.plural(), "state": part.state,
                    "label": part.label, "hits": part.hits,
                })
            };
            let shares = PartKind::ALL.map(|kind| {
                let share = coverage.share(flow, kind);
                (kind.plural(), json!({ "hit": share.hit, "of": share.of }))
            });
            let parts: Vec<Value> = parts.iter().map(part).collect();
            (flow.as_str(), json!({ "shares": BTreeMap::from(shares), "parts": parts }))
        })
        .collect();
    json!({ "flows": flows })
}

/// Lines of the flow's file.
fn lines<'p>(
    found: &Found,
    flow: &Id,
    parts: impl Iterator<Item = &'p String>,
) -> BTreeMap<String, usize> {
    let Some(text) = found.texts.get(flow) else { return BTreeMap::new() };
    let wanted: BTreeSet<&str> = parts.map(String::as_str).collect();
    spots(text, &wanted).into_iter().map(|(at, spot)| (at, spot.line)).collect()
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}\
td,th{text-align:left;padding:.15rem .6rem;border-bottom:1px solid #e5e5e5}td.n{text-align:right;font-variant-numeric:tabular-nums}\
tr.no td{background:#fdecea}tr.state td{font-weight:600}tr.in td:first-child{padding-left:2rem}\
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}td,th{border-color:#333}tr.no td{background:#4a1f1c}}";

fn as_html(coverage: &Coverage) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Coverage</title>\n<style>{STYLE}</style>\n\
         <h1>What the conversations went through</h1>\n<table>\n<tr><th>flow</th>"
    );
    for kind in PartKind::ALL {
        let _infallible = write!(out, "<th>{}</th>", kind.plural());
    }
    out.push_str("</tr>\n");
    for (flow, _) in coverage.iter() {
        let name = escaped(flow.as_str());
        let _infallible = write!(out, "<tr><td><a href=\"#{name}\">{name}</a></td>");
        for kind in PartKind::ALL {
            let share = coverage.share(flow, kind);
            let _infallible = write!(out, "<td>{} of {}</td>", share.hit, share.of);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
    for (flow, parts) in coverage.iter() {
        let name = escaped(flow.as_str());
        let _infallible = write!(
            out,
            "<h2 id=\"{name}\">{name}</h2>\n<table>\n<tr><th>part</th><th>times</th></tr>\n"
        );
        for part in parts.values() {
            let (is_in, label) = (part.kind != PartKind::State, escaped(&part.label));
            let missed = if part.hits == 0 { " no" } else { "" };
            let class = if is_in { "in" } else { "state" };
            let _infallible = writeln!(
                out,
                "<tr class=\"{class}{missed}\"><td>{label}</td><td class=\"n\">{}</td></tr>",
                part.hits
            );
        }
        out.push_str("</table>\n");
    }
    out
}
