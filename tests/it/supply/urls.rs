//! Plugins from servers, which are not trusted with anything but bytes.

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, LOCATION};
use axum::http::{Response, StatusCode, Uri};
use axum::routing::get;
use futures_util::stream;
use tokio::task::JoinHandle;

use super::*;

/// A server of a test, which ends with it.
pub(super) struct Shop {
    pub(super) address: String,
    task: JoinHandle<()>,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shop {
    pub(super) async fn open(router: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, task }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }
}

fn to(location: &str) -> Response<Body> {
    Response::builder().status(302).header(LOCATION, location).body(Body::empty()).unwrap()
}

/// With the package in several places.
async fn shop() -> Shop {
    let bytes = |bytes: Vec<u8>| get(move || async move { bytes });
    Shop::open(
        Router::new()
            .route("/testing.tar.gz", bytes(package()))
            .route("/testing.wasm", bytes(component()))
            .route("/moved", get(|| async { to("/again?key=hunter2") }))
            .route("/again", get(|| async { to("testing.tar.gz") }))
            .route("/round", get(|| async { to("/round") }))
            .route("/away", get(|| async { to("ftp://127.0.0.1/testing.tar.gz") }))
            .route("/lost", get(|| async { StatusCode::FOUND }))
            .route("/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .route(
                "/endless",
                get(|| async {
                    let zeros =
                        || Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[0; 1 << 16]));
                    Body::from_stream(stream::repeat_with(zeros))
                }),
            )
            .route(
                "/huge",
                get(|| async {
                    let head = Response::builder().header(CONTENT_LENGTH, 1_u64 << 40);
                    head.body(Body::from_stream(stream::pending::<std::io::Result<Vec<u8>>>()))
                        .unwrap()
                }),
            )
            .route(
                "/half",
                get(|| async {
                    let cut = std::io::Error::other("cut");
                    let parts = [Ok(package()[..100].to_vec()), Err(cut)];
                    Body::from_stream(stream::iter(parts))
                }),
            )
            .fallback(|uri: Uri| async move { (StatusCode::NOT_FOUND, uri.to_string()) }),
    )
    .await
}

#[tokio::test]
async fn a_plugin_comes_from_a_url_over_redirects() {
    let shop = shop().await;
    for path in ["testing.tar.gz", "moved", "moved?and=more"] {
        let brought = bring(&near(&shop.url(path), &package())).await.unwrap();
        assert_eq!(written(&brought).len(), 2, "{path}");
    }
    let alone = bring(&near(&shop.url("testing.wasm"), &component())).await.unwrap();
    assert!(written(&alone).contains_key(Path::new("testing.wasm")));
}

#[tokio::test]
async fn a_server_that_is_not_of_the_open_internet_is_asked_nothing_unless_somebody_says_so() {
    let shop = shop().await;
    let port = shop.address.rsplit(':').next().unwrap();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/testing.tar.gz");
        let wish = Wish { private_networks: false, ..near(&url, &package()) };
        let error = refused(&wish).await;
        assert!(
            error.contains("its address is loopback") && error.contains("`--private-networks`"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn without_tls_it_has_to_be_said_what_it_is() {
    let shop = shop().await;
    let wish = Wish { digest: None, ..near(&shop.url("testing.tar.gz"), b"") };
    let error = refused(&wish).await;
    assert!(error.contains("without TLS anybody on the way can change it"), "{error}");
    let other = near(&shop.url("testing.tar.gz"), b"something else");
    let error = refused(&other).await;
    assert!(error.contains(&Sum::of(package()).to_string()), "{error}");
}

#[tokio::test]
async fn a_signature_lies_beside_a_url_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/supply/signed");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let (package, signature) = (read("testing.tar.gz"), read("testing.tar.gz.minisig"));
    let key = String::from_utf8(read("author.pub")).unwrap().lines().nth(1).unwrap().to_owned();
    let keys = BTreeMap::from([("author".to_owned(), key)]);
    let sent = |bytes: Vec<u8>| get(move || async move { bytes });
    let router = Router::new()
        .route("/a/testing.tar.gz", sent(package.clone()))
        .route("/a/testing.tar.gz.minisig", sent(signature))
        .route("/b/testing.tar.gz", sent(package));
    let shop = Shop::open(router).await;
    // Whoever has to have signed it, the way does not matter.
    let terms = Terms { keys: &keys, signed: true };
    let wish = |path: &str| Wish { digest: None, ..near(&shop.url(path), b"") };
    let brought = supply::bring(&wish("a/testing.tar.gz?x=1"), terms).await.unwrap();
    assert_eq!(brought.signed_by.as_deref(), Some("author"));
    let error = supply::bring(&wish("b/testing.tar.gz"), terms).await.unwrap_err().to_string();
    assert!(error.contains("it has no signature"), "{error}");
}

#[tokio::test]
async fn what_does_not_come_is_told_without_what_may_be_a_key() {
    let shop = shop().await;
    for (path, expected) in [
        ("none?key=hunter2", "find a plugin at"),
        ("broken?key=hunter2", "the server answers 500"),
        ("round?key=hunter2", "more than 5 redirects"),
        ("away?key=hunter2", "sends us nowhere that is known"),
        ("lost?key=hunter2", "sends us nowhere that is known"),
        ("huge?key=hunter2", "it has more than 64 MiB"),
        ("half?key=hunter2", "the connection was lost"),
    ] {
        let error = refused(&near(&shop.url(path), &package())).await;
        assert!(error.contains(expected) && !error.contains("hunter2"), "{path}: {error}");
    }
    let gone = shop.url("testing.tar.gz");
    drop(shop);
    let error = refused(&near(&gone, &package())).await;
    assert!(error.contains("there is no connection") || error.contains("lost"), "{error}");
}

#[tokio::test]
async fn what_never_ends_is_read_no_further_than_it_may_be() {
    let shop = shop().await;
    let error = refused(&near(&shop.url("endless"), &package())).await;
    assert!(error.contains("it has more than 64 MiB"), "{error}");
}
