//! Runs on the emulated board: drives the ALSA device and what is outside by themselves and says what it saw. `main.rs` holds the expectations.
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};
use vestry::rt::area::{CaptureArea, PlaybackArea};
use vestry::rt::block::GapCause;
use vestry::rt::sample::SampleFormat;
use vestry::rt_io::alsa::{AlsaDevice, AlsaSettings, describe, devices};
use vestry::rt_io::device::{Cycle, Device};

#[path = "inject.rs"]
mod inject;
#[path = "outside.rs"]
mod outside;
#[path = "signal.rs"]
mod signal;
#[path = "usb/mod.rs"]
mod usb;
use inject::Stops;
use signal::{Follower, word};

type Arguments = std::collections::HashMap<String, String>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let options: Arguments = arguments
        .filter_map(|a| a.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect();
    match command.as_str() {
        "tone" => tone(&options),
        "sine" => sine(&options),
        "check" => check(&options),
        "capture" => capture(&options),
        "buttons" => outside::buttons(&options),
        "lamp" => outside::lamp(&options),
        "oled" => outside::oled(&options),
        "devices" => println!("{}", describe(&devices())),
        "usb" => usb::serve(),
        "witness" => witness(),
        _ => eprintln!(
            "usage: board-probe tone|sine|check|capture|buttons|lamp|oled|devices|usb|witness [KEY=VALUE]..."
        ),
    }
}

