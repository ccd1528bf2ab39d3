//! Promise: a pad that plays goes on at another pitch, speed or key lock where it was, without a click, stems together; what cannot be
//! made is told, and the pad plays on as it was.
#[path = "common/desk.rs"]
mod desk;

use desk::{Desk, PERIOD};
use std::f64::consts::TAU;
use std::path::Path;
use std::time::{Duration, Instant};
use vestry::config::{self, Config};
use vestry::play::tune::Tune;
use vestry::rt::feed::StripSource;
use vestry::rt::message::Command;
use vestry::supervisor::PlayerAsk;
use vestry::supervisor::playback::Playback;
use vestry::supervisor::soundcheck::Ground;
use vestry::telemetry::{PadWord, TunedReport};

const RATE: f64 = 48_000.0;
/// Frames from one burst to the next.
const BEAT: usize = 12_000;
/// Long enough for any machine; nothing waits for it that goes well.
const PATIENCE: Duration = Duration::from_secs(120);

fn clip(path: &Path, sound: impl Fn(usize) -> f64, frames: usize) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    (0..frames).for_each(|frame| writer.write_sample(sound(frame) as f32).unwrap());
    writer.finalize().unwrap();
}

fn tone(frame: usize) -> f64 {
    0.25 * (TAU * 440.0 / RATE * frame as f64).sin()
}

fn bursts(frame: usize) -> f64 {
    let at = frame % BEAT;
    if at < 480 { (TAU * 3_000.0 / RATE * at as f64).sin() * (1.0 - at as f64 / 480.0) } else { 0.0 }
}

/// A desk of two inputs that the player feeds, and the player.
struct Hall {
    desk: Desk,
    playback: Playback,
    position: u64,
    heard: [Vec<f64>; 2],
    /// How long a period takes.
    pace: Duration,
}

impl Hall {
    fn start(dir: &Path, more: &str) -> Self {
        let mut desk = Desk::new(2, 1, &[0, 1].map(|strip| Command::Source(strip, StripSource::Player)));
        let playback = Playback::start(&config(dir, more), desk.remote.player.take()).unwrap().unwrap();
        let heard = [Vec::new(), Vec::new()];
        let mut hall = Self { desk, playback, position: 0, heard, pace: Duration::ZERO };
        hall.until(|hall| {
            hall.playback.report().unwrap().pads.iter().all(|pad| pad.state != PadWord::Loading)
        });
        hall
    }

    /// While no sound is made.
    fn until(&mut self, there: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.playback.turn(Ground { now: self.position, ..Ground::default() });
            self.playback.look([0; 2], 0);
            if !self.playback.report().unwrap().pads.is_empty() && there(self) {
                return;
            }
            assert!(Instant::now() < end, "{:?}", self.playback.report().unwrap());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn ask(&mut self, ask: PlayerAsk) {
        self.playback.ask(ask, self.position).unwrap();
    }

    fn run(&mut self, frames: usize) {
        for _ in 0..frames / PERIOD {
            self.playback.turn(Ground { now: self.position, ..Ground::default() });
            let heard = self.desk.run_with(1, |_, _| 0.0);
            self.heard.iter_mut().zip(&heard.lanes).for_each(|(all, lane)| all.extend(lane));
            self.position += PERIOD as u64;
            std::thread::sleep(self.pace);
        }
    }

    fn tune(&mut self, tune: Tune) {
        self.ask(PlayerAsk::Tune("1.1.1".parse().unwrap(), tune));
    }

    /// Tunes the first pad, and waits until all are so.
    fn tuned(&mut self, tune: Tune) {
        self.tune(tune);
        self.until(|hall| hall.report().iter().all(|pad| !pad.rendering));
    }

    fn report(&self) -> Vec<TunedReport> {
        self.playback.report().unwrap().pads.iter().filter_map(|pad| pad.tuned.clone()).collect()
    }
}

fn config(dir: &Path, more: &str) -> Config {
    let inputs = "[[input]]\nsource = \"player\"\n".repeat(2);
    let dir = dir.display();
    let text = format!("inputs = 2\n[device]\nkind = \"offline\"\n{inputs}[player]\ndir = \"{dir}\"\n{more}");
    config::parse("test.toml", &text).unwrap_or_else(|error| panic!("{error}"))
}

/// Where bursts begin, which are silent long before.
fn begins(heard: &[f64]) -> Vec<usize> {
    let loud = |at: &usize| heard[*at].abs() > 0.2;
    let quiet = |at: usize| heard[at.saturating_sub(2_400)..at].iter().all(|sample| sample.abs() <= 0.2);
    (0..heard.len()).filter(loud).filter(|at| quiet(*at)).collect()
}

/// Turns a second of a tone, by its zeros.
fn hertz(heard: &[f64]) -> f64 {
    let zeros: Vec<f64> = (1..heard.len())
        .filter(|at| heard[at - 1] < 0.0 && heard[*at] >= 0.0)
        .map(|at| at as f64 - heard[at] / (heard[at] - heard[at - 1]))
        .collect();
    (zeros.len() - 1) as f64 * RATE / (zeros[zeros.len() - 1] - zeros[0])
}

fn steepest(heard: &[f64]) -> f64 {
    heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max)
}

