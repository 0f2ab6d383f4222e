//! Numbers that are times because one is wanted, and words that say a day and a time.

use serde_json::json;

use super::{check, check_in};

#[test]
fn a_moment_is_a_day_for_one_slot_and_a_time_for_another() {
    check("in two hours", "date time", json!({"date": "2026-11-21", "time": "16:00"}));
    check("in 11 hours", "time date", json!({"date": "2026-11-22", "time": "01:00"}));
    check("at 8 tonight", "date time", json!({"date": "2026-11-21", "time": "20:00"}));
    check("in two hours", "when", json!({"when": "2026-11-21T16:00"}));
    check("now", "date time", json!({"date": "2026-11-21", "time": "14:00"}));
    check("I need it now and then", "date time", json!({}));
}

#[test]
fn a_point_parts_hour_and_minutes_where_nothing_else_can_be_meant() {
    check("6.15", "time", json!({"time": "18:15"}));
    check("8.30 please", "count time", json!({"time": "20:30"}));
    check("evening 5.30", "time", json!({"time": "17:30"}));
    check("6.15", "partySize time", json!({"partySize": 6.15}));
    for other in ["version 10.15", "section 8.20", "it costs 12.50", "6.17", "6.75"] {
        check(other, "date time", json!({}));
    }
}

#[test]
fn hours_are_read_in_words_too() {
    check("at seven-thirty pm", "count time", json!({"time": "19:30"}));
    check("ten to seven would be ideal", "time", json!({"time": "18:50"}));
    check("seven works", "time", json!({"time": "19:00"}));
    check("half nine works", "time", json!({"time": "21:30"}));
    check("later than 5?", "time", json!({"time": "17:00"}));
    check_in("de-DE", "um 15.30 Uhr", "time", &json!({"time": "15:30"}));
}
