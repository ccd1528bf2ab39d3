//! Promise: what the box plays itself is what was asked for, on the outputs that were asked for, and in no recording; a click
//! is on its frame after an hour, and of a split pair one has the mix and the other the cues.
#[path = "common/desk.rs"]
mod desk;
#[path = "generator/measure.rs"]
mod measure;
#[path = "common/stage.rs"]
mod stage;

use desk::{Desk, Heard, PERIOD, off_by};
use measure::{bursts, crossings, decibels, rms, sine, spectrum};
use stage::Stage;
use std::process::Command as Program;
use vestry::config;
use vestry::rt::message::Event;

const RATE: usize = 48_000;
const SECOND: usize = RATE / PERIOD;
/// Frames of a ramp and of one piece more.
const EDGE: usize = desk::RAMP as usize + PERIOD;

impl Stage {
    /// A console of two inputs and three outputs that play nothing but what the box plays itself.
    fn new(more: &str) -> Self {
        Self::of(2, 3, more)
    }

    /// So many seconds, while nothing comes in.
    fn hear(&mut self, seconds: f64) -> Vec<Vec<f64>> {
        self.desk.run_with((seconds * SECOND as f64) as usize, |_, _| 0.0).outputs
    }
}

fn generator(keys: &str) -> Stage {
    Stage::new(&format!("generator = {{ {keys} }}"))
}

fn is_silent(heard: &[f64]) -> bool {
    heard.iter().all(|sample| *sample == 0.0)
}

#[test]
fn a_sine_has_its_pitch_its_level_and_nothing_else() {
    for (hz, level) in [(997.0, -20.0), (20.0, 0.0), (19_999.0, -6.0), (440.0, -40.0)] {
        let mut stage = generator(&format!("kind = 'sine', hz = {hz}, level_db = {level}, outputs = [2]"));
        let heard = stage.hear(1.5);
        let (amplitude, rest) = sine(&heard[1][EDGE..], EDGE as u64, hz, RATE as f64);
        assert!(
            (decibels(amplitude) - level).abs() < 0.001,
            "{hz} Hz: {} dB for {level}",
            decibels(amplitude)
        );
        assert!(rest < -110.0, "{hz} Hz at {level} dB: harmonics and noise at {rest} dB");
        assert!(is_silent(&heard[0]) && is_silent(&heard[2]));
    }
}

/// A minute later the phase is the one that the clock asks for, to 1/100,000 of a turn; hours are in `rt::tone`.
#[test]
fn a_sine_does_not_drift() {
    let mut stage = generator("kind = 'sine', hz = 1234.5, level_db = -6, outputs = [1]");
    for _ in 0..59 {
        stage.hear(1.0);
    }
    let heard = stage.hear(1.0);
    let (_, rest) = sine(&heard[0], 59 * RATE as u64, 1_234.5, RATE as f64);
    assert!(rest < decibels(std::f64::consts::TAU / 100_000.0), "{rest} dB");
}

#[test]
fn a_recording_has_nothing_of_it_and_a_limiter_holds_it() {
    let text = "generator = { kind = 'pink', level_db = -6 }\nclick = { on = true }\n\
                [[input]]\nmix_db = 0.0\ntap = 'post'\n[[output]]\nlimiter_db = -12.0";
    let mut stage = Stage::new(text);
    let heard = stage.desk.run(SECOND);
    let mut silent = Stage::new("[[input]]\nmix_db = 0.0\ntap = 'post'");
    assert!(silent.desk.run(SECOND).lanes == heard.lanes);
    let most = |heard: &[f64]| heard.iter().fold(0.0, |most: f64, sample| most.max(sample.abs()));
    assert!(most(&heard.outputs[0]) <= 10_f64.powf(-12.0 / 20.0) + 1e-7);
    assert!(most(&heard.outputs[1]) > 0.5, "the noise itself is louder");
}

