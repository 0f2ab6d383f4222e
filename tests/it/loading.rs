//! Loading plugins: what is refused, with the words that say what to do, and what is kept of the work.

use cicerone::manifest;
use cicerone::plugin::Error;
use expect_test::{Expect, expect};

use crate::guest::{Guest, KV_ASKED, Place};

#[track_caller]
fn check(error: &Error, expected: Expect) {
    expected.assert_eq(&error.to_string());
}

async fn refused(bytes: &[u8], lines: &str) -> Error {
    Place::new().load(bytes, lines, "").await.unwrap_err()
}

async fn undescribed(describe: &'static str) -> String {
    let guest = Guest { describe, ..Guest::that("") };
    refused(&guest.bytes(), "[limits]\nfuel = 10_000_000").await.to_string()
}

#[tokio::test]
async fn a_describe_that_traps_never_ends_or_asks_the_host_is_refused() {
    let trap = undescribed("unreachable").await;
    assert!(trap.contains("crashed"), "{trap}");
    let endless = undescribed("(loop $l (br $l))").await;
    assert!(endless.contains("longer than it may"), "{endless}");
    let asks = undescribed("(drop (call $now))").await;
    assert!(asks.contains("must not call `runtime.now-ms`"), "{asks}");
}

#[tokio::test]
async fn half_a_component_and_other_files_are_refused() {
    let whole = Guest::that("").bytes();
    let half = refused(&whole[..whole.len() / 2], "").await;
    assert!(half.to_string().contains("damaged or only half written"), "{half}");
    let text = refused(b"not wasm", "").await;
    assert!(text.to_string().contains("damaged"), "{text}");
    let core = refused(&wat::parse_str("(module)").unwrap(), "").await;
    assert!(core.to_string().contains("core module"), "{core}");
    let other = refused(&wat::parse_str("(component)").unwrap(), "").await;
    assert!(other.to_string().contains("does not export"), "{other}");
}

#[tokio::test]
async fn no_truncation_of_a_component_is_loaded() {
    let (place, whole) = (Place::new(), Guest::that("").bytes());
    for end in (0..whole.len()).step_by(97) {
        assert!(place.load(&whole[..end], "", "").await.is_err(), "the first {end} bytes load");
    }
}

#[tokio::test]
async fn an_import_that_is_not_there_is_refused_with_what_to_do() {
    let importing = |name: &str| {
        let import = format!("(import \"{name}\" (func))").leak();
        Guest { parts: [import, "", "", ""], ..Guest::that("") }.bytes()
    };
    let import = |name| async move { refused(&importing(name), "").await };
    check(
        &import("evil:host/shell@1.0.0").await,
        expect![
            "load the component: it imports `evil:host/shell@1.0.0`; a plugin can import interfaces of `cicerone:plugin` and of WASI 0.2 only"
        ],
    );
    check(
        &import("cicerone:plugin/files@1.0.0").await,
        expect![
            "load the component: it imports `cicerone:plugin/files@1.0.0`; wit/v1 has no such interface; leave it out of the plugin's world"
        ],
    );
    check(
        &import("cicerone:plugin/log@2.0.0").await,
        expect![
            "load the component: it was built against 2.0.0 of the contract; take a newer host, or build it against wit/v1"
        ],
    );
}

#[tokio::test]
async fn an_import_that_the_manifest_does_not_ask_for_is_refused() {
    check(
        &refused(&Guest::with_kv("").bytes(), "").await,
        expect![
            "load the component: it imports `cicerone:plugin/kv`; ask for it with `kv = …` in [capabilities]"
        ],
    );
}