fn number(options: &Arguments, key: &str, default: usize) -> usize {
    options.get(key).and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn format(options: &Arguments) -> SampleFormat {
    options.get("format").and_then(|name| format_named(name)).unwrap_or(SampleFormat::S32)
}

/// Reads a format's ALSA name.
fn format_named(name: &str) -> Option<SampleFormat> {
    match name {
        "S16_LE" => Some(SampleFormat::S16),
        "S24_3LE" => Some(SampleFormat::S24_3),
        "S32_LE" => Some(SampleFormat::S32),
        _ => None,
    }
}

/// Fills `bytes` with frames from `number` on; the number after the last one.
fn fill(bytes: &mut [u8], format: SampleFormat, channels: usize, mut number: u32) -> u32 {
    let width = format.bytes();
    for frame in bytes.chunks_exact_mut(width * channels) {
        for (channel, sample) in frame.chunks_exact_mut(width).enumerate() {
            sample.copy_from_slice(&word(number, channel).to_le_bytes()[4 - width..]);
        }
        number = number.wrapping_add(1);
    }
    number
}

/// Sleeps for 10 ms again and again, and says each time that it took longer than ever, in ms: how long the whole machine stood
/// still.
fn witness() {
    let mut longest = 0;
    loop {
        let begun = Instant::now();
        std::thread::sleep(Duration::from_millis(10));
        let took = begun.elapsed().as_millis();
        if took > longest {
            longest = took;
            println!("{longest}");
        }
    }
}

/// The signal, raw, on standard output.
fn tone(options: &Arguments) {
    let (format, channels) = (format(options), number(options, "channels", 8));
    let mut next = 1;
    let mut bytes = vec![0; 4800 * channels * format.bytes()];
    for _ in 0..number(options, "seconds", 10) * 10 {
        next = fill(&mut bytes, format, channels, next);
        if io::stdout().write_all(&bytes).is_err() {
            return;
        }
    }
}

/// A sine of 1 kHz on each of six channels, raw, S32_LE: peak at -20 dBFS on the first, 6 dB less on each after it.
fn sine(options: &Arguments) {
    let levels: Vec<f64> = (0..6).map(|channel| 10_f64.powf(f64::from(-20 - 6 * channel) / 20.0)).collect();
    let wave = |at: i32| (f64::from(at) * std::f64::consts::TAU / 48.0).sin() * f64::from(i32::MAX);
    let frame = |at| levels.iter().flat_map(move |level| ((wave(at) * level) as i32).to_le_bytes());
    let tenth: Vec<u8> = (0..4_800).flat_map(frame).collect();
    for _ in 0..number(options, "seconds", 10) * 10 {
        if io::stdout().write_all(&tenth).is_err() {
            return;
        }
    }
}

/// Follows a raw signal on standard input; silence within it takes the place of as many frames.
fn check(options: &Arguments) {
    let (format, channels) = (format(options), number(options, "channels", 2));
    let mut bytes = Vec::new();
    let _ = io::stdin().read_to_end(&mut bytes);
    let map: Vec<usize> = (0..channels).collect();
    let mut follower = Follower { lenient: true, ..Follower::default() };
    follower.follow(&bytes, format, channels, &map);
    println!("check: {} good, {} faults, {} silent", follower.good, follower.faults, follower.silent);
}

/// What the capture command saw.
struct Run {
    follower: Follower,
    map: Vec<usize>,
    played: u32,
    periods: u64,
    lost: u64,
    gone: bool,
    /// True where losses are counted by the clock and so not to the frame.
    by_clock: bool,
    position: Position,
}

/// How far the position is from the time. Single readings are late by chance; the least of many is not.
struct Position {
    begun: Instant,
    frames: u64,
    rate: u64,
    least: i64,
    before: Option<i64>,
}

impl Position {
    fn period(&mut self, frames: u64) {
        self.frames += frames;
        let elapsed = self.begun.elapsed().as_micros() as i64;
        self.least = self.least.min(elapsed - (self.frames * 1_000_000 / self.rate) as i64);
    }

    fn gone(&mut self) {
        self.before = Some(self.least);
        self.least = i64::MAX;
    }
}

fn capture(options: &Arguments) {
    let text = |key: &str| options.get(key).cloned();
    let settings = AlsaSettings {
        capture: text("capture").unwrap_or_default(),
        playback: text("playback"),
        sample_rate: number(options, "rate", 48_000) as u32,
        frames_per_period: number(options, "period", 256),
        periods: number(options, "periods", 64),
        format: text("format").and_then(|name| format_named(&name)),
        capture_channels: text("channels").and_then(|text| text.parse().ok()),
        playback_channels: text("play").and_then(|text| text.parse().ok()),
    };
    let mut device = match AlsaDevice::open(settings) {
        Ok(device) => device,
        Err(error) => return println!("error: {error}"),
    };
    let (format, channels) = device.capture_layout();
    println!("open: {format:?} {channels}, plays {:?}, linked {}", device.playback_layout(), device.linked());
    let map = text("map")
        .map_or((0..channels).collect(), |map| map.split(',').filter_map(|n| n.parse().ok()).collect());
    let mut run = Run {
        follower: Follower::default(),
        map,
        played: 1,
        periods: 0,
        lost: 0,
        gone: false,
        by_clock: text("loss").as_deref() == Some("clock"),
        position: Position {
            begun: Instant::now(),
            frames: 0,
            rate: number(options, "rate", 48_000) as u64,
            least: i64::MAX,
            before: None,
        },
    };
    let end = Instant::now() + Duration::from_secs(number(options, "seconds", 10) as u64);
    let hold = Duration::from_millis(number(options, "hold", 0) as u64);
    let mut stops = text("stop").map(|direction| Stops::new(&direction, hold));
    while Instant::now() < end {
        if let Some(stops) = &mut stops {
            stops.turn();
        }
        run.turn(&mut device);
    }
    if let Some(before) = run.position.before {
        println!(
            "shift: {} us between time and position, before and after",
            run.position.least.abs_diff(before)
        );
    }
    let Follower { good, faults, silent, off, .. } = run.follower;
    println!("off: {off:?}");
    println!(
        "end: {} periods, {good} good, {faults} faults, {silent} silent, {} lost",
        run.periods, run.lost
    );
}

impl Run {
    fn turn(&mut self, device: &mut AlsaDevice) {
        let mut frames = 0;
        let cycle = device.cycle(&mut |capture: CaptureArea<'_>, playback: PlaybackArea<'_>| {
            self.follower.follow(capture.bytes, capture.format, capture.channels, &self.map);
            frames += capture.frames() as u64;
            match playback.channels {
                0 => self.played += capture.frames() as u32,
                channels => self.played = fill(playback.bytes, playback.format, channels, self.played),
            }
        });
        match cycle {
            Cycle::Period => {
                self.gone = false;
                self.position.period(frames);
                self.periods += 1;
            }
            Cycle::Lost { frames, cause } => {
                println!("lost: {frames} {cause:?}");
                self.lost += frames;
                self.position.frames += frames;
                self.played += frames as u32;
                self.follower.resync = self.by_clock && self.follower.expected != 0;
                if cause == GapCause::Suspend {
                    self.position.gone();
                }
                // A source on a card that was gone stood still.
                self.follower.expected = match self.follower.expected {
                    _ if self.gone => 0,
                    0 => 0,
                    expected => expected.wrapping_add(frames as u32),
                };
            }
            Cycle::Gone => {
                println!("gone");
                self.gone = true;
                self.position.gone();
                while !device.revive() {
                    std::thread::sleep(Duration::from_millis(20));
                }
                println!("revived");
            }
            Cycle::Idle | Cycle::Ended => {}
        }
    }
}
