//! A text as its author wrote it, JSON or YAML, with the places of what stands in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::report::{Place, Problem, Report};
use super::written::{Spot, spots_in};
use super::yaml::{Wrong, Yaml};

/// A text beside a flow.
#[derive(Debug, Clone)]
pub struct Text<'t> {
    source: Cow<'t, str>,
    /// None for JSON.
    yaml: Option<Result<Yaml, Wrong>>,
}

impl<'t> Text<'t> {
    /// JSON.
    #[must_use]
    pub fn json(source: &'t str) -> Self {
        let source = Cow::Borrowed(source.strip_prefix('\u{feff}').unwrap_or(source));
        Self { source, yaml: None }
    }

    /// What the ending of the file's name says: `.yaml` and `.yml` are YAML, all else is JSON.
    #[must_use]
    pub fn named(file: &str, source: &'t str) -> Self {
        let text = Self::json(source);
        let is_yaml = file.ends_with(".yaml") || file.ends_with(".yml");
        Self { yaml: is_yaml.then(|| Yaml::read(&text.source)), ..text }
    }

    /// As it is written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The same whoever keeps it.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text { source: Cow::Owned(self.source.into_owned()), yaml: self.yaml }
    }

    /// Whether it is JSON.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.yaml.is_none()
    }

    /// Where the values of these JSON pointers stand; those that name nothing are left out.
    #[must_use]
    pub fn spots(&self, pointers: &BTreeSet<&str>) -> BTreeMap<String, Spot> {
        match &self.yaml {
            None => spots_in(&self.source, &self.source, pointers, |at| at),
            Some(Ok(yaml)) => spots_in(&yaml.json, &self.source, pointers, |at| yaml.place(at)),
            Some(Err(_)) => BTreeMap::new(),
        }
    }

    /// The same values as JSON; what is wrong with a YAML that is none goes into the report.
    pub(super) fn as_json(&self, report: &mut Report) -> Option<&str> {
        match &self.yaml {
            None => Some(&self.source),
            Some(Ok(yaml)) => Some(&yaml.json),
            Some(Err(Wrong { message, at })) => {
                let place = Place::Bytes(String::new(), *at..at + 1);
                report.add(Problem::error("yaml.syntax", place, message.clone()));
                None
            }
        }
    }

    /// Problems with their places in what the author wrote.
    pub(super) fn locate(&self, report: Report) -> Vec<Finding> {
        match &self.yaml {
            Some(Ok(yaml)) => report.locate_in(&yaml.json, &self.source, |at| yaml.place(at)),
            None | Some(Err(_)) => report.locate(&self.source),
        }
    }
}
