//! The words and signs of a JavaScript condition. What begins something that is not simple is refused here.

use super::{Mistake, Sign};

/// A word or sign and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Name(String),
    Number(String),
    Text(String),
    Sign(Sign),
    /// `!`, `(`, `)`, `[`, `]`, `.`, `?.`, `?`, `:`, `,`, `;`
    Mark(&'static str),
}

/// More of them is a program.
const TOKENS_MAX: usize = 400;

const MARKS: &[&str] = &["?.", "!", "(", ")", "[", "]", ".", "?", ":", ",", ";"];

/// What is not simple, and its name.
const REFUSED: &[(&str, &str)] = &[
    ("//", "a comment"),
    ("/*", "a comment"),
    ("=>", "a function"),
    ("`", "a template string"),
    ("...", "a spread"),
    ("**", "`**`"),
    ("++", "an assignment"),
    ("--", "an assignment"),
    ("+=", "an assignment"),
    ("-=", "an assignment"),
    ("*=", "an assignment"),
    ("/=", "an assignment"),
    ("%=", "an assignment"),
    ("&&=", "an assignment"),
    ("||=", "an assignment"),
    ("??=", "an assignment"),
    ("<<", "`<<`"),
    (">>", "`>>`"),
];

pub(super) fn not_simple(what: &str) -> String {
    format!("{what} is not of the simple kind that is taken over")
}

pub(super) fn tokens(source: &str) -> Result<Vec<Token>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = rest(source, at).chars().next() {
        if next.is_whitespace() || next == '\u{feff}' {
            at += next.len_utf8();
            continue;
        }
        if tokens.len() == TOKENS_MAX {
            return Err(Mistake::new(format!("it has more than {TOKENS_MAX} words and signs"), at));
        }
        let (kind, length) = token(rest(source, at), next, at)?;
        tokens.push(Token { kind, at });
        at += length;
    }
    Ok(tokens)
}

fn rest(source: &str, at: usize) -> &str {
    source.get(at..).unwrap_or_default()
}

fn token(rest: &str, next: char, at: usize) -> Result<(Kind, usize), Mistake> {
    if next == '_' || next == '$' || next.is_alphabetic() {
        let is_part = |letter: char| letter == '_' || letter == '$' || letter.is_alphanumeric();
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default();
        return Ok((Kind::Name(name.to_owned()), length));
    }
    let second = rest.chars().nth(1);
    if next.is_ascii_digit() || (next == '.' && second.is_some_and(|digit| digit.is_ascii_digit()))
    {
        return number(rest, at);
    }
    if next == '"' || next == '\'' {
        return text(rest, next, at);
    }
    if let Some((_, what)) = REFUSED.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Err(Mistake::new(not_simple(what), at));
    }
    if let Some((written, sign)) = Sign::ALL.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Ok((Kind::Sign(*sign), written.len()));
    }
    // `a?.5:1` is a choice and no chain.
    let is_chain =
        |mark: &str| mark != "?." || !rest.chars().nth(2).is_some_and(|c| c.is_ascii_digit());
    if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark) && is_chain(mark)) {
        return Ok((Kind::Mark(mark), mark.len()));
    }
    let what = match next {
        '=' => "an assignment".to_owned(),
        '{' | '}' => "an object or a block".to_owned(),
        _ => format!("`{next}`"),
    };
    Err(Mistake::new(not_simple(&what), at))
}

fn number(rest: &str, at: usize) -> Result<(Kind, usize), Mistake> {
    let is_part = |letter: char| letter == '.' || letter == '_' || letter.is_alphanumeric();
    let mut length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    if rest
        .get(..length)
        .is_some_and(|digits| digits.ends_with(['e', 'E']) && !digits.starts_with("0x"))
    {
        // The sign of an exponent.
        let more = rest.get(length..).unwrap_or_default();
        let signed = more.strip_prefix(['+', '-']).unwrap_or_default();
        let digits = signed.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(signed.len());
        if digits > 0 {
            length += 1 + digits;
        }
    }
    let written = rest.get(..length).unwrap_or_default().replace('_', "");
    let value = written.parse::<f64>().ok().filter(|value| value.is_finite());
    let Some(value) = value else {
        return Err(Mistake::new(not_simple(&format!("`{written}`")), at));
    };
    let text = match written.parse::<i64>() {
        Ok(whole) => whole.to_string(),
        Err(_not_whole) => format!("{value:?}"),
    };
    Ok((Kind::Number(text), length))
}

fn text(rest: &str, quote: char, at: usize) -> Result<(Kind, usize), Mistake> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((index, letter)) = letters.next() {
        if letter == quote {
            return Ok((Kind::Text(text), index + 1));
        }
        if letter == '\n' {
            break;
        }
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        let Some((_, escaped)) = letters.next() else { break };
        let code = match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '0' => '\0',
            'u' | 'x' => {
                let count = if escaped == 'u' { 4 } else { 2 };
                let digits: String = letters.by_ref().take(count).map(|(_, digit)| digit).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                code.ok_or_else(|| {
                    Mistake::new(
                        not_simple(&format!("the escape `\\{escaped}{digits}`")),
                        at + index,
                    )
                })?
            }
            other => other,
        };
        text.push(code);
    }
    Err(Mistake::new(format!("{quote} has no closing {quote}"), at))
}
