//! Conditions in JavaScript, as far as they are simple: `context.x`, literals, comparisons, `&&`, `||`, `!`, `? :` and
//! arithmetic become an expression of ours; anything else is refused with its place and its name. Nothing is ever run
//! as JavaScript.

mod lex;
mod parse;
mod emit;
#[cfg(test)]
mod tests;

use super::words::Step;

/// Why a condition cannot be taken over.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) message: String,
    /// Byte offset in the condition.
    pub(super) offset: usize,
}

impl Mistake {
    fn new(message: impl Into<String>, offset: usize) -> Self {
        Self { message: message.into(), offset }
    }
}

/// The expression that means what the JavaScript means.
pub(super) fn translate(source: &str) -> Result<String, Mistake> {
    let tokens = lex::tokens(source)?;
    Ok(emit::condition(&parse::parse(&tokens, source.len())?))
}

/// A simple expression.
#[derive(Debug, PartialEq)]
enum Node {
    /// `true`
    Bool(bool),
    /// `null` and `undefined`
    Null,
    /// As written.
    Number(String),
    /// Without its quotes.
    Text(String),
    /// `context`, and the way from there.
    Path(Vec<Step>),
    /// `x[y]` where `y` is computed.
    At(Box<Self>, Box<Self>),
    /// `!x`
    Not(Box<Self>),
    /// `-x`
    Minus(Box<Self>),
    /// `+x`
    Plus(Box<Self>),
    /// `x < y`
    Binary(Sign, Box<Self>, Box<Self>),
    /// `x ? y : z`
    If(Box<Self>, Box<Self>, Box<Self>),
}

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Or,
    And,
    Else,
    Equal,
    Unequal,
    Same,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Sign {
    /// The sign as JavaScript writes it.
    const ALL: &[(&str, Self)] = &[
        ("===", Self::Same),
        ("!==", Self::Other),
        ("||", Self::Or),
        ("&&", Self::And),
        ("??", Self::Else),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Less),
        (">", Self::More),
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Remainder),
    ];

    /// Higher binds closer.
    const fn strength(self) -> u8 {
        match self {
            Self::Or | Self::Else => 1,
            Self::And => 2,
            Self::Equal | Self::Unequal | Self::Same | Self::Other => 3,
            Self::Less | Self::AtMost | Self::More | Self::AtLeast => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Remainder => 6,
        }
    }
}
