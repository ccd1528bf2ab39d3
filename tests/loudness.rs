//! Promise: loudness and true peak are what EBU Tech 3341 and Tech 3342 ask of a meter, of each take from its first frame to
//! its last; measuring costs a take nothing.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/cli.rs"]
mod cli;
#[path = "loudness/memory.rs"]
mod memory;
#[path = "common/record.rs"]
mod record;
#[path = "common/running.rs"]
mod running;
#[path = "loudness/signals.rs"]
mod signals;
#[path = "loudness/writers.rs"]
mod writers;

use record::verify;
use running::Running;
use serde_json::Value;
use signals::{RATE, Stretch, silence, sine, tone};
use std::path::{Path, PathBuf};
use std::process::Command;
use vestry::record::loudness::{Live, Loudness, Meter, Programme};
use vestry::record::manifest::{LoudnessEntry, Manifest};

/// What Tech 3341 allows of loudness, in LU.
const LOUDNESS: f64 = 0.1;
/// What Tech 3342 allows of loudness range, in LU.
const RANGE: f64 = 1.0;
/// What Tech 3341 allows of true peak below and above, in dB.
const PEAK: [f64; 2] = [0.4, 0.2];

fn near(what: &str, value: Option<f64>, wanted: f64, tolerance: f64) {
    let value = value.unwrap_or_else(|| panic!("{what}: none, not {wanted}"));
    assert!((value - wanted).abs() <= tolerance + 1e-9, "{what}: {value}, not {wanted}");
}

fn programme(channels: &[&[f32]], rate: u32) -> Loudness {
    let mut programme = Programme::new(channels.len() as u32, rate);
    programme.add(channels);
    programme.loudness()
}

/// Momentary or short-term loudness of a stereo signal after each `step` of seconds.
fn course(signal: &[f32], step: f64, read: fn(&Live) -> Option<f64>) -> Vec<f64> {
    let mut live = Live::new(2, RATE);
    let chunks = signal.chunks((step * f64::from(RATE)).round() as usize);
    let after = |chunk: &[f32]| {
        live.add(&[chunk, chunk]);
        read(&live).unwrap_or(f64::NEG_INFINITY)
    };
    chunks.map(after).collect()
}