/// Power by octave from 20 Hz on falls as it should, within what that many frames of noise leave to chance.
#[test]
fn pink_noise_falls_by_three_decibels_an_octave_and_its_level_is_its_rms() {
    let mut stage = generator("kind = 'pink', level_db = -20, outputs = [3]");
    let heard = stage.hear(90.0).remove(2);
    let level = decibels(rms(&heard[EDGE..]));
    assert!((level + 20.0).abs() < 0.1, "{level} dB");
    let power = spectrum(&heard[EDGE..], 14);
    // Bins of 2.93 Hz; an octave's mean density, its ends counted by half.
    let octaves: Vec<f64> = (0..10)
        .map(|octave| {
            let (low, high) = (7 << octave, 14 << octave);
            let inside: f64 = power[low + 1..high].iter().sum();
            10.0 * ((inside + (power[low] + power[high.min(power.len() - 1)]) / 2.0) / (high - low) as f64)
                .log10()
        })
        .collect();
    let count = octaves.len() as f64;
    let slope =
        (0..).zip(&octaves).map(|(at, level)| (f64::from(at) - (count - 1.0) / 2.0) * level).sum::<f64>()
            / ((count.powi(3) - count) / 12.0);
    assert!((slope + 3.0103).abs() < 0.03, "{slope} dB an octave");
    for pair in octaves.windows(2) {
        assert!((pair[1] - pair[0] + 3.0103).abs() < 0.3, "{octaves:?}");
    }
    sox_agrees(&heard[EDGE..]);
}

/// Another reader: every octave that sox cuts out is as loud as the others.
fn sox_agrees(heard: &[f64]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pink.f32");
    let bytes: Vec<u8> = heard.iter().flat_map(|sample| (*sample as f32).to_le_bytes()).collect();
    std::fs::write(&path, bytes).unwrap();
    let levels: Vec<f64> = (0..8)
        .map(|octave| {
            let band = format!("{}-{}", 62 << octave, 124 << octave);
            let mut sox = Program::new("sox");
            sox.args(["-t", "raw", "-e", "float", "-b", "32", "-c", "1", "-r", "48000"]).arg(&path);
            let told = sox.args(["-n", "sinc", "-t", "10", &band, "stats"]).output().expect("sox");
            let told = String::from_utf8(told.stderr).unwrap();
            let line = told.lines().find_map(|line| line.strip_prefix("RMS lev dB")).expect(&told);
            line.trim().parse().unwrap()
        })
        .collect();
    let mean = levels.iter().sum::<f64>() / levels.len() as f64;
    assert!(levels.iter().all(|level| (level - mean).abs() < 0.3), "{levels:?}");
}

/// The frequency around each frame where the sine is large, from three samples an eighth of a turn apart:
/// (x(t - m) + x(t + m)) / 2 x(t) is the cosine of the angle of m frames.
fn sweeps(heard: &[f64], from: f64, to: f64, frames: usize) {
    let mut looked_at = 0;
    for at in EDGE..frames - EDGE {
        let exact = from * (to / from).powf(at as f64 / frames as f64);
        let m = ((RATE as f64 / exact / 8.0) as usize).max(1);
        if heard[at].abs() < 0.095 || at < EDGE + m || at + m > frames - EDGE {
            continue;
        }
        let cos = (heard[at - m] + heard[at + m]) / (2.0 * heard[at]);
        let hz = cos.acos() / std::f64::consts::TAU / m as f64 * RATE as f64;
        assert!((hz / exact - 1.0).abs() < 0.002, "{hz} Hz for {exact} at {at}");
        looked_at += 1;
    }
    assert!(looked_at > frames / 8);
}

