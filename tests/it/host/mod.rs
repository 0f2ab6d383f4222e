//! The whole from outside: the real binary as a process of its own, with folders of its own, spoken to as its clients
//! speak to it. Here is the process; what it must do is in the files beside.

pub(crate) mod client;
mod ways_in;
mod talking;
mod bringing;
mod listening;
mod surviving;
mod editing;
mod versions;
mod drafts;
mod guarding;
mod shelves;
mod foreseeing;
mod replacing;
mod rolling;
mod telling;
mod gating;
mod accepting;
mod adding;
mod serving_tools;
mod trying;
mod working;
#[cfg(feature = "mcp")]
mod offering;
mod refusing;
mod sockets_refused;
mod starting;
mod sleeping;
mod on_redis;
mod carrying;
mod commands;
mod checking;
mod understanding;
mod phrasings;
mod rehearsing;
mod looking_back;
mod document;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// For whatever must happen: far longer than it takes, also on a machine that is busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A Wednesday in winter, for conversations in which dates matter.
const TEST_CLOCK: &str = "2026-03-04T12:00:00Z";

/// Flows, plugins, data and settings of one host.
#[derive(Clone)]
pub(crate) struct Place {
    directory: Arc<TempDir>,
}

impl Place {
    /// With what the repository ships.
    pub(crate) fn shipped() -> Self {
        let place = Self::empty();
        copy(&repository("flows"), &place.path("flows"));
        let (plugin, copied) = (repository("plugins/reservations"), "plugins/reservations");
        fs::create_dir_all(place.path(copied)).unwrap();
        for file in ["plugin.toml", "reservations.wasm"] {
            fs::copy(plugin.join(file), place.path(copied).join(file)).unwrap();
        }
        // A built guest wins over the committed one.
        let built = "target/reservations.wasm";
        if plugin.join(built).is_file() {
            fs::create_dir(place.path(copied).join("target")).unwrap();
            fs::copy(plugin.join(built), place.path(copied).join(built)).unwrap();
        }
        for elsewhere in ["notes", "orders", "tickets"] {
            fs::create_dir(place.path(&format!("plugins/{elsewhere}"))).unwrap();
            let manifest = format!("plugins/{elsewhere}/plugin.toml");
            fs::copy(repository(&manifest), place.path(&manifest)).unwrap();
        }
        fs::copy(repository("cicerone.toml"), place.path("cicerone.toml")).unwrap();
        place.warm();
        place
    }

    /// Puts the shipped component there as it was compiled once for all hosts of these tests.
    fn warm(&self) {
        let cache = self.path("data/cache/components");
        copy(&WARM, &cache);
        fs::set_permissions(cache, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// With nothing in it.
    pub(crate) fn empty() -> Self {
        let place = Self { directory: Arc::new(tempfile::tempdir().unwrap()) };
        for folder in ["flows", "plugins"] {
            fs::create_dir(place.path(folder)).unwrap();
        }
        fs::write(place.path("cicerone.toml"), "").unwrap();
        place
    }

    /// With one flow.
    pub(crate) fn with_flow(id: &str, text: &str) -> Self {
        let place = Self::empty();
        place.write_flow(id, text);
        place
    }

    pub(crate) fn write_flow(&self, id: &str, text: &str) {
        fs::write(self.path(&format!("flows/{id}.json")), text).unwrap();
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.directory.path().join(inside)
    }

    /// The binary, where this place is.
    pub(crate) fn cicerone(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cicerone"));
        // What is set around the tests is not meant for them.
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("CICERONE_") || matches!(&*name, "PORT" | "WS_PORT" | "REDIS_URL") {
                command.env_remove(&variable);
            }
        }
        command
            // Nothing of what tests compile goes into somebody's home.
            .env("CICERONE_TOOLS", crate::author::tools())
            .env("CICERONE_TEST_CLOCK", TEST_CLOCK)
            .current_dir(self.directory.path())
            .args(args);
        command
    }

    /// What a command that ends by itself came to.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.cicerone(args).stdin(Stdio::null()).output().unwrap())
    }
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn repository(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

/// The files of a folder; the copy is as private as compiled components must be.
fn copy(from: &Path, to: &Path) {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// The shipped component, compiled once for all hosts of these tests.
static WARM: LazyLock<PathBuf> = LazyLock::new(|| {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("warm");
    // Only where a host has its data are components kept below it.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&data).unwrap();
    let mut inspect = Command::new(env!("CARGO_BIN_EXE_cicerone"));
    inspect.args(["plugin", "inspect", "plugins/reservations", "--data"]).arg(&data);
    let ran = Ran::from(inspect.current_dir(repository("")).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    data.join("cache/components")
});

/// A running host; it is killed when it goes out of scope.
pub(crate) struct Host {
    child: Child,
    said: Arc<Mutex<String>>,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    /// Its folders go when it has gone.
    _place: Place,
}

impl Host {
    /// Starts on a free port and waits until it listens.
    pub(crate) fn start(place: &Place) -> Self {
        Self::started(place, place.cicerone(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// The same with a command of the caller's.
    pub(crate) fn started(place: &Place, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let lines = follow(child.stdout.take().unwrap(), Arc::clone(&said));
        drop(follow(child.stderr.take().unwrap(), Arc::clone(&said)));
        let mut host = Self { child, said, address: String::new(), _place: place.clone() };
        while host.address.is_empty() {
            let line = lines.recv_timeout(DEADLINE).unwrap_or_else(|_| {
                panic!("the host does not say where it listens: {}", host.said())
            });
            if let Some((_, address)) = line.split_once("http://") {
                address.trim().clone_into(&mut host.address);
            }
        }
        host
    }

    /// What it has written so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Whether it runs.
    #[cfg(feature = "faults")]
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// As if the machine lost power.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// How it ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begin.elapsed() < DEADLINE, "the host goes on: {}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Host {
    #[expect(clippy::print_stderr, reason = "shown with the test that failed")]
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
        if std::thread::panicking() {
            eprintln!("What the host said:\n{}", self.said());
        }
    }
}

/// Keeps what a process writes, and passes it on line by line.
fn follow(from: impl Read + Send + 'static, said: Arc<Mutex<String>>) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            said.lock().unwrap().extend([line.as_str(), "\n"]);
            // Nobody reads on after the first lines.
            sender.send(line).unwrap_or_default();
        }
    });
    lines
}
