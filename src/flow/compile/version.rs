//! What becomes of running sessions: the policy, and the way over from older versions.

use std::collections::BTreeMap;

use super::super::locate::escape;
use super::super::model::{self, Sessions as Written};
use super::super::report::{Place, Problem};
use super::super::{Migration, Policy, Sessions, limit};
use super::Compiler;
use super::text::Reported;

/// How long a session stays where the flow says nothing: a day.
const PIN_MAX_MS: u64 = 24 * 3_600_000;
/// The fewest digits that name a version.
const DIGITS_MIN: usize = 8;
/// All of them.
const DIGITS_MAX: usize = 64;

impl Compiler<'_> {
    pub(super) fn sessions(&mut self, written: Option<&Written>) -> Sessions {
        let (kind, pin_max_ms) = match written {
            None => (Policy::Auto, None),
            Some(Written::Short(kind)) => (policy(*kind), None),
            Some(Written::Long(long)) => (policy(long.policy), long.pin_max_ms),
        };
        let pin_max_ms = pin_max_ms.unwrap_or(PIN_MAX_MS);
        let at = "/meta/sessions/pin_max_ms";
        self.within("limit.after", at, pin_max_ms, 1..=limit::AFTER_MS_MAX);
        Sessions { policy: kind, pin_max_ms }
    }

    pub(super) fn migrations(&mut self, model: &model::Flow) -> Vec<Migration> {
        let at = "/migrations";
        let Some(written) = self.part(model.migrations.as_ref(), at) else { return Vec::new() };
        self.limit("limit.migrations", at, (written.len(), limit::MIGRATIONS_MAX));
        let mut migrations: Vec<Migration> = Vec::with_capacity(written.len());
        for (index, piece) in written.iter().take(limit::MIGRATIONS_MAX).enumerate() {
            let at = format!("{at}/{index}");
            let Some(written) = self.piece(piece, &at) else { continue };
            let Ok(from) = self.from(&written.from, &format!("{at}/from")) else { continue };
            if migrations.iter().any(|other| other.from == from) {
                let message =
                    format!("`{}` has an entry before this one, which counts", written.from);
                self.error("migration.duplicate", &format!("{at}/from"), message);
            }
            let states = self.moves(written, &format!("{at}/states"));
            let assign = self.assigns(written.assign.as_ref(), &format!("{at}/assign"));
            migrations.push(Migration { from, states, assign, at });
        }
        migrations
    }

    /// The digits of a version; none is every version.
    fn from(&mut self, written: &str, at: &str) -> Result<Option<String>, Reported> {
        if written == "*" {
            return Ok(None);
        }
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_long_enough = (DIGITS_MIN..=DIGITS_MAX).contains(&written.len());
        if is_long_enough && written.bytes().all(is_digit) {
            return Ok(Some(written.to_owned()));
        }
        let place = Place::Value(at.to_owned());
        let message = format!("`{written}` is no version of a flow");
        let problem = Problem::error("version.invalid", place, message);
        let hint = "write the 12 digits that `GET /api/flows` and events show, or `*` for all";
        self.report.add(problem.suggest(hint));
        Err(Reported)
    }

    fn moves(&mut self, written: &model::Migration, at: &str) -> BTreeMap<String, String> {
        let mut moves = BTreeMap::new();
        for (old, new) in written.states.iter().flatten() {
            if self.known_state(new, &format!("{at}/{}", escape(old))) {
                moves.insert(old.clone(), new.clone());
            }
        }
        moves
    }
}

fn policy(written: model::Policy) -> Policy {
    match written {
        model::Policy::Auto => Policy::Auto,
        model::Policy::Pin => Policy::Pin,
        model::Policy::Migrate => Policy::Migrate,
        model::Policy::Drain => Policy::Drain,
    }
}
