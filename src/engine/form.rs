//! Forms: asking for what is missing, and taking what was said: the asked-for value first, others with it, corrections
//! of what was there. Where the values stand in a text is `slots`' affair.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cause::Cause;
use super::turn::{Failure, Turn};
use super::{Filling, Stage, context};
use crate::event::Map;
use crate::flow::{Flow, Form, FormSlot, State, Trigger};
use crate::script::Template;
use crate::slots::{self, Moment, Slot, Type};

/// How often a question about the form as a whole is asked.
const ASKED_MAX: u32 = 3;

/// The yes or no, or the name of a slot, that is looked for beside the values.
const ANSWER: &str = "?";

/// What a text holds for a form.
#[derive(Default)]
struct Heard {
    /// By the slot's name.
    values: Map,
    answer: Option<Value>,
    /// Whether the text is hardly more than that.
    is_all: bool,
}

impl Filling {
    /// A form that has asked nothing yet, if the state has one.
    pub(super) fn begin(state: &State) -> Option<Self> {
        state.form.as_ref().map(|_| Self { stage: Stage::Begin, tries: 0 })
    }
}

impl Turn<'_> {
    /// Asks for the first value that is missing, or whether all is right, or has the form done.
    pub(super) fn ask_next(&mut self, state: &State, form: &Form) {
        let ctx = Arc::clone(&self.session.frame().context);
        if let Some(slot) = form.slots.iter().find(|slot| is_missing(&ctx, slot)) {
            return self.ask_slot(state, slot, 0);
        }
        match &form.confirm {
            Some(question) => self.ask_whole(state, question, &form.at, (Stage::Confirm, 0)),
            None => self.session.form = Some(Filling { stage: Stage::Done, tries: 0 }),
        }
    }

    /// Asks for a slot that was asked for `tries` times already.
    fn ask_slot(&mut self, state: &State, slot: &FormSlot, tries: u32) {
        let again = usize::try_from(tries).unwrap_or(usize::MAX).checked_sub(1);
        let reprompt = again.and_then(|at| slot.reprompt.get(at).or_else(|| slot.reprompt.last()));
        self.ask(state, reprompt.unwrap_or(&slot.ask), &slot.suggestions, &slot.at);
        let stage = Stage::Slot(slot.slot.name.clone());
        self.session.form = Some(Filling { stage, tries: tries.saturating_add(1) });
    }

    fn ask_whole(
        &mut self,
        state: &State,
        question: &Template,
        at: &str,
        (stage, tries): (Stage, u32),
    ) {
        self.ask(state, question, &[], at);
        self.session.form = Some(Filling { stage, tries: tries.saturating_add(1) });
    }

    /// Takes a text that is hardly more than values for the form, before anything else is made of it. Free text may be
    /// anything: where an intent can be meant, that is found out first.
    pub(super) fn fill_surely(&mut self, text: &str) -> Result<bool, Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        let Some((form, filling)) = state.form.as_ref().zip(self.session.form.clone()) else {
            return Ok(false);
        };
        if asked(form, &filling).is_some_and(|slot| is_free(&slot.slot.kind)) {
            return Ok(false);
        }
        let heard = self.hear(flow, form, &filling, text);
        if !heard.is_all {
            return Ok(false);
        }
        self.take(state, form, &filling, heard)
    }

    /// Takes what a text, or the slots that came with it, hold for the form. False: nothing.
    pub(super) fn fill(&mut self, text: &str) -> Result<bool, Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        let Some((form, filling)) = state.form.as_ref().zip(self.session.form.clone()) else {
            return Ok(false);
        };
        let mut heard = self.hear(flow, form, &filling, text);
        if heard.values.is_empty() {
            // A client that understands for itself sends no text.
            let named = form.slots.iter().map(|slot| slot.slot.name.as_str());
            let values =
                named.filter_map(|name| Some((name.to_owned(), self.given(name)?.clone())));
            heard.values = values.filter(|(_, value)| !value.is_null()).collect();
        }
        self.take(state, form, &filling, heard)
    }

    /// A slot of the input.
    fn given(&self, name: &str) -> Option<&Value> {
        self.vars.slot.as_ref()?.get(name)
    }

    /// Reads a text for what the form asks, for what it misses, and for what it has, in this order.
    fn hear(&self, flow: &Flow, form: &Form, filling: &Filling, text: &str) -> Heard {
        let asked = asked(form, filling);
        let ctx = &self.session.frame().context;
        let mut wanted: Vec<Slot> = Vec::with_capacity(form.slots.len() + 1);
        match (&filling.stage, asked) {
            (Stage::Begin | Stage::Done | Stage::Failed, _) => return Heard::default(),
            (Stage::Slot(_), Some(slot)) => wanted.push(slot.slot.clone()),
            (Stage::Confirm, _) => wanted.push(pseudo(Type::Boolean)),
            (Stage::Slot(_) | Stage::Correct, _) => wanted.push(pseudo(names_of(form))),
        }
        // What is asked for in free words is the whole text, whatever stands in it.
        if !asked.is_some_and(|slot| slot.slot.kind == Type::String) {
            let others = || form.slots.iter().filter(|slot| slot.slot.kind != Type::String);
            let others =
                || others().filter(|other| asked.is_none_or(|one| !std::ptr::eq(one, *other)));
            wanted.extend(others().filter(|s| is_missing(ctx, s)).map(|s| s.slot.clone()));
            if form.correct.is_some() {
                wanted.extend(others().filter(|s| !is_missing(ctx, s)).map(|s| s.slot.clone()));
            }
        }
        let found = slots::extract(text, &wanted, &self.moment(flow));
        let mut heard = Heard::default();
        let mut covered = 0;
        for found in found {
            covered += found.span.len();
            if found.slot == ANSWER {
                heard.answer = Some(found.value);
            } else {
                heard.values.insert(found.slot, found.value);
            }
        }
        let length = text.trim().len();
        heard.is_all = covered > 0 && covered * 2 >= length;
        if covered >= length && matches!(filling.stage, Stage::Slot(_)) {
            // A bare value answers the question; it takes more words to mean another one.
            let is_open = |slot: &FormSlot| {
                is_missing(ctx, slot) || asked.is_some_and(|asked| std::ptr::eq(asked, slot))
            };
            let open: Vec<&str> =
                form.slots.iter().filter(|s| is_open(s)).map(|s| s.slot.name.as_str()).collect();
            heard.values.retain(|name, _| open.contains(&name.as_str()));
        }
        heard
    }

    /// The turn's clock on the session's wall.
    fn moment(&self, flow: &Flow) -> Moment {
        let zone = jiff::tz::TimeZone::get(&self.time_zone()).unwrap_or(jiff::tz::TimeZone::UTC);
        let now = jiff::Timestamp::from_millisecond(self.now.as_millis()).unwrap_or_default();
        Moment { now: now.to_zoned(zone), language: flow.meta.language.clone() }
    }

    /// Writes what is valid and asks on. False: there was nothing to take.
    fn take(
        &mut self,
        state: &State,
        form: &Form,
        filling: &Filling,
        heard: Heard,
    ) -> Result<bool, Failure> {
        if heard.values.is_empty() {
            return self.take_answer(state, form, filling, heard.answer.as_ref());
        }
        let refused = self.write_values(form, heard.values)?;
        self.session.unhandled = 0;
        let Some(slot) = refused else {
            self.ask_next(state, form);
            return Ok(true);
        };
        let is_asked = asked(form, filling).is_some_and(|one| std::ptr::eq(one, slot));
        let tries = if is_asked { filling.tries } else { 1 };
        if tries >= slot.max {
            self.session.form = Some(Filling { stage: Stage::Failed, tries: 0 });
        } else {
            self.ask_slot(state, slot, tries);
        }
        Ok(true)
    }

    /// Writes the values that their slots take; gives the first slot that takes its value not.
    fn write_values<'f>(
        &mut self,
        form: &'f Form,
        values: Map,
    ) -> Result<Option<&'f FormSlot>, Failure> {
        self.vars.slot = Some(Arc::new(values));
        let mut ctx = Arc::clone(&self.session.frame().context);
        let mut changed = Map::new();
        let mut refused = None;
        for slot in &form.slots {
            let Some(value) = self.given(&slot.slot.name).cloned() else { continue };
            let mut next = Map::clone(&ctx);
            context::write(&mut next, &slot.path.keys, value.clone());
            let next = Arc::new(next);
            if self.holds(slot.validate.as_ref(), &next, &slot.at) {
                changed.insert(slot.path.text.clone(), value);
                ctx = next;
            } else {
                refused = refused.or(Some(slot));
            }
        }
        self.check_events()?;
        self.set_context(ctx, changed)?;
        Ok(refused)
    }

    /// Takes a yes, a no, or the name of what is wrong.
    fn take_answer(
        &mut self,
        state: &State,
        form: &Form,
        filling: &Filling,
        answer: Option<&Value>,
    ) -> Result<bool, Failure> {
        match (&filling.stage, answer) {
            (Stage::Confirm, Some(Value::Bool(true))) => {
                self.session.form = Some(Filling { stage: Stage::Done, tries: 0 });
            }
            (Stage::Confirm, Some(Value::Bool(false))) => match &form.correct {
                Some(question) => self.ask_whole(state, question, &form.at, (Stage::Correct, 0)),
                None => self.session.form = Some(Filling { stage: Stage::Failed, tries: 0 }),
            },
            (Stage::Correct, Some(Value::String(name))) => {
                let Some(slot) = form.slots.iter().find(|slot| slot.slot.name == *name) else {
                    return Ok(false);
                };
                self.clear(slot)?;
                self.ask_slot(state, slot, 0);
            }
            _ => return Ok(false),
        }
        self.session.unhandled = 0;
        Ok(true)
    }

    fn clear(&mut self, slot: &FormSlot) -> Result<(), Failure> {
        let mut ctx = Map::clone(&self.session.frame().context);
        context::write(&mut ctx, &slot.path.keys, Value::Null);
        let changed = Map::from_iter([(slot.path.text.clone(), json!(null))]);
        self.set_context(Arc::new(ctx), changed)
    }

    /// Asks again for what was not understood, in the form's own words, or gives the form up. False: the form has no
    /// words of its own, and the ladder of the fallback has its turn.
    pub(super) fn ask_differently(&mut self, state: &State, form: &Form) -> Result<bool, Failure> {
        let Some(filling) = self.session.form.clone() else { return Ok(false) };
        let slot = asked(form, &filling);
        if filling.tries >= slot.map_or(ASKED_MAX, |slot| slot.max) {
            self.session.form = Some(Filling { stage: Stage::Failed, tries: 0 });
            self.settle()?;
            return Ok(true);
        }
        if let Some(slot) = slot.filter(|slot| !slot.reprompt.is_empty()) {
            self.ask_slot(state, slot, filling.tries);
            return Ok(true);
        }
        let tries = filling.tries.saturating_add(1);
        self.session.form = Some(Filling { tries, ..filling });
        Ok(false)
    }

    /// Takes the handler of a form that is done or given up. Without one, a form that is given up asks on.
    pub(super) fn form_hop(&mut self) -> Result<bool, Failure> {
        let is_done = match self.session.form.as_ref().map(|form| &form.stage) {
            Some(Stage::Done) => true,
            Some(Stage::Failed) => false,
            Some(Stage::Begin) => return self.begin_form(),
            Some(Stage::Slot(_) | Stage::Confirm | Stage::Correct) | None => return Ok(false),
        };
        self.session.form = None;
        if is_done {
            return self.take_one(Cause::Word("form.done"), |t| matches!(t, Trigger::Done));
        }
        if self.take_one(Cause::Word("form.fail"), |t| matches!(t, Trigger::Fail))? {
            return Ok(true);
        }
        self.begin_form()
    }

    /// Asks the first question of the state's form. True: the form was done before it began.
    pub(super) fn begin_form(&mut self) -> Result<bool, Failure> {
        let flow = self.flow;
        let state = self.state(flow)?;
        let Some(form) = &state.form else { return Ok(false) };
        self.ask_next(state, form);
        match self.session.form.as_ref().map(|form| &form.stage) {
            Some(Stage::Done) => self.form_hop(),
            Some(_) | None => Ok(false),
        }
    }

    /// Whether the state has a form that has asked nothing yet.
    pub(super) fn has_form_to_begin(&self) -> bool {
        self.session.form.as_ref().is_some_and(|form| form.stage == Stage::Begin)
    }
}

