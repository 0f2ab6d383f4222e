//! Walking a rule: who sees what, what is looked at only if needed, and how much may be done.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::super::Error;
use super::super::limits::{ARRAY_MAX, OPERATIONS_MAX, TEXT_BYTES_MAX};
use super::coerce::{is_truthy, to_text};
use super::compute::compute;
use super::{Node, Operator};

/// What `var` looks into.
#[derive(Clone, Copy)]
enum Data<'d> {
    Context(&'d Map<String, Value>),
    Value(&'d Value),
}

type Answer<'a> = Result<Cow<'a, Value>, Error>;

pub(super) fn eval(node: &Node, context: &Map<String, Value>) -> Result<Value, Error> {
    let mut walk = Walk { left: OPERATIONS_MAX };
    walk.node(node, Data::Context(context)).map(Cow::into_owned)
}

struct Walk {
    /// Steps that may still be taken.
    left: u64,
}

impl Walk {
    fn node<'a>(&mut self, node: &'a Node, data: Data<'a>) -> Answer<'a> {
        self.left =
            self.left.checked_sub(1).ok_or_else(|| Error::run("it takes too many operations"))?;
        match node {
            Node::Value(value) => Ok(Cow::Borrowed(value)),
            Node::List(nodes) => self.all(nodes, data).map(|items| Cow::Owned(Value::Array(items))),
            Node::Apply(operator, arguments) => self.apply(*operator, arguments, data),
        }
    }

    fn all(&mut self, nodes: &[Node], data: Data<'_>) -> Result<Vec<Value>, Error> {
        nodes.iter().map(|node| self.node(node, data).map(Cow::into_owned)).collect()
    }

    fn apply<'a>(
        &mut self,
        operator: Operator,
        arguments: &'a [Node],
        data: Data<'a>,
    ) -> Answer<'a> {
        match operator {
            Operator::Var => self.var(arguments, data),
            Operator::If => self.choice(arguments, data),
            Operator::And => self.first(arguments, data, false),
            Operator::Or => self.first(arguments, data, true),
            Operator::Missing => {
                let arguments = self.all(arguments, data)?;
                let keys = match arguments.first() {
                    Some(Value::Array(keys)) => keys,
                    _ => &arguments,
                };
                Ok(Cow::Owned(Value::Array(missing(keys, data))))
            }
            Operator::MissingSome => self.missing_some(arguments, data),
            Operator::Map
            | Operator::Filter
            | Operator::Reduce
            | Operator::All
            | Operator::Some
            | Operator::None => self.each(operator, arguments, data).map(Cow::Owned),
            _ => {
                let arguments = self.all(arguments, data)?;
                let value = compute(operator, arguments)?;
                check_size(&value)?;
                Ok(Cow::Owned(value))
            }
        }
    }

    fn var<'a>(&mut self, arguments: &'a [Node], data: Data<'a>) -> Answer<'a> {
        let path = match arguments.first() {
            Some(path) => self.node(path, data)?,
            None => Cow::Owned(Value::Null),
        };
        if let Some(found) = find(data, &path) {
            return Ok(found);
        }
        match arguments.get(1) {
            Some(default) => self.node(default, data),
            None => Ok(Cow::Owned(Value::Null)),
        }
    }

    fn choice<'a>(&mut self, arguments: &'a [Node], data: Data<'a>) -> Answer<'a> {
        for pair in arguments.chunks(2) {
            match pair {
                [test, then] => {
                    if is_truthy(&*self.node(test, data)?) {
                        return self.node(then, data);
                    }
                }
                [otherwise] => return self.node(otherwise, data),
                _ => {}
            }
        }
        Ok(Cow::Owned(Value::Null))
    }

    /// The first argument that is true, or false, or the last.
    fn first<'a>(&mut self, arguments: &'a [Node], data: Data<'a>, wanted: bool) -> Answer<'a> {
        let mut last = Cow::Owned(Value::Null);
        for argument in arguments {
            last = self.node(argument, data)?;
            if is_truthy(&last) == wanted {
                break;
            }
        }
        Ok(last)
    }

    fn missing_some<'a>(&mut self, arguments: &'a [Node], data: Data<'a>) -> Answer<'a> {
        let arguments = self.all(arguments, data)?;
        let need = arguments.first().map_or(0.0, super::coerce::to_number);
        let nothing = Vec::new();
        let keys = arguments.get(1).and_then(Value::as_array).unwrap_or(&nothing);
        let missing = missing(keys, data);
        #[expect(clippy::cast_precision_loss, reason = "there are not so many keys")]
        let there = (keys.len() - missing.len()) as f64;
        Ok(Cow::Owned(Value::Array(if there >= need { Vec::new() } else { missing })))
    }

    fn each(
        &mut self,
        operator: Operator,
        arguments: &[Node],
        data: Data<'_>,
    ) -> Result<Value, Error> {
        let over = match arguments.first() {
            Some(over) => self.node(over, data)?,
            None => Cow::Owned(Value::Null),
        };
        let nothing = Node::Value(Value::Null);
        let body = arguments.get(1).unwrap_or(&nothing);
        if operator == Operator::Reduce {
            let begin = match arguments.get(2) {
                Some(begin) => self.node(begin, data)?.into_owned(),
                None => Value::Null,
            };
            return self.reduce(&over, body, begin);
        }
        let items = over.as_array().map(Vec::as_slice).unwrap_or_default();
        if operator == Operator::Map {
            let items =
                items.iter().map(|item| self.node(body, Data::Value(item)).map(Cow::into_owned));
            return items.collect::<Result<_, _>>().map(Value::Array);
        }
        let mut kept = Vec::new();
        for item in items {
            if is_truthy(&*self.node(body, Data::Value(item))?) {
                kept.push(item.clone());
            }
        }
        Ok(match operator {
            Operator::All => Value::Bool(!items.is_empty() && kept.len() == items.len()),
            Operator::Some => Value::Bool(!kept.is_empty()),
            Operator::None => Value::Bool(kept.is_empty()),
            _ => Value::Array(kept),
        })
    }

    fn reduce(&mut self, over: &Value, body: &Node, begin: Value) -> Result<Value, Error> {
        let mut sum = begin;
        for item in over.as_array().map(Vec::as_slice).unwrap_or_default() {
            let mut both = Map::new();
            both.insert("current".to_owned(), item.clone());
            both.insert("accumulator".to_owned(), sum);
            let both = Value::Object(both);
            sum = self.node(body, Data::Value(&both))?.into_owned();
            check_size(&sum)?;
        }
        Ok(sum)
    }
}

