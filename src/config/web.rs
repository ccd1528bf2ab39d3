//! The page that the box serves.
//!
//! Runs on: main.
use super::check::Check;
use super::file::Config;
use super::key::Key;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Longest name of a host (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;

/// `[web]`: the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Address and port that it is served at; without one there is no page.
    pub listen: Option<Listen>,
    /// File with the hash of its password; `web_password` in `recordings_dir`. Its folder has to be there.
    pub password_file: Option<PathBuf>,
    /// Certificates (PEM), the box's own first; plain HTTP without.
    pub tls_cert: Option<PathBuf>,
    /// The key of the first (PEM, PKCS #8).
    pub tls_key: Option<PathBuf>,
    /// Names of the internet by which browsers may call the box; none.
    pub names: Vec<String>,
}

/// An address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Listen(pub SocketAddr);

/// The text is no address with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an address of this box and a port, such as \"0.0.0.0:80\" for all of IPv4, \"[::]:80\" for all, \"127.0.0.1:8080\""
)]
pub struct BadListen;

impl TryFrom<String> for Listen {
    type Error = BadListen;

    fn try_from(text: String) -> Result<Self, BadListen> {
        text.parse().map(Self).map_err(|_| BadListen)
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> Self {
        listen.to_string()
    }
}

impl Config {
    /// Where the hash of the page's password lies.
    pub fn web_password(&self) -> PathBuf {
        self.web.password_file.clone().unwrap_or_else(|| self.recordings_dir.join("web_password"))
    }
}

impl Check<'_> {
    /// Files that would silently do nothing, and names that are none.
    pub(super) fn web(&mut self) {
        let web = &self.config.web;
        let named = web.password_file.as_ref().is_none_or(|path| path.file_name().is_some());
        self.rule(&Key::dotted("web.password_file"), "", named, || "must name a file, or be left out".into());
        let (cert, key) = (web.tls_cert.is_some(), web.tls_key.is_some());
        self.rule(&Key::dotted("web.tls_key"), "web.tls_cert", key || !cert, || {
            "must be given with web.tls_cert".into()
        });
        self.rule(&Key::dotted("web.tls_cert"), "web.tls_key", cert || !key, || {
            "must be given with web.tls_key".into()
        });
        for (index, name) in web.names.iter().enumerate() {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            let right = (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(fits);
            self.rule(&Key::dotted("web.names").item(index), "", right, || {
                "must be a name without port, such as \"vestry.church.example\"".into()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port() {
        let listen = |text: &str| Listen::try_from(text.to_owned());
        for text in ["0.0.0.0:80", "[::]:443", "127.0.0.1:0"] {
            assert_eq!(listen(text).unwrap().to_string(), text);
        }
        for text in ["", "80", ":80", "0.0.0.0", "localhost:80", "0.0.0.0:65536", "::80"] {
            assert_eq!(listen(text), Err(BadListen), "{text}");
        }
    }

    #[test]
    fn every_wrong_value_is_a_line_that_says_what_is_right() {
        let faults = |text: &str| {
            let text = format!("[device]\nkind = \"offline\"\n[web]\n{text}");
            super::super::parse("x", &text).unwrap_err().to_string()
        };
        let listen = faults("listen = \"80\"");
        assert!(listen.starts_with("x: web.listen = \"80\": must be an address"), "{listen}");
        for (text, fault) in [
            ("tls_cert = \"a\"", "x: web.tls_key = (not given): must be given with web.tls_cert"),
            ("tls_key = \"a\"", "x: web.tls_cert = (not given): must be given with web.tls_key"),
            ("password_file = \"\"", "x: web.password_file = \"\": must name a file, or be left out"),
            (
                "names = [\"a.example\", \"a.example:80\"]",
                "x: web.names[2] = \"a.example:80\": must be a name without port, such as \"vestry.church.example\"",
            ),
        ] {
            assert_eq!(faults(text), fault);
        }
    }

    #[test]
    fn the_password_goes_with_the_takes_unless_told() {
        let mut config = Config { recordings_dir: "/a/takes".into(), ..Config::default() };
        assert_eq!(config.web_password(), PathBuf::from("/a/takes/web_password"));
        config.web.password_file = Some("/b/hash".into());
        assert_eq!(config.web_password(), PathBuf::from("/b/hash"));
    }
}
