//! Promise: what is delivered is at the other side bit for bit, or said not to be; what is cut short goes on where it was, whoever
//! was cut: the box, the network or the server; and recording notices nothing of it.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/record.rs"]
mod common;
#[path = "delivery/peers.rs"]
mod peers;
#[path = "common/running.rs"]
mod running;
#[path = "delivery/wire.rs"]
mod wire;

use broker::Broker;
use common::*;
use nix::sys::signal::Signal;
use peers::{Kind, PASSWORD, Peer, eventually};
use running::Running;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vestry::record::{At, Writer};
use wire::Wire;

/// What may go besides files, in bytes: requests, checksums of blocks.
const REQUESTS: u64 = 1 << 20;
/// What a cut may cost: the part that was under way, and what lay in buffers.
const CUT: u64 = (5 << 20) + (1 << 20);

/// A box that has a take of two tracks, and is off.
struct Hall {
    dir: TempDir,
    name: String,
}

impl Hall {
    fn new(seconds: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let takes = dir.path().join("takes");
        fs::create_dir(&takes).unwrap();
        let (mut feeder, sink) = Feeder::new(2, 4096, 100);
        let writer = Writer::spawn(settings(&takes, 2), sink, world()).unwrap();
        feeder.feed(seconds * u64::from(RATE), 4096);
        writer.stop_and_join(At::Now);
        let name = common::takes(&takes)[0].file_name().unwrap().to_str().unwrap().to_owned();
        Self { dir, name }
    }

    fn take(&self) -> PathBuf {
        self.dir.path().join("takes").join(&self.name)
    }

    /// Names of its files, and what is in them.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.take()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = entries
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }

    fn bytes(&self) -> u64 {
        self.files().iter().map(|(_, bytes)| bytes.len() as u64).sum()
    }

    /// Where the box notes how delivery stands.
    fn note(&self) -> PathBuf {
        self.dir.path().join(format!("takes/deliveries/{}.json", self.name))
    }

    fn noted(&self) -> Value {
        serde_json::from_slice(&fs::read(self.note()).unwrap_or_default()).unwrap_or_default()
    }

    /// Switches it on; `more` is what else the section `[delivery]` has.
    fn on(&self, peer: &Peer, port: u16, more: &str) -> Running {
        self.on_with(peer, port, more, "record = false\n")
    }

    fn on_with(&self, peer: &Peer, port: u16, more: &str, before: &str) -> Running {
        let delivery = peer.config(port, &self.dir.path().join("secret"));
        Running::start(self.dir.path(), &format!("{before}{BOX}{delivery}{more}"))
    }

    fn delivered(&self) {
        eventually("it is delivered", || {
            let noted = self.noted();
            assert_ne!(noted["state"], "failed", "{noted}");
            noted["state"] == "done"
        });
    }

    /// All of it is there.
    fn is_at(&self, peer: &Peer) {
        for (name, bytes) in self.files() {
            let there = peer.file(&self.name, &name);
            assert!(
                there.as_ref() == Some(&bytes),
                "{name}: {:?} bytes there",
                there.map(|there| there.len())
            );
        }
    }
}

const BOX: &str = "inputs = 2\nframes_per_period = 256\nperiods = 32\nrealtime = { lock_memory = false }\n\
    [device]\nkind = \"offline\"\n[device.offline]\nsources = [{ tone_hz = 997.0 }]\n";

/// Delivers a take, finds out that somebody changed it there, and never shows a secret.
fn arrives(kind: Kind) {
    let (peer, hall) = (Peer::start(kind), Hall::new(60));
    let wire = Wire::to(peer.port);
    let running = hall.on(&peer, wire.port, "limit_kib_s = 16384\n");
    eventually("it is delivered", || {
        assert!(!shown_by_children(running.id(), PASSWORD), "a secret on a command line");
        hall.noted()["state"] == "done"
    });
    hall.is_at(&peer);
    let said = running.end();
    assert!(said.contains(&format!("delivered {}", hall.name)) && !said.contains(PASSWORD), "{said}");
    assert!(!fs::read_to_string(hall.note()).unwrap().contains(PASSWORD));
    assert!(wire.up() < hall.bytes() + REQUESTS, "{} bytes of {}", wire.up(), hall.bytes());
    // Without its notes the box asks what is there; of what is right nothing goes again.
    let (name, mut bytes) = hall.files().remove(1);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    peer.change(&hall.name, &name, &bytes);
    fs::remove_file(hall.note()).unwrap();
    let before = wire.up();
    let running = hall.on(&peer, wire.port, "");
    hall.delivered();
    hall.is_at(&peer);
    running.end();
    let again = wire.up() - before;
    assert!(again < bytes.len() as u64 + REQUESTS, "{again} bytes for one file of {}", bytes.len());
}

