//! The SDK at its door: what the attributes make of functions, and how the in-memory host behaves to them.

use std::time::Duration;

use cicerone_sdk::serde_json::{self, Value, json};
use cicerone_sdk::test::{Host, call};
use cicerone_sdk::{
    Context, Error, ErrorKind, Plugin, Reply, config, data, events, http, kv, log, progress,
    runtime, secrets, session, tool,
};

#[data]
struct Order {
    /// How many guests.
    #[schemars(range(min = 1))]
    party_size: u32,
    note: Option<String>,
}

#[data]
struct Receipt {
    party_size: u32,
    by: String,
}

/// Takes an order.
///
/// A second paragraph.
#[tool(idempotent, open_world, title = "Take an order", timeout_ms = 1500)]
fn take_order(ctx: &Context, order: Order) -> Result<Reply<Receipt>, Error> {
    let by = format!("{}/{}", ctx.call_id, order.note.unwrap_or_default());
    let receipt = Receipt { party_size: order.party_size, by };
    Ok(Reply::new(receipt).say("Taken.").patch("/order/size", order.party_size))
}

/// Counts its calls.
#[tool(read_only, destructive, name = "count_calls")]
fn count() -> Result<i64, kv::Error> {
    kv::session().increment("calls", 1)
}

/// Tells which attempt this is.
#[tool]
fn attempt(ctx: &Context) -> Result<u32, Error> {
    Ok(ctx.attempt)
}

cicerone_sdk::plugin!(name = "orders", tools = [take_order, count, attempt]);

fn run(tool: &str, args: Value) -> Result<Value, Error> {
    call(&PLUGIN, tool, &Context::new("call-7"), &args)
}

#[test]
fn a_function_becomes_a_tool_with_its_words_and_effects() {
    let Plugin { name, version, description, tools } = PLUGIN;
    assert_eq!((name, version), ("orders", env!("CARGO_PKG_VERSION")));
    assert_eq!(description, env!("CARGO_PKG_DESCRIPTION"));
    let names: Vec<_> = tools.iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["take-order", "count_calls", "attempt"]);
    let order = &tools[0];
    assert_eq!(order.description, "Takes an order.\n\nA second paragraph.");
    assert_eq!((order.title, order.timeout_ms), (Some("Take an order"), Some(1500)));
    assert!(order.effects.idempotent && order.effects.open_world && !order.effects.read_only);
    assert!(tools[1].effects.read_only && tools[1].effects.destructive);
}

#[test]
fn schemas_are_of_the_json_that_travels() {
    let schema = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let input = schema((PLUGIN.tools[0].input_schema)());
    assert_eq!(input["required"], json!(["partySize"]));
    assert_eq!(input["properties"]["partySize"]["minimum"], 1);
    assert_eq!(input["properties"]["partySize"]["description"], "How many guests.");
    let output = schema((PLUGIN.tools[0].output_schema)());
    assert_eq!(output["required"], json!(["partySize", "by"]), "a reply's schema is its value's");
    assert_eq!(schema((PLUGIN.tools[1].input_schema)())["type"], "object");
}

#[test]
fn a_call_finds_its_function_with_context_and_arguments() {
    let _host = Host::new();
    let receipt = run("take-order", json!({ "partySize": 4, "note": "window" })).unwrap();
    assert_eq!(receipt, json!({ "partySize": 4, "by": "call-7/window" }));
    assert_eq!(run("attempt", json!({})).unwrap(), 1);
    assert_eq!(run("count_calls", json!({})).unwrap(), 1);
    assert_eq!(run("count_calls", json!({})).unwrap(), 2);
}

