//! `cargo xtask test --sdk`: the SDKs as authors use them. The example plugins in each language, the SDK's own tests, the
//! starter, and the README as somebody new would follow it, with only what it says, in a folder outside of the sources.
//! Compilers are fetched by `cicerone plugin build` and kept below `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::guests::{self, value_of};
use crate::readme::{self, Reader};
use crate::{process, repository, say};

/// The most lines of a README's first tool.
const FIRST_TOOL_LINES_MAX: usize = 39;

/// An SDK and how tests in its language run natively, with the compiler that the builds have fetched.
struct Sdk {
    language: &'static str,
    /// The tests of a folder: an example's, the starter's, those of the SDK itself.
    native: fn(&Path) -> Result<()>,
    /// Whether the tests of everything call its starter in a sandbox.
    called: bool,
    /// Whether cargo's workspaces test the SDK and the examples.
    workspace: bool,
}

const SDKS: &[Sdk] = &[
    Sdk { language: "rust", native: rust, called: true, workspace: true },
    Sdk { language: "typescript", native: typescript, called: true, workspace: false },
    Sdk { language: "python", native: python, called: true, workspace: false },
    Sdk { language: "go", native: go, called: false, workspace: false },
    Sdk { language: "c", native: c, called: false, workspace: false },
];

pub(crate) fn run(languages: &[String]) -> Result<()> {
    if let Some(unknown) =
        languages.iter().find(|word| SDKS.iter().all(|sdk| sdk.language != **word))
    {
        bail!(
            "find the SDK `{unknown}`; there are {}",
            SDKS.iter().map(|sdk| sdk.language).collect::<Vec<_>>().join(", ")
        );
    }
    process::loudly(process::cargo().current_dir(repository::root()).args(["build", "--locked"]))?;
    for sdk in SDKS
        .iter()
        .filter(|sdk| languages.is_empty() || languages.iter().any(|word| word == sdk.language))
    {
        let language = sdk.language;
        say::step(&format!("the README of the SDK for {language}"), || follow(sdk))?;
        say::step(&format!("the starter in {language}"), || starter(sdk))?;
        if sdk.workspace {
            continue;
        }
        say::step(&format!("the tests of the SDK for {language}"), || {
            (sdk.native)(&repository::root().join("sdk").join(language))
        })?;
        for folder in examples(language)? {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            say::step(&format!("the example `{name}`"), || example(sdk, &folder))?;
        }
    }
    Ok(())
}

/// Its own tests, and its cases in real sandboxes. Another of Python's components takes most of a minute to compile.
fn example(sdk: &Sdk, folder: &Path) -> Result<()> {
    (sdk.native)(folder)?;
    if sdk.language == "python" && !guests::is_set("CICERONE_LONG") {
        say::note("its cases are run with CICERONE_LONG");
        return Ok(());
    }
    let mut test = Command::new(cicerone());
    machine(&mut test)?;
    process::loudly(test.args(["plugin", "test"]).arg(folder).current_dir(repository::root()))
}

/// The example plugins in a language.
fn examples(language: &str) -> Result<Vec<PathBuf>> {
    let plugins = repository::plugins();
    let reading = || format!("read `{}`", plugins.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(&plugins).with_context(reading)? {
        let folder = entry.with_context(reading)?.path();
        let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap_or_default();
        if value_of(&manifest, "lang") == Some(language) {
            found.push(folder);
        }
    }
    found.sort();
    Ok(found)
}

/// What `plugin new` makes, as it is.
fn starter(sdk: &Sdk) -> Result<()> {
    let place = readme::empty(place(sdk).join("starter"))?;
    let run = |args: &[&str]| {
        let mut cicerone = Command::new(cicerone());
        machine(&mut cicerone)?;
        process::quietly(cicerone.args(args).current_dir(&place))
    };
    run(&["plugin", "new", "weather", "--lang", sdk.language])?;
    if !sdk.called {
        run(&["plugin", "test", "weather"])?;
    }
    (sdk.native)(&place.join("weather"))
}

fn follow(sdk: &Sdk) -> Result<()> {
    let readme = repository::root().join("sdk").join(sdk.language).join("README.md");
    let lines = readme::lines_of_first_tool(&readme)?;
    if lines > FIRST_TOOL_LINES_MAX {
        bail!("have {lines} lines for the first tool in `{}`; fewer than 40 do", readme.display());
    }
    let place = readme::empty(place(sdk).join("readme"))?;
    Reader { place: &place, made: "greetings", machine: &machine }.follow(&readme)
}

fn place(sdk: &Sdk) -> PathBuf {
    repository::target().join("sdk").join(sdk.language)
}

/// The host of this build.
fn cicerone() -> PathBuf {
    let name = format!("cicerone{}", std::env::consts::EXE_SUFFIX);
    repository::target().join("debug").join(name)
}

/// What authors have: this host in their path, compilers, and caches of them, all of it below `target/`.
fn machine(command: &mut Command) -> Result<()> {
    let mut path = vec![repository::target().join("debug")];
    // Who has a Go of their own has it there.
    path.extend(kit("go").ok().map(|kit| kit.join("bin")));
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    command.env("PATH", std::env::join_paths(path).context("put the host into the path")?);
    command.env("CICERONE_TOOLS", tools());
    if let Some(flags) = guests::flags_of_authors()? {
        command.env("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", flags);
    }
    command.env("CARGO_TARGET_DIR", tools().join("cargo"));
    command.env("npm_config_cache", tools().join("npm")).env("npm_config_prefer_offline", "true");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.envs([("GOPROXY", "off"), ("GOTOOLCHAIN", "local"), ("GOENV", "off"), ("GOFLAGS", "")]);
    command.env("GOCACHE", tools().join("go-cache")).env("GOPATH", tools().join("go"));
    Ok(())
}

fn tools() -> PathBuf {
    repository::target().join("tools")
}

/// A kit that a build has fetched.
fn kit(kit: &str) -> Result<PathBuf> {
    let kits = tools().join("kits");
    let entries = fs::read_dir(&kits).with_context(|| format!("read `{}`", kits.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kit)))
        .filter(|path| path.join("complete").is_file())
        .collect();
    found.sort_by_key(|path| {
        fs::metadata(path.join("complete")).and_then(|data| data.modified()).ok()
    });
    found.pop().with_context(|| format!("find the kit `{kit}` in `{}`", kits.display()))
}