/// Whether a child of `parent` has `text` on its command line.
fn shown_by_children(parent: u32, text: &str) -> bool {
    let all = fs::read_dir("/proc").unwrap().flatten().map(|process| process.path());
    let mut children = all.filter(|process| {
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        // State and parent come after the name in brackets.
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)) == Some(&parent.to_string())
    });
    children.any(|child| {
        String::from_utf8_lossy(&fs::read(child.join("cmdline")).unwrap_or_default()).contains(text)
    })
}

#[test]
fn a_take_arrives_at_s3() {
    arrives(Kind::Moto);
}

#[test]
fn a_take_arrives_at_a_webdav_server_that_takes_pieces() {
    arrives(Kind::Apache);
}

#[test]
fn a_take_arrives_at_a_webdav_server_that_takes_none() {
    arrives(Kind::Rclone);
}

#[test]
fn a_take_arrives_by_rsync() {
    arrives(Kind::Rsync);
}

/// What happens in the middle.
#[derive(Clone, Copy, PartialEq)]
enum Blow {
    /// The box is killed.
    Box,
    /// The network is gone for some time.
    Wire,
    /// The server is killed.
    Server,
}

/// Delivers a take that is hit by `blow` in its middle; how many bytes went, and how many it has.
fn goes_on(kind: Kind, blow: Blow) -> (u64, u64) {
    let (mut peer, hall) = (Peer::start(kind), Hall::new(100));
    let wire = Wire::to(peer.port);
    let limit = "limit_kib_s = 6144\n";
    let mut running = hall.on(&peer, wire.port, limit);
    // In the second file: one is there by then.
    eventually("half of it is there", || wire.up() > hall.bytes() * 3 / 4);
    assert_ne!(hall.noted()["state"], "done");
    match blow {
        Blow::Box => {
            running.signal(Signal::SIGKILL);
            drop(running);
            running = hall.on(&peer, wire.port, limit);
        }
        Blow::Wire => {
            wire.cut();
            eventually("it is noticed", || {
                fs::read_to_string(hall.dir.path().join("log")).unwrap().contains("delivery waits")
            });
            wire.mend(peer.port);
        }
        Blow::Server => {
            peer.kill();
            wire.cut();
            peer.restart();
            wire.mend(peer.port);
        }
    }
    hall.delivered();
    hall.is_at(&peer);
    running.end();
    (wire.up(), hall.bytes())
}

/// Only the part that was under way goes twice.
fn goes_on_where_it_was(kind: Kind, blow: Blow) {
    let (went, bytes) = goes_on(kind, blow);
    assert!(went < bytes + CUT + REQUESTS, "{went} bytes went of {bytes}");
}

#[test]
fn a_box_that_is_killed_goes_on_to_s3() {
    goes_on_where_it_was(Kind::Moto, Blow::Box);
}

#[test]
fn a_box_that_is_killed_goes_on_to_webdav() {
    goes_on_where_it_was(Kind::Apache, Blow::Box);
}

#[test]
fn a_box_that_is_killed_goes_on_by_rsync() {
    goes_on_where_it_was(Kind::Rsync, Blow::Box);
}

#[test]
fn a_network_that_was_gone_costs_one_part_to_s3() {
    goes_on_where_it_was(Kind::Moto, Blow::Wire);
}

#[test]
fn a_server_that_is_killed_costs_one_piece_to_webdav() {
    goes_on_where_it_was(Kind::Apache, Blow::Server);
}

#[test]
fn a_server_that_is_killed_costs_little_by_rsync() {
    goes_on_where_it_was(Kind::Rsync, Blow::Server);
}

#[test]
fn a_webdav_server_without_pieces_gets_the_file_again() {
    let (went, bytes) = goes_on(Kind::Rclone, Blow::Server);
    assert!(went < 2 * bytes + REQUESTS, "{went} bytes went of {bytes}");
}

