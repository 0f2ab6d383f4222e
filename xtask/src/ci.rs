//! `cargo xtask ci`: every check, the cheapest refusal first. It stops at the first that fails and always ends with one
//! table. Everything is built in the dev profile, so that nothing is compiled twice.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::guests::{self, Routes};
use crate::{process, python, redis, registry, repository, say, sdk, test, workers};

type Check = (&'static str, fn() -> Result<()>);

/// What `--quick` runs.
const QUICK: &[Check] = &[
    ("format", format),
    ("the pure rooms bring no runtime", no_runtime),
    ("tests of the pure rooms", pure),
    ("lints", lints),
    ("example tools", example_tools),
];

/// What comes on top without it.
const REST: &[Check] = &[
    ("tests of the example tools", || test::plugins(&[])),
    ("a Redis for the tests", redis::ensure),
    ("a registry of artifacts for the tests", registry::ensure),
    ("Python and Node for workers and an example's server", workers::ensure),
    ("example tools in other languages", other_tools),
    ("tests of everything", || test::host(&[])),
    ("turns beside hostile tools", beside_hostile_tools),
    ("the SDKs in other languages", || sdk::run(&[])),
    ("tests with hosts that die where they are told to", dying_hosts),
    ("tests with the committed tools", committed_tools),
    ("tests with tools of a toolchain made here", forced_tools),
    ("what goes into the image", image),
    ("documentation", documentation),
    ("further tools", further_tools),
];

/// With `--long` each property is tried this often.
const LONG_CASES: &str = "100000";

pub(crate) fn run(args: &[String]) -> Result<()> {
    let checks: Vec<Check> = match args {
        [] => [QUICK, REST].concat(),
        [one] if one == "--quick" => QUICK.to_vec(),
        [one] if one == "--long" => return long(),
        _ => bail!("read these options; `ci` takes `--quick` or `--long`"),
    };
    let mut steps = Vec::new();
    let result = all(&checks, &mut steps);
    say::summary(&steps);
    result
}

fn all(checks: &[Check], steps: &mut Vec<(String, Option<Duration>)>) -> Result<()> {
    for (number, (title, check)) in checks.iter().enumerate() {
        let title = format!("{}. {title}", number + 1);
        let result = say::step(&title, check);
        steps.push((title, result.as_ref().ok().copied()));
        result?;
    }
    Ok(())
}

/// The same in a process of its own, whose tests see that they may take their time.
fn long() -> Result<()> {
    process::loudly(
        process::myself()?.arg("ci").env("CICERONE_LONG", "1").env("PROPTEST_CASES", LONG_CASES),
    )
}

fn cargo_here() -> Command {
    let mut cargo = process::cargo();
    cargo.current_dir(repository::root());
    cargo
}

fn cargo_plugins() -> Command {
    let mut cargo = process::cargo();
    cargo.current_dir(repository::plugins());
    cargo
}

fn format() -> Result<()> {
    process::loudly(cargo_here().args(["fmt", "--all", "--check"]))?;
    process::loudly(cargo_plugins().args(["fmt", "--all", "--check"]))
}

/// Cargo cannot print the way to a package that is not there, and that is what shall be so.
fn no_runtime() -> Result<()> {
    let tree = [
        "tree",
        "--package",
        "cicerone",
        "--edges",
        "normal",
        "--no-default-features",
        "--invert",
        "tokio",
    ];
    let output = cargo_here().args(tree).output().context("start cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && !output.stdout.is_empty() {
        bail!("keep the pure rooms free of tokio:\n{}", String::from_utf8_lossy(&output.stdout));
    }
    if !output.status.success() && !said.contains("did not match any packages") {
        bail!("ask cargo for the tree of packages:\n{said}");
    }
    Ok(())
}

fn pure() -> Result<()> {
    process::loudly(cargo_here().args([
        "test",
        "--locked",
        "--package",
        "cicerone",
        "--no-default-features",
    ]))
}

fn lints() -> Result<()> {
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    process::loudly(cargo_here().args(clippy))?;
    process::loudly(cargo_plugins().args(clippy))
}

fn example_tools() -> Result<()> {
    guests::make(Routes::All)?;
    guests::prebuilt::check_all()
}

/// All of them: whatever cannot be had here is no reason for less.
fn other_tools() -> Result<()> {
    guests::others::make()?;
    guests::others::all_built()
}

/// Alone, as it measures times. The same build as before.
fn beside_hostile_tools() -> Result<()> {
    let tests =
        ["test", "--workspace", "--locked", "--test", "it", "--", "--ignored", "neighbours"];
    process::loudly(cargo_here().args(tests))
}

/// In a build of its own, as no host that people use dies on demand.
fn dying_hosts() -> Result<()> {
    let tests =
        ["test", "--locked", "--features", "faults", "--test", "it", "--", "faults::places"];
    process::loudly(cargo_here().args(tests))
}

/// What a machine without any toolchain for WebAssembly has: nothing built, the committed components. Afterwards what
/// was built is put back.
fn committed_tools() -> Result<()> {
    guests::prebuilt::fall_back("these tests are about them")?;
    test::host(&["sandboxed", "host::ways_in", "host::commands"])?;
    guests::make(Routes::Here)
}

/// What a machine has whose Rust knows nothing of WebAssembly: the standard library is built from Debian's sources, in a
/// process of its own that is told to pass over the easier ways.
fn forced_tools() -> Result<()> {
    process::loudly(process::myself()?.arg("plugins").env("FORCE", "1"))?;
    guests::all_built()?;
    test::host(&["sandboxed"])?;
    guests::make(Routes::Here)
}

fn documentation() -> Result<()> {
    let doc = ["doc", "--workspace", "--no-deps", "--locked"];
    process::loudly(cargo_here().args(doc).env("RUSTDOCFLAGS", "--deny warnings"))
}

/// No engine builds an image here: what it is built of is laid out by the same script, and the host that lies there is
/// asked to check its flows; the compose files are checked against their schema.
fn image() -> Result<()> {
    let laid_out = repository::root().join("target/image-of-tests");
    let mut script = Command::new(repository::root().join("docker/build.sh"));
    process::loudly(script.arg(&laid_out).env("PROFILE", "dev"))?;
    process::loudly(
        Command::new(laid_out.join("cicerone")).args(["check", "flows"]).current_dir(&laid_out),
    )?;
    let checker = python::program("check-jsonschema", "check-jsonschema==0.39.0")?;
    let mut check = Command::new(checker);
    check.current_dir(repository::root()).args(["--builtin-schema", "vendor.compose-spec"]);
    process::loudly(check.args(["docker-compose.yml", "docker-compose.embedded.yml"]))
}

/// What is worth running where somebody has it, and is no reason to install anything.
fn further_tools() -> Result<()> {
    let tools: [(&str, &[&str], &str); 2] =
        [("cargo-deny", &["--all-features", "check"], "deny.toml"), ("typos", &[], "Cargo.toml")];
    for (tool, args, about) in tools {
        if process::is_there(tool) && repository::root().join(about).is_file() {
            process::loudly(Command::new(tool).current_dir(repository::root()).args(args))?;
        } else {
            say::note(&format!("`{tool}` is not here; not run"));
        }
    }
    Ok(())
}
