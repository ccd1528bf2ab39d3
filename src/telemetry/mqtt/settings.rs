//! How the broker is reached: what is configured, and the files that it names, read once.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::tls;
use rumqttc::v5::MqttOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::LastWill;
use rumqttc::{TlsConfiguration, Transport};
use std::net::Ipv6Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// Between two signs of life: a dead link is noticed within two of them.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Largest packet that the broker may send, in bytes: larger than any command may be, so that those that are too
/// large can be refused; what is larger still the broker keeps to itself.
const MAX_PACKET: u32 = 256 * 1024;
/// Packets under way in either direction, at most.
const MAX_UNDER_WAY: u16 = 32;

/// Which broker, and who we are to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MqttSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What this box is called in topics: 1..32 of a-z, 0-9, _ and -.
    pub id: String,
    /// Encrypts.
    pub tls: Option<TlsSettings>,
    /// File with the user's name in its first line and the password in its second.
    pub credentials_file: Option<PathBuf>,
    /// Where Home Assistant looks; none: it is told nothing.
    pub discovery_prefix: Option<String>,
    /// Version of the firmware.
    pub version: String,
}

/// Who is trusted, and what we show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificates (PEM) of who may have signed the broker's; the system's without.
    pub ca_file: Option<PathBuf>,
    /// Our certificate (PEM) and its key (PEM, PKCS #8), for brokers that ask for one.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// What keeps MQTT from being started; each in one line that names setting and file.
#[derive(Debug, thiserror::Error)]
pub enum MqttError {
    /// A file could not be read.
    #[error("mqtt.{key}: {path}: {source}; expected {wanted}")]
    Read {
        /// The setting that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
        /// What would be right.
        wanted: &'static str,
    },
    /// A file does not hold what it should.
    #[error("mqtt.{key}: {path}: {fault}; expected {wanted}")]
    Content {
        /// The setting that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// A certificate names no bare IPv6 address that could be checked here.
    #[error(
        "mqtt.host: {0}: with TLS an IPv6 address cannot be checked; expected the name in the broker's certificate"
    )]
    Ipv6WithTls(String),
    /// TLS itself could not be set up.
    #[error("mqtt.tls: {0}")]
    Tls(#[from] native_tls::Error),
    /// The thread could not be started.
    #[error("cannot start the mqtt thread: {0}")]
    Thread(io::Error),
}

/// Reads a small file that the setting `key` names.
pub(super) fn read(key: &'static str, path: &Path, wanted: &'static str) -> Result<Vec<u8>, MqttError> {
    fs::read(path).map_err(|source| MqttError::Read { key, path: path.to_owned(), source, wanted })
}

/// Everything for a connection.
pub(super) fn options(settings: &MqttSettings, topics: &Topics) -> Result<MqttOptions, MqttError> {
    let ipv6 = settings.host.parse::<Ipv6Addr>().is_ok();
    let host = if ipv6 { format!("[{}]", settings.host) } else { settings.host.clone() };
    let mut options = MqttOptions::new(format!("vestry-{}", settings.id), host, settings.port);
    options.set_keep_alive(KEEP_ALIVE).set_clean_start(true);
    options.set_max_packet_size(Some(MAX_PACKET)).set_receive_maximum(Some(MAX_UNDER_WAY));
    options.set_outgoing_inflight_upper_limit(MAX_UNDER_WAY);
    options.set_last_will(LastWill::new(topics.availability(), "offline", QoS::AtLeastOnce, true, None));
    if let Some(path) = &settings.credentials_file {
        let (user, password) = credentials(path)?;
        options.set_credentials(user, password);
    }
    if let Some(tls) = &settings.tls {
        if ipv6 {
            return Err(MqttError::Ipv6WithTls(settings.host.clone()));
        }
        let connector = tls::connector(tls)?;
        options.set_transport(Transport::Tls(TlsConfiguration::NativeConnector(connector)));
    }
    Ok(options)
}

/// User and password.
fn credentials(path: &Path) -> Result<(String, String), MqttError> {
    let (key, wanted) =
        ("credentials_file", "the user's name in its first line and the password in its second");
    let fault = |fault: &str| MqttError::Content { key, path: path.to_owned(), fault: fault.into(), wanted };
    let text = String::from_utf8(read(key, path, wanted)?).map_err(|_| fault("no UTF-8 text"))?;
    warn_if_open(key, path);
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some(user), Some(password)) if !user.is_empty() && !password.is_empty() => {
            Ok((user.to_owned(), password.to_owned()))
        }
        (None | Some(""), _) => Err(fault("no user's name")),
        _ => Err(fault("no password")),
    }
}

/// A secret that every user of the system can read is one no more.
pub(super) fn warn_if_open(key: &str, path: &Path) {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o004 != 0 {
        tracing::warn!("mqtt.{key}: {}: everybody can read it: chmod o-r", path.display());
    }
}
