//! Plugins that understand texts, in each language that is not Rust: what the README of its SDK says is built by what
//! `plugin build` knows of the language, and a real host asks it. The compilers come from npm and `PyPI`, once. Compiling
//! a component of Python takes a minute, so that what Python understands is beside the tool of `scripts`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{emptied, run_in};
use crate::host::client::find;
use crate::host::{Host, Place};
use crate::model::table;

/// What differs from language to language.
pub(super) struct Language {
    word: &'static str,
    /// What stands behind the fence of its code, and where the code goes.
    fence: &'static str,
    file: &'static str,
    /// What goes into the README's code in the place of what: each as it is, and as it becomes.
    changes: &'static [(&'static str, &'static str)],
    /// What comes of an exception: kind, and a part of the message.
    crashed: (&'static str, &'static str),
}

const TYPESCRIPT: Language = Language {
    word: "typescript",
    fence: "ts",
    file: "jargon/src/index.ts",
    changes: &[
        ("import { plugin }", "import { plugin, ToolError }"),
        ("\nexport default", concat!(include_str!("everything.ts"), "\nexport default")),
        ("classify: understand", "classify: everything"),
    ],
    crashed: ("tool", "the plugin threw TypeError"),
};

pub(super) const PYTHON: Language = Language {
    word: "python",
    fence: "python",
    file: "weather/src/words.py",
    changes: &[
        ("import plugin", "import ToolError, plugin"),
        ("PLUGIN =", concat!(include_str!("everything.py"), "PLUGIN =")),
        ("classify=understand", "classify=everything"),
    ],
    crashed: ("tool", "the plugin raised AttributeError"),
};

const GO: Language = Language {
    word: "go",
    fence: "go",
    file: "jargon/main.go",
    changes: &[
        ("import (", "import (\n\t\"encoding/json\""),
        ("\nfunc init", concat!(include_str!("everything.go"), "\nfunc init")),
        ("classify.With(understand)", "classify.With(everything)"),
    ],
    crashed: ("trap", ""),
};

const C: Language = Language {
    word: "c",
    fence: "c",
    file: "jargon/src/tools.c",
    changes: &[
        ("#include <string.h>", "#include <stdlib.h>\n#include <string.h>"),
        ("CICERONE_PLUGIN(", concat!(include_str!("everything.c"), "CICERONE_PLUGIN(")),
        ("CICERONE_CLASSIFY(understand)", "CICERONE_CLASSIFY(everything)"),
    ],
    crashed: ("trap", ""),
};

impl Language {
    /// The plugin of its README, and more of what such a plugin can do, which says in `plugin.toml` that it understands texts.
    fn write(&self, folder: &Path) {
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk").join(self.word);
        let readme = fs::read_to_string(sdk.join("README.md")).unwrap();
        let (_, section) = readme.split_once("\n## Understanding texts\n").unwrap();
        let (_, code) = section.split_once(&format!("\n```{}\n", self.fence)).unwrap();
        let (code, _) = code.split_once("\n```\n").unwrap();
        let mut code = format!("{code}\n");
        for (is, becomes) in self.changes {
            assert!(code.contains(is), "{is}: {code}");
            code = code.replacen(is, becomes, 1);
        }
        fs::write(folder.join(self.file), code).unwrap();
        let line = format!("lang = \"{}\"", self.word);
        let manifest = folder.join(self.plugin()).join("plugin.toml");
        replace(&manifest, &line, &format!("{line}\nclassify = true"));
    }

    /// Its name, which is its folder's.
    fn plugin(&self) -> &str {
        self.file.split('/').next().unwrap()
    }

    /// What is written beside the tools of a plugin, with cases of its own beside theirs.
    pub(super) fn join(&self, folder: &Path, main: &str, changes: &[(&str, &str)]) {
        self.write(folder);
        let plugin = folder.join(self.plugin());
        for (is, becomes) in changes {
            replace(&plugin.join(main), is, becomes);
        }
        let file = plugin.join("plugin.test.json");
        let mut cases: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        cases["cases"].as_array_mut().unwrap().extend(self.cases());
        fs::write(&file, cases.to_string()).unwrap();
    }