#[test]
fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
    let _host = Host::new();
    let receipt = run("take-order", json!({ "partySize": 4.0 })).unwrap();
    assert_eq!(receipt["partySize"], 4);
    for wrong in [json!({ "partySize": 4.5 }), json!({ "partySize": -1.0 }), json!({}), json!([])] {
        let error = run("take-order", wrong).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn a_tool_that_is_not_there_is_not_found() {
    let error = run("take", json!({})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("`take`") && error.message.contains("`orders`"), "{error}");
}

#[test]
fn passing_failures_are_worth_another_attempt_and_lasting_ones_are_not() {
    let retryable = |kind| Error::new(kind, "no").retryable;
    assert!(retryable(ErrorKind::Unavailable) && retryable(ErrorKind::RateLimited));
    assert!(!retryable(ErrorKind::Unauthenticated) && !Error::forbidden("no").retryable);
    let later = Error::conflict("no").retry_after(Duration::from_secs(2));
    assert_eq!((later.retryable, later.retry_after), (true, Some(Duration::from_secs(2))));
    assert!(!Error::unavailable("no").with_retryable(false).retryable);
}

#[test]
fn an_update_starts_again_when_somebody_was_faster() {
    let _host = Host::new();
    let book = kv::plugin();
    let mut runs = 0;
    let written = book.update("n", |n: Option<u32>| {
        runs += 1;
        if runs == 1 {
            book.set("n", &10)?;
        }
        Ok::<_, kv::Error>(n.unwrap_or(0) + 1)
    });
    assert_eq!((written, runs), (Ok(11), 2));
}

#[test]
fn an_update_gives_up_when_somebody_is_always_faster() {
    let _host = Host::new();
    let book = kv::plugin();
    let mut other = 0;
    let written = book.update("n", |_: Option<u32>| {
        other += 1;
        book.set("n", &other)?;
        Ok::<_, kv::Error>(0)
    });
    assert!(matches!(written, Err(kv::Error::Unavailable(_))), "{written:?}");
    assert_eq!(other, kv::UPDATES_MAX);
    assert_eq!(Error::from(written.unwrap_err()).kind, ErrorKind::Unavailable);
}

#[test]
fn an_update_that_refuses_writes_nothing() {
    let _host = Host::new();
    let refused = kv::plugin().update("n", |_: Option<u32>| Err::<u32, _>(Error::conflict("full")));
    assert_eq!(refused.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(kv::plugin().get::<u32>("n"), Ok(None));
}

#[test]
fn scopes_are_apart_and_what_is_old_is_gone() {
    let host = Host::new();
    kv::session().set("k", "mine").unwrap();
    kv::plugin().for_at_most(Duration::from_secs(1)).set("k", "ours").unwrap();
    assert_eq!(kv::plugin().get("k"), Ok(Some("ours".to_owned())));
    host.pass(Duration::from_secs(1));
    assert_eq!(kv::plugin().get::<String>("k"), Ok(None));
    assert_eq!(kv::session().get("k"), Ok(Some("mine".to_owned())));
    assert_eq!((kv::session().delete("k"), kv::session().delete("k")), (Ok(true), Ok(false)));
}

#[test]
fn state_of_another_type_is_told_as_such() {
    let _host = Host::new();
    kv::plugin().set_bytes("k", b"\xff").unwrap();
    assert!(matches!(kv::plugin().get::<u32>("k"), Err(kv::Error::WrongType(_))));
    assert!(matches!(kv::plugin().increment("k", 1), Err(kv::Error::Unavailable(_))));
}

#[test]
fn a_failure_of_the_hosts_state_keeps_its_meaning() {
    let host = Host::new();
    let cases = [
        (kv::Error::NotGranted, ErrorKind::Forbidden),
        (kv::Error::TooLarge(4), ErrorKind::Internal),
        (kv::Error::Quota(4), ErrorKind::Internal),
        (kv::Error::Unavailable("away".to_owned()), ErrorKind::Unavailable),
    ];
    for (failure, kind) in cases {
        host.fail_kv(Some(failure.clone()));
        assert_eq!(run("count_calls", json!({})).unwrap_err().kind, kind, "{failure}");
    }
    host.fail_kv(None);
    assert_eq!(run("count_calls", json!({})).unwrap(), 1);
}

#[test]
fn settings_are_read_as_what_they_should_be() {
    let _host = Host::new().with_config("seats", "40").with_config("open", "late");
    assert_eq!(config::get_or("seats", 1), Ok(40));
    assert_eq!(config::get_or("tables", 7), Ok(7));
    let error = config::get_or("open", 7).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("config.invalid"));
    assert!(error.message.contains("`open`") && error.message.contains("`late`"), "{error}");
}

#[test]
fn the_context_is_read_by_pointer() {
    let _host = Host::new().with_session(json!({ "cart": { "items": [1, 2] } }));
    assert_eq!(session::get("/cart/items"), Ok(Some(vec![1, 2])));
    assert_eq!(session::get::<u32>("/cart/none"), Ok(None));
    assert!(matches!(session::get::<u32>("/cart"), Err(session::Error::WrongType(_))));
    let error = session::get::<u32>("cart").unwrap_err();
    assert!(matches!(error, session::Error::BadPointer(_)));
    assert_eq!(Error::from(error).kind, ErrorKind::Internal);
    assert_eq!(Error::from(session::Error::NotGranted).kind, ErrorKind::Forbidden);
}

#[test]
fn chance_differs_within_a_run_and_repeats_between_runs() {
    let _first = Host::new();
    let one = (runtime::random::<8>(), runtime::random::<8>());
    let _second = Host::new();
    let two = (runtime::random::<8>(), runtime::random::<8>());
    assert_eq!(one, two);
    assert_ne!(one.0, one.1);
}

#[test]
fn lines_and_cancellation_reach_the_test() {
    let host = Host::new().with_now_ms(5);
    log::warn("Odd.", &[("seats", &4)]);
    host.cancel();
    assert!(runtime::is_cancelled());
    assert_eq!(Context::new("c").remaining(), runtime::remaining());
    let lines = host.lines();
    assert_eq!((lines[0].level, lines[0].message.as_str()), (log::Level::Warn, "Odd."));
    assert_eq!(lines[0].fields, [("seats".to_owned(), "4".to_owned())]);
}

#[test]
fn a_test_plays_servers_which_get_the_values_of_secrets() {
    let host =
        Host::new().with_secret("key", "s3").with_exposed_secret("id", "me").with_http(|request| {
            match request.url.as_str() {
                "https://shop.example/tea" => Ok(http::Response::new(201).with_json(&json!([1]))),
                "https://shop.example/gone" => Ok(http::Response::new(410)),
                _ => Err(http::Error::new(http::Failure::Timeout, "asleep")),
            }
        });
    let key = secrets::placeholder("key").unwrap();
    assert!(!key.contains("s3"));
    let tea =
        http::post("https://shop.example/tea").bearer(&key).json(&json!({ "k": key })).unwrap();
    let answer = tea.send().unwrap();
    assert!(answer.is_success() && answer.header("content-type") == Some("application/json"));
    assert_eq!(answer.json::<Vec<u32>>().unwrap(), [1]);
    assert_eq!(answer.json::<u32>().unwrap_err().code.as_deref(), Some("http.body"));
    let gone = http::get("https://shop.example/gone").send().unwrap().checked().unwrap_err();
    assert_eq!((gone.kind, gone.code.as_deref()), (ErrorKind::NotFound, Some("http.410")));
    let asleep = Error::from(http::get("https://other.example").send().unwrap_err());
    assert_eq!((asleep.kind, asleep.retryable), (ErrorKind::Unavailable, true));
    assert_eq!(asleep.code.as_deref(), Some("http.timeout"));
    let first = &host.requests()[0];
    assert_eq!(first.headers[0], ("authorization".to_owned(), "Bearer s3".to_owned()));
    assert_eq!(first.body.as_deref(), Some(&br#"{"k":"s3"}"#[..]));
    assert_eq!(host.requests().len(), 3);
    assert_eq!(secrets::reveal("id"), Ok("me".to_owned()));
    assert_eq!(secrets::reveal("key"), Err(secrets::Error::NotGranted));
    let error = Error::from(secrets::placeholder("none").unwrap_err());
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::Forbidden, Some("secret.not-granted"))
    );
}

#[test]
fn a_test_without_servers_denies_and_hears_what_a_tool_tells() {
    let host = Host::new();
    let denied = http::get("https://shop.example").send().unwrap_err();
    assert_eq!((denied.kind, denied.sent), (http::Failure::Denied, false));
    progress::update(40, "Half way.");
    progress::update(None, "On.");
    assert_eq!(host.progress(), [(Some(40), "Half way.".to_owned()), (None, "On.".to_owned())]);
    events::publish("booked", &json!({ "id": 7 })).unwrap();
    assert_eq!(host.events(), [("booked".to_owned(), json!({ "id": 7 }))]);
}
