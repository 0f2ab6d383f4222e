//! The two conversations: the cheapest turn there is, and one with an intent, a slot, a guard and two messages. Neither
//! calls a tool.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use crate::client::Script;

/// The flow of [`SCRIPTS`] that is used where no turn is made.
pub(crate) const PING: &str = "ping";

const LAST_IS_ASK: &str = r#""type":"ask""#;

/// What is said to which flow.
pub(crate) const SCRIPTS: [Script; 2] = [
    Script { flow: PING, texts: ["go on", "go on"], last: LAST_IS_ASK },
    Script { flow: "branch", texts: ["the number is 700", "the number is 20"], last: LAST_IS_ASK },
];

/// What is said to the echo, whose answer is the message itself.
pub(crate) const ECHO: Script = Script { flow: "echo", texts: ["go on", "go on"], last: "" };

/// Writes the flows into `home/flows`.
pub(crate) fn write(home: &Path) -> Result<()> {
    let folder = home.join("flows");
    fs::create_dir(&folder)?;
    fs::write(folder.join("ping.json"), ping().to_string())?;
    fs::write(folder.join("branch.json"), branch().to_string())?;
    Ok(())
}

fn ping() -> Value {
    let state = |name: &str, other: &str| {
        json!({
            "onEnter": [{ "ask": format!("You are at {name}.") }],
            "transitions": [{ "pattern": "go on", "to": other }]
        })
    };
    json!({
        "meta": { "name": "Ping" },
        "start": "Left",
        "states": { "Left": state("the left", "Right"), "Right": state("the right", "Left") }
    })
}

fn branch() -> Value {
    let transitions = json!([{
        "onIntent": "NUMBER",
        "assign": { "n": "{{slot.n}}" },
        "branch": [{ "when": "ctx.n > 500", "to": "High" }, { "when": "else", "to": "Low" }]
    }]);
    let state = |say: &str| {
        json!({
            "onEnter": [{ "say": say }, { "ask": "Which number is next?" }],
            "transitions": transitions
        })
    };
    json!({
        "meta": { "name": "Branch" },
        "start": "Begin",
        "context": { "n": 0 },
        "intents": {
            "NUMBER": {
                "examples": ["the number is 5", "my number is 12", "take 700", "it is 41"],
                "slots": { "n": "number" }
            }
        },
        "states": {
            "Begin": state("Let us sort numbers."),
            "High": state("{{ctx.n}} is high."),
            "Low": state("{{ctx.n}} is low.")
        }
    })
}