    /// Everything that goes in and out of the sandbox.
    fn cases(&self) -> Vec<Value> {
        let intents = json!({ "BOOK": {
            "description": "Wants a table.", "examples": ["a table"],
            "slots": {
                "size": "integer", "note": "string",
                "area": { "type": "enum", "values": ["inside", "terrace"] },
            },
        } });
        let (kind, message) = self.crashed;
        let book = json!({ "intent": "BOOK", "confidence": 1 });
        let of_seven = json!({ "correctSlot": "size", "value": 7, "confidence": 0.25 });
        let told = "For how many?|Lisbon|pt-PT|2026-03-03|Pacific/Auckland|Wants a table.|a table|size|integer|inside,terrace";
        let four = json!({ "setSlot": "size", "value": 4, "span": [5, 6], "confidence": 0.9 });
        let cases = [
            (
                "São 4: BOOK, é tudo",
                json!({ "commands": [{ "intent": "BOOK", "confidence": 0.9 }, four] }),
            ),
            ("nothing", json!({ "commands": [{ "none": true, "confidence": 0 }] })),
            ("cancel", json!({ "commands": [{ "cancel": true }] })),
            ("correct", json!({ "commands": [book, of_seven] })),
            ("told", json!({ "commands": [book, { "setSlot": "note", "value": told }] })),
            ("refuse", json!({ "error": { "kind": "tool", "message": "the words are away" } })),
            ("crash", json!({ "error": { "kind": kind, "message": message } })),
        ];
        let case = |(text, expect): (&str, Value)| {
            json!({
                "name": text, "text": text, "intents": intents, "asked": ["size"],
                "question": "For how many?", "context": { "city": "Lisbon" }, "locale": "pt-PT",
                "timeZone": "Pacific/Auckland", "expect": expect,
            })
        };
        cases.into_iter().map(case).collect()
    }
}

/// One text in the place of another, which is there.
fn replace(file: &Path, is: &str, becomes: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(is), "{is}: {text}");
    fs::write(file, text.replacen(is, becomes, 1)).unwrap();
}

