//! Whether a flow that runs could go on with other tools in place of those that it was checked against: what it gives
//! them and what it reads of their results. It decides nothing.

use serde_json::Value;

use super::super::compile::{Call, Uses};
use super::super::{Flow, Offer, Offers, Tool, Unfit};
use super::tools::{DEPTH_MAX, Shape, mismatch, resolve};

/// Everything that would no longer fit. What did not fit before, or was not there, is no loss.
pub(in crate::flow) fn unfit(
    flow: &Flow,
    uses: &Uses,
    before: &Offers,
    after: &Offers,
) -> Vec<Unfit> {
    let mut found = Vec::new();
    for tool in flow.tools.values() {
        let Ok(old) = before.find(&tool.name, tool.uses.as_deref()) else { continue };
        let calls = uses.calls.iter().filter(|call| call.tool == tool.name);
        let of_flow = Lost { flow, tool, found: &mut found };
        match after.find(&tool.name, tool.uses.as_deref()) {
            Err(reason) => of_flow.everywhere(calls, &reason.to_string()),
            Ok(new) if new == old => {}
            Ok(new) => of_flow.compare(calls, uses, (old, new), after),
        }
    }
    found
}

/// What is lost of one tool.
struct Lost<'a> {
    flow: &'a Flow,
    tool: &'a Tool,
    found: &'a mut Vec<Unfit>,
}

impl Lost<'_> {
    fn everywhere<'c>(mut self, calls: impl Iterator<Item = &'c Call>, reason: &str) {
        for call in calls {
            self.add(&format!("{}/tool", call.at), format!("could not {reason}"));
        }
    }

    fn compare<'c>(
        mut self,
        calls: impl Iterator<Item = &'c Call>,
        uses: &Uses,
        (old, new): (&Offer, &Offer),
        after: &Offers,
    ) {
        for call in calls {
            self.compare_args(call, old, new);
        }
        if let (Some(was), Some(is)) = (&old.result, &new.result) {
            for (path, at) in &uses.reads {
                let Some(path) = path.strip_prefix("tool.") else { continue };
                if self.may_be_read(at, path, after) {
                    self.compare_read(path, at, was, is);
                }
            }
        }
        self.compare_declared(old, new);
    }

    /// What the flow gives.
    fn compare_args(&mut self, call: &Call, old: &Offer, new: &Offer) {
        let name = &new.name;
        let (was, is) = (Shape::of(&old.args), Shape::of(&new.args));
        for arg in &call.args {
            let at = format!("{}/args/{}", call.at, super::super::locate::escape(arg));
            let took = was.as_ref().is_none_or(|shape| shape.takes(arg));
            if took && is.as_ref().is_some_and(|shape| !shape.takes(arg)) {
                self.add(&at, format!("`{name}` has no argument `{arg}` any more"));
                continue;
            }
            let of = |shape: &Option<Shape<'_>>| shape.as_ref()?.properties.get(arg).cloned();
            if let (Some(was), Some(is)) = (of(&was), of(&is))
                && let Some((_, reason)) = mismatch(&was, &is, &new.args, DEPTH_MAX)
            {
                self.add(&at, format!("the argument `{arg}` is {reason} by `{name}`"));
            }
        }
        let needed = |shape: &Option<Shape<'_>>| -> Vec<String> {
            shape.iter().flat_map(Shape::required).map(str::to_owned).collect()
        };
        let before = needed(&was);
        for arg in needed(&is) {
            if !before.contains(&arg) && !call.args.contains(&arg) {
                let at = format!("{}/tool", call.at);
                self.add(&at, format!("`{name}` needs the argument `{arg}`, which is not given"));
            }
        }
    }

    /// What the flow reads.
    fn compare_read(&mut self, path: &str, at: &str, was: &Value, is: &Value) {
        let name = self.tool.uses.as_ref().unwrap_or(&self.tool.name).clone();
        match (follow(was, path), follow(is, path)) {
            (Found::Nothing, _) | (_, Found::Anything) | (Found::Anything, Found::Value { .. }) => {
            }
            (_, Found::Nothing) => {
                self.add(
                    at,
                    format!("reads `tool.{path}`, which the result of `{name}` has no more"),
                );
            }
            (Found::Value { schema: was, certain: had }, Found::Value { schema: is, certain }) => {
                if let Some((_, reason)) = mismatch(was, is, is, DEPTH_MAX) {
                    let reason =
                        reason.replace(" here, but ", " before, but ").replace(" is taken", "");
                    self.add(
                        at,
                        format!("reads `tool.{path}`: {reason} in the result of `{name}`"),
                    );
                } else if had && !certain {
                    let why =
                        format!("reads `tool.{path}`, which `{name}` may leave out from now on");
                    self.add(at, why);
                }
            }
        }
    }

    /// What the flow itself says of the tool.
    fn compare_declared(&mut self, old: &Offer, new: &Offer) {
        let at = format!("/tools/{}", super::super::locate::escape(&self.tool.name));
        let args = self.tool.args.clone();
        let result = self.tool.result.clone();
        let own = [
            ("args", args, Some(&old.args), Some(&new.args)),
            ("result", result, old.result.as_ref(), new.result.as_ref()),
        ];
        for (key, own, was, is) in own {
            let (Some(own), Some(is)) = (own, is) else { continue };
            let fitted = was.is_none_or(|was| mismatch(&own, was, was, DEPTH_MAX).is_none());
            if fitted && let Some((path, reason)) = mismatch(&own, is, is, DEPTH_MAX) {
                self.add(&format!("{at}/{key}{path}"), format!("{reason} by `{}`", new.name));
            }
        }
    }

    /// Whether what is read here can be this tool's result: after its call, where it is handled, or in a place in which the
    /// last result may be anybody's and nobody else has such a thing.
    fn may_be_read(&self, at: &str, path: &str, after: &Offers) -> bool {
        if let Some(tool) = whose(&self.flow.definition, at) {
            return tool == self.tool.name;
        }
        let others = self.flow.tools.values().filter(|tool| tool.name != self.tool.name);
        let mut offers =
            others.filter_map(|tool| after.find(&tool.name, tool.uses.as_deref()).ok());
        !offers.any(|offer| {
            let result = offer.result.as_deref();
            result.is_none_or(|result| !matches!(follow(result, path), Found::Nothing))
        })
    }

    fn add(&mut self, at: &str, message: String) {
        let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let state = at.strip_prefix("/states/").and_then(|rest| rest.split('/').next());
        let (flow, state) = (self.flow.id.clone(), state.map(unescape));
        let place = state.as_ref().map(|state| format!(", state `{state}`")).unwrap_or_default();
        let message = format!("flow `{flow}`{place}: {message}");
        self.found.push(Unfit {
            code: "plugin.unfit",
            flow,
            state,
            tool: self.tool.name.clone(),
            path: at.to_owned(),
            message,
        });
    }
}

