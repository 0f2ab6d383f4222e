//! Tool calls: making one, taking its outcome, giving it up.

use std::sync::Arc;

use serde_json::Value;

use super::cause::Cause;
use super::limits::{CALLS_MAX, DEPTH_MAX};
use super::reply::LLM;
use super::turn::{Failure, Turn};
use super::{Call, CallSeen, Came, Done, Effect, Error, Outcome, Pending, ResultSeen, context};
use crate::event::{CallId, Kind, Map, Timestamp, ToolError, ToolErrorKind};
use crate::flow::{self, Retry, Tool, Trigger};

/// On top of the attempts: what a call may wait in its tool's own queue.
const QUEUE_TIME_MS: u64 = 1_000;

impl Turn<'_> {
    /// Calls a tool of the flow; its outcome resumes `onEnter` at `next`, where `earlier` calls have come to this.
    pub(super) fn call_tool(
        &mut self,
        name: &str,
        args: Map,
        next: usize,
        earlier: Vec<Came>,
    ) -> Result<(), Failure> {
        if self.session.pending.len() >= CALLS_MAX {
            return Err(Failure::limit("limit.calls", CALLS_MAX));
        }
        let flow = self.flow;
        let Some(tool) = flow.tools.get(name) else {
            let message = format!("flow `{}` declares no tool `{name}`", flow.id);
            return Err(Failure::new("tool.unknown", message));
        };
        let id = CallId::new(&self.session.id, self.session.created_at, self.seq + 1);
        let sent = Arc::new(args.clone());
        let (tool_call_id, seen_args) = (id.clone(), Arc::clone(&sent));
        let seen = CallSeen { tool_call_id, name: name.to_owned(), args: seen_args };
        self.session.last_call = Some(Arc::new(seen));
        self.push(Kind::ToolCall { tool_call_id: id.clone(), name: name.to_owned(), args: sent });
        let pending = Pending {
            call: id,
            name: name.to_owned(),
            args,
            sent_at: self.now,
            deadline: deadline(tool, self.now),
            root: self.root,
            state: self.session.frame().state.to_string(),
            next,
            owner: None,
            earlier,
        };
        if let Some(call) = self.session.call_again(flow, &pending) {
            self.effects.push(Effect::CallTool(Box::new(call)));
        }
        self.session.pending.push(pending);
        Ok(())
    }

    /// Takes a pending call out; everything from here on goes back to the arrival that made it.
    pub(super) fn answered(&mut self, call: &CallId) -> Result<Pending, Error> {
        let place = self.session.pending.iter().position(|pending| pending.call == *call);
        let place = place.ok_or_else(|| Error::NotPending(call.clone()))?;
        let pending = self.session.pending.remove(place);
        self.arrive();
        self.root = pending.root;
        Ok(pending)
    }

    /// Logs an outcome, so that it stays even if what follows fails as a whole.
    pub(super) fn note_outcome(&mut self, pending: &Pending, outcome: &Outcome) {
        if pending.name == LLM {
            return self.note_reply(pending, outcome);
        }
        let (tool_call_id, name) = (pending.call.clone(), pending.name.clone());
        match outcome {
            Outcome::Done(done) => {
                let result = Arc::new(done.result.clone());
                self.session.last_result = Some(Arc::new(ResultSeen {
                    tool_call_id: tool_call_id.clone(),
                    name: name.clone(),
                    result: Arc::clone(&result),
                    ms: done.ms,
                }));
                let (ms, spent) = (done.ms, done.spent.clone());
                let patch: Map = done.patch.iter().cloned().collect();
                let (patch, say) = (patch.into(), done.say.clone());
                self.push(Kind::ToolResult { tool_call_id, name, result, ms, patch, say, spent });
            }
            Outcome::Failed(error) => {
                self.push(Kind::ToolError { tool_call_id, name, error: error.clone().into() });
            }
        }
    }

    /// Goes on after an outcome: the rest of the list, then the handlers, then automatic transitions.
    pub(super) fn resume(&mut self, pending: &Pending, outcome: Outcome) -> Result<(), Failure> {
        if pending.name == LLM {
            return self.resume_reply(pending, outcome);
        }
        match outcome {
            Outcome::Done(done) => self.resume_with(pending, done),
            Outcome::Failed(error) => self.fail_with(pending, &error),
        }
    }

    fn resume_with(&mut self, pending: &Pending, done: Done) -> Result<(), Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        self.patch(done.patch)?;
        for text in done.say {
            let message_ref = state.message_ref.clone();
            self.push(Kind::Say { text, suggestions: Vec::new(), message_ref });
        }
        let mut came = pending.earlier.clone();
        came.extend(self.session.last_result.clone().map(Came::Tool));
        // Handlers wait for the end of the list: one of them may leave the state, and would take back a call that the
        // list has just made.
        if let Some(came) = self.run_entry(state, pending.next, came)? {
            self.take_results(came)?;
        }
        self.settle()
    }

    /// Handles what came of the calls of a list that is done, in order. False: one of them was the way out, and the
    /// others are left behind.
    pub(super) fn take_results(&mut self, results: Vec<Came>) -> Result<bool, Failure> {
        let entries = self.entries;
        for result in results {
            if !self.session.is_active() || self.entries != entries {
                return Ok(false);
            }
            match result {
                Came::Tool(seen) => {
                    let name = seen.name.clone();
                    self.session.last_result = Some(seen);
                    let wanted =
                        |t: &Trigger| matches!(t, Trigger::ToolResult(tool) if *tool == name);
                    self.take_one(Cause::Named("tool.result", &name), wanted)?;
                }
                Came::Flow(back) => {
                    self.set_result(back.result);
                    self.take_outcome(flow::Outcome::End)?;
                }
            }
        }
        Ok(self.session.is_active() && self.entries == entries)
    }

    fn fail_with(&mut self, pending: &Pending, error: &ToolError) -> Result<(), Failure> {
        if !self.take_results(pending.earlier.clone())? {
            return self.settle();
        }
        self.vars.error = Some(Arc::new(serde_json::to_value(error).unwrap_or_default()));
        let name = &pending.name;
        let cause = Cause::Named("tool.error", name);
        if self.take_first(cause, |t| matches!(t, Trigger::ToolError(tool) if tool == name))? {
            return Ok(());
        }
        let message = format!(
            "tool `{name}` failed ({}) in state `{}`, which has no `onToolError` for it",
            error.kind.as_str(),
            pending.state
        );
        self.push(Kind::Error { code: "tool.unhandled".to_owned(), message });
        let flow = self.flow;
        let state = self.state(flow)?;
        if state.is_final {
            self.end("final");
        } else if self.has_form_to_begin() {
            if self.begin_form()? {
                self.settle()?;
            }
        } else {
            self.ask_again(state);
        }
        Ok(())
    }

    /// Writes the changes that a tool was granted.
    pub(super) fn patch(&mut self, patch: Vec<(String, Value)>) -> Result<(), Failure> {
        if patch.is_empty() {
            return Ok(());
        }
        let mut next = Map::clone(&self.session.frame().context);
        let mut changed = Map::new();
        for (path, value) in patch {
            let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
            if keys.len() > DEPTH_MAX {
                let message = format!("a tool's change is deeper than {DEPTH_MAX} levels");
                return Err(Failure::new("limit.context", message));
            }
            context::write(&mut next, &keys, value.clone());
            changed.insert(path, value);
        }
        self.set_context(Arc::new(next), changed)
    }

    /// Gives up every pending call because the conversation leaves it behind.
    pub(super) fn drop_calls(&mut self) {
        for pending in std::mem::take(&mut self.session.pending) {
            let unsent = |effect: &Effect| matches!(effect, Effect::CallTool(call) if call.id == pending.call);
            // A call of this very turn has not gone out: it is forgotten, not cancelled.
            if let Some(place) = self.effects.iter().position(unsent) {
                self.effects.remove(place);
            } else {
                self.effects.push(Effect::CancelTool(pending.call));
            }
        }
    }
}

