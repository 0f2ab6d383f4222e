//! A stranger's text on its way to people, logs and models: bounded, and without characters that command terminals.

/// The first `max` characters without control characters; a line break or tab becomes a space. What was cut off is
/// shown as `…`.
#[must_use]
pub fn clean(text: &str, max: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().filter_map(plain).enumerate() {
        if count == max {
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

fn plain(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => Some(' '),
        c if c.is_control() || is_invisible(c) => None,
        c => Some(c),
    }
}

/// Characters that reorder or hide others: bidirectional marks, zero width, tags, and the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_or_hides_text_is_removed() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\r\nc\u{202e}d\u{200b}", 99), "a[31mb cd");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(clean("grüße", 3), "grü…");
        assert_eq!(clean("grüße", 5), "grüße");
    }
}
