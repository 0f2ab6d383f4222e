//! What a CSM pattern means in ours: the whole text whatever its case, `*` for anything, `#{x}` for what the context
//! holds there, which is compared and never run.

use super::words;

/// A pattern of ours, and what must be true besides.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) pattern: Option<String>,
    pub(super) when: Option<String>,
    /// The text that a person would say, if there is one.
    pub(super) says: Option<String>,
}

/// A piece of a pattern with lookups.
enum Piece<'p> {
    Text(&'p str),
    Lookup(String),
}

/// The pattern in our language, or why it is none.
pub(super) fn pattern(written: &str) -> Result<Pattern, String> {
    let text = written.trim();
    if text.is_empty() {
        return Ok(Pattern::default());
    }
    if text == ":default" {
        return Ok(Pattern { pattern: Some(text.to_owned()), ..Pattern::default() });
    }
    let pieces = pieces(text)?;
    if pieces.iter().any(|piece| matches!(piece, Piece::Lookup(_))) {
        return Ok(Pattern {
            pattern: Some("*".to_owned()),
            when: Some(comparison(&pieces)),
            says: None,
        });
    }
    let says = (!text.contains('*')).then(|| text.to_owned());
    // What means something in our patterns and nothing in theirs.
    let is_taken = text.contains('|') || text.starts_with("re:");
    let pattern = if is_taken {
        let literals: Vec<String> = text.split('*').map(regex::escape).collect();
        format!("re:^{}$", literals.join("(?s:.*)"))
    } else {
        text.to_owned()
    };
    Ok(Pattern { pattern: Some(pattern), when: None, says })
}

/// What a text with lookups is, as a template.
pub(super) fn message(text: &str) -> Result<String, String> {
    let pieces = pieces(text)?;
    let written = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => words::plain(text),
        Piece::Lookup(path) => format!("{{{{{path}}}}}"),
    });
    Ok(written.collect())
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("#{") {
        let (name, behind) =
            after.split_once('}').ok_or_else(|| format!("`#{{{after}` has no `}}`"))?;
        let path = name.trim();
        let path = path.strip_prefix("context.").unwrap_or(path);
        let steps = words::steps(path).ok_or_else(|| {
            format!("`#{{{name}}}` is no lookup: it is a path of the context and never code")
        })?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Lookup(words::path("ctx", &steps)));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// The text of the person against the pieces; a lookup that finds nothing fits nothing.
fn comparison(pieces: &[Piece<'_>]) -> String {
    let mut tests = Vec::new();
    let mut parts = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Lookup(path) => {
                tests.push(format!("{path} != ()"));
                parts.push(format!("to_string({path})"));
            }
            Piece::Text(text) => {
                // `()` is anything.
                for (index, literal) in text.split('*').enumerate() {
                    if index > 0 {
                        parts.push("()".to_owned());
                    }
                    if !literal.is_empty() {
                        parts.push(words::quoted(literal));
                    }
                }
            }
        }
    }
    tests.push(format!("like(input.text, [{}])", parts.join(", ")));
    tests.join(" && ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pattern: &str) -> (Option<String>, Option<String>) {
        let Pattern { pattern, when, .. } = super::pattern(pattern).unwrap();
        (pattern, when)
    }

    #[test]
    fn what_means_more_to_us_is_taken_as_it_is() {
        assert_eq!(written(" Order Coffee "), (Some("Order Coffee".to_owned()), None));
        assert_eq!(written("yes|no").0.unwrap(), r"re:^yes\|no$");
        assert_eq!(written("re: *").0.unwrap(), "re:^re: (?s:.*)$");
        assert_eq!(written(""), (None, None));
    }

    #[test]
    fn a_lookup_is_compared_and_never_run() {
        let (pattern, when) = written("hello #{user.names[0]} *");
        assert_eq!(pattern.unwrap(), "*");
        let expected = r#"ctx.user.names[0] != () && like(input.text, ["hello ", to_string(ctx.user.names[0]), " ", ()])"#;
        assert_eq!(when.unwrap(), expected);
        assert!(super::pattern("#{a + b}").unwrap_err().contains("never code"));
        assert!(super::pattern("#{a").unwrap_err().contains("has no"));
    }
}
