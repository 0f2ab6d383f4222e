//! A server that is a process of ours, in a process group of its own: spoken to over its standard input and output, its
//! standard error in the debug log, and ended with all that it started.

use std::process::{ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::transport::async_rw::AsyncRwTransport;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{ChildStderr, Command};
use tokio::time::timeout;
use tracing::debug;

use super::handler::{Ended, Running};
use super::keeper::Connection;
use super::metered::Metered;
use super::rights::Launch;
use super::state::{Facts, Link};
use crate::event::clean;

/// How long it has to end by itself, and again once it was told to.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// What a line has beside the result, which is in it as text and as data: names, quotes, escapes.
const LINE_FACTOR: u64 = 4;
const LINE_EXTRA: u64 = 64 << 10;

/// Longest line of standard error, bytes.
const WORDS_MAX: u64 = 1_000;

/// Lines of standard error that are shown of one process.
const LINES_MAX: usize = 1_000;

/// A process and whatever it starts. It is gone when this is.
pub(super) struct Child {
    inner: tokio::process::Child,
    group: Option<Pid>,
    last_words: Arc<Mutex<Option<String>>>,
}

/// Starts it and shakes hands.
pub(super) async fn connect(facts: &Facts, launch: &Launch) -> Result<Connection, String> {
    let mut command = Command::new(&launch.program);
    command.args(&launch.args).env_clear().envs(&launch.env).current_dir(&launch.cwd);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let program = launch.program.display();
    let mut inner =
        command.spawn().map_err(|error| format!("`{program}` cannot be started: {error}"))?;
    let piped = (inner.stdin.take(), inner.stdout.take(), inner.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = piped else {
        return Err(format!("`{program}` has no pipes"));
    };
    let group = inner.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let last_words = Arc::default();
    tokio::spawn(listen(facts.plugin.clone(), stderr, Arc::clone(&last_words)));
    let child = Child { inner, group, last_words };
    let flooded = Arc::new(AtomicBool::new(false));
    let line_max = usize::try_from(facts.output_max * LINE_FACTOR + LINE_EXTRA);
    let line_max = line_max.unwrap_or(usize::MAX);
    let stdout = Metered::new(stdout, line_max, Arc::clone(&flooded));
    let transport = AsyncRwTransport::new(stdout, stdin).with_max_line_length(line_max);
    match Running::start(transport).await {
        Ok(running) => {
            let link = Link { peer: running.peer(), flooded };
            Ok(Connection { running, link, child: Some(child) })
        }
        Err(why) => {
            // What it says on its way out is read first.
            let mut child = child;
            drop(timeout(PATIENCE / 4, child.wait()).await);
            Err(match child.last_words() {
                Some(words) => format!("{why}; it said: {words}"),
                None => why,
            })
        }
    }
}

/// When it has ended; never, if there is none.
pub(super) async fn ended(child: Option<&mut Child>) -> String {
    match child {
        Some(child) => child.wait().await,
        None => std::future::pending().await,
    }
}

impl Child {
    /// The last that it wrote to standard error, for the operator.
    pub(super) fn last_words(&self) -> Option<String> {
        self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn wait(&mut self) -> String {
        let shown = |status: ExitStatus| status.to_string();
        let status = self.inner.wait().await.map_or_else(|error| error.to_string(), shown);
        // What it started is in its group and ends with it, now: once it has been waited for, the number of a group that is
        // empty may be given to another.
        self.signal(Signal::KILL);
        self.group = None;
        status
    }

    /// Ends it: its input has been closed, or will be within `closing`; then it is asked, then it is not asked.
    pub(super) async fn stop(mut self, closing: Ended) {
        drop(timeout(PATIENCE, closing).await);
        if timeout(PATIENCE, self.wait()).await.is_err() {
            self.signal(Signal::TERM);
            drop(timeout(PATIENCE, self.wait()).await);
        }
        // What it has started goes with it: `wait` or `drop` sees to that.
    }

    fn signal(&self, signal: Signal) {
        let Some(group) = self.group else { return };
        if let Err(error) = kill_process_group(group, signal) {
            debug!(%error, "A process group is gone already.");
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Reads standard error to its end, so that nobody who writes there waits for ever.
async fn listen(plugin: String, stderr: ChildStderr, last_words: Arc<Mutex<Option<String>>>) {
    let mut reader = BufReader::new(stderr);
    let mut lines = 0;
    loop {
        let mut line = Vec::new();
        match (&mut reader).take(WORDS_MAX).read_until(b'\n', &mut line).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                debug!(plugin, %error, "The standard error of a tool server cannot be read.");
                return;
            }
        }
        let text = clean(String::from_utf8_lossy(&line).trim(), 300);
        if text.is_empty() {
            continue;
        }
        lines += 1;
        if lines <= LINES_MAX {
            debug!(plugin, text, "A tool server wrote to its standard error.");
        }
        *last_words.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }
}
