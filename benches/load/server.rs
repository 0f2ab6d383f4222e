//! A server under measurement: a child process on a free port, its CPU time and its memory as the kernel counts them
//! (`/proc`, so Linux only).

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::redis::Redis;

/// What stands before the address in the line that says where a server listens.
pub(crate) const ANNOUNCED: &str = "http://";

/// The kernel counts a process's CPU time in hundredths of a second on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// A child process that ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Open for as long as the server runs: it may have more to say.
    _output: BufReader<ChildStdout>,
    http: reqwest::Client,
}

impl Server {
    /// The host with `home/flows` and everything else as it comes.
    pub(crate) fn host(home: &Path) -> Result<Self> {
        Self::start(Self::command(home))
    }

    /// The same with its sessions in Redis.
    pub(crate) fn host_on(redis: &Redis, home: &Path) -> Result<Self> {
        let mut command = Self::command(home);
        command.arg("--redis").arg(redis.url());
        Self::start(command)
    }

    fn command(home: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cicerone"));
        command.current_dir(home).args(["serve", "--listen", "127.0.0.1:0"]);
        command.args(["--flows", "flows", "--plugins", "plugins", "--data", "data"]);
        command.env("CICERONE_LOG", "warn").env_remove("CICERONE_CONFIG");
        command.env_remove("REDIS_URL");
        command
    }

    /// The bare echo.
    pub(crate) fn echo() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe().context("find this program")?);
        command.arg("--echo");
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("start a server")?;
        let output = child.stdout.take().context("read what the server says")?;
        let mut output = BufReader::new(output);
        let address = announced(&mut output)?;
        let http = cicerone::net::client("http:")?.build()?;
        Ok(Self { child, address, _output: output, http })
    }

    /// Begins a conversation and gives its id.
    pub(crate) async fn begin(&self, flow: &str) -> Result<String> {
        let begun = self.post("/api/sessions", &json!({ "flow": flow })).await?;
        let id = begun.get("session_id").and_then(Value::as_str);
        id.map(str::to_owned).context("find `session_id` in the answer")
    }

    /// What the host answers.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("http://{}{path}", self.address);
        let answer = self.http.post(url).json(body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// CPU time of all its threads so far, in user and kernel mode.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu_of(self.child.id())
    }

    /// Memory that it really occupies.
    pub(crate) fn resident_kb(&self) -> Result<u64> {
        let status = proc(self.child.id(), "status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number.context("find VmRSS")?.parse().context("read VmRSS")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to save; an error means that it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// CPU time of a process, of all its threads so far, in user and kernel mode.
pub(crate) fn cpu_of(process: u32) -> Result<Duration> {
    let stat = proc(process, "stat")?;
    // The name, in brackets, may hold spaces; after it come state, parent and so on: user time is the 12th.
    let (_, fields) = stat.rsplit_once(')').context("read `stat`")?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    let (Some(Ok(user)), Some(Ok(system))) = (times.next(), times.next()) else {
        bail!("read CPU times from `stat`");
    };
    Ok(TICK * (user + system))
}

fn proc(process: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{process}/{file}");
    fs::read_to_string(&path).with_context(|| format!("read `{path}`"))
}

/// Where the server says that it listens.
fn announced(output: &mut BufReader<ChildStdout>) -> Result<SocketAddr> {
    for line in output.lines() {
        let line = line.context("read what the server says")?;
        if let Some((_, address)) = line.split_once(ANNOUNCED) {
            return address.trim().parse().with_context(|| format!("read the address in `{line}`"));
        }
    }
    bail!("start a server: it ended at once")
}
