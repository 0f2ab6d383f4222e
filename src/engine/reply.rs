//! Replies that a language model writes: asking for one and taking what came. A reply is a call like that of a tool, so
//! that it waits, is taken up after a crash and is given up as those are; but there is always something to say.

use std::sync::Arc;

use serde_json::{Value, json};

use super::limits::CALLS_MAX;
use super::turn::{Failure, Turn};
use super::{Call, CallSeen, Came, Done, Outcome, Pending, ResultSeen, Session};
use crate::event::{CallId, Kind, Map};
use crate::flow::{Flow, Llm, Retry};

/// The name under which a language model is called; no tool of a flow has it.
pub const LLM: &str = "@llm";

/// Above the model's own time: what the host takes around it.
const AROUND_MS: u64 = 1_000;

impl Turn<'_> {
    /// Wants a reply; it resumes `onEnter` at `next`, where `earlier` calls have come to this.
    pub(super) fn want_reply(
        &mut self,
        llm: &Llm,
        at: &str,
        next: usize,
        earlier: Vec<Came>,
    ) -> Result<(), Failure> {
        if self.session.pending.len() >= CALLS_MAX {
            return Err(Failure::limit("limit.calls", CALLS_MAX));
        }
        let mut args = Map::new();
        args.insert("prompt".to_owned(), self.text(&llm.prompt, at).into());
        if let Some(text) = self.vars.input.value().get("text") {
            args.insert("text".to_owned(), text.clone());
        }
        if !llm.tools.is_empty() {
            args.insert("tools".to_owned(), json!(llm.tools));
        }
        args.insert("fallback".to_owned(), self.text(&llm.fallback, at).into());
        let call = CallId::new(&self.session.id, self.session.created_at, self.seq + 1);
        let (name, tool_call_id) = (LLM.to_owned(), call.clone());
        let sent = Arc::new(args.clone());
        let (id, seen_args) = (call.clone(), Arc::clone(&sent));
        let seen = CallSeen { tool_call_id: id, name: name.clone(), args: seen_args };
        self.session.last_call = Some(Arc::new(seen));
        self.push(Kind::ToolCall { tool_call_id, name: name.clone(), args: sent });
        let pending = Pending {
            call,
            name,
            args,
            sent_at: self.now,
            deadline: self.now.plus_millis(llm.timeout_ms.saturating_add(AROUND_MS)),
            root: self.root,
            state: self.session.frame().state.to_string(),
            next,
            owner: None,
            earlier,
        };
        let flow = self.flow;
        let call = self.session.reply_again(flow, &pending);
        self.effects.push(super::Effect::CallTool(Box::new(call)));
        self.session.pending.push(pending);
        Ok(())
    }

    /// Logs what came, and what is said of it.
    pub(super) fn note_reply(&mut self, pending: &Pending, outcome: &Outcome) {
        let text = said(pending, outcome).to_owned();
        let tool_call_id = pending.call.clone();
        let (ms, calls, patch, error) = match outcome {
            Outcome::Done(Done { result, ms, patch, .. }) => {
                let calls = result.get("calls").and_then(Value::as_array).cloned();
                let patch: Map = patch.iter().cloned().collect();
                (*ms, calls.unwrap_or_default(), patch.into(), None)
            }
            Outcome::Failed(error) => {
                let ms = self.now.millis_since(pending.sent_at);
                (ms, Vec::new(), Box::default(), Some(error.clone().into()))
            }
        };
        self.session.last_result = Some(Arc::new(ResultSeen {
            tool_call_id: tool_call_id.clone(),
            name: LLM.to_owned(),
            result: Arc::new(json!({ "text": text })),
            ms,
        }));
        self.push(Kind::ModelDone { tool_call_id, text, ms, calls, patch, error });
    }

    /// Says it and goes on with the list; without a reply, the words of the flow.
    pub(super) fn resume_reply(
        &mut self,
        pending: &Pending,
        outcome: Outcome,
    ) -> Result<(), Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        let text = said(pending, &outcome).to_owned();
        if let Outcome::Done(done) = outcome {
            self.patch(done.patch)?;
        }
        let message_ref = state.message_ref.clone();
        self.push(Kind::Say { text, suggestions: Vec::new(), message_ref });
        if let Some(came) = self.run_entry(state, pending.next, pending.earlier.clone())? {
            self.take_results(came)?;
        }
        self.settle()
    }
}

/// The words of the model, else those of the flow.
fn said<'a>(pending: &'a Pending, outcome: &'a Outcome) -> &'a str {
    let text = match outcome {
        Outcome::Done(done) => done.result.get("text").and_then(Value::as_str),
        Outcome::Failed(_) => None,
    };
    let own = || pending.args.get("fallback").and_then(Value::as_str).unwrap_or_default();
    text.filter(|text| !text.is_empty()).unwrap_or_else(own)
}

impl Session {
    /// A reply as it is asked for, the first time or again after a crash.
    #[must_use]
    pub fn reply_again(&self, flow: &Flow, pending: &Pending) -> Call {
        let frame = self.frame();
        Call {
            id: pending.call.clone(),
            name: LLM.to_owned(),
            uses: None,
            args: pending.args.clone(),
            result_schema: None,
            flow: frame.flow.clone(),
            version: frame.version.clone(),
            state: pending.state.clone(),
            locale: flow.meta.language.clone(),
            timeout_ms: pending.deadline.millis_since(pending.sent_at).saturating_sub(AROUND_MS),
            retry: Retry { max_attempts: 1, backoff_ms: 0, max_backoff_ms: 0, jitter: false },
            idempotent: false,
            deadline: pending.deadline,
            context: Arc::clone(&frame.context),
        }
    }
}
