//! Runs other programs: loudly, where a person waits for their progress, or quietly, where only a failure is of
//! interest. Nothing here knows what the programs are for.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Of the cases of properties; any will do.
const SEED: &str = "20261122";

/// How much of a quiet program's complaint is shown.
const COMPLAINT_LINES_MAX: usize = 20;

/// Where this program lay when it was started.
static MYSELF: OnceLock<PathBuf> = OnceLock::new();

/// Keeps the path of this program. A step that has cargo build it anew puts another file in its place, and the system
/// then calls the path of the running one deleted.
pub(crate) fn remember_myself() -> Result<()> {
    let path = std::env::current_exe().context("find this program")?;
    MYSELF.get_or_init(|| path);
    Ok(())
}

/// This program, to be started once more.
pub(crate) fn myself() -> Result<Command> {
    Ok(Command::new(MYSELF.get().context("find this program")?))
}

/// Cargo, by the path that started us.
///
/// Properties are tried with the same cases each time, so that what passed passes again; whoever says how many cases
/// (`PROPTEST_CASES`) gets others each time.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if ["PROPTEST_CASES", "PROPTEST_RNG_SEED"].iter().all(|name| std::env::var_os(name).is_none()) {
        cargo.env("PROPTEST_RNG_SEED", SEED);
    }
    cargo
}

/// The compiler that cargo uses.
pub(crate) fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Runs it with its output shown.
pub(crate) fn loudly(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| starting(command))?;
    if !status.success() {
        bail!("run `{}` ({status})", shown(command));
    }
    Ok(())
}

/// Runs it with its output kept back, and gives what it printed; its last lines are in the error if it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| starting(command))?;
    taken(command, &output)
}

/// Runs it with its output shown, for this long at most.
pub(crate) fn within(most: Duration, command: &mut Command) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| starting(command))?;
    let begun = Instant::now();
    loop {
        match child.try_wait().with_context(|| format!("wait for `{}`", shown(command)))? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("run `{}` ({status})", shown(command)),
            None if begun.elapsed() < most => std::thread::sleep(Duration::from_millis(50)),
            None => break,
        }
    }
    child.kill().with_context(|| format!("stop `{}`", shown(command)))?;
    child.wait().with_context(|| format!("wait for `{}`", shown(command)))?;
    bail!("run `{}` in {} s", shown(command), most.as_secs())
}

/// Runs `from | into`, quietly.
pub(crate) fn piped(from: &mut Command, into: &mut Command) -> Result<()> {
    let mut source = from.stdout(Stdio::piped()).spawn().with_context(|| starting(from))?;
    let stream = source.stdout.take().context("read from the first program of a pipe")?;
    let output = into.stdin(stream).output().with_context(|| starting(into))?;
    let status = source.wait().with_context(|| format!("wait for `{}`", shown(from)))?;
    taken(into, &output)?;
    if !status.success() {
        bail!("run `{}` ({status})", shown(from));
    }
    Ok(())
}

/// Whether a program of this name can be started.
pub(crate) fn is_there(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| is_file(&folder.join(program)))
}

fn is_file(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

fn taken(command: &Command, output: &Output) -> Result<String> {
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = complaint.trim().lines().collect();
        let from = lines.len().saturating_sub(COMPLAINT_LINES_MAX);
        let last = lines.get(from..).unwrap_or_default().join("\n");
        bail!("run `{}` ({})\n{last}", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn starting(command: &Command) -> String {
    format!("start `{}`; is it installed?", command.get_program().display())
}

fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_is_named_with_what_it_said() {
        let error =
            quietly(Command::new("sh").args(["-c", "echo no such luck >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("sh -c") && text.contains("no such luck") && text.contains('3'),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = quietly(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().contains("`no-such-program`; is it installed?"), "{error}");
        assert!(!is_there("no-such-program") && is_there("sh"));
    }

    #[test]
    fn a_program_that_takes_too_long_is_stopped() {
        let error =
            within(Duration::from_millis(100), Command::new("sleep").arg("600")).unwrap_err();
        assert!(error.to_string().contains("`sleep 600` in 0 s"), "{error}");
        assert!(within(Duration::from_secs(60), &mut Command::new("true")).is_ok());
        assert!(within(Duration::from_secs(60), &mut Command::new("false")).is_err());
    }

    #[test]
    fn a_pipe_fails_with_either_of_its_ends() {
        let end = |ok: bool| Command::new(if ok { "true" } else { "false" });
        assert!(piped(&mut end(true), &mut end(true)).is_ok());
        assert!(piped(&mut end(false), &mut end(true)).is_err());
        assert!(piped(&mut end(true), &mut end(false)).is_err());
    }
}
