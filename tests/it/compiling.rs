//! Compiling components in a process of its own: what it makes, what it may do, and what becomes of the host when it ends
//! badly.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use cicerone::plugin::{COMPILE_COMMAND, Error, Grant, MemoryKv, Options, Plugin, Sandbox};

use crate::guest::{Guest, LONG, attempt, write};

const BINARY: &str = env!("CARGO_BIN_EXE_cicerone");

/// Loads a plugin whose component this binary compiles.
async fn load(directory: &Path, compiler: &Path, bytes: &[u8]) -> Result<Plugin, Error> {
    let folder = directory.join("testing");
    write(&folder, bytes, "");
    let (cache, compiler) = (directory.join("cache"), Some(compiler.to_owned()));
    let options = Options { cache, compiler, describe_timeout: LONG, ..Options::default() };
    let sandbox = Sandbox::new(options, Arc::new(MemoryKv::default())).unwrap();
    sandbox.load(&folder, &Grant::default()).await
}

/// A compiler that ends badly, or tells what it was given.
fn script(directory: &Path, lines: &str) -> PathBuf {
    let path = directory.join("compiler.sh");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[tokio::test]
async fn what_another_process_compiled_is_called_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = Guest::that("").bytes();
    let plugin = load(directory.path(), Path::new(BINARY), &bytes).await.unwrap();
    assert!(attempt(&plugin, LONG).await.0.is_ok());
    // What is kept is read by a host without any compiler.
    let plugin = load(directory.path(), Path::new("/nowhere"), &bytes).await.unwrap();
    assert!(attempt(&plugin, LONG).await.0.is_ok());
}

#[tokio::test]
async fn a_component_that_does_not_compile_is_refused_with_the_compilers_words() {
    let directory = tempfile::tempdir().unwrap();
    let said = script(directory.path(), "echo 'does not compile: because' >&2; exit 1");
    let error = load(directory.path(), &said, &Guest::that("").bytes()).await.unwrap_err();
    assert_eq!(error.to_string(), "load the component: the file does not compile: because");
}

#[tokio::test]
async fn a_compiler_that_is_killed_or_not_there_leaves_the_host_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = Guest::that("").bytes();
    let killed = script(directory.path(), "kill -9 $$");
    let error = load(directory.path(), &killed, &bytes).await.unwrap_err();
    assert!(error.to_string().contains("signal: 9"), "{error}");
    let missing = load(directory.path(), Path::new("/nowhere"), &bytes).await.unwrap_err();
    assert!(matches!(missing, Error::Compiler { .. }), "{missing}");
    // One that says all is well and gives nothing.
    let silent = script(directory.path(), "exit 0");
    let error = load(directory.path(), &silent, &bytes).await.unwrap_err();
    assert!(error.to_string().contains("not for this host"), "{error}");
    let plugin = load(directory.path(), Path::new(BINARY), &bytes).await.unwrap();
    assert!(attempt(&plugin, LONG).await.0.is_ok());
}

#[tokio::test]
async fn a_compiler_sees_nothing_of_the_hosts_environment() {
    let directory = tempfile::tempdir().unwrap();
    let told = directory.path().join("environment");
    let compiler = script(directory.path(), &format!("/usr/bin/env > {}; exit 1", told.display()));
    load(directory.path(), &compiler, &Guest::that("").bytes()).await.unwrap_err();
    let environment = fs::read_to_string(told).unwrap();
    // What a shell sets itself.
    let known = ["PWD=", "SHLVL=", "_=", "OLDPWD="];
    let other = environment.lines().find(|line| !known.iter().any(|name| line.starts_with(name)));
    assert_eq!(other, None);
}

#[cfg(target_os = "linux")]
#[test]
fn a_compiler_lets_everybody_else_go_first() {
    let directory = tempfile::tempdir().unwrap();
    let artifact = directory.path().join("artifact");
    let mut compiler = Command::new(BINARY)
        .args([COMPILE_COMMAND.as_ref(), artifact.as_os_str()])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for its component, and is what it is going to be before that.
    let process = format!("/proc/{}", compiler.id());
    let field = |place: usize| -> String {
        let stat = fs::read_to_string(format!("{process}/stat")).unwrap();
        let (_, after_name) = stat.rsplit_once(") ").unwrap();
        after_name.split(' ').nth(place).unwrap().to_owned()
    };
    let began = std::time::Instant::now();
    let oom = || fs::read_to_string(format!("{process}/oom_score_adj")).unwrap();
    while field(16) != "19" || oom().trim() != "1000" {
        assert!(began.elapsed() < LONG, "nice {} oom {}", field(16), oom());
        std::thread::yield_now();
    }
    let limits = fs::read_to_string(format!("{process}/limits")).unwrap();
    let addresses = limits.lines().find(|line| line.starts_with("Max address space")).unwrap();
    assert!(addresses.contains("4294967296"), "{addresses}");
    compiler.stdin.take().unwrap().write_all(b"not wasm").unwrap();
    let ended = compiler.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).starts_with("does not compile"), "{ended:?}");
    assert!(!artifact.exists());
}
