//! Registries that want to know who asks, and registries that lie, played by a server of the test.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path as Below, RawQuery, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cicerone::secret::Secret;
use serde_json::{Value, json};

use super::urls::Shop;
use super::*;

/// What a pretended registry says.
#[derive(Clone, Default)]
struct Says {
    /// For the name `1`.
    manifest: String,
    /// For any blob.
    blob: Vec<u8>,
    /// What it wants to be shown, and what it says to whoever shows nothing.
    wants: Option<(&'static str, String)>,
    /// Queries and proofs that it was shown.
    seen: Arc<Mutex<Vec<String>>>,
}

fn shown(headers: &HeaderMap) -> String {
    headers.get(AUTHORIZATION).map_or("", |value| value.to_str().unwrap()).to_owned()
}

async fn answer(
    State(says): State<Says>,
    Below(path): Below<String>,
    headers: HeaderMap,
) -> Response {
    if let Some((proof, challenge)) = &says.wants
        && shown(&headers) != *proof
    {
        return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge.clone())]).into_response();
    }
    if path.contains("/blobs/") {
        return says.blob.into_response();
    }
    says.manifest.into_response()
}

async fn token(State(says): State<Says>, RawQuery(query): RawQuery, headers: HeaderMap) -> String {
    let line = format!("{} {}", query.unwrap_or_default(), shown(&headers));
    says.seen.lock().unwrap().push(line);
    json!({ "access_token": "t0ken", "expires_in": 300 }).to_string()
}

impl Says {
    /// One layer, whatever comes for it.
    fn of(layer: &[u8], blob: Vec<u8>) -> Self {
        let layer = json!({ "mediaType": "application/wasm", "digest": Sum::of(layer), "size": layer.len() });
        Self { manifest: json!({ "layers": [layer] }).to_string(), blob, ..Self::default() }
    }

    async fn open(self) -> Shop {
        let router = Router::new()
            .route("/v2/{*path}", get(answer))
            .route("/token", get(token))
            .with_state(self);
        Shop::open(router).await
    }
}

fn ask(shop: &Shop, bytes: &[u8]) -> Wish {
    near(&format!("oci://{}/acme/testing:1", shop.address), bytes)
}

fn known(wish: Wish) -> Wish {
    Wish { login: Some(("me".to_owned(), Secret::new("word"))), ..wish }
}

#[tokio::test]
async fn a_token_is_fetched_where_the_registry_says_and_shown_to_it() {
    let component = component();
    let first = Says::of(&component, component.clone());
    let seen = Arc::clone(&first.seen);
    let tokens = first.clone().open().await;
    let challenge = format!(
        "Bearer realm=\"http://{}/token\",service=\"registry.test\",scope=\"repository:acme/testing:pull\"",
        tokens.address
    );
    let shop = Says { wants: Some(("Bearer t0ken", challenge)), ..first }.open().await;
    assert!(bring(&ask(&shop, &component)).await.is_ok());
    assert!(bring(&known(ask(&shop, &component))).await.is_ok());
    let query = "scope=repository%3Aacme%2Ftesting%3Apull&service=registry.test";
    // `me:word` in Base64, for the one who gives out tokens and never for the registry.
    let expected = [format!("{query} "), format!("{query} Basic bWU6d29yZA==")];
    assert_eq!(*seen.lock().unwrap(), expected);
    // Not over a bare connection, unless the registry has none either.
    let wish = Wish { plain_http: false, ..ask(&shop, &component) };
    let error = refused(&wish).await;
    assert!(
        error.contains("no connection") || error.contains("lost") || error.contains("prove"),
        "{error}"
    );
}

#[tokio::test]
async fn a_password_is_shown_to_a_registry_that_wants_one_and_asked_for_where_there_is_none() {
    let component = component();
    let basic = Some(("Basic bWU6d29yZA==", "Basic realm=\"registry\"".to_owned()));
    let shop = Says { wants: basic, ..Says::of(&component, component.clone()) }.open().await;
    assert!(bring(&known(ask(&shop, &component))).await.is_ok());
    let error = refused(&ask(&shop, &component)).await;
    assert!(error.contains("`--user NAME` and `CICERONE_SECRET_REGISTRY`"), "{error}");
    let wrong = Some(("Basic somebody-else", "Basic realm=\"registry\"".to_owned()));
    let shop = Says { wants: wrong, ..Says::of(&component, component.clone()) }.open().await;
    let error = refused(&known(ask(&shop, &component))).await;
    assert!(error.contains("does not give it to us"), "{error}");
}

#[tokio::test]
async fn other_bytes_than_the_manifest_names_are_refused() {
    let component = component();
    let mut other = component.clone();
    *other.last_mut().unwrap() ^= 1;
    let shop = Says::of(&component, other).open().await;
    let error = refused(&ask(&shop, &component)).await;
    assert!(error.contains("nothing was written"), "{error}");
}

#[tokio::test]
async fn another_manifest_than_was_asked_for_is_refused() {
    let component = component();
    let shop = Says::of(&component, component.clone()).open().await;
    let name = format!("oci://{}/acme/testing@{}", shop.address, Sum::of("another"));
    let error = refused(&near(&name, &component)).await;
    assert!(error.contains(&Sum::of("another").to_string()), "{error}");
}

#[tokio::test]
async fn manifests_that_make_no_sense_are_refused() {
    let component = component();
    let (sum, size) = (Sum::of(&component), component.len());
    let layer = |digest: &str, size: u64| json!({ "layers": [{ "digest": digest, "size": size }] });
    let list = |count| vec![json!({ "digest": sum, "size": size }); count];
    for (manifest, expected) in [
        (json!("no"), "its manifest is none"),
        (json!({}), "not one layer"),
        (layer(&sum.to_string(), 1 << 40), "more than 64 MiB"),
        (layer("md5:abc", 3), "`md5:abc` is no SHA-256"),
        (layer("sha256:../../token", 3), "is no SHA-256"),
        (json!({ "manifests": list(2) }), "there are several under this name"),
        // Which is the list itself, and so not what it says it is.
        (json!({ "manifests": list(1) }), "nothing was written"),
    ] {
        let manifest: Value = manifest;
        let says =
            Says { manifest: manifest.to_string(), ..Says::of(&component, component.clone()) };
        let error = refused(&ask(&says.open().await, &component)).await;
        assert!(error.contains(expected), "{manifest}: {error}");
    }
}
