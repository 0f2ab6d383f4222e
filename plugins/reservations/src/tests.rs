//! The tools at the plugin's door: JSON in, JSON out, on the SDK's host in memory.

use std::time::Duration;

use cicerone_sdk::serde_json::{Value, json};
use cicerone_sdk::test::{Host, call};
use cicerone_sdk::{Context, Error, kv};

use super::PLUGIN;

/// 2026-11-21 12:00 UTC, a Saturday.
const NOON: u64 = 1_795_262_400_000;

fn host() -> Host {
    Host::new().with_now_ms(NOON).with_config("utc_offset", "+00:00")
}

fn check(date: &str, time: &str, guests: u32) -> Result<Value, Error> {
    let args = json!({ "date": date, "time": time, "partySize": guests });
    call(&PLUGIN, "check-availability", &Context::new("check"), &args)
}

fn create(call_id: &str, date: &str, time: &str, guests: u32) -> Result<String, Error> {
    let contact = json!({ "name": "John Doe", "phone": "555-1234" });
    let args = json!({ "date": date, "time": time, "partySize": guests, "contact": contact });
    let made = call(&PLUGIN, "create-reservation", &Context::new(call_id), &args)?;
    Ok(made["reservationId"].as_str().unwrap().to_owned())
}

fn code(error: &Error) -> &str {
    error.code.as_deref().unwrap_or("none")
}

#[test]
fn a_free_table_is_free() {
    let _host = host();
    assert_eq!(check("2026-11-22", "19:00", 4).unwrap(), json!({ "ok": true, "alternatives": [] }));
}

#[test]
fn forty_guests_fill_a_half_hour_and_the_nearest_others_are_offered() {
    let _host = host();
    for n in 0..10 {
        create(&format!("call-{n}"), "2026-11-22", "19:10", 4).unwrap();
    }
    let full = check("2026-11-22", "19:00", 1).unwrap();
    let nearest = ["2026-11-22 18:30", "2026-11-22 19:30", "2026-11-22 18:00"];
    assert_eq!(full, json!({ "ok": false, "alternatives": nearest, "reason": "full" }));
    let error = create("late", "2026-11-22", "19:00", 1).unwrap_err();
    assert_eq!(code(&error), "slot.full");
    assert_eq!(error.details.as_deref(), Some(&json!({ "alternatives": nearest })));
}

#[test]
fn seats_are_counted_and_not_reservations() {
    let _host = host();
    create("a", "2026-11-22", "19:00", 38).unwrap();
    assert_eq!(check("2026-11-22", "19:00", 3).unwrap()["reason"], "full");
    create("b", "2026-11-22", "19:00", 2).unwrap();
    assert_eq!(check("2026-11-22", "19:30", 40).unwrap()["ok"], true);
}

#[test]
fn the_same_call_twice_makes_one_reservation() {
    let _host = host();
    let first = create("call-1", "2026-11-22", "19:00", 30).unwrap();
    let again = create("call-1", "2026-11-22", "19:00", 30).unwrap();
    assert_eq!(first, again);
    assert_eq!(check("2026-11-22", "19:00", 10).unwrap()["ok"], true);
    let other = create("call-2", "2026-11-22", "19:00", 10).unwrap();
    assert_ne!(first, other);
    assert_eq!(check("2026-11-22", "19:00", 1).unwrap()["ok"], false);
}

#[test]
fn a_call_repeated_after_its_time_is_past_still_finds_its_reservation() {
    let host = host();
    let first = create("call-1", "2026-11-21", "12:30", 2).unwrap();
    host.pass(Duration::from_secs(2 * 3600));
    assert_eq!(code(&create("call-2", "2026-11-21", "12:30", 2).unwrap_err()), "slot.past");
    assert_eq!(create("call-1", "2026-11-21", "12:30", 2).unwrap(), first);
}

