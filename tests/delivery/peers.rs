//! Real servers of others, on free ports of this machine.
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the box shows them.
pub const USER: &str = "vestry";
pub const PASSWORD: &str = "not-to-be-seen";
/// The bucket, or what comes nearest to one.
pub const PLACE: &str = "takes";

/// After this nothing comes any more.
pub const DEADLINE: Duration = Duration::from_secs(300);

/// Waits for what has to become true.
pub fn eventually(what: &str, mut true_now: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !true_now() {
        assert!(begun.elapsed() < DEADLINE, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A server.
pub struct Peer {
    pub port: u16,
    pub dir: TempDir,
    kind: Kind,
    child: Child,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Apache: WebDAV that takes pieces.
    Apache,
    /// rclone: WebDAV that takes none.
    Rclone,
    /// An rsync daemon.
    Rsync,
    /// moto: S3, in memory.
    Moto,
}

impl Peer {
    pub fn start(kind: Kind) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // The servers give themselves to users who may not read what is ours.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let files = dir.path().join(PLACE);
        fs::create_dir(&files).unwrap();
        fs::set_permissions(&files, fs::Permissions::from_mode(0o777)).unwrap();
        let port = free_port();
        let child = run(kind, dir.path(), port);
        let peer = Self { port, dir, kind, child };
        if kind == Kind::Moto {
            peer.boto("s3.create_bucket(Bucket='takes')");
        }
        peer
    }

    /// As by a power cut.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// With the files that it had.
    pub fn restart(&mut self) {
        self.port = free_port();
        self.child = run(self.kind, self.dir.path(), self.port);
    }

    /// The `[delivery]` of a box that delivers there through `port`.
    pub fn config(&self, port: u16, secret: &Path) -> String {
        let target = match self.kind {
            Kind::Apache => format!("webdav+http://127.0.0.1:{port}/{PLACE}"),
            Kind::Rclone => format!("webdav+http://127.0.0.1:{port}"),
            Kind::Rsync => format!("rsync://127.0.0.1:{port}/{PLACE}"),
            Kind::Moto => format!("s3://{PLACE}/hall"),
        };
        let endpoint = format!("endpoint = \"http://127.0.0.1:{port}\"\n");
        let endpoint = if self.kind == Kind::Moto { endpoint } else { String::new() };
        fs::write(secret, format!("{USER}\n{PASSWORD}\n")).unwrap();
        fs::set_permissions(secret, fs::Permissions::from_mode(0o600)).unwrap();
        format!("[delivery]\ntarget = \"{target}\"\ncredentials_file = \"{}\"\n{endpoint}", secret.display())
    }

    /// What is there of the file; none where it is not.
    pub fn file(&self, take: &str, name: &str) -> Option<Vec<u8>> {
        if self.kind != Kind::Moto {
            return fs::read(self.path(take, name)).ok();
        }
        let out = self.dir.path().join("got");
        let _ = fs::remove_file(&out);
        self.boto(&format!("s3.download_file('takes', 'hall/{take}/{name}', '{}')", out.display()));
        fs::read(out).ok()
    }

    /// Puts other bytes in its place there.
    pub fn change(&self, take: &str, name: &str, bytes: &[u8]) {
        if self.kind != Kind::Moto {
            return fs::write(self.path(take, name), bytes).unwrap();
        }
        let path = self.dir.path().join("put");
        fs::write(&path, bytes).unwrap();
        self.boto(&format!("s3.upload_file('{}', 'takes', 'hall/{take}/{name}')", path.display()));
    }

    fn path(&self, take: &str, name: &str) -> PathBuf {
        self.dir.path().join(PLACE).join(take).join(name)
    }

    /// What Amazon's own client does.
    fn boto(&self, what: &str) {
        let text = format!(
            "import boto3\ns3 = boto3.client('s3', endpoint_url='http://127.0.0.1:{}', region_name='us-east-1', \
             aws_access_key_id='{USER}', aws_secret_access_key='{PASSWORD}')\ntry:\n  {what}\n\
             except s3.exceptions.ClientError as error:\n  print(error)\n",
            self.port
        );
        let mut python = Command::new(venv().join("python3"));
        python.env_remove("HTTP_PROXY").env_remove("http_proxy").env("NO_PROXY", "127.0.0.1");
        assert!(python.args(["-c", &text]).status().unwrap().success(), "{text}");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Where `scripts/test` puts moto.
fn venv() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin")
}

fn run(kind: Kind, dir: &Path, port: u16) -> Child {
    let mut command = match kind {
        Kind::Apache => apache(dir, port),
        Kind::Rclone => {
            let mut rclone = Command::new("rclone");
            let at = format!("127.0.0.1:{port}");
            rclone
                .args(["serve", "webdav", "--addr", &at, "--user", USER, "--pass", PASSWORD, "--config", ""]);
            rclone.arg(dir.join(PLACE));
            rclone
        }
        Kind::Rsync => rsync(dir, port),
        Kind::Moto => {
            let mut moto = Command::new(venv().join("moto_server"));
            moto.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            moto
        }
    };
    let log = fs::File::create(dir.join("log")).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let spawned = command.spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{kind:?}: {error}: scripts/test installs it"));
    eventually("the server listens", || {
        let said = fs::read_to_string(dir.join("log")).unwrap_or_default();
        assert_eq!(child.try_wait().unwrap(), None, "{kind:?} has ended: {said}");
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    child
}

fn apache(dir: &Path, port: u16) -> Command {
    let hash = Command::new("openssl").args(["passwd", "-apr1", PASSWORD]).output().unwrap().stdout;
    fs::write(dir.join("users"), format!("{USER}:{}", String::from_utf8(hash).unwrap())).unwrap();
    let modules =
        ["mpm_event", "authn_core", "authz_core", "authn_file", "authz_user", "auth_basic", "dav", "dav_fs"];
    let load = |name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n");
    let dir_text = dir.display();
    let text = format!(
        "{}ServerRoot {dir_text}\nServerName localhost\nPidFile {dir_text}/pid\nErrorLog {dir_text}/errors\n\
         Listen 127.0.0.1:{port}\nUser www-data\nGroup www-data\nDocumentRoot {dir_text}\nDAVLockDB {dir_text}/{PLACE}/.lock\n\
         <Directory {dir_text}/{PLACE}>\nDav On\nAuthType Basic\nAuthName takes\nAuthUserFile {dir_text}/users\n\
         Require valid-user\n</Directory>\n",
        modules.map(load).concat()
    );
    fs::write(dir.join("apache.conf"), text).unwrap();
    let mut apache = Command::new("/usr/sbin/apache2");
    apache.args(["-X", "-f"]).arg(dir.join("apache.conf"));
    apache
}

fn rsync(dir: &Path, port: u16) -> Command {
    let secrets = dir.join("secrets");
    fs::write(&secrets, format!("{USER}:{PASSWORD}\n")).unwrap();
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "use chroot = no\n[{PLACE}]\npath = {}\nread only = no\nauth users = {USER}\nsecrets file = {}\n",
        dir.join(PLACE).display(),
        secrets.display()
    );
    fs::write(dir.join("rsyncd.conf"), text).unwrap();
    let mut rsync = Command::new("rsync");
    rsync.args([
        "--daemon",
        "--no-detach",
        "--address",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--config",
    ]);
    rsync.arg(dir.join("rsyncd.conf"));
    rsync
}
