//! A host that cannot start says what to do, in words that read as one sentence, and ends with 1.

use std::fs;

use super::listening::echoing;
use super::{Host, Place, Ran};

/// What a command that fails says.
#[track_caller]
fn failed(ran: &Ran, code: i32) -> &str {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert_eq!(ran.out, "");
    assert!(!ran.err.contains("could not could not") && !ran.err.contains("panicked"), "{ran:?}");
    &ran.err
}

#[tokio::test]
async fn a_port_in_use_is_refused_with_how_to_choose_another() {
    let place = echoing();
    let host = Host::start(&place);
    let ran = place.run(&["serve", "--listen", &host.address, "--data", "other"]);
    let said = failed(&ran, 1);
    assert!(said.starts_with(&format!("error: could not listen on {}", host.address)), "{said}");
    assert!(said.contains("--listen 127.0.0.1:PORT") && said.contains("in use"), "{said}");
}

#[tokio::test]
async fn a_data_directory_in_use_is_refused_with_who_has_it() {
    let place = echoing();
    let _host = Host::start(&place);
    let ran = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    let said = failed(&ran, 1);
    assert!(said.contains("in use by another host (process ") && said.contains("--data"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused_with_what_to_do() {
    let place = echoing();
    fs::write(place.path("file"), "").unwrap();
    for data in ["file", "file/below", "/proc/nothing"] {
        let ran = place.run(&["serve", "--listen", "127.0.0.1:0", "--data", data]);
        let said = failed(&ran, 1);
        assert!(said.contains("could not open the data directory: `"), "{said}");
        assert!(said.contains(data) && said.contains("--data"), "{said}");
    }
}

#[test]
fn a_setting_that_nobody_knows_is_refused_with_its_line() {
    let place = echoing();
    for (text, line, word) in [
        ("[http]\nlisen = \"127.0.0.1:0\"", "line 2", "`lisen`"),
        ("\n\n[htp]", "line 3", "`htp`"),
        ("[http]\nlisten = 80", "line 2", "listen"),
        ("[sessions]\nidle_days = -1", "line 2", "idle_days"),
        ("flows = \"a\" b", "line 1", "b"),
        ("[sandbox]\nplaces = 0", "line 2", "0 should be 1 to 5000"),
        ("[sandbox]\nthreads = -1", "line 2", "-1 should be 1 to 1024"),
        ("\n[sandbox]\nmemory_bytes_max = 1", "line 3", "1 should be 65536 to 4294967296"),
    ] {
        fs::write(place.path("cicerone.toml"), text).unwrap();
        let ran = place.run(&["serve"]);
        let said = failed(&ran, 1);
        assert!(said.contains("`cicerone.toml`") && said.contains(line), "{said}");
        assert!(said.contains(word), "{said}");
    }
    let ran = place.run(&["serve", "--config", "nowhere.toml"]);
    assert!(failed(&ran, 1).contains("could not read the settings in `nowhere.toml`"));
}

#[test]
fn a_grant_that_cannot_be_meant_is_refused_with_its_name() {
    let place = echoing();
    fs::write(place.path("cicerone.toml"), "[grants.weather]\nhtp = true").unwrap();
    let ran = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    let said = failed(&ran, 1);
    assert!(said.contains("`[grants.weather]`") && said.contains("htp"), "{said}");
}

#[test]
fn a_variable_of_the_environment_that_cannot_be_meant_is_refused_with_its_form() {
    let place = echoing();
    for (name, value) in [("PORT", "http"), ("CICERONE_TEST_CLOCK", "noon"), ("WS_PORT", "70000")] {
        let ran = Ran::from(place.cicerone(&["serve"]).env(name, value).output().unwrap());
        let said = failed(&ran, 1);
        assert!(
            said.contains(&format!("`{name}={value}`")) && said.contains("should be"),
            "{said}"
        );
    }
}

#[test]
fn a_folder_of_flows_that_is_not_there_is_refused_with_its_name() {
    let place = Place::empty();
    let ran = place.run(&["serve", "--listen", "127.0.0.1:0", "--flows", "nowhere"]);
    let said = failed(&ran, 1);
    assert!(said.contains("could not find the folder of flows `nowhere`"), "{said}");
    assert!(said.contains("--flows"), "{said}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let place = Place::empty();
    for (args, word) in [
        (&["serv"][..], "serve"),
        (&["serve", "--port", "1"], "--port"),
        (&["serve", "--listen", "here"], "--listen"),
        (&["check"], "PATHS"),
        (&[], "Usage"),
    ] {
        let ran = place.run(args);
        assert!(failed(&ran, 2).contains(word), "{ran:?}");
    }
}

#[tokio::test]
async fn a_second_port_has_the_same_routes() {
    let place = echoing();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = place.cicerone(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("WS_PORT", free.port().to_string());
    let host = Host::started(&place, command);
    assert_eq!(host.get("/livez").await.status, 200);
    let second = super::client::http().get(format!("http://{free}/livez")).send().await.unwrap();
    assert_eq!(second.status().as_u16(), 200);
}

#[tokio::test]
async fn a_host_tells_how_it_is() {
    let host = Host::start(&Place::shipped());
    let health = host.get("/api/health").await.ok();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    for probe in ["/livez", "/readyz", "/"] {
        assert_eq!(host.get(probe).await.status, 200, "{probe}");
    }
    let said = host.said();
    assert!(
        said.contains("reservation")
            && said.contains("plugins notes, orders, reservations, tickets"),
        "{said}"
    );
}
