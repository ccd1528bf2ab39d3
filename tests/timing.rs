//! Promise: a take says when its first frame was captured, to the frame, by the card's own position and the clock that a time source
//! keeps, and what that may be wrong by; also how fast its card ran, and when its clock was set.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/record.rs"]
mod common;
#[path = "common/tape.rs"]
mod tape;

use common::{RATE, manifest, takes, verify, wait};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tape::{Card, Kept, MORNING_NS, Tape, UNCERTAIN_US, record, start, waiting};
use vestry::record::clock::{Clock, Source, SystemClock, WallTime};
use vestry::record::{At, Writer};

const CARD: Card = Card { began_ns: 1_000_000_000, ppm: 80.0 };

fn silence(seconds: usize) -> Vec<f32> {
    vec![0.25; seconds * RATE as usize]
}

fn stop(writer: Writer, tape: &Tape) {
    let (status, _) = writer.stop_and_join(At::Frame(tape.position()));
    assert_eq!(status.fault, None);
}

/// The clock that the writer reads is a quarter of an hour late; the moments that come with the sound are not.
#[test]
fn the_time_reference_is_right_to_the_frame_however_late_the_writer_is() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Kept::new(MORNING_NS);
    let (mut tape, writer) = Tape::new(waiting(dir.path()), CARD, &clock);
    tape.play(&silence(3));
    wait(&writer, |status| status.position > 0);
    start(&writer, 3 * u64::from(RATE));
    tape.play(&silence(2));
    stop(writer, &tape);
    let manifest = verify(&takes(dir.path())[0]);
    assert!(manifest.start_frame > 0 && manifest.start_frame <= 3 * u64::from(RATE), "with a pre-roll");
    let captured =
        WallTime::from_unix_ns(MORNING_NS + CARD.captured_ns(manifest.start_frame) as i64).unwrap();
    let frame = 1_000_000_000 / i128::from(RATE);
    let started = WallTime::parse(&manifest.started).unwrap();
    assert!(
        (started.unix_ns() - captured.unix_ns()).abs() < frame,
        "{} {}",
        manifest.started,
        captured.text()
    );
    assert!(manifest.time_reference.abs_diff(captured.frames_since_midnight(RATE)) <= 1);
    let timing = manifest.timing.clone().unwrap();
    assert_eq!((timing.source, timing.synchronised), (Source::Ptp, true));
    assert_eq!(timing.uncertainty_us, Some(UNCERTAIN_US + 1));
    let file = std::fs::read(takes(dir.path())[0].join(&manifest.tracks[0].parts[0].file)).unwrap();
    let history = String::from_utf8_lossy(&file[..8_192]).into_owned();
    assert!(history.contains("; clock ptp +-351 us\r\n"), "in the file itself");
    let reference =
        format!("<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{}<", manifest.time_reference & 0xFFFF_FFFF);
    assert!(history.contains(&reference), "{reference}");
}

#[test]
fn drift_is_known_from_pairs_and_a_step_of_the_clock_is_noted_and_taken_out() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Kept::new(MORNING_NS);
    let (mut tape, writer) = Tape::new(common::settings(dir.path(), 1), CARD, &clock);
    let noted = |frames: usize, steps: usize| {
        wait(&writer, |status| status.frames >= frames as u64);
        let take = takes(dir.path()).remove(0);
        // The next sync notes what came until then.
        let end = std::time::Instant::now() + Duration::from_secs(60);
        while manifest(&take).timing.is_none_or(|timing| timing.steps.len() < steps) {
            assert!(std::time::Instant::now() < end, "{:?}", manifest(&take).timing);
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    for turn in 1..=6 {
        tape.play(&silence(10));
        noted(turn * 10 * RATE as usize, 0);
    }
    clock.set(MORNING_NS + 2_500_000_000);
    for turn in 7..=10 {
        tape.play(&silence(10));
        noted(turn * 10 * RATE as usize, 1);
    }
    stop(writer, &tape);
    let manifest = verify(&takes(dir.path())[0]);
    let timing = manifest.timing.unwrap();
    assert_eq!(timing.steps.iter().map(|step| step.step_ns).collect::<Vec<_>>(), [2_500_000_000]);
    assert!((6..=10).contains(&(timing.steps[0].position / i64::from(RATE) / 10)), "{timing:?}");
    assert!(timing.pairs.len() >= 3 && timing.pairs.is_sorted_by_key(|pair| pair.position), "{timing:?}");
    let fit = timing.fit(RATE).unwrap();
    assert!((fit.ppm.unwrap() - CARD.ppm).abs() < 0.1, "{fit:?}");
    let began = i128::from(MORNING_NS + 2_500_000_000) + i128::from(CARD.began_ns);
    assert!((fit.start_ns - began).abs() < 20_000, "by the clock as it is at the end: {fit:?}");
}

#[test]
fn a_clock_that_nothing_keeps_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Kept { source: Source::Free, ..Kept::new(MORNING_NS) };
    let take = record(dir.path(), &silence(12), CARD, &clock);
    let timing = verify(&take).timing.unwrap();
    assert_eq!((timing.source, timing.synchronised, timing.uncertainty_us), (Source::Free, false, None));
    assert_eq!(timing.fit(RATE).unwrap().ppm, None);
}

#[test]
fn the_systems_own_clocks_are_bridged() {
    let bridge = SystemClock.bridge().unwrap();
    let day = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i128;
    let (before, now, after) = (day(), SystemClock.now().unix_ns(), day());
    assert!((before..=after).contains(&now), "{before} {now} {after}");
    assert!(i128::from(bridge.offset_ns) <= before, "the system started after 1970");
}

/// The program itself: its card is a timer, its clock this machine's.
#[test]
fn a_take_of_the_box_says_when_it_began() {
    let work = tempfile::tempdir().unwrap();
    let day = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i128;
    let before = day();
    let output = cli::vestry(work.path(), &["run", "--for", "3s", "--data", "takes"]);
    assert!(output.status.success(), "{}", cli::said(&output));
    let after = day();
    let manifest = verify(&cli::takes(&work.path().join("takes")).remove(0));
    let started = WallTime::parse(&manifest.started).unwrap();
    let timing = manifest.timing.unwrap();
    let start_ns = timing.fit(manifest.sample_rate).unwrap().start_ns;
    assert!((before..after).contains(&start_ns), "{before} {start_ns} {after}");
    assert!((start_ns - started.unix_ns()).abs() < 1_000_000, "{start_ns} {}", manifest.started);
    assert!(timing.pairs.len() >= 2, "{timing:?}");
    assert_eq!(timing.synchronised, timing.uncertainty_us.is_some());
}
