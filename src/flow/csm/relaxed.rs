//! Definitions that stand in a program: object literals of JavaScript or TypeScript, with keys that have no quotes,
//! comments and commas at the end. What is data in them becomes JSON, with the way back to where it stood; what would
//! have to be run is refused with its place.

use serde_json::Value;

use super::model::Shape;

/// JSON, and where its parts stood.
#[derive(Debug)]
pub(in crate::flow) struct Relaxed {
    pub(in crate::flow) json: String,
    /// Offsets in the JSON and in the source, ascending.
    places: Vec<(usize, usize)>,
}

/// Why there is no definition in a text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::flow) struct Mistake {
    pub(in crate::flow) message: String,
    pub(in crate::flow) offset: usize,
}

/// Nesting of the literals.
const DEPTH_MAX: usize = 60;
/// Literals that are looked at.
const LITERALS_MAX: usize = 1_000;

/// The definition in a program: the one there is, or a machine of all flows that are there.
pub(in crate::flow) fn read(source: &str) -> Result<Relaxed, Mistake> {
    let mut found = Vec::new();
    let mut first_mistake = None;
    let mut at = 0;
    for _ in 0..LITERALS_MAX {
        let Some(open) = next_literal(source, at) else { break };
        let mut reader =
            Reader { source, at: open, out: Relaxed { json: String::new(), places: Vec::new() } };
        match reader.value(0) {
            Ok(()) => {
                at = reader.at;
                let value: Value = serde_json::from_str(&reader.out.json).unwrap_or_default();
                if let Some(shape) = Shape::of(&value) {
                    found.push((shape, value, reader.out));
                }
            }
            Err(mistake) => {
                // A definition with something in it that is none, or another part of the program.
                let so_far = source.get(open..mistake.offset).unwrap_or_default();
                let is_definition = so_far.contains("initial") || so_far.contains("states");
                if is_definition {
                    first_mistake.get_or_insert(mistake);
                }
                at = open + 1;
            }
        }
    }
    if let Some(mistake) = first_mistake {
        return Err(mistake);
    }
    if let Some(whole) = found.iter().position(|(shape, ..)| *shape != Shape::Flow) {
        return Ok(found.swap_remove(whole).2);
    }
    joined(found)
}

/// One flow alone, or a machine of several that begins with the first.
fn joined(mut found: Vec<(Shape, Value, Relaxed)>) -> Result<Relaxed, Mistake> {
    if found.len() == 1 {
        return Ok(found.remove(0).2);
    }
    let id = |value: &Value| value.get("id").cloned().unwrap_or_else(|| Value::from("Flow"));
    let Some((_, first, _)) = found.first() else {
        let message = "there is no definition of CSM in the text".to_owned();
        return Err(Mistake { message, offset: 0 });
    };
    let mut json = format!("{{\"initialFlow\":{},\"flows\":{{", id(first));
    let mut places = vec![(0, 0)];
    for (index, (_, value, one)) in found.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        let start = one.places.first().map_or(0, |(_, source)| *source);
        places.push((json.len(), start));
        json.push_str(&id(value).to_string());
        json.push(':');
        let shift = json.len();
        places.extend(one.places.iter().map(|(json, source)| (json + shift, *source)));
        json.push_str(&one.json);
    }
    json.push_str("}}");
    Ok(Relaxed { json, places })
}

impl Relaxed {
    /// Where a byte of the JSON stood in the source.
    pub(in crate::flow) fn source(&self, offset: usize) -> usize {
        let after = self.places.partition_point(|(json, _)| *json <= offset);
        match after.checked_sub(1).and_then(|before| self.places.get(before)) {
            Some((json, source)) => source + (offset - json),
            None => offset,
        }
    }
}

