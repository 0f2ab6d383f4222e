//! What a conversation looks like in a terminal: what is said, beside it what is done, and a reply of a language model as it is
//! written.

use std::io::{IsTerminal, Write};

use owo_colors::OwoColorize;
use serde_json::Value;

use super::super::paint;

/// What has been shown.
#[derive(Default)]
pub(super) struct Screen {
    /// `seq` of the last event.
    pub(super) seen: u64,
    /// Whether the session has ended.
    pub(super) over: bool,
    /// What a language model has written on a line that is still open.
    written: String,
}

impl Screen {
    pub(super) fn show(&mut self, events: &[Value]) {
        for event in events {
            self.show_one(event);
            let seq = event.get("seq").and_then(Value::as_u64).unwrap_or(0);
            self.seen = self.seen.max(seq);
        }
    }

    fn show_one(&mut self, event: &Value) {
        let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "model.chunk" => self.write(text("delta")),
            "session.ended" => self.over = true,
            _ => {}
        }
        if let Some(line) = line(event) {
            // A reply is said once it is whole; then it stands there already.
            let is_there = self.end_line() == text("text") && text("type") == "say";
            if !is_there {
                paint::line(line);
            }
        }
        show_suggestions(event);
    }

    /// More of a reply.
    fn write(&mut self, delta: &str) {
        anstream::print!("{delta}");
        if let Err(error) = anstream::stdout().flush() {
            tracing::debug!(%error, "A part of a reply is not shown yet.");
        }
        self.written.push_str(delta);
    }

    /// Ends an open line; what stands on it.
    fn end_line(&mut self) -> String {
        if !self.written.is_empty() {
            paint::line("");
        }
        std::mem::take(&mut self.written)
    }

    /// What was said, where it does not stand on the screen already.
    #[expect(clippy::unused_self, reason = "reads as what the screen does")]
    pub(super) fn echo(&self, text: &str) {
        if !std::io::stdin().is_terminal() {
            paint::line(format_args!("{} {text}", "›".cyan().bold()));
        }
    }

    /// A sign that it is the person's turn, where a person sits.
    #[expect(clippy::unused_self, reason = "reads as what the screen does")]
    pub(super) fn prompt(&self) -> anyhow::Result<()> {
        if std::io::stdin().is_terminal() {
            anstream::print!("{} ", "›".cyan().bold());
            anstream::stdout().flush()?;
        }
        Ok(())
    }
}

/// An event as a line, if it is one that people see.
fn line(event: &Value) -> Option<String> {
    let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or_default();
    let data = |field: &str| event.get(field).map(Value::to_string).unwrap_or_default();
    let aside = match text("type") {
        "say" => return Some(text("text").to_owned()),
        "ask" => return Some(text("text").bold().to_string()),
        "transfer" => return Some(format!("(you are put through to {})", text("to"))),
        "tool.call" => format!("  → {} {}", text("name"), data("args")),
        "tool.result" => format!("  ← {} {}", text("name"), data("result")),
        "tool.error" => format!("  ← {} failed: {}", text("name"), data("error")),
        "model.done" => format!("  ← no reply: {}", event.get("error")?),
        "fsm.transition" => format!("  [{} → {}]", text("from"), text("to")),
        "intent.unhandled" => "  (not understood)".to_owned(),
        "error" => format!("  error {}: {}", text("code"), text("message")),
        "session.ended" => format!("  [ended: {}]", text("reason")),
        _ => return None,
    };
    Some(aside.dimmed().to_string())
}

fn show_suggestions(event: &Value) {
    let Some(Value::Array(suggestions)) = event.get("suggestions") else { return };
    let texts: Vec<&str> = suggestions.iter().filter_map(Value::as_str).collect();
    if !texts.is_empty() {
        note(format_args!("  [{}]", texts.join("] [")));
    }
}

pub(super) fn note(text: std::fmt::Arguments<'_>) {
    paint::line(text.to_string().dimmed());
}
