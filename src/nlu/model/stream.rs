//! An answer that comes piece by piece: lines of server-sent events, chunks of a completion, and what they add up to.
//! Pure; it never waits.

use serde::Deserialize;
use serde_json::Value;

use super::Trouble;

/// Bytes of one event.
const LINE_BYTES_MAX: usize = 256 << 10;

/// Bytes of a whole stream.
const STREAM_BYTES_MAX: usize = 4 << 20;

/// Characters of a reply.
const TEXT_CHARS_MAX: usize = 8_000;

/// Bytes of what a model thinks aloud before it.
const THOUGHT_BYTES_MAX: usize = 256 << 10;

/// Calls in one answer.
const CALLS_MAX: usize = 8;

/// Bytes of the arguments of one call.
const ARGS_BYTES_MAX: usize = 64 << 10;

/// Where a thought begins and ends.
const THOUGHT: (&str, &str) = ("<think>", "</think>");

/// The lines of a stream, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct Lines {
    open: Vec<u8>,
    total: usize,
}

impl Lines {
    /// The data of the events that these bytes bring to their end.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, Trouble> {
        self.total += bytes.len();
        if self.total > STREAM_BYTES_MAX {
            return Err(Trouble::TooLarge("the answer"));
        }
        let mut events = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.open.extend_from_slice(piece);
            if self.open.len() > LINE_BYTES_MAX {
                return Err(Trouble::TooLarge("an event of the answer"));
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.open);
                if let Some(data) = line.strip_prefix(b"data:") {
                    events.push(data.trim_ascii().to_vec());
                }
            }
        }
        Ok(events)
    }
}

/// One event of a stream, or a whole completion, as far as it is looked at.
#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default, alias = "message")]
    delta: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<Piece>>,
}

/// A part of a call.
#[derive(Debug, Deserialize)]
struct Piece {
    #[serde(default)]
    index: Option<usize>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<Function>,
}

#[derive(Debug, Deserialize)]
struct Function {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<Value>,
}

/// A call of a tool that the model wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// The model's name for the call; the host's where it gives none.
    pub(super) id: String,
    /// The tool, as it was offered.
    pub(super) name: String,
    /// JSON text.
    pub(super) args: String,
}

/// What the chunks add up to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) text: String,
    pub(super) wishes: Vec<Wish>,
    /// By which index the server knows each of them.
    indices: Vec<Option<usize>>,
    /// Whether it was said that there is nothing more.
    pub(super) is_whole: bool,
    /// Whether it ended because it was long enough for the server.
    pub(super) is_cut: bool,
    /// What came before the first word of the text.
    thought: String,
}

impl Sum {
    /// Adds an event; the text that it brings.
    pub(super) fn add(&mut self, data: &[u8]) -> Result<String, Trouble> {
        if data == b"[DONE]" {
            self.is_whole = true;
            return Ok(String::new());
        }
        let chunk: Chunk = serde_json::from_slice(data)
            .map_err(|_error| Trouble::BadAnswer("it is no completion"))?;
        if chunk.error.is_some_and(|error| !error.is_null()) {
            return Err(Trouble::BadAnswer("it is an error"));
        }
        let mut brought = String::new();
        // Only the first answer was asked for.
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(brought) };
        if let Some(delta) = choice.delta {
            brought = self.hear(plain(&delta.content.unwrap_or_default()));
            self.text.push_str(&brought);
            if self.thought.len() > THOUGHT_BYTES_MAX || self.text.chars().count() > TEXT_CHARS_MAX
            {
                return Err(Trouble::TooLarge("the reply"));
            }
            for piece in delta.tool_calls.unwrap_or_default() {
                self.wish(piece)?;
            }
        }
        let reason = choice.finish_reason.unwrap_or_default();
        self.is_whole |= !reason.is_empty();
        self.is_cut |= reason == "length";
        Ok(brought)
    }

    /// What of a piece is to be said.
    fn hear(&mut self, piece: String) -> String {
        if !self.text.is_empty() {
            return piece;
        }
        let may_end = piece.contains('>') || !self.thought.trim_start().starts_with(THOUGHT.0);
        self.thought.push_str(&piece);
        if may_end { spoken(&self.thought).to_owned() } else { String::new() }
    }

    /// Adds a part of a call to the call that it is of; some servers number them, some name them, some do neither.
    fn wish(&mut self, piece: Piece) -> Result<(), Trouble> {
        let id = piece.id.filter(|id| !id.is_empty());
        let of_index = |n: usize| self.indices.iter().position(|known| *known == Some(n));
        let of_id = |id: &String| self.wishes.iter().position(|wish| wish.id == *id);
        let known =
            match (piece.index, &id) {
                (Some(index), _) => of_index(index),
                (None, Some(id)) => of_id(id),
                (None, None) => self.wishes.len().checked_sub(1).filter(|_| {
                    piece.function.as_ref().is_none_or(|function| function.name.is_none())
                }),
            };
        let place = known.unwrap_or(self.wishes.len());
        if known.is_none() {
            if place >= CALLS_MAX {
                return Err(Trouble::TooLarge("the number of calls"));
            }
            let id = id.unwrap_or_else(|| format!("call_{place}"));
            self.wishes.push(Wish { id, ..Wish::default() });
            self.indices.push(piece.index);
        }
        let Some(wish) = self.wishes.get_mut(place) else { return Ok(()) };
        let Some(function) = piece.function else { return Ok(()) };
        wish.name.push_str(&function.name.unwrap_or_default());
        match function.arguments {
            Some(Value::String(text)) => wish.args.push_str(&text),
            Some(Value::Null) | None => {}
            Some(whole) => wish.args = whole.to_string(),
        }
        if wish.args.len() > ARGS_BYTES_MAX {
            return Err(Trouble::TooLarge("the arguments of a call"));
        }
        Ok(())
    }
}

