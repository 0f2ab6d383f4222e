//! The mailboxes: for every session that is warm, the commands that wait for its turn, the session itself, and who
//! waits for an answer. A task runs for a session only while it has commands, so that an idle one costs no more than
//! its bytes. It runs no turn and knows no store.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::answer::Waiter;
use super::turn::{Held, Turn};
use super::{Error, Options};
use crate::event::SessionId;

/// Mailboxes looked at for one that may go, when there are too many: those in use are passed over.
const EVICTION_TRIES: usize = 32;

/// All mailboxes of this host, under one lock that is never held for longer than a few map operations.
#[derive(Debug)]
pub(super) struct Mailboxes<C> {
    shelf: Mutex<Shelf<C>>,
    waiting_max: usize,
    warm_max: usize,
    warm_bytes_max: usize,
}

#[derive(Debug)]
struct Shelf<C> {
    boxes: LruCache<SessionId, Mailbox<C>>,
    bytes: usize,
}

#[derive(Debug)]
struct Mailbox<C> {
    waiting: VecDeque<C>,
    /// Whether a task is at work on it; there is never more than one.
    running: bool,
    warm: Option<Held>,
    waiters: Vec<Waiter>,
}

/// Whether a command must find room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A client's: refused when too many wait.
    Client,
    /// The host's own, of which there are never more than calls and timers.
    Host,
}

impl<C> Mailboxes<C> {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            shelf: Mutex::new(Shelf { boxes: LruCache::unbounded(), bytes: 0 }),
            waiting_max: options.mailbox_max,
            warm_max: options.warm_max,
            warm_bytes_max: options.warm_bytes_max,
        }
    }

    /// Adds a command; `true` asks the caller to start the session's task.
    pub(super) fn push(&self, id: &SessionId, command: C, origin: Origin) -> Result<bool, Error> {
        let mut shelf = self.lock();
        let mailbox = shelf.boxes.get_or_insert_mut_ref(id, Mailbox::default);
        if origin == Origin::Client && mailbox.waiting.len() >= self.waiting_max {
            return Err(Error::Busy { max: self.waiting_max });
        }
        mailbox.waiting.push_back(command);
        let start = !std::mem::replace(&mut mailbox.running, true);
        self.evict(&mut shelf);
        Ok(start)
    }

    /// The next command for the session's task, with the session if it is warm. After `None` the task is over.
    pub(super) fn next(&self, id: &SessionId) -> Option<C> {
        let mut shelf = self.lock();
        let mailbox = shelf.boxes.get_mut(id)?;
        let next = mailbox.waiting.pop_front();
        if next.is_none() {
            mailbox.running = false;
            // Nothing but an empty mailbox: an unknown, ended or deleted session leaves no trace.
            if mailbox.warm.is_none() && mailbox.waiters.is_empty() {
                shelf.boxes.pop(id);
            }
            self.evict(&mut shelf);
        }
        next
    }

    /// Takes out the waiting commands that are such.
    pub(super) fn take_waiting(&self, id: &SessionId, such: impl Fn(&C) -> bool) -> Vec<C> {
        let mut shelf = self.lock();
        let Some(mailbox) = shelf.boxes.get_mut(id) else { return Vec::new() };
        let (taken, left): (Vec<C>, Vec<C>) = mailbox.waiting.drain(..).partition(such);
        mailbox.waiting = left.into();
        taken
    }

    /// The session as its last turn left it, if it is warm.
    pub(super) fn warm(&self, id: &SessionId) -> Option<Held> {
        self.lock().boxes.peek(id).and_then(|mailbox| mailbox.warm.clone())
    }

    /// Sessions that have a mailbox; few of them are not warm.
    pub(super) fn warm_count(&self) -> usize {
        self.lock().boxes.len()
    }

    /// Keeps a session warm, or forgets it.
    pub(super) fn keep(&self, id: &SessionId, held: Option<Held>) {
        let mut shelf = self.lock();
        let Some(mailbox) = shelf.boxes.get_mut(id) else { return };
        let before = mailbox.bytes();
        mailbox.warm = held;
        let bytes = mailbox.bytes();
        shelf.bytes = shelf.bytes.saturating_sub(before).saturating_add(bytes);
    }

    /// Adds somebody who waits for what comes of an input.
    pub(super) fn join(&self, id: &SessionId, waiter: Waiter) {
        if let Some(mailbox) = self.lock().boxes.get_mut(id) {
            mailbox.waiters.push(waiter);
        }
    }

    /// Tells everybody who waits in this session about a committed turn.
    pub(super) fn tell(&self, id: &SessionId, turn: &Turn) {
        if let Some(mailbox) = self.lock().boxes.get_mut(id) {
            mailbox.waiters.retain(|waiter| waiter.hear(turn));
        }
    }

    fn evict(&self, shelf: &mut Shelf<C>) {
        for _ in 0..EVICTION_TRIES {
            if shelf.boxes.len() <= self.warm_max && shelf.bytes <= self.warm_bytes_max {
                return;
            }
            let Some((id, oldest)) = shelf.boxes.pop_lru() else { return };
            if oldest.is_free() {
                shelf.bytes = shelf.bytes.saturating_sub(oldest.bytes());
            } else {
                shelf.boxes.push(id, oldest);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf<C>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Mailbox<C> {
    fn bytes(&self) -> usize {
        self.warm.as_ref().map_or(0, |held| held.bytes)
    }

    fn is_free(&self) -> bool {
        !self.running && self.waiting.is_empty() && self.waiters.iter().all(Waiter::is_gone)
    }
}

impl<C> Default for Mailbox<C> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), running: false, warm: None, waiters: Vec::new() }
    }
}