#[tokio::test]
async fn what_is_asked_and_not_granted_is_refused_with_the_line_to_add() {
    check(
        &refused(&Guest::with_kv("").bytes(), KV_ASKED).await,
        expect![[r#"
            give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
            [grants.testing]
            kv = { scopes = ["plugin"] }"#]],
    );
}

#[tokio::test]
async fn a_tool_with_a_name_or_a_schema_that_cannot_be_is_refused() {
    let named = Guest { tool: "Do it", ..Guest::that("") }.bytes();
    assert!(matches!(refused(&named, "").await, Error::Tool { .. }));
    for schema in ["{", "{\"type\":\"string\"}"] {
        let error = refused(&Guest { schema, ..Guest::that("") }.bytes(), "").await;
        assert!(matches!(error, Error::Tool { .. }), "{error}");
    }
    let unknown = refused(&Guest::that("").bytes(), "[[tool]]\nname = \"other\"").await;
    assert!(matches!(unknown, Error::Tool { .. }), "{unknown}");
}

#[tokio::test]
async fn a_manifest_that_cannot_be_is_refused_and_says_what_is_not_built_yet() {
    let bytes = Guest::that("").bytes();
    let refused = |lines| refused(&bytes, lines);
    check(
        &refused("[limits]\ntimeuot = \"2s\"").await,
        expect![[r#"
            read plugin.toml: TOML parse error at line 8, column 1
              |
            8 | timeuot = "2s"
              | ^^^^^^^
            unknown field `timeuot`, expected one of `timeout`, `fuel`, `memory`, `args`, `output`, `logs`, `hostcall_bytes`, `concurrency`, `queue_timeout`
        "#]],
    );
    check(
        &refused("[[tool]]\nname = \"do\"\nexpose = [\"model\"]").await,
        expect![
            "read plugin.toml: [[tool]] `do`: `expose` is a list of `flow`, `llm` and `mcp`, not `model`"
        ],
    );
}

#[tokio::test]
async fn a_plugin_for_another_contract_is_refused() {
    let place = Place::new();
    let folder = place.directory.path().join("testing");
    crate::guest::write(&folder, &Guest::that("").bytes(), "");
    let file = folder.join("plugin.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("contract = \"1\"", "contract = \"2\"")).unwrap();
    let error = place.sandbox.load(&folder, &Default::default()).await.unwrap_err();
    let wrong = matches!(&error, Error::Manifest(manifest::Error::Contract(asked)) if asked == "2");
    assert!(wrong, "{error}");
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let place = Place::new();
    let folder = place.directory.path().join("nowhere");
    let error = place.sandbox.load(&folder, &Default::default()).await.unwrap_err();
    assert!(matches!(&error, Error::Read { path, .. } if path.ends_with("plugin.toml")), "{error}");
}

#[tokio::test]
async fn a_component_is_compiled_once_and_a_damaged_copy_is_compiled_again() {
    let (place, bytes) = (Place::new(), Guest::that("").bytes());
    place.load(&bytes, "", "").await.unwrap();
    let cache = place.directory.path().join("cache");
    let kept =
        || -> Vec<_> { std::fs::read_dir(&cache).unwrap().map(|e| e.unwrap().path()).collect() };
    let [first] = &kept()[..] else { panic!("not one file: {:?}", kept()) };
    let code = std::fs::read(first).unwrap();
    let mut damaged = code.clone();
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(first, &damaged).unwrap();
    place.load(&bytes, "", "").await.unwrap();
    assert_ne!(std::fs::read(first).unwrap(), damaged);
    let written = std::fs::metadata(first).unwrap().modified().unwrap();
    place.load(&bytes, "", "").await.unwrap();
    assert_eq!(std::fs::metadata(first).unwrap().modified().unwrap(), written);
    assert_eq!(kept().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_cache_that_others_could_enter_is_made_anew() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let cache = place.directory.path().join("cache");
    std::fs::create_dir(&cache).unwrap();
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o777)).unwrap();
    std::fs::write(cache.join("planted.cwasm"), "not ours").unwrap();
    place.load(&Guest::that("").bytes(), "", "").await.unwrap();
    assert!(!cache.join("planted.cwasm").exists());
    assert_eq!(std::fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn what_is_granted_as_requested_is_the_component_with_what_it_asks_for() {
    let (place, bytes) = (Place::new(), Guest::that("").bytes());
    let asks = "[[capabilities.http]]\nhosts = [\"https://api.example.com\"]";
    let lines = |error: Error| match error {
        Error::Manifest(manifest::Error::Grant { lines, .. }) => lines,
        other => panic!("{other}"),
    };
    let with = |digest: &str| format!("grant = \"as-requested\"\ndigest = \"{digest}\"");
    let granted = lines(place.load(&bytes, asks, &with("old")).await.unwrap_err());
    let plugin = place.load(&bytes, asks, &granted).await.unwrap();
    assert!(granted.contains(&plugin.reviewed), "{granted}");
    assert!(
        place.load(&bytes, asks, &with(&plugin.digest)).await.is_err(),
        "of the component alone"
    );
    // Laid out otherwise it is the same; asked for more it is another.
    let same = "[capabilities]\n# One server.\nhttp = [{ hosts = [\"https://api.example.com\"] }]";
    assert!(place.load(&bytes, same, &granted).await.is_ok());
    for more in
        ["private_networks = true", "methods = [\"GET\", \"POST\"]", "max_response = \"9MiB\""]
    {
        let asks = format!("{asks}\n{more}");
        lines(place.load(&bytes, &asks, &granted).await.unwrap_err());
    }
    let nothing = place.load(&bytes, "", &granted).await.unwrap_err();
    let plugin = place.load(&bytes, "", &lines(nothing)).await.unwrap();
    assert_eq!(plugin.reviewed, plugin.digest);
}

#[tokio::test]
async fn a_schema_whose_parts_double_with_every_line_is_refused_before_anything_is_checked() {
    let next = |n: usize| format!("{{\"$ref\":\"#/$defs/a{}\"}}", n + 1);
    let parts = |n: usize| format!("\"a{n}\":{{\"allOf\":[{},{}]}}", next(n), next(n));
    let parts: Vec<String> = (0..40).map(parts).collect();
    let schema = format!(
        "{{\"type\":\"object\",\"$ref\":\"#/$defs/a0\",\"$defs\":{{{},\"a40\":true}}}}",
        parts.join(",")
    );
    let tool = cicerone::tool::Registry::new(cicerone::tool::Options::default());
    let offer = cicerone::flow::Offer {
        name: "a/b".to_owned(),
        args: std::sync::Arc::new(serde_json::from_str(&schema).unwrap()),
        result: None,
        repeatable: false,
    };
    let refused = tool.with_function(offer, |_| async { Ok(serde_json::Value::Null) });
    let why = refused.unwrap_err().to_string();
    assert!(why.contains("parts"), "{why}");
}
