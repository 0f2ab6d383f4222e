//! A new plugin in Rust from nothing to an answer, by the commands that its author is told, with nothing of this
//! repository but the binary. Takes a minute where nothing was compiled before.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::kept;
use crate::host::{DEADLINE, Host, Place, Ran};

/// A folder whose path stays the same, so that cargo knows it again; emptied first.
struct Home {
    folder: PathBuf,
    place: Place,
    /// Where Rust has no library for the target of its own.
    sysroot: Option<String>,
}

impl Home {
    fn new(name: &str) -> Self {
        let folder = kept(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        Self { folder, place: Place::empty(), sysroot: sysroot() }
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.place.cicerone(args);
        command.current_dir(&self.folder);
        if let Some(sysroot) = &self.sysroot {
            let flags = format!("--sysroot={sysroot}");
            command.env("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", flags);
        }
        command
    }

    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }
}

/// The library that `cargo xtask plugins` made, if rustup has none.
fn sysroot() -> Option<String> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let own = String::from_utf8(output.stdout).unwrap();
    if Path::new(own.trim()).join("lib/rustlib/wasm32-wasip2/lib").is_dir() {
        return None;
    }
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/wasm-std");
    let mut made = fs::read_dir(made).into_iter().flatten().flatten().map(|entry| entry.path());
    let made = made.find(|folder| folder.join("complete").is_file());
    let made = made.unwrap_or_else(|| panic!("`cargo xtask plugins` makes what is missing"));
    Some(made.display().to_string())
}

/// On machines that can build nothing the committed components are all there is.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn nothing_is_built() -> bool {
    let switched = std::env::var_os("CICERONE_PREBUILT").is_some_and(|value| !value.is_empty());
    if switched {
        eprintln!("NOT TESTED: CICERONE_PREBUILT is set, no plugin is built");
    }
    switched
}

#[test]
fn a_new_plugin_in_rust_is_built_tested_and_called() {
    if nothing_is_built() {
        return;
    }
    let home = Home::new("rust");
    let ran = home.run(&["plugin", "new", "weather", "--lang", "rust"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = home.run(&["plugin", "test", "weather"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("built weather (rust)"), "{}", ran.out);
    assert!(ran.out.contains("3 case(s), 0 not as expected"), "{}", ran.out);

    // Nothing is built again until something changes.
    let built = home.json(&["plugin", "build", "weather"]);
    assert_eq!(built["cached"], true, "{built}");
    let imports = built["imports"].to_string();
    assert!(imports.contains("cicerone:plugin/log") && !imports.contains("kv"), "{imports}");

    let called =
        home.json(&["plugin", "call", "weather", "forecast", "--args", "{\"city\":\"Rome\"}"]);
    assert_eq!(called["result"], json!({ "city": "Rome", "summary": "cloudy", "celsius": 14 }));

    let sources = home.folder.join("weather/src/lib.rs");
    let text = fs::read_to_string(&sources).unwrap();
    fs::write(&sources, text.replace("let celsius = 10", "let celsius = \"10\"")).unwrap();
    let ran = home.run(&["plugin", "build", "weather"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.starts_with("error: could not run `cargo build"), "{}", ran.err);
    assert!(ran.err.contains("src/lib.rs:") && ran.err.contains("cannot add `i32`"), "{}", ran.err);

    // The right to keep something is asked for in plugin.toml, not by using it.
    let keeping = text.replace("let celsius = 10", "let met = cicerone_sdk::kv::plugin().increment(city, 1)?;\n    let celsius = i32::try_from(met).unwrap_or(0)");
    fs::write(&sources, keeping).unwrap();
    let ran = home.run(&["plugin", "build", "weather"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("kv") && ran.err.contains("[capabilities]"), "{}", ran.err);
    fs::write(&sources, &text).unwrap();
    saved_is_live(&home, &sources, &text);
}

/// The plugin lies in a host's folder; what is saved is what is called.
fn saved_is_live(home: &Home, sources: &Path, text: &str) {
    let mut serve = home.command(&["serve", "--watch", "--listen", "127.0.0.1:0"]);
    serve.env("CICERONE_PLUGINS", &home.folder).current_dir(home.place.path(""));
    let host = Host::started(&home.place, serve);
    fs::write(sources, text.replace("10 + letters", "nothing + letters")).unwrap();
    heard(&host, "not built weather; the one before stays");
    heard(&host, "cannot find value `nothing`");
    fs::write(sources, text.replace("10 + letters", "20 + letters")).unwrap();
    heard(&host, "built weather, ");
}

/// Waits until the host has said it.
fn heard(host: &Host, words: &str) {
    let began = Instant::now();
    while !host.said().contains(words) {
        assert!(began.elapsed() < DEADLINE * 5, "the host does not say `{words}`: {}", host.said());
        std::thread::sleep(Duration::from_millis(20));
    }
}