/// The outcome of a call that its client gave up.
pub(super) fn cancelled() -> Outcome {
    Outcome::Failed(ToolError::new(ToolErrorKind::Cancelled, "the client cancelled the call"))
}

/// The outcome, or a failure if its result could not be loaded again once it is stored; of a failure, without details that
/// could not.
pub(super) fn storable(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Done(done) if context::is_too_deep(&done.result) => {
            let message = format!("the result is nested deeper than {DEPTH_MAX} levels");
            Outcome::Failed(ToolError::new(ToolErrorKind::Limit, message))
        }
        Outcome::Failed(error) if error.details.as_deref().is_some_and(context::is_too_deep) => {
            Outcome::Failed(ToolError { details: None, ..error })
        }
        Outcome::Done(_) | Outcome::Failed(_) => outcome,
    }
}

/// Attempts and waits between them, added up.
fn deadline(tool: &Tool, now: Timestamp) -> Timestamp {
    now.plus_millis(tool.retry.total_ms(tool.timeout_ms).saturating_add(QUEUE_TIME_MS))
}

impl Retry {
    /// The wait before attempt `attempt` (2, 3, …), without jitter.
    #[must_use]
    pub fn backoff_before(&self, attempt: u32) -> u64 {
        let doublings = attempt.saturating_sub(2).min(32);
        self.backoff_ms.saturating_mul(1 << doublings).min(self.max_backoff_ms)
    }

    /// The longest that all attempts of `timeout_ms` each and the waits between them can take.
    #[must_use]
    pub fn total_ms(&self, timeout_ms: u64) -> u64 {
        let attempts = u64::from(self.max_attempts.max(1));
        let waits = (2..=self.max_attempts).map(|attempt| self.backoff_before(attempt));
        waits.fold(timeout_ms.saturating_mul(attempts), u64::saturating_add)
    }
}

impl super::Session {
    /// A pending call as it is to be sent, the first time or again after a crash; `None` when `flow`, the version that
    /// the innermost frame names, does not declare its tool.
    #[must_use]
    pub fn call_again(&self, flow: &flow::Flow, pending: &Pending) -> Option<Call> {
        if pending.name == LLM {
            return Some(self.reply_again(flow, pending));
        }
        let tool = flow.tools.get(&pending.name)?;
        let frame = self.frame();
        Some(Call {
            id: pending.call.clone(),
            name: pending.name.clone(),
            uses: tool.uses.clone(),
            args: pending.args.clone(),
            result_schema: tool.result.clone(),
            flow: frame.flow.clone(),
            version: frame.version.clone(),
            state: pending.state.clone(),
            locale: flow.meta.language.clone(),
            timeout_ms: tool.timeout_ms,
            retry: tool.retry,
            idempotent: tool.idempotent,
            deadline: pending.deadline,
            context: Arc::clone(&frame.context),
        })
    }
}
