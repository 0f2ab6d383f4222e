//! `cargo xtask demo`: builds the host and the example tools and becomes the server. It needs nothing but Rust: a tool
//! that cannot be built here is taken as it was committed.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::guests::{self, Routes};
use crate::{process, repository, say};

/// The hidden command of the process that waits for the server and then tells what to try.
pub(crate) const GREET: &str = "demo-greet";

/// How long the server may take to answer; the first start compiles the tools.
const START_MAX: Duration = Duration::from_secs(120);

pub(crate) fn run(options: &[String]) -> Result<()> {
    let address = address(options)?;
    if let Err(error) = TcpListener::bind(address) {
        let other = address.port().wrapping_add(1);
        bail!(
            "listen on {address}: {error}; choose another port: cargo xtask demo --listen 127.0.0.1:{other}"
        );
    }
    let here = repository::root();
    say::step("example tools", || guests::make(Routes::Here))?;
    say::step("the host (minutes the first time, then seconds)", || {
        process::loudly(process::cargo().current_dir(&here).args([
            "build",
            "--package",
            "cicerone",
            "--locked",
        ]))
    })?;

    // The server takes this process's place, so that Ctrl-C and signals reach it; another one greets.
    let mut greeter = process::myself()?;
    greeter.arg(GREET).arg(address.to_string()).spawn().context("start the greeter")?;
    let mut server = Command::new(binary());
    server.current_dir(&here).arg("serve");
    for (option, value) in
        [("--flows", "flows"), ("--plugins", "plugins"), ("--config", "cicerone.toml")]
    {
        if !given(options, option) {
            server.args([option, value]);
        }
    }
    if !given(options, "--listen") {
        server.args(["--listen", &address.to_string()]);
    }
    become_server(server.args(options))
}

fn binary() -> PathBuf {
    repository::target().join("debug").join(format!("cicerone{}", std::env::consts::EXE_SUFFIX))
}

fn given(options: &[String], option: &str) -> bool {
    options.iter().any(|word| {
        word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
    })
}

/// Where the server will listen, by its own rules: the option, else the port in the environment, else 3000.
fn address(options: &[String]) -> Result<SocketAddr> {
    let after =
        options.iter().position(|word| word == "--listen").and_then(|place| options.get(place + 1));
    let inline = options.iter().find_map(|word| word.strip_prefix("--listen="));
    let text = match after.map(String::as_str).or(inline) {
        Some(text) => text.to_owned(),
        None => format!(
            "127.0.0.1:{}",
            std::env::var("PORT").unwrap_or_else(|_unset| "3000".to_owned())
        ),
    };
    let mut found =
        text.to_socket_addrs().with_context(|| format!("read `{text}` as an address and port"))?;
    found.next().with_context(|| format!("find an address for `{text}`"))
}

#[cfg(unix)]
fn become_server(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(server.exec()).with_context(|| format!("start `{}`", server.get_program().display()))
}

#[cfg(not(unix))]
fn become_server(server: &mut Command) -> Result<()> {
    process::loudly(server)
}

/// Waits until the server answers, then tells where it is and what to try.
pub(crate) fn greet(args: &[String]) -> Result<()> {
    let [address] = args else { bail!("greet without an address") };
    let address: SocketAddr =
        address.parse().with_context(|| format!("read `{address}` as an address"))?;
    let begun = Instant::now();
    let started_by = parent();
    while !is_alive(address) {
        if begun.elapsed() > START_MAX || parent() != started_by {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    say::line(&greeting(address));
    Ok(())
}

fn greeting(address: SocketAddr) -> String {
    let binary = binary();
    let binary = binary.strip_prefix(repository::root()).unwrap_or(&binary).display();
    format!(
        "
  Cicerone listens on http://{address} (Ctrl-C stops it). Three things to try from another terminal:

    {binary} chat reservation --url http://{address}
    curl -s -X POST http://{address}/api/demo/reservation
    curl -s http://{address}/api/sessions/SESSION_ID/input -H 'content-type: application/json' \\
         -d '{{\"text\": \"We are 4 people\"}}'

  Edit flows/reservation.json while it runs: the next session follows the edit.
"
    )
}

fn is_alive(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

#[cfg(unix)]
fn parent() -> u32 {
    std::os::unix::process::parent_id()
}

#[cfg(not(unix))]
fn parent() -> u32 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_address_is_the_option_in_either_spelling() {
        let wanted: SocketAddr = "127.0.0.1:4001".parse().unwrap();
        assert_eq!(address(&words("--data x --listen 127.0.0.1:4001")).unwrap(), wanted);
        assert_eq!(address(&words("--listen=127.0.0.1:4001")).unwrap(), wanted);
        assert!(
            address(&words("--listen nonsense")).unwrap_err().to_string().contains("`nonsense`")
        );
    }

    #[test]
    fn an_option_of_the_person_replaces_ours() {
        assert!(
            given(&words("--flows mine"), "--flows") && given(&words("--flows=mine"), "--flows")
        );
        assert!(!given(&words("--flowsy mine"), "--flows"));
    }

    #[test]
    fn a_server_that_does_not_answer_is_not_alive() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(!is_alive(address));
    }
}
