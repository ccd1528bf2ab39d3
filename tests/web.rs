//! Promise: the page lets in who has read the code off the box, and nobody else; it shows and does what MQTT does, gives takes away to the
//! byte, and costs a recording nothing.
#[path = "mqtt/certificates.rs"]
#[allow(dead_code)]
mod certificates;
#[path = "common/cli.rs"]
mod cli;
#[path = "web/client.rs"]
mod client;
#[path = "web/give.rs"]
mod give;
#[path = "web/live.rs"]
mod live;
#[path = "web/rig.rs"]
mod rig;
#[path = "common/running.rs"]
mod running;

use client::Client;
use rig::{PASSWORD, Site};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

/// What is for nobody without a session.
const CLOSED: [&str; 7] = [
    "/api/live",
    "/api/takes",
    "/api/takes/2026-11-26_101500_0001",
    "/api/takes/2026-11-26_101500_0001/overview/Mix.wav",
    "/takes/2026-11-26_101500_0001/Mix.wav",
    "/takes/2026-11-26_101500_0001.zip",
    "/api/nothing",
];

fn closed(client: &Client) {
    for path in CLOSED {
        assert_eq!(client.get(path).status, 401, "{path}");
    }
    assert_eq!(client.post("/api/command", &json!({"command": "marker"})).status, 401);
    assert_eq!(client.post("/api/sign_out", &json!({})).status, 401);
}

#[test]
fn who_has_read_the_code_sets_the_password_and_who_knows_it_gets_in() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::start(dir.path(), "");
    let mut client = site.client("jar");
    let session = client.session();
    assert_eq!((&session["box"], &session["has_password"]), (&json!("hall"), &json!(false)));
    assert!(session["signed_in"] == false && session["token"].is_null());
    for path in ["/", "/page.css", "/page.js", "/icon.svg"] {
        let page = client.get(path);
        assert!(page.status == 200 && !page.body.is_empty(), "{path}");
        assert!(page.header("content-security-policy").starts_with("default-src 'self';"), "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
    }
    closed(&client);
    assert_eq!(client.post("/api/sign_in", &json!({"password": PASSWORD})).status, 403);
    let set = |code: &str, password: &str| {
        client.post("/api/password", &json!({"code": code, "password": password}))
    };
    assert!(set("123456", PASSWORD).reason().contains("shows no code"));
    assert_eq!(client.post("/api/code", &json!({})).status, 204);
    let code = site.code();
    assert_eq!(set(&code, "1234567").status, 400, "too short, and the code still counts");
    assert_eq!(set(&code, &"x".repeat(129)).status, 400);
    let done = set(&code, PASSWORD);
    assert_eq!(done.status, 204);
    let cookie = done.header("set-cookie");
    for part in ["vestry=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this is no TLS");
    assert_eq!(set(&code, "another one").status, 403, "once");
    assert!(client.session()["signed_in"] == true && client.get("/api/takes").status == 200);

    let file = dir.path().join("takes/web_password");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("$argon2id$"));
    let mut other = site.client("other");
    closed(&other);
    assert_eq!(other.post("/api/sign_in", &json!({"password": "correct horsf"})).status, 403);
    assert_eq!(other.post("/api/sign_in", &json!({"password": PASSWORD})).status, 204);
    other.session();
    assert_ne!(other.token, client.token);
    assert_eq!(other.post("/api/sign_out", &json!({})).status, 204);
    closed(&other);
    assert_eq!(client.get("/api/takes").status, 200, "the other one is still in");
    let said = site.running.end();
    assert!(!said.contains(PASSWORD) && !said.contains(&client.token), "{said}");

    let site = Site::start(dir.path(), "");
    client.url.clone_from(&site.url);
    assert!(client.session()["has_password"] == true && client.session()["signed_in"] == false);
    assert_eq!(client.post("/api/sign_in", &json!({"password": PASSWORD})).status, 204);
    assert_eq!(site.gaps(), 0);
}

#[test]
fn who_guesses_is_slowed_down() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::start(dir.path(), "");
    let client = site.client("jar");
    assert_eq!(client.post("/api/code", &json!({})).status, 204);
    let code = site.code();
    let wrong: String = code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
    let set = |code: &str| client.post("/api/password", &json!({"code": code, "password": PASSWORD}));
    (0..4).for_each(|_| assert!(set(&wrong).reason().contains("not the code")));
    assert!(set(&wrong).reason().contains("too often"));
    assert_eq!(set(&code).status, 403, "it counts no more");
    let owner = site.owner();
    // That was the seventh try of ten a minute.
    (0..3).for_each(|_| assert_eq!(set(&wrong).status, 403));
    assert_eq!(set(&wrong).status, 429);
    for _ in 0..5 {
        assert_eq!(client.post("/api/sign_in", &json!({"password": "not it at all"})).status, 403);
    }
    let late = client.post("/api/sign_in", &json!({"password": PASSWORD}));
    assert_eq!(late.status, 429);
    assert!((1..=61).contains(&late.header("retry-after").parse::<u64>().unwrap()));
    (0..4).for_each(|_| assert_eq!(client.post("/api/code", &json!({})).status, 204));
    assert_eq!(client.post("/api/code", &json!({})).status, 429);
    assert_eq!(owner.get("/api/takes").status, 200, "who is in stays in");
}

