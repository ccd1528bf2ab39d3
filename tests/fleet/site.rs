//! Brokers that run with the files of `board/fleet`, and nothing else: only paths, ports and passwords are ours.
use super::certificates::{authority, signed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// After this nothing comes any more.
pub const DEADLINE: Duration = Duration::from_secs(120);
/// Everybody's password; whose it is, the user's name says.
pub const PASSWORD: &str = "a secret of this test";

/// Waits for what has to become true.
pub fn eventually(what: &str, mut true_now: impl FnMut() -> bool) {
    let start = Instant::now();
    while !true_now() {
        assert!(start.elapsed() < DEADLINE, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Debian keeps the broker where only root's path leads.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()));
    command
}

fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("board/fleet").join(name)).unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub struct Site {
    /// With TLS, from everywhere.
    pub tls: u16,
    /// Without, on this machine.
    pub plain: u16,
    pub dir: TempDir,
    child: Child,
}

impl Site {
    /// A site's broker with these users.
    pub fn start(users: &[String]) -> Self {
        Self::run("mosquitto.conf", None, users)
    }

    /// A site's broker whose bridge leads to the central one.
    pub fn bridged(users: &[String], central: &Self) -> Self {
        let there = format!("localhost:{}", central.tls);
        let bridge = shipped("bridge.conf").replace("central.example:8883", &there);
        let site = Self::run("mosquitto.conf", Some((bridge, central.dir.path())), users);
        eventually("the bridge's certificate was copied", || site.dir.path().join("house.pem").exists());
        site
    }

    pub fn central(users: &[String]) -> Self {
        Self::run("central.conf", None, users)
    }

    fn run(conf: &str, bridge: Option<(String, &Path)>, users: &[String]) -> Self {
        let (dir, tls, plain) = (tempfile::tempdir().unwrap(), free_port(), free_port());
        match &bridge {
            // One authority for all: the site has to believe the central broker.
            Some((_, house)) => ["house.pem", "house.key"].iter().for_each(|name| {
                fs::copy(house.join(name), dir.path().join(name)).unwrap();
            }),
            None => authority(dir.path(), "house"),
        }
        signed(dir.path(), "broker", "house");
        passwords(dir.path(), users);
        ["acl", "acl-central"]
            .iter()
            .for_each(|name| fs::write(dir.path().join(name), shipped(name)).unwrap());
        let text = shipped(conf) + &bridge.map(|(text, _)| text).unwrap_or_default();
        let here = format!("{}/", dir.path().display());
        let text = text
            .replace("/etc/mosquitto/vestry/", &here)
            .replace("/var/lib/mosquitto/", &here)
            .replace("listener 8883", &format!("listener {tls}"))
            .replace("listener 1883 ", &format!("listener {plain} "))
            .replace("password change-this", &format!("password {PASSWORD}"));
        // As root it would give itself to a user who may not read here.
        fs::write(dir.path().join("mosquitto.conf"), format!("user root\n{text}")).unwrap();
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let mut mosquitto = tool("mosquitto");
        mosquitto.arg("-c").arg(dir.path().join("mosquitto.conf"));
        let mut child = mosquitto.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        eventually("the broker listens", || {
            let log = fs::read_to_string(dir.path().join("log")).unwrap_or_default();
            assert_eq!(child.try_wait().unwrap(), None, "the broker has ended: {log}");
            TcpStream::connect(("127.0.0.1", tls)).is_ok()
        });
        Self { tls, plain, dir, child }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A file of the broker's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file with a box's name and password, as `credentials_file` wants it.
    pub fn credentials(&self, user: &str) -> PathBuf {
        let path = self.file(&format!("{user}.credentials"));
        fs::write(&path, format!("{user}\n{PASSWORD}\n")).unwrap();
        path
    }

    /// A client of mosquitto's own, as `user`, by TLS.
    pub fn client(&self, name: &str, user: &str) -> Command {
        let mut client = tool(name);
        let (port, ca) = (self.tls.to_string(), self.file("house.pem"));
        client.args(["-V", "mqttv5", "-h", "localhost", "-q", "1", "-p", &port, "-u", user, "-P", PASSWORD]);
        client.arg("--cafile").arg(ca);
        client
    }

    /// Says one thing as `user`; what the client complained of.
    pub fn say(&self, user: &str, topic: &str, payload: &str, options: &[&str]) -> String {
        let mut client = self.client("mosquitto_pub", user);
        let output = client.args(["-t", topic, "-m", payload]).args(options).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // In order, so that nothing of it is left.
        let _ = kill(Pid::from_raw(self.child.id() as i32), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// `passwords`, as `mosquitto_passwd` makes it.
fn passwords(dir: &Path, users: &[String]) {
    let lines: String = users.iter().map(|user| format!("{user}:{PASSWORD}\n")).collect();
    fs::write(dir.join("passwords"), lines).unwrap();
    let status = tool("mosquitto_passwd").arg("-U").arg(dir.join("passwords")).status().unwrap();
    assert!(status.success());
}
