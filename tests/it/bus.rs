//! The bus: in order, bounded, and nobody waits for a slow listener.

use std::sync::Arc;

use cicerone::bus::{Batch, Bus, Closed, Heard, Listener, Shared};
use cicerone::event::{Encoded, SessionId};

fn id(text: &str) -> SessionId {
    SessionId::new(text).unwrap()
}

fn batch(session: &str, seq: u64) -> Batch {
    let event = Encoded { seq, turn: seq, json: format!(r#"{{"seq":{seq}}}"#).into() };
    Batch { session: id(session), events: vec![event], root: seq, settled: true, last: false }
}

fn publish(bus: &Bus, session: &str, seq: u64) -> Shared {
    let shared = Arc::new(batch(session, seq));
    bus.publish(Arc::clone(&shared));
    shared
}

/// The next batch, where nothing is missed.
async fn hear(listener: &mut Listener) -> Result<Shared, Closed> {
    match listener.recv().await? {
        Heard::Batch(batch) => Ok(batch),
        Heard::Missed => panic!("nothing is missed within a process"),
    }
}

#[tokio::test]
async fn each_listener_of_a_session_gets_the_same_batches_in_order() {
    let bus = Bus::local();
    let mut listeners = [bus.subscribe(&id("s")), bus.subscribe(&id("s"))];
    let sent: Vec<Shared> = (1..=10).map(|seq| publish(&bus, "s", seq)).collect();
    publish(&bus, "other", 1);
    for listener in &mut listeners {
        for batch in &sent {
            assert!(Arc::ptr_eq(&hear(listener).await.unwrap(), batch), "shared, not copied");
        }
    }
    bus.close();
    for listener in &mut listeners {
        assert_eq!(listener.recv().await, Err(Closed::Ended));
    }
}

#[tokio::test]
async fn a_listener_hears_what_came_after_it() {
    let bus = Bus::local();
    publish(&bus, "s", 1);
    let mut listener = bus.subscribe(&id("s"));
    publish(&bus, "s", 2);
    assert_eq!(hear(&mut listener).await.unwrap().events[0].seq, 2);
}

#[tokio::test]
async fn a_slow_listener_is_told_once_and_holds_up_nobody() {
    let bus = Bus::local();
    let mut slow = bus.subscribe(&id("s"));
    let mut quick = bus.subscribe(&id("s"));
    for seq in 1..=1000 {
        publish(&bus, "s", seq);
        assert_eq!(hear(&mut quick).await.unwrap().events[0].seq, seq);
    }
    assert_eq!(bus.listeners(), 1, "the slow one was dropped");
    let mut seen = 0;
    let closed = loop {
        match hear(&mut slow).await {
            Ok(batch) => {
                seen += 1;
                assert_eq!(batch.events[0].seq, seen, "what it got is without a gap");
            }
            Err(closed) => break closed,
        }
    };
    assert_eq!(closed, Closed::Lagged);
    assert!((1..1000).contains(&seen));
    assert_eq!(slow.recv().await, Err(Closed::Ended));
}

#[tokio::test]
async fn the_last_batch_ends_the_listeners_of_its_session() {
    let bus = Bus::local();
    let mut listener = bus.subscribe(&id("s"));
    let mut other = bus.subscribe(&id("other"));
    bus.publish(Arc::new(Batch { last: true, ..batch("s", 1) }));
    assert!(hear(&mut listener).await.unwrap().last);
    assert_eq!(listener.recv().await, Err(Closed::Ended));
    publish(&bus, "other", 1);
    assert!(other.recv().await.is_ok());
}

#[tokio::test]
async fn a_deleted_session_ends_its_listeners() {
    let bus = Bus::local();
    let mut listener = bus.subscribe(&id("s"));
    let waiting = tokio::spawn(async move { listener.recv().await });
    bus.end(&id("s"));
    assert_eq!(waiting.await.unwrap(), Err(Closed::Ended));
    assert_eq!(bus.listeners(), 0);
}

#[tokio::test]
async fn a_closed_bus_ends_listeners_that_come_later() {
    let bus = Bus::local();
    bus.close();
    assert_eq!(bus.subscribe(&id("s")).recv().await, Err(Closed::Ended));
    assert_eq!(bus.subscribe_host().recv().await, Err(Closed::Ended));
}

#[tokio::test]
async fn watchers_of_the_host_get_its_events_and_lag_alone() {
    let bus = Bus::local();
    let (mut slow, mut quick) = (bus.subscribe_host(), bus.subscribe_host());
    for n in 0..200 {
        let event: Arc<str> = format!(r#"{{"n":{n}}}"#).into();
        bus.publish_host(Arc::clone(&event));
        assert_eq!(quick.recv().await, Ok(event));
    }
    let mut outcome = slow.recv().await;
    while outcome.is_ok() {
        outcome = slow.recv().await;
    }
    assert_eq!(outcome, Err(Closed::Lagged));
    drop((slow, quick));
    assert_eq!(bus.listeners(), 0);
}

#[test]
fn threads_that_subscribe_publish_and_leave_do_not_lose_anything() {
    let bus = Bus::local();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let bus = &bus;
            scope.spawn(move || {
                let own = format!("own{thread}");
                for seq in 1..=500 {
                    let (mut listener, _shared) =
                        (bus.subscribe(&id(&own)), bus.subscribe(&id("s")));
                    publish(bus, &own, seq);
                    publish(bus, "s", seq);
                    let got = futures_util::FutureExt::now_or_never(hear(&mut listener));
                    assert_eq!(got.unwrap().unwrap().events[0].seq, seq);
                }
            });
        }
    });
    assert_eq!(bus.listeners(), 0);
}

#[test]
fn ten_thousand_listeners_come_and_go_without_a_trace() {
    let bus = Bus::local();
    let listeners: Vec<_> =
        (0..10_000).map(|n| bus.subscribe(&id(&format!("s{}", n % 3000)))).collect();
    assert_eq!(bus.listeners(), 10_000);
    drop(listeners);
    assert_eq!(bus.listeners(), 0);
    let shown = format!("{bus:?}");
    assert!(!shown.contains("SessionId"), "no session is remembered: {shown}");
}
