//! Text with placeholders. What a placeholder puts in is never looked at again.

use std::sync::Arc;

use serde_json::Value;

use super::lex::{self, Escapes, Piece};
use super::limits::{SOURCE_BYTES_MAX, TEXT_BYTES_MAX};
use super::program::Program;
use super::value::push_text;
use super::{Error, Scope, Warning};

/// A compiled template: text with `{{expression}}` placeholders.
#[derive(Debug, Clone)]
pub struct Template {
    parts: Arc<[Part]>,
    reads: Arc<[String]>,
    warnings: Arc<[Warning]>,
}

#[derive(Debug)]
enum Part {
    Text(Box<str>),
    Value(Program),
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// [`Error`] with the offset of the mistake in the template.
    pub fn compile(source: &str) -> Result<Self, Error> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(Error::at(format!("it is longer than {SOURCE_BYTES_MAX} bytes"), 0));
        }
        let pieces = lex::pieces(source, 0..source.len(), Escapes::Braces)?;
        Self::from_pieces(source, &pieces, Escapes::Braces, 0)
    }

    pub(super) fn from_pieces(
        source: &str,
        pieces: &[Piece],
        escapes: Escapes,
        depth: usize,
    ) -> Result<Self, Error> {
        let parts: Vec<_> = pieces
            .iter()
            .map(|piece| Part::compile(source, piece, escapes, depth))
            .collect::<Result<_, _>>()?;
        let programs = || parts.iter().filter_map(Part::program);
        let mut reads: Vec<_> = programs().flat_map(|program| program.reads.clone()).collect();
        reads.sort_unstable();
        reads.dedup();
        let warnings = programs().flat_map(|program| program.warnings.clone()).collect();
        Ok(Self { reads: reads.into(), warnings, parts: parts.into() })
    }

    /// The value: of the placeholder itself if the template is nothing else, else a string.
    ///
    /// # Errors
    /// [`Error`] when a placeholder fails at run time or goes over a limit.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        match &*self.parts {
            [Part::Value(program)] => program.eval(scope),
            _ => self.text(scope).map(Value::String),
        }
    }

    /// The value as text for a person; `()` is nothing.
    ///
    /// # Errors
    /// As [`Template::eval`].
    pub fn text(&self, scope: &Scope<'_>) -> Result<String, Error> {
        let mut text = String::new();
        for part in &*self.parts {
            match part {
                Part::Text(inner) => text.push_str(inner),
                Part::Value(program) => push_text(&mut text, &program.eval(scope)?),
            }
            if text.len() > TEXT_BYTES_MAX {
                return Err(Error::run(format!("the text is longer than {TEXT_BYTES_MAX} bytes")));
            }
        }
        Ok(text)
    }

    /// What was odd about the source.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// As [`Expression::reads`](super::Expression::reads).
    #[must_use]
    pub fn reads(&self) -> &[String] {
        &self.reads
    }

    /// The text, if there is no placeholder.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match &*self.parts {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}

impl Part {
    fn compile(source: &str, piece: &Piece, escapes: Escapes, depth: usize) -> Result<Self, Error> {
        Ok(match piece {
            Piece::Placeholder(range) => {
                Self::Value(Program::compile(source, range.clone(), depth)?)
            }
            Piece::Text(range) => Self::Text(match escapes {
                Escapes::All => lex::unescape(source, range.clone())?.into(),
                Escapes::Braces => {
                    source.get(range.clone()).unwrap_or_default().replace("\\{{", "{{").into()
                }
            }),
        })
    }

    fn program(&self) -> Option<&Program> {
        match self {
            Self::Value(program) => Some(program),
            Self::Text(_) => None,
        }
    }
}
