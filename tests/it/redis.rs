//! Real Redis servers for tests: each on a private port, with its files in a folder of its own, and gone with the test
//! process however that ends. A server that is not installed fails the tests.

pub(crate) mod proxy;
pub(crate) mod server;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use cicerone::link::{Link, Options};
use cicerone::store::Store;
use server::{Cluster, Server};

/// One server for all tests that need nothing special of it.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start(&[]))
}

/// Three masters for all tests.
pub(crate) fn shared_cluster() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start(3, 0))
}

/// A user who may not load functions, as docs/redis.md describes one.
pub(crate) const SCRIPTS_ONLY: &str =
    "user scripts on >secret ~* &* +@all -@dangerous -function +info";

/// A server with such a user.
pub(crate) fn shared_scripts() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        let (_, user) = SCRIPTS_ONLY.split_once(' ').unwrap();
        let server = Server::start(&[]);
        server.run(&format!("ACL SETUSER {user}"));
        server
    })
}

/// Options with a prefix that nobody else has.
pub(crate) fn options(url: &str) -> Options {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let prefix = format!("t{}-{number}", std::process::id());
    Options { prefix, ..Options::new(url.parse().unwrap()) }
}

pub(crate) async fn open(options: Options) -> Store {
    Store::redis(Link::open(options).await.unwrap()).await.unwrap()
}

/// A store of one's own on the shared server.
pub(crate) async fn fresh() -> Store {
    open(options(&shared().url())).await
}

/// A store of one's own on the shared Cluster.
pub(crate) async fn fresh_on_cluster() -> Store {
    open(options(&shared_cluster().url())).await
}

/// A store of one's own where functions are not allowed.
pub(crate) async fn fresh_with_scripts() -> Store {
    let url = shared_scripts().url().replace("redis://", "redis://scripts:secret@");
    open(options(&url)).await
}
