//! A real Chromium without a screen, told what to do over WebDriver (W3C Recommendation).
use super::broker::{DEADLINE, eventually};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// What an element is called on the wire.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// A browser on a busy machine may take so long for one thing.
const PATIENCE: Duration = Duration::from_secs(120);

/// Debian's programs.
pub const PROGRAMS: [&str; 2] = ["chromium", "chromedriver"];

/// One browser with a profile of its own.
pub struct Driver {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Driver {
    /// One that knows no address but this machine's.
    pub fn start() -> Self {
        let mut driver = Command::new(PROGRAMS[1]);
        let mut driver =
            driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect(PROGRAMS[1]);
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("started successfully on port")).expect("it listens");
        let port = line.split_whitespace().last().unwrap().trim_end_matches('.').parse().unwrap();
        let profile = tempfile::tempdir().unwrap();
        let mut made = Self { driver, port, session: String::new(), _profile: profile };
        let profile = format!("--user-data-dir={}", made._profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--lang=en-GB",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            &profile,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}}});
        let session = made.asks("POST", "/session", &wanted).unwrap();
        made.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        made
    }

    /// One request: what came of it, or the error and what the browser says to it.
    fn asks(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let length = text.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{text}",
            self.port
        )
        .unwrap();
        let mut value = answer(stream)["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value.take()),
        }
    }

    /// Something of the session, which has to go well.
    pub fn does(&self, method: &str, path: &str, body: &Value) -> Value {
        self.tries(method, path, body).unwrap_or_else(|error| panic!("{method} {path} {body}: {error}"))
    }

    pub fn tries(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        self.asks(method, &format!("{}{path}", self.session), body)
    }

    /// What a function with this body gives back.
    pub fn runs(&self, script: &str, arguments: &[Value]) -> Value {
        self.does("POST", "/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// What Chromium's own protocol gives back.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.does("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// The path of the element that a selector finds, once it is there.
    pub fn element(&self, selector: &str) -> String {
        let mut found = None;
        eventually(selector, || {
            let wanted = json!({"using": "css selector", "value": selector});
            found = self.tries("POST", "/element", &wanted).ok();
            found.is_some()
        });
        format!("/element/{}", found.unwrap()[ELEMENT].as_str().unwrap())
    }

    /// Does something with an element until that succeeds: it may be drawn anew, or lie under something for a moment.
    pub fn with(&self, selector: &str, what: &str, body: &Value) {
        let start = std::time::Instant::now();
        while let Err(error) = self.tries("POST", &format!("{}/{what}", self.element(selector)), body) {
            assert!(start.elapsed() < DEADLINE, "{what} {selector}: {error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Its Chromium ends with its session.
        let _ = self.asks("DELETE", &self.session, &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The JSON of an answer.
fn answer(stream: TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}
