//! Six spoken channels through the recorder: what each file and each mix has to hold, reckoned from the clips alone.
use crate::card::{self, Medium, Take};
use crate::guest::Guest;
use crate::sound::{SHORT, expect};
use std::path::Path;
use std::time::Duration;

/// The clips of the Debian package alsa-utils with the seconds of silence after each turn: all different, as
/// `board/sim.toml` has them.
const CLIPS: [(&str, f64); 6] = [
    ("Front_Left", 0.5),
    ("Front_Right", 0.8),
    ("Front_Center", 1.1),
    ("Rear_Left", 1.4),
    ("Rear_Right", 1.7),
    ("Side_Left", 2.0),
];
const RATE: usize = 48_000;
/// Seconds that are played, and recorded.
const PLAYED: usize = 68;
const RECORDED: usize = 62;
/// Seconds that have to be right.
const NEEDED: usize = 60;
/// What the card's file and the guest call the sound.
const FILE: &str = "spoken.raw";

/// Strips of the six inputs: gain in dB and polarity.
const STRIPS: [(f64, bool); 6] =
    [(-3.0, false), (0.0, false), (-6.0, true), (-1.5, false), (2.0, false), (-9.0, true)];
/// Level and place in the recorded mix.
const MIX: [(f64, f64); 6] =
    [(-9.0, -0.6), (-9.0, 0.6), (-12.0, 0.0), (-10.0, -1.0), (-10.0, 1.0), (-6.0, -0.8)];
/// Routes of the two outputs: input from 0 and linear level.
const ROUTES: [&[(usize, f64)]; 2] = [&[(0, 0.5), (2, 0.25), (3, 0.125)], &[(1, 0.4), (4, 0.3)]];
/// Inputs of the monitor mix with their levels in dB, and what each output plays of it.
const MONITOR: [(usize, f64); 2] = [(4, -6.0), (5, -4.5)];
const MONITOR_TO: [f64; 2] = [-3.0, -7.5];
/// Gains of the outputs, in dB.
const OUTPUTS: [f64; 2] = [-1.0, -2.0];

/// The six channels, in 24 bits.
fn channels() -> Result<Vec<Vec<i32>>, String> {
    let clip = |(name, gap): (&str, f64)| {
        let path = format!("/usr/share/sounds/alsa/{name}.wav");
        let read = || hound::WavReader::open(&path)?.samples::<i16>().collect::<Result<Vec<_>, _>>();
        let samples = read().map_err(|error| format!("{path}: {error} (Debian package alsa-utils)"))?;
        let silence = vec![0; (gap * RATE as f64) as usize];
        let turn = samples.into_iter().map(|sample| i32::from(sample) << 8).chain(silence);
        Ok(turn.collect::<Vec<_>>().into_iter().cycle().take(PLAYED * RATE).collect())
    };
    CLIPS.into_iter().map(clip).collect()
}

/// Puts the channels into `folder`, six by six in 24 bits, for the memory of the board: its card would take half a minute to
/// read them.
pub fn prepare(folder: &Path) -> Result<(), String> {
    let channels = channels()?;
    let frame =
        |at: usize| channels.iter().flat_map(move |channel| channel[at].to_le_bytes().into_iter().take(3));
    let bytes: Vec<u8> = (0..PLAYED * RATE).flat_map(frame).collect();
    std::fs::write(folder.join(FILE), bytes).map_err(|error| format!("{FILE}: {error}"))
}

