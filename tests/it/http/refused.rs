//! What is not loaded and where no request goes, with the words that say what to write.

use cicerone::event::ToolErrorKind;
use expect_test::{Expect, expect};
use serde_json::json;

use super::server::{Reply, Server};
use super::{Says, call, error, manifest, open, run, with};

#[track_caller]
fn check(url: &str, http: &str, grant: &str, expected: Expect) {
    let text = manifest(url, Says { http, ..Says::default() });
    expected.assert_eq(&open(&text, grant).unwrap_err().to_string());
}

const SHOP: &str = "https://shop.example/tools";
const SHOP_GRANT: &str = "http = [{ hosts = [\"https://shop.example\"] }]";

#[test]
fn what_is_asked_and_not_granted_is_refused_with_the_lines_to_add() {
    check(
        SHOP,
        "secret = \"key\"\nheaders = { x-token = { secret = \"token\" } }",
        "",
        expect![[r#"
            give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
            [grants.testing]
            http = [{ hosts = ["https://shop.example"] }]
            secrets = ["key", "token"]"#]],
    );
    check(
        "http://10.0.0.7:8080/tools",
        "private_networks = true",
        "http = [{ hosts = [\"http://10.0.0.7:8080\"] }]",
        expect![[r#"
            give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
            [grants.testing]
            http = [{ hosts = ["http://10.0.0.7:8080"], private_networks = true }]"#]],
    );
    check(
        SHOP,
        "",
        "http = [{ hosts = [\"shop.example\"] }]",
        expect![
            "read `[grants.testing]`: understand `shop.example` as a server; write `https://api.example.com`, with a port where it has its own"
        ],
    );
    check(
        SHOP,
        "",
        "http = [{ hosts = [\"https://shop.example\"], methods = [\"GET\"] }]",
        expect![[r#"
            give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
            [grants.testing]
            http = [{ hosts = ["https://shop.example"] }]"#]],
    );
    check(
        SHOP,
        "secret = \"key\"",
        "http = [{ hosts = [\"http://shop.example\"] }]\nsecrets = [\"key\"]",
        expect![[r#"
            give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
            [grants.testing]
            http = [{ hosts = ["https://shop.example"] }]"#]],
    );
}

#[test]
fn a_blanket_grant_holds_for_the_plugin_toml_that_was_reviewed() {
    let text = manifest(SHOP, Says::default());
    let grant = |digest| format!("grant = \"as-requested\"\ndigest = \"{digest}\"");
    assert!(open(&text, &grant(cicerone::manifest::digest(&text))).is_ok());
    let changed = open(&format!("{text}\n"), &grant(cicerone::manifest::digest(&text)));
    assert!(changed.unwrap_err().to_string().contains("digest = "));
}

#[test]
fn an_address_that_is_not_of_the_open_internet_is_refused_unless_it_is_meant() {
    for url in [
        "http://127.0.0.1:8080/tools",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/tools",
        "http://[fd00:ec2::254]/tools",
        "http://2130706433/tools",
    ] {
        let said = open(&manifest(url, Says::default()), "").unwrap_err().to_string();
        assert!(said.contains("`private_networks = true`"), "{said}");
    }
    check(
        "http://127.1/tools",
        "",
        "",
        expect![
            "read plugin.toml: `http.url` leads to the address `127.0.0.1` (loopback); if that is meant, write `private_networks = true` below it"
        ],
    );
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_denied_when_it_is_called() {
    let server = Server::start(|_| Reply::json(200, &json!({}))).await;
    let port = server.address.rsplit(':').next().unwrap();
    let url = format!("http://localhost:{port}/tools");
    let grant = format!("http = [{{ hosts = [\"http://localhost:{port}\"] }}]");
    let http = open(&manifest(&url, Says::default()), &grant).unwrap();
    let error = error(run(&with(&http), &call()).await);
    assert_eq!((error.kind, error.attempts), (ToolErrorKind::Denied, 1));
    for words in [
        "the host `localhost` is not of the open internet (loopback)",
        "`private_networks = true` in the [http]",
        "[grants.testing]",
        &format!("http = [{{ hosts = [\"http://localhost:{port}\"], private_networks = true }}]"),
    ] {
        assert!(error.message.contains(words), "{words}: {}", error.message);
    }
    assert_eq!(server.connections(), 0);
    // Asked for and granted, it is called.
    let says = Says { http: "private_networks = true", ..Says::default() };
    let grant = grant.replace("] }", "], private_networks = true }");
    let http = open(&manifest(&url, says), &grant).unwrap();
    super::done(run(&with(&http), &call()).await);
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_is_written_wrong_is_refused_with_what_to_write() {
    for (http, expected) in [
        ("redirects = 9", "`http.redirects` is 9; at most 5"),
        ("secret = \"My Key\"", "`My Key` is no secret's name"),
        ("headers = { host = \"x\" }", "header `host` in [http]: it is set by the host"),
        ("headers = { x-cicerone-attempt = \"x\" }", "it is set by the host"),
        ("headers = { \"a b\" = \"x\" }", "that is no header's name"),
        ("headers = { x-a = \"a\\nb\" }", "its value cannot stand in a header"),
        ("headers = { x-a = { secrets = \"key\" } }", "{ secret = \"NAME\""),
        ("proxy = \"http://10.0.0.1\"", "unknown field `proxy`"),
    ] {
        let text = manifest(SHOP, Says { http, ..Says::default() });
        let grant = format!("{SHOP_GRANT}\nsecrets = [\"key\"]");
        let said = open(&text, &grant).unwrap_err().to_string();
        assert!(said.contains(expected), "{expected}: {said}");
    }
    for url in ["shop.example", "ftp://shop.example", "https://me:hunter2@shop.example/", "/tools"]
    {
        let said = open(&manifest(url, Says::default()), SHOP_GRANT).unwrap_err().to_string();
        assert!(said.contains("`http.url` is no URL of a server"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_key_of_another_kind_or_of_nobody_is_refused_with_its_line() {
    let refused = |limits, tool| {
        let text = manifest(SHOP, Says { limits, tool, ..Says::default() });
        open(&text, SHOP_GRANT).unwrap_err().to_string()
    };
    for (limits, tool, expected) in [
        ("fuel = 7", "", "unknown field `fuel`"),
        ("", "efects = []", "unknown field `efects`"),
        ("", "effects = [\"harmless\"]", "unknown variant `harmless`"),
        ("", "retry = { max_attempts = 0 }", "`max_attempts` is at least 1"),
        ("", "expose = [\"model\"]", "`expose` is a list of `flow`, `llm` and `mcp`, not `model`"),
        ("", "[capabilities]\nkv = {}", "unknown field `capabilities`"),
        ("", "[breaker]\nfailures = 0", "`failures` is at least 1"),
        (
            "",
            "[[tool]]\nname = \"do\"\ndescription = \"\"\ninput_schema = { type = \"object\" }",
            "is there twice",
        ),
        (
            "",
            "[[tool]]\nname = \"Do\"\ndescription = \"\"\ninput_schema = { type = \"object\" }",
            "its name must be",
        ),
        (
            "",
            "[[tool]]\nname = \"other\"\ndescription = \"\"\ninput_schema = {}",
            "`type = \"object\"`",
        ),
    ] {
        let said = refused(limits, tool);
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn the_ten_lines_of_the_page_are_a_plugin_with_their_grant() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/http-tools.md"));
    let page = page.unwrap();
    let mut blocks = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let (manifest, grant) = (blocks.next().unwrap(), blocks.next().unwrap());
    assert!(manifest.lines().count() <= 10, "{manifest}");
    let grant = grant.strip_prefix("[grants.weather]\n").unwrap();
    let registry = with(&open(manifest, grant).unwrap());
    assert_eq!(registry.report()[0].name, "weather/forecast");
    assert!(open(manifest, "").unwrap_err().to_string().contains(grant.trim()));
}

#[test]
fn a_kind_that_is_not_known_says_so() {
    let of = |kind: &str| {
        let text = manifest(SHOP, Says::default()).replace("kind = \"http\"", kind);
        open(&text, SHOP_GRANT).unwrap_err().to_string()
    };
    let said = of("kind = \"rpc\"");
    assert!(
        said.contains("there is no kind `rpc`; write `wasm`, `http`, `queue` or `mcp`"),
        "{said}"
    );
    assert!(of("").contains("missing field `kind`"));
}