/// That the last so many frames have this tone, and bursts so many frames apart, in step with those at `place` of the clip.
fn holds(hall: &Hall, frames: usize, (hz, apart): (f64, f64), what: &str) {
    let [tone, bursts] = &hall.heard;
    let from = tone.len() - frames;
    let heard = hertz(&tone[from..]);
    assert!((1200.0 * (heard / hz).log2()).abs() < 2.0, "{what}: {heard} Hz, not {hz}");
    let begun = begins(&bursts[from..]);
    assert!(begun.len() >= 3, "{what}: {begun:?}");
    for pair in begun.windows(2) {
        assert!(((pair[1] - pair[0]) as f64 - apart).abs() < 480.0, "{what}: {begun:?}, not {apart} apart");
    }
}

const STEMS: &str = "[[pad]]\nfile = \"tone.wav\"\nstem = 1\nstrips = [1]\n\
                     [[pad]]\nfile = \"bursts.wav\"\nstem = 1\nstrips = [2]\n";

#[test]
fn a_pad_that_plays_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    clip(&dir.path().join("tone.wav"), tone, 960_000);
    clip(&dir.path().join("bursts.wav"), bursts, 960_000);
    let mut hall = Hall::start(dir.path(), &format!("memory_mb = 200\n{STEMS}"));
    hall.ask(PlayerAsk::Press("1.1.2".parse().unwrap()));
    hall.run(96_000);
    holds(&hall, 84_000, (440.0, 12_000.0), "as it is");
    let first = begins(&hall.heard[1])[0];

    hall.tuned(Tune { pitch: Some(3.0), ..Tune::default() });
    hall.run(96_000);
    let higher = 440.0 * f64::exp2(0.25);
    holds(&hall, 84_000, (higher, 12_000.0), "three semitones up");
    let last = begins(&hall.heard[1]).pop().unwrap();
    let off = (last - first) % BEAT;
    assert!(off.min(BEAT - off) < 480, "it goes on where it was: {off} frames off");

    hall.tuned(Tune { pitch: Some(0.0), speed: Some(1.25), key_lock: Some(true) });
    hall.run(96_000);
    holds(&hall, 84_000, (440.0, 9_600.0), "faster at its pitch");

    // What the voices can do is done at once.
    hall.tuned(Tune { key_lock: Some(false), ..Tune::default() });
    hall.tune(Tune { speed: Some(0.8), ..Tune::default() });
    hall.playback.look([0; 2], 0);
    let all: Vec<_> = hall.report().iter().map(|pad| (pad.speed, pad.key_lock, pad.rendering)).collect();
    assert_eq!(all, [(0.8, false, false); 2], "both stems");
    hall.run(96_000);
    holds(&hall, 84_000, (352.0, 15_000.0), "as a turntable");
    let steepest = steepest(&hall.heard[0]);
    assert!(steepest < 1.5 * 0.25 * TAU * higher / RATE, "a click of {steepest}");

    hall.ask(PlayerAsk::StopAll);
    hall.run(4_800);
    assert!(hall.heard[0][hall.heard[0].len() - 480..].iter().all(|sample| *sample == 0.0), "and it stops");
    assert_eq!(hall.playback.report().unwrap().refused, 0);
}

