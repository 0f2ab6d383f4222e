//! A condition as an expression of ours. Where JavaScript is freer than our language (what counts as true, what is a
//! number) a function says so; where both mean the same the plain sign stands.

use super::super::words;
use super::{Node, Sign};

/// The node where true or false is wanted.
pub(super) fn condition(node: &Node) -> String {
    truth(node).0
}

/// Binds closer than every sign.
const ATOM: u8 = 9;

/// An expression and how close its outermost sign binds.
type Written = (String, u8);

fn truth(node: &Node) -> Written {
    match node {
        Node::Binary(sign @ (Sign::And | Sign::Or), left, right) => {
            binary(*sign, (truth(left), truth(right)))
        }
        Node::If(test, yes, no) => choice(&truth(test).0, &truth(yes).0, &truth(no).0),
        _ if is_truth(node) => value(node),
        _ => (format!("truthy({})", value(node).0), ATOM),
    }
}

/// Whether it is true or false and nothing else.
fn is_truth(node: &Node) -> bool {
    match node {
        Node::Bool(_) | Node::Not(_) => true,
        Node::Binary(sign, left, right) => match sign {
            Sign::Or | Sign::And => is_truth(left) && is_truth(right),
            Sign::Equal
            | Sign::Unequal
            | Sign::Same
            | Sign::Other
            | Sign::Less
            | Sign::AtMost
            | Sign::More
            | Sign::AtLeast => true,
            Sign::Else
            | Sign::Add
            | Sign::Subtract
            | Sign::Multiply
            | Sign::Divide
            | Sign::Remainder => false,
        },
        Node::If(_, yes, no) => is_truth(yes) && is_truth(no),
        Node::Null
        | Node::Number(_)
        | Node::Text(_)
        | Node::Path(_)
        | Node::At(..)
        | Node::Minus(_)
        | Node::Plus(_) => false,
    }
}

fn value(node: &Node) -> Written {
    let written = match node {
        Node::Bool(yes) => yes.to_string(),
        Node::Null => "()".to_owned(),
        Node::Number(number) => number.clone(),
        Node::Text(text) => words::quoted(text),
        Node::Path(steps) => words::path("ctx", steps),
        Node::At(inner, at) => {
            let (inner, at) = (within(value(inner), ATOM), value(at));
            let found = format!("{inner}[{}]", at.0);
            // Ours counts from the end then.
            let is_negative = format!("{} < 0", within(at, Sign::Less.strength() + 1));
            return choice(&is_negative, "()", &found);
        }
        Node::Not(inner) => format!("!{}", within(truth(inner), ATOM)),
        Node::Minus(inner) => return (format!("-{}", number(inner)), ATOM - 1),
        Node::Plus(inner) => number(inner),
        Node::Binary(sign, left, right) => return operation(*sign, left, right),
        Node::If(test, yes, no) => return choice(&truth(test).0, &value(yes).0, &value(no).0),
    };
    (written, ATOM)
}

fn operation(sign: Sign, left: &Node, right: &Node) -> Written {
    match sign {
        Sign::And | Sign::Or if is_truth(left) && is_truth(right) => {
            binary(sign, (value(left), value(right)))
        }
        Sign::And => choice(&truth(left).0, &value(right).0, &value(left).0),
        Sign::Or => choice(&truth(left).0, &value(left).0, &value(right).0),
        Sign::Else => (format!("default({}, {})", value(left).0, value(right).0), ATOM),
        Sign::Same | Sign::Other if !(is_clear(left) || is_clear(right)) => {
            let not = if sign == Sign::Other { "!" } else { "" };
            (format!("{not}same({}, {})", value(left).0, value(right).0), ATOM)
        }
        Sign::Subtract | Sign::Multiply | Sign::Remainder => {
            binary(sign, ((number(left), ATOM), (number(right), ATOM)))
        }
        Sign::Divide => {
            let left = format!("to_float({})", number(left));
            binary(sign, ((left, ATOM), (format!("to_float({})", number(right)), ATOM)))
        }
        Sign::Equal
        | Sign::Unequal
        | Sign::Same
        | Sign::Other
        | Sign::Less
        | Sign::AtMost
        | Sign::More
        | Sign::AtLeast
        | Sign::Add => binary(sign, (value(left), value(right))),
    }
}

/// Whether `==` of ours is as strict with it as `===`: it is no number, and no text that could be one.
fn is_clear(node: &Node) -> bool {
    match node {
        Node::Bool(_) | Node::Null => true,
        Node::Text(text) => {
            !text.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        }
        _ => is_truth(node),
    }
}

/// Where a number is wanted.
fn number(node: &Node) -> String {
    match node {
        Node::Number(number) => number.clone(),
        _ => format!("number({})", value(node).0),
    }
}

fn binary(sign: Sign, (left, right): (Written, Written)) -> Written {
    let ours = match sign {
        Sign::Same => "==",
        Sign::Other => "!=",
        _ => Sign::ALL.iter().find(|(_, own)| *own == sign).map_or("", |(written, _)| *written),
    };
    let strength = sign.strength();
    (format!("{} {ours} {}", within(left, strength), within(right, strength + 1)), strength)
}

/// In brackets, unless it binds closely enough.
fn within((text, strength): Written, least: u8) -> String {
    if strength >= least { text } else { format!("({text})") }
}

fn choice(test: &str, yes: &str, no: &str) -> Written {
    (format!("if {test} {{ {yes} }} else {{ {no} }}"), 0)
}
