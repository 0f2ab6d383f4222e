//! The state of a conversation that nobody stores, as a text that its client carries: packed small, sealed so that it can be
//! neither read nor changed, bound to one flow, good until a moment. It draws no random number and reads no clock.

mod csm;
mod pack;
mod state;
mod words;

pub use csm::Unsigned;
pub use state::Carried;
pub use words::Words;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::event::Timestamp;
use crate::flow;

/// Version of the form of a token: its first byte.
const FORM: u8 = 1;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// Bytes of chance that each token takes.
pub const NONCE_BYTES: usize = 24;

/// Characters of the longest token.
pub const TOKEN_MAX: usize = 8192;

/// Form and key.
const HEAD_BYTES: usize = 2;

/// How much of a version's hash a token carries.
const MARK_BYTES: usize = 8;

/// The shortest state that is worth compressing.
const DEFLATE_FROM: usize = 64;

/// A state may be compressed to this part of itself at most.
const INFLATE_MAX: usize = 64 * TOKEN_MAX;

/// Why a token is not taken. A client is told no more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is none of ours, is damaged, or is of another flow.
    #[error("read the state: it is not of this flow; begin again without one")]
    Foreign,
    /// Its time is over.
    #[error("go on from this state: its time is over; begin again without one")]
    Expired,
}

/// Why a state gets no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSealed {
    /// It is longer than a client can be asked to carry.
    #[error(
        "hand out the state: it is longer than {TOKEN_MAX} characters; keep less in the context"
    )]
    TooLong,
    /// The cipher refused it.
    #[error("seal the state")]
    Cipher,
}

/// Why keys cannot be used together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// Their first hash bytes are the same.
    #[error("tell key {0} from another one: make it anew")]
    Alike(usize),
    /// None at all.
    #[error("seal without a key")]
    None,
}

/// The keys of tokens: the first seals, all open. A new one is put first, and an old one goes when its tokens have expired.
#[derive(Clone)]
pub struct Keys(Vec<(u8, XChaCha20Poly1305)>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// A ring of these.
    ///
    /// # Errors
    /// [`BadKeys`]
    pub fn new(keys: &[[u8; KEY_BYTES]]) -> Result<Self, BadKeys> {
        let mut ring: Vec<(u8, XChaCha20Poly1305)> = Vec::with_capacity(keys.len());
        for (place, key) in keys.iter().enumerate() {
            let [id, ..]: [u8; 32] = Sha256::digest(key).into();
            if ring.iter().any(|(other, _)| *other == id) {
                return Err(BadKeys::Alike(place + 1));
            }
            ring.push((id, XChaCha20Poly1305::new(key.into())));
        }
        if ring.is_empty() { Err(BadKeys::None) } else { Ok(Self(ring)) }
    }

    /// A token for `carried`, good until `until` for the flow `audience`. `nonce` is chance, new for every token.
    ///
    /// # Errors
    /// [`NotSealed`]
    pub fn seal(
        &self,
        carried: &Carried,
        words: &Words,
        (audience, until): (&flow::Id, Timestamp),
        nonce: [u8; NONCE_BYTES],
    ) -> Result<String, NotSealed> {
        let (id, cipher) = self.0.first().ok_or(NotSealed::Cipher)?;
        let mut plain = Vec::with_capacity(128);
        plain.extend(minutes(until).to_be_bytes());
        plain.extend(carried.mark);
        // Most conversations are in the flow that they began in.
        let flow = if carried.flow == *audience { "" } else { carried.flow.as_str() };
        plain.push(u8::try_from(flow.len()).map_err(|_foreign| NotSealed::TooLong)?);
        plain.extend(flow.as_bytes());
        state::write(carried, words, &mut plain);
        deflate(&mut plain);
        let mut token = vec![FORM, *id];
        token.extend(nonce);
        let about = about(audience, *id);
        let payload = Payload { msg: &plain, aad: &about };
        token.extend(
            cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_foreign| NotSealed::Cipher)?,
        );
        let token = BASE64.encode(token);
        if token.len() > TOKEN_MAX { Err(NotSealed::TooLong) } else { Ok(token) }
    }

    /// What a token carries, still packed.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn open(
        &self,
        token: &str,
        audience: &flow::Id,
        now: Timestamp,
    ) -> Result<Opened, Refused> {
        if token.len() > TOKEN_MAX {
            return Err(Refused::Foreign);
        }
        let token = BASE64.decode(token).map_err(|_foreign| Refused::Foreign)?;
        let (head, rest) = token.split_at_checked(HEAD_BYTES).ok_or(Refused::Foreign)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(Refused::Foreign)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_foreign| Refused::Foreign)?;
        let [FORM, id] = *head else { return Err(Refused::Foreign) };
        let (_, cipher) = self.0.iter().find(|(known, _)| *known == id).ok_or(Refused::Foreign)?;
        let about = about(audience, id);
        let payload = Payload { msg: sealed, aad: &about };
        let plain =
            cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_foreign| Refused::Foreign)?;
        let plain = inflate(plain).ok_or(Refused::Foreign)?;
        let (until, body) = plain.split_at_checked(4).ok_or(Refused::Foreign)?;
        let until = u32::from_be_bytes(until.try_into().map_err(|_foreign| Refused::Foreign)?);
        if minutes(now) > until {
            return Err(Refused::Expired);
        }
        let (mark, body) = body.split_at_checked(MARK_BYTES).ok_or(Refused::Foreign)?;
        let mark = mark.try_into().map_err(|_foreign| Refused::Foreign)?;
        let (length, body) = body.split_first().ok_or(Refused::Foreign)?;
        let (flow, body) = body.split_at_checked((*length).into()).ok_or(Refused::Foreign)?;
        let flow = match std::str::from_utf8(flow) {
            Ok("") => audience.clone(),
            Ok(flow) => flow::Id::from(flow),
            Err(_foreign) => return Err(Refused::Foreign),
        };
        Ok(Opened { flow, mark, body: body.to_vec() })
    }
}

