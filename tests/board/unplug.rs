//! A USB sound interface that is unplugged in mid-take and plugged again: a real one as far as the kernel can tell, whose
//! far end is `board-probe usb`. Ending that is the unplug.
use crate::card::{self, Medium, Take};
use crate::guest::Guest;
use crate::pins::{LAMPS, Pins};
use crate::remote::{self, broker::Broker, broker::Ear};
use crate::signal::Follower;
use crate::sound::{LONG, SHORT, expect};
use vestry::rt::sample::SampleFormat;

/// The card's id.
const CARD: &str = "Bench";
const CHANNELS: usize = 6;
const RATE: u64 = 48_000;
/// Long periods, a long ring and no mix: what an emulator on a busy machine keeps up with.
const CONFIGURATION: &str = "sample_rate = 48000\\nframes_per_period = 2048\\nperiods = 28\\ninputs = 6\\noutputs = 0\\n\
    [device]\\ncapture = \\\"Bench\\\"\\nformat = \\\"S24_3LE\\\"\\n[realtime]\\ncore = 3\\nrequired = true\\n\
    [recording]\\nmix = false\\n";
/// Frames that the length of a gap may be off the interface's own clock: it is counted by when packets come, and a busy
/// emulator delivers them late.
const TOLERANCE: u64 = 480;
/// The same while it is plugged again and again: setting a card up keeps the emulator busiest.
const RATTLED: u64 = 960;

/// Plugs, and sets `$U` to what is to be ended for the unplug.
/// All that a packet passes through stays on one core: no core has to wake another one for each of them.
const PLUG: &str = "taskset 4 board-probe usb & U=$!; sleep 0.2; for p in $(pidof vhci_rx vhci_tx); do taskset -p 4 $p >/dev/null; done";

/// Records with the configuration in /tmp/usb.toml for `seconds` while the shell does `meanwhile`; what was said, and the
/// take.
fn record(guest: &mut Guest, seconds: u32, meanwhile: &str) -> Result<(Vec<String>, Take), String> {
    card::mount(guest, Medium::Disk)?;
    let appear = format!(
        "{PLUG}; for n in $(seq 100); do [ -e /proc/asound/{CARD} ] && break; sleep 0.1; done; vestry devices"
    );
    let devices = guest.run(&appear, SHORT)?;
    expect(devices.iter().any(|line| line.starts_with(CARD)), "a card of that id", &devices)?;
    let run = format!(
        "vestry run --config /tmp/usb.toml --data /mnt --for {seconds}s </dev/null 2>&1 & P=$!; {meanwhile}; wait $P; kill $U"
    );
    let said = guest.run(&run, LONG)?;
    let take = Take::read(guest, Medium::Disk).map_err(|error| format!("{error}\n{}", said.join("\n")))?;
    Ok((said, take))
}

fn configure(guest: &mut Guest, more: &str) -> Result<(), String> {
    guest.run(&format!("printf \"{CONFIGURATION}{more}\" >/tmp/usb.toml"), SHORT).map(drop)
}

/// Unplugged for three seconds: one take, one gap, its place and length to the frame. Panel, lamps and broker say FAULT and
/// take it back.
pub fn unplugged(guest: &mut Guest) -> Result<(), String> {
    let broker = Broker::start();
    let (mut ear, mut pins) = (broker.listen(), Pins::connect(&guest.machine)?);
    remote::network(guest)?;
    let lamps = format!(
        "[panel]\\nrec_led = {{ line = \\\"gpiochip0:{}\\\" }}\\nfault_led = {{ line = \\\"gpiochip0:{}\\\" }}\\n",
        LAMPS[0], LAMPS[1]
    );
    let host = format!(
        "[mqtt]\\nid = \\\"board\\\"\\nhost = \\\"10.0.2.2\\\"\\nport = {}\\nmeters_hz = 0\\n",
        broker.port
    );
    configure(guest, &(lamps + &host))?;
    let meanwhile = format!("sleep 6; kill -9 $U; sleep 3; {PLUG}");
    let (said, take) = record(guest, 20, &meanwhile)?;
    told(&said, 1)?;
    let fault = said.iter().position(|line| line.starts_with("FAULT (sound card is gone)"));
    let after = said.iter().skip(fault.unwrap_or(said.len()));
    expect(
        after.filter(|line| line.starts_with("REC ")).count() > 0,
        "FAULT shown, and REC after it",
        &said,
    )?;
    let driven = pins.driven(LAMPS[1])?;
    expect(
        driven.ends_with(&[true, false]),
        &format!("the lamp FAULT lit and dark again: {driven:?}"),
        &said,
    )?;
    remote::heard(|| warned(&mut ear))?;
    let gaps = account(&take, TOLERANCE, &said)?;
    expect(gaps.len() == 1 && (3 * RATE..6 * RATE).contains(&gaps[0]), "one gap of some 3 s", &said)
}

