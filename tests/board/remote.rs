//! The technician's side of the recorder on the board: a real broker on the host, over the board's Ethernet.
#[path = "../mqtt/broker.rs"]
#[allow(dead_code)]
pub mod broker;
#[path = "../mqtt/certificates.rs"]
#[allow(dead_code)]
mod certificates;
#[path = "../mqtt/commands.rs"]
mod commands;

use crate::card::{self, Medium};
use crate::guest::Guest;
use crate::sound::{LONG, SHORT, expect};
use broker::{Broker, Ear};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

const BASE: &str = "vestry/board";
const CONFIGURATION: &str = "frames_per_period = 512\\nperiods = 32\\n\
    [device]\\ncapture = \\\"Loopback,1,0\\\"\\nplayback = \\\"Loopback,1,1\\\"\\ncapture_channels = 6\\n\
    [realtime]\\ncore = 3\\nrequired = true\\n[mqtt]\\nid = \\\"board\\\"\\nhost = \\\"10.0.2.2\\\"\\nhealth_s = 1\\n";
/// How long the broker is away.
const AWAY: Duration = Duration::from_secs(30);
const TLS: &str =
    "allow_anonymous true\ncafile {dir}/house.pem\ncertfile {dir}/broker.pem\nkeyfile {dir}/broker.key";

/// Brings the board's Ethernet up; the host is 10.0.2.2. The emulated controller then raises an interrupt that nobody
/// wants, until the kernel has had enough of it: nothing else has time before.
pub fn network(guest: &mut Guest) -> Result<(), String> {
    let up = "[ -e /tmp/network ] || { touch /tmp/network; ifconfig lo up; ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up; \
        for n in $(seq 20); do dmesg | grep -q 'Disabling IRQ' && break; sleep 1; done; }";
    guest.run(up, LONG).map(drop)
}

/// Starts the recorder with `more` in its configuration; its words go to /tmp/remote.log.
fn start(guest: &mut Guest, more: &str) -> Result<(), String> {
    network(guest)?;
    guest.run(&format!("printf \"{CONFIGURATION}{more}\" >/tmp/remote.toml"), SHORT)?;
    card::mount(guest, Medium::Disk)?;
    let run = "vestry run --config /tmp/remote.toml --data /mnt </dev/null >/tmp/remote.log 2>&1 &";
    guest.run(run, SHORT).map(drop)
}

/// Ends it in order; what it said.
fn end(guest: &mut Guest) -> Result<Vec<String>, String> {
    guest.run("killall vestry; wait $!; cat /tmp/remote.log", SHORT)
}

/// The broker's side says what it misses by panicking.
pub fn heard<T>(what: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(what))
        .map_err(|_| "the broker's side did not get what it waited for".into())
}

fn recording(ear: &mut Ear) -> Value {
    commands::state(ear, BASE, "a take", |state| state["recording"] == true)
}

/// Discovery, state, meters within 0.5 dB of a known tone, every command.
pub fn steered(guest: &mut Guest) -> Result<(), String> {
    let broker = Broker::start();
    let mut ear = broker.listen();
    let sine = "(board-probe sine seconds=100 | aplay -q -D hw:Loopback,0,0 -t raw -f S32_LE -r 48000 -c 6 \
        --buffer-size=48000 2>/tmp/player.log) &";
    guest.run(sine, SHORT)?;
    start(guest, &format!("port = {}\\n", broker.port))?;
    let outcome = heard(|| {
        let announced = ear.on("homeassistant/device/board/config");
        assert!(announced.retained && announced.json()["components"].is_object());
        recording(&mut ear);
        (0..3).for_each(|_| drop(ear.on("vestry/board/meters")));
        (0..10).for_each(|_| follows(&ear.on("vestry/board/meters").json()));
        commands::all(&broker, &mut ear, BASE);
    });
    let (player, said) = (guest.run("cat /tmp/player.log", SHORT)?, end(guest)?);
    // A player that ran dry says so here.
    outcome.map_err(|error| format!("{error}\n{}\n{}", player.join("\n"), said.join("\n")))?;
    heard(|| ear.until("its last word", |message| message.payload == "offline"))?;
    card::takes(guest, Medium::Disk)?;
    expect(said.iter().any(|line| line.contains("INFO closed ")), "a take that was closed", &said)
}

