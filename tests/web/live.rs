//! What happens, as it happens, to several at once; and those who do not listen.
use crate::client::Client;
use crate::rig::{Site, eventually};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Somebody who looks, by curl.
struct Eye {
    curl: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Drop for Eye {
    fn drop(&mut self) {
        let _ = self.curl.kill();
        let _ = self.curl.wait();
    }
}

impl Eye {
    fn open(client: &Client, dir: &std::path::Path) -> Self {
        let mut curl = Command::new("curl");
        curl.args(["-sSN", "--max-time", "120", "-b"])
            .arg(dir.join("owner"))
            .arg(format!("{}/api/live", client.url));
        let mut curl = curl.stdout(Stdio::piped()).spawn().expect("curl");
        let lines = BufReader::new(curl.stdout.take().unwrap());
        Self { curl, lines }
    }

    /// The next event and its data.
    fn next(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "the stream has ended");
            if let Some(event) = line.strip_prefix("event: ") {
                name = event.trim().to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap());
            }
        }
    }

    /// The next of that name for which it is so.
    fn on(&mut self, wanted: &str, so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..2_000 {
            let (name, data) = self.next();
            if name == wanted && so(&data) {
                return data;
            }
        }
        panic!("no {wanted}");
    }
}

fn cookie(dir: &std::path::Path) -> String {
    let jar = std::fs::read_to_string(dir.join("owner")).unwrap();
    jar.split_whitespace().last().unwrap().to_owned()
}

/// Asks and never reads.
fn deaf(site: &Site, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(site.url.strip_prefix("http://").unwrap()).unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: vestry={}\r\n\r\n", cookie(&site.dir));
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn several_see_state_health_meters_and_events_as_the_broker_has_them() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::start(dir.path(), "");
    let owner = site.owner();
    let mut eyes = [Eye::open(&owner, dir.path()), Eye::open(&owner, dir.path())];
    for eye in &mut eyes {
        eye.on("state", |state| state["state"] == "REC" && state["recording"] == true);
        eye.on("health", |health| health["uptime_s"].is_u64());
        let meters =
            eye.on("meters", |meters| meters["peak_db"][0].as_f64().is_some_and(|peak| peak > -21.0));
        assert!((meters["peak_db"][1].as_f64().unwrap() + 40.0).abs() < 0.5, "{meters}");
    }
    assert_eq!(owner.post("/api/command", &json!({"command": "marker", "label": "Here"})).status, 200);
    assert_eq!(owner.post("/api/command", &json!({"command": "lock", "on": true})).status, 200);
    for eye in &mut eyes {
        let event = eye.on("event", |event| event["event_type"] == "marker");
        assert_eq!(event["label"], "Here");
        eye.on("state", |state| state["locked"] == true);
    }
    let [mut first, second] = eyes;
    drop(second);
    first.on("meters", |_| true);
    // Who signs out is cut off.
    assert_eq!(owner.post("/api/sign_out", &json!({})).status, 204);
    first.lines.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(site.gaps(), 0);
}

#[test]
fn who_does_not_listen_holds_up_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::start(dir.path(), "");
    let owner = site.owner();
    let take = eventually("some sound", || {
        let take = owner.get("/api/takes").json()[0].clone();
        (take["length_s"].as_f64()? > 3.0).then(|| take["name"].as_str().unwrap().to_owned())
    });
    let deaf: Vec<_> = (0..7)
        .map(|_| deaf(&site, "/api/live"))
        .chain((0..3).map(|_| deaf(&site, &format!("/takes/{take}.zip"))))
        .collect();
    let mut eye = Eye::open(&owner, dir.path());
    (0..40).for_each(|_| drop(eye.on("meters", |_| true)));
    let full = owner.get("/api/live");
    assert!(full.status == 503 && full.reason().contains("8 pages"), "{full:?}");
    assert_eq!(owner.get(&format!("/takes/{take}.zip")).status, 200);
    assert_eq!(owner.post("/api/command", &json!({"command": "marker"})).status, 200);
    drop(deaf);
    drop(eye);
    eventually("room again", || {
        let mut eye = Eye::open(&owner, dir.path());
        let mut line = String::new();
        eye.lines.read_line(&mut line).unwrap();
        line.starts_with("event: ").then_some(())
    });
    assert_eq!(site.gaps(), 0);
}

#[test]
fn no_address_takes_all_connections() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::start(dir.path(), "");
    let address = site.url.strip_prefix("http://").unwrap();
    let held: Vec<_> = (0..16).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut more = TcpStream::connect(address).unwrap();
    assert!(matches!(more.read(&mut [0; 1]), Ok(0) | Err(_)), "one more is closed at once");
    drop(held);
    let client = site.client("jar");
    eventually("room again", || {
        let mut stream = TcpStream::connect(address).unwrap();
        let asked =
            stream.write_all(b"GET /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut text = String::new();
        let read = asked.and_then(|()| stream.read_to_string(&mut text));
        (read.is_ok() && text.starts_with("HTTP/1.1 200")).then_some(())
    });
    assert_eq!(client.get("/api/session").status, 200);
    assert_eq!(site.gaps(), 0);
}
