//! What the compiler does not hold: who may use whom, who may name which crate, how a file begins and how long it
//! gets. `ARCHITECTURE.md` draws the same picture; this list is the one that counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Rooms by layer, the lowest first. A room uses rooms of lower layers only.
const LAYERS: &[(&str, &[&str])] = &[
    ("words", &["event", "script", "slots", "flow"]),
    ("heart", &["engine", "rollout"]),
    ("above the heart", &["rehearsal"]),
    (
        "ground",
        &["clock", "figures", "secret", "manifest", "breaker", "net", "link", "fault", "token"],
    ),
    ("ports", &["store", "bus", "nlu", "plugin", "tool"]),
    ("shell", &["runtime", "catalog", "reload"]),
    ("edge", &["api", "config", "telemetry", "app", "author", "supply", "cli", "main"]),
];

/// The only arrows inside a layer.
const ARROWS: &[(&str, &str)] = &[
    ("flow", "script"),
    ("flow", "slots"),
    ("breaker", "manifest"),
    ("tool", "plugin"),
    ("runtime", "catalog"),
    ("reload", "catalog"),
    // `config` joins what the rooms offer, `app` joins the rooms, `cli` starts them.
    ("config", "api"),
    ("app", "api"),
    ("app", "config"),
    ("cli", "app"),
    ("cli", "author"),
    ("cli", "config"),
    ("cli", "supply"),
    ("cli", "telemetry"),
    ("main", "cli"),
];

/// Crates that only some rooms may name: each speaks one protocol or does one kind of IO.
const CRATES: &[(&str, &[&str])] = &[
    ("base64", &["app", "token"]),
    ("chacha20poly1305", &["token"]),
    ("miniz_oxide", &["token"]),
    ("rhai", &["script"]),
    ("granit_parser", &["flow"]),
    ("text2num", &["slots"]),
    ("rusqlite", &["store"]),
    ("redis", &["link", "store", "bus", "tool"]),
    ("wasmtime", &["plugin"]),
    ("wasmtime_wasi", &["plugin"]),
    ("wasmtime_wasi_http", &["plugin"]),
    ("wasmparser", &["plugin"]),
    ("wit_component", &["author"]),
    ("wit_parser", &["author"]),
    ("wasi_preview1_component_adapter_provider", &["author"]),
    ("jsonschema", &["tool", "plugin"]),
    ("axum", &["api", "app", "cli"]),
    ("tower_http", &["api"]),
    ("utoipa", &["api"]),
    ("utoipa_axum", &["api"]),
    ("notify", &["reload"]),
    ("arc_swap", &["catalog", "tool"]),
    ("clap", &["cli"]),
    ("anyhow", &["main", "cli", "app"]),
    ("anstream", &["cli"]),
    ("owo_colors", &["cli"]),
    ("reqwest", &["cli", "net", "nlu", "plugin", "supply", "tool"]),
    ("flate2", &["supply"]),
    ("tar", &["supply"]),
    ("minisign_verify", &["supply"]),
    ("http_auth", &["supply"]),
    ("http_body_util", &["plugin"]),
    ("rmcp", &["tool", "api"]),
    ("rustix", &["tool"]),
    ("rustls", &["link", "net"]),
    ("rustls_platform_verifier", &["net"]),
    ("hmac", &["tool"]),
    ("prometheus_client", &["api"]),
    ("tokio_tungstenite", &["cli"]),
    ("toml", &["config", "app", "manifest"]),
    ("tracing_subscriber", &["telemetry"]),
];

/// Rooms that compute only: no task, no socket, no log line.
const PURE: &[&str] = &["event", "script", "slots", "flow", "engine", "rollout", "rehearsal"];

/// Files that may carry `#[cfg(feature …)]` beside `lib.rs`: where rooms are joined, and variants of closed sets.
const GATED: &[&str] = &[
    "src/api/mod.rs",
    "src/app/mod.rs",
    "src/cli/mod.rs",
    "src/fault.rs",
    "src/nlu/mod.rs",
    "src/tool/mod.rs",
    "src/tool/entry.rs",
];

/// A file gets no longer than this.
const LINES_MAX: usize = 400;
/// Written by a tool.
const GENERATED: &[&str] = &["sdk/rust/src/bindings.rs", "sdk/rust/src/understanding.rs"];

struct File {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            files.push(File { path, text });
        }
    }
}

fn files(folders: &[&str]) -> Vec<File> {
    let mut files = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 5, "found {} files in {folders:?}", files.len());
    files
}

