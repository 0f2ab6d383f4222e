//! One conversation with a host that dies at a given place of it, and what must be true afterwards. Another host goes on:
//! on the embedded store the next one in the same folder, in Redis one that was there all the time.

use std::fs::File;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{AGAIN, ask, long, on_redis, place, session_at, start, tally, whole_log};
use crate::host::client::{http, within};
use crate::host::{Host, Place};

/// Where conversations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Embedded,
    Redis,
}

pub(super) const EMBEDDED: [Kept; 1] = [Kept::Embedded];
pub(super) const REDIS: [Kept; 1] = [Kept::Redis];
pub(super) const BOTH: [Kept; 2] = [Kept::Embedded, Kept::Redis];

/// At most so many times one place is tried.
const TIMES_MAX: u32 = 12;

/// What is said, and whether to the host that is about to die, where there is another.
const SAID: &[(&str, bool)] = &[
    ("add one", true),
    ("add two", false),
    ("hello there", true),
    ("call", true),
    ("add three", true),
    ("add four", false),
    ("rest", true),
    ("add five", true),
];

/// Has a host die at the place, at each of these times that it is passed; with time, at all of them.
pub(super) async fn dies(place: &str, stores: &[Kept], times: &[u32]) {
    for kept in stores {
        let mut last = 0;
        for time in times {
            assert!(talk(place, *time, *kept).await, "`{place}` is not passed {time} times");
            last = *time;
        }
        while long() && last < TIMES_MAX && talk(place, last + 1, *kept).await {
            last += 1;
        }
    }
}

/// The hosts of one conversation.
struct Hosts {
    place: Place,
    mortal: Option<Host>,
    /// The one that goes on.
    other: Option<Host>,
}

impl Hosts {
    /// Where the next input goes.
    fn address(&self, to_mortal: bool) -> &str {
        let mortal = self.mortal.as_ref().filter(|_| to_mortal);
        &mortal.or(self.other.as_ref()).or(self.mortal.as_ref()).unwrap().address
    }

    /// If the mortal one has died, only the other is left.
    fn look(&mut self) {
        if self.mortal.as_mut().is_some_and(|host| !host.is_alive()) {
            self.mortal = None;
            self.other.get_or_insert_with(|| start(&self.place, &[]));
        }
    }
}

/// A whole conversation; whether the host died in it.
async fn talk(at: &str, time: u32, kept: Kept) -> bool {
    let settings = match kept {
        Kept::Embedded => String::new(),
        Kept::Redis => {
            let options = crate::redis::options(&crate::redis::shared().url());
            on_redis(&crate::redis::shared().url(), &options.prefix)
        }
    };
    let place = place(&settings);
    let armed = place.path("armed");
    let first = start(&place, &[]);
    let session = first.begin("counting").await;
    let (other, elsewhere) = match kept {
        Kept::Embedded => {
            // The next one does not know the session yet.
            first.kill();
            (None, place.clone())
        }
        Kept::Redis => (Some(first), super::place(&settings)),
    };
    let fault = [
        ("CICERONE_FAULT", &*format!("{at}:{time}")),
        ("CICERONE_FAULT_WHILE", armed.to_str().unwrap()),
    ];
    let mortal = Some(start(&elsewhere, &fault));
    let mut hosts = Hosts { place, mortal, other };
    File::create(&armed).unwrap();
    for (number, (text, to_mortal)) in SAID.iter().enumerate() {
        let message_id = format!("m{number}");
        within("an input", say(&mut hosts, &session, (text, *to_mortal), &message_id)).await;
        // What is said next during the call waits in the session.
        if *text != "call" {
            within("rest", at_rest(&mut hosts, &session)).await;
        }
    }
    let seen = within("rest", at_rest(&mut hosts, &session)).await;
    assert_eq!(seen["context"], json!({ "n": 5, "greeted": 1, "called": 1 }), "{at}:{time}");
    within("the log", check_log(&mut hosts, &session)).await;
    within("the end", remove(&mut hosts, &session)).await;
    hosts.look();
    hosts.mortal.is_none()
}

/// Says it until it is taken, under the same id.
async fn say(hosts: &mut Hosts, session: &str, (text, to_mortal): (&str, bool), message_id: &str) {
    loop {
        // The call's outcome is not waited for.
        let wait = if text == "call" { 0 } else { 5000 };
        let address = hosts.address(to_mortal);
        let url = format!("http://{address}/api/sessions/{session}/input?wait_ms={wait}");
        let body = json!({ "text": text, "message_id": message_id });
        match ask(http().post(url).json(&body)).await {
            Some((200 | 202, _)) => return,
            Some((503, _)) | None => {}
            Some(other) => panic!("`{text}` came to {other:?}"),
        }
        sleep(AGAIN).await;
        hosts.look();
    }
}

/// Waits until the conversation is where it takes the next input.
async fn at_rest(hosts: &mut Hosts, session: &str) -> Value {
    loop {
        if let Some(seen) = session_at(hosts.address(true), session).await
            && seen["currentState"] == "Ask"
        {
            return seen;
        }
        sleep(AGAIN).await;
        hosts.look();
    }
}

async fn check_log(hosts: &mut Hosts, session: &str) {
    hosts.look();
    // On the embedded store no place is passed by reading.
    let host = hosts.other.as_ref().or(hosts.mortal.as_ref()).unwrap();
    let log = whole_log(host, session).await;
    let tally = tally(&log);
    let mut expected: Vec<(String, usize)> =
        (0..SAID.len()).map(|number| (format!("user.text m{number}"), 1)).collect();
    let others = [
        ("fsm.transition Calling", 1),
        ("fsm.transition Resting", 1),
        ("fsm.transition Ask", 2),
        ("tool.call", 1),
        ("tool.result", 1),
        ("timer.due", 1),
    ];
    expected.extend(others.map(|(name, count)| (name.to_owned(), count)));
    for (name, count) in expected {
        assert_eq!(tally.get(&name), Some(&count), "{name} in {log:#?}");
    }
}

/// Removes the session, until it is gone.
async fn remove(hosts: &mut Hosts, session: &str) {
    loop {
        let url = format!("http://{}/api/sessions/{session}", hosts.address(true));
        if let Some((200, _)) = ask(http().delete(&url)).await {
            break;
        }
        sleep(Duration::from_millis(20)).await;
        hosts.look();
    }
    hosts.look();
    let url = format!("http://{}/api/sessions/{session}", hosts.address(false));
    let seen = ask(http().get(&url)).await;
    assert_eq!(seen.map(|(status, _)| status), Some(404));
}
