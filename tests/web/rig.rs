//! A box that runs with its page.
use crate::client::Client;
use crate::running::Running;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Two inputs with tones and the mix.
pub const BOX: &str = "inputs = 2\nframes_per_period = 256\nperiods = 32\nrealtime = { lock_memory = false }\n\
    [[input]]\nname = \"Führung\"\n[device]\nkind = \"offline\"\n[device.offline]\n\
    sources = [{ tone_hz = 997.0, level_db = -20.0 }, { tone_hz = 440.0, level_db = -40.0 }]\n\
    [mqtt]\nid = \"hall\"\n[web]\nlisten = \"127.0.0.1:0\"\n";

pub const PASSWORD: &str = "correct horse";

pub struct Site {
    pub dir: PathBuf,
    pub running: Running,
    pub url: String,
}

/// Waits until it is so, for a minute.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Site {
    /// Runs it in `dir`; `more` goes on in `[web]`.
    pub fn start(dir: &Path, more: &str) -> Self {
        let running = Running::start(dir, &format!("{BOX}{more}"));
        let log = dir.join("log");
        let url = eventually("the page", || {
            let said = fs::read_to_string(&log).unwrap();
            Some(said.split_once("the page is at ")?.1.split_once('\n')?.0.to_owned())
        });
        Self { dir: dir.to_owned(), running, url }
    }

    pub fn client(&self, name: &str) -> Client {
        Client::new(&self.url, &self.dir, name)
    }

    /// The newest code that was said.
    pub fn code(&self) -> String {
        eventually("a code", || {
            let said = fs::read_to_string(self.dir.join("log")).unwrap();
            Some(said.rsplit_once("web: code ")?.1.get(..7)?.to_owned())
        })
    }

    /// Somebody who has read the code and set the password.
    pub fn owner(&self) -> Client {
        let mut client = self.client("owner");
        assert_eq!(client.post("/api/code", &json!({})).status, 204);
        let body = json!({"code": self.code(), "password": PASSWORD});
        assert_eq!(client.post("/api/password", &body).status, 204);
        assert_eq!(client.session()["signed_in"], true);
        client
    }

    /// Ends it; the gaps of its takes.
    pub fn gaps(self) -> u64 {
        self.running.end();
        let mut takes = crate::cli::takes(&self.dir.join("takes"));
        takes.retain(|folder| !folder.ends_with("scenes"));
        assert!(!takes.is_empty());
        let manifest = |take: &PathBuf| fs::read(take.join("take.json")).unwrap();
        let gaps = |bytes: Vec<u8>| {
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["gaps"].as_array().unwrap().len()
        };
        takes.iter().map(|take| gaps(manifest(take)) as u64).sum()
    }
}
