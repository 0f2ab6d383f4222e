//! What a host wants to know of a machine of CSM beside its conversation: how running sessions come over, language, time.

use expect_test::expect;

use super::*;

/// A machine with these members, in an agent with those.
fn machine(machine: &Value, agent: &Value) -> Value {
    let mut whole = json!({ "id": "shop", "machine": { "initialFlow": "Main", "flows": {
        "Main": { "initial": "Ask", "states": {
            "Ask": { "transitions": [{ "pattern": "*", "target": ":end" }] },
        } },
    } } });
    let members = |fields: &Value| fields.as_object().cloned().unwrap_or_default();
    whole["machine"].as_object_mut().unwrap().extend(members(machine));
    whole.as_object_mut().unwrap().extend(members(agent));
    whole
}

#[test]
fn a_machine_says_how_running_sessions_come_over() {
    let migration = |old: &str| json!({ "from": "*", "states": { old: "Main.Ask" } });
    let other = json!({ "from": "12345678", "assign": { "asked": true } });
    let text = machine(
        &json!({ "migrations": [other], "meta": { "sessions": "drain", "language": "de" } }),
        &json!({ "migrations": [migration("Main.Size")], "meta": {
            "sessions": { "policy": "migrate", "pin_max_ms": 5 }, "time_zone": "Europe/Lisbon",
            "voice": "Ana", "busy": "reject", "tags": ["a"], "categories": ["b"],
        } }),
    );
    let (flow, warnings) = load_with(&text.to_string(), &Offers::default()).unwrap();
    assert!(warnings.is_empty(), "{warnings:#?}");
    assert_eq!(flow.migrations.len(), 2);
    assert_eq!(flow.meta.sessions.policy, Policy::Migrate);
    assert_eq!(flow.meta.sessions.pin_max_ms, 5);
    assert_eq!(flow.meta.language, "de");
    assert_eq!(flow.meta.time_zone.as_deref(), Some("Europe/Lisbon"));
    assert_eq!((flow.meta.voice.as_deref(), flow.meta.busy), (Some("Ana"), Busy::Reject));
    assert_eq!(flow.meta.categories, ["a", "b"]);

    let known = Known { flows: &BTreeSet::new(), offers: &Offers::default() };
    let (ours, _) = import(&Id::from("test"), &text.to_string(), known).unwrap();
    assert_eq!(ours["migrations"], json!([migration("Main.Size"), other]));
    assert_eq!(ours["meta"]["time_zone"], "Europe/Lisbon");

    let alone = json!({ "initial": "A", "states": { "A": { "transitions": [] } },
        "migrations": [{ "from": "*", "states": { "Old": "A" } }], "meta": { "sessions": "pin" } });
    let (flow, _) = load_with(&alone.to_string(), &Offers::default()).unwrap();
    assert_eq!((flow.migrations.len(), flow.meta.sessions.policy), (1, Policy::Pin));
}

#[test]
fn a_mistake_in_what_the_host_is_told_stands_where_it_is() {
    let text = machine(
        &json!({
            "migrations": [{ "from": "*", "states": { "Main.Size": "Ask" } }, { "form": "*" }],
            "meta": { "sessions": "pni", "language": "x" },
        }),
        &json!({
            "migrations": [{ "from": "12" }],
            "meta": { "time_zone": "Europe/Lisbn", "sessions": { "policy": "pin", "pin_max": 1 } },
        }),
    );
    check(
        &text.to_string(),
        &expect![[r#"
        error target.unknown 1:196+5 /machine/migrations/0/states/Main.Size: no state `Ask`
        error key.missing 1:204+1 /machine/migrations/1: a migration has no `from` (add `from`: The older version, at least 8 digits of it; `*` for all that have no entry of their own)
        error key.unknown 1:205+6 /machine/migrations/1/form: unknown key `form` in a migration (did you mean `from`?)
        error value.unknown 1:237+5 /machine/meta/sessions: `sessions` cannot be `pni` (did you mean `pin`?)
        error language.invalid 1:254+3 /machine/meta/language: `x` is no language tag (write it as in `en-US` or `pt`)
        error version.invalid 1:282+4 /migrations/0/from: `12` is no version of a flow (write the 12 digits that `GET /api/flows` and events show, or `*` for all)
        error time_zone.unknown 1:309+14 /meta/time_zone: no time zone `Europe/Lisbn` (did you mean `Europe/Lisbon`?)
        error key.unknown 1:351+9 /meta/sessions/pin_max: unknown key `pin_max` in `sessions` (did you mean `pin_max_ms`?)"#]],
    );
    let mut inside = machine(&json!({}), &json!({}));
    let main = &mut inside["machine"]["flows"]["Main"];
    main["migrations"] = json!([]);
    main["meta"] = json!({ "name": "Main", "language": "de" });
    check(
        &inside.to_string(),
        &expect![[r#"
        error key.misplaced 1:146+12 /machine/flows/Main/migrations: `migrations` is of the whole, not of one flow among several (move it to the machine or the agent)
        error key.misplaced 1:184+10 /machine/flows/Main/meta/language: `language` is of the whole, not of one flow among several (move it to the machine or the agent)"#]],
    );
}