/// Builds it, and has a host ask about texts; not where its compilers cannot be had.
async fn understands(language: &Language) -> Option<PathBuf> {
    let folder = built(language, &format!("understanding-{}", language.word))?;
    let ran = run_in(&folder, &["plugin", "test", "jargon"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    is_asked(&folder, "jargon").await;
    Some(folder)
}

/// The folder with the plugin, built; nothing where its compilers cannot be had.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn built(language: &Language, inside: &str) -> Option<PathBuf> {
    let word = language.word;
    if std::env::var_os("CICERONE_PREBUILT").is_some_and(|value| !value.is_empty()) {
        eprintln!("NOT TESTED: CICERONE_PREBUILT is set, no plugin in {word} is built");
        return None;
    }
    let folder = emptied(inside);
    let ran = run_in(&folder, &["plugin", "new", "jargon", "--lang", word]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    language.write(&folder);
    let cases = json!({ "cases": language.cases() });
    fs::write(folder.join("jargon/plugin.test.json"), cases.to_string()).unwrap();
    let ran = run_in(&folder, &["plugin", "build", "jargon"]);
    let absent = ["could not find `n", "could not find `python3`", "could not run `npm install"];
    let absent = absent.iter().any(|said| ran.err.contains(said));
    if absent || ran.err.contains("could not run `python -m pip") {
        eprintln!("NOT TESTED: no compiler for {word} here: {}", ran.err);
        return None;
    }
    assert_eq!(ran.code, Some(0), "{ran:?}");
    Some(folder)
}

/// A host with the plugin as it was built, whose flow names it.
pub(super) async fn is_asked(folder: &Path, plugin: &str) {
    // Compiled where the next run finds it, and put where the host looks.
    let inspected = run_in(folder, &["plugin", "inspect", plugin, "--json"]);
    let about: Value = serde_json::from_str(&inspected.out).unwrap();
    assert_eq!(about["classifies"], true, "{about:#}");
    let place = Place::empty();
    let digest = about["digest"].as_str().unwrap();
    let cache = place.path("data/cache/components");
    private(&cache);
    let compiled = fs::read_dir(super::tools().join("compiled")).unwrap().flatten();
    let ours = compiled.filter(|entry| entry.file_name().to_string_lossy().starts_with(digest));
    for entry in ours {
        fs::copy(entry.path(), cache.join(entry.file_name())).unwrap();
    }
    let nlu = json!({ "mode": "plugin", "plugin": plugin, "budget_ms": 20_000 });
    place.write_flow("table", &table(&nlu).to_string());
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("CICERONE_PLUGINS", folder);
    let host = Host::started(&place, command);
    let understood = async |text: &str| {
        let session = host.begin("table").await;
        let taken = host.say(&session, text).await;
        let found = find(taken["events"].as_array().unwrap(), "nlu.intent").clone();
        assert!(found.get("fallback").is_none_or(Value::is_null), "{found:#}\n{}", host.said());
        assert_eq!(found["classifier"], "plugin", "{found:#}");
        found
    };
    let booked = understood("São 4: BOOK, é tudo").await;
    assert_eq!((&booked["intent"], &booked["slots"]), (&json!("BOOK"), &json!({ "size": 4 })));
    assert!((booked["confidence"].as_f64().unwrap() - 0.9).abs() < 1e-9, "{booked:#}");
    let noise = understood("zzzz qqqq").await;
    assert!(noise["intent"].is_null(), "{noise:#}");
}

/// A folder that nobody else may write to.
fn private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
}

#[tokio::test]
async fn a_plugin_in_typescript_understands_texts() {
    let Some(folder) = understands(&TYPESCRIPT).await else { return };
    // One that is not said to would be built without it, were it not refused.
    replace(&folder.join("jargon/plugin.toml"), "classify = true", "");
    let code = "import { plugin } from \"@cicerone/sdk\";
export default plugin({
  name: \"jargon\", version: \"1.0.0\", description: \"Says that it knows nothing\", tools: [],
  classify: () => [{ kind: \"none\", confidence: 0 }],
});
";
    fs::write(folder.join("jargon/src/index.ts"), code).unwrap();
    let ran = run_in(&folder, &["plugin", "build", "jargon"]);
    let line = "names `classify`: write `classify = true` in [build]";
    assert!(ran.code == Some(1) && ran.err.contains(line), "{ran:?}");
}

#[tokio::test]
async fn a_plugin_in_go_understands_texts() {
    understands(&GO).await;
}

#[tokio::test]
async fn a_plugin_in_c_understands_texts() {
    understands(&C).await;
}

/// By what is not built; C is the fastest to be compiled.
#[tokio::test]
async fn who_says_one_thing_and_writes_another_is_told_which_line_to_write() {
    let Some(folder) = built(&C, "misunderstanding") else { return };
    let refused = |file: &str, is: &str, becomes: &str, said: &str| {
        let file = folder.join(file);
        let text = fs::read_to_string(&file).unwrap();
        replace(&file, is, becomes);
        let ran = run_in(&folder, &["plugin", "build", "jargon"]);
        fs::write(&file, text).unwrap();
        assert!(ran.code == Some(1) && ran.err.contains(said), "{said}: {ran:?}");
    };
    let line = "write `classify = true` in [build]";
    refused("jargon/plugin.toml", "classify = true", "", line);
    let line = "write `CICERONE_CLASSIFY(…)` beside `CICERONE_PLUGIN`";
    refused("jargon/src/tools.c", "CICERONE_CLASSIFY(everything)", "_Static_assert(1, \"\")", line);
}
