//! The strings of a flow that are programs or paths: expressions, templates, assignments.

use serde_json::Value;

use super::super::locate::escape;
use super::super::model::{Fields, Guard};
use super::super::personal::Move;
use super::super::report::{Place, Problem};
use super::super::{Assign, Path, limit};
use super::Compiler;
use crate::script::{self, Data, Expression, Template};

/// A mistake that is in the report already.
pub(super) struct Reported;

impl Compiler<'_> {
    pub(super) fn expression(&mut self, source: &str, at: &str) -> Option<Expression> {
        match Expression::compile(source) {
            Ok(expression) => {
                self.odd(at, expression.warnings());
                self.read(at, expression.reads());
                Some(expression)
            }
            Err(error) => {
                self.bad("expression.syntax", at, error);
                None
            }
        }
    }

    /// What must be true; `else` and nothing are always true.
    pub(super) fn condition(
        &mut self,
        guard: Option<&Guard>,
        at: &str,
    ) -> Result<Option<Expression>, Reported> {
        match guard {
            None => Ok(None),
            Some(Guard::Expression(source)) if source.trim() == "else" => Ok(None),
            Some(guard) => self.guard(guard, at).map(Some),
        }
    }

    fn guard(&mut self, guard: &Guard, at: &str) -> Result<Expression, Reported> {
        match guard {
            Guard::Expression(source) => self.expression(source, at).ok_or(Reported),
            Guard::Rule(rule) => self.rule(rule, at),
            Guard::All(each) => {
                let each: Vec<_> = each
                    .iter()
                    .enumerate()
                    .map(|(index, guard)| self.guard(guard, &format!("{at}/{index}")))
                    .collect();
                each.into_iter().collect::<Result<_, _>>().map(Expression::all)
            }
        }
    }

    fn rule(&mut self, rule: &Fields, at: &str) -> Result<Expression, Reported> {
        match Expression::logic(&Value::Object(rule.clone())) {
            Ok(expression) => {
                self.read(at, expression.reads());
                Ok(expression)
            }
            Err((inner, error)) => {
                let place = Place::Key(format!("{at}{inner}"));
                let problem = Problem::error("logic.operator", place, error.message);
                self.report.add(problem.suggest_near(error.near));
                Err(Reported)
            }
        }
    }

    pub(super) fn template(&mut self, source: &str, at: &str) -> Option<Template> {
        match Template::compile(source) {
            Ok(template) => {
                self.odd(at, template.warnings());
                self.read(at, template.reads());
                Some(template)
            }
            Err(error) => {
                self.bad("template.syntax", at, error);
                None
            }
        }
    }

    pub(super) fn templates(&mut self, sources: Option<&Vec<String>>, at: &str) -> Vec<Template> {
        let Some(sources) = sources else { return Vec::new() };
        self.limit("limit.suggestions", at, (sources.len(), limit::SUGGESTIONS_MAX));
        let each = sources.iter().take(limit::SUGGESTIONS_MAX).enumerate();
        each.filter_map(|(index, source)| self.template(source, &format!("{at}/{index}"))).collect()
    }

    pub(super) fn data(&mut self, json: &Value, at: &str) -> Option<Data> {
        match Data::compile(json) {
            Ok(data) => {
                for (inner, warning) in data.warnings() {
                    self.odd(&format!("{at}{inner}"), &[warning]);
                }
                self.read(at, &data.reads());
                Some(data)
            }
            Err(errors) => {
                for (inner, error) in errors {
                    self.bad("template.syntax", &format!("{at}{inner}"), error);
                }
                None
            }
        }
    }

    pub(super) fn assigns(&mut self, fields: Option<&Fields>, at: &str) -> Vec<Assign> {
        let Some(fields) = fields else { return Vec::new() };
        self.limit("limit.assigns", at, (fields.len(), limit::ASSIGNS_MAX));
        let mut assigns = Vec::with_capacity(fields.len());
        for (name, value) in fields.iter().take(limit::ASSIGNS_MAX) {
            let at = format!("{at}/{}", escape(name));
            let path = self.path(name, Place::Key(at.clone()));
            let value = self.data(value, &at);
            if let (Some(path), Some(value)) = (path, value) {
                self.uses.writes.insert(path.text.clone());
                self.uses.moves.push(Move { to: path.clone(), from: value.reads() });
                assigns.push(Assign { path, value, at });
            }
        }
        assigns
    }

    pub(super) fn path(&mut self, text: &str, place: Place) -> Option<Path> {
        let keys: Vec<String> = text.split('.').map(str::to_owned).collect();
        if keys.iter().any(|key| key.trim().is_empty() || key.trim() != key) {
            let message = format!("`{text}` is no dotted path");
            let problem = Problem::error("path.invalid", place, message);
            self.report.add(problem.suggest("write keys with dots between, `contact.name`"));
            return None;
        }
        if keys.len() > limit::PATH_KEYS_MAX {
            let message = format!("a path has at most {} keys", limit::PATH_KEYS_MAX);
            self.report.add(Problem::error("limit.path", place, message));
            return None;
        }
        Some(Path { text: text.to_owned(), keys })
    }

    fn bad(&mut self, code: &'static str, at: &str, error: script::Error) {
        let place = match error.offset {
            Some(offset) => Place::Inside(at.to_owned(), offset),
            None => Place::Value(at.to_owned()),
        };
        self.report.add(Problem::error(code, place, error.message).suggest_near(error.near));
    }

    fn odd(&mut self, at: &str, warnings: &[script::Warning]) {
        for warning in warnings {
            let place = Place::Inside(at.to_owned(), warning.offset);
            let message = warning.message.clone();
            self.report.add(Problem::warning("expression.bare_word", place, message));
        }
    }

    fn read(&mut self, at: &str, paths: &[String]) {
        let reads = paths.iter().map(|path| (path.clone(), at.to_owned()));
        self.uses.reads.extend(reads);
    }
}
