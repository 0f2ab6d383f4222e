//! Plugins from a real registry, Debian's `docker-registry`, to which a test has pushed them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Response;
use serde_json::{Value, json};

use super::*;
use crate::host::client::http;

/// It is killed, and its files go, with the test.
struct Registry {
    address: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}

const SETTINGS: &str = "version: 0.1
log: { level: info }
storage: { filesystem: { rootdirectory: ROOT } }
http: { addr: '127.0.0.1:0' }
";

impl Registry {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("config.yml");
        let root = folder.path().join("kept");
        fs::write(&settings, SETTINGS.replace("ROOT", root.to_str().unwrap())).unwrap();
        let mut child = Command::new("docker-registry")
            .arg("serve")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`docker-registry` is there; `cargo xtask test` installs it");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, after) = line.split_once("listening on ")?;
            Some(after.split('"').next().unwrap().to_owned())
        });
        // Whoever writes must not wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { address: address.expect("it says where it listens"), child, _folder: folder }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/v2/acme/testing/{path}", self.address)
    }

    /// A blob, as the protocol wants it; its descriptor.
    async fn push(&self, bytes: &[u8], title: &str) -> Value {
        let begun = http().post(self.url("blobs/uploads/")).send().await.unwrap();
        let place = begun.headers()["location"].to_str().unwrap().to_owned();
        let digest = Sum::of(bytes).to_string();
        let put = http().put(format!("{place}&digest={digest}")).body(bytes.to_vec());
        ok(put.send().await.unwrap(), 201);
        json!({
            "mediaType": "application/octet-stream", "digest": digest, "size": bytes.len(),
            "annotations": { "org.opencontainers.image.title": title },
        })
    }

    /// An artifact under a tag; the digest of its manifest.
    async fn publish(&self, tag: &str, layers: Value) -> Sum {
        let mut config = self.push(b"{}", "").await;
        config["mediaType"] = json!("application/vnd.oci.empty.v1+json");
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers });
        let text = manifest.to_string();
        let put = http().put(self.url(&format!("manifests/{tag}")));
        let put = put.header("content-type", kind).body(text.clone());
        ok(put.send().await.unwrap(), 201);
        Sum::of(text)
    }

    fn wish(&self, name: &str) -> Wish {
        let source = format!("oci://{}/acme/testing{name}", self.address);
        Wish { private_networks: true, plain_http: true, ..wish(&source) }
    }
}

#[track_caller]
fn ok(response: Response, status: u16) {
    assert_eq!(response.status(), status, "{response:?}");
}

#[tokio::test]
async fn a_plugin_is_pulled_from_a_registry_by_tag_and_by_digest() {
    let registry = Registry::start();
    let layer = registry.push(&package(), "testing.tar.gz").await;
    let digest = registry.publish("1.2.0", json!([layer])).await;
    // By tag, over a bare connection, it has to be said what it is.
    let error = refused(&registry.wish(":1.2.0")).await;
    assert!(error.contains("without TLS"), "{error}");
    let known = Some(Sum::of(package()));
    let by_tag = Wish { digest: known.clone(), ..registry.wish(":1.2.0") };
    let brought = bring(&by_tag).await.unwrap();
    assert_eq!((written(&brought).len(), &brought.digest), (2, &known));
    // The digest of the manifest says all.
    for name in [format!("@{digest}"), format!(":1.2.0@{digest}")] {
        assert_eq!(bring(&registry.wish(&name)).await.unwrap().digest, known);
    }
    let other = format!("@{}", Sum::of("another manifest"));
    let error = refused(&registry.wish(&other)).await;
    assert!(error.contains("the registry has no such thing"), "{error}");
    let untagged = Wish { digest: known, ..registry.wish("") };
    let error = refused(&untagged).await;
    assert!(error.contains("manifests/latest") && error.contains("no such thing"), "{error}");
}

#[tokio::test]
async fn a_component_alone_and_one_with_its_signature_are_pulled() {
    let registry = Registry::start();
    let component = component();
    let layer = registry.push(&component, "testing.wasm").await;
    let digest = registry.publish("bare", json!([layer])).await;
    let files = written(&bring(&registry.wish(&format!("@{digest}"))).await.unwrap());
    assert_eq!(files[Path::new("testing.wasm")], component);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/supply/signed");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let package = registry.push(&read("testing.tar.gz"), "testing.tar.gz").await;
    let signature = registry.push(&read("testing.tar.gz.minisig"), "testing.tar.gz.minisig").await;
    registry.publish("signed", json!([package, signature])).await;
    let key = |name: &str| {
        let text = String::from_utf8(read(name)).unwrap();
        BTreeMap::from([("acme".to_owned(), text.lines().nth(1).unwrap().to_owned())])
    };
    let (author, stranger) = (key("author.pub"), key("stranger.pub"));
    let terms = |keys| Terms { keys, signed: true };
    let brought = supply::bring(&registry.wish(":signed"), terms(&author)).await.unwrap();
    assert_eq!(brought.signed_by.as_deref(), Some("acme"));
    let error = supply::bring(&registry.wish(":signed"), terms(&stranger)).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("a key that is none of `[supply.keys]`"), "{error}");
}

#[tokio::test]
async fn an_artifact_of_several_parts_is_refused() {
    let registry = Registry::start();
    let layers = [registry.push(b"one", "one.wasm").await, registry.push(b"two", "two.wasm").await];
    let two = registry.publish("two", json!(layers)).await;
    let none = registry.publish("none", json!([])).await;
    for digest in [two, none] {
        let error = refused(&registry.wish(&format!("@{digest}"))).await;
        assert!(error.contains("not one layer with a component or an archive"), "{error}");
    }
}
