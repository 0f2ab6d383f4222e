//! Flows that call flows: a frame for each on the session's stack, the way in, and the three ways back.

use std::sync::Arc;

use serde_json::Value;

use super::cause::Cause;
use super::limits::{CONTEXT_BYTES_MAX, FRAMES_MAX};
use super::turn::{Failure, Turn};
use super::{Came, CameBack, Filling, Frame, Waits, context};
use crate::event::{Kind, Map};
use crate::flow::{self, Flow, Outcome, Trigger};
use crate::script::Data;

impl Turn<'_> {
    /// Enters the flow `id`; what comes of it resumes the caller's `onEnter` at `next`.
    pub(super) fn call_flow(
        &mut self,
        id: &flow::Id,
        params: &Data,
        next: usize,
        earlier: Vec<Came>,
    ) -> Result<(), Failure> {
        let params = self.object(params, &format!("the parameters of flow `{id}`"))?;
        self.check_depth(&format!("flow `{id}`"))?;
        let unknown = || Failure::new("target.unknown", format!("no flow `{id}` is loaded"));
        let called = self.flows.current(id).ok_or_else(unknown)?;
        let mut begin = Map::clone(&called.context);
        begin.extend(params.clone());
        if !context::fits(&begin) {
            let message = format!(
                "the context of flow `{id}` would be larger than {CONTEXT_BYTES_MAX} bytes"
            );
            return Err(Failure::new("limit.context", message));
        }
        let waits = Waits { next, earlier, asked: self.session.asked.take(), shares: false };
        let frame = Frame {
            flow: called.id.clone(),
            version: called.version.clone(),
            state: Arc::clone(&called.start),
            context: Arc::new(begin),
            params: Arc::new(params),
            result: None,
            waits: None,
        };
        self.begin_call(waits, frame, Some(called));
        self.flow = called;
        self.enter(called)
    }

    /// Enters the state `begin` of the same flow as one would another flow; both work on one context, of which the
    /// parameters become a part.
    pub(super) fn call_part(
        &mut self,
        begin: &str,
        params: &Data,
        next: usize,
        earlier: Vec<Came>,
    ) -> Result<(), Failure> {
        let params = self.object(params, &format!("the parameters of `{begin}`"))?;
        self.check_depth(&format!("state `{begin}`"))?;
        let mut context = Map::clone(&self.session.frame().context);
        context.extend(params.clone());
        self.set_context(Arc::new(context), params.clone())?;
        let waits = Waits { next, earlier, asked: self.session.asked.take(), shares: true };
        let caller = self.session.frame();
        let frame = Frame {
            state: begin.into(),
            params: Arc::new(params),
            result: None,
            waits: None,
            ..caller.clone()
        };
        self.begin_call(waits, frame, None);
        self.enter(self.flow)
    }

    fn check_depth(&self, what: &str) -> Result<(), Failure> {
        if self.session.frames.len() < FRAMES_MAX {
            return Ok(());
        }
        let message = format!(
            "{what} would be more than {FRAMES_MAX} deep; look for flows that call each other"
        );
        Err(Failure::new("limit.frames", message))
    }

    /// Puts the frame of what is called upon that of the caller.
    fn begin_call(&mut self, waits: Waits, frame: Frame, into: Option<&Flow>) {
        let from = Arc::clone(&self.session.frame().state);
        if let Some(caller) = self.session.frames.last_mut() {
            caller.waits = Some(Box::new(waits));
        }
        let start = Arc::clone(&frame.state);
        self.session.frames.push(frame);
        self.session.unhandled = 0;
        self.session.silence.rung = 0;
        self.tell_transition(from, start, Cause::Word("call"), into);
    }

    /// Goes on in the caller of a flow that was left: the rest of the list and then the handlers, or, when the flow did
    /// not come to its end, the handlers at once.
    pub(super) fn come_back(&mut self, outcome: Outcome) -> Result<(), Failure> {
        let Some((left, waits)) = self.pop_frame()? else { return Ok(()) };
        let flow = self.flow;
        let result = Arc::new(Value::Object(Map::clone(&left.context)));
        self.set_result(Arc::clone(&result));
        let to = Arc::clone(&self.session.frame().state);
        self.tell_transition(outcome.target().into(), to, Cause::Word("return"), None);
        self.session.form = Filling::begin(self.state(flow)?);
        let mut came = waits.earlier;
        if outcome == Outcome::End {
            came.push(Came::Flow(CameBack { result }));
            if let Some(came) = self.run_entry(self.state(flow)?, waits.next, came)? {
                self.take_results(came)?;
            }
            return Ok(());
        }
        if self.take_results(came)? {
            self.set_result(result);
            self.broke_off(flow, outcome)?;
        }
        Ok(())
    }

    /// Handles a flow that was cancelled or failed. Without a handler the caller asks its question again.
    fn broke_off(&mut self, flow: &Flow, outcome: Outcome) -> Result<(), Failure> {
        if self.take_outcome(outcome)? {
            return Ok(());
        }
        let state = self.state(flow)?;
        if outcome == Outcome::Error {
            let message = format!(
                "a called flow failed in state `{}`, which has no `onFlowResult` for it",
                state.id
            );
            self.push(Kind::Error { code: "flow.unhandled".to_owned(), message });
        }
        if state.is_final {
            self.end("final");
        } else if !self.has_form_to_begin() {
            self.ask_again(state);
        }
        Ok(())
    }

    /// Takes the handler of a flow's outcome. False: there is none.
    pub(super) fn take_outcome(&mut self, outcome: Outcome) -> Result<bool, Failure> {
        let cause = Cause::Named("flow.result", outcome.as_str());
        self.take_one(cause, |t| matches!(t, Trigger::FlowResult(wanted) if *wanted == outcome))
    }

    /// Makes `result` what the current frame sees as `result`.
    pub(super) fn set_result(&mut self, result: Arc<Value>) {
        if let Some(frame) = self.session.frames.last_mut() {
            frame.result = Some(result);
        }
    }

    /// Leaves the flows above `frame`, the innermost first, because their caller goes elsewhere.
    pub(super) fn unwind(&mut self, frame: usize) -> Result<(), Failure> {
        while self.session.depth() > frame && self.session.is_active() {
            self.leave(self.flow)?;
            self.pop_frame()?;
        }
        Ok(())
    }

    /// Takes the innermost frame off, and what its caller waited with.
    fn pop_frame(&mut self) -> Result<Option<(Frame, Waits)>, Failure> {
        let Some(left) = self.session.frames.pop() else { return Ok(None) };
        let Some(caller) = self.session.frames.last_mut() else { return Ok(None) };
        let mut waits = caller.waits.take().map(|waits| *waits).unwrap_or_default();
        if waits.shares {
            caller.context = Arc::clone(&left.context);
        }
        let (id, version) = (&caller.flow, &caller.version);
        let unknown = || {
            Failure::new(
                "target.unknown",
                format!("flow `{id}` is not loaded in version {version}"),
            )
        };
        self.flow = self.flows.get(id, version).ok_or_else(unknown)?;
        self.session.asked = waits.asked.take();
        self.session.unhandled = 0;
        self.session.silence.rung = 0;
        // Handlers of the flow that was left must not go on in its caller.
        self.entries += 1;
        Ok(Some((left, waits)))
    }
}
