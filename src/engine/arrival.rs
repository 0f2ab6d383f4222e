//! The door of a step: what each kind of input does first, and what it is handed on to.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cause::Cause;
use super::hearing::{dtmf, intent, text_first, understood_text};
use super::limits::QUEUE_MAX;
use super::turn::Turn;
use super::{Error, Input, News, Outcome, Queued, Understood, calls, context};
use crate::event::{CallId, Kind, Map, TimerId};
use crate::flow::{self, Busy, Trigger};

/// Takes one input.
pub(super) fn take<'a>(turn: &mut Turn<'a>, input: &'a Input) -> Result<(), Error> {
    if let Some(reason) = &turn.session.ended {
        return Err(match input {
            Input::ToolDone { call, .. } | Input::Told { call, .. } => {
                Error::NotPending(call.clone())
            }
            Input::Due(timer) => Error::NoTimer(*timer),
            _ => Error::Ended { reason: reason.clone() },
        });
    }
    check_order(turn, input)?;
    match input {
        Input::Start => start(turn)?,
        Input::Understood(understood) => match &turn.before.understanding {
            Some(asked) => understood_text(turn, asked, understood)?,
            None => message(turn, input)?,
        },
        Input::Text { .. } | Input::Dtmf { .. } => message(turn, input)?,
        Input::External { name, payload, .. } => external(turn, input, name, payload),
        Input::ToolDone { call, outcome } => tool_done(turn, call, outcome.clone())?,
        Input::Told { call, news } => told_by_call(turn, call, news)?,
        Input::Due(timer) => due(turn, *timer)?,
        Input::Drain => drain(turn),
        Input::Cancel => cancel(turn)?,
        Input::Delete => {
            turn.arrive();
            turn.end("deleted");
        }
    }
    Ok(())
}

fn check_order(turn: &Turn<'_>, input: &Input) -> Result<(), Error> {
    let (is_new, is_start) = (turn.session.seq == 0, matches!(input, Input::Start));
    if is_new && !is_start {
        return Err(Error::OutOfOrder("the session has not started"));
    }
    if is_start && !is_new {
        return Err(Error::OutOfOrder("the session has started already"));
    }
    if turn.session.understanding.is_some() && !matches!(input, Input::Understood(_)) {
        return Err(Error::OutOfOrder("the text before it is not understood yet"));
    }
    Ok(())
}

fn start(turn: &mut Turn<'_>) -> Result<(), Error> {
    if !context::fits(&turn.session.frame().context) {
        return Err(Error::TooLarge { what: "context" });
    }
    turn.arrive();
    let frame = turn.session.frame();
    let (flow, version) = (frame.flow.as_str().to_owned(), frame.version.as_str().to_owned());
    let own = &turn.flow.context;
    let is_own = |key: &str, value: &Value| own.get(key) == Some(value);
    let given = frame.context.iter().filter(|(key, value)| !is_own(key, value));
    let context: Map = given.map(|(key, value)| (key.clone(), value.clone())).collect();
    let context = context.into();
    let time_zone = turn.session.time_zone.clone();
    turn.push(Kind::SessionCreated { flow, version, context, time_zone });
    turn.attempt_whole(|turn| {
        let flow = turn.flow;
        turn.enter(flow)?;
        turn.settle()
    });
    Ok(())
}

/// What a person sends: handled at once, or as `busy` says while a call is pending.
fn message<'a>(turn: &mut Turn<'a>, input: &'a Input) -> Result<(), Error> {
    check_intent(turn, input)?;
    let waits = !turn.session.pending.is_empty() || !turn.session.queue.is_empty();
    let policy = busy(turn);
    let queues = waits && matches!(policy, Busy::Queue | Busy::Merge);
    if queues && waiting(turn) >= QUEUE_MAX {
        return Err(Error::QueueFull { max: QUEUE_MAX });
    }
    turn.arrive();
    // What is turned away may be sent again under the same id.
    if !(waits && matches!(policy, Busy::Reject)) {
        turn.accept(input);
    }
    if let Some(kind) = told(input) {
        turn.push(kind);
    }
    match policy {
        Busy::Queue | Busy::Merge if waits => queue(turn, input, policy),
        Busy::Reject if waits => {
            let message = "a tool call is pending; send it again when the answer is there";
            turn.push(Kind::Error { code: "session.busy".to_owned(), message: message.to_owned() });
        }
        Busy::Queue | Busy::Merge | Busy::Reject | Busy::Interrupt => handle(turn, input),
    }
    Ok(())
}

