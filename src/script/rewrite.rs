//! The tokens of an expression as one line of Rhai. Every name that the author wrote becomes a variable
//! of ours, a function from the list, or text; so Rhai never sees a name of the author's, and a value
//! is only ever bound to a variable. It never evaluates anything.

use std::fmt::Write;

use super::engine::AT;
use super::filters::{OURS, PREFIX, RHAIS};
use super::lex::{self, Escapes, Piece};
use super::scope::{Path, ROOTS, Root, Segment};
use super::template::Template;
use super::token::{Kind, Token, closes_group, ends_operand, is_logical, sign_of, starts_operand};
use super::{Error, Warning};

/// What is bound to a variable before each evaluation. The n-th is called `v<n>`.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    Path {
        path: Path,
        /// It stands alone next to `&&` or `||`, where a missing value counts as false.
        is_truth: bool,
    },
    /// A string in quotes with placeholders.
    Text(Template),
}

/// The Rhai text and the way back from it.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    pub(super) script: String,
    pub(super) slots: Vec<Slot>,
    pub(super) warnings: Vec<Warning>,
    /// The column where each token starts in `script` and its offset in the source.
    columns: Vec<(usize, usize)>,
}

impl Rewritten {
    /// The source offset of a column of `script`.
    pub(super) fn offset(&self, column: usize) -> Option<usize> {
        let after = self.columns.partition_point(|(start, _)| *start <= column);
        self.columns.get(after.checked_sub(1)?).map(|(_, offset)| *offset)
    }
}

/// `depth` counts the placeholders within quotes around this expression.
pub(super) fn rewrite(source: &str, tokens: &[Token], depth: usize) -> Result<Rewritten, Error> {
    let out = Rewritten::default();
    let brackets = Vec::new();
    let mut writer =
        Writer { source, tokens, depth, at: 0, column: 1, brackets, after_operand: false, out };
    while let Some(token) = writer.next() {
        writer.token(token)?;
    }
    let end = tokens.last().map_or(0, |last| last.end);
    writer.out.columns.push((writer.column - 1, end));
    Ok(writer.out)
}

struct Writer<'s> {
    source: &'s str,
    tokens: &'s [Token],
    depth: usize,
    /// The token after the one in hand.
    at: usize,
    column: usize,
    /// For each open `[`, whether it indexes.
    brackets: Vec<bool>,
    after_operand: bool,
    out: Rewritten,
}