/// Where a path leads in the values of a schema.
enum Found<'s> {
    /// There is no such thing.
    Nothing,
    /// The schema leaves it open.
    Anything,
    /// To values of this schema.
    Value {
        schema: &'s Value,
        /// Whether it is always there.
        certain: bool,
    },
}

fn follow<'s>(root: &'s Value, path: &str) -> Found<'s> {
    let (mut schema, mut certain) = (resolve(root, root), true);
    for step in path.split(['.', '[']) {
        if let Some(_index) = step.strip_suffix(']') {
            let Some(items) = schema.get("items") else { return Found::Anything };
            schema = resolve(items, root);
            continue;
        }
        let Some(shape) = Shape::of(schema) else { return Found::Anything };
        match shape.properties.get(step) {
            Some(property) => {
                certain &= shape.required().any(|name| name == step);
                schema = resolve(property, root);
            }
            None if shape.takes(step) => return Found::Anything,
            None => return Found::Nothing,
        }
    }
    Found::Value { schema, certain }
}

/// The tool whose result is meant at a place: of the call before it in a list, or of the transition around it.
fn whose<'d>(definition: &'d Value, at: &str) -> Option<&'d str> {
    let mut place = at;
    while let Some((parent, last)) = place.rsplit_once('/') {
        if let (Ok(index), Some(list)) =
            (last.parse::<usize>(), definition.pointer(parent).and_then(Value::as_array))
        {
            let earlier = list.iter().take(index).rev();
            if let Some(tool) = earlier.filter_map(|action| action.get("tool")?.as_str()).next() {
                return Some(tool);
            }
        }
        let around = definition.pointer(parent).and_then(|around| around.get("onToolResult"));
        if let Some(tool) = around.and_then(Value::as_str) {
            return Some(tool);
        }
        place = parent;
    }
    None
}
