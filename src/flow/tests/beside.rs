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
