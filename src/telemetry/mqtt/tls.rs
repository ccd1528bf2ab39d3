//! Whom we trust and what we show, from files.
//!
//! Runs on: main, supervisor.
use super::settings::{MqttError, TlsSettings, read, warn_if_open};
use native_tls::{Certificate, Identity, Protocol, TlsConnector};
use std::path::Path;

const CERTIFICATES: &str = "one or more PEM certificates (-----BEGIN CERTIFICATE-----)";
const KEY: &str =
    "a PKCS #8 key (-----BEGIN PRIVATE KEY-----); openssl pkcs8 -topk8 -nocrypt makes one of others";

/// Checks the broker's certificate and host name.
pub(super) fn connector(settings: &TlsSettings) -> Result<TlsConnector, MqttError> {
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(Protocol::Tlsv12));
    if let Some(path) = &settings.ca_file {
        // Who names a signer wants that one, not anybody of the system's hundred.
        builder.disable_built_in_roots(true);
        for certificate in certificates("ca_file", path)? {
            builder.add_root_certificate(certificate);
        }
    }
    let Some((certificate, key)) = &settings.client else {
        return Ok(builder.build()?);
    };
    builder.identity(identity(certificate, key)?);
    // Only here it turns out whether the two belong together.
    builder.build().map_err(|error| MqttError::Content {
        key: "client_key_file",
        path: key.clone(),
        fault: format!("does not fit {} ({})", certificate.display(), brief(&error)),
        wanted: "the key of that certificate",
    })
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, MqttError> {
    certificates("client_cert_file", certificate)?;
    let chain = read("client_cert_file", certificate, CERTIFICATES)?;
    let text = read("client_key_file", key, KEY)?;
    warn_if_open("client_key_file", key);
    let begin = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
    Identity::from_pkcs8(&chain, text.get(begin..).unwrap_or_default()).map_err(|error| MqttError::Content {
        key: "client_key_file",
        path: key.to_owned(),
        fault: format!("no key that can be used ({})", brief(&error)),
        wanted: KEY,
    })
}

fn certificates(key: &'static str, path: &Path) -> Result<Vec<Certificate>, MqttError> {
    let fault =
        |fault: String| MqttError::Content { key, path: path.to_owned(), fault, wanted: CERTIFICATES };
    let text = read(key, path, CERTIFICATES)?;
    let found = Certificate::stack_from_pem(&text)
        .map_err(|error| fault(format!("no certificate that can be read ({})", brief(&error))))?;
    if found.is_empty() { Err(fault("no PEM certificate in it".into())) } else { Ok(found) }
}

/// Of OpenSSL's lines what a person can read: the reason, without codes and source files.
pub(super) fn brief(error: &native_tls::Error) -> String {
    let text = error.to_string();
    let reasons = text.split(", ").filter_map(|part| part.split(':').nth(4)).filter(|part| !part.is_empty());
    let mut reasons: Vec<_> = reasons.map(str::to_owned).collect();
    // In brackets stands what the verification of a certificate found.
    if let Some((_, detail)) = text.rsplit_once(" (") {
        reasons.extend(detail.split(')').next().map(str::to_owned));
    }
    if reasons.is_empty() { text } else { reasons.join(": ") }
}
