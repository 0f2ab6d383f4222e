//! What stands for secrets while a guest has them in its hands: texts that mean nothing, fresh for each call. They are
//! swapped for the values on the way to the hosts that the secrets are for, and values for them on the way back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Egress, Failed, Failure, Held};
use crate::net::Origin;
use crate::plugin::chance::Chance;

/// What every placeholder begins with.
const PREFIX: &str = "cicerone-secret-";

/// Random bytes of a placeholder.
const RANDOM: usize = 16;

/// The placeholders of one call.
#[derive(Debug)]
pub(in crate::plugin) struct Veil {
    chance: Chance,
    by_secret: Mutex<BTreeMap<String, String>>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plugin) enum VeilError {
    /// The plugin may not use it, or not see it.
    NotGranted,
    /// The operator has not set it.
    Missing,
}

impl Veil {
    pub(in crate::plugin) fn new(chance: Chance) -> Self {
        Self { chance, by_secret: Mutex::default() }
    }

    /// The placeholder of a secret; the same within a call.
    pub(in crate::plugin) fn placeholder(
        &self,
        egress: &Egress,
        name: &str,
    ) -> Result<String, VeilError> {
        egress.held(name)?;
        self.of(name).ok_or(VeilError::Missing)
    }

    /// Whether something that looks like a placeholder is in it.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        find(text, PREFIX.as_bytes()).is_some()
    }

    /// The text with values for placeholders; none when it has none.
    pub(super) fn fill(
        &self,
        egress: &Egress,
        text: &[u8],
        origin: &Origin,
    ) -> Result<Option<Vec<u8>>, Failed> {
        if !self.is_in(text) {
            return Ok(None);
        }
        let mut filled = None;
        for (name, placeholder) in self.lock().iter() {
            let now = filled.as_deref().unwrap_or(text);
            if find(now, placeholder.as_bytes()).is_none() {
                continue;
            }
            let Ok((held, value)) = egress.held(name) else { continue };
            if !held.right.hosts.iter().any(|host| host.covers(origin)) {
                let why = format!(
                    "the secret `{name}` is not for `{origin}`; `hosts` of [capabilities.secrets] says for whom it is"
                );
                return Err(Failed::new(Failure::Denied, why));
            }
            filled = Some(replace(now, placeholder.as_bytes(), value.as_bytes()));
        }
        Ok(filled)
    }

    /// The text with placeholders for values, also where they are escaped as in JSON or a URL; none when it has none.
    pub(super) fn mask(&self, egress: &Egress, text: &[u8]) -> Option<Vec<u8>> {
        let mut masked = None;
        for (name, value) in egress.kept() {
            for form in forms(value) {
                let now = masked.as_deref().unwrap_or(text);
                if find(now, form.as_bytes()).is_none() {
                    continue;
                }
                let placeholder = self.of(name).unwrap_or_else(|| PREFIX.to_owned());
                masked = Some(replace(now, form.as_bytes(), placeholder.as_bytes()));
            }
        }
        masked
    }

    /// None when there is no chance to be had.
    fn of(&self, name: &str) -> Option<String> {
        if let Some(found) = self.lock().get(name) {
            return Some(found.clone());
        }
        let mut bytes = [0; RANDOM];
        self.chance.fill(&mut bytes).ok()?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(self.lock().entry(name.to_owned()).or_insert_with(|| format!("{PREFIX}{hex}")).clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.by_secret.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Egress {
    /// A secret that the plugin may use, and its value.
    fn held(&self, name: &str) -> Result<(&Held, &str), VeilError> {
        let held = self.held.iter().find(|held| held.right.name == name);
        let held = held.ok_or(VeilError::NotGranted)?;
        let value = held.value.as_ref().ok_or(VeilError::Missing)?;
        Ok((held, value.expose()))
    }

    /// The value of a secret that the plugin's own code may see.
    pub(in crate::plugin) fn reveal(&self, name: &str) -> Result<&str, VeilError> {
        let found = self.held.iter().find(|held| held.right.name == name);
        if !found.is_some_and(|held| held.right.expose) {
            return Err(VeilError::NotGranted);
        }
        self.held(name).map(|(_, value)| value)
    }

    /// Secrets that its code must not see.
    fn kept(&self) -> impl Iterator<Item = (&str, &str)> {
        let kept = self.held.iter().filter(|held| !held.right.expose);
        kept.filter_map(|held| Some((held.right.name.as_str(), held.value.as_ref()?.expose())))
    }

    pub(super) fn keeps_secrets(&self) -> bool {
        self.kept().next().is_some()
    }
}

/// The ways in which servers write a text back; the longest first, because the others may be part of it.
fn forms(value: &str) -> Vec<String> {
    let json = serde_json::Value::String(value.to_owned()).to_string();
    let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).map(str::to_owned);
    let percent = |hex: fn(u8) -> String| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
        let write = |b: u8| if plain(b) { char::from(b).to_string() } else { hex(b) };
        value.bytes().map(write).collect()
    };
    let (upper, lower) = (percent(|b| format!("%{b:02X}")), percent(|b| format!("%{b:02x}")));
    let plus = |form: &str| form.replace("%20", "+");
    let mut forms = vec![plus(&upper), plus(&lower), upper, lower, value.to_owned()];
    // Some write `/` as `\/`, which JSON allows.
    forms.extend(json.iter().map(|json| json.replace('/', "\\/")));
    forms.extend(json);
    forms.sort_by_key(|form| (std::cmp::Reverse(form.len()), form.clone()));
    forms.dedup();
    forms
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return None;
    }
    let first = *part.first()?;
    let mut from = 0;
    while let Some(rest) = text.get(from..) {
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(part) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn replace(text: &[u8], part: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, part) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(with);
        rest = from.get(part.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
