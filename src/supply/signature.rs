//! Detached signatures as minisign makes them: by whom of those whom the operator trusts. Pure.

use minisign_verify::{Error as Wrong, PublicKey, Signature};

use super::{Error, Terms};

/// The operator's name for the key that signed these bytes; none when nobody has to and nobody did.
pub(super) fn check(
    bytes: &[u8],
    signature: Option<&[u8]>,
    terms: Terms<'_>,
) -> Result<Option<String>, Error> {
    let refuse = |why: &str| Err(Error::Signature(why.to_owned()));
    let Some(signature) = signature else {
        if terms.signed {
            return refuse(
                "it has no signature, and `[supply] signed = true`; name one with `--signature`, or have it signed with `minisign -S`",
            );
        }
        return Ok(None);
    };
    if terms.keys.is_empty() {
        return refuse(
            "it is signed, and `[supply.keys]` has no key; write the one of its author there",
        );
    }
    let text = std::str::from_utf8(signature).ok();
    let Some(signature) = text.and_then(|text| Signature::decode(text).ok()) else {
        return refuse("its signature is none of minisign's");
    };
    for (name, text) in terms.keys {
        let key = PublicKey::from_base64(text.trim());
        let key = key.map_err(|_wrong| Error::Key { name: name.clone() })?;
        match key.verify(bytes, &signature, false) {
            Ok(()) => return Ok(Some(name.clone())),
            Err(Wrong::UnexpectedKeyId) => {}
            Err(Wrong::UnexpectedAlgorithm) => {
                return refuse(
                    "its signature is of an old kind; have it signed by minisign 0.10 or newer",
                );
            }
            Err(_) => {
                let why = format!(
                    "its signature is not that of key `{name}` for these bytes; one of the two was changed"
                );
                return refuse(&why);
            }
        }
    }
    refuse("it is signed with a key that is none of `[supply.keys]`")
}
