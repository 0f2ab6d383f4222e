//! What is sent: one JSON object, and headers that say whose call it is, until when an answer is of use, and that it is us
//! who ask.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use sha2::Sha256;
use tokio::time::Instant;

use super::Server;
use crate::clock::Clock;
use crate::engine::Call;
use crate::event::{Map, ToolErrorKind};
use crate::secret::Secret;
use crate::tool::Failure;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const ATTEMPT: HeaderName = HeaderName::from_static("x-cicerone-attempt");
const DEADLINE: HeaderName = HeaderName::from_static("x-cicerone-deadline");
const SIGNATURE: HeaderName = HeaderName::from_static("x-cicerone-signature");

/// The body of a request. Fields may be added; a server ignores those that it does not know.
#[derive(Serialize)]
struct Body<'a> {
    tool: &'a str,
    session_id: &'a str,
    tool_call_id: &'a str,
    args: &'a Map,
}

impl Server {
    pub(super) fn body(&self, tool: &str, call: &Call) -> Result<Vec<u8>, Failure> {
        let (session_id, tool_call_id) = (call.id.session(), call.id.as_str());
        let body = Body { tool, session_id, tool_call_id, args: &call.args };
        let failed = |why: String| Failure::before_start(ToolErrorKind::Limit, why);
        let body = serde_json::to_vec(&body).map_err(|error| failed(error.to_string()))?;
        let max = self.args_max;
        if u64::try_from(body.len()).unwrap_or(u64::MAX) > max {
            let why = format!("the request has {} bytes; the tool takes {max}", body.len());
            return Err(failed(why));
        }
        Ok(body)
    }

    pub(super) fn headers(
        &self,
        call: &Call,
        attempt: u32,
        body: &[u8],
        deadline: Instant,
    ) -> Result<HeaderMap, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        // The time of the world and not of the conversation: the server looks at its own clock.
        let now = Clock::System.now();
        let until = now.plus_millis(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        let mut headers = self.headers.clone();
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json.clone());
        headers.insert(ACCEPT, json);
        headers.insert(ATTEMPT, attempt.into());
        headers.insert(DEADLINE, until.as_millis().into());
        let id = HeaderValue::from_str(call.id.as_str()).map_err(|error| {
            Failure::before_start(ToolErrorKind::BadArgs, format!("the call's id: {error}"))
        })?;
        headers.insert(IDEMPOTENCY_KEY, id);
        if let Some(key) = &self.key {
            let millis = u64::try_from(now.as_millis()).unwrap_or_default();
            let signature = signature(key, Duration::from_millis(millis).as_secs(), body);
            headers.extend([(SIGNATURE, signature)]);
        }
        Ok(headers)
    }
}

/// `t=<unix seconds>,v1=<hex>`, the HMAC-SHA256 over `<unix seconds>.<body>`.
fn signature(key: &Secret, seconds: u64, body: &[u8]) -> HeaderValue {
    let mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes());
    let mut mac = mac.expect("a key of any length is taken");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let value = HeaderValue::from_str(&format!("t={seconds},v1={hex}"));
    value.expect("digits and letters stand in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'a key'`.
    #[test]
    fn a_signature_is_what_other_programs_compute() {
        let signed = signature(&Secret::new("a key"), 1_700_000_000, br#"{"a":1}"#);
        let expected =
            "t=1700000000,v1=85a348998c6c8644706e36f7b616e18dbf737188e3718bcaa5f2f776217e805f";
        assert_eq!(signed, expected);
    }
}
