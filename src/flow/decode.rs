//! From the bytes of a file to its text, or to the place where it is none. It reads no file: bytes come in.

use super::Finding;
use super::report::{Place, Problem, Report};

/// Letters of Latin-1 begin here; what is before them is no sign that a person would have meant.
const LATIN_1_MIN: u8 = 0xA0;

/// How a text begins that Windows calls Unicode.
const UTF_16: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// The bytes of a file as text.
///
/// # Errors
/// The text as far as it can be shown, and where the first byte is that is no UTF-8.
pub fn decoded(bytes: Vec<u8>) -> Result<String, (String, Box<Finding>)> {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
    let shown = String::from_utf8_lossy(bytes).into_owned();
    let byte = bytes.get(at).copied().unwrap_or_default();
    let hint = if UTF_16.iter().any(|mark| bytes.starts_with(mark)) {
        "it looks like UTF-16; save it as UTF-8".to_owned()
    } else if byte >= LATIN_1_MIN {
        let letter = char::from(byte);
        format!("save the file as UTF-8; in Latin-1 this byte would be `{letter}`")
    } else {
        "save the file as UTF-8".to_owned()
    };
    // As everywhere, a byte order mark is no part of what is counted.
    let mark = if shown.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let place = Place::Bytes(String::new(), at - mark..at - mark + 1);
    let message = format!("the text is no UTF-8: byte 0x{byte:02X}");
    let problem = Problem::error("text.encoding", place, message).suggest(hint);
    let finding = alone(problem, shown.get(mark..).unwrap_or_default());
    Err((shown, Box::new(finding)))
}

/// What there is to say of a file that cannot be read at all, and why.
#[must_use]
pub fn unreadable(why: &str) -> Finding {
    let place = Place::Value(String::new());
    let message = format!("the file cannot be read: {why}");
    let hint = "look at what it is, where it leads and who may read it";
    alone(Problem::error("file.unreadable", place, message).suggest(hint), "")
}

fn alone(problem: Problem, text: &str) -> Finding {
    let mut report = Report::default();
    report.add(problem);
    let mut findings = report.locate(text);
    findings.pop().expect("a report with a problem has a finding of it")
}
