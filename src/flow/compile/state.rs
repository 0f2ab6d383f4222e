//! States, their actions and what they do about an input that nothing takes.

use serde_json::Value;

use super::super::model::{self, Fields, Piece};
use super::super::report::{Place, Problem};
use super::super::{Action, ByName, FallbackStep, RESERVED_EVENTS, Silence, State, Verb, limit};
use super::{Call, Compiler, FlowCall, busy, default_fallback, map_for};

/// Where an action stands.
struct Site<'s> {
    state: &'s str,
    is_entry: bool,
}

impl Compiler<'_> {
    pub(super) fn all_states(&mut self, model: &model::Flow) -> ByName<State> {
        let members = self.members(model.states.as_ref(), "/states", limit::STATES_MAX);
        if matches!(&model.states, Some(Piece::Good(states)) if states.is_empty()) {
            self.error("states.empty", "/states", "a flow has at least one state");
        }
        self.limit("limit.states", "/states", (self.states.names.len(), limit::STATES_MAX));
        let mut states = map_for(members.len());
        for (name, written, at) in members {
            self.check_state_name(name, &at);
            states.insert(name.clone(), self.state(name, written, &at));
        }
        states
    }

    fn check_state_name(&mut self, name: &str, at: &str) {
        self.check_name(name, at);
        let taken = ["@", ":", "state:", "flow:", "machine:"];
        if let Some(prefix) = taken.iter().find(|prefix| name.starts_with(**prefix)) {
            let message =
                format!("a state's name cannot begin with `{prefix}`: no `to` could name it");
            self.report.add(Problem::error("name.invalid", Place::Key(at.to_owned()), message));
        }
    }

    fn state(&mut self, name: &str, written: &model::State, at: &str) -> State {
        let entry = Site { state: name, is_entry: true };
        let exit = Site { state: name, is_entry: false };
        let message_id = written.meta.as_ref().and_then(|meta| meta.get("messageId"));
        State {
            id: name.into(),
            on_enter: self.actions(written.on_enter.as_ref(), &format!("{at}/onEnter"), &entry),
            on_exit: self.actions(written.on_exit.as_ref(), &format!("{at}/onExit"), &exit),
            transitions: self.transitions(
                written.transitions.as_ref(),
                &format!("{at}/transitions"),
                false,
            ),
            no_match: self.fallback(written.fallback.as_ref(), &format!("{at}/fallback")),
            clarify: clarify(written.fallback.as_ref()),
            silence: self.silence(written.fallback.as_ref(), &format!("{at}/fallback")),
            form: self.form(written.form.as_ref(), &format!("{at}/form")),
            busy: written.busy.map(busy),
            after: self.delays(written.after.as_ref(), &format!("{at}/after")),
            is_final: written.is_final.unwrap_or_default(),
            suggestions: self.templates(written.suggestions.as_ref(), &format!("{at}/suggestions")),
            message_ref: message_id.and_then(Value::as_str).map(str::to_owned),
        }
    }

    fn actions(
        &mut self,
        written: Option<&Vec<Piece<model::Action>>>,
        at: &str,
        site: &Site<'_>,
    ) -> Vec<Action> {
        let Some(written) = written else { return Vec::new() };
        self.limit("limit.actions", at, (written.len(), limit::ACTIONS_MAX));
        let mut actions = Vec::with_capacity(written.len());
        for (index, piece) in written.iter().take(limit::ACTIONS_MAX).enumerate() {
            let at = format!("{at}/{index}");
            let Some(written) = self.piece(piece, &at) else { continue };
            if !self.has_one_verb(written, &at) {
                continue;
            }
            self.check_companions(written, &at);
            if let Some(verb) = self.verb(written, &at, site) {
                actions.push(Action { verb, at });
            }
        }
        actions
    }

    fn has_one_verb(&mut self, written: &model::Action, at: &str) -> bool {
        let verbs = verbs(written);
        match verbs.as_slice() {
            [_] => return true,
            [] if self.report.has_error_in(at) => return false,
            [] => {
                let place = Place::Value(at.to_owned());
                let problem = Problem::error("action.verbs", place, "the action does nothing");
                let hint = "give it one of `say`, `ask`, `set`, `tool`, `llm`, `call`, `transfer`, `hangup`, `emit`";
                self.report.add(problem.suggest(hint));
            }
            [first, second, ..] => {
                let place = Place::Key(format!("{at}/{second}"));
                let message = format!("`{first}` and `{second}` cannot share one action");
                let problem = Problem::error("action.verbs", place, message);
                self.report.add(problem.suggest("make an action of each, in the order you want"));
            }
        }
        false
    }

    /// Keys that only go with one verb.
    fn check_companions(&mut self, written: &model::Action, at: &str) {
        let pairs = [
            ("suggestions", written.suggestions.is_some(), "ask", written.ask.is_some()),
            ("args", written.args.is_some(), "tool", written.tool.is_some()),
            ("fallback", written.fallback.is_some(), "llm", written.llm.is_some()),
            ("tools", written.tools.is_some(), "llm", written.llm.is_some()),
            ("timeout_ms", written.timeout_ms.is_some(), "llm", written.llm.is_some()),
            ("params", written.params.is_some(), "call", written.call.is_some()),
            ("data", written.data.is_some(), "emit", written.emit.is_some()),
        ];
        for (key, is_there, verb, has_verb) in pairs {
            if is_there && !has_verb {
                let place = Place::Key(format!("{at}/{key}"));
                let message = format!("`{key}` goes with `{verb}` only");
                self.report.add(Problem::error("key.misplaced", place, message));
            }
        }
    }

    fn verb(&mut self, written: &model::Action, at: &str, site: &Site<'_>) -> Option<Verb> {
        if let Some(text) = &written.say {
            return self.template(text, &format!("{at}/say")).map(Verb::Say);
        }
        if let Some(text) = &written.ask {
            let suggestions =
                self.templates(written.suggestions.as_ref(), &format!("{at}/suggestions"));
            let text = self.template(text, &format!("{at}/ask"))?;
            return Some(Verb::Ask { text, suggestions });
        }
        if written.set.is_some() {
            let assigns = self.assigns(written.set.as_ref(), &format!("{at}/set"));
            return Some(Verb::Set(assigns));
        }
        if let Some(name) = &written.tool {
            return self.call(name, written, at, site);
        }
        if let Some(prompt) = &written.llm {
            self.uses.replies.push((at.to_owned(), site.state.to_owned(), site.is_entry));
            return self.llm(prompt, written, at);
        }
        if let Some(flow) = &written.call {
            return self.flow_call(flow, written, at, site);
        }
        if let Some(to) = &written.transfer {
            return self.template(to, &format!("{at}/transfer")).map(Verb::Transfer);
        }
        if let Some(name) = &written.emit {
            return self.emit(name, written, at);
        }
        if written.hangup == Some(false) {
            self.error("value.unknown", &format!("{at}/hangup"), "`hangup` can only be `true`");
        }
        Some(Verb::Hangup)
    }

    fn call(
        &mut self,
        name: &str,
        written: &model::Action,
        at: &str,
        site: &Site<'_>,
    ) -> Option<Verb> {
        let args = written.args.clone().unwrap_or_default();
        let names: Vec<String> = args.keys().cloned().collect();
        let args = self.data(&Value::Object(args), &format!("{at}/args"));
        if !self.known_tool(name, &format!("{at}/tool")) {
            return None;
        }
        self.uses.calls.push(Call {
            tool: name.to_owned(),
            args: names,
            at: at.to_owned(),
            state: site.state.to_owned(),
            is_entry: site.is_entry,
        });
        Some(Verb::Tool { name: name.to_owned(), args: args? })
    }

    fn flow_call(
        &mut self,
        name: &str,
        written: &model::Action,
        at: &str,
        site: &Site<'_>,
    ) -> Option<Verb> {
        let params = written.params.clone().unwrap_or_default();
        let params = self.data(&Value::Object(params), &format!("{at}/params"));
        let at_name = format!("{at}/call");
        let begin = name.strip_prefix("state:");
        let flow = match begin {
            Some(state) if self.known_state(state, &at_name) => self.id.clone(),
            Some(_) => return None,
            None => self.known_flow(name, &at_name)?,
        };
        if begin.is_some() {
            let written = written.params.iter().flat_map(Fields::keys);
            self.uses.writes.extend(written.cloned());
        }
        self.uses.flow_calls.push(FlowCall {
            flow: flow.clone(),
            at: at.to_owned(),
            state: site.state.to_owned(),
            is_entry: site.is_entry,
        });
        Some(Verb::Call { flow, begin: begin.map(str::to_owned), params: params? })
    }

    fn emit(&mut self, name: &str, written: &model::Action, at: &str) -> Option<Verb> {
        let at_name = format!("{at}/emit");
        self.check_name(name, &at_name);
        if RESERVED_EVENTS.contains(&name) {
            let message = format!("`{name}` is an event of the host");
            let problem = Problem::error("name.reserved", Place::Value(at_name), message);
            self.report.add(problem.suggest("give the event a name of the flow's own"));
        }
        let data = match &written.data {
            None => None,
            Some(json) => Some(self.data(json, &format!("{at}/data"))?),
        };
        Some(Verb::Emit { name: name.to_owned(), data })
    }

    pub(super) fn flow_fallback(
        &mut self,
        written: Option<&Piece<model::Fallback>>,
        language: &str,
    ) -> Vec<FallbackStep> {
        self.fallback(written, "/fallback").unwrap_or_else(|| default_fallback(language))
    }

    /// The steps of a fallback; none written is none.
    fn fallback(
        &mut self,
        written: Option<&Piece<model::Fallback>>,
        at: &str,
    ) -> Option<Vec<FallbackStep>> {
        let steps = self.part(written, at)?.no_match.as_ref().filter(|steps| !steps.is_empty())?;
        Some(self.steps(steps, &format!("{at}/noMatch")))
    }

    /// What is done about silence; nothing written is nothing done.
    pub(super) fn silence(
        &mut self,
        written: Option<&Piece<model::Fallback>>,
        at: &str,
    ) -> Option<Silence> {
        let Some(Piece::Good(written)) = written else { return None };
        let at = format!("{at}/noInput");
        let written = self.part(written.no_input.as_ref(), &at)?;
        let after_ms = written.after_ms;
        self.within("limit.after", &format!("{at}/after_ms"), after_ms, 1..=limit::AFTER_MS_MAX);
        if written.steps.is_empty() {
            self.error("step.empty", &format!("{at}/steps"), "there is no step to take");
        }
        Some(Silence { after_ms, steps: self.steps(&written.steps, &format!("{at}/steps")) })
    }

    fn steps(&mut self, steps: &[Piece<model::Step>], at: &str) -> Vec<FallbackStep> {
        self.limit("limit.steps", at, (steps.len(), limit::STEPS_MAX));
        let mut compiled = Vec::with_capacity(steps.len());
        for (index, piece) in steps.iter().take(limit::STEPS_MAX).enumerate() {
            let at = format!("{at}/{index}");
            let Some(step) = self.piece(piece, &at) else { continue };
            compiled.push(self.step(step, at));
        }
        compiled
    }

    fn step(&mut self, written: &model::Step, at: String) -> FallbackStep {
        let reask = written.reask.unwrap_or_default();
        if written.say.is_none() && written.to.is_none() && !reask {
            let problem =
                Problem::error("step.empty", Place::Value(at.clone()), "the step does nothing");
            self.report.add(problem.suggest("give it `say`, `reask` or `to`"));
        }
        let say = written.say.as_ref();
        let to = written.to.as_ref();
        FallbackStep {
            say: say.and_then(|text| self.template(text, &format!("{at}/say"))),
            reask,
            to: to.and_then(|to| self.target(to, &format!("{at}/to"))),
            at,
        }
    }
}

/// Whether a text between two intents is asked about, if that is said.
pub(super) fn clarify(written: Option<&Piece<model::Fallback>>) -> Option<bool> {
    match written {
        Some(Piece::Good(written)) => written.clarify,
        Some(Piece::Bad(_)) | None => None,
    }
}

/// The verbs that are there.
fn verbs(written: &model::Action) -> Vec<&'static str> {
    let verbs = [
        ("say", written.say.is_some()),
        ("ask", written.ask.is_some()),
        ("set", written.set.is_some()),
        ("tool", written.tool.is_some()),
        ("llm", written.llm.is_some()),
        ("call", written.call.is_some()),
        ("transfer", written.transfer.is_some()),
        ("hangup", written.hangup.is_some()),
        ("emit", written.emit.is_some()),
    ];
    verbs.into_iter().filter_map(|(verb, is_there)| is_there.then_some(verb)).collect()
}
