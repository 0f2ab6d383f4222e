//! JSON in few bytes: a byte that says what comes, lengths and whole numbers in groups of seven bits, texts that the flow
//! has as their number.

use serde_json::{Map, Number, Value};

use super::Words;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NATURAL: u8 = 3;
const NEGATIVE: u8 = 4;
const FLOAT: u8 = 5;
const TEXT: u8 = 6;
const WORD: u8 = 7;
const LIST: u8 = 8;
const OBJECT: u8 = 9;
/// Natural numbers from here on need no further byte.
const SMALL: u8 = 16;

/// Deeper than a session can be.
const DEPTH_MAX: usize = 128;

pub(super) fn write(value: &Value, words: &Words, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_text(text, words, out),
        Value::Array(items) => {
            out.push(LIST);
            write_natural(items.len() as u64, out);
            items.iter().for_each(|item| write(item, words, out));
        }
        Value::Object(fields) => {
            out.push(OBJECT);
            write_natural(fields.len() as u64, out);
            for (name, field) in fields {
                write_text(name, words, out);
                write(field, words, out);
            }
        }
    }
}

fn write_number(number: &Number, out: &mut Vec<u8>) {
    match (number.as_u64(), number.as_i64()) {
        (Some(small), _) if small < u64::from(u8::MAX - SMALL) => {
            out.push(SMALL.saturating_add(u8::try_from(small).unwrap_or_default()));
        }
        (Some(natural), _) => {
            out.push(NATURAL);
            write_natural(natural, out);
        }
        (None, Some(negative)) => {
            out.push(NEGATIVE);
            write_natural(negative.unsigned_abs(), out);
        }
        (None, None) => {
            out.push(FLOAT);
            out.extend(number.as_f64().unwrap_or_default().to_be_bytes());
        }
    }
}

fn write_text(text: &str, words: &Words, out: &mut Vec<u8>) {
    if let Some(number) = words.number(text) {
        out.push(WORD);
        write_natural(u64::from(number), out);
    } else {
        out.push(TEXT);
        write_natural(text.len() as u64, out);
        out.extend(text.as_bytes());
    }
}

pub(super) fn write_natural(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let group = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            return out.push(group);
        }
        out.push(group | 0x80);
    }
}

/// Reads what was written; `None` where it cannot have been.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    words: &'a Words,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8], words: &'a Words) -> Self {
        Self { rest, words }
    }

    pub(super) const fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn value(&mut self) -> Option<Value> {
        self.value_at(0)
    }

    fn value_at(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        Some(match self.byte()? {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            NATURAL => self.natural()?.into(),
            NEGATIVE => 0_i64.checked_sub_unsigned(self.natural()?)?.into(),
            FLOAT => Number::from_f64(f64::from_be_bytes(self.bytes(8)?.try_into().ok()?))?.into(),
            kind @ (TEXT | WORD) => Value::String(self.text_of(kind)?),
            LIST => {
                let length = self.length()?;
                (0..length).map(|_| self.value_at(depth + 1)).collect::<Option<Vec<_>>>()?.into()
            }
            OBJECT => {
                let length = self.length()?;
                let field = |_| Some((self.text()?, self.value_at(depth + 1)?));
                Value::Object((0..length).map(field).collect::<Option<Map<_, _>>>()?)
            }
            small => u64::from(small.checked_sub(SMALL)?).into(),
        })
    }

    fn text(&mut self) -> Option<String> {
        let kind = self.byte()?;
        self.text_of(kind)
    }

    fn text_of(&mut self, kind: u8) -> Option<String> {
        match kind {
            WORD => {
                let number = self.natural()?;
                self.words.text(number).map(str::to_owned)
            }
            TEXT => {
                let length = self.length()?;
                String::from_utf8(self.bytes(length)?.to_vec()).ok()
            }
            _ => None,
        }
    }

    /// No more than there are bytes left, so that nothing is set aside for what will not come.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.natural()?).ok().filter(|length| *length <= self.rest.len())
    }

    pub(super) fn natural(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }
}
