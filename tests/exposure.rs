//! Promise: who breaks into the firmware, or wants to, finds little: units with few rights, a user of its own, no open port.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/ports.rs"]
mod ports;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Units below `board/` with their largest exposure, in tenths, by `systemd-analyze security`: the firmware's; what triggers
/// devices and grows the data partition, which only root may; what mounts a stick for all to see; what installs updates, which
/// mounts and writes partitions, what asks it to, and what judges them.
const UNITS: [(&str, u32); 6] = [
    ("vestry.service", 20),
    ("root/etc/systemd/system/vestry-later.service", 21),
    ("root/etc/systemd/system/vestry-stick@.service", 35),
    ("update/etc/systemd/system/rauc.service", 28),
    ("update/etc/systemd/system/vestry-good.service", 18),
    ("update/etc/systemd/system/vestry-update.service", 20),
];

/// Judges a unit; fails where its exposure is beyond `most`.
fn exposure(unit: &Path, most: u32) -> Output {
    let threshold = format!("--threshold={most}");
    let arguments = ["security", "--no-pager", "--offline=true", &threshold];
    let analyze = Command::new("systemd-analyze").args(arguments).arg(unit).output();
    analyze.expect("systemd-analyze (package systemd)")
}

#[test]
fn every_unit_has_few_rights() {
    for (unit, most) in UNITS {
        let output = exposure(&Path::new("board").join(unit), most);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("{}", said.lines().find(|line| line.contains("Overall exposure level")).expect(&said));
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn no_unit_is_left_out() {
    let mut units = vec!["vestry.service".to_owned()];
    for folder in ["root/etc/systemd/system", "update/etc/systemd/system"] {
        for entry in fs::read_dir(Path::new("board").join(folder)).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            units.extend(name.ends_with(".service").then(|| format!("{folder}/{name}")));
        }
    }
    units.sort();
    let mut held = UNITS.map(|(unit, _)| unit.to_owned());
    held.sort();
    assert_eq!(units, held);
}

#[test]
fn a_unit_with_more_rights_would_be_noticed() {
    let dir = tempfile::tempdir().unwrap();
    for (name, most) in UNITS {
        let unit = fs::read_to_string(Path::new("board").join(name)).unwrap();
        let rights = |line: &&str| {
            !["CapabilityBoundingSet=", "User=", "DevicePolicy="].iter().any(|key| line.starts_with(key))
        };
        let careless: String = unit.lines().filter(rights).map(|line| format!("{line}\n")).collect();
        let path = dir.path().join(Path::new(name).file_name().unwrap());
        fs::write(&path, &careless).unwrap();
        assert!(careless.len() < unit.len() && !exposure(&path, most).status.success(), "{name}");
    }
}

/// The value of `key`, as a unit writes it.
fn value<'a>(unit: &'a str, key: &str) -> &'a str {
    unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).expect(key)
}

#[test]
fn the_firmware_has_a_user_and_groups_of_its_own() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("etc")).unwrap();
    let wanted = fs::canonicalize("board/vestry.sysusers").unwrap();
    let root_is = format!("--root={}", root.path().display());
    let made = Command::new("systemd-sysusers").arg(root_is).arg(wanted).output().unwrap();
    assert!(made.status.success(), "{}", cli::said(&made));
    let read = |name: &str| fs::read_to_string(root.path().join("etc").join(name)).unwrap();
    let (unit, users, groups) =
        (fs::read_to_string("board/vestry.service").unwrap(), read("passwd"), read("group"));
    let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    let user = users.lines().map(fields).find(|user| user[0] == value(&unit, "User")).expect("a user");
    assert_eq!(user[2], "400", "its number is on every data partition");
    assert!(user[6].ends_with("nologin"), "{user:?}");
    for group in value(&unit, "SupplementaryGroups").split(' ') {
        let group = groups.lines().map(fields).find(|line| line[0] == group).expect(group);
        assert!(group[3].split(',').any(|member| member == user[0]), "{group:?}");
    }
}

/// Starts the firmware and waits until a take grows.
fn recording(dir: &Path, arguments: &[&str]) -> Child {
    let mut vestry = Command::new(env!("CARGO_BIN_EXE_vestry"));
    vestry.args(["run", "--data", "takes"]).args(arguments).current_dir(dir);
    let child = vestry.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let grows = || {
        let take = fs::read_dir(dir.join("takes")).ok()?.flatten().find(|entry| entry.path().is_dir())?;
        let mut files = fs::read_dir(take.path()).ok()?.flatten();
        files.find(|file| file.metadata().is_ok_and(|about| about.len() > 50_000))
    };
    while grows().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no take");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

/// Looks for open ports for a second of recording.
fn opens_none(dir: &Path, arguments: &[&str]) {
    let mut child = recording(dir, arguments);
    for _ in 0..10 {
        let open = ports::of(child.id());
        assert!(open.is_empty(), "{arguments:?} opens {open:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn no_port_is_open_by_default() {
    opens_none(tempfile::tempdir().unwrap().path(), &[]);
}

/// The reference configuration sets every key to its default. Here is no card, so the offline one stands for it.
#[test]
fn no_port_is_open_with_the_reference_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let reference = fs::canonicalize("board/reference.toml").unwrap();
    let delta =
        format!("include = \"{}\"\nperiods = 32\n[device]\nkind = \"offline\"\n", reference.display());
    fs::write(dir.path().join("box.toml"), delta).unwrap();
    opens_none(dir.path(), &["--config", "box.toml"]);
}

#[test]
fn an_open_port_would_be_noticed() {
    let mine = std::process::id();
    assert!(ports::of(mine).is_empty());
    let (tcp, tcp6) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("[::]:0"));
    let udp = UdpSocket::bind("0.0.0.0:0").unwrap();
    let open = ports::of(mine);
    assert_eq!(open.len(), 2 + usize::from(tcp6.is_ok()), "{open:?}");
    for port in [tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port()] {
        assert!(open.iter().any(|open| open.1 == port), "{port} in {open:?}");
    }
}
