//! Signatures, made by minisign 0.11 itself (`minisign -S -t "testing 1.2.0" -m testing.tar.gz`; `.old-minisig` with `-l`).

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/supply/signed");
    fs::read(folder.join(name)).unwrap()
}

fn key(name: &str) -> String {
    let text = String::from_utf8(fixture(&format!("{name}.pub"))).unwrap();
    text.lines().nth(1).unwrap().to_owned()
}

fn keys(names: &[&str]) -> BTreeMap<String, String> {
    names.iter().map(|name| ((*name).to_owned(), key(name))).collect()
}

/// By whom it is signed, or why it is not taken.
async fn check(
    package: &[u8],
    signature: Option<&[u8]>,
    names: &[&str],
    signed: bool,
) -> Result<Option<String>, String> {
    let kept = Kept::new();
    let file = kept.put("testing.tar.gz", package);
    if let Some(signature) = signature {
        kept.put("testing.tar.gz.minisig", signature);
    }
    let brought = supply::bring(&wish(&file), Terms { keys: &keys(names), signed }).await;
    brought.map(|brought| brought.signed_by).map_err(|error| error.to_string())
}

#[tokio::test]
async fn what_a_trusted_key_signed_is_taken_and_it_is_known_whose_it_is() {
    let (package, signature) = (fixture("testing.tar.gz"), fixture("testing.tar.gz.minisig"));
    let both = ["author", "stranger"];
    for signed in [false, true] {
        let by = check(&package, Some(&signature), &both, signed).await;
        assert_eq!(by, Ok(Some("author".to_owned())));
    }
    // Named, and lying somewhere else.
    let kept = Kept::new();
    let file = kept.put("testing.tar.gz", &package);
    let signature = kept.put("elsewhere/signature", &signature);
    let wish = Wish { signature: Some(signature.parse().unwrap()), ..wish(&file) };
    let by = supply::bring(&wish, Terms { keys: &keys(&both), signed: true }).await.unwrap();
    assert_eq!(by.signed_by.as_deref(), Some("author"));
}

#[tokio::test]
async fn a_signature_of_other_bytes_or_of_nobody_we_know_refuses_the_plugin() {
    let (package, signature) = (fixture("testing.tar.gz"), fixture("testing.tar.gz.minisig"));
    let strangers = check(&package, Some(&signature), &["stranger"], false).await.unwrap_err();
    assert!(strangers.contains("a key that is none of `[supply.keys]`"), "{strangers}");
    let unknown = check(&package, Some(&signature), &[], true).await.unwrap_err();
    assert!(unknown.contains("`[supply] signed = true`"), "nobody looks without keys: {unknown}");

    for at in [0, package.len() / 2, package.len() - 1] {
        let mut changed = package.clone();
        changed[at] ^= 1;
        let why = check(&changed, Some(&signature), &["author"], false).await.unwrap_err();
        assert!(why.contains("is not that of key `author`"), "byte {at}: {why}");
    }
    let text = String::from_utf8(signature.clone()).unwrap();
    let comment = text.replace("trusted comment: testing 1.2.0", "trusted comment: testing 9.9.9");
    let why = check(&package, Some(comment.as_bytes()), &["author"], false).await.unwrap_err();
    assert!(why.contains("is not that of key `author`"), "{why}");
    let why = check(&package, Some(b"hello"), &["author"], false).await.unwrap_err();
    assert!(why.contains("is none of minisign's"), "{why}");
    let old = fixture("testing.tar.gz.old-minisig");
    let why = check(&package, Some(&old), &["author"], false).await.unwrap_err();
    assert!(why.contains("of an old kind"), "{why}");
}

#[tokio::test]
async fn without_a_signature_it_depends_on_the_operator() {
    let package = fixture("testing.tar.gz");
    assert_eq!(check(&package, None, &["author"], false).await, Ok(None));
    let why = check(&package, None, &["author"], true).await.unwrap_err();
    assert!(why.contains("it has no signature"), "{why}");
    let kept = Kept::new();
    kept.put("plugin.toml", b"");
    let folder = wish(kept.folder.path().to_str().unwrap());
    let terms = Terms { keys: &BTreeMap::new(), signed: true };
    let why = supply::bring(&folder, terms).await.unwrap_err().to_string();
    assert!(why.contains("a folder has neither digest nor signature"), "{why}");
}

#[tokio::test]
async fn a_key_that_is_none_is_named() {
    let kept = Kept::new();
    let file = kept.put("testing.tar.gz", &fixture("testing.tar.gz"));
    kept.put("testing.tar.gz.minisig", &fixture("testing.tar.gz.minisig"));
    let keys = BTreeMap::from([("acme".to_owned(), "RWQ".to_owned())]);
    let error =
        supply::bring(&wish(&file), Terms { keys: &keys, signed: false }).await.unwrap_err();
    assert!(matches!(&error, Error::Key { name } if name == "acme"), "{error}");
}
