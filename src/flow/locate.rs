//! Where things are in a JSON text: line, column and length of what a JSON pointer names. It reads texts that
//! are known to be valid JSON and builds no tree: each question is one pass over the text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What a pass over the text meets: a value, with its key when it is a member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Bytes of the key, quotes included.
    pub(super) key: Option<Range<usize>>,
    /// Bytes of the value.
    pub(super) value: Range<usize>,
}

/// A place in a text as people count: from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A key that an object has twice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Duplicate {
    /// JSON pointer of the member.
    pub(super) pointer: String,
    /// Bytes of the second key.
    pub(super) key: Range<usize>,
}

/// What one pass over a text finds that `serde_json` keeps quiet about.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Keys that an object has twice.
    pub(super) duplicates: Vec<Duplicate>,
    /// How deep the text is nested.
    pub(super) depth: usize,
    /// A key that the JSON reader takes for its own, if there is one.
    pub(super) reserved: Option<Range<usize>>,
}

/// Keys that begin so are instructions to `serde_json`, not data.
const RESERVED: &str = "$serde_json::private::";

/// Nesting beyond which nothing is looked at; more than `serde_json` accepts.
const SCAN_DEPTH_MAX: usize = 200;

/// Looks a text over. `text` is valid JSON without a byte order mark.
pub(super) fn survey(text: &str) -> Survey {
    let mut survey = Survey::default();
    let mut scanner = Scanner::new(text, |_, _| {});
    scanner.survey = Some(&mut survey);
    scanner.value(None, 1);
    survey
}

/// The nodes of `wanted` pointers; of a key that is there twice the last, as the JSON reader takes it.
pub(super) fn find(text: &str, wanted: &BTreeSet<&str>) -> BTreeMap<String, Node> {
    let mut found = BTreeMap::new();
    let note = |pointer: &str, node: Node| {
        if wanted.contains(pointer) {
            found.insert(pointer.to_owned(), node);
        }
    };
    Scanner::new(text, note).value(None, 1);
    found
}

/// The position of a byte offset; one past the end at most.
pub(super) fn position(text: &str, offset: usize) -> Position {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).map_or(0, |line| line.chars().count()) + 1;
    Position { line, column }
}

/// How many characters of a range stand on its first line; at least 1.
pub(super) fn length(text: &str, range: &Range<usize>) -> usize {
    let part = text.get(range.clone()).unwrap_or_default();
    let line = part.lines().next().unwrap_or_default();
    line.chars().count().max(1)
}

/// The byte offset in the text of byte `offset` of the decoded string literal at `literal`.
pub(super) fn inside_string(text: &str, literal: &Range<usize>, offset: usize) -> usize {
    let start = literal.start + 1;
    let raw = text.get(start..literal.end.saturating_sub(1)).unwrap_or_default();
    let mut decoded = 0;
    let mut rest = raw;
    while decoded < offset && !rest.is_empty() {
        let (taken, gives) = character(rest);
        decoded += gives;
        rest = rest.get(taken..).unwrap_or_default();
    }
    start + (raw.len() - rest.len())
}

/// How many bytes the first character of a raw string takes, and how many it stands for.
fn character(raw: &str) -> (usize, usize) {
    let Some(escape) = raw.strip_prefix('\\') else {
        let width = raw.chars().next().map_or(1, char::len_utf8);
        return (width, width);
    };
    let Some(hex) = escape.strip_prefix('u') else { return (2, 1) };
    let unit = |hex: &str| hex.get(..4).and_then(|four| u32::from_str_radix(four, 16).ok());
    match unit(hex) {
        Some(0xD800..0xDC00) => (12, 4),
        Some(code) => (6, char::from_u32(code).map_or(3, char::len_utf8)),
        None => (raw.len(), 1),
    }
}

/// `key` as one token of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// One pass. Nothing here can fail: on a text that is no JSON it only finds nothing more.
struct Scanner<'t, F> {
    text: &'t str,
    at: usize,
    pointer: String,
    note: F,
    survey: Option<&'t mut Survey>,
}

impl<'t, F: FnMut(&str, Node)> Scanner<'t, F> {
    fn new(text: &'t str, note: F) -> Self {
        Self { text, at: 0, pointer: String::new(), note, survey: None }
    }