/// The room of a file under `src/`.
fn room(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

fn layer(room: &str) -> usize {
    let place = LAYERS.iter().position(|(_, rooms)| rooms.contains(&room));
    place.unwrap_or_else(|| panic!("room `{room}` has no layer: find its place in `LAYERS`"))
}

/// Code without comments and without unit tests at the end of a file: what ships.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Rooms that a text names through `crate::` (or `cicerone::`).
fn named_rooms(code: &str) -> Vec<String> {
    let one = Regex::new(r"(?:crate|cicerone)::([a-z_]+)").unwrap();
    let many = Regex::new(r"(?:crate|cicerone)::\{([^;]*)\};").unwrap();
    let mut names: Vec<String> = one.captures_iter(code).map(|found| found[1].to_owned()).collect();
    for group in many.captures_iter(code) {
        let mut depth = 0;
        let mut name = String::new();
        for c in group[1].chars().chain([',']) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    names.push(name.trim().split("::").next().unwrap().to_owned());
                    name.clear();
                }
                other if depth == 0 => name.push(other),
                _ => {}
            }
        }
    }
    names.retain(|name| LAYERS.iter().any(|(_, rooms)| rooms.contains(&name.as_str())));
    names
}

#[test]
fn a_room_uses_lower_layers_only() {
    let mut wrong = Vec::new();
    for file in files(&["src"]).iter().filter(|file| file.path != "src/lib.rs") {
        let from = room(&file.path);
        for to in named_rooms(&code(&file.text)) {
            let allowed =
                from == to || layer(&to) < layer(from) || ARROWS.contains(&(from, to.as_str()));
            if !allowed {
                wrong.push(format!("{}: `{from}` may not use `{to}`", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_is_named_only_where_its_protocol_is_spoken() {
    let owners: BTreeMap<&str, &[&str]> = CRATES.iter().copied().collect();
    let path = Regex::new(r"\b([a-z][a-z0-9_]*)::").unwrap();
    let mut wrong = Vec::new();
    for file in files(&["src"]).iter().filter(|file| file.path != "src/lib.rs") {
        let from = room(&file.path);
        for found in path.captures_iter(&code(&file.text)) {
            let Some(rooms) = owners.get(&found[1]) else { continue };
            if !rooms.contains(&from) {
                wrong.push(format!("{}: `{}` belongs to {rooms:?}", file.path, &found[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pure_rooms_neither_wait_nor_log() {
    let outside = Regex::new(r"\b(tokio|tracing|async fn|\.await)\b").unwrap();
    for file in files(&["src"]).iter().filter(|file| PURE.contains(&room(&file.path))) {
        let found = outside.find(&code(&file.text)).map(|found| found.as_str().to_owned());
        assert_eq!(found, None, "{} is in a pure room", file.path);
    }
}

#[test]
fn features_are_asked_for_where_rooms_are_joined() {
    for file in files(&["src"]).iter().filter(|file| file.path != "src/lib.rs") {
        let gated = file.text.contains("cfg(feature") || file.text.contains("cfg(not(feature");
        assert!(!gated || GATED.contains(&file.path.as_str()), "{} asks for a feature", file.path);
    }
}

#[test]
fn a_file_says_what_it_is_for_and_stays_short() {
    for file in files(&["src", "sdk", "xtask", "tests", "benches", "plugins"]) {
        if GENERATED.contains(&file.path.as_str()) {
            continue;
        }
        let told = file.text.starts_with("//!") || file.text.starts_with("#![doc = include_str!(");
        assert!(told, "{} does not begin with `//!`", file.path);
        let lines = file.text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines, more than {LINES_MAX}", file.path);
    }
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let later = Regex::new(r"\b(TODO|FIXME|XXX)\b|\b(todo|unimplemented)!\(").unwrap();
    for file in files(&["src", "sdk", "xtask", "plugins"]) {
        let found = later.find(&file.text).map(|found| found.as_str().to_owned());
        assert_eq!(found, None, "{}: an idea for later is an issue with a number", file.path);
    }
}

#[test]
fn a_committed_component_names_no_folder_of_who_built_it() {
    for component in
        ["plugins/reservations/reservations.wasm", "tests/contracts/1.0.0/everything.wasm"]
    {
        let bytes = std::fs::read(root().join(component)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for folder in ["/root/", "/home/", "/Users/", "registry/src"] {
            assert!(!text.contains(folder), "{component} names `{folder}`");
        }
    }
}
