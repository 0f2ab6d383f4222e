//! The keys of stateless turns: those that the operator names, or one of the host's own that it makes once and keeps beside
//! its store. Hosts that share a Redis must share their keys too, so there they have to be named.

use std::io::Write as _;
use std::num::NonZeroU32;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::api;
use crate::config::Settings;
use crate::secret;
use crate::token::{KEY_BYTES, Keys};

/// In the data folder.
const FILE: &str = "token.key";

/// How long a token is good when nobody says.
const DAYS: u32 = 30;

/// What stateless turns need; none where hosts share a store and no keys.
///
/// # Errors
/// When a key cannot be used, with its name.
pub(super) fn tokens(settings: &Settings) -> anyhow::Result<Option<api::Tokens>> {
    let named = &settings.tokens.keys;
    let keys = if !named.is_empty() {
        named.iter().map(|name| of_secret(settings, name)).collect::<anyhow::Result<Vec<_>>>()?
    } else if settings.redis.is_some() {
        return Ok(None);
    } else {
        vec![own(&settings.data.join(FILE))?]
    };
    let keys = Keys::new(&keys).context("use the `keys` of `[tokens]`")?;
    let days = settings.tokens.days.map_or(DAYS, NonZeroU32::get);
    let good_for = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    Ok(Some(api::Tokens::new(keys, good_for, settings.tokens.unsigned_csm)))
}

fn of_secret(settings: &Settings, name: &str) -> anyhow::Result<[u8; KEY_BYTES]> {
    let variable = secret::variable(name);
    let Some(secret) = settings.secrets.get(name) else {
        bail!("use the key `{name}` of `[tokens]`: set `{variable}` to 32 bytes as hex digits");
    };
    bytes(secret.expose()).with_context(|| {
        format!("use the key `{name}` of `[tokens]`: `{variable}` should be 32 bytes as hex digits, as `openssl rand -hex 32` prints them")
    })
}

fn bytes(digits: &str) -> Option<[u8; KEY_BYTES]> {
    let digits = digits.trim().as_bytes();
    if digits.len() != KEY_BYTES * 2 {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(key)
}

/// The host's own key: made by whoever comes first, read by everybody after.
fn own(file: &Path) -> anyhow::Result<[u8; KEY_BYTES]> {
    let shown = file.display();
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).context("draw a key for tokens")?;
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match made {
        Ok(mut made) => {
            made.write_all(digits.as_bytes())
                .and_then(|()| made.sync_all())
                .with_context(|| format!("write `{shown}`"))?;
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let kept = std::fs::read_to_string(file).with_context(|| format!("read `{shown}`"))?;
            bytes(&kept).with_context(|| format!("use the key in `{shown}`; remove the file, and tokens of before are good no more"))
        }
        Err(error) => Err(error).with_context(|| format!("make `{shown}`")),
    }
}
