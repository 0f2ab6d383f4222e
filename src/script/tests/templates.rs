//! Templates and JSON of templates. Never the operators inside the braces.

use serde_json::json;

use super::{World, ctx, data, filled};
use crate::script::{Data, Template};

#[test]
fn a_lone_placeholder_keeps_its_type() {
    assert_eq!(filled("{{slot.partySize}}"), json!(4));
    assert_eq!(filled("{{ ctx.contact }}"), json!({ "name": "Ada", "phones": ["1", "2"] }));
    assert_eq!(filled("{{ctx.code}}"), json!("007"));
    assert_eq!(filled("{{ctx.missing}}"), json!(null));
    assert_eq!(filled("{{ ctx.price * ctx.partySize }}"), json!(10.0));
    assert_eq!(filled(" {{slot.partySize}}"), json!(" 4"));
    assert_eq!(filled("{{ 'a}}' + \"{{ctx.name}}\" }}"), json!("a}}Ada"));
    assert_eq!(filled("{{ #{a: #{b: 1}}.a.b }}"), json!(1));
}

#[test]
fn text_around_a_placeholder_makes_text() {
    assert_eq!(
        filled("{{ctx.name}}: {{slot.partySize}}{{ctx.missing}}, {{ctx.ok}}"),
        json!("Ada: 4, true")
    );
    assert_eq!(
        filled("{{ctx.whole}} {{ctx.price}} {{ctx.big}}!"),
        json!("3 2.5 18446744073709551615!")
    );
    assert_eq!(filled("<{{ctx.items}}>"), json!("<a, 2, true, >"));
    assert_eq!(filled("<{{ctx.contact}}>"), json!(r#"<{"name":"Ada","phones":["1","2"]}>"#));
    assert_eq!(filled("it's }} plain"), json!("it's }} plain"));
    assert_eq!(filled(""), json!(""));
    assert_eq!(
        filled(r"write \{{ctx.name}} for {{ctx.name}}"),
        json!("write {{ctx.name}} for Ada")
    );
}

#[test]
fn what_a_placeholder_puts_in_is_never_looked_at_again() {
    assert_eq!(filled("{{ctx.evil}}"), json!("{{ctx.secret}}"));
    assert_eq!(filled("<{{ctx.evil}}>"), json!("<{{ctx.secret}}>"));
    assert_eq!(filled("{{ '{{ctx.evil}}' }}"), json!("{{ctx.secret}}"));
    assert_eq!(filled("{{ctx.json}}"), json!("{\"a\": 1}"));
}

#[test]
fn as_text_even_a_lone_number_is_text() {
    let world = World::new(&ctx());
    let text = |source| Template::compile(source).unwrap().text(&world.scope()).unwrap();
    assert_eq!(text("{{slot.partySize}}"), "4");
    assert_eq!(text("{{ctx.missing}}"), "");
    assert_eq!(text("{{ctx.whole}}"), "3");
}

#[test]
fn a_mistake_in_a_template_is_told_with_its_place() {
    for (source, rest) in [
        ("Hällo {{ctx.name", "{{ctx.name"),
        ("Hällo {{ctx.name}", "{{ctx.name}"),
        ("a {{ctx.name}} b {{ 1 + }} c", "}} c"),
        ("a {{}}", "}}"),
        ("a {{ctx.name's}}", "{{ctx.name's}}"),
        ("a {{ let }}", "let }}"),
    ] {
        let error = Template::compile(source).unwrap_err();
        let at = source.get(error.offset.unwrap()..).unwrap();
        assert!(
            at == rest || rest.ends_with(at) && rest.contains('\''),
            "{source}: {error} at {at}"
        );
    }
}

#[test]
fn a_template_knows_what_it_reads_and_what_is_odd() {
    let template = Template::compile("{{ctx.b}} {{slot.a}} {{ctx.b + small}}").unwrap();
    assert_eq!(template.reads(), ["ctx.b", "slot.a"]);
    assert_eq!(template.warnings()[0].offset, 31);
}

#[test]
fn every_string_in_json_is_a_template() {
    let json = json!({
        "n": "{{slot.partySize}}", "list": ["Hi {{ctx.name}}", 1, { "{{k}}": "{{ctx.items}}" }],
        "plain": { "a": [true, null, "x"] },
    });
    assert_eq!(
        data(&json),
        json!({
            "n": 4, "list": ["Hi Ada", 1, { "{{k}}": ["a", 2, true, null] }],
            "plain": { "a": [true, null, "x"] },
        })
    );
    assert_eq!(data(&json!("{{ctx.none}}")), json!(null));
    assert_eq!(Data::compile(&json).unwrap().reads(), ["ctx.items", "ctx.name", "slot.partySize"]);
}

#[test]
fn every_mistake_in_json_is_told_with_its_pointer() {
    let errors = Data::compile(&json!({ "a/b": ["{{", "ok"], "c~": "x {{ 1 + }}" })).unwrap_err();
    let pointers: Vec<_> =
        errors.iter().map(|(pointer, error)| (pointer.as_str(), error.offset)).collect();
    assert_eq!(pointers, [("/a~1b/0", Some(0)), ("/c~0", Some(9))]);
    let odd = Data::compile(&json!({ "a": ["{{small}}"] })).unwrap().warnings();
    assert_eq!((odd[0].0.as_str(), odd[0].1.offset), ("/a/0", 2));
}