/// The console as the tables above have it, with the longest ring that the sound card has, which outlasts the pauses of an
/// emulator on a busy machine.
fn configuration() -> String {
    let mut text = format!(
        "sample_rate = {RATE}\nframes_per_period = 2048\nperiods = 28\ninputs = 6\noutputs = 2\nrouting_mode = \"matrix\"\n\
         default_routes = ["
    );
    for (output, routes) in ROUTES.iter().enumerate() {
        for (input, level) in *routes {
            text += &format!("{{ input = {}, output = {}, level = {level} }},", input + 1, output + 1);
        }
    }
    text += "]\n[device]\ncapture = \"Loopback,1,0\"\nplayback = \"Loopback,1,1\"\nformat = \"S24_3LE\"\n\
             capture_channels = 6\nplayback_channels = 2\n[realtime]\ncore = 3\nrequired = true\n";
    for (input, ((gain, invert), (mix, pan))) in STRIPS.into_iter().zip(MIX).enumerate() {
        text += &format!(
            "[[input]]\nname = \"{}\"\ngain_db = {gain:.1}\ninvert = {invert}\nmix_db = {mix:.1}\npan = {pan:.1}\n",
            CLIPS[input].0
        );
        if let Some((_, level)) = MONITOR.iter().find(|(at, _)| *at == input) {
            text += &format!("monitor_db = {level:.1}\n");
        }
    }
    for (gain, monitor) in OUTPUTS.into_iter().zip(MONITOR_TO) {
        text += &format!("[[output]]\ngain_db = {gain:.1}\nmonitor_db = {monitor:.1}\n");
    }
    text
}

fn linear(db: f64) -> f64 {
    10_f64.powf(db / 20.0)
}

/// The factor of each input in the recorded mix, by side.
fn mix_factors() -> [[f64; 6]; 2] {
    let side = |side: usize| {
        std::array::from_fn(|input| {
            let ((gain, invert), (level, pan)) = (STRIPS[input], MIX[input]);
            let angle = (pan + 1.0) * std::f64::consts::FRAC_PI_4;
            let place = if side == 0 { angle.cos() } else { angle.sin() };
            linear(gain) * if invert { -1.0 } else { 1.0 } * linear(level) * place
        })
    };
    [side(0), side(1)]
}

/// The factor of each input on each output: its route and its part of the monitor mix.
fn output_factors() -> [[f64; 6]; 2] {
    let output = |output: usize| {
        std::array::from_fn(|input| {
            let (gain, invert) = STRIPS[input];
            let find =
                |list: &[(usize, f64)]| list.iter().find(|(at, _)| *at == input).map(|(_, level)| *level);
            let route = find(ROUTES[output]).unwrap_or(0.0);
            let monitor = find(&MONITOR).map_or(0.0, linear) * linear(MONITOR_TO[output]);
            linear(gain) * if invert { -1.0 } else { 1.0 } * (route + monitor) * linear(OUTPUTS[output])
        })
    };
    [output(0), output(1)]
}

/// The blend of `channels` by `factors`, in units of a 24-bit step.
fn blend(channels: &[Vec<i32>], factors: &[f64; 6]) -> Vec<f64> {
    let frames = channels.first().map_or(0, Vec::len);
    let sum = |at: usize| {
        channels.iter().zip(factors).map(|(channel, factor)| f64::from(channel[at]) * factor).sum()
    };
    (0..frames).map(sum).collect()
}

/// Plays, records and compares.
pub fn recorded(guest: &mut Guest) -> Result<(), String> {
    for part in configuration().lines().collect::<Vec<_>>().chunks(12) {
        let lines = part.join("\\n").replace('"', "\\\"");
        guest.run(&format!("printf \"{lines}\\n\" >>/tmp/spoken.toml"), SHORT)?;
    }
    card::mount(guest, Medium::Disk)?;
    let run = format!(
        "vestry check --config /tmp/spoken.toml && (arecord -q -D hw:Loopback,0,1 -t raw -f S24_3LE -r 48000 -c 2 \
         --buffer-size=48000 -d {RECORDED} /tmp/heard.raw &) && (aplay -q -D hw:Loopback,0,0 -t raw -f S24_3LE -r 48000 -c 6 \
         --buffer-size=48000 /{FILE} &) && sleep 1 && \
         vestry run --config /tmp/spoken.toml --data /mnt --for {RECORDED}s </dev/null; cp /tmp/heard.raw /mnt; \
         rm /tmp/spoken.toml /tmp/heard.raw"
    );
    let lines = guest.run(&run, Duration::from_secs(150))?;
    let take = Take::read(guest, Medium::Disk)?;
    compare(&take, &card::file(&guest.machine, Medium::Disk, "heard.raw")?, &lines)
}

