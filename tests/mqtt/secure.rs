//! Who may talk to whom: certificates, users, and files that are not what they should be.
use super::broker::{Broker, eventually};
use super::certificates::{authority, signed, traditional};
use super::{settings, spawn};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use vestry::telemetry::discovery::BoxFacts;
use vestry::telemetry::mqtt::{Mqtt, MqttSettings, TlsSettings};

const TLS: &str =
    "allow_anonymous true\ncafile {dir}/house.pem\ncertfile {dir}/broker.pem\nkeyfile {dir}/broker.key";

/// A house with its authority, a stranger, and who they signed for.
fn house() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["house", "stranger"] {
        authority(dir.path(), name);
    }
    for (name, by) in [("broker", "house"), ("box", "house"), ("intruder", "stranger")] {
        signed(dir.path(), name, by);
    }
    dir
}

fn secured(broker: &Broker, ca: &str, client: Option<&str>) -> MqttSettings {
    let file = |name: String| broker.dir.path().join(name);
    let client = client.map(|name| (file(format!("{name}.pem")), file(format!("{name}.key"))));
    let tls = TlsSettings { ca_file: Some(file(format!("{ca}.pem"))), client };
    MqttSettings { host: "localhost".into(), tls: Some(tls), ..settings(broker.port) }
}

fn connects(settings: MqttSettings) {
    let mqtt = spawn(settings);
    eventually("connected", || mqtt.link().connected);
    mqtt.stop();
}

/// Why it does not.
fn refused(settings: MqttSettings) -> String {
    let mqtt = spawn(settings);
    eventually("it is told why", || mqtt.link().last_error.is_some());
    let link = mqtt.link();
    assert!(!link.connected && link.sent == 0, "{link:?}");
    link.last_error.unwrap()
}

#[test]
fn only_a_broker_that_the_right_authority_signed_for_is_talked_to() {
    let broker = Broker::prepared(house(), TLS);
    connects(secured(&broker, "house", None));
    let reason = refused(secured(&broker, "stranger", None));
    assert!(reason.starts_with("TLS: ") && reason.contains("certificate verify failed"), "{reason}");
    let elsewhere = MqttSettings { host: "127.0.0.1".into(), ..secured(&broker, "house", None) };
    let reason = refused(elsewhere);
    assert!(reason.starts_with("TLS: "), "the certificate is for another name: {reason}");
    let system = MqttSettings { tls: Some(TlsSettings::default()), ..secured(&broker, "house", None) };
    let reason = refused(system);
    assert!(reason.starts_with("TLS: "), "the system does not know that authority: {reason}");
}

#[test]
fn a_broker_may_ask_who_we_are() {
    let broker = Broker::prepared(house(), &format!("{TLS}\nrequire_certificate true"));
    connects(secured(&broker, "house", Some("box")));
    refused(secured(&broker, "house", None));
    refused(secured(&broker, "house", Some("intruder")));
}

#[test]
fn user_and_password_come_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("users");
    let mut passwd = std::process::Command::new("mosquitto_passwd");
    assert!(
        passwd.args(["-b", "-c"]).arg(&path).args(["recorder", "long secret"]).status().unwrap().success()
    );
    let broker = Broker::prepared(dir, "allow_anonymous false\npassword_file {dir}/users");
    let file = broker.dir.path().join("credentials");
    let with = || MqttSettings { credentials_file: Some(file.clone()), ..settings(broker.port) };
    fs::write(&file, "recorder\nlong secret\n").unwrap();
    connects(with());
    fs::write(&file, "recorder\nwrong\n").unwrap();
    let reason = refused(with());
    assert!(reason.contains("mqtt.credentials_file"), "{reason}");
    let reason = refused(settings(broker.port));
    assert!(reason.contains("mqtt.credentials_file"), "{reason}");
}

fn fault(settings: MqttSettings) -> String {
    let text = Mqtt::spawn(settings, BoxFacts::default()).err().unwrap().to_string();
    assert!(!text.contains('\n'), "{text}");
    text
}

#[test]
fn files_that_are_wrong_are_told_in_one_line() {
    let dir = house();
    let file = |name: &str| dir.path().join(name);
    fs::write(file("empty.pem"), "").unwrap();
    let told = |tls: TlsSettings, parts: &[&str]| {
        let text = fault(MqttSettings { tls: Some(tls), ..settings(1) });
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    let ca = |name: &str| TlsSettings { ca_file: Some(file(name)), client: None };
    let client = |certificate: &Path, key: &Path| TlsSettings {
        ca_file: None,
        client: Some((certificate.to_owned(), key.to_owned())),
    };
    told(ca("none.pem"), &["mqtt.ca_file", "none.pem", "No such file", "BEGIN CERTIFICATE"]);
    told(ca("empty.pem"), &["mqtt.ca_file", "empty.pem", "no PEM certificate in it"]);
    told(ca("box.key"), &["mqtt.ca_file", "box.key", "no PEM certificate in it"]);
    let (certificate, key) = (file("box.pem"), file("box.key"));
    told(client(&file("none.pem"), &key), &["mqtt.client_cert_file", "none.pem", "No such file"]);
    told(client(&key, &key), &["mqtt.client_cert_file", "box.key", "no PEM certificate in it"]);
    told(client(&certificate, &file("none.key")), &["mqtt.client_key_file", "none.key", "No such file"]);
    told(client(&certificate, &certificate), &["mqtt.client_key_file", "box.pem", "BEGIN PRIVATE KEY"]);
    let other = traditional(dir.path(), "box");
    told(client(&certificate, &other), &["mqtt.client_key_file", "traditional.key", "openssl pkcs8"]);
    told(
        client(&certificate, &file("broker.key")),
        &["mqtt.client_key_file", "broker.key", "does not fit", "box.pem"],
    );
    let six = MqttSettings { host: "::1".into(), tls: Some(ca("house.pem")), ..settings(1) };
    assert!(fault(six).contains("mqtt.host: ::1"));
}

#[test]
fn credentials_that_are_none_are_told_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("credentials");
    let told = |part: &str| {
        let text = fault(MqttSettings { credentials_file: Some(path.clone()), ..settings(1) });
        let named = ["mqtt.credentials_file", "credentials:", part, "password in its second"];
        assert!(named.iter().all(|part| text.contains(part)), "{text}");
    };
    told("No such file");
    for (content, part) in [("", "no user's name"), ("\nsecret", "no user's name"), ("user", "no password")] {
        fs::write(&path, content).unwrap();
        told(part);
    }
}
