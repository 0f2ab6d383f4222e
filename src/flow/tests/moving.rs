//! What is said of migrations and of the policy for running sessions.

use expect_test::expect;
use serde_json::json;

use super::*;

#[test]
fn migrations_and_a_policy_are_read() {
    let text = flow(&json!({
        "meta": {"name": "T", "sessions": {"policy": "drain", "pin_max_ms": 5000}},
        "migrations": [
            {"from": "0123456789ab", "states": {"Old": "A"}},
            {"from": "*", "states": {"Old": "B"}, "assign": {"n": "{{default(ctx.n, 0)}}"}},
        ],
    }));
    let (flow, warnings) = load_with(&text, &Offers::default()).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(flow.meta.sessions, Sessions { policy: Policy::Drain, pin_max_ms: 5000 });
    let target = |version: &str| {
        let version = Version::from(version);
        flow.migration_from(&version).map(|migration| migration.states["Old"].as_str())
    };
    assert_eq!(target("0123456789abcdef"), Some("A"));
    assert_eq!(target("f123456789abcdef"), Some("B"));
    let (plain, _) = load_with(
        &super::flow(&json!({"meta": {"name": "T", "sessions": "pin"}})),
        &Offers::default(),
    )
    .unwrap();
    assert_eq!(plain.meta.sessions, Sessions { policy: Policy::Pin, pin_max_ms: 24 * 3_600_000 });
}

#[test]
fn a_migration_names_a_version_and_states_that_are_there() {
    check(
        &flow(
            &json!({"migrations": [{"from": "latest"}, {"from": "0123456789ABCDEF"}, {"from": "012"}]}),
        ),
        &expect![[r#"
            error version.invalid 1:122+8 /migrations/0/from: `latest` is no version of a flow (write the 12 digits that `GET /api/flows` and events show, or `*` for all)
            error version.invalid 1:140+18 /migrations/1/from: `0123456789ABCDEF` is no version of a flow (write the 12 digits that `GET /api/flows` and events show, or `*` for all)
            error version.invalid 1:168+5 /migrations/2/from: `012` is no version of a flow (write the 12 digits that `GET /api/flows` and events show, or `*` for all)"#]],
    );
    check(
        &flow(
            &json!({"migrations": [{"from": "*", "states": {"Old": "C", "Older": "B"}}, {"from": "*"}]}),
        ),
        &expect![[r#"
            error target.unknown 1:142+3 /migrations/0/states/Old: no state `C`
            error migration.duplicate 1:168+3 /migrations/1/from: `*` has an entry before this one, which counts"#]],
    );
    check(
        &flow(
            &json!({"migrations": [{"from": "*", "assign": {"a..b": 1, "n": "{{"}, "to": "B"}, {}]}),
        ),
        &expect![[r#"
            error path.invalid 1:136+6 /migrations/0/assign/a..b: `a..b` is no dotted path (write keys with dots between, `contact.name`)
            error template.syntax 1:150+1 /migrations/0/assign/n: `{{` without its `}}`; write `\{{` for two braces as text
            error key.unknown 1:155+4 /migrations/0/to: unknown key `to` in a migration (the keys here are `from`, `states`, `assign`)
            error key.missing 1:165+1 /migrations/1: a migration has no `from` (add `from`: The older version, at least 8 digits of it; `*` for all that have no entry of their own)"#]],
    );
    check(
        &flow(&json!({"migrations": {}})),
        &expect![
            "error value.type 1:113+1 /migrations: `migrations` must be an array, not an object"
        ],
    );
}

#[test]
fn a_policy_is_one_of_four() {
    check(
        &flow(&json!({"meta": {"name": "T", "sessions": "pim"}})),
        &expect![
            "error value.unknown 1:32+5 /meta/sessions: `sessions` cannot be `pim` (did you mean `pin`?)"
        ],
    );
    check(
        &flow(&json!({"meta": {"name": "T", "sessions": {"policy": "auto", "pin_max_ms": 0}}})),
        &expect![
            "error limit.after 1:62+1 /meta/sessions/pin_max_ms: 0 is not between 1 and 31622400000"
        ],
    );
    check(
        &flow(&json!({"meta": {"name": "T", "sessions": {"pin_max": 5}}})),
        &expect![[r#"
        error key.missing 1:32+1 /meta/sessions: `sessions` has no `policy` (add `policy`: What they do)
        error key.unknown 1:33+9 /meta/sessions/pin_max: unknown key `pin_max` in `sessions` (did you mean `pin_max_ms`?)"#]],
    );
}