#[test]
fn a_sweep_is_at_its_frequency_at_every_moment_and_then_over() {
    for (from, to) in [(20.0, 20_000.0), (5_000.0, 50.0)] {
        let mut stage = generator(&format!(
            "kind = 'sweep', from_hz = {from}, to_hz = {to}, seconds = 8, level_db = -20, outputs = [1]"
        ));
        let heard = stage.hear(9.0).remove(0);
        let frames = 8 * RATE;
        sweeps(&heard, from, to, frames);
        assert!(is_silent(&heard[frames..]) && heard[frames - 2] != 0.0);
        assert!(
            heard[..20].iter().chain(&heard[frames - 20..frames]).all(|sample| sample.abs() < 0.01),
            "soft ends"
        );
        let ended =
            std::iter::from_fn(|| stage.desk.remote.event()).find(|event| matches!(event, Event::Swept(_)));
        let Some(Event::Swept(number)) = ended else { panic!("nobody is told that it is over") };
        stage.console.swept(number);
        assert_eq!(stage.console.generator().kind, config::GeneratorKind::Off);
        stage.ask(r#"{"command": "generator", "kind": "sweep"}"#);
        sweeps(&stage.hear(9.0)[0], from, to, frames);
    }
    let mut stage =
        generator("kind = 'sweep', from_hz = 100, to_hz = 9000, seconds = 2, repeat = true, outputs = [1]");
    stage.hear(4.0);
    sweeps(&stage.hear(2.0)[0], 100.0, 9_000.0, 2 * RATE);
}

#[test]
fn output_n_beeps_n_times_one_after_another() {
    let mut stage = generator("kind = 'identify'");
    let heard = stage.hear(9.0);
    let beeps: Vec<Vec<(usize, usize)>> = heard.iter().map(|line| bursts(line, 100)).collect();
    let round = (6 * 250 + 3 * 1_000) * RATE / 1_000;
    for (output, beeps) in (1..).zip(&beeps) {
        assert_eq!(beeps.len(), 2 * output, "two rounds of output {output}");
        assert!(beeps.iter().all(|(from, to)| (4_700..=4_800).contains(&(to - from))), "{beeps:?}");
        assert!((0..output).all(|at| beeps[at + output].0 - beeps[at].0 == round));
        assert!(beeps[..output].windows(2).all(|pair| pair[1].0 - pair[0].0 == RATE / 4));
    }
    let order: Vec<usize> = beeps.iter().map(|beeps| beeps[0].0 / 1_000).collect();
    assert_eq!(order, [0, 60, 132], "and a second between them");
}

#[test]
fn it_is_changed_by_command_and_idle_again() {
    let mut stage = Stage::new("");
    assert!(stage.hear(0.1).iter().all(|line| is_silent(line)));
    stage.ask(
        r#"{"command": "generator", "kind": "sine", "outputs": [1, 3], "level_db": -30.0, "hz": 500.0}"#,
    );
    let heard = stage.hear(0.5);
    assert!(heard[0] == heard[2] && is_silent(&heard[1]));
    assert!((decibels(rms(&heard[0][EDGE..])) + 33.01).abs() < 0.05);
    stage.ask(r#"{"command": "generator", "level_db": -40.0}"#);
    stage.hear(0.1);
    assert!((decibels(rms(&stage.hear(0.5)[2])) + 43.01).abs() < 0.05);
    stage.ask(r#"{"command": "generator", "kind": "off"}"#);
    stage.hear(0.1);
    assert!(stage.hear(0.1).iter().all(|line| is_silent(line)));
}

/// round(n * 60 * rate / bpm), by integers.
fn beat(n: u128, thousandths: u128) -> usize {
    let (frames, per) = (n * 60_000 * RATE as u128, thousandths);
    usize::try_from((2 * frames + per) / (2 * per)).unwrap()
}

#[test]
fn a_click_is_on_its_frame_for_an_hour() {
    let mut stage = Stage::new("click = { on = true, bpm = 97.3, beats = 3, outputs = [2] }");
    let (mut n, mut tail) = (0, Vec::new());
    let mut start = 0;
    for _ in 0..3_600 {
        tail.extend(stage.hear(1.0).remove(1));
        // The last one may not be over yet.
        let found = bursts(&tail, 1_000);
        let whole: Vec<_> = found.iter().filter(|(_, to)| to + 1_500 < tail.len()).collect();
        for (from, to) in &whole {
            assert_eq!(start + from, beat(n, 97_300), "beat {n}");
            let high = crossings(&tail[*from..from + RATE / 100]);
            assert_eq!(high, if n % 3 == 0 { 29 } else { 19 }, "pitch of beat {n}");
            assert!(to - from < RATE / 30);
            n += 1;
        }
        let done = whole.last().map_or(0, |(_, to)| to + 1);
        tail.drain(..done);
        start += done;
    }
    assert!((5_836..=5_838).contains(&n), "{n}");
}

#[test]
fn another_tempo_begins_with_the_next_beat() {
    let mut stage = Stage::new("click = { on = true, bpm = 60.0, level_db = -12.0 }");
    let mut heard = stage.hear(1.5).remove(0);
    stage.ask(r#"{"command": "click", "bpm": 150.0}"#);
    heard.extend(stage.hear(1.0).remove(0));
    stage.ask(r#"{"command": "click", "on": false}"#);
    heard.extend(stage.hear(2.0).remove(0));
    let beats: Vec<usize> = bursts(&heard, 1_000).into_iter().map(|(from, _)| from).collect();
    assert_eq!(beats, [0, RATE, 2 * RATE, 2 * RATE + RATE * 2 / 5]);
    let most = heard.iter().fold(0.0, |most: f64, sample| most.max(sample.abs()));
    assert!((decibels(most) + 12.0).abs() < 0.5, "{most}");
}

const SPLIT: &str = "mix = { level_db = -1.5 }\n[[input]]\npan = -1.0\nmix_db = -6.0\n[[input]]\npan = 0.3\nmix_db = -3.0\n\
                     [[output]]\nsplit = true\n[[output]]\nmonitor_db = -6.0";

/// Left of the pair against the mean of what the recording has.
fn is_mono(heard: &Heard) -> bool {
    heard.outputs[0].iter().any(|sample| sample.abs() > 0.05)
        && off_by(&heard.outputs[0], |at| (heard.lanes[2][at as usize] + heard.lanes[3][at as usize]) / 2.0)
            < 1e-6
}

#[test]
fn a_split_pair_has_the_mix_as_mono_and_the_cues_apart() {
    let mut stage = Stage::new(SPLIT);
    let heard = stage.desk.run(20);
    assert!(is_mono(&heard) && is_silent(&heard.outputs[1]) && is_silent(&heard.outputs[2]));
    stage.ask(r#"{"command": "pan", "input": 1, "pan": 0.8}"#);
    stage.ask(r#"{"command": "mix", "input": 2, "db": -12.0}"#);
    stage.ask(r#"{"command": "mix_level", "db": 1.0}"#);
    assert!(is_mono(&stage.desk.run(20)), "while it changes too");
    stage.ask(r#"{"command": "solo", "input": 2, "on": true}"#);
    stage.ask(r#"{"command": "click", "on": true, "bpm": 240.0, "level_db": -6.0}"#);
    let from = stage.desk.remote.counters.position.get();
    let heard = stage.desk.run(SECOND);
    assert!(is_mono(&heard), "no solo and no click in the hall");
    let solo = |at| Desk::input(1, from + at) * 10_f64.powf(-6.0 / 20.0);
    let rest: Vec<f64> = (0..).zip(&heard.outputs[1]).map(|(at, sample)| sample - solo(at)).collect();
    let heard: Vec<f64> =
        rest[EDGE..].iter().map(|sample| if sample.abs() < 1e-6 { 0.0 } else { *sample }).collect();
    let clicks: Vec<usize> = bursts(&heard, 1_000).iter().map(|(at, _)| at / 100).collect();
    assert_eq!(clicks[1..], [114, 234, 354], "a quarter of a second from one to the next, less the ramp");
}

#[test]
fn a_pair_is_split_by_command_and_joined_again() {
    let text = "default_routes = [{ input = 1, output = 1 }, { input = 2, output = 2, level = 0.5 }]";
    let mut stage = Stage::new(text);
    let exact = |stage: &mut Stage| {
        let from = stage.desk.remote.counters.position.get();
        let heard = stage.desk.run(10);
        let input = |input| move |at| Desk::input(input, from + at);
        let own = off_by(&heard.outputs[0], input(0)) < 1e-6
            && off_by(&heard.outputs[1], |at| input(1)(at) * 0.5) < 1e-6;
        (own, is_mono(&heard) && is_silent(&heard.outputs[1]))
    };
    assert_eq!(exact(&mut stage), (true, false));
    stage.ask(r#"{"command": "split_output", "output": 1, "on": true}"#);
    stage.desk.run(10);
    assert_eq!(exact(&mut stage), (false, true));
    stage.ask(r#"{"command": "split_output", "output": 1, "on": false}"#);
    stage.desk.run(10);
    assert_eq!(exact(&mut stage), (true, false));
}

#[test]
fn every_vector_unit_makes_the_same_sound_to_the_bit() {
    let listen = |plain, kind: &str| {
        let mut stage = generator(&format!("kind = '{kind}', level_db = -12.0"));
        stage.desk.plain = plain;
        stage.ask(r#"{"command": "click", "on": true}"#);
        stage.desk.run(SECOND).outputs
    };
    for kind in ["sine", "pink", "sweep", "identify"] {
        assert!(listen(true, kind) == listen(false, kind), "{kind}");
    }
}

#[test]
fn what_does_not_go_together_is_refused_with_what_would() {
    let faults = |text: &str| {
        let text = format!("outputs = 3\n{text}\n[device]\nkind = \"offline\"\n");
        config::parse("box.toml", &text).unwrap_err().to_string()
    };
    let cases = [
        ("generator = { level_db = 1.0 }", "generator.level_db = 1.0: must be -96..0 dB"),
        (
            "generator = { kind = 'loud' }",
            "generator.kind = \"loud\": must be \"off\" or \"sine\" or \"pink\" or \"sweep\" or \"identify\"",
        ),
        ("generator = { outputs = [4] }", "generator.outputs[1] = 4: must be 1..3 (`outputs`)"),
        ("generator = { outputs = [1, 1] }", "generator.outputs[2] = 1: is there twice: each output once"),
        (
            "sample_rate = 32000\ngenerator = { kind = 'sweep' }",
            "generator.to_hz = (not given): must be below half the sample_rate, 16000 Hz",
        ),
        ("click = { bpm = 301 }", "click.bpm = 301: must be 20..300 beats a minute"),
        ("click = { beats = 17 }", "click.beats = 17: must be 1..16"),
        (
            "click = { outputs = [2] }\noutput = [{}, { split = true }]",
            "click.outputs[1] = 2: must not be the output of a split pair with the mix",
        ),
        (
            "output = [{}, {}, { split = true }]",
            "output[3].split = true: must be false on the last output (`outputs`): the one after it has click and cues",
        ),
        (
            "output = [{ split = true }, { split = true }]",
            "output[2].split = true: must be false: this output is the right one of a split pair already",
        ),
        (
            "output = [{ split = true, monitor_db = 0.0 }]",
            "output[1].monitor_db = 0.0: must be left out where split is true: this output plays the mix",
        ),
        (
            "routing_mode = 'matrix'\noutput = [{ split = true }]\ndefault_routes = [{ input = 1, output = 2 }]",
            "default_routes[1].output = 2: must not be an output of a split pair",
        ),
    ];
    for (text, fault) in cases {
        assert_eq!(faults(text), format!("box.toml: {fault}"), "{text}");
    }
}
