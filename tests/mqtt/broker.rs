//! A real broker of our own on a free port, and real remotes.
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// After this nothing comes any more.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits for what has to become true.
pub fn eventually(what: &str, mut true_now: impl FnMut() -> bool) {
    let start = Instant::now();
    while !true_now() {
        assert!(start.elapsed() < DEADLINE, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Debian keeps the broker where only root's path leads.
fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()));
    command
}

pub struct Broker {
    pub port: u16,
    pub dir: TempDir,
    child: Child,
}

impl Broker {
    pub fn start() -> Self {
        Self::with("allow_anonymous true")
    }

    /// With these lines after that of the listener; `{dir}` is its folder, which `prepare` may have filled.
    pub fn with(lines: &str) -> Self {
        Self::prepared(tempfile::tempdir().unwrap(), lines)
    }

    pub fn prepared(dir: TempDir, lines: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let lines = lines.replace("{dir}", dir.path().to_str().unwrap());
        // As root it would give itself to a user who may not read here.
        let text = format!("user root\nlistener {port} 127.0.0.1\n{lines}\n");
        fs::write(dir.path().join("mosquitto.conf"), text).unwrap();
        let child = Self::run(dir.path(), port);
        Self { port, dir, child }
    }

    fn run(dir: &Path, port: u16) -> Child {
        let mut mosquitto = tool("mosquitto");
        mosquitto.arg("-c").arg(dir.join("mosquitto.conf"));
        let mut child = mosquitto.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        eventually("the broker listens", || {
            assert_eq!(child.try_wait().unwrap(), None, "the broker has ended");
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        child
    }

    /// As by a power cut.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// It has forgotten everything.
    pub fn restart(&mut self) {
        self.child = Self::run(self.dir.path(), self.port);
    }

    /// Sends one message, as a remote does.
    pub fn publish(&self, topic: &str, payload: &str, options: &[&str]) {
        let mut remote = tool("mosquitto_pub");
        remote.args([
            "-V",
            "mqttv5",
            "-h",
            "127.0.0.1",
            "-q",
            "1",
            "-p",
            &self.port.to_string(),
            "-t",
            topic,
        ]);
        remote.arg(if payload.is_empty() { "-n" } else { "-s" }).args(options).stdin(Stdio::piped());
        let mut remote = remote.spawn().unwrap();
        // Of nothing it reads nothing.
        if !payload.is_empty() {
            remote.stdin.as_mut().unwrap().write_all(payload.as_bytes()).unwrap();
        }
        drop(remote.stdin.take());
        assert!(remote.wait().unwrap().success());
    }

    /// Hears everything from now on, and what is retained.
    pub fn listen(&self) -> Ear {
        self.publish("test/ready", "yes", &["-r"]);
        let mut remote = tool("mosquitto_sub");
        remote.args(["-V", "mqttv5", "-h", "127.0.0.1", "-q", "1", "-p", &self.port.to_string(), "-t", "#"]);
        let mut child =
            remote.args(["--retain-as-published", "-F", "%j"]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, messages) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let message: Value = serde_json::from_str(&line).unwrap();
                let _ = tell.send(Message::of(&message));
            }
        });
        let mut ear = Ear { child, messages, heard: Vec::new(), at: 0 };
        ear.until("test/ready", |message| message.topic == "test/ready");
        ear.at = 0;
        ear
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As it was heard.
#[derive(Clone, Debug)]
pub struct Message {
    pub topic: String,
    pub payload: String,
    pub retained: bool,
    pub qos: u64,
    pub correlation: Option<String>,
}

impl Message {
    fn of(message: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            topic: text(&message["topic"]).unwrap(),
            payload: text(&message["payload"]).unwrap_or_default(),
            retained: message["retain"] == 1,
            qos: message["qos"].as_u64().unwrap(),
            correlation: text(&message["properties"]["correlation-data"]),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap()
    }
}

/// Who hears everything.
pub struct Ear {
    child: Child,
    messages: Receiver<Message>,
    pub heard: Vec<Message>,
    at: usize,
}

impl Ear {
    /// The next message of that kind; what came before it is passed over.
    pub fn until(&mut self, what: &str, mut wanted: impl FnMut(&Message) -> bool) -> Message {
        let start = Instant::now();
        loop {
            while let Some(message) = self.heard.get(self.at) {
                self.at += 1;
                if wanted(message) {
                    return message.clone();
                }
            }
            let left = DEADLINE.saturating_sub(start.elapsed());
            let next = self.messages.recv_timeout(left);
            self.heard.push(next.unwrap_or_else(|_| panic!("never heard {what} in {:#?}", self.heard)));
        }
    }

    /// Where it has come to, for [`back_to`](Self::back_to).
    pub fn place(&self) -> usize {
        self.at
    }

    /// Listens once more to what came after `place`.
    pub fn back_to(&mut self, place: usize) {
        self.at = place;
    }

    /// The next message on that topic.
    pub fn on(&mut self, topic: &str) -> Message {
        self.until(topic, |message| message.topic == topic)
    }

    /// Every payload on that topic so far.
    pub fn all(&self, topic: &str) -> Vec<&str> {
        let on = self.heard.iter().filter(|message| message.topic == topic);
        on.map(|message| message.payload.as_str()).collect()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
