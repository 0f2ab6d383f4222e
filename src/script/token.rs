//! A word or sign of an expression and what its place says about its neighbours. It never knows what a
//! name stands for.

/// One word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// A string with its quotes, single or double.
    Text,
    Sign(&'static str),
    /// `{{`
    Open,
    /// The `}}` of an [`Kind::Open`].
    Close,
}

pub(super) fn sign_of(token: Option<Token>) -> &'static str {
    match token {
        Some(Token { kind: Kind::Sign(sign), .. }) => sign,
        Some(_) | None => "",
    }
}

pub(super) fn is_logical(token: Option<Token>) -> bool {
    matches!(sign_of(token), "&&" | "||")
}

pub(super) fn closes_group(token: Option<Token>) -> bool {
    matches!(token.map(|token| token.kind), Some(Kind::Close | Kind::Sign(")")))
}

pub(super) fn starts_operand(token: Option<Token>) -> bool {
    matches!(token.map(|token| token.kind), Some(Kind::Open | Kind::Sign("(" | "{" | "," | "=>")))
}

pub(super) fn ends_operand(token: Option<Token>) -> bool {
    matches!(
        token.map(|token| token.kind),
        Some(Kind::Close | Kind::Sign(")" | "}" | "{" | "," | "=>"))
    )
}