fn most(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

#[test]
fn steady_tones_read_the_same_on_all_three_scales() {
    for (number, signal, wanted) in signals::integrated().into_iter().take(2) {
        let signal = sine(&signal);
        for (what, read) in [("M", Live::momentary as fn(&Live) -> _), ("S", Live::short_term)] {
            let course = course(&signal, 0.5, read);
            near(&format!("Tech 3341 {number} {what}"), course.last().copied(), wanted, LOUDNESS);
        }
    }
}

#[test]
fn short_term_loudness_is_that_of_three_seconds() {
    let signal = [tone(-20.0, 1.34), tone(-30.0, 1.66)].repeat(5);
    for value in course(&sine(&signal), 0.1, Live::short_term).into_iter().skip(30) {
        near("Tech 3341 9", Some(value), -23.0, LOUDNESS);
    }
    for step in 0..20 {
        let late = silence(f64::from(step) * 0.15);
        let signal = sine(&[late, tone(-23.0, 3.0), silence(1.0)]);
        near("Tech 3341 10", most(&course(&signal, 0.05, Live::short_term)), -23.0, LOUDNESS);
    }
    segments("Tech 3341 11", 3.0, 0.15, 0.05, Live::short_term);
}

#[test]
fn momentary_loudness_is_that_of_400_ms() {
    let signal = [tone(-20.0, 0.18), tone(-30.0, 0.22)].repeat(25);
    for value in course(&sine(&signal), 0.01, Live::momentary).into_iter().skip(100) {
        near("Tech 3341 12", Some(value), -23.0, LOUDNESS);
    }
    for step in 0..20 {
        let late = silence(f64::from(step) * 0.02);
        let signal = sine(&[late, tone(-23.0, 0.4), silence(1.0)]);
        near("Tech 3341 13", most(&course(&signal, 0.01, Live::momentary)), -23.0, LOUDNESS);
    }
    segments("Tech 3341 14", 0.4, 0.02, 0.01, Live::momentary);
}

/// Twenty segments, each 1 LU louder and `late` later than the one before; each shows its own largest value.
fn segments(what: &str, window: f64, late: f64, step: f64, read: fn(&Live) -> Option<f64>) {
    let one = |at: u32| {
        let late = f64::from(at) * late;
        [silence(late), tone(-38.0 + f64::from(at), window), silence(window - late)]
    };
    let signal: Vec<Stretch> = (0..20).flat_map(one).collect();
    let course = course(&sine(&signal), step, read);
    let length = (2.0 * window / step).round() as usize;
    for (at, segment) in course.chunks(length).enumerate() {
        near(&format!("{what}, segment {at}"), most(segment), -38.0 + at as f64, LOUDNESS);
    }
}

#[test]
fn surround_channels_weigh_more() {
    let channels = signals::surround();
    let loudness = programme(&channels.each_ref().map(Vec::as_slice), RATE);
    near("Tech 3341 6", loudness.integrated_lufs, -23.0, LOUDNESS);
}

#[test]
fn true_peaks_lie_between_samples() {
    for (number, signal, wanted) in signals::true_peak() {
        let silence = vec![0.0; signal.len()];
        for channels in [&[&signal[..]][..], &[&signal, &signal], &[&silence, &signal]] {
            let value = programme(channels, RATE).true_peak_dbtp.unwrap();
            let fits = (wanted - PEAK[0]..=wanted + PEAK[1]).contains(&value);
            assert!(fits, "Tech 3341 {number} of {} channels: {value}, not {wanted}", channels.len());
        }
    }
    // What lies on no sample is what these are about.
    let largest = |signal: &[f32]| signal.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let [.., between, _] = &signals::true_peak();
    assert!(largest(&between.1) < 0.75, "{}", largest(&between.1));
}

#[test]
fn a_mono_signal_counts_once_at_every_rate() {
    for rate in [8_000, 44_100, 48_000, 96_000, 192_000] {
        let turn = std::f64::consts::TAU * 997.0 / f64::from(rate);
        let signal: Vec<f32> = (0..rate * 4).map(|at| (0.1 * (turn * f64::from(at)).sin()) as f32).collect();
        // A full-scale sine of 997 Hz in one channel is -3.01 LUFS (BS.1770).
        near("one channel", programme(&[&signal], rate).integrated_lufs, -23.01, LOUDNESS);
        near("two channels", programme(&[&signal, &signal], rate).integrated_lufs, -20.0, LOUDNESS);
        near("true peak", programme(&[&signal], rate).true_peak_dbtp, -20.0, 0.1);
    }
}

/// Writes a mono file of 24 bit.
fn wave(path: &Path, signal: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in signal {
        writer.write_sample((f64::from(*sample) * 8_388_607.0).round() as i32).unwrap();
    }
    writer.finalize().unwrap();
}

/// Runs the box on `sources` for so many seconds, as fast as it can; its one take.
fn run(dir: &Path, more: &str, sources: &str, seconds: f64) -> PathBuf {
    let config = format!(
        "realtime = {{ lock_memory = false }}\n{more}\n[device]\nkind = \"offline\"\n[device.offline]\npaced = false\n\
         duration_s = {seconds}\nsources = [{sources}]\n"
    );
    std::fs::write(dir.join("box.toml"), config).unwrap();
    let output = cli::vestry(dir, &["run", "--config", "box.toml", "--data", "takes"]);
    assert!(output.status.success(), "{}", cli::said(&output));
    cli::takes(&dir.join("takes")).remove(0)
}

/// Two inputs, left and right in the mix at their own level.
const STEREO: &str = "inputs = 2\ninput = [{ pan = -1.0, mix_db = 0.0 }, { pan = 1.0, mix_db = 0.0 }]";

/// What a take of `signal` in both channels has in its `take.json`.
fn stereo(signal: &[Stretch]) -> (Manifest, LoudnessEntry) {
    let dir = tempfile::tempdir().unwrap();
    let samples = sine(signal);
    wave(&dir.path().join("signal.wav"), &samples);
    let seconds = samples.len() as f64 / f64::from(RATE);
    let take = run(dir.path(), STEREO, "{ file = \"signal.wav\" }, { file = \"signal.wav\" }", seconds);
    let manifest = verify(&take);
    let loudness = manifest.loudness.clone().expect("the take has its loudness");
    (manifest, loudness)
}

#[test]
fn takes_of_the_test_signals_say_their_loudness_and_range() {
    for (number, signal, wanted) in signals::integrated() {
        let (manifest, loudness) = stereo(&signal);
        let mix = loudness.mix.unwrap();
        near(&format!("Tech 3341 {number}"), mix.integrated_lufs, wanted, LOUDNESS);
        assert_eq!(Some(loudness.frames), manifest.frames, "every frame of it is measured");
        let tracks: Vec<_> = loudness.tracks.iter().map(|track| (track.name.as_str(), track.input)).collect();
        assert_eq!(tracks, [("Input 1", 1), ("Input 2", 2)]);
        for track in &loudness.tracks {
            // One channel of the two; that it is a little quieter moves no gate here.
            near(&format!("track of {number}"), track.loudness.integrated_lufs, wanted - 3.01, LOUDNESS);
        }
    }
    for (number, signal, wanted) in signals::range() {
        let mix = stereo(&signal).1.mix.unwrap();
        near(&format!("Tech 3342 {number}"), mix.range_lu, wanted, RANGE);
    }
}

#[test]
fn a_take_of_speech_reads_as_ffmpeg_reads_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let clips = ["Front_Left", "Front_Right", "Front_Center", "Rear_Left"];
    let sources: Vec<_> = (0_u8..)
        .zip(clips)
        .map(|(at, clip)| format!("{{ file = \"/usr/share/sounds/alsa/{clip}.wav\", gap_s = {}.3 }}", at % 3))
        .collect();
    let more = "inputs = 4\ninput = [{ pan = -0.7, mix_db = 2.0 }, { pan = 0.4 }, {}, { mix_db = -20.0 }]";
    let manifest = {
        let take = run(dir.path(), more, &sources.join(", "), 30.0);
        let manifest = verify(&take);
        let loudness = manifest.loudness.clone().unwrap();
        for (track, ours) in manifest.tracks.iter().zip(loudness.tracks.iter().map(|track| track.loudness)) {
            as_ffmpeg(&take.join(&track.parts[0].file), ours);
        }
        let mix = manifest.tracks.last().unwrap();
        assert_eq!((mix.stem.as_str(), manifest.tracks.len()), ("Mix", 5));
        as_ffmpeg(&take.join(&mix.parts[0].file), loudness.mix.unwrap());
        manifest
    };
    // What is written is read back the same.
    let read = serde_json::from_str::<Manifest>(&serde_json::to_string(&manifest).unwrap()).unwrap();
    assert_eq!(read, manifest);
}