#[test]
fn a_file_that_has_rotted_on_the_card_is_not_delivered_as_a_good_one() {
    let (peer, hall) = (Peer::start(Kind::Apache), Hall::new(20));
    let (name, mut bytes) = hall.files().remove(1);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(hall.take().join(&name), bytes).unwrap();
    let running = hall.on(&peer, peer.port, "");
    eventually("it is noticed", || hall.noted()["state"] == "failed");
    let noted = hall.noted();
    let reason = noted["reason"].as_str().unwrap();
    assert!(reason.starts_with(&name) && reason.contains("its sound has the checksum"), "{reason}");
    assert!(running.end().contains(reason));
    assert!(peer.file(&hall.name, &name).is_none(), "nothing of it went");
    assert!(peer.file(&hall.name, "take.json").is_none(), "what says that a take is whole");
}

/// A take that is being recorded has no gaps for it, and no more goes in a second than may.
fn beside_recording(kind: Kind) {
    let (peer, hall) = (Peer::start(kind), Hall::new(20));
    let wire = Wire::to(peer.port);
    let begun = Instant::now();
    let running = hall.on_with(&peer, wire.port, "limit_kib_s = 1024\n", "record = true\n");
    let most = |elapsed: Duration| (elapsed.as_secs_f64() * 1_048_576.0) as u64 + REQUESTS;
    eventually("it is delivered", || {
        let went = wire.up();
        assert!(went <= most(begun.elapsed()), "{went} bytes within {:?}", begun.elapsed());
        hall.noted()["state"] == "done"
    });
    hall.is_at(&peer);
    assert!(begun.elapsed() >= Duration::from_secs(hall.bytes() / 1_048_576 - 1));
    running.end();
    let recorded =
        common::takes(&hall.dir.path().join("takes")).into_iter().find(|take| new_take(take, &hall)).unwrap();
    let manifest = verify(&recorded);
    assert!(manifest.gaps.is_empty() && manifest.frames > Some(u64::from(RATE)), "{:?}", manifest.gaps);
}

fn new_take(path: &Path, hall: &Hall) -> bool {
    path.join("take.json").exists() && *path != hall.take()
}

#[test]
fn recording_goes_on_beside_a_delivery_that_keeps_to_its_pace() {
    beside_recording(Kind::Apache);
}

#[test]
fn recording_goes_on_beside_rsync_that_keeps_to_its_pace() {
    beside_recording(Kind::Rsync);
}

#[test]
fn a_delivery_is_asked_for_told_and_stopped_over_the_broker() {
    let (peer, hall, broker) = (Peer::start(Kind::Apache), Hall::new(20), Broker::start());
    let mut ear = broker.listen();
    let mqtt = format!("[mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\nport = {}\n", broker.port);
    let running = hall.on_with(
        &peer,
        peer.port,
        &format!("when = \"asked\"\nlimit_kib_s = 512\n{mqtt}"),
        "record = false\n",
    );
    ear.until("the box listens", |message| message.topic == "vestry/hall/state");
    let ask = |what: &Value| broker.publish("vestry/hall/command", &what.to_string(), &[]);
    let mut answer = |what: &Value| {
        ask(what);
        ear.until("an answer", |message| message.topic == "vestry/hall/response").json()
    };
    let none = answer(&json!({"command": "deliver", "take": "2001-01-01_000000_0001"}));
    assert!(none["reason"].as_str().unwrap().contains("there is none of that name"), "{none}");
    assert_eq!(answer(&json!({"command": "deliver", "take": "last"}))["ok"], true);
    let mut state = |what: &str, wanted: &dyn Fn(&Value) -> bool| {
        ear.until(what, |message| message.topic == "vestry/hall/state" && wanted(&message.json()["delivery"]))
            .json()
    };
    let sending = state("it goes", &|delivery| delivery["sending"]["progress"].as_f64() > Some(0.1));
    assert_eq!((&sending["delivery"]["target"], &sending["delivery"]["done"]), (&json!("webdav"), &json!(0)));
    ask(&json!({"command": "deliver_stop"}));
    let stopped = state("it is stopped", &|delivery| {
        delivery["sending"].is_null() && delivery["failed"][0].is_object()
    });
    assert_eq!(stopped["delivery"]["failed"][0]["take"], json!(hall.name));
    broker.publish("vestry/hall/set/deliver", &hall.name, &[]);
    state("it goes again", &|delivery| delivery["sending"].is_object());
    let told = ear.until("it is told", |message| {
        message.topic == "vestry/hall/event"
            && message.json()["event_type"] == "delivery"
            && message.json()["delivered"] == true
    });
    assert_eq!((&told.json()["take"], &told.json()["reason"]), (&json!(hall.name), &Value::Null));
    hall.is_at(&peer);
    running.end();
}
