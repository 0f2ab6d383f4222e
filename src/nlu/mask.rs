//! Keeps personal data in the house: what the flow calls so is replaced by a mark before a text leaves, and put back
//! where the mark comes back.

mod known;

use std::ops::Range;

use serde_json::Value;

use self::known::Known;
use crate::flow::Flow;
use crate::slots::{self, Moment, Slot, Type};

/// So many values of one text are hidden; a text with more is a list and is not sent.
const VALUES_MAX: usize = 24;

/// Characters that are looked at together.
const PART_CHARS_MAX: usize = slots::TEXT_MAX - 1;

/// The hidden values of one request.
#[derive(Debug)]
pub(in crate::nlu) struct Mask<'a> {
    moment: &'a Moment,
    /// What is personal in the flow, each kind of value once.
    personal: Vec<Slot>,
    /// What is known of the person.
    known: Vec<Known>,
    /// Mark and value.
    hidden: Vec<(String, String)>,
}

/// A text that has more personal data than can be hidden.
#[derive(Debug)]
pub(in crate::nlu) struct TooMuch;

impl<'a> Mask<'a> {
    pub(in crate::nlu) fn of(flow: &Flow, moment: &'a Moment) -> Self {
        let intents = flow.intents.values().flat_map(|intent| &intent.slots);
        let forms = flow.states.values().filter_map(|state| state.form.as_ref());
        let forms = forms.flat_map(|form| &form.slots).map(|slot| &slot.slot);
        let mut personal: Vec<Slot> = Vec::new();
        for slot in intents.chain(forms).filter(|slot| slot.pii) {
            if !personal.iter().any(|known| known.kind == slot.kind) {
                personal.push(slot.clone());
            }
        }
        Self { moment, personal, known: Vec::new(), hidden: Vec::new() }
    }

    /// The same, with values that are known: the slot that each came from, and what it is.
    pub(in crate::nlu) fn knowing(mut self, values: &[(String, String)]) -> Self {
        self.known = known::of(values);
        self
    }

    /// The text without personal data. What was `asked` for is found even where it stands alone.
    pub(in crate::nlu) fn hide(&mut self, text: &str, asked: &[Slot]) -> Result<String, TooMuch> {
        let is_asked = |slot: &Slot| asked.iter().any(|other| other.pii && other.kind == slot.kind);
        // Free text is everything: where that was asked for, nothing of it leaves.
        if asked.iter().any(|slot| slot.pii && slot.kind == Type::String) {
            return self.mark("text", text.to_owned());
        }
        let mut wanted: Vec<Slot> =
            self.personal.iter().filter(|slot| slot.kind != Type::String).cloned().collect();
        wanted.sort_by_key(|slot| !is_asked(slot));
        let asked = wanted.iter().filter(|slot| is_asked(slot)).count();
        let text: String = text.chars().take(slots::TEXT_MAX).collect();
        let mut text = self.hide_known(text)?;
        loop {
            let words = slots::Text::read(&text, &self.moment.language);
            let found = words.extract_asked(&wanted, asked, self.moment);
            let mut found: Vec<(String, Range<usize>)> =
                found.into_iter().map(|value| (value.slot, value.span)).collect();
            // Whose phone is personal, his card is.
            let phone = wanted.iter().find(|slot| slot.kind == Type::Phone);
            for row in phone.iter().flat_map(|_| words.long_rows()) {
                if !found.iter().any(|(_, span)| span.start < row.end && row.start < span.end) {
                    found.push(("number".to_owned(), row));
                }
            }
            found.retain(|(_, span)| !self.is_mark(&text, span));
            if found.is_empty() {
                return Ok(text);
            }
            found.sort_by_key(|(_, span)| std::cmp::Reverse(span.start));
            for (slot, span) in found {
                let said = text.get(span.clone()).unwrap_or_default().to_owned();
                let mark = self.mark(&slot, said)?;
                text.replace_range(span, &mark);
            }
        }
    }

