//! The tools of the reservation flow: they keep a restaurant's book in the host's `kv`. Time, chance and state come
//! from the host, so a call has no memory of its own.

mod book;
mod calendar;
mod house;

use cicerone_sdk::serde_json::json;
use cicerone_sdk::{Context, Error, data, log, tool};

use book::{Guest, Page};
use calendar::{Day, Slot, Time};
use house::{House, Reason};

/// How many other slots are offered.
const ALTERNATIVES_MAX: usize = 3;
/// On how many days they are looked for, the wanted one included.
const ALTERNATIVE_DAYS: i64 = 4;

/// When a table is wanted, and for how many.
#[data]
#[derive(Debug)]
pub struct Wish {
    /// The day, `2026-11-22`.
    pub date: String,
    /// The time, `19:30`; guests are seated in half hours.
    pub time: String,
    /// How many guests.
    #[schemars(range(min = 1))]
    pub party_size: u32,
}

/// Whether there is a table.
#[data]
#[derive(Debug)]
pub struct Availability {
    /// Whether the wanted time can be had.
    ok: bool,
    /// Other times, the nearest first: `2026-11-22 20:00`.
    alternatives: Vec<String>,
    /// Why it cannot be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

/// Says whether a table is free at a time for a number of guests; when not, offers the nearest other times.
#[tool(read_only, title = "Check availability")]
pub fn check_availability(wish: Wish) -> Result<Availability, Error> {
    let house = House::from_config()?;
    let slot = slot(&wish.date, &wish.time)?;
    match refusal(&house, slot, wish.party_size)? {
        None => Ok(Availability { ok: true, alternatives: Vec::new(), reason: None }),
        Some(reason) => {
            let alternatives = alternatives(&house, slot, wish.party_size)?;
            Ok(Availability { ok: false, alternatives, reason: Some(reason) })
        }
    }
}

/// A reservation to make.
#[data]
#[derive(Debug)]
pub struct Request {
    /// The day, `2026-11-22`.
    pub date: String,
    /// The time, `19:30`; guests are seated in half hours.
    pub time: String,
    /// How many guests.
    #[schemars(range(min = 1))]
    pub party_size: u32,
    /// Who reserves.
    pub contact: Contact,
}

/// Who reserves, and where to call back.
#[data]
#[derive(Debug)]
pub struct Contact {
    /// The name to ask for.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// The phone number, as it was given.
    #[schemars(length(min = 1, max = 50))]
    pub phone: String,
}

/// A reservation that was made.
#[data]
#[derive(Debug)]
pub struct Reservation {
    /// What the guest says at the door: `7K2M-9QXD`.
    reservation_id: String,
}

/// Reserves a table and gives the reservation's id. The same call twice makes one reservation.
#[tool(idempotent, title = "Create reservation")]
pub fn create_reservation(ctx: &Context, request: Request) -> Result<Reservation, Error> {
    let house = House::from_config()?;
    let slot = slot(&request.date, &request.time)?;
    // First of all, or a repeated call could find its own guests in the way.
    if let Some(id) = Page::of(slot)?.made_by(&ctx.call_id) {
        return Ok(Reservation { reservation_id: id.to_owned() });
    }
    let written = match house.refusal(slot, request.party_size) {
        Some(reason) => Err(reason),
        None => {
            let Contact { name, phone } = &request.contact;
            let guest = Guest { call: &ctx.call_id, guests: request.party_size, name, phone };
            book::write(slot, house.seats, house.keeps_page_ms(slot), &guest)?
        }
    };
    match written {
        Ok(reservation_id) => {
            log::info("Made a reservation.", &[("slot", &slot), ("guests", &request.party_size)]);
            Ok(Reservation { reservation_id })
        }
        Err(reason) => {
            let alternatives = alternatives(&house, slot, request.party_size)?;
            let details = json!({ "alternatives": alternatives });
            Err(Error::conflict(reason).with_code(reason.code()).with_details(details))
        }
    }
}

cicerone_sdk::plugin!(name = "reservations", tools = [check_availability, create_reservation]);

fn slot(date: &str, time: &str) -> Result<Slot, Error> {
    let day: Day =
        date.parse().map_err(|error| Error::invalid_input(error).with_code("date.invalid"))?;
    let time: Time =
        time.parse().map_err(|error| Error::invalid_input(error).with_code("time.invalid"))?;
    Ok(Slot { day, time: time.slot() })
}

fn refusal(house: &House, slot: Slot, guests: u32) -> Result<Option<Reason>, Error> {
    if let Some(reason) = house.refusal(slot, guests) {
        return Ok(Some(reason));
    }
    let is_full = Page::of(slot)?.taken() + guests > house.seats;
    Ok(is_full.then_some(Reason::Full))
}

/// The nearest slots that can be had: of the wanted day, else of the days after it.
fn alternatives(house: &House, wanted: Slot, guests: u32) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    if guests > house.seats {
        return Ok(found);
    }
    let first = wanted.day.max(house.today());
    for days in 0..ALTERNATIVE_DAYS {
        for slot in house.slots_near(first.plus(days), wanted.time) {
            if refusal(house, slot, guests)?.is_none() {
                found.push(slot.to_string());
            }
            if found.len() == ALTERNATIVES_MAX {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
