//! A `redis-server` of a test's own, alone or as a Cluster.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start, or a Cluster to agree.
const START_MAX: Duration = Duration::from_secs(30);

/// Starts the server, says its number, and waits: when the one who reads from us is gone, so are the server and, unless
/// we were told to keep them, its files.
const KEEPER: &str = r#"program=$1; shift; "$program" "$@" >>log 2>&1 & echo $!; read -r word
kill -9 $! 2>/dev/null; wait; [ "$word" = keep ] || rm -rf "$PWD""#;

pub(crate) struct Server {
    port: u16,
    arguments: Vec<String>,
    folder: TempDir,
    keeper: Mutex<Option<(Child, u32)>>,
}

impl Server {
    /// A server with these settings, as on the command line of `redis-server`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let port = free_port();
        let own = ["--save", "", "--bind", "127.0.0.1", "--port", &port.to_string()];
        Self::started(port, own.iter().chain(settings).map(|text| (*text).to_owned()).collect())
    }

    /// A server that speaks TLS only, with a certificate and its key in these files.
    pub(crate) fn start_tls(certificate: &Path, key: &Path) -> Self {
        let (port, certificate, key) =
            (free_port().to_string(), certificate.display(), key.display());
        let settings = format!(
            "--save '' --bind 127.0.0.1 --port 0 --tls-port {port} --tls-auth-clients no \
             --tls-cert-file {certificate} --tls-key-file {key} --tls-ca-cert-file {certificate}"
        );
        let words = settings.split(' ').map(|word| word.trim_matches('\'').to_owned());
        Self::started(port.parse().unwrap(), words.collect())
    }

    /// A Sentinel that looks after the master at this port under the name `mymaster`.
    pub(crate) fn start_sentinel(master: u16) -> Self {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            "port {port}\nsentinel monitor mymaster 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds mymaster 300\nsentinel failover-timeout mymaster 2000\n"
        );
        std::fs::write(folder.path().join("sentinel.conf"), settings).unwrap();
        Self::started_in(folder, port, vec!["sentinel.conf".to_owned(), "--sentinel".to_owned()])
    }

    fn started(port: u16, arguments: Vec<String>) -> Self {
        Self::started_in(tempfile::tempdir().unwrap(), port, arguments)
    }

    fn started_in(folder: TempDir, port: u16, arguments: Vec<String>) -> Self {
        let server = Self { port, arguments, folder, keeper: Mutex::default() };
        server.begin();
        server
    }

    /// Starts it, perhaps again, with the files it had.
    pub(crate) fn begin(&self) {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh", "redis-server"])
            .args(&self.arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(keeper.stdout.as_mut().unwrap()).read_line(&mut number).unwrap();
        *self.keeper.lock().unwrap() = Some((keeper, number.trim().parse().unwrap()));
        let end = Instant::now() + START_MAX;
        while !self.answers() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(
                !log.contains("not found"),
                "`redis-server` is not installed; `cargo xtask test` installs it"
            );
            assert!(Instant::now() < end, "the server did not start: {log}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        if self.arguments.iter().any(|argument| argument == "--tls-port") {
            return true;
        }
        let mut answer = [0; 5];
        let answered = stream.write_all(b"PING\r\n").and_then(|()| stream.read_exact(&mut answer));
        answered.is_ok() && (answer.starts_with(b"+PONG") || answer.starts_with(b"-NOAU"))
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As a power cut would.
    pub(crate) fn kill(&self) {
        let mut keeper = self.keeper.lock().unwrap().take().unwrap();
        keeper.0.stdin.as_mut().unwrap().write_all(b"keep\n").unwrap();
        ended(keeper);
    }

    pub(crate) fn signal(&self, name: &str) {
        let number = self.keeper.lock().unwrap().as_ref().unwrap().1;
        let sent = Command::new("kill").args(["-s", name, &number.to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// What `redis-cli` says to a line.
    pub(crate) fn run(&self, line: &str) -> String {
        self.run_words(&line.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn run_words(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(words)
            .output()
            .expect("`redis-cli` is not installed; `cargo xtask test` installs it");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let keeper = self.keeper.lock().unwrap().take();
        if let Some(keeper) = keeper {
            ended(keeper);
        }
    }
}

fn ended((mut keeper, _): (Child, u32)) {
    drop(keeper.stdin.take());
    keeper.wait().unwrap();
}

/// Nobody listens there now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Some masters, each with its replicas.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
}

impl Cluster {
    pub(crate) fn start(masters: usize, replicas: usize) -> Self {
        Self::start_with(masters, replicas, &[])
    }

    /// The same with these settings for all.
    pub(crate) fn start_with(masters: usize, replicas: usize, more: &[&str]) -> Self {
        let node = |_| {
            let bus = free_port().to_string();
            let settings = ["--cluster-enabled", "yes", "--cluster-port", &bus];
            Server::start(&[&settings, more].concat())
        };
        let nodes: Vec<Server> = (0..masters * (1 + replicas)).map(node).collect();
        let output = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)))
            .args(["--cluster-replicas", &replicas.to_string(), "--cluster-yes"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let cluster = Self { nodes };
        let end = Instant::now() + START_MAX;
        while !cluster.agrees(masters * replicas) {
            assert!(Instant::now() < end, "the Cluster did not agree in time");
            std::thread::sleep(Duration::from_millis(20));
        }
        cluster
    }

    /// Whether all nodes know of all, and who follows whom.
    fn agrees(&self, replicas: usize) -> bool {
        self.nodes.iter().all(|node| {
            node.run("CLUSTER INFO").contains("cluster_state:ok")
                && node.run("CLUSTER NODES").matches("slave ").count() == replicas
        })
    }

    pub(crate) fn url(&self) -> String {
        let nodes: Vec<String> =
            self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis+cluster://{}", nodes.join(","))
    }
}
