//! JSON Logic: a condition that is JSON, with all of its standard operators and their meaning in JavaScript. A rule is
//! read once, when the flow loads, and sees the conversation's context; it runs nothing and changes nothing. What it
//! computes is bounded.

mod coerce;
mod compute;
mod eval;
#[cfg(test)]
mod tests;

pub(super) use coerce::{is_same, is_truthy, to_number};

use serde_json::Value;

use super::{Error, Scope};

/// A rule, read.
#[derive(Debug)]
pub(super) struct Rule {
    root: Node,
    pub(super) reads: Vec<String>,
}

#[derive(Debug)]
enum Node {
    /// What it is.
    Value(Value),
    /// Each of them.
    List(Vec<Self>),
    /// Something to compute.
    Apply(Operator, Vec<Self>),
}

/// A standard operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Var,
    Missing,
    MissingSome,
    If,
    And,
    Or,
    Not,
    Truth,
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
    Min,
    Max,
    Cat,
    Substr,
    In,
    Merge,
    Log,
    Map,
    Filter,
    Reduce,
    All,
    Some,
    None,
}

impl Operator {
    const ALL: &[(&str, Self)] = &[
        ("var", Self::Var),
        ("missing", Self::Missing),
        ("missing_some", Self::MissingSome),
        ("if", Self::If),
        ("?:", Self::If),
        ("and", Self::And),
        ("or", Self::Or),
        ("!", Self::Not),
        ("!!", Self::Truth),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("===", Self::Same),
        ("!==", Self::Other),
        ("<", Self::Less),
        ("<=", Self::AtMost),
        (">", Self::More),
        (">=", Self::AtLeast),
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Remainder),
        ("min", Self::Min),
        ("max", Self::Max),
        ("cat", Self::Cat),
        ("substr", Self::Substr),
        ("in", Self::In),
        ("merge", Self::Merge),
        ("log", Self::Log),
        ("map", Self::Map),
        ("filter", Self::Filter),
        ("reduce", Self::Reduce),
        ("all", Self::All),
        ("some", Self::Some),
        ("none", Self::None),
    ];

    /// Whether its second argument sees an element in the place of the context.
    const fn is_loop(self) -> bool {
        matches!(
            self,
            Self::Map | Self::Filter | Self::Reduce | Self::All | Self::Some | Self::None
        )
    }
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// The JSON pointer inside the rule of an operator that there is not, and why.
    pub(super) fn compile(json: &Value) -> Result<Self, (String, Error)> {
        let mut reads = Vec::new();
        let root = read(json, "", Some(&mut reads))?;
        reads.sort_unstable();
        reads.dedup();
        Ok(Self { root, reads })
    }

    /// What the rule comes to.
    pub(super) fn eval(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        eval::eval(&self.root, scope.ctx)
    }

    /// Whether the rule holds.
    pub(super) fn is_true(&self, scope: &Scope<'_>) -> Result<bool, Error> {
        self.eval(scope).map(|value| is_truthy(&value))
    }
}

/// `reads` is there where a `var` is one of the context.
fn read(
    json: &Value,
    at: &str,
    mut reads: Option<&mut Vec<String>>,
) -> Result<Node, (String, Error)> {
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Ok(Node::Value(json.clone()))
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            let items = items
                .map(|(index, item)| read(item, &format!("{at}/{index}"), reads.as_deref_mut()));
            items.collect::<Result<_, _>>().map(Node::List)
        }
        Value::Object(fields) => {
            let Some((name, argument)) = fields.iter().next().filter(|_| fields.len() == 1) else {
                // More keys than one, or none: data.
                return Ok(Node::Value(json.clone()));
            };
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            let found = Operator::ALL.iter().find(|(known, _)| known == name);
            let Some((_, operator)) = found else {
                let known = Operator::ALL.iter().map(|(known, _)| *known);
                let error = Error::run(format!("JSON Logic has no operator `{name}`"));
                return Err((at, error.near(name, known)));
            };
            apply(*operator, argument, &at, reads)
                .map(|arguments| Node::Apply(*operator, arguments))
        }
    }
}

fn apply(
    operator: Operator,
    argument: &Value,
    at: &str,
    mut reads: Option<&mut Vec<String>>,
) -> Result<Vec<Node>, (String, Error)> {
    let list: &[Value] = match argument {
        Value::Array(items) => items,
        alone => std::slice::from_ref(alone),
    };
    if let (Operator::Var, Some(reads)) = (operator, reads.as_deref_mut()) {
        note(list.first(), reads);
    }
    let mut arguments = Vec::with_capacity(list.len());
    for (index, item) in list.iter().enumerate() {
        let at = if argument.is_array() { format!("{at}/{index}") } else { at.to_owned() };
        let is_body = operator.is_loop() && index == 1;
        let reads = reads.as_deref_mut().filter(|_| !is_body);
        arguments.push(read(item, &at, reads)?);
    }
    Ok(arguments)
}

/// Notes the path of a `var`, if it is known now.
fn note(path: Option<&Value>, reads: &mut Vec<String>) {
    if let Some(Value::String(path)) = path
        && !path.is_empty()
    {
        reads.push(format!("ctx.{path}"));
    }
}
