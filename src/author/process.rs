//! Programs of other people: what they say is kept and shown in full if they fail.

use std::io::ErrorKind;
use std::process::{Command, Output, Stdio};

use super::Error;

/// Words of a command that are shown.
const WORDS_MAX: usize = 6;

/// Runs a program and gives what it wrote to standard output; `help` says how it comes to this machine. What the
/// environment has that is secret is not its business: it runs what plugins bring along.
pub(super) fn run(command: &mut Command, help: &str) -> Result<Output, Error> {
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_secret(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| missing(command, &error, help))?;
    if output.status.success() {
        return Ok(output);
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let said = [text(&output.stdout), text(&output.stderr)];
    Err(Error::Failed {
        command: shown(command),
        status: output.status.to_string(),
        said: said.iter().filter(|said| !said.is_empty()).cloned().collect::<Vec<_>>().join("\n"),
    })
}

/// Whether a variable is for the host alone.
fn is_secret(name: &str) -> bool {
    name.starts_with("CICERONE_SECRET_") || name == "REDIS_URL" || name.ends_with("_API_KEY")
}

fn missing(command: &Command, error: &std::io::Error, help: &str) -> Error {
    let program = command.get_program().to_string_lossy().into_owned();
    let help = match error.kind() {
        ErrorKind::NotFound => help.to_owned(),
        _ => format!("it does not start: {error}"),
    };
    Error::NoProgram { program, help }
}

fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or_else(|| command.get_program());
    let mut words: Vec<String> = std::iter::once(program)
        .chain(command.get_args())
        .take(WORDS_MAX)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if command.get_args().count() >= WORDS_MAX {
        words.push("…".to_owned());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_in_the_environment_is_for_the_host_alone() {
        for name in ["CICERONE_SECRET_SHOP_KEY", "REDIS_URL", "OPENAI_API_KEY"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PATH", "HOME", "CARGO_HOME", "CICERONE_TOOLS", "HTTPS_PROXY"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