/// What the broker's side is told: the fault, its end and the gap, and the state that is retained meanwhile.
fn warned(ear: &mut Ear) {
    let told = |ear: &mut Ear, kind: &str| {
        let kind = format!("\"event_type\":\"{kind}\"");
        ear.until(&kind, |message| message.topic == "vestry/board/event" && message.payload.contains(&kind))
            .json()
    };
    assert_eq!(told(ear, "fault")["reason"], "sound card is gone");
    told(ear, "recovered");
    ear.back_to(0);
    assert_eq!(told(ear, "gap")["cause"], "the card was gone");
    ear.back_to(0);
    let state = |ear: &mut Ear, word: &str| {
        ear.until(word, |message| message.topic == "vestry/board/state" && message.json()["state"] == word)
    };
    assert_eq!(state(ear, "FAULT").json()["recording"], true, "the same take goes on");
    state(ear, "REC");
}

/// Unplugged and plugged again three times, as by a bad contact.
pub fn rattled(guest: &mut Guest) -> Result<(), String> {
    configure(guest, "")?;
    let rattle = format!("kill -9 $U; sleep 0.3; {PLUG}; sleep 1.5");
    let (said, take) = record(guest, 18, &format!("sleep 5; {rattle}; {rattle}; {rattle}"))?;
    let gaps = account(&take, RATTLED, &said)?;
    expect((1..=3).contains(&gaps.len()), "at most as many gaps as unplugs", &said)?;
    told(&said, gaps.len())
}

/// FAULT was said and taken back in the log.
fn told(said: &[String], times: usize) -> Result<(), String> {
    let count = |text: &str| said.iter().filter(|line| line.contains(text)).count();
    let closed = count("closed ") == 1 && count("recording ") == 1;
    expect(closed, "one take from beginning to end", said)?;
    let (gone, back) = (count("the sound card is gone"), count("the sound card is back"));
    expect(gone >= times && gone == back, "gone and back again", said)
}

/// Holds the ledger against the sound: between its gaps the signal goes on number by number, within them there is silence,
/// and the numbers missing are as many as the ledger says, give or take `tolerance`. The gaps' lengths.
fn account(take: &Take, tolerance: u64, said: &[String]) -> Result<Vec<u64>, String> {
    let length = take.frames()?;
    expect(take.inputs.len() == CHANNELS, "a file for each input", said)?;
    let (mut at, mut number, mut lengths) = (0, 0, Vec::new());
    for gap in &take.manifest.gaps {
        expect(gap.cause == "device_lost", &format!("only the card was lost: {gap:?}"), said)?;
        let (start, end) = (gap.position as usize, (gap.position + gap.frames) as usize);
        let (_, last) = followed(take, at..start)?;
        let silent = take.inputs.iter().all(|track| track[start..end].iter().all(|&sample| sample == 0));
        expect(silent, &format!("silence from {start} to {end}"), said)?;
        let (first, _) = followed(take, end..(end + 1).min(length))?;
        let missing = i64::from(first) - i64::from(last) - 1;
        let off = gap.frames as i64 - missing;
        println!("board: {missing} frames missing, the ledger has {}: {off} off", gap.frames);
        expect(off.unsigned_abs() <= tolerance, "as many as the interface's clock says", said)?;
        (at, number) = (end, first);
        lengths.push(gap.frames);
    }
    let (_, last) = followed(take, at..length)?;
    println!("board: {length} frames on the card, from {number} to {last} since the last gap");
    Ok(lengths)
}

/// Follows the signal through `range`, which has nothing but sound; numbers of its first and last frame.
fn followed(take: &Take, range: std::ops::Range<usize>) -> Result<(u32, u32), String> {
    let mut follower = Follower::default();
    let map: Vec<usize> = (0..CHANNELS).collect();
    let mut first = 0;
    for at in range.clone() {
        let frame: Vec<u8> =
            take.inputs.iter().flat_map(|track| track[at].to_le_bytes().into_iter().take(3)).collect();
        follower.follow(&frame, SampleFormat::S24_3, CHANNELS, &map);
        if at == range.start {
            first = follower.expected.wrapping_sub(1);
        }
    }
    let whole = follower.good == range.len() as u64 && !range.is_empty();
    match whole {
        true => Ok((first, follower.expected.wrapping_sub(1))),
        false => Err(format!("frames {range:?} are not the signal: {follower:?}")),
    }
}