/// The slot that was asked for.
fn asked<'f>(form: &'f Form, filling: &Filling) -> Option<&'f FormSlot> {
    match &filling.stage {
        Stage::Slot(name) => form.slots.iter().find(|slot| slot.slot.name == *name),
        Stage::Begin | Stage::Confirm | Stage::Correct | Stage::Done | Stage::Failed => None,
    }
}

/// Whether the context has no value for it; an empty text is none.
fn is_missing(ctx: &Map, slot: &FormSlot) -> bool {
    match context::read(ctx, &slot.path.keys) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => false,
    }
}

/// Whether nearly every text could be a value of this type.
fn is_free(kind: &Type) -> bool {
    matches!(kind, Type::String | Type::Name)
}

fn pseudo(kind: Type) -> Slot {
    Slot { name: ANSWER.to_owned(), kind, required: false, pii: false }
}

/// The slots by what a person may call them: `partySize` is "party size" too.
fn names_of(form: &Form) -> Type {
    let names = form.slots.iter().map(|slot| slot.slot.name.clone());
    let spoken = form.slots.iter().map(|slot| (slot.slot.name.clone(), spoken(&slot.slot.name)));
    Type::Enum { values: names.collect(), synonyms: spoken.collect() }
}

/// The words of a name, and the last part of a path alone.
fn spoken(name: &str) -> Vec<String> {
    let words = |name: &str| {
        let mut spoken = String::with_capacity(name.len() + 4);
        for c in name.chars() {
            if c.is_uppercase() && !spoken.is_empty() {
                spoken.push(' ');
            }
            spoken.extend(if c.is_alphanumeric() { c } else { ' ' }.to_lowercase());
        }
        spoken
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    vec![words(name), words(last)]
}
