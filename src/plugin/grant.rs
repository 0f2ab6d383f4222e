//! What a plugin may do: what its author asks for, as far as the operator grants it. Pure; what is asked and not
//! granted is refused with the lines to add.

use std::collections::BTreeMap;
use std::time::Duration;

use super::pointer::Pointer;
use super::reach::{self, Rule, SecretRight};
use super::{Error, Options};
use crate::manifest::{self, Capabilities, Grant, KvParts, KvScope, Wasm, quoted};

/// The rights of one loaded plugin.
#[derive(Debug)]
pub(super) struct Rights {
    pub(super) plugin: String,
    pub(super) session_read: Vec<Pointer>,
    pub(super) session_patch: Vec<Pointer>,
    pub(super) kv: Option<KvRight>,
    pub(super) http: Vec<Rule>,
    pub(super) secrets: Vec<SecretRight>,
    pub(super) progress: bool,
    /// Topics of events of its own.
    pub(super) events: Vec<String>,
    pub(super) config: BTreeMap<String, String>,
    pub(super) limits: Limits,
}

/// What a plugin may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KvRight {
    pub(super) session: bool,
    pub(super) plugin: bool,
    pub(super) value_max: u64,
    pub(super) bytes_max: u64,
    pub(super) keys_max: u64,
}

/// The smaller of what the author asks for and what the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) fuel: Option<u64>,
    pub(super) memory: u64,
    pub(super) args: u64,
    pub(super) output: u64,
    pub(super) log_entries: usize,
    pub(super) log_bytes: u64,
    pub(super) hostcall_bytes: u64,
    pub(super) concurrency: usize,
    pub(super) queue_timeout: Duration,
}

impl Rights {
    /// Request and grant to rights.
    pub(super) fn new(
        manifest: &Wasm,
        grant: &Grant,
        digest: &str,
        options: &Options,
    ) -> Result<Self, Error> {
        let plugin = &manifest.plugin.name;
        let asked = &manifest.capabilities;
        let granted = match grant.is_as_requested(plugin, digest)? {
            true => None,
            false => Some(grant),
        };
        let mut lines = granted.map_or_else(Vec::new, |granted| missing(asked, granted));
        let http = reach::rules(&asked.http, granted, &options.egress, &mut lines)?;
        let secrets = reach::secrets(&asked.secrets, granted, &mut lines)?;
        let events = reach::topics(asked.events.as_ref(), granted, &mut lines)?;
        if !lines.is_empty() {
            let (plugin, lines) = (plugin.clone(), lines.join("\n"));
            return Err(manifest::Error::Grant { plugin, lines }.into());
        }
        let session = asked.session.clone().unwrap_or_default();
        Ok(Self {
            plugin: plugin.clone(),
            session_read: pointers(&session.read)?,
            session_patch: pointers(&session.patch)?,
            kv: asked.kv.as_ref().map(|asked| {
                let granted = granted.and_then(|granted| granted.kv.as_ref());
                smaller(asked, granted.unwrap_or(asked))
            }),
            http,
            secrets,
            progress: asked.progress,
            events,
            config: manifest.config.clone(),
            limits: limits(manifest, options),
        })
    }
}

/// The whole line of each capability of which a part is missing, because a TOML table is written once.
fn missing(asked: &Capabilities, granted: &Grant) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(session) = &asked.session {
        let have = granted.session.clone().unwrap_or_default();
        if !covers(&have.read, &session.read) || !covers(&have.patch, &session.patch) {
            let list = |words: &[String]| quoted(words.iter().map(String::as_str));
            let (read, patch) = (list(&session.read), list(&session.patch));
            lines.push(format!("session = {{ read = [{read}], patch = [{patch}] }}"));
        }
    }
    if let Some(kv) = &asked.kv {
        let have = granted.kv.as_ref().map_or(&[][..], |kv| &kv.scopes);
        if !kv.scopes.iter().all(|scope| have.contains(scope)) {
            let scopes = quoted(kv.scopes.iter().map(|scope| scope.word()));
            lines.push(format!("kv = {{ scopes = [{scopes}] }}"));
        }
    }
    if asked.progress && !granted.progress {
        lines.push("progress = true".to_owned());
    }
    lines
}

fn covers(granted: &[String], asked: &[String]) -> bool {
    let granted: Vec<_> = granted.iter().filter_map(|text| Pointer::parse(text).ok()).collect();
    asked.iter().all(|text| Pointer::parse(text).is_ok_and(|asked| asked.is_within(&granted)))
}

