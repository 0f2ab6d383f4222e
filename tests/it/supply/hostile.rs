//! Archives that mean harm, and those that came to harm on their way: refused whole, before anything is written.

use std::io::Read;

use super::*;

/// With a good plugin around it.
fn with(entry: Entry<'_>) -> Vec<u8> {
    let (manifest, component) = (manifest(), component());
    packed(&[
        Entry::file("plugin.toml", manifest.as_bytes()),
        Entry::file("testing.wasm", &component),
        entry,
    ])
}

async fn why_not(bytes: &[u8]) -> String {
    refused(&wish(&Kept::new().put("package.tar.gz", bytes))).await
}

#[tokio::test]
async fn a_name_that_leads_out_of_the_folder_refuses_the_whole() {
    for name in
        ["../evil", "/etc/cron.d/evil", "a/../../evil", "testing/..", "./../x", "//evil", ".."]
    {
        // Kept where the file would be written if somebody wrote it.
        let kept = Kept::new();
        let file = kept.put("deep/er/package.tar.gz", &with(Entry::file(name, b"evil")));
        let error = refused(&wish(&file)).await;
        assert!(error.contains("leads out of the plugin's folder"), "{name}: {error}");
        let mut all = BTreeMap::new();
        collect(kept.folder.path(), kept.folder.path(), &mut all);
        assert_eq!(all.len(), 1, "{all:?}");
    }
}

#[tokio::test]
async fn names_that_not_every_system_knows_are_refused() {
    let deep = "d/".repeat(20) + "f";
    for (name, expected) in [
        ("..\\evil", "no name that every system knows"),
        ("a\nb", "no name that every system knows"),
        ("\u{1b}[2J", "no name that every system knows"),
        (deep.as_str(), "lies too deep"),
    ] {
        let error = why_not(&with(Entry::file(name, b"x"))).await;
        assert!(error.contains(expected), "{name:?}: {error}");
    }
    let twice = why_not(&with(Entry::file("./plugin.toml", b"[plugin]"))).await;
    assert!(twice.contains("`plugin.toml` is there twice"), "{twice}");
}

#[tokio::test]
async fn links_devices_and_files_with_holes_are_refused() {
    use tar::EntryType as Kind;
    for kind in [Kind::Symlink, Kind::Link, Kind::Fifo, Kind::Char, Kind::Block, Kind::GNUSparse] {
        let entry = Entry { kind, link: "/etc/passwd", ..Entry::file("evil", b"") };
        let error = why_not(&with(entry)).await;
        assert!(error.contains("only files and folders") || error.contains("damaged"), "{error}");
    }
}

/// Zeros without end, of which a file of a few kilobytes makes gigabytes.
#[tokio::test]
async fn a_small_archive_of_something_huge_is_read_no_further_than_it_may_be() {
    let size = 1_u64 << 40;
    let mut header = tar::Header::new_gnu();
    header.set_path("zeros").unwrap();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    // In a file, and behind the archive's end, where nobody looks for files.
    for head in [header.as_bytes(), &[0; 512]] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(head).unwrap();
        std::io::copy(&mut std::io::repeat(0).take(133 << 20), &mut gzip).unwrap();
        let bytes = gzip.finish().unwrap();
        assert!(bytes.len() < 2 << 20, "{}", bytes.len());
        let error = why_not(&bytes).await;
        assert!(error.contains("it is too much"), "{error}");
    }
}

#[tokio::test]
async fn too_many_files_and_too_large_a_package_are_refused() {
    let names: Vec<String> = (0..1_001).map(|number| format!("f{number}")).collect();
    let entries: Vec<Entry<'_>> = names.iter().map(|name| Entry::file(name, b"")).collect();
    let error = why_not(&packed(&entries)).await;
    assert!(error.contains("at most 1000 files"), "{error}");

    let kept = Kept::new();
    let large = kept.put("large.wasm", b"");
    fs::File::options().write(true).open(&large).unwrap().set_len((64 << 20) + 1).unwrap();
    let error = bring(&wish(&large)).await.unwrap_err();
    let Error::File { source, .. } = &error else { panic!("{error}") };
    assert!(source.to_string().contains("more than 64 MiB"), "{source}");
}

#[tokio::test]
async fn no_part_of_an_archive_is_taken_for_the_whole() {
    let (kept, whole) = (Kept::new(), package());
    for end in (0..whole.len()).step_by(whole.len() / 60 + 1) {
        let error = refused(&wish(&kept.put("half.tar.gz", &whole[..end]))).await;
        assert!(error.contains("nothing was written"), "the first {end} bytes: {error}");
    }
}

/// A bit of the gzip's own head, such as its date, may be otherwise; what is in it never is.
#[tokio::test]
async fn an_archive_with_a_wrong_bit_is_refused_or_the_same() {
    let (kept, whole) = (Kept::new(), package());
    let same = written(&bring(&wish(&kept.put("whole.tar.gz", &whole))).await.unwrap());
    let mut taken = 0;
    for number in 0..60 {
        let mut bytes = whole.clone();
        let at = number * bytes.len() / 60;
        bytes[at] ^= 1 << (number % 8);
        if let Ok(brought) = bring(&wish(&kept.put("wrong.tar.gz", &bytes))).await {
            assert_eq!(written(&brought), same, "byte {at}");
            taken += 1;
        }
    }
    assert!(taken < 10, "{taken} of 60 taken");
}