/// Such clips are read and made while they play, so they need some time.
#[test]
fn one_that_is_too_long_for_memory_goes_on_too() {
    let dir = tempfile::tempdir().unwrap();
    clip(&dir.path().join("tone.wav"), tone, 960_000);
    clip(&dir.path().join("bursts.wav"), bursts, 960_000);
    let mut hall = Hall::start(dir.path(), &format!("memory_mb = 4\n{STEMS}"));
    assert!(hall.playback.report().unwrap().memory_bytes < 400_000, "{:?}", hall.playback.report());
    hall.pace = Duration::from_micros(2_000);
    hall.ask(PlayerAsk::Press("1.1.2".parse().unwrap()));
    hall.run(96_000);
    holds(&hall, 84_000, (440.0, 12_000.0), "as it is");
    let first = begins(&hall.heard[1])[0];

    hall.tuned(Tune { pitch: Some(3.0), ..Tune::default() });
    hall.run(48_000);
    assert!(hertz(&hall.heard[0][100_000..130_000]) < 441.0, "the old one plays until the new one is read");
    hall.run(96_000);
    holds(&hall, 84_000, (440.0 * f64::exp2(0.25), 12_000.0), "three semitones up");
    let last = begins(&hall.heard[1]).pop().unwrap();
    let off = (last - first) % BEAT;
    assert!(off.min(BEAT - off) < 480, "it goes on where it was: {off} frames off");

    // Its voice can do that at once.
    hall.tuned(Tune { speed: Some(1.25), ..Tune::default() });
    hall.run(96_000);
    holds(&hall, 84_000, (440.0 * f64::exp2(0.25) * 1.25, 9_600.0), "faster and higher");
    assert!(steepest(&hall.heard[0]) < 0.05, "no click");
}

#[test]
fn a_loop_made_anew_turns_round_without_a_click() {
    let dir = tempfile::tempdir().unwrap();
    // No whole number of waves once it is shifted.
    clip(&dir.path().join("tone.wav"), tone, 24_000);
    let more = "[[pad]]\nfile = \"tone.wav\"\nmode = \"loop\"\npitch = 3.7\nstrips = [1]\n";
    let mut hall = Hall::start(dir.path(), more);
    hall.ask(PlayerAsk::Press("1.1.1".parse().unwrap()));
    hall.run(192_000);
    let (heard, hz) = (&hall.heard[0][12_000..], 440.0 * f64::exp2(3.7 / 12.0));
    let steepest = steepest(heard);
    assert!(steepest < 1.2 * 0.25 * TAU * hz / RATE, "a click of {steepest}");
    let quietest = heard.chunks(480).map(|part| part.iter().fold(0.0_f64, |most, at| most.max(at.abs())));
    let quietest = quietest.fold(1.0, f64::min);
    assert!(quietest > 0.05, "it goes on for eight rounds: {quietest}");
}

#[test]
fn a_loop_that_turns_goes_on_in_step() {
    let dir = tempfile::tempdir().unwrap();
    clip(&dir.path().join("bursts.wav"), bursts, 6 * BEAT);
    let more = "memory_mb = 50\n[[pad]]\nfile = \"bursts.wav\"\nmode = \"loop\"\nstrips = [2]\n\
                loop_frames = [12000, 60000]\n";
    let mut hall = Hall::start(dir.path(), more);
    hall.ask(PlayerAsk::Press("1.1.1".parse().unwrap()));
    hall.run(100_000);
    hall.tuned(Tune { pitch: Some(-5.0), ..Tune::default() });
    hall.run(200_000);
    hall.tuned(Tune { pitch: Some(0.0), ..Tune::default() });
    hall.run(100_000);
    let begun = begins(&hall.heard[1]);
    assert!(begun.len() >= 32, "{begun:?}");
    for (beat, at) in begun.iter().enumerate() {
        let off = at.abs_diff(begun[0] + beat * BEAT);
        assert!(off < 480, "beat {beat} is {off} frames off: {begun:?}");
    }
}

#[test]
fn what_finds_no_room_is_told_and_the_pad_plays_on() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..10 {
        clip(&dir.path().join(format!("{number}.wav")), |frame| tone(frame + number), 24_000);
    }
    let mut hall = Hall::start(dir.path(), "memory_mb = 1");
    hall.ask(PlayerAsk::Press("1.1.1".parse().unwrap()));
    hall.run(2_400);
    hall.tuned(Tune { pitch: Some(-4.0), ..Tune::default() });
    let told = hall.report().remove(0);
    let reason = told.not_tuned.clone().unwrap_or_default();
    assert!(
        reason.contains("finds no room for its pitch and speed: with them it takes 0.1 MB more"),
        "{reason}"
    );
    assert_eq!((told.pitch, hall.playback.report().unwrap().pads[0].state), (0.0, PadWord::Ready));
    hall.run(9_600);
    assert!((hertz(&hall.heard[0][4_800..]) - 440.0).abs() < 0.5, "as it was");
    // With less to be made it is, and the reason is gone.
    hall.tuned(Tune { pitch: Some(0.25), ..Tune::default() });
    assert_eq!(hall.report().remove(0).not_tuned, None);
    let mut from_the_start = Hall::start(dir.path(), "memory_mb = 1\n[[pad]]\nfile = \"0.wav\"\npitch = 5");
    let ready = |hall: &Hall| hall.playback.report().unwrap().pads[0].state == PadWord::Ready;
    from_the_start.until(ready);
    assert_eq!(from_the_start.report()[0].pitch, 5.0);
}
