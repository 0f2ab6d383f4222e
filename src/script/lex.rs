//! The words and signs of an expression, with their place in the source the author wrote. Statements
//! and anything else that is not part of an expression are refused here, before Rhai sees them. It
//! never gives a word a meaning; that is `rewrite`.

use std::ops::Range;

use super::Error;
use super::limits::{TEMPLATE_DEPTH_MAX, TOKENS_MAX};
use super::token::{Kind, Token};

/// A piece of a template or of a string in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, escapes not yet resolved.
    Text(Range<usize>),
    /// What stands between `{{` and `}}`.
    Placeholder(Range<usize>),
}

/// Which backslashes mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// In a template only `\{{`, which is a literal `{{`.
    Braces,
    /// In quotes every backslash.
    All,
}

const SIGNS: &[&str] = &[
    "..=", "?.", "?[", "??", "&&", "||", "==", "!=", "<=", ">=", "=>", "**", "<<", ">>", "..",
    "#{", "!", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", ".", ",", "(", ")", "[", "]", ":",
];

/// What people write out of habit from other languages, and what to write instead. Longer signs are
/// looked up before [`SIGNS`], so that `===` is not read as `==` and `=`.
const REFUSED: &[(&str, &str)] = &[
    ("===", "`===` is not an operator here; write `==`"),
    ("!==", "`!==` is not an operator here; write `!=`"),
    ("//", "an expression holds no comment"),
    ("/*", "an expression holds no comment"),
    ("::", "an expression uses no modules"),
    ("->", "`->` is not an operator here"),
    ("**=", ASSIGNMENT),
    ("<<=", ASSIGNMENT),
    (">>=", ASSIGNMENT),
    ("??=", ASSIGNMENT),
    ("+=", ASSIGNMENT),
    ("-=", ASSIGNMENT),
    ("*=", ASSIGNMENT),
    ("/=", ASSIGNMENT),
    ("%=", ASSIGNMENT),
    ("&=", ASSIGNMENT),
    ("|=", ASSIGNMENT),
    ("^=", ASSIGNMENT),
];
const REFUSED_ALONE: &[(&str, &str)] = &[
    ("=", "an expression assigns nothing; write `==` to compare"),
    (";", "an expression is one value; `;` ends statements, and there are none"),
    ("`", "text stands in single or double quotes"),
    ("?", "`a ? b : c` is not known here; write `if a { b } else { c }`"),
];
const ASSIGNMENT: &str = "an expression assigns nothing; use `assign` of the flow";

/// The tokens of `source` in `range`.
pub(super) fn tokens(source: &str, range: Range<usize>) -> Result<Vec<Token>, Error> {
    let mut cursor = Cursor { source, at: range.start, end: range.end };
    let mut found = Vec::new();
    let mut opened = Vec::new();
    while let Some(next) = cursor.peek() {
        if next.is_whitespace() {
            cursor.advance(next);
            continue;
        }
        if found.len() == TOKENS_MAX {
            let message = format!("it has more than {TOKENS_MAX} words and signs; split it");
            return Err(Error::at(message, cursor.at));
        }
        let start = cursor.at;
        let kind = cursor.token(next, &mut opened)?;
        found.push(Token { kind, start, end: cursor.at });
    }
    match opened.pop() {
        Some((Brace::Placeholder, start)) => Err(unclosed(start)),
        Some((Brace::Single, start)) => Err(Error::at("`{` without its `}`", start)),
        None => Ok(found),
    }
}

/// The pieces of a template, or of the inside of a string in quotes.
pub(super) fn pieces(
    source: &str,
    range: Range<usize>,
    escapes: Escapes,
) -> Result<Vec<Piece>, Error> {
    let mut cursor = Cursor { source, at: range.start, end: range.end };
    let mut found = Vec::new();
    let mut text = range.start;
    while let Some(next) = cursor.peek() {
        if cursor.starts("\\{{") {
            cursor.at += 3;
        } else if next == '\\' && escapes == Escapes::All {
            cursor.escape();
        } else if cursor.starts("{{") {
            let open = cursor.at;
            cursor.skip_placeholder(0)?;
            if text < open {
                found.push(Piece::Text(text..open));
            }
            found.push(Piece::Placeholder(open + 2..cursor.at - 2));
            text = cursor.at;
        } else {
            cursor.advance(next);
        }
    }
    if text < range.end {
        found.push(Piece::Text(text..range.end));
    }
    Ok(found)
}

/// The text that stands in quotes, escapes resolved. `range` is the inside of the quotes.
pub(super) fn unescape(source: &str, range: Range<usize>) -> Result<String, Error> {
    let mut text = String::with_capacity(range.len());
    let mut cursor = Cursor { source, at: range.start, end: range.end };
    while let Some(next) = cursor.peek() {
        let start = cursor.at;
        cursor.advance(next);
        if next != '\\' {
            text.push(next);
            continue;
        }
        let Some(escaped) = cursor.peek() else { break };
        cursor.advance(escaped);
        text.push(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'u' => cursor.code_point(4).ok_or_else(|| unknown_escape(escaped, start))?,
            '\\' | '"' | '\'' | '{' | '}' | '/' => escaped,
            _ => return Err(unknown_escape(escaped, start)),
        });
    }
    Ok(text)
}

fn unknown_escape(escaped: char, start: usize) -> Error {
    Error::at(format!("no escape `\\{escaped}`; write `\\\\` for a backslash"), start)
}

