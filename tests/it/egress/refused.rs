//! Where no request goes, whatever a guest says, and what is not loaded.

use expect_test::expect;

use super::*;

#[tokio::test]
async fn another_host_scheme_port_or_method_is_denied_and_nobody_hears_of_it() {
    let server = server().await;
    let probe = at(&server).await;
    let port = server.port();
    for url in [
        format!("http://theirs.test:{port}"),
        format!("https://ours.test:{port}"),
        "http://ours.test:1".to_owned(),
        format!("http://127.0.0.1:{port}"),
        format!("http://sub.ours.test:{port}"),
        format!("http://ours.test.evil.example:{port}"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let answer = probe.get(&url).await;
        assert_eq!(failure(&answer), ("denied", false), "{url}: {answer}");
    }
    let deleting = probe.fetch(json!({ "method": "DELETE", "url": ours(&server) })).await;
    assert_eq!(failure(&deleting), ("denied", false));
    assert!(deleting["message"].as_str().unwrap().contains("`methods`"), "{deleting}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_granted_name_that_leads_to_a_closed_address_is_denied() {
    let server = server().await;
    let port = server.port();
    let names = ["ours.test", "metadata.test", "mapped.test", "translated.test", "mixed.test"];
    let hosts = names.map(|name| format!("http://{name}:{port}"));
    let probe = probe(&Rights::with(&hosts, "private_networks = false")).await;
    for (host, why) in hosts.iter().zip(["loopback", "metadata", "private", "loopback", "loopback"])
    {
        let answer = probe.get(host).await;
        assert_eq!(failure(&answer), ("denied", false), "{host}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(why) && message.contains("private_networks = true"), "{message}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_header_cannot_break_out_of_its_line() {
    let server = server().await;
    let probe = at(&server).await;
    for (name, value) in [
        ("x-a", "1\r\nx-b: 2"),
        ("x-a", "1\n\nGET /other HTTP/1.1"),
        ("x-a: 1\r\nx-b", "2"),
        ("host", "evil.example"),
        ("transfer-encoding", "chunked"),
        ("connection", "x-a"),
        ("content-length", "4"),
    ] {
        let args = json!({ "url": ours(&server), "headers": [[name, value]] });
        assert_eq!(failure(&probe.fetch(args).await), ("invalid-request", false), "{name}");
    }
    for url in ["\r\nHost: evil.example", "http://ours.test:x", "ours.test", "file:///etc/passwd"] {
        assert_eq!(failure(&probe.get(url).await), ("invalid-request", false), "{url}");
    }
    let args = json!({ "url": ours(&server), "method": "GET /x HTTP/1.1\r\nx-a: 1\r\n\r\nGET" });
    assert_eq!(failure(&probe.fetch(args).await), ("invalid-request", false));
    assert_eq!(server.connections(), 0);
}

async fn unloaded(asked: &str, granted: &str) -> String {
    let asked = format!("[capabilities]\n{asked}");
    load(&SANDBOX, &asked, granted).await.err().expect("it is not loaded").to_string()
}

#[tokio::test]
async fn what_is_asked_and_not_granted_is_refused_with_the_lines_to_add() {
    let asked = Rights::with(&["https://api.example.com".into()], "redirects = 1").lines();
    expect![[r#"
        give plugin `testing` what it asks for; to grant it, write in cicerone.toml:
        [grants.testing]
        kv = { scopes = ["plugin"] }
        progress = true
        http = [{ hosts = ["https://api.example.com"], methods = ["GET", "POST"] }]
        secrets = [{ name = "key", hosts = ["ours.test"] }]
        events = { topics = ["booked"] }"#]]
    .assert_eq(&unloaded(&asked, "").await);
    let secret = "secrets = [{ name = \"key\", hosts = [\"ours.test\"] }]";
    for (less, line) in [
        ("http = [{ hosts = [\"http://api.example.com\"] }]", "http = ["),
        ("http = [{ hosts = [\"https://api.example.com:8443\"] }]", "http = ["),
        ("http = [{ hosts = [\"https://*.api.example.com\"] }]", "http = ["),
        ("http = [{ hosts = [\"https://api.example.com\"], methods = [\"GET\"] }]", "http = ["),
    ] {
        let said = unloaded(&asked, &format!("{REST}{secret}\n{less}")).await;
        assert!(said.contains(line) && !said.contains("secrets"), "{less}: {said}");
    }
    let http = "http = [{ hosts = [\"https://*.example.com\"] }]";
    let other = "secrets = [{ name = \"key\", hosts = [\"theirs.test\"] }]";
    assert!(unloaded(&asked, &format!("{REST}{http}\n{other}")).await.contains(secret));
    // A name alone grants the hosts that are asked for, and a wider host the narrower one.
    let granted = format!("{REST}{http}\nsecrets = [\"key\"]");
    load(&SANDBOX, &format!("[capabilities]\n{asked}"), &granted).await.unwrap();
}

#[tokio::test]
async fn a_secret_is_seen_only_if_that_too_is_granted() {
    let asked = "secrets = [{ name = \"key\", hosts = [], expose = true }]";
    let http = "http = [{ hosts = [\"https://a.example\"] }]";
    let asked = format!("{REST}{asked}\n{http}");
    let granted = format!("{REST}{http}\nsecrets = [\"key\"]");
    assert!(unloaded(&asked, &granted).await.contains("expose = true }]"));
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_what_to_write() {
    let http = |parts: &str| format!("http = [{{ {parts} }}]");
    for (asked, words) in [
        (http("hosts = [\"api.example.com\"]"), "understand `api.example.com` as a server"),
        (http("hosts = [\"https://*\"]"), "understand `https://*` as a server"),
        (http("hosts = [\"http://127.0.0.1\"]"), "which is loopback"),
        (http("hosts = [\"http://[::ffff:10.0.0.1]\"]"), "which is private"),
        (http("hosts = [\"http://2130706433\"]"), "which is loopback"),
        (http("hosts = [\"http://*.0.0.1\"]"), "which is unspecified"),
        (http("hosts = [\"https://a.example\"], methods = [\"get\"]"), "`get` in [[capabilities"),
        (http("hosts = [\"https://a.example\"], methods = [\"CONNECT\"]"), "is no method"),
        (http("host = \"https://a.example\""), "unknown field `host`"),
        ("secrets = [\"key\"]".to_owned(), "read plugin.toml"),
        ("secrets = [{ name = \"Key\", hosts = [] }]".to_owned(), "`Key` is no secret's name"),
        ("secrets = [{ name = \"key\", hosts = [\"a/b\"] }]".to_owned(), "secret `key`"),
        ("events = { topics = [\"Booked\"] }".to_owned(), "`Booked` is no topic"),
    ] {
        let rest = ["kv = { scopes = [\"plugin\"] }", "progress = true"];
        let more = [
            "events = { topics = [] }",
            "secrets = [{ name = \"key\", hosts = [] }]",
            "http = [{ hosts = [\"https://a.example\"] }]",
        ];
        let key = asked.split(' ').next().unwrap();
        let more = more.iter().filter(|line| !line.starts_with(key)).copied();
        let lines: Vec<&str> = rest.into_iter().chain(more).chain([asked.as_str()]).collect();
        let said = unloaded(&lines.join("\n"), "").await;
        assert!(said.contains(words), "{asked}: {said}");
    }
}

#[tokio::test]
async fn an_import_that_leads_out_is_asked_for_in_the_manifest() {
    let all = format!(
        "{REST}secrets = [{{ name = \"key\", hosts = [] }}]\nhttp = [{{ hosts = [\"https://a.example\"] }}]"
    );
    for (key, import) in [
        ("http", "it imports `cicerone:plugin/http`; ask for it with `http = [{ hosts = […] }]`"),
        ("secrets", "it imports `cicerone:plugin/secrets`"),
        ("progress", "it imports `cicerone:plugin/progress`; ask for it with `progress = true`"),
        ("events", "it imports `cicerone:plugin/events`"),
        ("kv", "it imports `cicerone:plugin/kv`"),
    ] {
        let asked: Vec<&str> = all.lines().filter(|line| !line.starts_with(key)).collect();
        let said = unloaded(&asked.join("\n"), &all).await;
        assert!(said.contains(import), "{said}");
    }
}

#[tokio::test]
async fn a_plugin_does_not_see_the_data_of_another() {
    let hosts = ["https://a.example".to_owned()];
    let ours = probe(&Rights::to(&hosts)).await;
    ours.call("keep", json!({ "key": "k", "value": "ours" })).await;
    assert_eq!(ours.call("keep", json!({ "key": "k" })).await, "ours");
    let folder = tempfile::tempdir().unwrap();
    let lines = Rights::to(&hosts).lines();
    crate::guest::write(folder.path(), &component(), &format!("[capabilities]\n{lines}"));
    let file = folder.path().join("plugin.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("name = \"testing\"", "name = \"other\"")).unwrap();
    let plugin = SANDBOX.load(folder.path(), &toml::from_str(&lines).unwrap()).await.unwrap();
    let other = Probe { plugin, _folder: folder };
    for key in ["k", "testing/k", "../testing/k", "testing\0k"] {
        assert_eq!(other.call("keep", json!({ "key": key })).await, Value::Null, "{key}");
    }
}
