//! Where takes are delivered to, and when.
//!
//! Runs on: main.
use super::check::Check;
use super::key::Key;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[delivery]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// `s3://bucket/prefix`, `webdav+https://host/path`, `rsync://host/module/path` or `user@host:path`; none: nothing is delivered.
    pub target: Option<String>,
    /// Where an S3 service is reached, a URL; that of AWS for the region.
    pub endpoint: Option<String>,
    /// What an S3 service calls its region; "us-east-1".
    pub region: String,
    /// Who we are there: user and password, or access key and secret key, a line each; for `user@host:path` a private key of ssh.
    pub credentials_file: Option<PathBuf>,
    /// Most that is sent in a second, 0 (as fast as it goes)..1000000 KiB; 0.
    pub limit_kib_s: u32,
    /// Which takes go by themselves; closed.
    pub when: DeliveryWhen,
    /// Retention deletes no take of the first medium that is not delivered; true.
    pub keep_until_delivered: bool,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            target: None,
            endpoint: None,
            region: "us-east-1".into(),
            credentials_file: None,
            limit_kib_s: 0,
            when: DeliveryWhen::Closed,
            keep_until_delivered: true,
        }
    }
}

/// Which takes go by themselves. One that somebody asked for goes at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryWhen {
    /// Each one once it is closed.
    #[default]
    Closed,
    /// None.
    Asked,
    /// Each one that is closed, while nothing is recorded.
    Idle,
}

/// A target that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryTarget {
    /// Storage that speaks S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// What keys begin with; empty or with a slash at its end.
        prefix: String,
    },
    /// A WebDAV server.
    WebDav {
        /// The folder, with a slash at its end.
        url: String,
    },
    /// An rsync daemon.
    Rsync {
        /// `rsync://host/module/path`, with a slash at its end.
        url: String,
    },
    /// rsync over ssh.
    Ssh {
        /// `user@host:path`, with a slash at its end.
        place: String,
    },
}

/// What a target looks like.
const FORMS: &str = "must be \"s3://bucket/prefix\", \"webdav+https://host/path\", \"rsync://host/module/path\" or \"user@host:path\"";

impl DeliveryTarget {
    /// Reads it.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let odd = |c: char| c.is_control() || c.is_whitespace() || "'\"\\?#".contains(c);
        if text.contains(odd) {
            return Err(format!("{FORMS}, without spaces, quotes, ? and #"));
        }
        let folder = |text: &str| format!("{}/", text.trim_end_matches('/'));
        let host = |rest: &str| !rest.starts_with(['/', '-']) && !rest.is_empty();
        let forms = || FORMS.to_owned();
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let prefix = prefix.trim_matches('/');
            let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
            return host(bucket).then(|| Self::S3 { bucket: bucket.into(), prefix }).ok_or_else(forms);
        }
        let secret = || "must not have a user or password: credentials_file has them".to_owned();
        if let Some(url) = text.strip_prefix("webdav+") {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let rest = rest.filter(|rest| host(rest)).ok_or_else(forms)?;
            return if rest.contains('@') { Err(secret()) } else { Ok(Self::WebDav { url: folder(url) }) };
        }
        if let Some(rest) = text.strip_prefix("rsync://") {
            let module = rest.split_once('/').is_some_and(|(name, module)| host(name) && host(module));
            return match (rest.contains('@'), module) {
                (true, _) => Err(secret()),
                (false, true) => Ok(Self::Rsync { url: folder(text) }),
                (false, false) => Err(forms()),
            };
        }
        let (user, path) = text.split_once(':').ok_or_else(forms)?;
        let named = user.split_once('@').is_some_and(|(user, name)| host(user) && host(name));
        let fits = named && !path.is_empty() && !path.starts_with("//") && !user.contains('/');
        fits.then(|| Self::Ssh { place: folder(text) }).ok_or_else(forms)
    }

    /// "s3", "webdav" or "rsync".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::S3 { .. } => "s3",
            Self::WebDav { .. } => "webdav",
            Self::Rsync { .. } | Self::Ssh { .. } => "rsync",
        }
    }
}

impl DeliveryConfig {
    /// Whether takes wait for their delivery.
    pub fn keeps(&self) -> bool {
        self.target.is_some() && self.keep_until_delivered
    }

    /// The target, if there is one that can be used.
    pub fn parsed(&self) -> Option<DeliveryTarget> {
        DeliveryTarget::parse(self.target.as_deref()?).ok()
    }
}