/// The same values from ffmpeg's own filter.
fn as_ffmpeg(path: &Path, ours: Loudness) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(path);
    let filter = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-";
    let output = ffmpeg.args(["-af", filter, "-f", "null", "-"]).output().expect("ffmpeg is installed");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all = |wanted: fn(&str) -> bool| -> Vec<f64> {
        let tags = text.lines().filter_map(|line| line.strip_prefix("lavfi.r128.")?.split_once('='));
        tags.filter(|(key, _)| wanted(key)).map(|(_, value)| value.parse().unwrap()).collect()
    };
    let last = |wanted| *all(wanted).last().unwrap();
    near(&format!("{} I", path.display()), ours.integrated_lufs, last(|key| key == "I"), LOUDNESS);
    near(&format!("{} LRA", path.display()), ours.range_lu, last(|key| key == "LRA"), RANGE);
    // Linear, a channel each, the largest so far.
    let peak = 20.0 * all(|key| key.starts_with("true_peaks_ch")).into_iter().fold(0.0, f64::max).log10();
    near(&format!("{} TP", path.display()), ours.true_peak_dbtp, peak, 0.2);
}

#[test]
fn silence_has_no_loudness_and_without_the_key_nothing_is_measured() {
    let dir = tempfile::tempdir().unwrap();
    let manifest =
        verify(&run(dir.path(), "inputs = 2\nrecording = { mix = false }", "{}, { tone_hz = 440.0 }", 2.0));
    let loudness = manifest.loudness.unwrap();
    assert_eq!((loudness.mix, loudness.tracks[0].loudness), (None, Loudness::default()));
    assert!(loudness.tracks[1].loudness.integrated_lufs.is_some());
    let dir = tempfile::tempdir().unwrap();
    let take = run(dir.path(), "loudness = false\ninputs = 1", "{ tone_hz = 440.0 }", 2.0);
    assert_eq!(verify(&take).loudness, None);
    assert!(!std::fs::read_to_string(take.join("take.json")).unwrap().contains("loudness"));
}