    /// The text without what is known of the person, wherever it stands.
    fn hide_known(&mut self, mut text: String) -> Result<String, TooMuch> {
        let known = std::mem::take(&mut self.known);
        let mut hide = || {
            for one in &known {
                let mut from = 0;
                while let Some(span) = one.find(&text, from) {
                    from = span.end;
                    if self.is_mark(&text, &span) {
                        continue;
                    }
                    let said = text.get(span.clone()).unwrap_or_default().to_owned();
                    let mark = self.mark(&one.slot, said)?;
                    from = span.start + mark.len();
                    text.replace_range(span, &mark);
                }
            }
            Ok(())
        };
        let hidden = hide();
        self.known = known;
        hidden.map(|()| text)
    }

    /// A longer text without personal data, hidden a part after the other.
    pub(in crate::nlu) fn hide_whole(&mut self, text: &str) -> Result<String, TooMuch> {
        let mut hidden = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let most = rest.char_indices().nth(PART_CHARS_MAX).map_or(rest.len(), |(at, _)| at);
            let part = rest.get(..most).unwrap_or(rest);
            // No value goes over the end of a line; over a space it may, but not often.
            let cut = |end: char| part.rfind(end).map(|at| at + end.len_utf8());
            let end = if most == rest.len() {
                most
            } else {
                cut('\n').or_else(|| cut(' ')).unwrap_or(most)
            };
            let (part, after) = rest.split_at(end);
            hidden.push_str(&self.hide(part, &[])?);
            rest = after;
        }
        Ok(hidden)
    }

    /// So many bytes of a text that goes on have no mark that may be cut: one has no more than `mark_max`.
    pub(in crate::nlu) fn ready(&self, text: &str, mark_max: usize) -> usize {
        match text.rfind('[') {
            Some(at) if !self.hidden.is_empty() && text.len() - at <= mark_max => {
                if text.get(at..).is_some_and(|open| open.contains(']')) { text.len() } else { at }
            }
            Some(_) | None => text.len(),
        }
    }

    /// A text with the values in the places of their marks.
    pub(in crate::nlu) fn show(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for (mark, value) in &self.hidden {
            if shown.contains(mark.as_str()) {
                shown = shown.replace(mark.as_str(), value);
            }
        }
        shown
    }

    /// Whether there is a mark there already.
    fn is_mark(&self, text: &str, span: &Range<usize>) -> bool {
        let mut marks = self.hidden.iter().flat_map(|(mark, _)| text.match_indices(mark.as_str()));
        marks.any(|(start, mark)| span.start < start + mark.len() && start < span.end)
    }

    fn mark(&mut self, slot: &str, said: String) -> Result<String, TooMuch> {
        if let Some((mark, _)) = self.hidden.iter().find(|(_, value)| *value == said) {
            return Ok(mark.clone());
        }
        let letter = u8::try_from(self.hidden.len()).ok().filter(|n| usize::from(*n) < VALUES_MAX);
        let letter = char::from(b'a' + letter.ok_or(TooMuch)?);
        let name: String = slot.chars().filter(|c| c.is_alphabetic()).take(24).collect();
        let mark = format!("[{}-{letter}]", name.to_lowercase());
        self.hidden.push((mark.clone(), said));
        Ok(mark)
    }
}

/// A value of the context with the texts in it masked.
pub(in crate::nlu) fn hidden(value: Value, mask: &mut Mask<'_>) -> Result<Value, TooMuch> {
    Ok(match value {
        Value::String(text) => mask.hide(&text, &[])?.into(),
        Value::Array(items) => Value::Array(
            items.into_iter().map(|item| hidden(item, mask)).collect::<Result<_, _>>()?,
        ),
        Value::Object(fields) => {
            let each = fields.into_iter().map(|(key, value)| Ok((key, hidden(value, mask)?)));
            Value::Object(each.collect::<Result<_, _>>()?)
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    })
}
