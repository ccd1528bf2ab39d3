//! The certificate that the page is served with.
//!
//! Runs on: main, supervisor.
use super::settings::WebError;
use native_tls::{Identity, Protocol, TlsConnector};
use std::path::{Path, PathBuf};
use tokio_native_tls::TlsAcceptor;

const CERTIFICATES: &str = "one or more PEM certificates (-----BEGIN CERTIFICATE-----), the box's own first";
const KEY: &str =
    "a PKCS #8 key (-----BEGIN PRIVATE KEY-----); openssl pkcs8 -topk8 -nocrypt makes one of others";

/// Reads both files.
///
/// # Errors
/// One that is missing or not what it should be, or a key of another certificate.
pub(super) fn acceptor((certificate, key): &(PathBuf, PathBuf)) -> Result<TlsAcceptor, WebError> {
    let chain = read("tls_cert", certificate, CERTIFICATES)?;
    let secret = read("tls_key", key, KEY)?;
    let content = |key: &'static str, path: &Path, fault: String, wanted: &'static str| WebError::Content {
        key,
        path: path.to_owned(),
        fault,
        wanted,
    };
    let found = native_tls::Certificate::stack_from_pem(&chain).unwrap_or_default();
    if found.is_empty() {
        return Err(content(
            "tls_cert",
            certificate,
            "has no certificate that can be read".into(),
            CERTIFICATES,
        ));
    }
    let begin = secret.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
    let identity = Identity::from_pkcs8(&chain, secret.get(begin..).unwrap_or_default())
        .map_err(|_| content("tls_key", key, "has no key that can be used".into(), KEY))?;
    // Who serves does not look whether the two belong together; who connects does.
    let pair = TlsConnector::builder().identity(identity.clone()).build().map(drop);
    let mut builder = native_tls::TlsAcceptor::builder(identity);
    builder.min_protocol_version(Some(Protocol::Tlsv12));
    let built = pair.and_then(|()| builder.build()).map_err(|_| {
        let fault = format!("does not fit {}", certificate.display());
        content("tls_key", key, fault, "the key of the first certificate there")
    })?;
    Ok(built.into())
}

fn read(key: &'static str, path: &Path, wanted: &'static str) -> Result<Vec<u8>, WebError> {
    std::fs::read(path).map_err(|source| WebError::Read { key, path: path.to_owned(), source, wanted })
}
