//! A text with its characters of full width and its digits of other scripts made plain: `４` and `٤` are `4`, `＠` is `@`. It
//! knows where each stood, so that a place in the plain text is one in the text that was written.

use std::ops::Range;

/// A text made plain.
#[derive(Debug)]
pub(super) struct Narrow {
    pub(super) text: String,
    /// Behind each changed character: where the plain text is, and where the written one.
    ends: Vec<(usize, usize)>,
}

impl Narrow {
    /// The text made plain, if anything in it has to be.
    pub(super) fn of(written: &str) -> Option<Self> {
        if !written.chars().any(|c| narrow(c).is_some()) {
            return None;
        }
        let mut made = Self { text: String::with_capacity(written.len()), ends: Vec::new() };
        for (at, c) in written.char_indices() {
            made.text.push(narrow(c).unwrap_or(c));
            if narrow(c).is_some() {
                made.ends.push((made.text.len(), at + c.len_utf8()));
            }
        }
        Some(made)
    }

    /// Where this place of the plain text is in the written one.
    pub(super) fn written(&self, plain: &Range<usize>) -> Range<usize> {
        self.place(plain.start)..self.place(plain.end)
    }

    fn place(&self, plain: usize) -> usize {
        let behind = self.ends.partition_point(|(end, _)| *end <= plain);
        let last = behind.checked_sub(1).and_then(|last| self.ends.get(last));
        last.map_or(plain, |(end, written)| written + (plain - end))
    }
}

/// The plain character that this one stands for.
fn narrow(c: char) -> Option<char> {
    let code = u32::from(c);
    match code {
        // Most text ends here.
        0..=0x65F => None,
        // the decimal and the thousands mark of Arabic digits
        0x66B => Some('.'),
        0x66C => Some(','),
        // `！` to `～`
        0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0),
        0xFFE0 => Some('¢'),
        0xFFE1 => Some('£'),
        0xFFE5 => Some('¥'),
        0x1D7CE..=0x1D7FF => char::from_digit((code - 0x1D7CE) % 10, 10),
        _ => {
            let zero = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
            char::from_digit(code - ZEROS.get(zero)?, 10)
        }
    }
}

/// The zeros of the scripts that write numbers with ten digits in a row, in order.
const ZEROS: [u32; 36] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6,
    0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0,
];

#[cfg(test)]
mod tests {
    use super::{Narrow, ZEROS, narrow};

    #[test]
    fn a_place_in_the_plain_text_is_one_in_the_written_text() {
        let written = "é ５５５－1２ ok ٤";
        let made = Narrow::of(written).unwrap();
        assert_eq!(made.text, "é 555-12 ok 4");
        for (plain, there) in [("é", "é"), ("555-12", "５５５－1２"), ("ok", "ok"), ("4", "٤")]
        {
            let start = made.text.find(plain).unwrap();
            let place = made.written(&(start..start + plain.len()));
            assert_eq!(written.get(place), Some(there));
        }
    }

    #[test]
    fn a_plain_text_is_left_alone() {
        assert!(Narrow::of("à 7 h, 20 € – “olá” ½ m² 日本").is_none());
    }

    #[test]
    fn the_zeros_are_in_order_and_each_has_nine_digits_behind() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            let digits: String =
                (zero..zero + 10).filter_map(char::from_u32).filter_map(narrow).collect();
            assert_eq!(digits, "0123456789");
            assert!(char::from_u32(zero).unwrap().is_numeric());
        }
    }
}
