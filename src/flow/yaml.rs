//! YAML for what is read as JSON: the same values as a JSON text, and which bytes of the one stand for which of the other, so
//! that mistakes are told where their author wrote them. YAML 1.2 with its core schema: `yes` and `12:30` are texts.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Number, Value};

use super::limit;

/// What may stand before the name of a tag of the core schema.
const CORE: &str = "tag:yaml.org,2002:";

/// A YAML text, read.
#[derive(Debug, Clone)]
pub(super) struct Yaml {
    /// The same as JSON.
    pub(super) json: String,
    /// In the order of the JSON.
    places: Vec<Place>,
}

/// A value or a key, in bytes of either text.
#[derive(Debug, Clone, Copy)]
struct Place {
    json: usize,
    yaml: usize,
    yaml_end: usize,
}

/// Why a text is not read, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) at: usize,
}

impl Yaml {
    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        let mut writer = Writer::default();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                Wrong { message: format!("no valid YAML: {}", error.info()), at }
            })?;
            writer
                .take(&event, bytes(span, text))
                .map_err(|message| Wrong { message, at: bytes(span, text).0 })?;
        }
        let Writer { json, places, .. } = writer;
        let json = if json.is_empty() { "null".to_owned() } else { json };
        Ok(Self { json, places })
    }

    /// The byte of the YAML that a byte of the JSON stands for.
    pub(super) fn place(&self, json: usize) -> usize {
        let after = self.places.partition_point(|place| place.json <= json);
        let Some(place) = self.places.get(after.saturating_sub(1)) else { return 0 };
        (place.yaml + json.saturating_sub(place.json)).min(place.yaml_end)
    }
}

fn bytes(span: Span, text: &str) -> (usize, usize) {
    let start = span.start.byte_offset().unwrap_or(text.len());
    (start, span.end.byte_offset().unwrap_or(start).max(start))
}

/// The JSON so far.
#[derive(Default)]
struct Writer {
    json: String,
    places: Vec<Place>,
    open: Vec<Open>,
    /// Where the anchored values are in the JSON.
    anchors: BTreeMap<usize, std::ops::Range<usize>>,
    documents: usize,
}

/// A list or an object that is not closed yet.
struct Open {
    is_object: bool,
    /// Of an object: keys and values.
    items: usize,
    from: usize,
    anchor: usize,
}

impl Writer {
    fn take(&mut self, event: &Event<'_>, at: (usize, usize)) -> Result<(), String> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err("one file has one document; remove the `---`".to_owned());
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.before(at);
                let from = self.json.len();
                let written = match (self.is_key(), tag) {
                    (true, None) => Value::from(text.as_ref()),
                    (_, tag) => scalar(text, *style, tag.as_deref())?,
                };
                self.json.push_str(&written.to_string());
                self.after(*anchor, from);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(false, *anchor, tag.as_deref(), at)?;
            }
            Event::MappingStart(_, anchor, tag) => self.open(true, *anchor, tag.as_deref(), at)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { is_object, from, anchor, .. }) = self.open.pop() {
                    self.json.push(if is_object { '}' } else { ']' });
                    self.after(anchor, from);
                }
            }
            Event::Alias(anchor) => {
                self.before(at);
                let from = self.json.len();
                let known = self.anchors.get(anchor).and_then(|range| self.json.get(range.clone()));
                let copy = known.ok_or("this names what it stands in")?.to_owned();
                if self.is_key() && !copy.starts_with('"') {
                    return Err("a key is a text".to_owned());
                }
                self.json.push_str(&copy);
                self.after(0, from);
            }
            // Whatever else there is says nothing of values.
            _ => {}
        }
        if self.json.len() > limit::TEXT_BYTES_MAX {
            return Err(format!("more than {} bytes when written out", limit::TEXT_BYTES_MAX));
        }
        Ok(())
    }

    fn open(
        &mut self,
        is_object: bool,
        anchor: usize,
        tag: Option<&Tag>,
        at: (usize, usize),
    ) -> Result<(), String> {
        tag.map_or(Ok(()), untagged)?;
        self.before(at);
        if self.is_key() {
            return Err("a key is a text".to_owned());
        }
        let from = self.json.len();
        self.json.push(if is_object { '{' } else { '[' });
        self.open.push(Open { is_object, items: 0, from, anchor });
        Ok(())
    }

    /// Whether what comes next is a key.
    fn is_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_object && open.items % 2 == 0)
    }

    /// What stands between two values.
    fn before(&mut self, (yaml, yaml_end): (usize, usize)) {
        let between = match self.open.last() {
            Some(open) if open.is_object && open.items % 2 == 1 => ":",
            Some(open) if open.items > 0 => ",",
            Some(_) | None => "",
        };
        self.json.push_str(between);
        self.places.push(Place { json: self.json.len(), yaml, yaml_end });
    }

    fn after(&mut self, anchor: usize, from: usize) {
        if let Some(open) = self.open.last_mut() {
            open.items += 1;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, from..self.json.len());
        }
    }
}