/// What a text says as far as it has come, without what some models think aloud before it.
pub(super) fn spoken(text: &str) -> &str {
    let begun = text.trim_start();
    match begun.strip_prefix(THOUGHT.0) {
        Some(thought) => thought.split_once(THOUGHT.1).map_or("", |(_, said)| said.trim_start()),
        // It may become one.
        None if THOUGHT.0.starts_with(begun) => "",
        None => text,
    }
}

/// Without what is no writing.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sum(chunks: &[Value]) -> Result<Sum, Trouble> {
        let text: String = chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect();
        let (mut lines, mut sum) = (Lines::default(), Sum::default());
        // However the network cuts it.
        for piece in text.as_bytes().chunks(7) {
            for data in lines.feed(piece)? {
                sum.add(&data)?;
            }
        }
        Ok(sum)
    }

    #[test]
    fn what_a_model_thinks_first_is_not_said_and_what_is_cut_is_told() {
        let pieces = ["\n<th", "ink>the guest {is} late</thi", "nk>\n\nSee ", "you <soon>"];
        let mut chunks: Vec<Value> =
            pieces.iter().map(|text| delta(json!({ "content": text }))).collect();
        chunks.push(json!({ "choices": [{ "delta": {}, "finish_reason": "length" }] }));
        let sum = sum(&chunks).unwrap();
        assert_eq!((sum.text.as_str(), sum.is_whole, sum.is_cut), ("See you <soon>", true, true));
        let open = [delta(json!({ "content": "<think>on and on" }))];
        assert_eq!(self::sum(&open).unwrap().text, "");
    }

    fn delta(delta: Value) -> Value {
        json!({ "choices": [{ "delta": delta }] })
    }

    #[test]
    fn pieces_add_up_to_a_text_however_they_are_cut() {
        let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
        let whole = [
            delta(json!({ "content": "Olá, às " })),
            delta(json!({ "content": "sete\u{7}." })),
            end,
        ];
        let sum = sum(&whole).unwrap();
        assert_eq!((sum.text.as_str(), sum.is_whole), ("Olá, às sete.", true));
    }

    #[test]
    fn calls_that_come_in_parts_are_put_together_by_index_by_id_or_by_their_order() {
        let part = |piece: Value| delta(json!({ "tool_calls": [piece] }));
        let by_index = [
            part(json!({ "index": 0, "id": "a", "function": { "name": "look", "arguments": "" } })),
            part(
                json!({ "index": 1, "id": "b", "function": { "name": "find", "arguments": "{}" } }),
            ),
            part(json!({ "index": 0, "function": { "arguments": "{\"x\":" } })),
            part(json!({ "index": 0, "function": { "arguments": "1}" } })),
        ];
        let wish = |id: &str, name: &str, args: &str| Wish {
            id: id.into(),
            name: name.into(),
            args: args.into(),
        };
        let wishes = sum(&by_index).unwrap().wishes;
        assert_eq!(wishes, [wish("a", "look", "{\"x\":1}"), wish("b", "find", "{}")]);
        let nameless = [
            part(json!({ "function": { "name": "look", "arguments": "{\"x\":" } })),
            part(json!({ "function": { "arguments": "1}" } })),
            part(json!({ "function": { "name": "look", "arguments": { "x": 2 } } })),
        ];
        let wishes = sum(&nameless).unwrap().wishes;
        assert_eq!(
            wishes,
            [wish("call_0", "look", "{\"x\":1}"), wish("call_1", "look", "{\"x\":2}")]
        );
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let text = "x".repeat(TEXT_CHARS_MAX + 1);
        assert_eq!(
            sum(&[delta(json!({ "content": text }))]).unwrap_err(),
            Trouble::TooLarge("the reply")
        );
        let calls: Vec<Value> = (0..=CALLS_MAX).map(|n| json!({ "index": n })).collect();
        assert!(sum(&[delta(json!({ "tool_calls": calls }))]).is_err());
        assert!(Lines::default().feed(&vec![b'x'; LINE_BYTES_MAX + 1]).is_err());
        assert!(sum(&[json!({ "error": { "message": "no" } })]).is_err());
    }
}