#[test]
fn an_id_is_two_groups_of_four_that_can_be_read_out() {
    let _host = host();
    let id = create("call-1", "2026-11-22", "19:00", 2).unwrap();
    let (left, right) = id.split_once('-').unwrap();
    assert_eq!((left.len(), right.len()), (4, 4));
    assert!(!id.contains(['I', 'L', 'O', 'U']), "{id}");
}

#[test]
fn what_is_past_is_refused_and_later_today_is_offered() {
    let _host = host();
    let past = check("2026-11-20", "19:00", 2).unwrap();
    assert_eq!(past["reason"], "past");
    assert_eq!(past["alternatives"][0], "2026-11-21 19:00");
    assert_eq!(check("2026-11-21", "11:30", 2).unwrap()["reason"], "past");
    assert_eq!(check("2026-11-21", "12:00", 2).unwrap()["ok"], true, "its half hour runs");
}

#[test]
fn the_restaurants_clock_decides_what_is_past() {
    let _host = host().with_config("utc_offset", "+08:00");
    assert_eq!(check("2026-11-21", "19:00", 2).unwrap()["reason"], "past");
    assert_eq!(check("2026-11-21", "20:00", 2).unwrap()["ok"], true);
}

#[test]
fn without_a_clock_only_what_is_past_everywhere_is_past() {
    let _host = Host::new().with_now_ms(NOON);
    assert_eq!(check("2026-11-21", "12:00", 2).unwrap()["ok"], true);
    assert_eq!(check("2026-11-20", "22:30", 2).unwrap()["reason"], "past");
}

#[test]
fn outside_the_opening_hours_the_nearest_open_time_comes_first() {
    let _host = host();
    let closed = check("2026-11-22", "16:00", 2).unwrap();
    assert_eq!(closed["reason"], "closed");
    assert_eq!(closed["alternatives"][0], "2026-11-22 14:00");
}

#[test]
fn the_book_ends_somewhere() {
    let _host = host().with_config("days_ahead", "30");
    assert_eq!(check("2026-12-21", "19:00", 2).unwrap()["ok"], true);
    let far = check("2026-12-22", "19:00", 2).unwrap();
    assert_eq!((&far["reason"], &far["alternatives"]), (&json!("tooFarAhead"), &json!([])));
}

#[test]
fn a_party_larger_than_the_house_has_no_alternatives() {
    let _host = host();
    let large = check("2026-11-22", "19:00", 41).unwrap();
    assert_eq!(large, json!({ "ok": false, "alternatives": [], "reason": "partyTooLarge" }));
}

#[test]
fn a_full_day_sends_the_guest_to_the_next() {
    let _host = host().with_config("opening", "19:00-19:30");
    create("a", "2026-11-22", "19:00", 40).unwrap();
    create("b", "2026-11-22", "19:30", 40).unwrap();
    let full = check("2026-11-22", "19:00", 2).unwrap();
    assert_eq!(
        full["alternatives"],
        json!(["2026-11-23 19:00", "2026-11-23 19:30", "2026-11-24 19:00"])
    );
}

#[test]
fn a_date_or_time_that_is_none_is_named() {
    let _host = host();
    assert_eq!(code(&check("tomorrow", "19:00", 2).unwrap_err()), "date.invalid");
    assert_eq!(code(&create("a", "2026-11-22", "late", 2).unwrap_err()), "time.invalid");
}

#[test]
fn a_store_that_is_away_is_worth_another_attempt() {
    let host = host();
    host.fail_kv(Some(kv::Error::Unavailable("the disk is gone".to_owned())));
    let error = create("a", "2026-11-22", "19:00", 2).unwrap_err();
    assert!(error.retryable, "{error:?}");
}

#[test]
fn a_page_is_gone_two_days_after_its_evening() {
    let host = host();
    create("a", "2026-11-22", "19:00", 40).unwrap();
    host.pass(Duration::from_secs(3 * 24 * 3600 + 7 * 3600 - 1));
    assert!(kv::plugin().get_bytes("page/2026-11-22/19:00").unwrap().is_some());
    host.pass(Duration::from_secs(1));
    assert!(kv::plugin().get_bytes("page/2026-11-22/19:00").unwrap().is_none());
}