const BOX: &str = r#"
inputs = 2
realtime = { lock_memory = false }
input = [{ pan = -1.0, mix_db = 0.0 }, { mute = true }]
[device]
kind = "offline"
[device.offline]
sources = [{ tone_hz = 997.0, level_db = -20.0 }, {}]
[mqtt]
id = "hall"
host = "127.0.0.1"
health_s = 1
"#;

#[test]
fn the_technician_sees_it_while_the_take_runs() {
    let broker = broker::Broker::start();
    let mut ear = broker.listen();
    let dir = tempfile::tempdir().unwrap();
    let vestry = Running::beside(broker.port, dir.path(), BOX);
    let full = |mix: &Value| {
        ["short_term_lufs", "integrated_lufs", "range_lu", "true_peak_dbtp"]
            .iter()
            .all(|key| mix[key].is_number())
    };
    let health = ear.until("a take's loudness", |message| {
        message.topic == "vestry/hall/health" && full(&message.json()["loudness"]["mix"])
    });
    let meters = ear.until("meters", |message| message.topic == "vestry/hall/meters").json();
    let told = |value: &Value| value.as_f64();
    let (health, live) = (&health.json()["loudness"], &meters["loudness"]);
    // One channel of the mix, and the input itself.
    for of in [&health["mix"], &health["inputs"][0]] {
        near("S", told(&of["short_term_lufs"]), -23.0, 0.15);
        near("I", told(&of["integrated_lufs"]), -23.0, 0.15);
        near("LRA", told(&of["range_lu"]), 0.0, 0.15);
        near("TP", told(&of["true_peak_dbtp"]), -20.0, 0.2);
    }
    for of in [&live["mix"], &live["inputs"][0]] {
        near("M", told(&of["momentary_lufs"]), -23.0, 0.15);
        near("S", told(&of["short_term_lufs"]), -23.0, 0.15);
    }
    assert!(
        health["inputs"][1]["integrated_lufs"].is_null() && live["inputs"][1]["momentary_lufs"].is_null()
    );
    let threads =
        std::fs::read_dir(format!("/proc/{}/task", vestry.id())).unwrap().map(|task| task.unwrap().path());
    let nice = threads.map(|task| std::fs::read_to_string(task.join("stat")).unwrap()).find_map(|stat| {
        let (name, rest) = stat.split_once(") ")?;
        name.ends_with("(loudness").then(|| rest.split_whitespace().nth(16).unwrap().to_owned())
    });
    assert_eq!(nice.as_deref(), Some("10"), "it gives way to everything else");
    vestry.end();
    let loudness =
        verify(&cli::takes(&dir.path().join("takes"))[0]).loudness.expect("SIGTERM leaves time for it");
    near("I", loudness.mix.unwrap().integrated_lufs, -23.0, LOUDNESS);
}
