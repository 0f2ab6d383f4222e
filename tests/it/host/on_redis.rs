//! Hosts that keep their conversations in Redis: any of them takes any input, and a wrong setting is named.

use std::fs;

use cicerone::event::SessionId;
use cicerone::link::Keys;
use serde_json::json;

use super::client::types;
use super::listening::echoing;
use super::ways_in::TEXTS;
use super::{Host, Place, Ran};
use crate::redis::server::free_port;
use crate::redis::{options, shared};

/// A host on the shared server, with this prefix.
pub(super) fn on_redis(prefix: &str) -> Host {
    let place = Place::shipped();
    let file = place.path("cicerone.toml");
    let settings = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{settings}\n[redis]\nprefix = \"{prefix}\"\n")).unwrap();
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("REDIS_URL", shared().url());
    Host::started(&place, command)
}

#[tokio::test]
async fn a_conversation_goes_on_from_host_to_host_and_after_one_is_killed() {
    let prefix = options(&shared().url()).prefix;
    let (one, other) = (on_redis(&prefix), on_redis(&prefix));
    assert_eq!(one.get("/api/health").await.ok()["store"], "redis");
    let session = one.begin("reservation").await;
    one.say(&session, TEXTS[0]).await;
    other.say(&session, TEXTS[1]).await;
    one.say(&session, TEXTS[2]).await;
    one.kill();
    let booked = other.say(&session, TEXTS[3]).await;
    assert_eq!(booked["state"], "Goodbye", "{booked:#}");
    let log = other.log(&session).await;
    let numbers: Vec<u64> = log.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>());
    assert_eq!(types(&log).last(), Some(&"session.ended"));

    let key = Keys::new(&prefix).session(&SessionId::new(&session).unwrap());
    let bytes: u64 = shared().run(&format!("MEMORY USAGE {key}")).parse().unwrap();
    assert!(bytes <= 3 * 1024, "a real session takes {bytes} bytes");
}

#[test]
fn a_redis_that_cannot_be_used_is_refused_with_the_settings_name() {
    let place = echoing();
    let away = format!("redis://u:secret@127.0.0.1:{}", free_port());
    for (url, part) in [
        (&*away, "could not use the Redis at `redis://127.0.0.1:"),
        ("http://u:secret@h", "could not understand `--redis`: it should look like `redis://"),
        ("redis+sentinel://u:secret@h", "the name of the master"),
    ] {
        let ran = place.run(&["serve", "--listen", "127.0.0.1:0", "--redis", url]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(part) && !ran.err.contains("secret"), "{ran:?}");
    }
    let mut command = place.cicerone(&["serve"]);
    let ran = Ran::from(command.env("REDIS_URL", "here").output().unwrap());
    assert!(ran.err.contains("could not understand `REDIS_URL`"), "{ran:?}");
    for (text, part) in [
        ("[redis]\nurl = \"here:secret\"", "could not understand `url` in `[redis]`"),
        ("[redis]\nuri = \"redis://h\"", "`uri`"),
    ] {
        fs::write(place.path("cicerone.toml"), text).unwrap();
        let ran = place.run(&["serve"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(part) && !ran.err.contains("secret"), "{ran:?}");
    }
}

#[tokio::test]
async fn a_chat_of_ones_own_needs_no_redis() {
    let place = echoing();
    let mut command = place.cicerone(&["chat", "echo"]);
    command.env("REDIS_URL", format!("redis://127.0.0.1:{}", free_port()));
    let ran = Ran::from(command.stdin(std::process::Stdio::null()).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // The binary of a host without Redis says so, too.
    assert_eq!(Host::start(&place).get("/api/health").await.ok()["store"], json!("embedded"));
}
