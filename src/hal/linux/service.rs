//! The service manager: that we are ready, alive, and what we are doing.
//!
//! Runs on: supervisor (made on main).
use sd_notify::NotifyState;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Talks to the service manager that started us; without one every call does nothing. None of them ever waits.
#[derive(Debug, Default)]
pub struct ServiceManager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
    status: String,
    /// It did not take what we said; told once.
    deaf: bool,
}

impl ServiceManager {
    /// The one that `NOTIFY_SOCKET` and `WATCHDOG_USEC` name. The environment is only read.
    pub fn from_env() -> Self {
        let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return Self::default() };
        let address = match path.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
            _ => SocketAddr::from_pathname(&path),
        };
        let socket = address.and_then(|address| {
            let socket = UnixDatagram::unbound()?;
            socket.set_nonblocking(true)?;
            Ok((socket, address))
        });
        match socket {
            Ok(socket) => {
                Self { socket: Some(socket), watchdog: sd_notify::watchdog_enabled(), ..Self::default() }
            }
            Err(error) => {
                tracing::warn!("the service manager cannot be told anything: {error}");
                Self::default()
            }
        }
    }

    /// Whether one started us.
    pub fn is_there(&self) -> bool {
        self.socket.is_some()
    }

    /// The start is over.
    pub fn ready(&mut self) {
        self.tell(&NotifyState::Ready);
    }

    /// What we are doing, one line for people. Sent only when it is another than before.
    pub fn status(&mut self, text: &str) {
        if self.status != text && self.tell(&NotifyState::Status(&text.replace('\n', " "))) {
            text.clone_into(&mut self.status);
        }
    }

    /// We are alive. To be said at least once in each [`interval`](Self::interval), better twice, or we are restarted.
    pub fn feed(&mut self) {
        if self.watchdog.is_some() {
            self.tell(&NotifyState::Watchdog);
        }
    }

    /// Time after which the service manager takes silence for death; `None` if it does not care.
    pub fn interval(&self) -> Option<Duration> {
        self.watchdog
    }

    /// The end has begun.
    pub fn stopping(&mut self) {
        self.tell(&NotifyState::Stopping);
    }

    /// Whether it was taken. A full queue is no error: there will be something newer to tell.
    fn tell(&mut self, state: &NotifyState<'_>) -> bool {
        let Some((socket, address)) = &self.socket else { return false };
        match socket.send_to_addr(format!("{state}\n").as_bytes(), address) {
            Ok(_) => return true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock || self.deaf => {}
            Err(error) => {
                self.deaf = true;
                tracing::warn!("the service manager does not listen: {error}");
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const NAME: &str = "hal::linux::service::tests::all_that_we_tell_arrives_once_and_in_order";
    const CHILD: &str = "VESTRY_TEST_TELLS";

    /// What a process of ours says whose environment is that of a service.
    fn told(path: &str, socket: &UnixDatagram, watchdog: Option<&str>) -> Vec<String> {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", NAME]).env(CHILD, "1").env("NOTIFY_SOCKET", path).env_remove("WATCHDOG_PID");
        match watchdog {
            Some(microseconds) => child.env("WATCHDOG_USEC", microseconds),
            None => child.env_remove("WATCHDOG_USEC"),
        };
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        socket.set_nonblocking(true).unwrap();
        let mut bytes = [0; 256];
        let received =
            std::iter::from_fn(|| socket.recv(&mut bytes).ok().map(|length| bytes[..length].to_vec()));
        received.map(|message| String::from_utf8(message).unwrap()).collect()
    }

    fn tells() {
        let mut manager = ServiceManager::from_env();
        let watched = std::env::var("WATCHDOG_USEC").is_ok();
        assert_eq!(manager.interval(), watched.then_some(Duration::from_secs(4)));
        manager.ready();
        for text in ["REC 00:01", "REC 00:01", "REC 00:02\nREADY=1"] {
            manager.status(text);
        }
        manager.feed();
        manager.stopping();
    }

    #[test]
    fn all_that_we_tell_arrives_once_and_in_order() {
        if std::env::var_os(CHILD).is_some() {
            return tells();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let path = path.to_str().unwrap();
        let (first, second) = ("STATUS=REC 00:01\n", "STATUS=REC 00:02 READY=1\n");
        let watched = ["READY=1\n", first, second, "WATCHDOG=1\n", "STOPPING=1\n"];
        assert_eq!(told(path, &socket, Some("4000000")), watched);
        assert_eq!(told(path, &socket, None), ["READY=1\n", first, second, "STOPPING=1\n"]);

        let name = format!("vestry-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        assert_eq!(told(&format!("@{name}"), &socket, Some("4000000")), watched);
    }

    #[test]
    fn a_service_manager_that_stands_still_or_is_gone_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let stuck = UnixDatagram::bind(&path).unwrap();
        let socket = UnixDatagram::unbound().unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = SocketAddr::from_pathname(&path).unwrap();
        let mut manager = ServiceManager { socket: Some((socket, address)), ..ServiceManager::default() };
        let taken = (0..10_000).take_while(|_| manager.tell(&NotifyState::Watchdog)).count();
        assert!((1..10_000).contains(&taken), "its queue is full at some time, not {taken}");
        assert!(!manager.deaf);
        drop(stuck);
        manager.ready();
        assert!(manager.deaf);
    }

    #[test]
    fn without_a_service_manager_nothing_happens() {
        let mut manager = ServiceManager::default();
        manager.ready();
        manager.status("REC");
        manager.feed();
        assert_eq!((manager.interval(), manager.deaf), (None, false));
    }
}