    fn value(&mut self, key: Option<Range<usize>>, depth: usize) {
        if depth > SCAN_DEPTH_MAX {
            self.at = self.text.len();
            return;
        }
        self.skip_space();
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(),
            _ => self.skip_while(|byte| !b",]} \t\r\n".contains(&byte)),
        }
        (self.note)(&self.pointer, Node { key, value: start..self.at });
    }

    fn object(&mut self, depth: usize) {
        self.deepen(depth);
        let mut seen = BTreeSet::new();
        self.at += 1;
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                break;
            }
            let start = self.at;
            self.string();
            let key = start..self.at;
            let name = self.decode(&key);
            let parent = self.pointer.len();
            self.pointer.push('/');
            self.pointer.push_str(&escape(&name));
            self.note_key(&name, &key, !seen.contains(&name));
            seen.insert(name);
            self.skip_space();
            self.at += 1;
            self.value(Some(key), depth + 1);
            self.pointer.truncate(parent);
            if !self.comma() {
                break;
            }
        }
        self.at += 1;
    }

    fn array(&mut self, depth: usize) {
        self.deepen(depth);
        self.at += 1;
        self.skip_space();
        let mut index = 0_usize;
        while self.peek().is_some_and(|byte| byte != b']') {
            let parent = self.pointer.len();
            self.pointer.push('/');
            self.pointer.push_str(&index.to_string());
            self.value(None, depth + 1);
            self.pointer.truncate(parent);
            index += 1;
            if !self.comma() {
                break;
            }
        }
        self.at += 1;
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
    }

    fn deepen(&mut self, depth: usize) {
        if let Some(survey) = &mut self.survey {
            survey.depth = survey.depth.max(depth);
        }
    }

    fn note_key(&mut self, name: &str, key: &Range<usize>, is_new: bool) {
        let Some(survey) = &mut self.survey else { return };
        if name.starts_with(RESERVED) {
            survey.reserved.get_or_insert_with(|| key.clone());
        }
        if !is_new {
            let pointer = self.pointer.clone();
            survey.duplicates.push(Duplicate { pointer, key: key.clone() });
        }
    }

    fn decode(&self, key: &Range<usize>) -> String {
        let raw = self.text.get(key.clone()).unwrap_or_default();
        serde_json::from_str(raw).unwrap_or_default()
    }

    fn comma(&mut self) -> bool {
        self.skip_space();
        let is_there = self.peek() == Some(b',');
        if is_there {
            self.at += 1;
            self.skip_space();
        }
        is_there
    }

    fn skip_space(&mut self) {
        self.skip_while(|byte| b" \t\r\n".contains(&byte));
    }

    fn skip_while(&mut self, goes_on: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&goes_on) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, pointer: &str) -> (Position, usize) {
        let node = find(text, &BTreeSet::from([pointer])).remove(pointer).unwrap();
        (position(text, node.value.start), length(text, &node.value))
    }

    #[test]
    fn a_value_is_found_by_its_pointer_in_lines_and_characters() {
        let text = "{\r\n  \"größe\": [1, \"zwölf\"],\r\n  \"a/b\": {\"~\": true}\r\n}";
        assert_eq!(at(text, "/größe/1"), (Position { line: 2, column: 16 }, 7));
        assert_eq!(at(text, "/a~1b/~0"), (Position { line: 3, column: 16 }, 4));
        assert_eq!(at(text, ""), (Position { line: 1, column: 1 }, 1));
    }

    #[test]
    fn a_key_that_is_there_twice_is_found_with_its_second_place() {
        let text = r#"{"a": {"b": 1, "c": 2, "\u0062": 3}}"#;
        let twice = survey(text).duplicates;
        assert_eq!(twice.len(), 1);
        assert_eq!(twice[0].pointer, "/a/b");
        assert_eq!(text.get(twice[0].key.clone()), Some(r#""\u0062""#));
        assert_eq!(at(text, "/a/b").0.column, 34);
    }

    #[test]
    fn an_offset_in_a_string_is_found_behind_its_escapes() {
        let text = r#"["ab\n\u00e9\ud83d\ude00x"]"#;
        let literal = 1..text.len() - 1;
        let decoded: Vec<String> = serde_json::from_str(text).unwrap();
        let offset = decoded[0].find('x').unwrap();
        assert_eq!(text.get(inside_string(text, &literal, offset)..), Some("x\"]"));
    }

    #[test]
    fn the_depth_of_a_text_is_counted() {
        assert_eq!(survey("1").depth, 0);
        assert_eq!(survey(r#"{"a": [[]], "b": {}}"#).depth, 3);
    }

    #[test]
    fn a_key_that_the_json_reader_takes_for_its_own_is_noticed() {
        assert!(survey(r#"{"a": {"$serde_json::private::RawValue": "1"}}"#).reserved.is_some());
        assert!(survey(r#"{"a": {"$serde": "1"}}"#).reserved.is_none());
    }
}
