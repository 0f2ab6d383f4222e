//! Versions by what people call them: `current`, a hash, the first digits of it, a number of the list. One reading for all
//! routes.

use super::Parts;
use super::edit::unknown;
use super::problem::Problem;
use super::publish::PAGE_MAX;
use crate::flow::{self, Version};

/// Digits of a version that stand for all of them.
const DIGITS_MIN: usize = 8;

/// What new sessions begin on.
const CURRENT: &str = "current";

/// The version that a person names.
pub(super) async fn version_named(
    parts: &Parts,
    id: &flow::Id,
    text: &str,
) -> Result<Version, Problem> {
    if text == CURRENT {
        let active = parts.catalog.active().await?;
        return active.versions.get(id).cloned().ok_or_else(|| unknown(parts, id));
    }
    let is_hex = text.chars().all(|c| c.is_ascii_hexdigit());
    if is_hex && text.len() == 64 {
        return Ok(text.into());
    }
    let number: Option<u64> = text.parse().ok().filter(|_| text.len() < DIGITS_MIN);
    let mut found: Vec<Version> = Vec::new();
    let mut before = number.map_or(u64::MAX, |number| number.saturating_add(1));
    loop {
        let page = parts.store.publications(id, before, PAGE_MAX).await?;
        let Some(last) = page.last() else { break };
        before = last.number;
        for publication in page {
            let Some(version) = publication.version else { continue };
            let fits = match number {
                Some(number) => publication.number == number,
                None => is_hex && text.len() >= DIGITS_MIN && version.as_str().starts_with(text),
            };
            if fits && !found.contains(&version) {
                found.push(version);
            }
        }
        if number.is_some() {
            break;
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let message =
                format!("flow `{id}` has no version `{text}`; see `GET /api/flows/{id}/versions`");
            Err(Problem::new(404, "flow.version_unknown", message))
        }
        [_, ..] => {
            let message = format!(
                "flow `{id}` has several versions that begin with `{text}`; give more digits"
            );
            Err(Problem::new(400, "flow.version_ambiguous", message))
        }
    }
}
