//! A guest that understands a text as its last word tells it to, well-behaved or not. It exists for the host's tests of
//! what becomes of such answers.

use cicerone_sdk::classify::{Command, Filled, Request};
use cicerone_sdk::serde_json::{Value, json};
use cicerone_sdk::{Error, config, log, runtime};

/// What a text means.
fn understand(request: &Request) -> Result<Vec<Command>, Error> {
    // What tests look for in the host's log to see what reached the guest.
    log::info("A text was heard.", &[("request", &format!("{request:?}"))]);
    let word = request.text.split_whitespace().next_back().unwrap_or_default();
    let book = Command::intent("BOOK", 0.7);
    let nearly_over = runtime::now_ms() >= request.deadline_ms;
    Ok(match word {
        "book" => vec![book],
        "full" => vec![
            book,
            Command::set("size", 4),
            Command::set("day", "next Friday"),
            Command::set("phone", "111 111 111"),
            Command::set("nonsense", json!({ "$gt": 0 })),
        ],
        "correct" => vec![book, corrected("size", json!("four"))],
        "wrongly" => vec![book, Command::set("size", "a lot"), Command::set("area", "roof")],
        "phone" => vec![Command::intent("LEAVE_PHONE", 0.9)],
        "cancel" => vec![Command::Cancel],
        "admin" => vec![Command::intent("ADMIN", 1.0), Command::set("order", "everything")],
        "nothing" => Vec::new(),
        "noise" => vec![Command::None { confidence: 0.4 }],
        "version" => vec![Command::intent(&config::get("meant").unwrap_or_default(), 0.9)],
        "twice" => vec![book.clone(), book],
        "homeless" => vec![Command::set("size", 4)],
        "nan" => vec![Command::intent("BOOK", f64::NAN)],
        "many" => vec![book; 1_000],
        "huge" => vec![Command::intent(&"x".repeat(1 << 20), 0.9)],
        "refuse" => return Err(Error::unavailable(format_args!("no idea about {}", request.text))),
        "late" => return Err(Error::internal(format_args!("{nearly_over}"))),
        "loop" => loop {
            std::hint::black_box(word);
        },
        #[expect(clippy::panic, reason = "to see what becomes of it")]
        "trap" => panic!("told to"),
        _ => vec![Command::None { confidence: 0.1 }],
    })
}

fn corrected(name: &str, value: Value) -> Command {
    let name = name.to_owned();
    Command::CorrectSlot(Filled { name, value, span: Some(0..1_000), confidence: Some(7.0) })
}

cicerone_sdk::plugin!(name = "listener", tools = [], classify = understand);
