//! Whom a request over TLS trusts: the machine's own certificate authorities. Cryptography is `ring`, named here once, so
//! that nothing depends on what else is linked.

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// A client for this URL: never over a proxy of the environment, and without reading certificates where none are
/// needed.
///
/// # Errors
/// When it is `https:` and the machine has no certificate authorities.
pub fn client(url: &str) -> Result<ClientBuilder, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = if url.starts_with("https:") {
        builder.with_platform_verifier()?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    let config = config.with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_without_tls_needs_no_certificates() {
        assert!(client("http://example.com/").unwrap().build().is_ok());
    }
}
