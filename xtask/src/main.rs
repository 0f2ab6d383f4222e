//! `cargo xtask …`: everything that a person or CI runs in this repository, one file for each command. It drives cargo
//! and other tools and holds nothing of the product itself.

mod apt;
mod bench;
mod bindings;
mod ci;
mod demo;
mod guests;
mod process;
mod python;
mod readme;
mod redis;
mod registry;
mod repository;
mod say;
mod sdk;
mod suites;
mod test;
mod understanding;
mod vectors;
mod workers;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  demo [OPTIONS]          build everything and start the server with the reservation flow;
                          OPTIONS go to `cicerone serve`, such as --listen 127.0.0.1:3001
  test [FILTER…]          get what the tests need, then run them all, or those that FILTER names
  test --sdk [LANGUAGE…]  the SDKs as authors use them: READMEs, starters, tests, example plugins
  plugins [--prebuilt]    build the example tools; --prebuilt also renews the committed components
  bench [NAME…] [OPTIONS] measure the server under load (--sessions 1,10,100 --seconds 4 --json),
                          how soon saved flows are live and rolled back (--swaps 100), or
                          those of benches/ that NAME says: engine, stateless, conversations, commit, …
  bench-nlu --data DIR    how well and how fast the data sets in DIR are understood; --baseline
                          puts scikit-learn beside it, --only NAME takes one set, --wrong shows
                          the values that are missed, --small draws sets as small as a flow's
  ci [--quick | --long]   every check, cheapest first; --quick leaves out the slow half
  bindings                generate the SDKs' bindings again, after a change of the contract
  vectors                 make the vectors of words again that the offline classifier has

Environment: FORCE=1 builds the WebAssembly standard library though rustup has it; FORCE=web takes
Debian's rustc-web instead; CICERONE_PREBUILT=1 uses the committed components and builds no tool.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match process::remember_myself().and_then(|()| run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", args),
    };
    match command {
        "demo" => demo::run(rest),
        demo::GREET => demo::greet(rest),
        "test" if rest.first().is_some_and(|first| first == "--sdk") => {
            sdk::run(rest.get(1..).unwrap_or_default())
        }
        "test" => test::run(rest),
        "plugins" => guests::run(rest),
        "bench" => bench::run(rest),
        "bench-nlu" => understanding::run(rest),
        "ci" => ci::run(rest),
        "bindings" => bindings::run(),
        "vectors" => vectors::run(),
        "help" | "--help" | "-h" => {
            say::line(HELP);
            Ok(())
        }
        unknown => bail!("find the command `{unknown}`; `cargo xtask help` lists them"),
    }
}
