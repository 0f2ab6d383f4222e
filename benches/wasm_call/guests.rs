//! The example plugins that are built, and what each is asked.

use std::path::PathBuf;

/// One plugin.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) name: &'static str,
    pub(crate) language: &'static str,
    pub(crate) tool: &'static str,
    pub(crate) folder: PathBuf,
    pub(crate) component: Vec<u8>,
    /// 200 bytes of JSON.
    pub(crate) args: String,
}

/// Bytes of the arguments.
const ARGS: usize = 200;

/// Arguments that the tool reads whole and then refuses, so that it asks nothing of its host.
const ALL: [(&str, &str, &str, &str); 5] = [
    ("fuzzy", "C", "best-matches", r#"{"text": 7, "candidates": ["@"]}"#),
    ("reservations", "Rust", "check-availability", r#"{"date": "@", "time": "?", "partySize": 4}"#),
    ("lookup", "Go", "postcode", r#"{"country": "?", "postcode": "--", "note": "@"}"#),
    ("pricing", "TypeScript", "quote-order", r#"{"items": [], "coupon": "@"}"#),
    ("contacts", "Python", "normalise-phone", r#"{"number": "@"}"#),
];

pub(crate) fn built() -> Vec<Guest> {
    let plugins = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("plugins");
    let guest = |(name, language, tool, args): (&'static str, _, _, &str)| {
        let folder = plugins.join(name);
        let file = format!("{name}.wasm");
        let component = std::fs::read(folder.join("target").join(&file));
        let component = component.or_else(|_| std::fs::read(folder.join(&file))).ok()?;
        let args = args.replace('@', &"x".repeat(ARGS.saturating_sub(args.len() - 1)));
        Some(Guest { name, language, tool, folder, component, args })
    };
    ALL.into_iter().filter_map(guest).collect()
}
