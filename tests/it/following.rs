//! Followers who keep up, however the events come to them: late ones, some that were missed, and other work in between
//! must never end as *too slow*.

use std::sync::Arc;

use cicerone::bus::{Batch, Bus, Shared};
use cicerone::event::{Encoded, SessionId};
use cicerone::link::Link;
use cicerone::runtime::{Feed, Since};
use cicerone::store::Store;
use futures_util::FutureExt as _;

use crate::house::{House, Plan, directory, seqs, within};
use crate::redis;

/// Many times what may wait for one listener.
const MANY: usize = 500;

/// A session with some turns, and a follower who has heard them all.
async fn followed(house: &House) -> (SessionId, Feed) {
    let id = house.begin().await;
    for _ in 0..10 {
        house.send(&id, "add a").await;
    }
    let mut feed = house.runtime.follow(&id, Since::Seq(0)).await.unwrap();
    let head = feed.head();
    read_to(&mut feed, head).await;
    (id, feed)
}

async fn read_to(feed: &mut Feed, seq: u64) -> Vec<Encoded> {
    let mut events: Vec<Encoded> = Vec::new();
    while events.last().is_none_or(|last| last.seq < seq) {
        events.extend(within(feed.next()).await.unwrap());
    }
    events
}

/// Tells a turn again that was heard long ago, as when it comes late from another host: the follower reads the log.
fn tell_late(house: &House, turn: &Shared) {
    house.bus.publish(Arc::clone(turn));
}

/// One of the first turns.
async fn early(house: &House, id: &SessionId) -> Shared {
    let mut events = house.whole_log(id).await;
    events.retain(|event| event.turn == 2);
    Arc::new(Batch { session: id.clone(), events, root: 2, settled: true, last: false })
}

#[tokio::test]
async fn what_a_follower_read_before_it_heard_it_does_not_pile_up() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let (id, mut feed) = followed(&house).await;
    tell_late(&house, &early(&house, &id).await);
    let mut heard = Vec::new();
    for _ in 0..MANY {
        // Two under way, as of a client who says the next before the last was answered.
        house.send(&id, "add a").await;
        let head = house.send(&id, "add b").await.session.seq;
        heard.extend(read_to(&mut feed, head).await);
    }
    let first = heard[0].seq;
    let last = heard.last().unwrap().seq;
    assert_eq!(seqs(&heard), (first..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_follower_who_asks_seldom_gets_all_that_has_come() {
    let dir = directory();
    let house = House::open(dir.path(), Plan::default()).await;
    let (id, mut feed) = followed(&house).await;
    for _ in 0..MANY {
        house.send(&id, "add a").await;
        let head = house.send(&id, "add b").await.session.seq;
        let events = within(feed.next()).await.unwrap();
        assert_eq!(events.last().unwrap().seq, head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_who_is_interrupted_while_the_log_is_read_gets_it() {
    let dir = directory();
    // Where a page of the log takes a while.
    let link = Link::open(redis::options(&redis::shared().url())).await.unwrap();
    let store = Store::redis(link.clone()).await.unwrap();
    let house = House::on(store, Bus::redis(link), dir.path(), Plan::default()).await;
    let (id, mut feed) = followed(&house).await;
    let (first, early) = (feed.head() + 1, early(&house, &id).await);
    let (mut heard, mut head) = (Vec::new(), 0);
    for _ in 0..MANY {
        tell_late(&house, &early);
        // As a socket does that has a message to take in: it drops what it waited for.
        if let Some(events) = feed.next().now_or_never() {
            heard.extend(events.unwrap());
        }
        head = house.send(&id, "add a").await.session.seq;
    }
    heard.extend(read_to(&mut feed, head).await);
    // Nothing is left of it.
    for _ in 0..MANY {
        head = house.send(&id, "add b").await.session.seq;
        heard.extend(read_to(&mut feed, head).await);
    }
    assert_eq!(seqs(&heard), (first..=head).collect::<Vec<_>>());
}
