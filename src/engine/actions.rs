//! Doing what a state says, one action after the other. A tool call suspends the rest of the list.

use std::sync::Arc;

use serde_json::Value;

use super::Came;
use super::turn::{Failure, Turn};
use crate::event::{Kind, Map};
use crate::flow::{Action, State, Verb};
use crate::script::Template;

impl Turn<'_> {
    /// Runs `list` from `next` on, with what `came` of its earlier calls. `None`: another call, which waits with it now,
    /// or the end of the conversation stopped it.
    pub(super) fn run(
        &mut self,
        state: &State,
        list: &[Action],
        next: usize,
        came: Vec<Came>,
    ) -> Result<Option<Vec<Came>>, Failure> {
        for (index, action) in list.iter().enumerate().skip(next) {
            self.count_action()?;
            match &action.verb {
                Verb::Tool { name, args } => {
                    let args = self.args(name, args)?;
                    self.call_tool(name, args, index + 1, came)?;
                    return Ok(None);
                }
                Verb::Llm(llm) => {
                    self.want_reply(llm, &action.at, index + 1, came)?;
                    return Ok(None);
                }
                Verb::Call { flow, begin, params } => {
                    match begin {
                        Some(begin) => self.call_part(begin, params, index + 1, came)?,
                        None => self.call_flow(flow, params, index + 1, came)?,
                    }
                    return Ok(None);
                }
                Verb::Say(_)
                | Verb::Ask { .. }
                | Verb::Set(_)
                | Verb::Transfer(_)
                | Verb::Hangup
                | Verb::Emit { .. } => {}
            }
            self.act(state, action)?;
            if !self.session.is_active() {
                return Ok(None);
            }
        }
        Ok(Some(came))
    }

    fn act(&mut self, state: &State, action: &Action) -> Result<(), Failure> {
        let at = action.at.as_str();
        match &action.verb {
            Verb::Say(template) => {
                let text = self.text(template, at);
                let asks = state.on_enter.iter().any(|a| matches!(a.verb, Verb::Ask { .. }));
                let suggestions =
                    if asks { Vec::new() } else { self.texts(&state.suggestions, at) };
                let message_ref = state.message_ref.clone();
                self.push(Kind::Say { text, suggestions, message_ref });
            }
            Verb::Ask { text, suggestions } => self.ask(state, text, suggestions, at),
            Verb::Set(assigns) => {
                let ctx = Arc::clone(&self.session.frame().context);
                let mut changed = Map::new();
                let next = self.assigned(ctx, assigns, &mut changed);
                self.set_context(next, changed)?;
            }
            // `run` takes these before they come here.
            Verb::Tool { .. } | Verb::Llm(_) | Verb::Call { .. } => {}
            Verb::Transfer(to) => {
                let to = self.text(to, at);
                self.push(Kind::Transfer { to });
            }
            Verb::Hangup => {
                self.push(Kind::Hangup {});
                self.end("hangup");
            }
            Verb::Emit { name, data } => {
                let ctx = Arc::clone(&self.session.frame().context);
                let data = data.as_ref().map_or(Value::Null, |data| self.data(data, &ctx, at));
                self.push(Kind::Custom { name: name.clone(), data });
            }
        }
        Ok(())
    }

    pub(super) fn ask(
        &mut self,
        state: &State,
        text: &Template,
        suggestions: &[Template],
        at: &str,
    ) {
        let text = self.text(text, at);
        let own = if suggestions.is_empty() { &state.suggestions } else { suggestions };
        let suggestions = self.texts(own, at);
        self.session.asked = Some(Arc::new((text.clone(), suggestions.clone())));
        self.push(Kind::Ask { text, suggestions, message_ref: state.message_ref.clone() });
    }

    fn texts(&mut self, templates: &[Template], at: &str) -> Vec<String> {
        templates.iter().map(|template| self.text(template, at)).collect()
    }

    /// Asks the last question of this state again, if it has asked one.
    pub(super) fn ask_again(&mut self, state: &State) {
        if let Some((text, suggestions)) = self.session.asked.as_deref().cloned() {
            self.push(Kind::Ask { text, suggestions, message_ref: state.message_ref.clone() });
        }
    }
}
