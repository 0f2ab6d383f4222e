//! A README as somebody new follows it, from top to bottom: a block of `sh` is run, and says what stands behind `#` in it;
//! any other block is put into the file that the line before it ends with. It knows nothing of what is made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;

/// What a reader does.
#[derive(Debug, PartialEq, Eq)]
enum Step<'t> {
    /// Writes a file, or adds to it.
    File { path: &'t str, text: &'t str },
    /// Types commands.
    Commands(&'t str),
}

/// Where the reader is.
pub(crate) struct Reader<'a> {
    /// The folder in which the commands are typed.
    pub(crate) place: &'a Path,
    /// The folder that they make.
    pub(crate) made: &'a str,
    /// What is on the machine.
    pub(crate) machine: &'a dyn Fn(&mut Command) -> Result<()>,
}

impl Reader<'_> {
    /// Does all that it says.
    pub(crate) fn follow(&self, readme: &Path) -> Result<()> {
        let text =
            fs::read_to_string(readme).with_context(|| format!("read `{}`", readme.display()))?;
        let steps = steps(&text);
        let files = steps.iter().filter(|step| matches!(step, Step::File { .. })).count();
        if files == 0 || files == steps.len() {
            bail!("find files and commands in `{}`", readme.display());
        }
        for step in steps {
            let follow = || format!("follow `{}`: {step:?}", readme.display());
            match &step {
                Step::File { path, text } => self.write(path, text).with_context(follow)?,
                Step::Commands(commands) => self.run(commands).with_context(follow)?,
            }
        }
        Ok(())
    }

    /// A manifest is added to, anything else is as it stands here.
    fn write(&self, path: &str, text: &str) -> Result<()> {
        let file = match path {
            "cicerone.toml" => self.place.join(path),
            _ => self.place.join(self.made).join(path),
        };
        let writing = || format!("write `{}`", file.display());
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(writing)?;
        }
        let before = match path {
            "plugin.toml" => fs::read_to_string(&file).with_context(writing)? + "\n",
            _ => String::new(),
        };
        fs::write(&file, before + text).with_context(writing)
    }

    fn run(&self, commands: &str) -> Result<()> {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", commands]).current_dir(self.place);
        (self.machine)(&mut shell)?;
        let said = process::quietly(&mut shell)?;
        let promised = commands.lines().filter_map(|line| Some(line.split_once(" # ")?.1.trim()));
        match promised.into_iter().find(|promised| !said.contains(promised)) {
            Some(promised) => bail!("have it say `{promised}`; it says\n{said}"),
            None => Ok(()),
        }
    }
}

/// The lines of the first tool, which are the first block that is no command.
pub(crate) fn lines_of_first_tool(readme: &Path) -> Result<usize> {
    let text =
        fs::read_to_string(readme).with_context(|| format!("read `{}`", readme.display()))?;
    let mut steps = steps(&text).into_iter();
    let first = steps.find_map(|step| match step {
        Step::File { text, .. } => Some(text.lines().count()),
        Step::Commands(_) => None,
    });
    first.with_context(|| format!("find a tool in `{}`", readme.display()))
}

fn steps(text: &str) -> Vec<Step<'_>> {
    let (mut steps, mut rest) = (Vec::new(), text);
    while let Some((before, from)) = rest.split_once("\n```") {
        let Some((info, from)) = from.split_once('\n') else { break };
        let Some(end) = from.find("```") else { break };
        let (block, after) = from.split_at(end);
        rest = after.trim_start_matches("```");
        let path = before.trim_end().strip_suffix("`:").and_then(|line| line.rsplit('`').next());
        match (info, path) {
            ("sh", _) => steps.push(Step::Commands(block)),
            (_, Some(path)) => steps.push(Step::File { path, text: block }),
            // Something to read.
            (_, None) => {}
        }
    }
    steps
}

/// A folder with nothing in it.
pub(crate) fn empty(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("make `{}`", folder.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# A\n\n```sh\nmkdir made\n```\n\nIn `a/b.c`:\n\n```c\nint a;\n```\n\nTo read:\n\n```c\nint b;\n```\n\n\
                          ```sh\ncat made/a/b.c    # int a;\n```\n";

    #[test]
    fn commands_and_files_are_found_in_order_and_what_is_to_be_read_is_not() {
        assert_eq!(
            steps(README),
            [
                Step::Commands("mkdir made\n"),
                Step::File { path: "a/b.c", text: "int a;\n" },
                Step::Commands("cat made/a/b.c    # int a;\n"),
            ]
        );
    }

    #[test]
    fn a_command_says_what_it_promises_or_the_readme_is_wrong() {
        let place = std::env::temp_dir().join(format!("xtask-readme-{}", std::process::id()));
        let place = empty(place).unwrap();
        let readme = place.join("README.md");
        let reader = Reader { place: &place, made: "made", machine: &|_| Ok(()) };
        fs::write(&readme, README).unwrap();
        reader.follow(&readme).unwrap();
        assert_eq!(lines_of_first_tool(&readme).unwrap(), 1);
        fs::remove_dir_all(place.join("made")).unwrap();
        fs::write(&readme, README.replace("# int a;", "# int c;")).unwrap();
        let error = format!("{:#}", reader.follow(&readme).unwrap_err());
        assert!(error.contains("have it say `int c;`; it says\nint a;"), "{error}");
        fs::write(&readme, "nothing to do").unwrap();
        assert!(reader.follow(&readme).is_err());
        fs::remove_dir_all(place).unwrap();
    }
}
