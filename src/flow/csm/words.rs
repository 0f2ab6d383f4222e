//! Pieces of our expressions and templates, written from what a CSM definition says. What an author or a person wrote
//! only ever becomes a literal or the name of a path.

use std::fmt::Write as _;

/// A text that is to appear as it is, as a template.
pub(super) fn plain(text: &str) -> String {
    text.replace("{{", "\\{{")
}

/// A text as a string of an expression.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '{' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(control)).unwrap_or_default();
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// `.name`
    Key(String),
    /// `[0]`
    Index(usize),
}

/// `root` and then the steps, as an expression.
pub(super) fn path(root: &str, steps: &[Step]) -> String {
    let mut text = root.to_owned();
    for step in steps {
        match step {
            Step::Key(key) if is_name(key) => text.extend([".", key]),
            Step::Key(key) => text.extend(["[", &quoted(key), "]"]),
            Step::Index(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    text
}

/// `contact.names[0]` in steps; `None` if it is written in no such way.
pub(super) fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in text.trim().split('.') {
        let (name, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        match name.parse() {
            Ok(index) => steps.push(Step::Index(index)),
            Err(_no_number) if is_name(name) => steps.push(Step::Key(name.to_owned())),
            Err(_no_number) => return None,
        }
        let mut rest = indexes;
        while let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']')?;
            steps.push(Step::Index(index.trim().parse().ok()?));
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    Some(steps)
}

/// Whether the expression language takes it for one name.
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next().is_some_and(|letter| letter == '_' || letter.is_alphabetic());
    first && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_in_steps() {
        assert_eq!(path("ctx", &steps("a.b[0].c").unwrap()), "ctx.a.b[0].c");
        assert_eq!(path("ctx", &steps("list.0").unwrap()), "ctx.list[0]");
        assert_eq!(steps("a b"), None);
        assert_eq!(steps("a[x]"), None);
        assert_eq!(steps(""), None);
    }

    #[test]
    fn a_text_is_no_code() {
        assert_eq!(quoted("{{ctx.x}} \"\\"), r#""\{\{ctx.x}} \"\\""#);
        assert_eq!(plain("{{ctx.x}}"), r"\{{ctx.x}}");
    }
}