fn unclosed(start: usize) -> Error {
    Error::at("`{{` without its `}}`; write `\\{{` for two braces as text", start)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brace {
    Placeholder,
    Single,
}

struct Cursor<'s> {
    source: &'s str,
    at: usize,
    end: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..self.end).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn starts(&self, with: &str) -> bool {
        self.rest().starts_with(with)
    }

    fn advance(&mut self, over: char) {
        self.at += over.len_utf8();
    }

    fn advance_while(&mut self, take: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|next| !take(next)).unwrap_or(rest.len());
    }

    /// Over a backslash and what it escapes.
    fn escape(&mut self) {
        self.at += 1;
        if let Some(escaped) = self.peek() {
            self.advance(escaped);
        }
    }

    fn code_point(&mut self, digits: usize) -> Option<char> {
        let found = self.rest().get(..digits)?;
        let point = char::from_u32(u32::from_str_radix(found, 16).ok()?)?;
        self.at += digits;
        Some(point)
    }

    fn token(&mut self, next: char, opened: &mut Vec<(Brace, usize)>) -> Result<Kind, Error> {
        if next.is_ascii_digit() {
            self.number();
            return Ok(Kind::Number);
        }
        if next == '_' || next.is_alphabetic() {
            self.advance_while(|c| c == '_' || c.is_alphanumeric());
            return Ok(Kind::Name);
        }
        match next {
            '"' | '\'' => self.skip_text(next, 0).map(|()| Kind::Text),
            '{' | '}' => self.brace(opened),
            _ => self.sign(next, opened),
        }
    }

    fn number(&mut self) {
        if self.starts("0x") || self.starts("0b") || self.starts("0o") {
            self.advance_while(|c| c.is_ascii_alphanumeric() || c == '_');
            return;
        }
        let digit = |c: char| c.is_ascii_digit() || c == '_';
        self.advance_while(digit);
        let mut after = self.rest().chars();
        if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.advance_while(digit);
        }
        let exponent = self.rest().strip_prefix(['e', 'E']);
        let unsigned = exponent.map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
        if let Some(unsigned) =
            unsigned.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        {
            self.at += self.rest().len() - unsigned.len();
            self.advance_while(digit);
        }
    }

    fn brace(&mut self, opened: &mut Vec<(Brace, usize)>) -> Result<Kind, Error> {
        let start = self.at;
        if self.starts("{{") {
            self.at += 2;
            opened.push((Brace::Placeholder, start));
            return Ok(Kind::Open);
        }
        self.at += 1;
        if self.source.get(start..self.at) == Some("{") {
            opened.push((Brace::Single, start));
            return Ok(Kind::Sign("{"));
        }
        match opened.pop() {
            Some((Brace::Single, _)) => Ok(Kind::Sign("}")),
            Some((Brace::Placeholder, _)) if self.starts("}") => {
                self.at += 1;
                Ok(Kind::Close)
            }
            Some((Brace::Placeholder, _)) => Err(Error::at("`}` where `}}` is due", start)),
            None => Err(Error::at("`}` without its `{`", start)),
        }
    }

    fn sign(&mut self, next: char, opened: &mut Vec<(Brace, usize)>) -> Result<Kind, Error> {
        let refused = |(sign, _): &&(&str, &str)| self.starts(sign);
        if let Some((_, why)) = REFUSED.iter().find(refused) {
            return Err(Error::at(*why, self.at));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| self.starts(sign)) {
            if *sign == "#{" {
                opened.push((Brace::Single, self.at));
            }
            self.at += sign.len();
            return Ok(Kind::Sign(sign));
        }
        let why = REFUSED_ALONE.iter().find(refused).map(|(_, why)| (*why).to_owned());
        let message = why.unwrap_or_else(|| format!("`{next}` does not belong in an expression"));
        Err(Error::at(message, self.at))
    }

    /// From the quote over the closing quote; quotes inside a placeholder do not close it.
    fn skip_text(&mut self, quote: char, depth: usize) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        while let Some(next) = self.peek() {
            if next == '\\' {
                self.escape();
            } else if next == quote {
                self.at += 1;
                return Ok(());
            } else if self.starts("{{") {
                self.skip_placeholder(depth + 1)?;
            } else {
                self.advance(next);
            }
        }
        Err(Error::at(format!("`{quote}` without its closing quote"), start))
    }

    /// From `{{` over its `}}`.
    fn skip_placeholder(&mut self, depth: usize) -> Result<(), Error> {
        let start = self.at;
        if depth > TEMPLATE_DEPTH_MAX {
            let message = format!("placeholders nest deeper than {TEMPLATE_DEPTH_MAX}");
            return Err(Error::at(message, start));
        }
        self.at += 2;
        let mut single = 0_usize;
        while let Some(next) = self.peek() {
            match next {
                '"' | '\'' => self.skip_text(next, depth)?,
                '{' if self.starts("{{") => self.skip_placeholder(depth + 1)?,
                '#' if self.starts("#{") => {
                    single += 1;
                    self.at += 2;
                }
                '{' => {
                    single += 1;
                    self.at += 1;
                }
                '}' if single > 0 => {
                    single -= 1;
                    self.at += 1;
                }
                '}' if self.starts("}}") => {
                    self.at += 2;
                    return Ok(());
                }
                _ => self.advance(next),
            }
        }
        Err(unclosed(start))
    }
}
