//! What is asked and not granted, and what cannot be meant.

use super::Place;

fn refused(place: &Place, text: &str, grant: &str) -> String {
    format!("could not {}", place.open_as(text, grant).unwrap_err())
}

#[tokio::test]
async fn a_program_is_started_only_where_the_operator_trusts_it() {
    let mut place = Place::new();
    place.says = "env = { TOKEN = { secret = \"token\" } }".to_owned();
    let said = refused(&place, &place.text(), "");
    let lines = "[grants.testing]\ntrust = \"native\"\nsecrets = [\"token\"]";
    assert!(said.ends_with(lines), "{said}");
    // What was reviewed was not the program.
    let digest = cicerone::manifest::digest(&place.text());
    let grant = format!("grant = \"as-requested\"\ndigest = \"{digest}\"");
    let said = refused(&place, &place.text(), &grant);
    assert!(said.ends_with("[grants.testing]\ntrust = \"native\""), "{said}");
    assert_eq!(place.notes(), [""; 0]);
}

#[tokio::test]
async fn a_server_under_a_url_is_called_only_where_the_operator_allows() {
    let place = Place::new();
    let text = place.text_of("url = \"https://tools.example.com/mcp\"");
    let said = refused(&place, &text, "trust = \"native\"");
    assert!(said.contains("http = [{ hosts = [\"https://tools.example.com\"] }]"), "{said}");
    let text = place.text_of("url = \"http://127.0.0.1:1/mcp\"");
    let said = refused(&place, &text, "http = [{ hosts = [\"http://127.0.0.1:1\"] }]");
    assert!(said.contains("`mcp.url` leads to the address `127.0.0.1` (loopback)"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let place = Place::new();
    for (reach, why) in [
        ("", "write `command` to start a server, or `url` to call one"),
        ("command = \"a\"\nurl = \"https://a.example\"", "write one"),
        ("command = \"a\"\nprivate_networks = true", "are for `url`"),
        ("url = \"https://a.example\"\nargs = [\"-v\"]", "are for `command`"),
        ("command = \"a\"\nenv = { \"A=B\" = \"1\" }", "is no variable's name"),
        ("url = \"https://a.example\"\nheaders = { Mcp-Session-Id = \"1\" }", "set by the host"),
        ("command = \"a\"\n[[tool]]\nname = \"b\"\nexpose = [\"everybody\"]", "not `everybody`"),
        (
            "command = \"a\"\n[[tool]]\nname = \"b\"\neffects = [\"idempotent\"]",
            "declare the whole",
        ),
        (
            "command = \"a\"\n[[tool]]\nname = \"b\"\n[[tool]]\nname = \"c\"\ndescription = \"C.\"\n\
             input_schema = { type = \"object\" }",
            "where one tool has `description` and `input_schema`, all have",
        ),
    ] {
        let grant = "trust = \"native\"\nhttp = [{ hosts = [\"https://a.example\"] }]";
        let said = refused(&place, &place.text_of(reach), grant);
        assert!(said.contains(why), "{said}");
    }
}