/// A token whose seal is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The outermost flow that the conversation is in.
    pub flow: flow::Id,
    /// Its version, whose [`Words`] the state is written in.
    pub mark: Mark,
    body: Vec<u8>,
}

impl Opened {
    /// The state, with the words of the version that [`Opened::mark`] names.
    ///
    /// # Errors
    /// [`Refused::Foreign`]: another host packs otherwise.
    pub fn carried(&self, words: &Words) -> Result<Carried, Refused> {
        state::read((&self.flow, self.mark), words, &self.body).ok_or(Refused::Foreign)
    }
}

/// The beginning of a version's hash.
pub type Mark = [u8; MARK_BYTES];

/// The mark of a version.
#[must_use]
pub fn mark(version: &flow::Version) -> Mark {
    let mut mark = Mark::default();
    let digits = version.as_str().as_bytes().chunks_exact(2);
    for (byte, pair) in mark.iter_mut().zip(digits) {
        let text = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(text, 16).unwrap_or_default();
    }
    mark
}

/// What a token is bound to beside its content.
fn about(audience: &flow::Id, key: u8) -> Vec<u8> {
    let mut about = vec![FORM, key];
    about.extend(audience.as_str().as_bytes());
    about
}

fn minutes(at: Timestamp) -> u32 {
    u32::try_from(at.as_millis().max(0) / 60_000).unwrap_or(u32::MAX)
}

/// The last byte says whether what is before it is compressed.
fn deflate(plain: &mut Vec<u8>) {
    if plain.len() >= DEFLATE_FROM {
        let smaller = miniz_oxide::deflate::compress_to_vec(plain, 8);
        if smaller.len() < plain.len() {
            *plain = smaller;
            plain.push(1);
            return;
        }
    }
    plain.push(0);
}

fn inflate(mut plain: Vec<u8>) -> Option<Vec<u8>> {
    match plain.pop()? {
        0 => Some(plain),
        1 => miniz_oxide::inflate::decompress_to_vec_with_limit(&plain, INFLATE_MAX).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
