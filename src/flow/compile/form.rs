//! Forms: their slots, and what the host asks where the author does not say it.

use super::super::model::{self, Correct, Piece};
use super::super::report::{Place, Problem};
use super::super::{Form, FormSlot, limit};
use super::Compiler;
use crate::script::Template;
use crate::slots::Slot;

/// How often a slot is asked for where the author does not say it.
const ASKED_MAX: u64 = 3;

impl Compiler<'_> {
    pub(super) fn form(&mut self, written: Option<&Piece<model::Form>>, at: &str) -> Option<Form> {
        let written = self.part(written, at)?;
        self.limit("limit.slots", &format!("{at}/slots"), (written.slots.len(), limit::SLOTS_MAX));
        let mut slots: Vec<FormSlot> = Vec::with_capacity(written.slots.len());
        let mut names: Vec<&str> = Vec::with_capacity(written.slots.len());
        for (index, piece) in written.slots.iter().take(limit::SLOTS_MAX).enumerate() {
            let at = format!("{at}/slots/{index}");
            let Some(written) = self.piece(piece, &at) else { continue };
            if let Some(message) = names.iter().find_map(|other| clash(other, &written.name)) {
                self.error("form.duplicate", &format!("{at}/name"), message);
            }
            names.push(&written.name);
            slots.extend(self.form_slot(written, at));
        }
        if written.slots.is_empty() {
            let place = Place::Value(format!("{at}/slots"));
            let problem = Problem::error("form.empty", place, "the form asks for nothing");
            self.report.add(problem.suggest("give it a slot, or remove it"));
        }
        let confirm = written.confirm.as_ref();
        Some(Form {
            slots,
            confirm: confirm.and_then(|text| self.template(text, &format!("{at}/confirm"))),
            correct: self.correct(written.correct.as_ref(), &format!("{at}/correct")),
            at: at.to_owned(),
        })
    }

    fn form_slot(&mut self, written: &model::FormSlot, at: String) -> Option<FormSlot> {
        self.check_name(&written.name, &format!("{at}/name"));
        let path = self.path(&written.name, Place::Value(format!("{at}/name")));
        let words = (written.values.as_ref(), written.synonyms.as_ref());
        let kind = self.slot_type(written.kind, words, &at);
        let ask = self.template(&written.ask, &format!("{at}/ask"));
        let suggestions =
            self.templates(written.suggestions.as_ref(), &format!("{at}/suggestions"));
        let validate = written.validate.as_deref();
        let validate = validate.map(|source| self.expression(source, &format!("{at}/validate")));
        let reprompt = self.templates(written.reprompt.as_ref(), &format!("{at}/reprompt"));
        let max = written.max.unwrap_or(ASKED_MAX);
        self.within("limit.tries", &format!("{at}/max"), max, 1..=limit::TRIES_MAX);
        self.uses.writes.insert(written.name.clone());
        let pii = written.pii.unwrap_or_default();
        Some(FormSlot {
            slot: Slot { name: written.name.clone(), kind: kind?, required: true, pii },
            path: path?,
            ask: ask?,
            suggestions,
            validate: match validate {
                Some(compiled) => Some(compiled?),
                None => None,
            },
            reprompt,
            max: u32::try_from(max).unwrap_or(u32::MAX),
            at,
        })
    }

    /// The question after a no.
    fn correct(&mut self, written: Option<&Correct>, at: &str) -> Option<Template> {
        match written {
            Some(Correct::Allowed(false)) => None,
            Some(Correct::Question(text)) => self.template(text, at),
            Some(Correct::Allowed(true)) | None => {
                Template::compile(default_question(&self.language)).ok()
            }
        }
    }
}

/// Why two slots cannot both have their place in the context.
fn clash(one: &str, other: &str) -> Option<String> {
    let is_within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
    };
    if one == other {
        return Some(format!("`{other}` is asked for twice"));
    }
    let (outer, inner) = match (is_within(one, other), is_within(other, one)) {
        (true, _) => (other, one),
        (_, true) => (one, other),
        (false, false) => return None,
    };
    Some(format!("`{inner}` is a part of `{outer}`, which is asked for too"))
}

/// What is asked after a no where the author does not say it.
fn default_question(language: &str) -> &'static str {
    match language.split('-').next().unwrap_or_default() {
        "de" => "Was soll ich ändern?",
        "es" => "¿Qué debo cambiar?",
        "fr" => "Que dois-je changer ?",
        "it" => "Che cosa devo cambiare?",
        "nl" => "Wat moet ik veranderen?",
        "pt" => "O que devo mudar?",
        _ => "What should I change?",
    }
}
