//! Plugins from folders, components and archives on this machine.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

#[tokio::test]
async fn an_archive_is_taken_whether_its_files_lie_in_one_folder_or_in_none() {
    let (kept, manifest, component) = (Kept::new(), manifest(), component());
    let bare = packed(&[
        Entry { kind: tar::EntryType::Directory, ..Entry::file("./", b"") },
        Entry::file("./plugin.toml", manifest.as_bytes()),
        Entry::file("./testing.wasm", &component),
        Entry::file("./docs/README.md", b"# Testing"),
    ]);
    let files = written(&bring(&wish(&kept.put("bare.tar.gz", &bare))).await.unwrap());
    let names: Vec<&str> = files.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(names, ["docs/README.md", "plugin.toml", "testing.wasm"]);
    assert_eq!(files[Path::new("testing.wasm")], component);
    // What it is its bytes say, not its name.
    let inside = bring(&wish(&kept.put("package.zip", &package()))).await.unwrap();
    assert_eq!(inside.digest, Some(Sum::of(package())));
    assert_eq!(written(&inside).len(), 2);
}

#[tokio::test]
async fn a_folder_is_taken_with_what_was_built_there_and_without_what_lies_aside() {
    let kept = Kept::new();
    kept.put("plugin.toml", manifest().as_bytes());
    kept.put("testing.wasm", b"as it came");
    kept.put("target/testing.wasm", &component());
    kept.put("target/debug/huge", b"x");
    kept.put("node_modules/a/b.js", b"x");
    kept.put(".git/config", b"x");
    let program = kept.put("tools/run.sh", b"#!/bin/sh");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o744)).unwrap();
    let place = kept.folder.path().to_str().unwrap();
    let brought = bring(&wish(place)).await.unwrap();
    let files = written(&brought);
    let names: Vec<&str> = files.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(names, ["plugin.toml", "testing.wasm", "tools/run.sh"]);
    assert_eq!(files[Path::new("testing.wasm")], component());
    let plugins = tempfile::tempdir().unwrap();
    let folder = brought.stage(plugins.path(), false).unwrap().place().unwrap();
    let mode = |file: &str| fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o100;
    assert_eq!((mode("tools/run.sh"), mode("plugin.toml")), (0o100, 0));

    let error = refused(&Wish { digest: Some(Sum::of("x")), ..wish(place) }).await;
    assert!(error.contains("pack it as a .tar.gz file"), "{error}");
    symlink("/etc/passwd", kept.folder.path().join("link")).unwrap();
    let error = refused(&wish(place)).await;
    assert!(error.contains("is neither a file nor a folder"), "{error}");
}

#[tokio::test]
async fn a_component_alone_gets_a_manifest_if_it_asks_for_nothing_that_has_to_be_written_down() {
    let kept = Kept::new();
    let alone = kept.put("My_Tool.wasm", &component());
    let files = written(&bring(&wish(&alone)).await.unwrap());
    let text = String::from_utf8(files[Path::new("plugin.toml")].clone()).unwrap();
    assert!(text.contains("name = \"my-tool\"\n"), "{text}");
    assert_eq!(files[Path::new("my-tool.wasm")], component());

    let nameless = kept.put("0.wasm", &component());
    let error = refused(&wish(&nameless)).await;
    assert!(error.contains("give it one with `--name`"), "{error}");
    let named = Wish { name: Some("zero".to_owned()), ..wish(&nameless) };
    assert!(written(&bring(&named).await.unwrap()).contains_key(Path::new("zero.wasm")));

    let asking = kept.put("kv.wasm", &Guest::with_kv("").bytes());
    let error = refused(&wish(&asking)).await;
    assert!(error.contains("ask for it with `kv = …` in [capabilities]"), "{error}");
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_with_what_is_missing() {
    let kept = Kept::new();
    let text = manifest();
    let only = packed(&[Entry::file("plugin.toml", text.as_bytes())]);
    for (name, bytes, expected) in [
        ("a.txt", b"hello".to_vec(), "neither a component (.wasm) nor an archive"),
        ("empty", Vec::new(), "neither a component (.wasm) nor an archive"),
        ("none.tar.gz", packed(&[Entry::file("a/b", b"x")]), "it has no plugin.toml"),
        ("only.tar.gz", only, "build it first with `cicerone plugin build`"),
        ("bad.tar.gz", packed(&[Entry::file("plugin.toml", b"[plugin")]), "plugin.toml that came"),
        ("core.wasm", wat::parse_str("(module)").unwrap(), "is a core module"),
        ("half.wasm", component()[..200].to_vec(), "damaged or only half written"),
    ] {
        let error = refused(&wish(&kept.put(name, &bytes))).await;
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[tokio::test]
async fn other_bytes_than_were_named_are_refused() {
    let kept = Kept::new();
    let file = kept.put("package.tar.gz", &package());
    let right = Wish { digest: Some(Sum::of(package())), ..wish(&file) };
    assert!(bring(&right).await.is_ok());
    let mut bytes = package();
    *bytes.last_mut().unwrap() ^= 1;
    kept.put("package.tar.gz", &bytes);
    let error = refused(&right).await;
    assert!(error.contains("nothing was written") && error.contains(&Sum::of(&bytes).to_string()));
}

#[tokio::test]
async fn a_plugin_that_is_there_stays_unless_it_is_to_be_replaced() {
    let (kept, plugins) = (Kept::new(), tempfile::tempdir().unwrap());
    let brought = bring(&wish(&kept.put("package.tar.gz", &package()))).await.unwrap();
    let there = plugins.path().join("testing");
    fs::create_dir(&there).unwrap();
    fs::write(there.join("mine"), "mine").unwrap();
    let error = brought.stage(plugins.path(), false).unwrap_err().to_string();
    assert!(error.contains("put the new one in its place with `--replace`"), "{error}");
    drop(brought.stage(plugins.path(), true).unwrap());
    assert!(there.join("mine").is_file(), "what is only staged changes nothing");
    brought.stage(plugins.path(), true).unwrap().place().unwrap();
    assert!(there.join("plugin.toml").is_file() && !there.join("mine").exists());
    assert_eq!(fs::read_dir(plugins.path()).unwrap().count(), 1);
}