/// The next `{` that begins a value: after `=`, `(`, `[`, `,`, `:`, `default`, `return`, or at the beginning.
fn next_literal(source: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += source.get(at..)?.find('{')?;
        let before = source.get(..at)?.trim_end();
        let is_value = before.is_empty() || before.ends_with(['=', '(', '[', ',', ':', ';']);
        if is_value || before.ends_with("default") || before.ends_with("return") {
            return Some(at);
        }
        at += 1;
    }
}

struct Reader<'s> {
    source: &'s str,
    at: usize,
    out: Relaxed,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn mistake<T>(&self, message: impl Into<String>) -> Result<T, Mistake> {
        Err(Mistake { message: message.into(), offset: self.at })
    }

    fn emit(&mut self, text: &str) {
        self.out.places.push((self.out.json.len(), self.at));
        self.out.json.push_str(text);
    }

    /// Over space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let comment = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                0
            };
            let length = rest.len() - trimmed.len() + comment;
            if length == 0 {
                return;
            }
            self.at += length;
        }
    }

    fn takes(&mut self, sign: char) -> bool {
        self.skip();
        let is_it = self.peek() == Some(sign);
        if is_it {
            self.at += sign.len_utf8();
        }
        is_it
    }

    fn value(&mut self, depth: usize) -> Result<(), Mistake> {
        if depth > DEPTH_MAX {
            return self.mistake(format!("it is nested deeper than {DEPTH_MAX}"));
        }
        self.skip();
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some(quote @ ('"' | '\'' | '`')) => self.text(quote),
            Some(sign) if sign.is_ascii_digit() || matches!(sign, '-' | '+' | '.') => self.number(),
            Some(_) => self.word(),
            None => self.mistake("the text ends too early"),
        }?;
        self.assertion()
    }

    fn object(&mut self, depth: usize) -> Result<(), Mistake> {
        self.emit("{");
        self.at += 1;
        let mut is_first = true;
        while !self.takes('}') {
            if !is_first {
                self.out.json.push(',');
            }
            is_first = false;
            match self.peek() {
                Some(quote @ ('"' | '\'')) => self.text(quote)?,
                Some(_) => self.key()?,
                None => return self.mistake("the object has no end"),
            }
            if !self.takes(':') {
                return self
                    .mistake("what stands here is no `key: value`; only data is taken over");
            }
            self.out.json.push(':');
            self.value(depth + 1)?;
            if !self.takes(',') && self.peek() != Some('}') {
                return self.mistake("`,` or `}` is missing; only data is taken over");
            }
        }
        self.out.json.push('}');
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), Mistake> {
        self.emit("[");
        self.at += 1;
        let mut is_first = true;
        while !self.takes(']') {
            if !is_first {
                self.out.json.push(',');
            }
            is_first = false;
            self.value(depth + 1)?;
            if !self.takes(',') && self.peek() != Some(']') {
                return self.mistake("`,` or `]` is missing; only data is taken over");
            }
        }
        self.out.json.push(']');
        Ok(())
    }

    fn name(&self) -> &str {
        let rest = self.rest();
        let is_part = |letter: char| letter == '_' || letter == '$' || letter.is_alphanumeric();
        rest.get(..rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())).unwrap_or_default()
    }

    fn key(&mut self) -> Result<(), Mistake> {
        let name = self.name().to_owned();
        if name.is_empty() {
            return self.mistake("there is no key here; only data is taken over");
        }
        self.emit(&Value::from(name.as_str()).to_string());
        self.at += name.len();
        Ok(())
    }

    fn word(&mut self) -> Result<(), Mistake> {
        let name = self.name().to_owned();
        match name.as_str() {
            "true" | "false" | "null" => self.emit(&name),
            "undefined" => self.emit("null"),
            "" => return self.mistake("there is no value here"),
            _ => {
                return self
                    .mistake(format!("`{name}` would have to be run; only data is taken over"));
            }
        }
        self.at += name.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Mistake> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
        let written =
            rest.get(..rest.find(|c| !is_part(c)).unwrap_or(rest.len())).unwrap_or_default();
        let length = written.len();
        let plain = written.replace('_', "");
        let plain = plain.strip_prefix('+').unwrap_or(&plain);
        let number = match plain.parse::<i64>() {
            Ok(whole) => Some(Value::from(whole)),
            Err(_not_whole) => {
                let float = plain.parse::<f64>().ok();
                float.and_then(serde_json::Number::from_f64).map(Value::Number)
            }
        };
        let Some(number) = number else {
            let message = format!("`{written}` is no number that is taken over");
            return self.mistake(message);
        };
        self.emit(&number.to_string());
        self.at += length;
        Ok(())
    }

    fn text(&mut self, quote: char) -> Result<(), Mistake> {
        let mut text = String::new();
        let mut letters = self.rest().char_indices().skip(1).peekable();
        let mut end = None;
        while let Some((index, letter)) = letters.next() {
            match letter {
                _ if letter == quote => {
                    end = Some(index + 1);
                    break;
                }
                '\n' if quote != '`' => break,
                '$' if quote == '`' && letters.peek().is_some_and(|(_, next)| *next == '{') => {
                    let offset = self.at + index;
                    let message = "`${…}` would have to be run; only data is taken over".to_owned();
                    return Err(Mistake { message, offset });
                }
                '\\' => {
                    let Some((_, escaped)) = letters.next() else { break };
                    match escaped {
                        'n' => text.push('\n'),
                        't' => text.push('\t'),
                        'r' => text.push('\r'),
                        'u' => {
                            let digits: String =
                                letters.by_ref().take(4).map(|(_, digit)| digit).collect();
                            let code =
                                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                            text.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
                        }
                        '\n' => {}
                        other => text.push(other),
                    }
                }
                _ => text.push(letter),
            }
        }
        let Some(end) = end else {
            return self.mistake(format!("{quote} has no closing {quote}"));
        };
        self.emit(&Value::from(text).to_string());
        self.at += end;
        Ok(())
    }

    /// Over `as const`, `as FlowDefinition` and `satisfies FlowDefinition`, which say nothing at run time.
    fn assertion(&mut self) -> Result<(), Mistake> {
        self.skip();
        for word in ["as", "satisfies"] {
            if self.name() == word {
                self.at += word.len();
                self.skip();
                let kind = self.name().len();
                if kind == 0 {
                    return self.mistake(format!("there is no type after `{word}`"));
                }
                self.at += kind;
                self.skip();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_in_a_program_become_json_with_their_places() {
        let source = "import { x } from 'y';\n// two flows\nexport const a: FlowDefinition = {\n  id: 'A', initial: \"S\",\n  states: { S: { transitions: [{ target: 'machine:B', }], }, }, /* done */\n} as const;\nconst b = { id: 'B', initial: 'T', states: { T: {} } };\nrun({ other: 1 });";
        let read = read(source).unwrap();
        let value: Value = serde_json::from_str(&read.json).unwrap();
        assert_eq!(value["initialFlow"], "A");
        assert_eq!(value["flows"]["A"]["states"]["S"]["transitions"][0]["target"], "machine:B");
        assert_eq!(value["flows"]["B"]["initial"], "T");
        let at = read.json.find("\"machine:B\"").unwrap();
        assert_eq!(source.get(read.source(at)..).unwrap().find("'machine:B'"), Some(0));
    }

    #[test]
    fn what_would_have_to_be_run_is_refused_with_its_place() {
        let source = "const a = { id: 'A', initial: first(), states: {} };";
        let mistake = read(source).unwrap_err();
        assert_eq!(source.get(mistake.offset..).unwrap().find("first"), Some(0));
        assert!(mistake.message.contains("only data"), "{mistake:?}");
        assert!(read("nothing here").unwrap_err().message.contains("no definition"));
        let template = read("x = { initial: `${y}`, states: {} }").unwrap_err();
        assert!(template.message.contains("would have to be run"));
    }
}