/// What is at a path: nothing, and a place that holds nothing, are two things.
fn find<'d>(data: Data<'d>, path: &Value) -> Option<Cow<'d, Value>> {
    let path = match path {
        Value::Null => String::new(),
        other => to_text(other),
    };
    if path.is_empty() {
        return Some(match data {
            Data::Context(context) => Cow::Owned(Value::Object(context.clone())),
            Data::Value(value) => Cow::Borrowed(value),
        });
    }
    let mut steps = path.split('.');
    let mut here = match data {
        Data::Context(context) => context.get(steps.next()?)?,
        Data::Value(value) => value,
    };
    for step in steps {
        here = match here {
            Value::Object(fields) => fields.get(step)?,
            Value::Array(items) => match step.parse::<usize>() {
                Ok(index) => items.get(index)?,
                Err(_no_number) if step == "length" => return Some(Cow::Owned(items.len().into())),
                Err(_no_number) => return None,
            },
            Value::String(text) if step == "length" => {
                return Some(Cow::Owned(text.chars().count().into()));
            }
            _ => return None,
        };
    }
    Some(Cow::Borrowed(here))
}

/// The keys of those that hold nothing.
fn missing(keys: &[Value], data: Data<'_>) -> Vec<Value> {
    let is_missing = |key: &&Value| {
        let found = find(data, key);
        found.is_none_or(|value| value.is_null() || value.as_str() == Some(""))
    };
    keys.iter().filter(is_missing).cloned().collect()
}

fn check_size(value: &Value) -> Result<(), Error> {
    match value {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            Err(Error::run(format!("the text is longer than {TEXT_BYTES_MAX} bytes")))
        }
        Value::Array(items) if items.len() > ARRAY_MAX => {
            Err(Error::run(format!("the list is longer than {ARRAY_MAX}")))
        }
        _ => Ok(()),
    }
}
