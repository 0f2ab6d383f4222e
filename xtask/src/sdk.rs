//! `cargo xtask test --sdk`: the SDKs in other languages than Rust. Each one's own tests, the example plugins in its
//! language, and its README as somebody new would follow it, with only what it says, in a folder outside of the sources.
//! Compilers are fetched by `cicerone plugin build` and kept below `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::guests::value_of;
use crate::{process, repository, say};

/// An SDK and how its tests run natively, with the compiler that the builds have fetched.
struct Sdk {
    language: &'static str,
    /// Where the README says that its first tool goes, and where its test.
    tool: &'static str,
    test: &'static str,
    /// The tests of the SDK itself, those of an example, and those of the README, by folder.
    native: fn(&Path) -> Result<()>,
}

const SDKS: &[Sdk] = &[
    Sdk { language: "c", tool: "src/tools.c", test: "test/tools_test.c", native: c },
    Sdk { language: "go", tool: "main.go", test: "main_test.go", native: go },
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
        say::step(&format!("the README of the SDK for {}", sdk.language), || follow(sdk))?;
        say::step(&format!("the tests of the SDK for {}", sdk.language), || {
            (sdk.native)(&repository::root().join("sdk").join(sdk.language))
        })?;
        for folder in examples(sdk.language)? {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            say::step(&format!("the example `{name}`"), || example(sdk, &folder))?;
        }
    }
    Ok(())
}

/// Its cases in real sandboxes, and its own tests.
fn example(sdk: &Sdk, folder: &Path) -> Result<()> {
    let mut test = cicerone();
    process::loudly(test.args(["plugin", "test"]).arg(folder).current_dir(repository::root()))?;
    (sdk.native)(folder)
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

/// What a reader of the README does: `plugin new`, the tool that is there and its cases, then the README's own tool, what it
/// asks for, its grant, `build`, `call`, and its test.
fn follow(sdk: &Sdk) -> Result<()> {
    let readme = repository::root().join("sdk").join(sdk.language).join("README.md");
    let text =
        fs::read_to_string(&readme).with_context(|| format!("read `{}`", readme.display()))?;
    let place = repository::target().join("sdk").join(sdk.language);
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("empty `{}`", place.display()))?;
    }
    fs::create_dir_all(&place).with_context(|| format!("make `{}`", place.display()))?;
    let run = |args: &[&str]| process::quietly(cicerone().args(args).current_dir(&place));

    run(&["plugin", "new", "greetings", "--lang", sdk.language])?;
    let plugin = place.join("greetings");
    run(&["plugin", "test", "greetings"])?;
    (sdk.native)(&plugin)?;
    let mut code = blocks(&text, sdk.language);
    let (Some(tool), Some(test)) = (code.next(), code.next()) else {
        bail!("find a tool and a test in `{}`", readme.display())
    };
    let Some(asked) = blocks(&text, "toml").next() else {
        bail!("find what the tool asks for in `{}`", readme.display())
    };
    write(&plugin.join(sdk.tool), tool)?;
    write(&plugin.join(sdk.test), test)?;
    let manifest = plugin.join("plugin.toml");
    let before = fs::read_to_string(&manifest).context("read the new plugin.toml")?;
    write(&manifest, &format!("{before}\n{asked}"))?;
    write(&place.join("cicerone.toml"), &asked.replace("[capabilities]", "[grants.greetings]"))?;
    run(&["plugin", "build", "greetings"])?;
    let said = run(&["plugin", "call", "greetings", "greet", "--args", r#"{"name":"Ada"}"#])?;
    if !said.contains("\"Hello Ada!\"") {
        bail!("greet Ada: the tool of `{}` says {said}", readme.display());
    }
    (sdk.native)(&plugin)
}

/// The code of a language between fences, in order.
fn blocks<'t>(text: &'t str, language: &str) -> impl Iterator<Item = &'t str> {
    let opening = format!("```{language}\n");
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once(&opening)?;
        let (code, after) = from.split_once("```")?;
        rest = after;
        Some(code)
    })
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("write `{}`", path.display()))
}

/// The host of this build, with compilers below `target/`.
fn cicerone() -> Command {
    let name = format!("cicerone{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(repository::target().join("debug").join(name));
    command.env("CICERONE_TOOLS", tools());
    command
}

fn tools() -> PathBuf {
    repository::target().join("tools")
}

/// A program of a kit that a build has fetched.
fn program(kit: &str, program: &str) -> Result<PathBuf> {
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
    let kit =
        found.pop().with_context(|| format!("find the kit `{kit}` in `{}`", kits.display()))?;
    Ok(kit.join("bin").join(program))
}

/// With what a build has fetched, which traps what C leaves undefined.
fn c(folder: &Path) -> Result<()> {
    let sdk = match folder.join("sdk").is_dir() {
        true => folder.join("sdk"),
        false => repository::root().join("sdk/c"),
    };
    let mut sources = Vec::new();
    for below in [folder.join("test"), folder.join("tests"), folder.join("src"), sdk.join("src")] {
        for entry in fs::read_dir(below).into_iter().flatten() {
            let path = entry.context("read a folder of sources")?.path();
            if path.extension().is_some_and(|extension| extension == "c")
                && !sources.contains(&path)
            {
                sources.push(path);
            }
        }
    }
    let test = repository::target().join("sdk").join("test");
    let cache = tools().join("zig-cache");
    let mut zig = Command::new(program("zig", "python")?);
    zig.args(["-m", "ziglang", "cc", "-std=c11", "-g", "-Wall", "-Wextra", "-Werror", "-I"]);
    zig.arg(sdk.join("include")).args(sources).arg("-o").arg(&test);
    zig.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
    process::quietly(&mut zig)?;
    process::loudly(&mut Command::new(test))
}

fn go(folder: &Path) -> Result<()> {
    for task in ["vet", "test"] {
        let mut go = Command::new(program("go", "go")?);
        go.args([task, "./..."]).current_dir(folder);
        go.envs([("GOPROXY", "off"), ("GOTOOLCHAIN", "local"), ("GOENV", "off"), ("GOFLAGS", "")]);
        go.env("GOCACHE", tools().join("go-cache")).env("GOPATH", tools().join("go"));
        process::loudly(&mut go)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_language_is_found_in_order() {
        let text = "a\n```c\none\n```\nb\n```sh\ntwo\n```\n```c\nthree\n```\n";
        assert_eq!(blocks(text, "c").collect::<Vec<_>>(), ["one\n", "three\n"]);
        assert_eq!(blocks(text, "go").count(), 0);
    }

    #[test]
    fn an_example_is_found_by_its_language() {
        let found = examples("c").unwrap();
        assert!(found.iter().any(|folder| folder.ends_with("fuzzy")), "{found:?}");
    }
}