impl Check<'_> {
    /// A target that can be used, and what goes with it.
    pub(super) fn delivery(&mut self) {
        let delivery = &self.config.delivery;
        let (target, endpoint) = (Key::dotted("delivery.target"), Key::dotted("delivery.endpoint"));
        let parsed = delivery.target.as_deref().map(DeliveryTarget::parse);
        let fault = parsed.as_ref().and_then(|parsed| parsed.as_ref().err().cloned());
        self.rule(&target, "", fault.is_none(), || fault.unwrap_or_default());
        let s3 = matches!(parsed, Some(Ok(DeliveryTarget::S3 { .. })));
        let url = delivery.endpoint.as_deref();
        let is_url = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        self.rule(&endpoint, "", url.is_none_or(is_url), || {
            "must be a URL such as \"https://s3.example.org\"".into()
        });
        self.rule(&endpoint, "delivery.target", url.is_none() || s3, || {
            "is for a target such as \"s3://bucket/prefix\" alone".into()
        });
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let region = !delivery.region.is_empty() && delivery.region.chars().all(named);
        self.rule(&Key::dotted("delivery.region"), "", region, || {
            "must be a name such as \"eu-central-1\"".into()
        });
        let credentials = Key::dotted("delivery.credentials_file");
        self.rule(&credentials, "delivery.target", !s3 || delivery.credentials_file.is_some(), || {
            "must name the file with access key and secret key".into()
        });
        let quoted = |path: &PathBuf| path.to_string_lossy().contains(['\'', '"']);
        let plain = !delivery.credentials_file.as_ref().is_some_and(quoted);
        self.rule(&credentials, "", plain, || "must be a path without quotes".into());
    }
}

#[cfg(test)]
mod tests {
    use super::DeliveryTarget as Target;

    #[test]
    fn what_does_not_fit_is_a_fault_of_its_key() {
        let fault = |text: &str| {
            let text = format!("[device]\nkind = \"offline\"\n[delivery]\n{text}");
            crate::config::parse("x", &text).unwrap_err().to_string()
        };
        for (text, line) in [
            ("endpoint = \"x\"", "endpoint = \"x\": must be a URL such as \"https://s3.example.org\""),
            ("region = \"\"", "region = \"\": must be a name such as \"eu-central-1\""),
            (
                "target = \"s3://takes\"",
                "credentials_file = (not given): must name the file with access key and secret key",
            ),
            ("limit_kib_s = 1000001", "limit_kib_s = 1000001: must be 0..1000000 KiB"),
        ] {
            assert_eq!(fault(text), format!("x: delivery.{line}"));
        }
        assert!(
            fault("target = \"ftp://a\"").starts_with("x: delivery.target = \"ftp://a\": must be \"s3://")
        );
        assert!(fault("when = \"never\"").contains("must be \"closed\" or \"asked\" or \"idle\""));
    }

    #[test]
    fn each_form_is_read_and_others_are_refused() {
        let parse = |text| Target::parse(text);
        let s3 = |bucket: &str, prefix: &str| Ok(Target::S3 { bucket: bucket.into(), prefix: prefix.into() });
        assert_eq!(parse("s3://takes"), s3("takes", ""));
        assert_eq!(parse("s3://takes/a/b/"), s3("takes", "a/b/"));
        assert_eq!(parse("webdav+http://a:81/dav"), Ok(Target::WebDav { url: "http://a:81/dav/".into() }));
        assert_eq!(parse("rsync://nas/takes"), Ok(Target::Rsync { url: "rsync://nas/takes/".into() }));
        assert_eq!(parse("me@nas:/srv/takes/"), Ok(Target::Ssh { place: "me@nas:/srv/takes/".into() }));
        for wrong in [
            "",
            "s3://",
            "s3:///a",
            "webdav+ftp://a",
            "webdav+https://",
            "https://a/b",
            "rsync://nas",
            "rsync:///a",
            "nas:/srv",
            "me@nas",
            "-oProxyCommand=x@nas:a",
            "me@-x:a",
            "me@nas:a b",
            "me@nas:a'b",
            "/srv",
            "@nas:a",
        ] {
            assert!(parse(wrong).unwrap_err().starts_with("must be"), "{wrong}");
        }
        for secret in ["webdav+https://me:pw@a/b", "rsync://me@nas/takes"] {
            assert!(parse(secret).unwrap_err().contains("credentials_file"), "{secret}");
        }
    }
}
