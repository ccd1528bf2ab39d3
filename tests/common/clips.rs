//! Files of sound that ffmpeg makes of known samples.
#![allow(dead_code)]
use std::f32::consts::TAU;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a file is like.
pub struct Kind<'a> {
    /// Frames a second.
    pub rate: u32,
    /// As ffmpeg calls it.
    pub codec: &'a str,
    /// More of its arguments.
    pub more: &'a [&'a str],
}

/// What ffmpeg writes to standard output.
pub fn ffmpeg(arguments: &[&str]) -> Vec<u8> {
    let output =
        Command::new("ffmpeg").args(["-v", "error"]).args(arguments).output().expect("ffmpeg is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A tone of its own on each channel and some noise, at most 0.6, rounded to so many bits.
pub fn signal(channels: usize, frames: usize, bits: u32) -> Vec<Vec<f32>> {
    let full = (1_u32 << (bits - 1)) as f32;
    let mut noise = 1_u32;
    let channel = |channel: usize| {
        let step = TAU / (90.0 + 37.0 * channel as f32);
        let sample = |frame: usize| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = (noise >> 8) as f32 / (1 << 24) as f32 - 0.5;
            let tone = (step * (frame % 3_330) as f32).sin();
            ((0.5 * tone + 0.1 * hiss) * full).round() / full
        };
        (0..frames).map(sample).collect()
    };
    (0..channels).map(channel).collect()
}

/// Writes the samples to a file of that kind; lossless where the kind is and has the bits for it.
pub fn make(path: &Path, channels: &[Vec<f32>], kind: &Kind<'_>) {
    let frames = channels[0].len();
    let samples = (0..frames).flat_map(|frame| channels.iter().map(move |channel| channel[frame]));
    // 32-bit integers: neither 24 bits nor 8 are rounded on the way.
    let raw: Vec<u8> =
        samples.flat_map(|sample| ((f64::from(sample) * 2_147_483_648.0) as i32).to_le_bytes()).collect();
    let (rate, count) = (kind.rate.to_string(), channels.len().to_string());
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "s32le", "-ar", &rate, "-ac", &count, "-i", "-"]);
    // FLAC takes 16 bits unless it is told that there are more.
    let deep = kind.codec == "flac" && channels[0].iter().any(|sample| (sample * 32_768.0).fract() != 0.0);
    let format = match kind.codec {
        "flac" if deep => &["-sample_fmt", "s32", "-bits_per_raw_sample", "24"][..],
        "flac" => &["-sample_fmt", "s16"],
        _ => &[],
    };
    command.args(["-c:a", kind.codec]).args(format).args(kind.more).arg(path);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("ffmpeg is installed");
    child.stdin.take().unwrap().write_all(&raw).unwrap();
    assert!(child.wait().unwrap().success(), "{}", path.display());
}
