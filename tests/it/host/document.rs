//! The document of the routes: the file in the repository, the route that serves it, and what the host really does.

use std::fs;

use serde_json::Value;

use super::listening::echoing;
use super::{Host, repository};

#[test]
fn the_openapi_file_is_what_the_routes_say() {
    let path = repository("schemas/openapi.json");
    let current = format!("{}\n", cicerone::api::openapi());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == current,
        "run the tests once with UPDATE_SCHEMAS=1 and look at the difference"
    );
}

#[tokio::test]
async fn the_host_serves_the_document_and_has_every_route_of_it() {
    let host = Host::start(&echoing());
    let answer = host.get("/openapi.json").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = answer.ok();
    let current: Value = serde_json::from_str(&cicerone::api::openapi()).unwrap();
    assert_eq!(document, current);
    for (path, methods) in document["paths"].as_object().unwrap() {
        // A method that no route takes tells a route from an address without one.
        let path = path.replace("{id}", "nobody");
        let request = super::client::http().request(reqwest::Method::PATCH, host.url(&path));
        let answer = super::client::Answer::of(request).await;
        answer.refused(405, "method.wrong");
        for method in methods.as_object().unwrap().keys() {
            let allowed = answer.header("allow").unwrap();
            assert!(allowed.contains(&method.to_uppercase()), "{path} {method}: {allowed}");
        }
    }
}
