//! Calls against the tools that are really on offer: names of arguments, and whether the flow's idea of a tool can be
//! the tool's own.

use serde_json::{Map, Value};

use super::super::compile::{Call, Uses};
use super::super::locate::escape;
use super::super::report::{Place, Problem, Report};
use super::super::suggest::did_you_mean;
use super::super::{Flow, Known, NotOffered, Offer, Severity, Tool};

/// How deep two schemas are compared.
pub(super) const DEPTH_MAX: usize = 16;

pub(super) fn check(flow: &Flow, uses: &Uses, known: Known<'_>, report: &mut Report) {
    for tool in flow.tools.values() {
        let at = format!("/tools/{}", escape(&tool.name));
        let offer = match known.offers.find(&tool.name, tool.uses.as_deref()) {
            Ok(offer) => Some(offer),
            Err(reason) => {
                report.add(not_offered(tool, &at, &reason, known));
                None
            }
        };
        if let Some(offer) = offer {
            check_fit(tool, &at, offer, report);
        }
        for call in uses.calls.iter().filter(|call| call.tool == tool.name) {
            check_place(call, report);
            check_args(tool, offer, call, report);
        }
    }
}

fn not_offered(tool: &Tool, at: &str, reason: &NotOffered, known: Known<'_>) -> Problem {
    let place = match tool.uses {
        Some(_) => Place::Value(format!("{at}/uses")),
        None => Place::Key(at.to_owned()),
    };
    match reason {
        NotOffered::Nobody { name } => {
            let message = format!("no loaded plugin offers `{name}`: a call of it would fail");
            let hint = if name.contains('/') {
                did_you_mean(name, known.offers.iter().map(|offer| offer.name.as_str()))
            } else {
                let bare = known.offers.iter().filter_map(|offer| offer.name.rsplit('/').next());
                did_you_mean(name, bare)
            };
            Problem::warning("tool.not_offered", place, message).suggest_if(hint)
        }
        NotOffered::Several { name, among } => {
            let message = format!("several plugins offer `{name}`: a call of it would fail");
            let hint = format!("add `uses` with one of {}", among.join(", "));
            Problem::warning("tool.ambiguous", place, message).suggest(hint)
        }
    }
}

/// Leaving a state gives up its calls, so that one made on the way out could never be answered.
fn check_place(call: &Call, report: &mut Report) {
    if call.is_entry {
        return;
    }
    let message = "a tool cannot be called in `onExit`: its outcome would find the state left";
    let problem = Problem::error("tool.in_exit", Place::Key(format!("{}/tool", call.at)), message);
    report.add(problem.suggest("call it in the `onEnter` of a state in between"));
}

fn check_args(tool: &Tool, offer: Option<&Offer>, call: &Call, report: &mut Report) {
    let own = tool.args.as_deref().and_then(Shape::of);
    let offered = offer.and_then(|offer| Shape::of(&offer.args));
    for shape in [&own, &offered].into_iter().flatten() {
        let is_unknown = |name: &&String| !shape.takes(name);
        let unknown: Vec<&String> = call.args.iter().filter(is_unknown).collect();
        for name in &unknown {
            let place = Place::Key(format!("{}/args/{}", call.at, escape(name)));
            let message = format!("tool `{}` has no argument `{name}`", tool.name);
            let problem = Problem::error("args.unknown", place, message);
            let is_full = report.is_full(Severity::Error);
            report.add(if is_full { problem } else { problem.suggest_name(name, shape.names()) });
        }
        if !unknown.is_empty() {
            return;
        }
    }
    let missing = |shape: &Shape<'_>| {
        let is_missing = |name: &&str| !call.args.iter().any(|given| given == name);
        shape.required().find(is_missing).map(str::to_owned)
    };
    let place = || Place::Key(format!("{}/tool", call.at));
    if let Some(name) = offered.as_ref().and_then(missing) {
        let message = format!("tool `{}` needs the argument `{name}`", tool.name);
        report.add(Problem::error("args.missing", place(), message).suggest("add it to `args`"));
    } else if let Some(name) = own.as_ref().and_then(missing) {
        let message = format!("the argument `{name}` of tool `{}` is not given", tool.name);
        report.add(Problem::warning("args.missing", place(), message));
    }
}

/// Compares what the flow says of a tool with what the tool says of itself.
fn check_fit(tool: &Tool, at: &str, offer: &Offer, report: &mut Report) {
    let mut compare = |own: Option<&Value>, offered: Option<&Value>, key: &str| {
        let (Some(own), Some(offered)) = (own, offered) else { return };
        if let Some((path, reason)) = mismatch(own, offered, offered, DEPTH_MAX) {
            let place = Place::Value(format!("{at}/{key}{path}"));
            let message = format!("{reason} by `{}`", offer.name);
            report.add(Problem::error("schema.mismatch", place, message));
        }
    };
    compare(tool.args.as_deref(), Some(&offer.args), "args");
    compare(tool.result.as_deref(), offer.result.as_deref(), "result");
}

/// The first place where no value could satisfy both, as a pointer and a reason that ends before "by".
pub(super) fn mismatch(
    own: &Value,
    offered: &Value,
    root: &Value,
    depth: usize,
) -> Option<(String, String)> {
    let offered = resolve(offered, root);
    let (wants, gives) = (types(own), types(offered));
    let overlap = |one: &&str| gives.iter().any(|other| is_same_type(one, other));
    if !wants.is_empty() && !gives.is_empty() && !wants.iter().any(overlap) {
        let reason = format!("{} here, but {} is taken", wants.join(" or "), gives.join(" or "));
        return Some((String::new(), reason));
    }
    let (mine, theirs) = (Shape::of(own)?, Shape::of(offered)?);
    for (name, schema) in mine.properties {
        if let Some(other) = theirs.properties.get(name) {
            if depth > 0
                && let Some((path, reason)) = mismatch(schema, other, root, depth - 1)
            {
                return Some((format!("/{}{path}", escape(name)), reason));
            }
        } else if !theirs.takes(name) {
            return Some((format!("/{}", escape(name)), format!("`{name}` is not known")));
        }
    }
    None
}

fn is_same_type(one: &str, other: &str) -> bool {
    let number = |name: &str| name == "number" || name == "integer";
    one == other || (number(one) && number(other))
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn resolve<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    let target = schema.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// An object schema that names its properties.
pub(super) struct Shape<'s> {
    pub(super) properties: &'s Map<String, Value>,
    schema: &'s Map<String, Value>,
}

impl<'s> Shape<'s> {
    pub(super) fn of(schema: &'s Value) -> Option<Self> {
        let schema = schema.as_object()?;
        Some(Self { properties: schema.get("properties")?.as_object()?, schema })
    }

    /// A schema that lists properties and does not open itself on purpose takes no others.
    pub(super) fn takes(&self, name: &str) -> bool {
        let is_open = match self.schema.get("additionalProperties") {
            Some(Value::Bool(is_open)) => *is_open,
            Some(_) => true,
            None => self.schema.keys().any(|key| {
                ["patternProperties", "anyOf", "oneOf", "allOf", "$ref"].contains(&key.as_str())
            }),
        };
        is_open || self.properties.contains_key(name)
    }

    fn names(&self) -> impl Iterator<Item = &'s str> {
        self.properties.keys().map(String::as_str)
    }

    pub(super) fn required(&self) -> impl Iterator<Item = &'s str> {
        let names = self.schema.get("required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str)
    }
}
