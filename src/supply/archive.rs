//! Unpacks a `.tar.gz` in memory. What it says of itself is a stranger's word: it is read to its end and no further than it
//! may be large, only files and folders are taken, and a name that leads elsewhere refuses the whole.

use std::io::Read;

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

use super::parcel::{self, Parcel};
use super::{Error, UNPACKED_MAX};

/// What a tape's own blocks may add to the files on it.
const OVERHEAD_MAX: u64 = 4 << 20;

pub(super) fn unpack(bytes: &[u8]) -> Result<Parcel, Error> {
    let damaged = |error: std::io::Error| {
        Error::Package(format!("the archive is damaged or only half there: {error}"))
    };
    let mut parcel = Parcel::default();
    let limit = UNPACKED_MAX + OVERHEAD_MAX;
    let mut archive = Archive::new(GzDecoder::new(bytes).take(limit));
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let name = entry.path().map_err(damaged)?.into_owned();
        let kind = entry.header().entry_type();
        match kind {
            EntryType::Regular => {}
            // What git writes before the files.
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            _ => {
                let why =
                    format!("`{}` is a link or the like; only files and folders", name.display());
                return Err(Error::Package(why));
            }
        }
        let Some(place) = parcel::place(&name)? else { continue };
        let is_program = entry.header().mode().map_err(damaged)? & 0o111 != 0;
        let room = parcel.room();
        let (mut content, size) = (Vec::new(), entry.size());
        entry.take(room.saturating_add(1)).read_to_end(&mut content).map_err(damaged)?;
        let read = u64::try_from(content.len()).unwrap_or(u64::MAX);
        if read > room {
            return Err(parcel::too_much());
        }
        if read < size {
            return Err(damaged(std::io::ErrorKind::UnexpectedEof.into()));
        }
        parcel.add(place, content, is_program)?;
    }
    // To the end, where the sum of all bytes is compared.
    let mut rest = archive.into_inner();
    std::io::copy(&mut rest, &mut std::io::sink()).map_err(damaged)?;
    if rest.limit() == 0 {
        return Err(parcel::too_much());
    }
    parcel.flatten();
    Ok(parcel)
}
