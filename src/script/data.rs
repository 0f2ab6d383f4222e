//! JSON whose strings are templates: the arguments of a tool, the right sides of `assign`. Keys are
//! never templates.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::template::Template;
use super::{Error, Scope, Warning};

/// Any JSON whose strings, at any depth, are templates.
#[derive(Debug, Clone)]
pub struct Data(Arc<Node>);

#[derive(Debug)]
enum Node {
    /// Without a placeholder anywhere below.
    Plain(Value),
    Template(Template),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Data {
    /// Compiles every string in `json`.
    ///
    /// # Errors
    /// Each mistake with the JSON pointer of its string inside `json`.
    pub fn compile(json: &Value) -> Result<Self, Vec<(String, Error)>> {
        let mut errors = Vec::new();
        let node = Node::compile(json, "", &mut errors);
        if errors.is_empty() { Ok(Self(Arc::new(node))) } else { Err(errors) }
    }

    /// The JSON with every template replaced by its value.
    ///
    /// # Errors
    /// As [`Template::eval`].
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        self.0.eval(scope)
    }

    /// What was odd, with the JSON pointer of the string inside the JSON.
    #[must_use]
    pub fn warnings(&self) -> Vec<(String, Warning)> {
        let mut found = Vec::new();
        self.0.each("", &mut |pointer, template| {
            let warnings = template.warnings().iter().cloned();
            found.extend(warnings.map(|warning| (pointer.to_owned(), warning)));
        });
        found
    }

    /// As [`Expression::reads`](super::Expression::reads), of all strings.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.0.each("", &mut |_, template| found.extend_from_slice(template.reads()));
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Node {
    fn compile(json: &Value, pointer: &str, errors: &mut Vec<(String, Error)>) -> Self {
        match json {
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Plain(json.clone()),
            Value::String(text) => match Template::compile(text) {
                Ok(template) => match template.plain() {
                    Some(plain) => Self::Plain(plain.into()),
                    None => Self::Template(template),
                },
                Err(error) => {
                    errors.push((pointer.to_owned(), error));
                    Self::Plain(Value::Null)
                }
            },
            Value::Array(items) => {
                let nodes = items.iter().enumerate();
                let nodes = nodes.map(|(at, item)| {
                    Self::compile(item, &below(pointer, &at.to_string()), errors)
                });
                Self::Array(nodes.collect()).folded()
            }
            Value::Object(entries) => {
                let nodes = entries.iter().map(|(key, value)| {
                    (key.clone(), Self::compile(value, &below(pointer, key), errors))
                });
                Self::Object(nodes.collect()).folded()
            }
        }
    }

    /// Plain, if everything below is.
    fn folded(self) -> Self {
        let plain = |node: &Self| match node {
            Self::Plain(value) => Some(value.clone()),
            Self::Template(_) | Self::Array(_) | Self::Object(_) => None,
        };
        let value = match &self {
            Self::Array(nodes) => nodes.iter().map(plain).collect::<Option<_>>().map(Value::Array),
            Self::Object(nodes) => {
                let entries = nodes.iter().map(|(key, node)| Some((key.clone(), plain(node)?)));
                entries.collect::<Option<Map<_, _>>>().map(Value::Object)
            }
            Self::Plain(_) | Self::Template(_) => None,
        };
        value.map_or(self, Self::Plain)
    }

    fn eval(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Template(template) => template.eval(scope),
            Self::Array(nodes) => nodes
                .iter()
                .map(|node| node.eval(scope))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Self::Object(nodes) => {
                let entries = nodes.iter().map(|(key, node)| Ok((key.clone(), node.eval(scope)?)));
                entries.collect::<Result<_, _>>().map(Value::Object)
            }
        }
    }

    fn each<'n>(&'n self, pointer: &str, visit: &mut impl FnMut(&str, &'n Template)) {
        match self {
            Self::Plain(_) => {}
            Self::Template(template) => visit(pointer, template),
            Self::Array(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    node.each(&below(pointer, &at.to_string()), visit);
                }
            }
            Self::Object(nodes) => {
                for (key, node) in nodes {
                    node.each(&below(pointer, key), visit);
                }
            }
        }
    }
}

fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
