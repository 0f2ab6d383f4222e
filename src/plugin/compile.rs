//! Compiling a component in a process of its own: the host's own binary with a command that nobody else calls, at the
//! lowest priority, bounded in memory and time, and without the host's environment, where its secrets are. What
//! happens to it (too much memory, a crash) does not happen to the host. The artifact comes back as a file in the
//! private directory.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use tracing::{debug, warn};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::artifact::{keep, refused};
use super::{Error, engine};

/// The command of the host's binary that compiles; its argument is where the artifact goes, the component comes in on
/// standard input.
pub const COMMAND: &str = "compile-component";

/// Addresses of a compiler, bytes; a large Python component takes a tenth of it.
const ADDRESSES_MAX: u64 = 4 << 30;

/// Time that a compiler may compute on all its threads together, seconds.
const COMPUTING_MAX: u64 = 900;

/// What a compiler may say about why it failed, bytes.
const SAID_MAX: u64 = 4 << 10;

/// How much a compiler lets others go first.
#[derive(Debug, Clone, Copy)]
pub(super) enum Haste {
    /// Whoever needs the plugin waits for it, such as a host that starts.
    First,
    /// A version of the plugin is there: as politely as there is.
    Beside,
}

impl Haste {
    const fn nice(self) -> &'static str {
        match self {
            Self::First => "5",
            Self::Beside => "19",
        }
    }
}

/// Has `compiler` compile a component and waits for it.
pub(super) fn elsewhere(
    compiler: &Path,
    bytes: &[u8],
    (artifact, haste): (&Path, Haste),
) -> Result<(), Error> {
    let failed = |source| Error::Compiler { path: compiler.to_owned(), source };
    let mut command = Command::new(compiler);
    command.env_clear().arg(COMMAND).arg(artifact).args(["--nice", haste.nice()]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = Owned(command.spawn().map_err(failed)?);
    let (status, said) = child.work(bytes).map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    if status.code() == Some(1) && !said.trim().is_empty() {
        return Err(Error::Component(said.trim().to_owned()));
    }
    warn!(%status, said, "A compiler ended badly.");
    Err(Error::Component(format!(
        "does not compile: the compiler ended with {status}; it may need more memory than there is"
    )))
}

/// A process that ends with its owner.
struct Owned(Child);

impl Owned {
    fn work(&mut self, bytes: &[u8]) -> std::io::Result<(ExitStatus, String)> {
        if let Some(mut into) = self.0.stdin.take()
            && let Err(error) = into.write_all(bytes)
        {
            // It has ended; how, is told below.
            debug!(%error, "A compiler did not read the whole component.");
        }
        let mut said = Vec::new();
        if let Some(from) = self.0.stderr.take() {
            from.take(SAID_MAX).read_to_end(&mut said)?;
        }
        let status = self.0.wait()?;
        Ok((status, String::from_utf8_lossy(&said).into_owned()))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let ended = self.0.kill().and_then(|()| self.0.wait());
            if let Err(error) = ended {
                debug!(%error, "A compiler could not be ended.");
            }
        }
    }
}

/// What such a process does: reads a component, compiles it, writes the artifact.
///
/// # Errors
/// [`Error::Component`] with what the host is to say, or that a file cannot be used.
pub fn compile_here(artifact: &OsStr, nice: i32, mut component: impl Read) -> Result<(), Error> {
    be_humble(nice);
    let path = Path::new(artifact);
    let read = |source| Error::Read { path: "standard input".into(), source };
    let mut bytes = Vec::new();
    component.read_to_end(&mut bytes).map_err(read)?;
    let engine = engine::compiling().map_err(|error| Error::Machine(format!("{error:#}")))?;
    let compiled = compile(&engine, &bytes)?;
    keep(path, &compiled).map_err(|error| Error::Cache {
        path: path.to_owned(),
        source: std::io::Error::other(error.to_string()),
    })
}

pub(super) fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, Error> {
    Component::new(engine, bytes).map_err(|error| refused(&error))
}

/// Lets everybody else go first, is the first to go when memory is short, and ends with the host. What of this the system
/// does not grant is done without.
#[expect(unsafe_code, reason = "asks the system for less; the arguments are plain numbers")]
fn be_humble(nice: i32) {
    let limit = |max| libc::rlimit { rlim_cur: max, rlim_max: max };
    let (addresses, computing) = (limit(ADDRESSES_MAX), limit(COMPUTING_MAX));
    // SAFETY: none of these calls touches memory of ours but the two limits, which are read and outlive the calls.
    let asked = unsafe {
        [
            libc::setpriority(libc::PRIO_PROCESS, 0, nice),
            libc::setrlimit(libc::RLIMIT_AS, &raw const addresses),
            libc::setrlimit(libc::RLIMIT_CPU, &raw const computing),
        ]
    };
    debug!(?asked, "A compiler asked for less.");
    #[cfg(target_os = "linux")]
    {
        // SAFETY: takes a number, and changes only which signal this process gets when the host ends.
        let dying = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        let first = std::fs::write("/proc/self/oom_score_adj", "1000");
        debug!(dying, ?first, "A compiler goes before the host.");
    }
}