fn pointers(texts: &[String]) -> Result<Vec<Pointer>, Error> {
    let parse = |text: &String| {
        Pointer::parse(text)
            .map_err(|why| manifest::Error::Written(format!("`{text}`: {why}")).into())
    };
    texts.iter().map(parse).collect()
}

fn smaller(asked: &KvParts, granted: &KvParts) -> KvRight {
    let both = |scope: KvScope| asked.scopes.contains(&scope) && granted.scopes.contains(&scope);
    KvRight {
        session: both(KvScope::Session),
        plugin: both(KvScope::Plugin),
        value_max: asked.max_value.0.min(granted.max_value.0),
        bytes_max: asked.max_bytes.0.min(granted.max_bytes.0),
        keys_max: asked.max_keys.min(granted.max_keys),
    }
}

fn limits(manifest: &Wasm, options: &Options) -> Limits {
    let asked = &manifest.limits;
    let fuel = match (asked.fuel.0, options.fuel_max) {
        (Some(asked), Some(max)) => Some(asked.min(max)),
        (asked, max) => asked.or(max),
    };
    Limits {
        timeout: asked.timeout.0,
        fuel,
        memory: asked.memory.0.min(u64::try_from(options.memory_max).unwrap_or(u64::MAX)),
        args: asked.args.0.min(options.bytes_max),
        output: asked.output.0.min(options.bytes_max),
        log_entries: asked.logs.entries.min(options.log_entries_max),
        log_bytes: asked.logs.bytes.0.min(options.bytes_max),
        hostcall_bytes: asked.hostcall_bytes.0.min(options.bytes_max),
        concurrency: asked.concurrency.max(1),
        queue_timeout: asked.queue_timeout.0,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::manifest::Manifest;

    const ASKS: &str = r#"
        [plugin]
        name = "shop"
        version = "1.0.0"
        kind = "wasm"
        component = "shop.wasm"
        contract = "1"
        [limits]
        memory = "64MiB"
        fuel = "off"
        [capabilities]
        session = { read = ["/cart/items"], patch = ["/booking"] }
        kv = { scopes = ["plugin"], max_value = "1KiB" }
    "#;

    fn rights(grant: &str) -> Result<Rights, Error> {
        let options = Options { memory_max: 16 << 20, ..Options::default() };
        let Ok(Manifest::Wasm(asks)) = Manifest::parse(ASKS) else { panic!("not a component") };
        let wrong = |error: toml::de::Error| manifest::Error::Written(error.to_string());
        let grant = toml::from_str(grant).map_err(wrong)?;
        Rights::new(&asks, &grant, "abc", &options)
    }

    #[track_caller]
    fn check(grant: &str, expected: Expect) {
        expected.assert_eq(&rights(grant).unwrap_err().to_string());
    }

    #[test]
    fn what_is_not_granted_is_refused_with_the_lines_to_add() {
        check(
            "",
            expect![[r#"
                give plugin `shop` what it asks for; to grant it, write in cicerone.toml:
                [grants.shop]
                session = { read = ["/cart/items"], patch = ["/booking"] }
                kv = { scopes = ["plugin"] }"#]],
        );
        check(
            "session = { read = [\"/cart\"], patch = [\"/booking\"] }\nkv = { scopes = [\"session\"] }",
            expect![[r#"
                give plugin `shop` what it asks for; to grant it, write in cicerone.toml:
                [grants.shop]
                kv = { scopes = ["plugin"] }"#]],
        );
    }

    #[test]
    fn a_blanket_grant_holds_for_the_component_that_was_reviewed() {
        assert!(rights("grant = \"as-requested\"\ndigest = \"abc\"").is_ok());
        check(
            "grant = \"as-requested\"\ndigest = \"old\"",
            expect![[r#"
                give plugin `shop` what it asks for; to grant it, write in cicerone.toml:
                [grants.shop]
                grant = "as-requested"
                digest = "abc""#]],
        );
    }

    #[test]
    fn the_right_is_the_smaller_of_request_and_grant() {
        let grant = r#"
            session = { read = ["/cart", "/user"], patch = ["/booking"] }
            kv = { scopes = ["plugin", "session"], max_value = "9KiB", max_keys = 7 }
        "#;
        let rights = rights(grant).unwrap();
        assert_eq!(rights.session_read, [Pointer::parse("/cart/items").unwrap()]);
        let kv = rights.kv.unwrap();
        assert_eq!((kv.session, kv.plugin, kv.value_max, kv.keys_max), (false, true, 1024, 7));
        assert_eq!(rights.limits.memory, 16 << 20);
        assert_eq!(rights.limits.fuel, Options::default().fuel_max);
    }
}
