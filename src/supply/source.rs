//! Where a plugin is, as a person writes it. Pure but for a look whether a path is a folder or a file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;

use super::Error;
use crate::manifest::Sum;
use crate::net::Origin;

/// What a signature's name ends with.
const SIGNATURE: &str = ".minisig";

/// A place where a plugin is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// With its `plugin.toml`.
    Folder(PathBuf),
    /// A component, or an archive.
    File(PathBuf),
    /// The same on a server.
    Url(Url),
    /// In a registry.
    Oci(Reference),
}

/// `registry.example/team/weather:1.2.0`, with or without a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host and port.
    pub(super) registry: String,
    /// Below it.
    pub(super) repository: String,
    pub(super) tag: Option<String>,
    /// Of the manifest.
    pub(super) digest: Option<Sum>,
}

impl Source {
    /// Where its signature lies when nobody says otherwise.
    pub(super) fn signature(&self) -> Option<Self> {
        match self {
            Self::File(path) => {
                let mut path = path.clone().into_os_string();
                path.push(SIGNATURE);
                Some(Self::File(path.into()))
            }
            Self::Url(url) => {
                let mut url = url.clone();
                url.set_path(&format!("{}{SIGNATURE}", url.path()));
                Some(Self::Url(url))
            }
            Self::Folder(_) | Self::Oci(_) => None,
        }
    }

    /// What a component without a `plugin.toml` could be called.
    pub(super) fn stem(&self) -> Option<String> {
        let last = match self {
            Self::Folder(path) | Self::File(path) => path.file_name()?.to_str()?,
            Self::Url(url) => url.path_segments()?.next_back()?,
            Self::Oci(reference) => reference.repository.rsplit('/').next()?,
        };
        let stem = last.strip_suffix(".wasm").unwrap_or(last);
        Some(stem.to_lowercase().replace(['_', '.'], "-"))
    }
}

impl FromStr for Source {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown = || Error::Source(text.to_owned());
        if let Some(reference) = text.strip_prefix("oci://") {
            return Reference::parse(reference).map(Self::Oci).ok_or_else(unknown);
        }
        if text.contains("://") {
            // An origin says that it is of the web, and carries no password.
            let url = Url::parse(text).ok().filter(|url| Origin::of(url).is_some());
            return url.map(Self::Url).ok_or_else(unknown);
        }
        let path = PathBuf::from(text);
        match (path.is_dir(), path.is_file()) {
            (true, _) => Ok(Self::Folder(path)),
            (false, true) => Ok(Self::File(path)),
            (false, false) => Err(unknown()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) | Self::File(path) => write!(f, "{}", path.display()),
            // What comes behind a question mark may be a key.
            Self::Url(url) => write!(f, "{}{}", url.origin().ascii_serialization(), url.path()),
            Self::Oci(reference) => write!(f, "oci://{reference}"),
        }
    }
}

impl Reference {
    fn parse(text: &str) -> Option<Self> {
        let (text, digest) = match text.split_once('@') {
            Some((text, digest)) => {
                (text, Some(digest.strip_prefix("sha256:")?.parse::<Sum>().ok()?))
            }
            None => (text, None),
        };
        let (registry, rest) = text.split_once('/')?;
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
            None => (rest, None),
        };
        let host = Url::parse(&format!("https://{registry}/")).ok()?;
        let bare = Origin::of(&host).is_some() && host.path() == "/" && host.query().is_none();
        let plain = |part: &str| {
            let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
            part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.bytes().all(known)
        };
        let word = |tag: &String| {
            let known = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            !tag.is_empty() && tag.len() <= 128 && tag.bytes().all(known)
        };
        let good = bare && repository.split('/').all(plain) && tag.iter().all(word);
        let (registry, repository) = (registry.to_owned(), repository.to_owned());
        good.then_some(Self { registry, repository, tag, digest })
    }

    /// What the registry is asked for.
    pub(super) fn wanted(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => "latest".to_owned(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_registry_repository_and_tag_or_digest() {
        for text in [
            "ghcr.io/acme/weather:1.2.0",
            "localhost:5000/weather",
            "[::1]:5000/a/b/c:x",
            "r.example/weather@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ] {
            let source: Source = format!("oci://{text}").parse().unwrap();
            assert_eq!(source.to_string(), format!("oci://{text}"));
        }
        let source: Source = "oci://localhost:5000/acme/my_weather:1.0".parse().unwrap();
        let Source::Oci(reference) = &source else { panic!("{source:?}") };
        assert_eq!((reference.registry.as_str(), &*reference.wanted()), ("localhost:5000", "1.0"));
        assert_eq!(source.stem().as_deref(), Some("my-weather"));
    }

    #[test]
    fn what_is_no_place_is_refused_with_what_could_be() {
        for text in [
            "ftp://example.com/a.wasm",
            "file:///etc/passwd",
            "https://me:secret@example.com/a.wasm",
            "oci://localhost:5000",
            "oci://me@host/weather",
            "oci://host/../weather",
            "oci://host/Weather",
            "oci://host/weather:",
            "oci://host?x=/weather",
            "oci://host/weather@sha256:abc",
            "no-such-folder",
            "",
        ] {
            let error = text.parse::<Source>().unwrap_err().to_string();
            assert!(error.contains("oci://registry/name:tag"), "{error}");
        }
    }

    #[test]
    fn a_signature_lies_beside_and_a_query_is_never_shown() {
        let source: Source = "https://example.com/w/weather.tar.gz?key=hunter2".parse().unwrap();
        assert_eq!(source.to_string(), "https://example.com/w/weather.tar.gz");
        let beside = source.signature().unwrap();
        assert_eq!(beside.to_string(), "https://example.com/w/weather.tar.gz.minisig");
    }
}