/// Arrivals in the queue, the joined ones among them.
fn waiting(turn: &Turn<'_>) -> usize {
    turn.session.queue.iter().map(|queued| 1 + queued.merged.len()).sum()
}

fn check_intent(turn: &Turn<'_>, input: &Input) -> Result<(), Error> {
    let Input::Understood(understood) = input else { return Ok(()) };
    check_slots(understood)?;
    let Some(intent) = &understood.intent else { return Ok(()) };
    if turn.flow.intents.contains_key(intent) {
        return Ok(());
    }
    let names = turn.flow.intents.keys().map(String::as_str);
    let nearest = flow::nearest(intent, names).map(str::to_owned);
    Err(Error::UnknownIntent { flow: turn.flow.id.clone(), intent: intent.clone(), nearest })
}

pub(super) fn check_slots(understood: &Understood) -> Result<(), Error> {
    if context::fits(&understood.slots) {
        return Ok(());
    }
    Err(Error::TooLarge { what: "slots" })
}

/// The policy for what arrives now. A queue that no call holds up is about to be drained: nothing overtakes it.
fn busy(turn: &Turn<'_>) -> Busy {
    if turn.session.pending.is_empty() {
        return Busy::Queue;
    }
    let state = turn.flow.states.get(&*turn.session.frame().state);
    state.and_then(|state| state.busy).unwrap_or(turn.flow.meta.busy)
}

/// The event of an arrival.
fn told(input: &Input) -> Option<Kind> {
    match input {
        Input::Text { text, message_id } => {
            Some(Kind::UserText { text: text.clone(), message_id: message_id.clone() })
        }
        Input::Dtmf { digits, message_id } => {
            Some(Kind::UserDtmf { digits: digits.clone(), message_id: message_id.clone() })
        }
        Input::External { name, payload, message_id } => {
            let (name, payload) = (name.clone(), payload.clone().into());
            Some(Kind::UserEvent { name, payload, message_id: message_id.clone() })
        }
        Input::Understood(understood) => Some(Kind::NluIntent(understood.clone().into())),
        Input::Start
        | Input::ToolDone { .. }
        | Input::Told { .. }
        | Input::Due(_)
        | Input::Drain
        | Input::Cancel
        | Input::Delete => None,
    }
}

fn queue(turn: &mut Turn<'_>, input: &Input, policy: Busy) {
    let last = turn.session.queue.back_mut();
    if let (Busy::Merge, Some(last), Input::Text { text, .. }) = (policy, last, input)
        && let Input::Text { text: before, .. } = &mut last.input
    {
        before.push('\n');
        before.push_str(text);
        last.merged.push(turn.number);
        return;
    }
    let queued = Queued { turn: turn.number, input: input.clone(), merged: Vec::new() };
    turn.session.queue.push_back(queued);
}

/// Handles a person's input whose own event is in the log.
fn handle<'a>(turn: &mut Turn<'a>, input: &'a Input) {
    turn.heard = true;
    match input {
        Input::Text { text, .. } => turn.attempt_whole(|turn| text_first(turn, text)),
        Input::Dtmf { digits, .. } => turn.attempt_whole(|turn| dtmf(turn, digits)),
        Input::Understood(understood) => {
            turn.attempt_whole(|turn| intent(turn, "", understood));
        }
        Input::Start
        | Input::External { .. }
        | Input::ToolDone { .. }
        | Input::Told { .. }
        | Input::Due(_)
        | Input::Drain
        | Input::Cancel
        | Input::Delete => {}
    }
}

