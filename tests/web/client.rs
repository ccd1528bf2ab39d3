//! A browser's part, played by curl.
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn reason(&self) -> String {
        self.json()["reason"].as_str().unwrap_or_default().to_owned()
    }
}

/// A browser with its cookies.
pub struct Client {
    pub url: String,
    jar: PathBuf,
    /// What `/api/session` said last.
    pub token: String,
    extra: Vec<String>,
}

impl Client {
    pub fn new(url: &str, dir: &Path, name: &str) -> Self {
        Self { url: url.to_owned(), jar: dir.join(name), token: String::new(), extra: Vec::new() }
    }

    /// With more of curl's arguments in each call.
    pub fn with(mut self, extra: &[&str]) -> Self {
        self.extra = extra.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    /// curl with these arguments for a path of the box.
    pub fn curl(&self, path: &str, arguments: &[&str]) -> Answer {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--path-as-is", "--globoff", "--max-time", "60", "-D", "-", "-H", "Expect:"]);
        curl.arg("-b").arg(&self.jar).arg("-c").arg(&self.jar).args(&self.extra);
        let output = curl.args(arguments).arg(format!("{}{path}", self.url)).output().expect("curl");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let end = output.stdout.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer to {path}: {said}"));
        let head = String::from_utf8_lossy(&output.stdout[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.into(), value.into()));
        Answer { status, headers: lines.filter_map(pair).collect(), body: output.stdout[end + 4..].to_vec() }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.curl(path, &[])
    }

    /// With the token.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let (token, body) = (format!("X-Vestry-Token: {}", self.token), body.to_string());
        self.curl(path, &["-H", "Content-Type: application/json", "-H", &token, "--data-binary", &body])
    }

    /// Looks who it is.
    pub fn session(&mut self) -> Value {
        let session = self.get("/api/session").json();
        self.token = session["token"].as_str().unwrap_or_default().to_owned();
        session
    }
}
