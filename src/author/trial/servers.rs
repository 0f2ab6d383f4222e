//! The servers of a case: each request gets the next answer that the case has for it, and all of them are remembered. A
//! request that nothing is left for is told, whatever the tool makes of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::file::{NoAnswer, Requested, Served};
use super::judge::shown;
use crate::plugin::wire::{self, Played, Sent, Wire, Written};
use crate::rehearsal::compare::{Mismatch, instead};

/// All servers that there are for one case.
pub(super) struct Servers {
    case: Vec<Served>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Which answers were given.
    given: Vec<usize>,
    asked: Vec<Sent>,
    /// How many requests there was nothing for, and the first.
    unexpected: Option<(usize, Sent)>,
}

impl Servers {
    /// Those of a case.
    pub(super) fn new(case: &[Served]) -> Result<Arc<Self>, Mismatch> {
        for (at, served) in case.iter().enumerate() {
            let Served { error, status, headers, body, .. } = served;
            if error.is_some() && (status.is_some() || body.is_some() || !headers.is_empty()) {
                let what = format!("http[{at}]");
                return Err(instead(&what, "an answer, or why there is none", "both"));
            }
        }
        Ok(Arc::new(Self { case: case.to_vec(), state: Mutex::default() }))
    }

    pub(super) fn wire(self: &Arc<Self>) -> Wire {
        let servers = Arc::clone(self);
        Wire::Played(Arc::new(move |sent| servers.answer(sent)))
    }

    /// The first answer for it that was not given yet.
    fn answer(&self, sent: Sent) -> Played {
        let mut state = self.lock();
        let fits = |served: &Served| {
            let method = served.method.as_deref();
            served.url == sent.url
                && method.is_none_or(|one| one.eq_ignore_ascii_case(&sent.method))
        };
        let free = |at: &usize| !state.given.contains(at);
        let found = self.case.iter().enumerate().filter(|(_, served)| fits(served));
        let found = found.map(|(at, served)| (at, played(served))).find(|(at, _)| free(at));
        state.asked.push(sent.clone());
        match found {
            Some((at, played)) => {
                state.given.push(at);
                played
            }
            None => {
                state.unexpected.get_or_insert((0, sent)).0 += 1;
                Played { after: Duration::ZERO, answer: Err(wire::NoAnswer::Connect) }
            }
        }
    }

    /// Every request that got as far as a server, as far as somebody looks at it: beyond that, whole.
    pub(super) fn asked(&self, expected: &[Requested]) -> Vec<Requested> {
        let expected = expected.iter().map(Some).chain(std::iter::repeat(None));
        let none = Requested::default();
        let asked = self.lock();
        let asked = asked.asked.iter().zip(expected);
        asked.map(|(sent, expected)| requested(sent, expected.unwrap_or(&none))).collect()
    }

    /// What is told of requests that the case has no answers for.
    pub(super) fn unexpected(&self) -> Option<Mismatch> {
        let state = self.lock();
        let (count, first) = state.unexpected.as_ref()?;
        let left = self.case.iter().enumerate().filter(|(at, _)| !state.given.contains(at));
        let left = left.map(|(_, served)| {
            format!("{} {}", served.method.as_deref().unwrap_or("any method to"), served.url)
        });
        let left: Vec<String> = left.collect();
        let left = match (left.is_empty(), self.case.is_empty()) {
            (true, true) => "no request, as the case has no `http`".to_owned(),
            (true, false) => "no further request, as all answers are given".to_owned(),
            (false, _) => left.join("\n"),
        };
        let more = match count {
            1 => String::new(),
            count => format!("\nand {} more", count - 1),
        };
        Some(instead("http", &left, &format!("{}{more}", told(first))))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn played(served: &Served) -> Played {
    let Served { status, headers, body, error, delay, .. } = served;
    let is_json = body.as_ref().is_some_and(|body| !body.is_string());
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    if is_json && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let written = Written {
        status: status.unwrap_or(200),
        headers,
        body: match body {
            None => Vec::new(),
            Some(Value::String(text)) => text.clone().into_bytes(),
            Some(json) => json.to_string().into_bytes(),
        },
    };
    let answer = error.map_or(Ok(written), |error| {
        Err(match error {
            NoAnswer::Dns => wire::NoAnswer::Dns,
            NoAnswer::Connect => wire::NoAnswer::Connect,
            NoAnswer::Tls => wire::NoAnswer::Tls,
            NoAnswer::Timeout => wire::NoAnswer::Timeout,
            NoAnswer::Protocol => wire::NoAnswer::Protocol,
        })
    });
    Played { after: delay.unwrap_or_default(), answer }
}

/// As the file would say it: with the headers that are looked at, or all of them.
fn requested(sent: &Sent, expected: &Requested) -> Requested {
    let value = |name: &str| {
        let same = sent.headers.iter().filter(|(one, _)| one == name);
        let values: Vec<_> = same.map(|(_, value)| String::from_utf8_lossy(value)).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let named = sent.headers.iter().map(|(name, _)| name).chain(expected.headers.keys());
    let headers = named.map(|name| (name.clone(), value(name))).collect();
    let body = (!sent.body.is_empty() || expected.body.is_some())
        .then(|| shown(&sent.body, expected.body.as_ref().unwrap_or(&Value::Null)));
    Requested { method: Some(sent.method.clone()), url: Some(sent.url.clone()), headers, body }
}

/// As it went over the wire, so that somebody can write the case from it.
fn told(sent: &Sent) -> String {
    let headers = sent.headers.iter();
    let headers =
        headers.map(|(name, value)| format!("\n{name}: {}", String::from_utf8_lossy(value)));
    let body = match sent.body.is_empty() {
        true => String::new(),
        false => format!("\n\n{}", String::from_utf8_lossy(&sent.body)),
    };
    format!("{} {}{}{body}", sent.method, sent.url, headers.collect::<String>())
}