fn follows(meters: &Value) {
    for channel in 0..6 {
        let level = |kind: &str| meters[kind][channel].as_f64().unwrap();
        let expected = -20.0 - 6.0 * channel as f64;
        let near = |level: f64, expected: f64| (level - expected).abs() <= 0.5;
        // The mean of a sine's square is half its peak's.
        assert!(near(level("peak_db"), expected) && near(level("rms_db"), expected - 3.01), "{meters}");
    }
}

/// The broker ends for half a minute. What happens meanwhile is told when it is back, and the take does not notice.
pub fn left_alone(guest: &mut Guest) -> Result<(), String> {
    let mut broker = Broker::start();
    let mut ear = broker.listen();
    start(guest, &format!("port = {}\\n", broker.port))?;
    let take = heard(|| recording(&mut ear))?["take"].clone();
    broker.kill();
    std::thread::sleep(AWAY / 2);
    // An overrun of a second: something to tell.
    guest.run("P=$(pidof vestry); kill -STOP $P; sleep 1; kill -CONT $P", SHORT)?;
    std::thread::sleep(AWAY / 2);
    broker.restart();
    let mut ear = broker.listen();
    heard(|| {
        // An emulator may have had shorter ones of its own.
        ear.until("the gap", |message| {
            let gap = message.topic == "vestry/board/event" && message.json()["event_type"] == "gap";
            gap && message.json()["frames"].as_u64() > Some(24_000)
        });
        ear.back_to(0);
        assert_eq!(recording(&mut ear)["take"], take, "the same take");
        assert_eq!(commands::ask(&broker, &mut ear, BASE, &json!({"command": "marker"}))["ok"], true);
    })?;
    let said = end(guest)?;
    card::takes(guest, Medium::Disk)?;
    expect(said.iter().filter(|line| line.contains("INFO closed ")).count() == 1, "one take, closed", &said)
}

/// With TLS only a broker is talked to that the right authority signed for.
pub fn secured(guest: &mut Guest) -> Result<(), String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    for name in ["house", "stranger"] {
        certificates::authority(dir.path(), name);
    }
    certificates::signed(dir.path(), "broker", "house");
    let mut authorities = Vec::new();
    for name in ["house", "stranger"] {
        let text = std::fs::read_to_string(dir.path().join(format!("{name}.pem")));
        authorities.push((name, text.map_err(|error| error.to_string())?));
    }
    let broker = Broker::prepared(dir, TLS);
    for (name, text) in authorities {
        guest.run(&format!("printf '{}' >/tmp/{name}.pem", text.replace('\n', "\\n")), SHORT)?;
        let tls = format!("port = {}\\ntls = true\\nca_file = \\\"/tmp/{name}.pem\\\"\\n", broker.port);
        // The clock of an emulated board may begin before the certificate was made.
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        guest.run(&format!("date -s @{now}"), SHORT)?;
        start(guest, &tls)?;
        let (word, what) = match name {
            "house" => (": connected", "a connection"),
            _ => ("certificate verify failed", "a refusal of the certificate"),
        };
        let wait =
            format!("for n in $(seq 100); do grep -q '{word}' /tmp/remote.log && break; sleep 0.1; done");
        guest.run(&wait, SHORT)?;
        let said = end(guest)?;
        let connected = said.iter().any(|line| line.contains(": connected"));
        expect(connected == (name == "house"), what, &said)?;
        expect(said.iter().any(|line| line.contains(word)), what, &said)?;
    }
    Ok(())
}
