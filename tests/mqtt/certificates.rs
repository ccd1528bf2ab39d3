//! Certificates as a house makes them.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn openssl(arguments: &[&str], dir: &Path) {
    let mut openssl = Command::new("openssl");
    let status =
        openssl.args(arguments).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.unwrap().success(), "openssl {arguments:?}");
}

/// `<name>.pem` and `<name>.key` of who signs for others.
pub fn authority(dir: &Path, name: &str) {
    certificate(dir, name, &[], "basicConstraints=critical,CA:TRUE");
}

/// `<name>.pem` and `<name>.key`, signed by `authority`, for the host `localhost`, which an emulated machine calls 10.0.2.2.
pub fn signed(dir: &Path, name: &str, authority: &str) {
    let (ca, key) = (format!("{authority}.pem"), format!("{authority}.key"));
    certificate(dir, name, &["-CA", &ca, "-CAkey", &key], "subjectAltName=DNS:localhost,IP:10.0.2.2");
}

fn certificate(dir: &Path, name: &str, by: &[&str], extension: &str) {
    let (subject, key, out) = (format!("/CN={name}"), format!("{name}.key"), format!("{name}.pem"));
    let mut arguments = vec!["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    arguments.extend(["-nodes", "-days", "30", "-subj", &subject, "-keyout", &key, "-out", &out]);
    arguments.extend(["-addext", extension]);
    arguments.extend(by);
    openssl(&arguments, dir);
}

/// The same key in the form that others write.
pub fn traditional(dir: &Path, name: &str) -> PathBuf {
    openssl(&["ec", "-in", &format!("{name}.key"), "-out", "traditional.key"], dir);
    dir.join("traditional.key")
}
