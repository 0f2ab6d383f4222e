//! Days, times and lengths of time.

use serde_json::json;

use super::{check, check_each, check_in};

#[test]
fn a_day_is_read_relative_to_the_moment() {
    check_each(
        "date",
        &[
            ("tomorrow", json!("2026-11-22")),
            ("Today", json!("2026-11-21")),
            ("tonight", json!("2026-11-21")),
            ("next Friday", json!("2026-11-27")),
            ("Friday", json!("2026-11-27")),
            ("this Saturday", json!("2026-11-21")),
            ("next Saturday", json!("2026-11-28")),
            ("the 20th", json!("2026-12-20")),
            ("the 21st", json!("2026-11-21")),
            ("the 31st", json!("2026-12-31")),
            ("20/12", json!("2026-12-20")),
            ("5/6", json!("2027-06-05")),
            ("Sat, the sun is out", json!("2026-11-21")),
            ("we sat outside", json!(null)),
            ("12/25/2026", json!("2026-12-25")),
            ("20.12.2026", json!("2026-12-20")),
            ("2026-12-01", json!("2026-12-01")),
            ("December 1st", json!("2026-12-01")),
            ("Dec. 1, 2027", json!("2027-12-01")),
            ("1 Dec", json!("2026-12-01")),
            ("the first of December", json!("2026-12-01")),
            ("Friday, 27 November", json!("2026-11-27")),
            ("February 29", json!("2028-02-29")),
            ("in two weeks", json!("2026-12-05")),
            ("in 3 days", json!("2026-11-24")),
            ("a week from now", json!("2026-11-28")),
            ("day after tomorrow", json!("2026-11-23")),
            ("next week", json!("2026-11-28")),
            ("this weekend", json!("2026-11-21")),
            ("amanhã", json!("2026-11-22")),
            ("sexta-feira", json!("2026-11-27")),
            ("20 de dezembro", json!("2026-12-20")),
            ("20", json!("2026-12-20")),
        ],
    );
}

#[test]
fn a_day_that_no_calendar_has_is_no_value() {
    check_each(
        "date",
        &[
            ("31 February", json!(null)),
            ("31/02/2026", json!(null)),
            ("2026-13-01", json!(null)),
            ("February 29, 2027", json!(null)),
            ("99/99", json!(null)),
            ("24/7", json!(null)),
        ],
    );
}

#[test]
fn a_numeric_day_follows_the_order_of_the_region() {
    check_in("en-US", "12/10", "date", &json!({"date": "2026-12-10"}));
    check_in("en-GB", "12/10", "date", &json!({"date": "2027-10-12"}));
    check_in("en-US", "20/12", "date", &json!({"date": "2026-12-20"}));
}

#[test]
fn a_time_is_read_in_its_many_ways() {
    check_each(
        "time",
        &[
            ("7pm", json!("19:00")),
            ("at 7", json!("19:00")),
            ("19:30", json!("19:30")),
            ("7:30 pm", json!("19:30")),
            ("7.30pm", json!("19:30")),
            ("0730pm", json!("19:30")),
            ("7 p.m.", json!("19:00")),
            ("half past seven", json!("19:30")),
            ("half-past six", json!("18:30")),
            ("around 5ish", json!("17:00")),
            ("1930", json!("19:30")),
            ("at 14hr", json!("14:00")),
            ("um, today", json!(null)),
            ("quarter to eight", json!("19:45")),
            ("a quarter past 7", json!("19:15")),
            ("ten past seven", json!("19:10")),
            ("noon", json!("12:00")),
            ("midnight", json!("00:00")),
            ("20h", json!("20:00")),
            ("19h30", json!("19:30")),
            ("seven thirty", json!("19:30")),
            ("seven o'clock", json!("19:00")),
            ("12:30", json!("12:30")),
            ("12am", json!("00:00")),
            ("12:15 am", json!("00:15")),
            ("07:30", json!("07:30")),
            ("8pm", json!("20:00")),
            ("in two hours", json!("16:00")),
            ("in half an hour", json!("14:30")),
            ("às 19h", json!("19:00")),
            ("7", json!("19:00")),
            ("25:99", json!(null)),
            ("12:60", json!(null)),
            ("13:00:99 or so for 4 people", json!("13:00")),
        ],
    );
}

#[test]
fn an_hour_without_its_half_follows_the_part_of_the_day() {
    check_each(
        "time",
        &[
            ("tomorrow at 9", json!("09:00")),
            ("tomorrow evening at 9", json!("21:00")),
            ("dinner tomorrow at 8", json!("20:00")),
            ("tonight at 8", json!("20:00")),
            ("tomorrow morning at 7", json!("07:00")),
            ("today at 9", json!("21:00")),
            ("at 3 in the afternoon", json!("15:00")),
        ],
    );
}

#[test]
fn a_day_and_a_time_fill_what_they_are() {
    let both = |date: &str, time: &str| json!({"date": date, "time": time});
    check("Tomorrow at 7pm", "date time", both("2026-11-22", "19:00"));
    check("next Friday at half past seven", "date time", both("2026-11-27", "19:30"));
    check("the 20th at 19:30", "date time", both("2026-12-20", "19:30"));
    check("amanhã às 19h", "date time", both("2026-11-22", "19:00"));
    check("hoje às 20h30", "date time", both("2026-11-21", "20:30"));
    check("tomorrow, 7", "date time", both("2026-11-22", "19:00"));
    check("tomorrow", "date time", json!({"date": "2026-11-22"}));
    check("8pm", "date time", json!({"time": "20:00"}));
    check("8", "date time", json!({"time": "20:00"}));
}

#[test]
fn a_datetime_needs_its_day_and_its_time() {
    check_each(
        "when",
        &[
            ("Tomorrow at 7pm", json!("2026-11-22T19:00")),
            ("2026-12-01T19:30", json!("2026-12-01T19:30")),
            ("in 2 hours", json!("2026-11-21T16:00")),
            ("tomorrow", json!(null)),
        ],
    );
    let expect = json!({"when": "2026-11-22T19:00", "partySize": 4});
    check("tomorrow for 4 people at 7pm", "when partySize", expect);
}

#[test]
fn a_length_of_time_is_written_as_iso_8601() {
    check_each(
        "length",
        &[
            ("90 minutes", json!("PT90M")),
            ("for two hours", json!("PT2H")),
            ("half an hour", json!("PT30M")),
            ("an hour and a half", json!("PT90M")),
            ("1 hour and 30 minutes", json!("PT90M")),
            ("3 days", json!("P3D")),
            ("two weeks", json!("P2W")),
            ("soon", json!(null)),
        ],
    );
}