impl<'s> Writer<'s> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).copied()?;
        self.at += 1;
        Some(token)
    }

    fn ahead(&self, by: usize) -> Option<Token> {
        self.tokens.get(self.at + by).copied()
    }

    fn sign_ahead(&self, by: usize) -> &'static str {
        sign_of(self.ahead(by))
    }

    fn text(&self, token: Token) -> &'s str {
        self.source.get(token.start..token.end).unwrap_or_default()
    }

    fn emit(&mut self, text: &str, offset: usize) {
        self.out.columns.push((self.column, offset));
        self.out.script.push_str(text);
        self.out.script.push(' ');
        self.column += text.chars().count() + 1;
    }

    /// Two values in a row are a mistake that Rhai would describe in terms of what we made of them.
    fn operand(&mut self, token: Token) -> Result<(), Error> {
        if std::mem::replace(&mut self.after_operand, true) {
            let text = self.text(token);
            return Err(Error::at(format!("no operator before `{text}`"), token.start));
        }
        Ok(())
    }

    fn token(&mut self, token: Token) -> Result<(), Error> {
        match token.kind {
            Kind::Name => return self.name(token),
            Kind::Text => return self.quoted(token),
            Kind::Sign(sign) => return self.sign(sign, token),
            Kind::Number => {
                self.operand(token)?;
                self.emit(self.text(token), token.start);
            }
            Kind::Open => {
                self.operand(token)?;
                self.after_operand = false;
                self.emit("(", token.start);
            }
            Kind::Close => {
                self.after_operand = true;
                self.emit(")", token.start);
            }
        }
        Ok(())
    }

    fn sign(&mut self, sign: &'static str, token: Token) -> Result<(), Error> {
        let ends_operand = matches!(sign, ")" | "]" | "}");
        let after_operand = std::mem::replace(&mut self.after_operand, ends_operand);
        match sign {
            "." | "?." => return self.property(token),
            "[" | "?[" if after_operand => {
                self.brackets.push(true);
                self.emit(&format!(".{AT}("), token.start);
            }
            "?[" => return Err(Error::at("`?[` without a value before it", token.start)),
            "[" => {
                self.brackets.push(false);
                self.emit(sign, token.start);
            }
            "]" => {
                let indexes = self.brackets.pop();
                let indexes =
                    indexes.ok_or_else(|| Error::at("`]` without its `[`", token.start))?;
                self.emit(if indexes { ")" } else { "]" }, token.start);
            }
            // Rhai knows `()` and `!in` only as one word.
            "(" if self.sign_ahead(0) == ")" => {
                self.at += 1;
                self.after_operand = true;
                self.emit("()", token.start);
            }
            "!" if self.ahead(0).is_some_and(|next| self.text(next) == "in") => {
                self.at += 1;
                self.emit("!in", token.start);
            }
            _ => self.emit(sign, token.start),
        }
        Ok(())
    }

    /// `.name` or `.name(…)` after something that is not a path.
    fn property(&mut self, dot: Token) -> Result<(), Error> {
        let Some(name) = self.next().filter(|next| next.kind == Kind::Name) else {
            return Err(Error::at("no property name after `.`", dot.start));
        };
        if self.sign_ahead(0) == "(" {
            let function = self.function(name)?;
            self.emit(&format!(".{function}"), name.start);
        } else {
            self.emit(&format!(".{AT}({})", literal(self.text(name))), name.start);
            self.after_operand = true;
        }
        Ok(())
    }

    fn name(&mut self, token: Token) -> Result<(), Error> {
        let word = self.text(token);
        match word {
            // The key of an object, whatever it is called.
            _ if self.sign_ahead(0) == ":" => {
                self.operand(token)?;
                self.emit(&literal(word), token.start);
                return Ok(());
            }
            "if" | "else" | "switch" | "in" => {
                self.after_operand = false;
                self.emit(word, token.start);
                return Ok(());
            }
            "let" | "const" | "fn" | "while" | "loop" | "do" | "until" | "for" | "break"
            | "continue" | "return" | "throw" | "try" | "catch" | "import" | "export" => {
                let message = format!(
                    "`{word}` is a statement; an expression is one value (as text: \"{word}\")"
                );
                return Err(Error::at(message, token.start));
            }
            "and" | "or" | "not" => {
                let sign = match word {
                    "and" => "&&",
                    "or" => "||",
                    _ => "!",
                };
                let message = format!("`{word}` is not an operator; write `{sign}`");
                return Err(Error::at(message, token.start));
            }
            _ => self.operand(token)?,
        }
        let next = self.sign_ahead(0);
        match word {
            "true" | "false" => self.emit(word, token.start),
            "null" | "undefined" => self.emit("()", token.start),
            "_" if next == "=>" => self.emit(word, token.start),
            _ if next == "(" => {
                let function = self.function(token)?;
                self.after_operand = false;
                self.emit(&function, token.start);
            }
            _ => match Root::named(word) {
                Some(root) => self.path(root, token),
                None => self.bare_word(word, token)?,
            },
        }
        Ok(())
    }

    /// What Rhai calls the function.
    fn function(&self, token: Token) -> Result<String, Error> {
        let name = self.text(token);
        if OURS.contains(&name) {
            return Ok(format!("{PREFIX}{name}"));
        }
        if RHAIS.contains(&name) {
            return Ok(name.to_owned());
        }
        let known = OURS.iter().chain(RHAIS).copied();
        Err(Error::at(format!("no function `{name}`"), token.start).near(name, known))
    }

    /// `{{ctx.size}} == small`: text, unless it looks like a name that should stand for something.
    fn bare_word(&mut self, word: &str, token: Token) -> Result<(), Error> {
        if matches!(self.sign_ahead(0), "." | "?." | "[" | "?[") {
            let names = ROOTS.join("`, `");
            let message = format!("no name `{word}` here; there are `{names}`");
            return Err(Error::at(message, token.start).near(word, ROOTS.iter().copied()));
        }
        self.emit(&literal(word), token.start);
        let message = format!("`{word}` is no name here and is taken as text; write \"{word}\"");
        self.out.warnings.push(Warning { message, offset: token.start });
        Ok(())
    }

    fn path(&mut self, root: Root, token: Token) {
        let first = self.at - 1;
        let mut segments = Vec::new();
        while let Some((segment, length)) = self.segment() {
            segments.push(segment);
            self.at += length;
        }
        let is_truth = self.stands_alone_as_truth(first);
        let path = Path { root, segments: segments.into() };
        let slot = self.slot(Slot::Path { path, is_truth });
        self.emit(&slot, token.start);
    }

    /// The next segment of a path, if it is known now, and how many tokens it takes.
    fn segment(&self) -> Option<(Segment, usize)> {
        let inner = self.ahead(1)?;
        match (self.sign_ahead(0), inner.kind) {
            ("." | "?.", Kind::Name) if self.sign_ahead(2) != "(" => {
                Some((Segment::Key(self.text(inner).into()), 2))
            }
            (".", Kind::Number) => Some((Segment::Index(self.text(inner).parse().ok()?), 2)),
            ("[" | "?[", Kind::Number) if self.sign_ahead(2) == "]" => {
                Some((Segment::Index(self.text(inner).parse().ok()?), 3))
            }
            ("[" | "?[", Kind::Text) if self.sign_ahead(2) == "]" => {
                let inside = inner.start + 1..inner.end - 1;
                let is_plain = !self.text(inner).contains(['{', '.']);
                let key = lex::unescape(self.source, inside).ok().filter(|_| is_plain)?;
                Some((Segment::Key(key.into()), 3))
            }
            _ => None,
        }
    }

    /// Whether the path from token `first` to the one in hand is an operand of `&&` or `||`, or the
    /// whole condition of an `if`, perhaps in brackets.
    fn stands_alone_as_truth(&self, first: usize) -> bool {
        let before = |by: usize| first.checked_sub(by).and_then(|at| self.tokens.get(at)).copied();
        let mut out = 0;
        while self.opens_group(before(out + 1), before(out + 2)) && closes_group(self.ahead(out)) {
            out += 1;
        }
        let (before, after) = (before(out + 1), self.ahead(out));
        let is_condition = before.is_some_and(|token| self.text(token) == "if");
        let starts = before.is_none() || is_condition || starts_operand(before);
        let ends = after.is_none() || ends_operand(after);
        let joined =
            is_logical(before) || is_logical(after) || (is_condition && sign_of(after) == "{");
        joined && (starts || is_logical(before)) && (ends || is_logical(after))
    }

    /// `(` or `{{`, but not the bracket of a call.
    fn opens_group(&self, token: Option<Token>, before: Option<Token>) -> bool {
        let is_callable = |before: Token| {
            before.kind == Kind::Name && !matches!(self.text(before), "if" | "in" | "switch")
        };
        match token.map(|token| token.kind) {
            Some(Kind::Open) => true,
            Some(Kind::Sign("(")) => !before.is_some_and(is_callable),
            _ => false,
        }
    }

    fn quoted(&mut self, token: Token) -> Result<(), Error> {
        self.operand(token)?;
        let inside = token.start + 1..token.end - 1;
        let pieces = lex::pieces(self.source, inside.clone(), Escapes::All)?;
        if pieces.iter().any(|piece| matches!(piece, Piece::Placeholder(_))) {
            let template =
                Template::from_pieces(self.source, &pieces, Escapes::All, self.depth + 1)?;
            self.out.warnings.extend_from_slice(template.warnings());
            let slot = self.slot(Slot::Text(template));
            self.emit(&slot, token.start);
        } else {
            let text = lex::unescape(self.source, inside)?;
            self.emit(&literal(&text), token.start);
        }
        Ok(())
    }

    /// The variable of `slot`; the same path is bound once.
    fn slot(&mut self, slot: Slot) -> String {
        let known = self.out.slots.iter().position(|known| match (known, &slot) {
            (Slot::Path { path: known, is_truth: known_truth }, Slot::Path { path, is_truth }) => {
                known == path && known_truth == is_truth
            }
            _ => false,
        });
        let number = known.unwrap_or_else(|| {
            self.out.slots.push(slot);
            self.out.slots.len() - 1
        });
        variable(number)
    }
}

pub(super) fn variable(number: usize) -> String {
    format!("v{number}")
}

/// `text` as a Rhai string; only what would end or change it is escaped.
fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(control)).unwrap_or_default();
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