fn rust(folder: &Path) -> Result<()> {
    let mut cargo = process::cargo();
    machine(&mut cargo)?;
    process::loudly(cargo.args(["test", "--quiet"]).current_dir(folder))
}

/// As `npm test` does it, with what the builds have fetched, and the types of Node that the README's reader has.
fn typescript(folder: &Path) -> Result<()> {
    let bundle = readme::empty(repository::target().join("sdk/typescript/bundle"))?;
    let kit = kit("typescript")?;
    let types = repository::target().join("sdk/typescript/readme/greetings/node_modules/@types");
    for checked in [folder.to_owned(), folder.join("test")] {
        if checked.join("tsconfig.json").is_file() {
            let mut tsc = Command::new(kit.join("node_modules/.bin/tsc"));
            tsc.args(["--noEmit", "--pretty", "false", "-p"]).arg(checked);
            process::loudly(tsc.arg("--typeRoots").arg(&types))?;
        }
    }
    let mut esbuild = Command::new(kit.join("node_modules/.bin/esbuild"));
    esbuild.args(sources(&[folder.join("test"), folder.join("tests")], "ts")?);
    esbuild.args(["--bundle", "--platform=node", "--format=esm", "--out-extension:.js=.mjs"]);
    esbuild.arg(format!("--outdir={}", bundle.display()));
    process::quietly(&mut esbuild)?;
    process::quietly(Command::new("node").arg("--test").current_dir(bundle)).map(drop)
}

fn python(folder: &Path) -> Result<()> {
    let tests = if folder.join("tests").is_dir() { "tests" } else { "test" };
    // With an older Python it is content with no test at all.
    if sources(&[folder.join(tests)], "py")?.len() < 2 {
        bail!("find tests in `{}`", folder.display());
    }
    let mut python = Command::new("python3");
    machine(&mut python)?;
    python.args(["-m", "unittest", "discover", "--quiet", "-s", tests, "-t", "."]);
    process::quietly(python.current_dir(folder)).map(drop)
}

/// With what a build has fetched, which traps what C leaves undefined.
fn c(folder: &Path) -> Result<()> {
    let sdk = match folder.join("sdk").is_dir() {
        true => folder.join("sdk"),
        false => repository::root().join("sdk/c"),
    };
    let mut folders = vec![folder.join("test"), folder.join("tests"), folder.join("src")];
    if !folders.contains(&sdk.join("src")) {
        folders.push(sdk.join("src"));
    }
    let test = repository::target().join("sdk/c/test");
    let cache = tools().join("zig-cache");
    let mut zig = Command::new(kit("zig")?.join("bin/python"));
    zig.args(["-m", "ziglang", "cc", "-std=c11", "-g", "-Wall", "-Wextra", "-Werror", "-I"]);
    zig.arg(sdk.join("include")).args(sources(&folders, "c")?).arg("-o").arg(&test);
    zig.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
    process::quietly(&mut zig)?;
    process::loudly(&mut Command::new(test))
}

fn go(folder: &Path) -> Result<()> {
    for task in ["vet", "test"] {
        let mut go = Command::new(kit("go")?.join("bin/go"));
        machine(&mut go)?;
        process::loudly(go.args([task, "./..."]).current_dir(folder))?;
    }
    Ok(())
}

/// The files of a kind in folders that there may not be, in order.
fn sources(folders: &[PathBuf], kind: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let reading = || format!("read `{}`", folder.display());
        for entry in fs::read_dir(folder).with_context(reading)? {
            let path = entry.with_context(reading)?.path();
            if path.extension().is_some_and(|extension| extension == kind) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_found_by_its_language() {
        let found = examples("c").unwrap();
        assert!(found.iter().any(|folder| folder.ends_with("fuzzy")), "{found:?}");
    }
}