#[test]
fn a_change_needs_the_token_and_comes_from_the_page_itself() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::start(dir.path(), "names = [\"vestry.example\"]\n");
    let owner = site.owner();
    let token = format!("X-Vestry-Token: {}", owner.token);
    let other = format!("X-Vestry-Token: {}", "0".repeat(64));
    let json = "Content-Type: application/json";
    let ask = |headers: &[&str], body: &str| {
        let mut arguments: Vec<_> = headers.iter().flat_map(|header| ["-H", header]).collect();
        arguments.extend(["--data-binary", body]);
        owner.curl("/api/command", &arguments)
    };
    let body = r#"{"command": "marker"}"#;
    assert_eq!(ask(&[json, &token], body).status, 200);
    assert_eq!(ask(&[json], body).status, 403);
    assert_eq!(ask(&[json, &other], body).status, 403);
    assert_eq!(ask(&["Content-Type: text/plain", &token], body).status, 415);
    assert_eq!(ask(&[json, &token, "Origin: http://evil.example"], body).status, 403);
    assert_eq!(ask(&[json, &token, "Origin: null"], body).status, 403);
    assert_eq!(ask(&[json, &token, &format!("Origin: {}", site.url)], body).status, 200);
    assert_eq!(ask(&[json, &token], &" ".repeat(64 * 1024 + 1)).status, 413);
    let long = format!("X-Long: {}", "x".repeat(40_000));
    assert_eq!(ask(&[json, &token, &long], body).status, 431);
    assert_eq!(owner.curl("/", &["-H", "Host: evil.example"]).status, 421);
    assert_eq!(owner.curl("/", &["-H", "Host: vestry.example:80"]).status, 200);
    assert_eq!(owner.curl("/", &["-H", "Host: vestry.local"]).status, 200);
    let put = owner.curl("/api/command", &["-X", "PUT"]);
    assert_eq!((put.status, put.header("allow")), (405, "GET, HEAD, POST"));
}

#[test]
fn commands_are_answered_as_on_the_broker() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::start(dir.path(), "");
    let owner = site.owner();
    let ask = |body| {
        let answer = owner.post("/api/command", &body);
        (answer.status, answer.json())
    };
    let done = (200, json!({"ok": true, "command": "marker"}));
    assert_eq!(ask(json!({"command": "marker", "label": "Sermon"})), done);
    let batch =
        json!({"id": "7", "commands": [{"command": "gain", "input": 1, "db": -3.0}, {"command": "split"}]});
    assert_eq!(ask(batch), (200, json!({"ok": true, "id": "7", "commands": ["gain", "split"]})));
    let wrong = (422, json!({"ok": false, "command": "gain", "reason": "input 9: must be 1..2"}));
    assert_eq!(ask(json!({"command": "gain", "input": 9, "db": 0.0})), wrong);
    let (status, nonsense) = ask(json!({"command": "fly"}));
    assert!(status == 422 && nonsense["reason"].as_str().unwrap().contains("unknown variant `fly`"));
    assert_eq!(ask(json!([])).0, 422);
    // A scene is answered once it is on its medium.
    assert_eq!(ask(json!({"command": "scene_save", "name": "Mass"})).0, 200);
    assert!(dir.path().join("takes/scenes").read_dir().unwrap().count() == 1);
    assert_eq!(site.gaps(), 0);
    let takes = cli::takes(&dir.path().join("takes"));
    let take = takes.iter().find(|folder| !folder.ends_with("scenes")).unwrap();
    let manifest = std::fs::read_to_string(take.join("take.json")).unwrap();
    assert!(manifest.contains("\"Sermon\""), "{manifest}");
}

#[test]
fn with_a_certificate_all_is_encrypted_and_the_cookie_stays_so() {
    let dir = tempfile::tempdir().unwrap();
    certificates::authority(dir.path(), "house");
    certificates::signed(dir.path(), "box", "house");
    let site = Site::start(dir.path(), "tls_cert = \"box.pem\"\ntls_key = \"box.key\"\n");
    assert!(site.url.starts_with("https://"));
    let port = site.url.rsplit_once(':').unwrap().1;
    let ca = dir.path().join("house.pem");
    let mut client = Client::new(&format!("https://localhost:{port}"), dir.path(), "jar");
    client = client.with(&["--cacert", ca.to_str().unwrap()]);
    client.post("/api/code", &json!({}));
    let done = client.post("/api/password", &json!({"code": site.code(), "password": PASSWORD}));
    assert!(done.header("set-cookie").contains("; Secure"), "{done:?}");
    assert_eq!((client.session()["signed_in"].clone(), client.get("/api/takes").status), (json!(true), 200));

    let refused = |cert: &str, key: &str, named: &[&str]| {
        let config = format!("{}tls_cert = \"{cert}\"\ntls_key = \"{key}\"\n", rig::BOX);
        std::fs::write(dir.path().join("bad.toml"), config).unwrap();
        let output =
            cli::vestry(dir.path(), &["run", "--config", "bad.toml", "--data", "never", "--for", "1s"]);
        let said = cli::said(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        named.iter().for_each(|word| assert!(said.contains(word), "{word}: {said}"));
    };
    refused("gone.pem", "box.key", &["web.tls_cert", "gone.pem", "PEM"]);
    refused("box.key", "box.key", &["web.tls_cert", "box.key", "certificate"]);
    refused("box.pem", "box.pem", &["web.tls_key", "box.pem", "PKCS #8"]);
    refused("box.pem", "house.key", &["web.tls_key", "house.key", "does not fit box.pem"]);
    assert!(!dir.path().join("never").exists());
}

#[test]
fn a_port_that_is_taken_costs_the_page_and_no_take() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = rig::BOX.replace("127.0.0.1:0", &taken.local_addr().unwrap().to_string());
    std::fs::write(dir.path().join("box.toml"), config).unwrap();
    let output = cli::vestry(dir.path(), &["run", "--config", "box.toml", "--data", "takes", "--for", "1s"]);
    let said = cli::said(&output);
    assert!(output.status.success() && said.contains("web.listen"), "{said}");
    assert_eq!(cli::takes(&dir.path().join("takes")).len(), 1);
}