/// Only `!!str` says something that is not plain already.
fn untagged(tag: &Tag) -> Result<(), String> {
    Err(format!("the tag `{tag}` means nothing here; leave it out"))
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let is_text = tag.is_some_and(|tag| tag.to_string().ends_with("str") && is_core(tag));
    if let Some(tag) = tag.filter(|_| !is_text) {
        untagged(tag)?;
    }
    if is_text || style != ScalarStyle::Plain {
        return Ok(Value::from(text));
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text => number(text)?.map_or_else(|| Value::from(text), Value::Number),
    })
}

fn is_core(tag: &Tag) -> bool {
    let name = tag.to_string();
    name.starts_with("!!") || name.contains(CORE)
}

/// The number that a plain text is; none if it is none.
fn number(text: &str) -> Result<Option<Number>, String> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) if text.starts_with('-') => ("-", digits),
        Some(digits) => ("", digits),
        None => ("", text),
    };
    if matches!(digits.to_ascii_lowercase().as_str(), ".inf" | ".nan") {
        return Err(format!("`{text}` is no number that JSON has"));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return Ok(u64::from_str_radix(digits, radix).ok().map(Number::from));
        }
    }
    let looks_so = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.contains(|any: char| any.is_ascii_digit())
        && digits
            .chars()
            .all(|any| any.is_ascii_digit() || matches!(any, '.' | 'e' | 'E' | '-' | '+'));
    if !looks_so {
        return Ok(None);
    }
    let plain: Option<Number> = serde_json::from_str(&format!("{sign}{digits}")).ok();
    let whole = || digits.trim_start_matches('0').parse::<u64>().ok();
    let signed = || text.parse::<f64>().ok().and_then(Number::from_f64);
    Ok(plain.or_else(|| whole().filter(|_| sign.is_empty()).map(Number::from)).or_else(signed))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        serde_json::from_str(&Yaml::read(text).unwrap().json).unwrap()
    }

    #[test]
    fn values_are_those_of_the_core_schema() {
        let text = "a: yes\nb: 12:30\nc: [1, -2, 0x1F, 1.5, .5, 007, 1e3, +3]\nd: ~\ne:\nf: true\ng: 'true'\nh: !!str 4\n\
                    i: |\n  two\n  lines\nj: >\n  one\n  line\nk: 2026-03-02T12:00:00Z\n4: {x: \"y\\n\"}\nl: 1.2.3\n";
        let expected = json!({
            "a": "yes", "b": "12:30", "c": [1, -2, 31, 1.5, 0.5, 7, 1000.0, 3], "d": null, "e": null, "f": true,
            "g": "true", "h": "4", "i": "two\nlines\n", "j": "one line\n", "k": "2026-03-02T12:00:00Z",
            "4": { "x": "y\n" }, "l": "1.2.3",
        });
        assert_eq!(value(text), expected);
        assert_eq!(value(""), Value::Null);
        assert_eq!(value("a: &x {n: 1}\nb: *x\n"), json!({ "a": { "n": 1 }, "b": { "n": 1 } }));
    }

    #[test]
    fn a_byte_of_the_json_is_found_in_the_yaml() {
        let text = "# order\ncases:\n  - name: größe\n    steps:\n      - user: \"a b\"\n";
        let yaml = Yaml::read(text).unwrap();
        for (json, expected) in [
            ("\"cases\"", "cases"),
            ("\"name\"", "name"),
            ("\"größe\"", "größe"),
            ("\"a b\"", "\"a b\""),
        ] {
            let at = yaml.json.find(json).unwrap();
            let (start, end) = (yaml.place(at), yaml.place(at + json.len()));
            assert_eq!(text.get(start..end), Some(expected), "{}", yaml.json);
        }
    }

    #[test]
    fn what_is_no_yaml_or_no_json_says_why_and_where() {
        for (text, at, why) in [
            ("a: [1, 2", 3, "no valid YAML"),
            ("a: b: c", 4, "no valid YAML"),
            ("a: 1\n---\nb: 2\n", 5, "one document"),
            ("? [1]\n: 2\n", 2, "a key is a text"),
            ("a: !point 1\n", 10, "the tag"),
            ("a: .nan\n", 3, "no number that JSON has"),
            ("a: *nobody\n", 3, "no valid YAML"),
            ("a: &x [*x]\n", 7, "names what it stands in"),
        ] {
            let wrong = Yaml::read(text).unwrap_err();
            assert!(wrong.message.contains(why) && wrong.at.abs_diff(at) <= 4, "{text}: {wrong:?}");
        }
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [xxxxxxxxxxxxxxxxxxxx]\n".to_owned();
        for n in 1..30 {
            let before = n - 1;
            let four = format!("*a{before}, *a{before}, *a{before}, *a{before}");
            text.extend(["a", &n.to_string(), ": &a", &n.to_string(), " [", &four, "]\n"]);
        }
        assert!(Yaml::read(&text).unwrap_err().message.contains("when written out"));
    }
}