fn compare(take: &Take, heard: &[u8], lines: &[String]) -> Result<(), String> {
    let played = channels()?;
    let length = take.frames()?;
    expect(take.manifest.gaps.is_empty() && length >= NEEDED * RATE, "60 s without a gap", lines)?;
    // Bit for bit, each in its own file and in its own place in time.
    let start =
        starts(&played, &take.inputs).ok_or("the recorded channels are nowhere in what was played")?;
    let same = length.min(PLAYED * RATE - start);
    let whole = same >= NEEDED * RATE;
    let exact = |(at, (file, clip)): (usize, (&Vec<i32>, &Vec<i32>))| {
        let wrong = (0..same).find(|&frame| file[frame] != clip[start + frame]);
        wrong.map(|frame| format!("{} differs at frame {frame}", CLIPS[at].0))
    };
    let wrong: Vec<_> = take.inputs.iter().zip(&played).enumerate().filter_map(exact).collect();
    expect(whole && wrong.is_empty(), &format!("six files as played: {wrong:?}"), lines)?;
    println!(
        "board: six spoken channels bit for bit over {same} frames, from frame {start} of what was played"
    );
    mixes(take, heard, &played, start, lines)
}

/// The recorded mix, frame by frame with the inputs; and what was heard, later by a latency that is found.
fn mixes(
    take: &Take,
    heard: &[u8],
    played: &[Vec<i32>],
    start: usize,
    lines: &[String],
) -> Result<(), String> {
    let shifted: Vec<Vec<i32>> = played.iter().map(|channel| channel[start..].to_vec()).collect();
    for (side, factors) in mix_factors().iter().enumerate() {
        let mix: Vec<i32> = take.mix.iter().skip(side).step_by(2).copied().collect();
        let off = furthest(&mix, &blend(&shifted, factors));
        println!("board: recorded mix {side}: {off:.3} of a 24-bit step off the blend at most");
        expect(off <= 1.0, "the recorded mix is the blend", lines)?;
    }
    let sample = |bytes: &[u8]| i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 8;
    let samples: Vec<i32> = heard.chunks_exact(3).map(sample).collect();
    let blends = output_factors().map(|factors| blend(&shifted, &factors));
    let first = |output: usize| samples.iter().skip(output).step_by(2).copied().collect::<Vec<i32>>();
    let outputs = [first(0), first(1)];
    let latency = latency(&outputs[0], &blends[0]).ok_or("the blend is nowhere in what was heard")?;
    for (output, blend) in outputs.iter().zip(&blends) {
        let off = furthest(&output[latency..], blend);
        let seconds = output.len().saturating_sub(latency).min(blend.len()) as f64 / RATE as f64;
        println!("board: output {latency} frames late: {off:.3} of a 24-bit step off over {seconds:.1} s");
        expect(off <= 1.0 && seconds > 50.0, "what is heard is the blend", lines)?;
    }
    Ok(())
}

fn furthest(samples: &[i32], blend: &[f64]) -> f64 {
    samples.iter().zip(blend).map(|(sample, wanted)| (f64::from(*sample) - wanted).abs()).fold(0.0, f64::max)
}

/// Where in `played` the recording begins: looked for with half a second of all channels in which somebody speaks.
fn starts(played: &[Vec<i32>], recorded: &[Vec<i32>]) -> Option<usize> {
    let probe = RATE / 2;
    let from = 10 * RATE;
    let matches = |&at: &usize| {
        played
            .iter()
            .zip(recorded)
            .all(|(clip, file)| clip.get(at..at + probe) == file.get(from..from + probe))
    };
    let found = (from..PLAYED * RATE).find(matches)?;
    Some(found - from)
}

/// How many frames later than `blend` it is heard.
fn latency(heard: &[i32], blend: &[f64]) -> Option<usize> {
    let (probe, from) = (RATE / 2, 10 * RATE);
    let blend = blend.get(from..from + probe)?;
    let matches = |at: usize| heard.get(at..at + probe).is_some_and(|part| furthest(part, blend) <= 1.0);
    (from..heard.len()).find(|&at| matches(at)).map(|at| at - from)
}
