//! `plugin new`, `plugin build` as far as no compiler is needed, and the way from a core module to a component.

use std::fs;

use cicerone::author::{World, from_module};
use cicerone::manifest::Manifest;

use super::run;
use crate::host::Place;

#[track_caller]
fn refused(args: &[&str], code: i32, said: &str) {
    let ran = run(&Place::empty(), args);
    assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{ran:?}");
    assert!(ran.err.contains(said), "{}", ran.err);
}

#[test]
fn a_new_plugin_has_a_manifest_that_a_host_reads_and_an_sdk_that_stands_alone() {
    let place = Place::empty();
    let ran = run(&place, &["plugin", "new", "warm-weather", "--lang", "rust"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.contains("cicerone plugin test warm-weather"), "{}", ran.out);
    let read = |path: &str| fs::read_to_string(place.path("warm-weather").join(path)).unwrap();
    let Ok(Manifest::Wasm(manifest)) = Manifest::parse(&read("plugin.toml")) else {
        panic!("the manifest is not one of a component")
    };
    assert_eq!((manifest.plugin.name.as_str(), manifest.build.is_some()), ("warm-weather", true));
    for file in ["Cargo.toml", "sdk/Cargo.toml", "sdk/macros/Cargo.toml"] {
        let text = read(file);
        assert!(!text.contains("workspace = true") && !text.contains("{{"), "{file}: {text}");
    }
    assert!(!place.path("warm-weather/sdk/template").exists());
}

#[test]
fn a_name_that_is_none_is_refused_with_the_rule() {
    refused(&["plugin", "new", "My Tool", "--lang", "rust"], 1, "a name is a-z first");
}

#[test]
fn a_language_that_is_none_is_refused_with_what_was_meant() {
    refused(&["plugin", "new", "weather", "--lang", "rs"], 2, "did you mean `rust`?");
}

#[test]
fn what_is_there_already_is_left_alone() {
    let place = Place::empty();
    fs::create_dir(place.path("weather")).unwrap();
    let ran = run(&place, &["plugin", "new", "weather", "--lang", "rust"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("`./weather`: it is there already"), "{}", ran.err);
    assert_eq!(fs::read_dir(place.path("weather")).unwrap().count(), 0);
}

#[test]
fn a_folder_with_nothing_to_build_is_told_what_is_missing() {
    refused(&["plugin", "build", "nothing"], 1, "could not find the folder `nothing`");
    refused(&["plugin", "build", "."], 1, "plugin.toml`");
    let place = Place::empty();
    let head = "[plugin]\nname = \"a\"\nversion = \"1\"\nkind = \"wasm\"\ncomponent = \"a.wasm\"\ncontract = \"1\"\n";
    fs::write(place.path("plugin.toml"), head).unwrap();
    let ran = run(&place, &["plugin", "build"]);
    assert!(ran.err.contains("it has no `[build]`"), "{}", ran.err);
    fs::write(place.path("plugin.toml"), format!("{head}[build]\nlang = \"rusty\"\n")).unwrap();
    let ran = run(&place, &["plugin", "build"]);
    assert!(ran.err.contains("unknown variant `rusty`, expected one of `rust`"), "{}", ran.err);
}

/// A guest as a C compiler leaves it: it describes nothing and says no to every call, and logs if it is told to.
fn module(log: bool) -> Vec<u8> {
    let import = r#"(import "cicerone:plugin/kv@1.0.0" "delete" (func (param i32 i32 i32 i32)))"#;
    let text = format!(
        r#"(module
            {}
            (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
            (func (export "cicerone:plugin/tools@1.0.0#describe") (result i32) i32.const 512)
            (func (export "cicerone:plugin/tools@1.0.0#call") (param {}) (result i32)
                (drop (call $now (i32.const 0) (i64.const 0) (i32.const 256))) unreachable))"#,
        if log { import } else { "" },
        "i32"
    );
    wat::parse_str(text).unwrap()
}

fn world(capabilities: &str) -> World {
    let text = format!(
        "[plugin]\nname = \"a\"\nversion = \"1\"\nkind = \"wasm\"\ncomponent = \"a.wasm\"\ncontract = \"1\"\n\
         [capabilities]\n{capabilities}"
    );
    let Ok(Manifest::Wasm(manifest)) = Manifest::parse(&text) else { panic!("{text}") };
    World::of(&manifest)
}

#[test]
fn a_core_module_becomes_a_component_that_imports_what_it_uses() {
    let component = from_module(&module(false), &world("")).unwrap();
    let text = String::from_utf8_lossy(&component);
    assert!(text.contains("wasi:clocks/wall-clock"), "WASI's first preview is adapted");
    assert!(!text.contains("cicerone:plugin/log@"), "what is not used is not asked for");
}

#[test]
fn a_core_module_that_uses_what_it_does_not_ask_for_is_told_which_line_to_write() {
    let error = from_module(&module(true), &world("")).unwrap_err().to_string();
    assert!(error.contains("ask for it with `kv = …` in [capabilities]"), "{error}");
    assert!(from_module(&module(true), &world("kv = { scopes = [\"plugin\"] }")).is_ok());
}

#[test]
fn a_core_module_that_understands_texts_without_saying_so_is_told_which_line_to_write() {
    let text = r#"(module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
        (func (export "cicerone:plugin/tools@1.0.0#describe") (result i32) i32.const 512)
        (func (export "cicerone:plugin/tools@1.0.0#call") (param i32) (result i32) unreachable)
        (func (export "cicerone:understanding/classify@1.0.0#classify") (param i32) (result i32) unreachable))"#;
    let module = wat::parse_str(text).unwrap();
    let error = from_module(&module, &world("")).unwrap_err().to_string();
    assert!(
        error.contains("it understands texts; write `classify = true` in `[build]`"),
        "{error}"
    );
    let world = world("[build]\nlang = \"c\"\nclassify = true\n");
    let component = from_module(&module, &world).unwrap();
    assert!(String::from_utf8_lossy(&component).contains("cicerone:understanding/classify"));
}

#[test]
fn a_plugin_that_is_not_built_yet_is_no_fault() {
    let place = Place::empty();
    for language in ["c", "go"] {
        let ran = run(&place, &["plugin", "new", language, "--lang", language]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
        let ran = run(&place, &["plugin", "inspect", language]);
        assert!(ran.err.contains("it is not built yet; `cicerone plugin build"), "{}", ran.err);
        assert!(place.path(language).join("sdk").is_dir());
    }
}
