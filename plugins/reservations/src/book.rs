//! The book: one page in `kv` for each slot that has guests. A page is one value, so that a reservation and the seats
//! it takes are written in one step or not at all.

use std::time::Duration;

use cicerone_sdk::{Error, data, kv, runtime};

use crate::calendar::Slot;
use crate::house::Reason;

#[data]
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    entries: Vec<Entry>,
}

#[data]
#[derive(Debug, Clone)]
struct Entry {
    id: String,
    /// The call that made it: the same call again finds it here.
    call: String,
    guests: u32,
    name: String,
    phone: String,
}

/// Who comes, and by which call we know.
#[derive(Debug)]
pub(crate) struct Guest<'a> {
    pub(crate) call: &'a str,
    pub(crate) guests: u32,
    pub(crate) name: &'a str,
    pub(crate) phone: &'a str,
}

impl Page {
    pub(crate) fn of(slot: Slot) -> Result<Self, Error> {
        Ok(kv::plugin().get(&key(slot))?.unwrap_or_default())
    }

    pub(crate) fn taken(&self) -> u32 {
        self.entries.iter().map(|entry| entry.guests).sum()
    }

    /// The reservation that a call made.
    pub(crate) fn made_by(&self, call: &str) -> Option<&str> {
        self.entries.iter().find(|entry| entry.call == call).map(|entry| entry.id.as_str())
    }
}

/// Writes a reservation into the page of `slot` and gives its id; the reason is `Full` when the seats do not suffice.
pub(crate) fn write(
    slot: Slot,
    seats: u32,
    keep_ms: u64,
    guest: &Guest<'_>,
) -> Result<Result<String, Reason>, Error> {
    let id = fresh_id();
    let space = kv::plugin().for_at_most(Duration::from_millis(keep_ms));
    let page = space.update(&key(slot), |page: Option<Page>| {
        let mut page = page.unwrap_or_default();
        if page.made_by(guest.call).is_none() && page.taken() + guest.guests <= seats {
            page.entries.push(Entry {
                id: id.clone(),
                call: guest.call.to_owned(),
                guests: guest.guests,
                name: guest.name.to_owned(),
                phone: guest.phone.to_owned(),
            });
        }
        Ok::<_, Error>(page)
    })?;
    Ok(page.made_by(guest.call).map(str::to_owned).ok_or(Reason::Full))
}

fn key(slot: Slot) -> String {
    format!("page/{}/{}", slot.day, slot.time)
}

/// Eight letters and digits that cannot be mistaken for each other on the telephone: `7K2M-9QXD`.
fn fresh_id() -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut id = String::with_capacity(9);
    for (place, byte) in runtime::random::<8>().into_iter().enumerate() {
        if place == 4 {
            id.push('-');
        }
        id.extend(LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter)));
    }
    id
}
