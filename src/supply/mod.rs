//! Brings a plugin from somewhere else into the folder of plugins, when a person asks for it: from a folder, a file, a
//! URL or a registry of OCI artifacts. What comes is bounded, compared with the digest that was named and checked
//! against its signature before anything of it is written. Nothing of it runs here, and no host fetches anything by
//! itself.

mod source;
mod road;
mod oci;
mod signature;
mod parcel;
mod archive;
mod stage;

pub use source::{Reference, Source};
pub use stage::Staged;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::manifest::{self, Sum};
use crate::plugin;
use crate::secret::Secret;

use parcel::Parcel;
use road::Road;

/// The largest package, bytes.
const PACKAGE_MAX: u64 = 64 << 20;

/// The most that may be in one, bytes.
const UNPACKED_MAX: u64 = 128 << 20;

/// The most files in one.
const FILES_MAX: usize = 1_000;

/// The largest signature, manifest of a registry or other small thing, bytes.
const SMALL_MAX: u64 = 4 << 20;

/// What somebody wants, and how far he trusts the way to it.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Where it is.
    pub source: Source,
    /// What its bytes must add up to.
    pub digest: Option<Sum>,
    /// Where its signature is; beside it when nobody says.
    pub signature: Option<Source>,
    /// The plugin's name, for a component without a `plugin.toml`.
    pub name: Option<String>,
    /// Whether it may come from this machine or a private network.
    pub private_networks: bool,
    /// Whether a registry speaks HTTP without TLS.
    pub plain_http: bool,
    /// Who asks a registry, and the password.
    pub login: Option<(String, Secret)>,
}

/// What the operator says of all of them.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// Minisign's public keys by the operator's names for them.
    pub keys: &'a BTreeMap<String, String>,
    /// Whether one of them must have signed it.
    pub signed: bool,
}

/// A package that is what was asked for; nothing of it is written yet.
#[derive(Debug)]
pub struct Brought {
    /// Of the package; none for a folder.
    pub digest: Option<Sum>,
    /// The operator's name for the key that signed it.
    pub signed_by: Option<String>,
    parcel: Parcel,
}

/// Why a plugin was not brought here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no place that is known.
    #[error(
        "find a plugin at `{0}`; name a folder, a .wasm or .tar.gz file, an https:// URL, or oci://registry/name:tag"
    )]
    Source(String),
    /// A file or folder cannot be read or written.
    #[error("{doing} `{path}`")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It may not be fetched like this.
    #[error("fetch `{url}`: {why}")]
    Refused {
        /// Without a password.
        url: String,
        /// What to do.
        why: String,
    },
    /// It cannot be fetched.
    #[error("fetch `{url}`: {why}")]
    Fetch {
        /// Without a password.
        url: String,
        /// In one line.
        why: String,
    },
    /// It is something else than was asked for.
    #[error("take `{what}`: it is `{found}`, not `{wanted}`; nothing was written")]
    Digest {
        /// What was asked for.
        what: String,
        /// As it was named.
        wanted: Sum,
        /// As it is.
        found: Sum,
    },
    /// Nobody who is trusted vouches for it.
    #[error("trust what came: {0}; nothing was written")]
    Signature(String),
    /// A key of the settings is none.
    #[error(
        "read the key `{name}` of `[supply.keys]`; it is the second line of minisign's .pub file"
    )]
    Key {
        /// Its name.
        name: String,
    },
    /// It is no package, or one that does harm.
    #[error("unpack what came: {0}; nothing was written")]
    Package(String),
    /// Its `plugin.toml` is not as it should be.
    #[error("understand the plugin.toml that came")]
    Manifest(#[from] manifest::Error),
    /// No host would load its component.
    #[error(transparent)]
    Component(#[from] plugin::Error),
    /// There is a plugin of this name.
    #[error(
        "add plugin `{plugin}`: there is one in `{folder}`; put the new one in its place with `--replace`"
    )]
    Exists {
        /// Its name.
        plugin: String,
        /// Its folder.
        folder: PathBuf,
    },
}

impl Error {
    fn file(doing: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }
}

/// Fetches, compares, checks and unpacks it, all in memory.
///
/// # Errors
/// [`Error`], with what to do; nothing was written.
pub async fn bring(wish: &Wish, terms: Terms<'_>) -> Result<Brought, Error> {
    let road = Road { private_networks: wish.private_networks };
    if let Source::Folder(folder) = &wish.source {
        if wish.digest.is_some() || wish.signature.is_some() || terms.signed {
            let why = "a folder has neither digest nor signature; pack it as a .tar.gz file";
            return Err(Error::Signature(why.to_owned()));
        }
        let parcel = Parcel::of_folder(folder)?;
        return Ok(Brought { digest: None, signed_by: None, parcel });
    }
    wish.check_way(terms)?;
    let (bytes, beside) = match &wish.source {
        Source::Oci(reference) => {
            let pulled = oci::pull(&road, reference, wish).await?;
            (pulled.package, pulled.signature)
        }
        source => (road.read(source, PACKAGE_MAX).await?, None),
    };
    let found = Sum::of(&bytes);
    if let Some(wanted) = wish.digest.as_ref().filter(|wanted| **wanted != found) {
        let (what, wanted) = (wish.source.to_string(), wanted.clone());
        return Err(Error::Digest { what, wanted, found });
    }
    let signature = match beside {
        Some(beside) if wish.signature.is_none() => Some(beside),
        _ => wish.signature(&road, terms).await?,
    };
    let signed_by = signature::check(&bytes, signature.as_deref(), terms)?;
    let name = wish.name.clone().or_else(|| wish.source.stem());
    let parcel = Parcel::of_bytes(&bytes, name.as_deref())?;
    Ok(Brought { digest: Some(found), signed_by, parcel })
}

impl Wish {
    /// Without TLS anybody on the way could put something else in its place.
    fn check_way(&self, terms: Terms<'_>) -> Result<(), Error> {
        let (bare, pinned) = match &self.source {
            Source::Url(url) => (url.scheme() != "https", false),
            Source::Oci(reference) => (self.plain_http, reference.digest.is_some()),
            Source::Folder(_) | Source::File(_) => (false, false),
        };
        if !bare || pinned || self.digest.is_some() || terms.signed {
            return Ok(());
        }
        let why = "without TLS anybody on the way can change it; use https, or say what it is with `--digest sha256:…`";
        Err(Error::Refused { url: self.source.to_string(), why: why.to_owned() })
    }

    /// The one that was named, else the one beside it, where there are keys that it could be of.
    async fn signature(&self, road: &Road, terms: Terms<'_>) -> Result<Option<Vec<u8>>, Error> {
        if let Some(source) = &self.signature {
            return road.read(source, SMALL_MAX).await.map(Some);
        }
        let Some(source) = self.source.signature().filter(|_| !terms.keys.is_empty()) else {
            return Ok(None);
        };
        road.read_if_there(&source, SMALL_MAX).await
    }
}
