//! Texts beside flows, in YAML: a mistake is told where it stands.

use super::*;

#[test]
fn a_yaml_that_is_none_is_told_with_its_place() {
    for (source, line) in
        [("meta: { name: x }\nstart: *nobody\n", 2), ("meta: x\nstart: !odd A\n", 2)]
    {
        let text = Text::named("x.yaml", source);
        let (written, read) = Written::read::<Value>(&text, (schema(), "Flow"));
        let findings = written.findings();
        assert!(read.is_none());
        assert_eq!((findings[0].code, findings[0].line), ("yaml.syntax", line), "{findings:?}");
    }
}

#[test]
fn a_text_that_is_no_utf_8_is_told_with_the_place_of_its_first_odd_byte() {
    for (bytes, place, hint) in [
        (&b"{\n  \"a\": \"caf\xe9\", \"b\": \"\xe8\"\n}"[..], (2, 12), "`é`"),
        ("{\n  \"größe\": \"".as_bytes(), (2, 13), "UTF-8"),
        (b"\xef\xbb\xbf{\"a\": \"\x93\"}", (1, 8), "save the file as UTF-8"),
        (b"\xff\xfe{\0", (1, 1), "UTF-16"),
        // Half of a letter at the very end.
        (b"{\"a\": \"\xc3", (1, 8), "UTF-8"),
    ] {
        let mut bytes = bytes.to_vec();
        if std::str::from_utf8(&bytes).is_ok() {
            bytes.push(0xFF);
        }
        let (shown, finding) = decoded(bytes).unwrap_err();
        assert_eq!((finding.code, finding.severity), ("text.encoding", Severity::Error));
        assert_eq!((finding.line, finding.column, finding.length), (place.0, place.1, 1));
        assert!(finding.suggestion.unwrap().contains(hint), "{shown}");
    }
    assert_eq!(decoded("é\u{fffd}".into()).unwrap(), "é\u{fffd}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding_too() {
    let finding = unreadable("permission denied");
    assert_eq!((finding.code, finding.line, finding.column), ("file.unreadable", 1, 1));
    assert!(finding.message.contains("permission denied"), "{finding:?}");
}
