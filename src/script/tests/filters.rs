//! Each function. Never the language around it.

use serde_json::json;

use super::value;

#[test]
fn text_functions_change_text_and_leave_nothing_alone() {
    assert_eq!(value("upper(ctx.name) + lower('ÄB') + trim('  x ')"), json!("ADAäbx"));
    assert_eq!(value("ctx.name.upper().lower()"), json!("ada"));
    assert_eq!(
        value("[upper(ctx.missing), trim(ctx.missing), round(ctx.missing, 2)]"),
        json!([null, null, null])
    );
    assert_eq!(value("upper(ctx.partySize)"), json!("4"));
    assert_eq!(
        value("replace(ctx.name, 'd', 'n') + to_string(ctx.items)"),
        json!("Anaa, 2, true, ")
    );
    assert_eq!(value("split('a-b', '-')"), json!(["a", "b"]));
    assert_eq!(
        value(
            "[starts_with(ctx.name, 'A'), ends_with(ctx.name, 'x'), starts_with(ctx.missing, 'A')]"
        ),
        json!([true, false, false])
    );
    assert_eq!(value("sub_string(ctx.name, 0, 2)"), json!("Ad"));
}

#[test]
fn default_stands_in_for_what_is_missing() {
    assert_eq!(value("default(ctx.a.b, 'x') + default(ctx.name, 'y')"), json!("xAda"));
    assert_eq!(value("ctx.missing ?? 5"), json!(5));
}

#[test]
fn round_keeps_decimals() {
    assert_eq!(value("round(2.345, 2)"), json!(2.35));
    assert_eq!(value("round(ctx.price * 3, 0)"), json!(8.0));
    assert_eq!(value("round(7, 2)"), json!(7));
    assert_eq!(value("round(2.5)"), json!(3.0));
    assert_eq!(value("round(1e300, 99)"), json!(1e300));
    assert_eq!(value("min(3, 4) + max(1, 2) + abs(-1)"), json!(6));
}

#[test]
fn join_and_len_take_whatever_there_is() {
    assert_eq!(value("join(ctx.items, ' & ')"), json!("a & 2 & true & "));
    assert_eq!(value("join(ctx.missing, ',') + join(ctx.name, ',')"), json!("Ada"));
    assert_eq!(
        value(
            "[len('äb'), len(ctx.items), len(ctx.contact), len(ctx.missing), len(params), len(3)]"
        ),
        json!([2, 4, 2, 0, 1, 0])
    );
    assert_eq!(
        value("[is_empty(''), is_empty(ctx.missing), is_empty(ctx.items), ctx.name.is_empty()]"),
        json!([true, true, false, false])
    );
    assert_eq!(value("keys(params) + keys(ctx.vip)"), json!(["from", "Ada"]));
}

#[test]
fn date_format_reads_dates_times_and_both() {
    for (source, text) in [
        ("date_format(slot.date, '%A')", "Thursday"),
        ("date_format('2026-12-24T19:30:00', '%d.%m. %H:%M')", "24.12. 19:30"),
        ("date_format('2026-12-24T19:30:00+02:00', '%H:%M')", "19:30"),
        ("date_format('2026-12-24T19:30:00Z', '%H:%M')", "19:30"),
        ("date_format('2026-12-24T19:30:00+01:00[Europe/Berlin]', '%H:%M')", "19:30"),
        ("date_format('19:30', '%-I:%M %p')", "7:30 PM"),
        ("date_format('19:30', '%A')", "19:30"),
        ("date_format('2026-12-24', '%')", "2026-12-24"),
        ("date_format('tomorrow', '%A')", "tomorrow"),
    ] {
        assert_eq!(value(source), json!(text), "{source}");
    }
    assert_eq!(value("date_format(ctx.missing, '%A')"), json!(null));
    assert_eq!(value("date_format(ctx.partySize, '%A')"), json!(4));
}
