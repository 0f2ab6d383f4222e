//! New plugins in TypeScript and Python from nothing to an answer in the sandbox, with what their authors are told on the way.
//! The compilers come from npm and `PyPI`, once; compiling Python's component takes a minute where nothing was compiled before.
//! What runs without a host is tried by `cargo xtask test --sdk`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::kept;
use super::understanding::{PYTHON, is_asked};
use crate::host::{Place, Ran};

/// A folder that stays the same from run to run, so that nothing is compiled twice; emptied first.
struct Home {
    folder: PathBuf,
    place: Place,
}

impl Home {
    /// With a new plugin `weather` that is built; nothing where its compilers cannot be had.
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    fn built(language: &str, prepare: impl FnOnce(&Path)) -> Option<Self> {
        if std::env::var_os("CICERONE_PREBUILT").is_some_and(|value| !value.is_empty()) {
            eprintln!("NOT TESTED: CICERONE_PREBUILT is set, no plugin in {language} is built");
            return None;
        }
        let folder = kept(language);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let home = Self { folder, place: Place::empty() };
        let ran = home.run(&["plugin", "new", "weather", "--lang", language]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        prepare(&home.folder);
        let ran = home.run(&["plugin", "build", "weather"]);
        let absent =
            ["could not find `n", "could not find `python3`", "could not run `npm install"];
        let absent = absent.iter().any(|said| ran.err.contains(said));
        if absent || ran.err.contains("could not run `python -m pip") {
            eprintln!("NOT TESTED: no compiler for {language} here: {}", ran.err);
            return None;
        }
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains(&format!("built weather ({language})")), "{}", ran.out);
        Some(home)
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.place.cicerone(args);
        command.current_dir(&self.folder);
        Ran::from(command.stdin(Stdio::null()).output().unwrap())
    }

    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }

    /// What is said when this stands in the place of that.
    fn refused(&self, file: &str, this: &str, that: &str) -> String {
        let path = self.folder.join("weather").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(this), "{text}");
        fs::write(&path, text.replacen(this, that, 1)).unwrap();
        let ran = self.run(&["plugin", "build", "weather"]);
        fs::write(&path, text).unwrap();
        assert_eq!(ran.code, Some(1), "{ran:?}");
        ran.err
    }

    /// The starter does what its cases say, without asking for more than it needs.
    fn answers(&self, cases: usize) {
        let ran = self.run(&["plugin", "test", "weather"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let said = format!("{cases} case(s), 0 not as expected");
        assert!(ran.out.contains(&said), "{}", ran.out);
        let built = self.json(&["plugin", "build", "weather"]);
        assert_eq!(built["cached"], true, "{built}");
        assert!(!built["imports"].to_string().contains("kv"), "{built}");
    }
}

#[test]
fn a_new_plugin_in_typescript_is_built_and_answers() {
    let Some(home) = Home::built("typescript", |_| ()) else { return };
    home.answers(3);
    let index = "src/index.ts";

    let said = home.refused(index, "const celsius = 10", "const celsius = \"10\"");
    assert!(said.contains("src/index.ts(") && said.contains("TS2322"), "{said}");

    // The right to keep something is asked for in plugin.toml, not by using it.
    let import = "import * as kv from \"@cicerone/sdk/kv\";\nkv.plugin();\nconst forecast";
    let said = home.refused(index, "const forecast", import);
    assert!(said.contains("src/index.ts:") && said.contains("below [capabilities]"), "{said}");

    // The host is there only while a tool runs, not while the module is run to make the component.
    let asking = "import { nowMs } from \"@cicerone/sdk/runtime\";\nnowMs();\nconst forecast";
    let said = home.refused(index, "const forecast", asking);
    assert!(said.contains("only while a tool runs") && said.contains("(src/index.ts:"), "{said}");
}

#[tokio::test]
async fn a_new_plugin_in_python_is_built_answers_and_understands_texts() {
    let beside = |folder: &Path| {
        let named = ("tools=[forecast]", "tools=[forecast], classify=words.everything");
        let changes = [("PLUGIN = plugin(", "import words\n\nPLUGIN = plugin("), named];
        PYTHON.join(folder, "src/main.py", &changes);
    };
    let Some(home) = Home::built("python", beside) else { return };
    home.answers(10);
    is_asked(&home.folder, "weather").await;
    let main = "src/main.py";

    let said = home.refused(main, "PLUGIN = plugin(", "PLUGIN = nothing(");
    assert!(said.contains("main.py") && said.contains("name 'nothing' is not defined"), "{said}");

    let said = home.refused(main, "import Field,", "import kv, Field,");
    assert!(said.contains("write `kv = ") && said.contains("below [capabilities]"), "{said}");
}

/// The shipped examples in these languages, built from what lies in the repository.
#[test]
fn the_examples_in_typescript_and_python_have_what_their_hosts_grant() {
    let grants = fs::read_to_string(repository("cicerone.toml")).unwrap();
    let grants: toml::Table = grants.parse().unwrap();
    for name in ["pricing", "contacts"] {
        let manifest = fs::read_to_string(repository("plugins").join(name).join("plugin.toml"));
        let manifest: toml::Table = manifest.unwrap().parse().unwrap();
        let asked = manifest.get("capabilities").and_then(toml::Value::as_table);
        let granted = grants["grants"].get(name).and_then(toml::Value::as_table);
        assert_eq!(asked, granted, "{name}");
    }
}

fn repository(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}
