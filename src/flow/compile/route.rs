//! Ways out: triggers, targets, branches, delays.

use std::cmp::Reverse;

use serde_json::Value;

use super::super::model::{self, OneOrMany, Piece};
use super::super::report::{Place, Problem};
use super::super::suggest::{Near, closest};
use super::super::{
    After, Arm, Id, Outcome, Severity, Target, Transition, Transitions, Trigger, limit,
};
use super::{Compiler, Names};

impl Compiler<'_> {
    pub(super) fn global_transitions(&mut self, model: &model::Flow) -> Transitions {
        let at = "/transitions";
        let written = self.part(model.transitions.as_ref(), at);
        self.transitions(written, at, true)
    }

    /// A list of transitions in the order they are tried.
    pub(super) fn transitions(
        &mut self,
        written: Option<&Vec<Piece<model::Transition>>>,
        at: &str,
        is_global: bool,
    ) -> Transitions {
        let Some(written) = written else { return Transitions::default() };
        self.limit("limit.transitions", at, (written.len(), limit::TRANSITIONS_MAX));
        let mut transitions = Vec::with_capacity(written.len());
        for (index, piece) in written.iter().take(limit::TRANSITIONS_MAX).enumerate() {
            let at = format!("{at}/{index}");
            let Some(written) = self.piece(piece, &at) else { continue };
            self.check_except(written, &at, is_global);
            transitions.extend(self.transition(written, at));
        }
        transitions.sort_by_key(|transition| Reverse(transition.priority));
        transitions.into()
    }

    fn transition(&mut self, written: &model::Transition, at: String) -> Option<Transition> {
        let trigger = self.trigger(written, &at);
        let when = self.condition(written.when.as_ref(), &format!("{at}/when"));
        let assign = self.assigns(written.assign.as_ref(), &format!("{at}/assign"));
        let say = written.say.as_ref();
        let say = say.and_then(|text| self.template(text, &format!("{at}/say")));
        let message_id = written.meta.as_ref().and_then(|meta| meta.get("messageId"));
        let branch = self.branch(written.branch.as_ref(), &format!("{at}/branch"));
        let to = written.to.as_ref().and_then(|to| self.target(to, &format!("{at}/to")));
        self.check_endless(written, &at);
        Some(Transition {
            trigger: trigger?,
            pattern: written.pattern.clone(),
            when: when.ok()?,
            assign,
            say,
            message_ref: message_id.and_then(Value::as_str).map(str::to_owned),
            branch,
            to,
            priority: written.priority.unwrap_or_default(),
            except: written.except.clone().unwrap_or_default(),
            at,
        })
    }

    /// The one trigger of a transition; none is an automatic one.
    fn trigger(&mut self, written: &model::Transition, at: &str) -> Option<Trigger> {
        let mut keys = trigger_keys(written).into_iter();
        let first = keys.next();
        if let (Some(first), Some(second)) = (first, keys.next()) {
            let place = Place::Key(format!("{at}/{second}"));
            let message = format!("`{first}` and `{second}` cannot both set off one transition");
            let problem = Problem::error("trigger.conflict", place, message);
            self.report.add(problem.suggest("make two transitions of it"));
        }
        let Some(key) = first else { return Some(Trigger::Auto) };
        let at = format!("{at}/{key}");
        if let Some(intents) = &written.on_intent {
            return self.intent_trigger(intents, &at);
        }
        if let Some(tool) = &written.on_tool_result {
            return self.known_tool(tool, &at).then(|| Trigger::ToolResult(tool.clone()));
        }
        if let Some(tool) = &written.on_tool_error {
            return self.known_tool(tool, &at).then(|| Trigger::ToolError(tool.clone()));
        }
        if let Some(outcome) = written.on_flow_result {
            return Some(Trigger::FlowResult(flow_outcome(outcome)));
        }
        for (key, trigger) in [(written.on_done, Trigger::Done), (written.on_fail, Trigger::Fail)] {
            let Some(is_true) = key else { continue };
            if !is_true {
                self.error("value.unknown", &at, "this can only be `true`");
            }
            return Some(trigger);
        }
        if let Some(digits) = &written.on_dtmf {
            return self.dtmf_trigger(digits, &at);
        }
        if let Some(name) = &written.on_event {
            self.check_name(name, &at);
            return Some(Trigger::Event(name.clone()));
        }
        self.pattern(written.pattern.as_deref().unwrap_or_default(), &at)
    }

    fn intent_trigger(&mut self, written: &OneOrMany, at: &str) -> Option<Trigger> {
        let (names, places): (&[String], Vec<String>) = match written {
            OneOrMany::One(name) => (std::slice::from_ref(name), vec![at.to_owned()]),
            OneOrMany::Many(names) => {
                (names, (0..names.len()).map(|index| format!("{at}/{index}")).collect())
            }
        };
        if names.is_empty() {
            self.error("intent.unknown", at, "no intent is named here");
            return None;
        }
        let mut is_known = true;
        for (name, at) in names.iter().zip(&places) {
            is_known &= self.known_intent(name, at);
            self.uses.intents.insert(name.clone());
        }
        is_known.then(|| Trigger::Intent(names.to_vec()))
    }

    fn dtmf_trigger(&mut self, digits: &str, at: &str) -> Option<Trigger> {
        let is_key = |c: char| c.is_ascii_digit() || "*#ABCD".contains(c);
        if digits.is_empty() || !digits.chars().all(is_key) {
            let place = Place::Value(at.to_owned());
            let message = format!("`{digits}` are no telephone keys");
            let problem = Problem::error("dtmf.invalid", place, message);
            self.report.add(problem.suggest("the keys are 0 to 9, `*`, `#` and A to D"));
            return None;
        }
        Some(Trigger::Dtmf(digits.to_owned()))
    }

    fn branch(&mut self, written: Option<&Vec<Piece<model::Arm>>>, at: &str) -> Vec<Arm> {
        let Some(written) = written else { return Vec::new() };
        self.limit("limit.arms", at, (written.len(), limit::ARMS_MAX));
        let mut arms = Vec::with_capacity(written.len());
        for (index, piece) in written.iter().take(limit::ARMS_MAX).enumerate() {
            let at = format!("{at}/{index}");
            let Some(written) = self.piece(piece, &at) else { continue };
            arms.extend(self.arm(written, at));
        }
        arms
    }

    fn arm(&mut self, written: &model::Arm, at: String) -> Option<Arm> {
        let when = self.condition(Some(&written.when), &format!("{at}/when"));
        let assign = self.assigns(written.assign.as_ref(), &format!("{at}/assign"));
        let to = self.target(&written.to, &format!("{at}/to"));
        Some(Arm { when: when.ok()?, to: to?, assign, at })
    }

    pub(super) fn delays(
        &mut self,
        written: Option<&Vec<Piece<model::After>>>,
        at: &str,
    ) -> Vec<After> {
        let Some(written) = written else { return Vec::new() };
        self.limit("limit.after", at, (written.len(), limit::AFTER_MAX));
        let mut delays = Vec::with_capacity(written.len());
        for (index, piece) in written.iter().take(limit::AFTER_MAX).enumerate() {
            let at = format!("{at}/{index}");
            let Some(written) = self.piece(piece, &at) else { continue };
            self.within("limit.after", &format!("{at}/ms"), written.ms, 1..=limit::AFTER_MS_MAX);
            let when = self.condition(written.when.as_ref(), &format!("{at}/when"));
            let to = self.target(&written.to, &format!("{at}/to"));
            if let (Ok(when), Some(to)) = (when, to) {
                delays.push(After { ms: written.ms, when, to, at });
            }
        }
        delays
    }

    pub(super) fn target(&mut self, written: &str, at: &str) -> Option<Target> {
        if let Some(path) = written.strip_prefix('@') {
            let path = self.path(path, Place::Value(at.to_owned()))?;
            self.uses.reads.push((format!("ctx.{}", path.text), at.to_owned()));
            return Some(Target::Lookup(path));
        }
        match written {
            ":end" => return Some(Target::Leave(Outcome::End)),
            ":cancel" => return Some(Target::Leave(Outcome::Cancel)),
            ":error" => return Some(Target::Leave(Outcome::Error)),
            _ => {}
        }
        let flow = written.strip_prefix("flow:").or_else(|| written.strip_prefix("machine:"));
        if let Some(flow) = flow {
            return self.known_flow(flow, at).map(Target::Flow);
        }
        let state = written.strip_prefix("state:").unwrap_or(written);
        self.known_state(state, at).then(|| Target::State(state.into()))
    }

    pub(super) fn known_flow(&mut self, name: &str, at: &str) -> Option<Id> {
        let id = Id::from(name);
        if id == *self.id || self.known.flows.contains(&id) {
            return Some(id);
        }
        let place = Place::Value(at.to_owned());
        let problem = Problem::error("flow.unknown", place, format!("no flow `{name}`"));
        self.report.add(problem.suggest_name(name, self.known.flows.iter().map(Id::as_str)));
        None
    }

    pub(super) fn known_state(&mut self, name: &str, at: &str) -> bool {
        let found = self.look_up(&self.states, name);
        self.known_name(found, ("target.unknown", "state"), name, at)
    }

    fn known_intent(&mut self, name: &str, at: &str) -> bool {
        let found = self.look_up(&self.intents, name);
        self.known_name(found, ("intent.unknown", "intent"), name, at)
    }

    pub(super) fn known_tool(&mut self, name: &str, at: &str) -> bool {
        let found = self.look_up(&self.tools, name);
        self.known_name(found, ("tool.unknown", "tool"), name, at)
    }

    /// Whether the name is known; if not, the nearest that is.
    fn look_up<'n>(&self, names: &Names<'n>, name: &str) -> Result<(), Option<Near<'n>>> {
        if names.has(name) {
            return Ok(());
        }
        let is_full = self.report.is_full(Severity::Error);
        Err(if is_full { None } else { closest(name, names.names.iter().copied()) })
    }

    fn known_name(
        &mut self,
        found: Result<(), Option<Near<'_>>>,
        (code, kind): (&'static str, &str),
        name: &str,
        at: &str,
    ) -> bool {
        let Err(nearest) = found else { return true };
        let place = Place::Value(at.to_owned());
        let problem = Problem::error(code, place, format!("no {kind} `{name}`"));
        self.report.add(match nearest {
            Some(nearest) => problem.suggest_this(name, nearest),
            None => problem,
        });
        false
    }

    fn check_except(&mut self, written: &model::Transition, at: &str, is_global: bool) {
        let Some(except) = &written.except else { return };
        if !is_global {
            let place = Place::Key(format!("{at}/except"));
            let message = "`except` belongs to the flow's `transitions`, not to a state's";
            self.report.add(Problem::error("key.misplaced", place, message));
            return;
        }
        for (index, name) in except.iter().enumerate() {
            self.known_state(name, &format!("{at}/except/{index}"));
        }
    }

    /// An automatic transition that neither leaves nor waits for a condition would be taken for ever.
    fn check_endless(&mut self, written: &model::Transition, at: &str) {
        let is_auto = trigger_keys(written).is_empty();
        let goes =
            written.to.is_some() || written.branch.as_ref().is_some_and(|arms| !arms.is_empty());
        if is_auto && !goes && written.when.is_none() && !self.report.has_error_in(at) {
            let message = "nothing sets this transition off and it leads nowhere";
            let problem =
                Problem::error("transition.endless", Place::Value(at.to_owned()), message);
            self.report.add(problem.suggest("add a trigger such as `onIntent`, or `to`"));
        }
    }
}

fn flow_outcome(written: model::FlowOutcome) -> Outcome {
    match written {
        model::FlowOutcome::End => Outcome::End,
        model::FlowOutcome::Cancel => Outcome::Cancel,
        model::FlowOutcome::Error => Outcome::Error,
    }
}

/// The trigger keys that are there, in the order they count.
fn trigger_keys(written: &model::Transition) -> Vec<&'static str> {
    let keys = [
        ("onIntent", written.on_intent.is_some()),
        ("onToolResult", written.on_tool_result.is_some()),
        ("onToolError", written.on_tool_error.is_some()),
        ("onFlowResult", written.on_flow_result.is_some()),
        ("onDone", written.on_done.is_some()),
        ("onFail", written.on_fail.is_some()),
        ("onDtmf", written.on_dtmf.is_some()),
        ("onEvent", written.on_event.is_some()),
        ("pattern", written.pattern.is_some()),
    ];
    keys.into_iter().filter_map(|(key, is_there)| is_there.then_some(key)).collect()
}
