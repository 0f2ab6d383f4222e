//! The tokens of a condition as a tree. Names other than `context`, calls and everything that is not simple are refused.

use super::super::words::Step;
use super::lex::{Kind, Token, not_simple};
use super::{Mistake, Node, Sign};

/// Brackets within brackets.
const DEPTH_MAX: usize = 40;

pub(super) fn parse(tokens: &[Token], end: usize) -> Result<Node, Mistake> {
    let mut parser = Parser { tokens, end, at: 0, depth: 0 };
    let node = parser.choice()?;
    while parser.takes(";") {}
    match parser.peek() {
        None => Ok(node),
        Some(token) => Err(parser.unexpected(token)),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    end: usize,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn takes(&mut self, mark: &str) -> bool {
        let is_it =
            self.peek().is_some_and(|token| matches!(token.kind, Kind::Mark(own) if own == mark));
        self.at += usize::from(is_it);
        is_it
    }

    fn needs(&mut self, mark: &str) -> Result<(), Mistake> {
        if self.takes(mark) {
            return Ok(());
        }
        Err(Mistake::new(format!("`{mark}` is missing"), self.place()))
    }

    fn place(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    fn unexpected(&self, token: &Token) -> Mistake {
        let before = self.at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let is_call = matches!(token.kind, Kind::Mark("("));
        let what = match (&token.kind, before.map(|before| &before.kind)) {
            (Kind::Mark("("), Some(Kind::Name(name))) if is_call => format!("the call of `{name}`"),
            (Kind::Name(name) | Kind::Number(name), _) => format!("`{name}`"),
            (Kind::Text(text), _) => format!("\"{text}\""),
            (Kind::Mark(mark), _) => format!("`{mark}`"),
            (Kind::Sign(sign), _) => {
                let written = Sign::ALL.iter().find(|(_, own)| own == sign);
                format!("`{}`", written.map_or("", |(written, _)| written))
            }
        };
        Mistake::new(not_simple(&what), token.at)
    }

    /// `x ? y : z`
    fn choice(&mut self) -> Result<Node, Mistake> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Mistake::new(
                format!("it is nested deeper than {DEPTH_MAX}"),
                self.place(),
            ));
        }
        let condition = self.joined(0)?;
        let node = if self.takes("?") {
            let yes = self.choice()?;
            self.needs(":")?;
            let no = self.choice()?;
            Node::If(Box::new(condition), Box::new(yes), Box::new(no))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(node)
    }

    /// Operands that bind closer than `strength`.
    fn joined(&mut self, strength: u8) -> Result<Node, Mistake> {
        let mut left = self.operand()?;
        while let Some(Token { kind: Kind::Sign(sign), at }) = self.peek() {
            if sign.strength() <= strength {
                break;
            }
            self.at += 1;
            let right = self.joined(sign.strength())?;
            if let (true, Node::Binary(inner, ..)) = (sign.strength() == 4, &left)
                && inner.strength() == 4
            {
                return Err(Mistake::new(not_simple("a chain of comparisons"), *at));
            }
            left = Node::Binary(*sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Node, Mistake> {
        let Some(token) = self.peek() else {
            return Err(Mistake::new("it ends too early", self.end));
        };
        self.at += 1;
        let sign = match &token.kind {
            Kind::Mark("!") => Node::Not,
            Kind::Sign(Sign::Subtract) => Node::Minus,
            Kind::Sign(Sign::Add) => Node::Plus,
            _ => return self.member(token),
        };
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Mistake::new(format!("it is nested deeper than {DEPTH_MAX}"), token.at));
        }
        let inner = self.operand()?;
        self.depth -= 1;
        Ok(sign(Box::new(inner)))
    }

    fn member(&mut self, token: &Token) -> Result<Node, Mistake> {
        let mut node = match &token.kind {
            Kind::Number(number) => Node::Number(number.clone()),
            Kind::Text(text) => Node::Text(text.clone()),
            Kind::Mark("(") => {
                let inner = self.choice()?;
                self.needs(")")?;
                inner
            }
            Kind::Name(name) => self.name(name, token.at)?,
            Kind::Mark(_) | Kind::Sign(_) => {
                self.at -= 1;
                return Err(self.unexpected(token));
            }
        };
        while let Some(next) = self.step(&mut node)? {
            node = next;
        }
        if let Some(token) = self.peek().filter(|token| matches!(token.kind, Kind::Mark("("))) {
            return Err(self.unexpected(token));
        }
        Ok(node)
    }

    fn name(&self, name: &str, at: usize) -> Result<Node, Mistake> {
        match name {
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            "null" | "undefined" => Ok(Node::Null),
            "context" => Ok(Node::Path(Vec::new())),
            "typeof" | "new" | "in" | "instanceof" | "function" | "await" | "void" | "delete"
            | "return" => Err(Mistake::new(not_simple(&format!("`{name}`")), at)),
            _ if matches!(self.peek(), Some(Token { kind: Kind::Mark("("), .. })) => {
                Err(Mistake::new(not_simple(&format!("the call of `{name}`")), at))
            }
            _ => Err(Mistake::new(
                format!("no name `{name}` here; what a condition knows is `context`"),
                at,
            )),
        }
    }

    /// `.x`, `?.x` or `[x]` after a node; `None` if there is none.
    fn step(&mut self, node: &mut Node) -> Result<Option<Node>, Mistake> {
        if self.takes(".") || self.takes("?.") {
            if self.takes("[") {
                return self.index(node).map(Some);
            }
            let Some(Token { kind: Kind::Name(name), .. }) = self.peek() else {
                return Err(Mistake::new("there is no name after `.`", self.place()));
            };
            self.at += 1;
            return Ok(Some(below(node, Step::Key(name.clone()))));
        }
        if self.takes("[") {
            return self.index(node).map(Some);
        }
        Ok(None)
    }

    fn index(&mut self, node: &mut Node) -> Result<Node, Mistake> {
        let at = self.place();
        let inner = self.choice()?;
        self.needs("]")?;
        if matches!(&inner, Node::Minus(number) if matches!(**number, Node::Number(_))) {
            let message = "nothing is at a negative index: the last one is `list[list.length - 1]`";
            return Err(Mistake::new(message, at));
        }
        Ok(match inner {
            Node::Text(key) => below(node, Step::Key(key)),
            Node::Number(number) if number.parse::<usize>().is_ok() => {
                below(node, Step::Index(number.parse().unwrap_or_default()))
            }
            other => Node::At(Box::new(std::mem::replace(node, Node::Null)), Box::new(other)),
        })
    }
}

/// What is in `node` under `step`.
fn below(node: &mut Node, step: Step) -> Node {
    match std::mem::replace(node, Node::Null) {
        Node::Path(mut steps) => {
            steps.push(step);
            Node::Path(steps)
        }
        other => {
            let step = match step {
                Step::Key(key) => Node::Text(key),
                Step::Index(index) => Node::Number(index.to_string()),
            };
            Node::At(Box::new(other), Box::new(step))
        }
    }
}
