//! A guest that does what its caller says, well-behaved or not, and tells what came of it. It exists for the host's tests
//! of what leads out of a sandbox.

mod asked;
#[cfg(target_family = "wasm")]
mod wasi;

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cicerone_sdk::serde_json::Value;
use cicerone_sdk::{Error, data, events, kv, progress, runtime, secrets, tool};

use asked::{Answer, Fetch};

/// Makes requests through the host's `http`, one after the other.
#[tool]
fn fetch(args: Fetch) -> Result<Vec<Answer>, Error> {
    args.each(asked::send)
}

/// Makes requests through `wasi:http`.
#[cfg(target_family = "wasm")]
#[tool]
fn fetch_wasi(args: Fetch) -> Result<Vec<Answer>, Error> {
    args.each(wasi::send)
}

#[data]
struct Named {
    name: String,
}

/// Tells a secret, if it may see it.
#[tool]
fn reveal(args: Named) -> Result<String, Error> {
    Ok(secrets::reveal(&args.name)?)
}

/// Gives what stands for a secret.
#[tool]
fn placeholder(args: Named) -> Result<String, Error> {
    Ok(secrets::placeholder(&args.name)?)
}

#[data]
struct Told {
    #[serde(default)]
    progress: Vec<(Option<u8>, String)>,
    #[serde(default)]
    events: Vec<(String, Value)>,
    /// How often besides the first all of it is told.
    #[serde(default)]
    again: u32,
    /// How long to wait after each time.
    #[serde(default)]
    wait_ms: u64,
}

/// Tells how far it is and publishes events; gives why the last event was not published.
#[tool]
fn tell(args: Told) -> Result<Option<String>, Error> {
    let mut refused = None;
    for _ in 0..=args.again {
        for (percent, message) in &args.progress {
            progress::update(*percent, message);
        }
        for (topic, payload) in &args.events {
            refused = events::publish(topic, payload).err().map(|error| format!("{error:?}"));
        }
        std::thread::sleep(Duration::from_millis(args.wait_ms));
    }
    Ok(refused)
}

#[data]
struct Entry {
    key: String,
    value: Option<String>,
}

/// Reads a value of its own, or writes it.
#[tool]
fn keep(args: Entry) -> Result<Option<String>, Error> {
    match args.value {
        Some(value) => {
            kv::plugin().set(&args.key, &value)?;
            Ok(None)
        }
        None => Ok(kv::plugin().get(&args.key)?),
    }
}

#[data]
struct Drawn {
    /// By the host's `runtime`.
    runtime: Vec<u8>,
    /// By the standard library, from WASI.
    library: u64,
    now_ms: u64,
    /// By the standard library, from WASI.
    wall_ms: u64,
}

/// Draws random numbers and reads clocks in every way there is.
#[tool]
fn draw() -> Result<Drawn, Error> {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_err(Error::internal)?;
    Ok(Drawn {
        runtime: runtime::random::<16>().to_vec(),
        library: RandomState::new().hash_one(0) >> 12,
        now_ms: runtime::now_ms(),
        wall_ms: u64::try_from(wall.as_millis()).map_err(Error::internal)?,
    })
}

#[cfg(target_family = "wasm")]
cicerone_sdk::plugin!(
    name = "probe",
    tools = [fetch, fetch_wasi, reveal, placeholder, tell, keep, draw]
);

#[cfg(not(target_family = "wasm"))]
cicerone_sdk::plugin!(name = "probe", tools = [fetch, reveal, placeholder, tell, keep, draw]);