/// Other systems' events are signals, not messages: they never wait for a pending call.
fn external(turn: &mut Turn<'_>, input: &Input, name: &str, payload: &Value) {
    turn.arrive();
    turn.vars.input = json!({ "name": name, "payload": payload }).into();
    turn.accept(input);
    if let Some(kind) = told(input) {
        turn.push(kind);
    }
    turn.attempt_whole(|turn| {
        let cause = Cause::Named("event", name);
        let wanted = |t: &Trigger| matches!(t, Trigger::Event(event) if event == name);
        turn.take_first(cause, wanted).map(|_| ())
    });
}

fn tool_done(turn: &mut Turn<'_>, call: &CallId, outcome: Outcome) -> Result<(), Error> {
    let pending = turn.answered(call)?;
    let outcome = calls::storable(outcome);
    turn.note_outcome(&pending, &outcome);
    turn.attempt_whole(|turn| turn.resume(&pending, outcome));
    Ok(())
}

/// News of a call are told on and change nothing.
fn told_by_call(turn: &mut Turn<'_>, call: &CallId, news: &News) -> Result<(), Error> {
    let pending = turn.session.pending.iter().find(|pending| pending.call == *call);
    let Some(root) = pending.map(|pending| pending.root) else {
        return Err(Error::NotPending(call.clone()));
    };
    let tool_call_id = call.clone();
    let kind = match news.clone() {
        News::Progress { percent, message } => {
            Kind::ToolProgress { tool_call_id, percent, message }
        }
        News::Chunk { delta } => Kind::ModelChunk { tool_call_id, delta },
        News::Event { data, .. } if context::is_too_deep(&data) => {
            return Err(Error::TooLarge { what: "event" });
        }
        News::Event { name, data } => Kind::Custom { name, data },
    };
    turn.arrive();
    turn.root = root;
    turn.push(kind);
    Ok(())
}

fn cancel(turn: &mut Turn<'_>) -> Result<(), Error> {
    let waiting: Vec<CallId> = turn.session.pending.iter().map(|p| p.call.clone()).collect();
    for call in waiting {
        // Handling one may have left the state, and with it the others.
        if turn.session.pending.iter().any(|pending| pending.call == call) {
            tool_done(turn, &call, calls::cancelled())?;
            turn.effects.push(super::Effect::CancelTool(call));
        }
    }
    Ok(())
}

fn due(turn: &mut Turn<'_>, timer: TimerId) -> Result<(), Error> {
    let place = turn.session.timers.iter().position(|set| set.id == timer);
    let place = place.ok_or(Error::NoTimer(timer))?;
    let set = turn.session.timers.remove(place);
    turn.arrive();
    turn.push(Kind::TimerDue { timer });
    turn.attempt_whole(|turn| {
        let Some(after) = set.after else { return turn.silent() };
        let Some(flow) = turn.flow_at(set.frame) else { return Ok(()) };
        // Its state may be that of a caller: the guard sees what that one sees.
        let mut above = turn.session.take_above(set.frame);
        let delayed = turn.state(flow)?.after.get(after);
        let ctx = Arc::clone(&turn.session.frame().context);
        let way = delayed.filter(|way| turn.holds(way.when.as_ref(), &ctx, &way.at));
        turn.session.frames.append(&mut above);
        let Some(way) = way else { return Ok(()) };
        turn.unwind(set.frame)?;
        if turn.session.is_active() {
            turn.mark(|| way.at.clone());
            turn.go(&way.to, Cause::Word("after"))?;
            turn.settle()?;
        }
        Ok(())
    });
    Ok(())
}

/// The oldest arrival that waits, under its own number.
fn drain(turn: &mut Turn<'_>) {
    if !turn.session.pending.is_empty() {
        return;
    }
    let Some(Queued { turn: number, input, .. }) = turn.before.queue.front() else { return };
    turn.session.queue.pop_front();
    turn.number = *number;
    turn.root = *number;
    handle(turn, input);
    if turn.is_silent() && turn.understanding.is_none() {
        // A turn is in the log with at least one event, also when nothing came of it.
        turn.push(Kind::StateUpdated { changed: Map::new() });
    }
}
