//! Takes open without a warning in readers that are not ours, and decode to what was recorded, bit for bit.
#[path = "common/record.rs"]
mod common;
use common::*;
use proptest::prelude::*;
use std::path::Path;
use vestry::record::{At, Format, Layout, RecordCommand, Writer};
use vestry::rt::block::GapCause;

/// Records 4 inputs and a mix with a marker and a gap, in two parts; returns the take's folder.
fn record(dir: &Path, format: Format, layout: Layout, odd: u64) -> std::path::PathBuf {
    let mut settings = settings(dir, 4);
    (settings.format, settings.layout, settings.mix) = (format, layout, Some([4, 5]));
    settings.tracks[2].name = "Kanzel & <Altar>".into();
    let (mut feeder, sink) = Feeder::new(6, 1024, 40);
    let writer = Writer::spawn(settings, sink, world()).unwrap();
    writer.send(RecordCommand::Marker { at: At::Frame(500), label: "Song 1".into() });
    writer.send(RecordCommand::Split { at: At::Frame(30_001) });
    feeder.feed(20_000, 1000);
    feeder.lose(777, GapCause::Xrun);
    feeder.feed(40_000 + odd, 1000);
    writer.stop_and_join(At::Now);
    takes(dir).remove(0)
}

const GAP: &[(u64, u64)] = &[(20_000, 777)];

#[test]
fn every_reader_reads_every_kind_of_file() {
    for (format, layout, odd) in [
        (Format::Pcm24, Layout::Mono, 0),
        (Format::Pcm24, Layout::Mono, 1),
        (Format::Pcm24, Layout::Polyphonic, 1),
        (Format::Float32, Layout::Mono, 0),
        (Format::Float32, Layout::Polyphonic, 0),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let take = record(dir.path(), format, layout, odd);
        let manifest = verify(&take);
        assert_eq!((manifest.frames, manifest.tracks[0].parts.len()), (Some(60_777 + odd), 2));
        let mut lane = 0;
        for track in &manifest.tracks {
            let lanes: Vec<usize> = (lane..lane + track.channels.len()).collect();
            lane += track.channels.len();
            for part in &track.parts {
                let (from, to) = (part.start, part.start + part.frames.unwrap());
                let path = take.join(&part.file);
                check(path.to_str().unwrap(), format, to - from, &right(&lanes, from, to, GAP));
            }
        }
        assert_eq!(lane, 6);
    }
}

/// Length, format and sound of one file, by four readers.
fn check(path: &str, format: Format, frames: u64, right: &[u8]) {
    let info = told("sox", &["--i", path]);
    assert!(info.contains(&format!("= {frames} samples")), "{info}");
    let word = if format == Format::Pcm24 { "Precision      : 24-bit" } else { "32-bit Float" };
    assert!(info.contains(word) || info.contains("Floating Point"), "{info}");
    let raw = reader("sox", &["-D", path, "-t", "raw", "-e", "signed", "-b", "24", "-L", "-"]);
    assert!(raw == right, "sox decodes {path} otherwise");
    let probe =
        told("ffprobe", &["-v", "warning", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", path]);
    assert_eq!(probe.trim(), frames.to_string());
    // Plain PCM files say nothing of loudspeakers, and ffmpeg remarks so of every one unless told not to guess.
    let raw = reader(
        "ffmpeg",
        &["-v", "warning", "-guess_layout_max", "0", "-i", path, "-f", "s24le", "-c:a", "pcm_s24le", "-"],
    );
    assert!(raw == right, "ffmpeg decodes {path} otherwise");
    let info = told("sndfile-info", &[path]);
    assert!(info.contains(&format!("Frames      : {frames}")), "{info}");
    // An odd number of bytes is legal, padded as ours is; sndfile remarks on it in its own files too.
    let remark = "*** 'data' chunk should be an even number of bytes in length.";
    let remarks: Vec<&str> = info.lines().filter(|line| line.contains("***")).collect();
    assert_eq!(
        remarks,
        if format == Format::Pcm24 && right.len() % 2 == 1 { vec![remark] } else { vec![] },
        "{path}"
    );
}

#[test]
fn mediainfo_reads_what_bext_and_ixml_say() {
    let dir = tempfile::tempdir().unwrap();
    let take = record(dir.path(), Format::Pcm24, Layout::Mono, 0);
    let manifest = verify(&take);
    for part in &manifest.tracks[2].parts {
        let path = take.join(&part.file);
        let info = told("mediainfo", &["--Output=JSON", "--Full", path.to_str().unwrap()]);
        assert!(info.contains("Vestry") && !info.contains("IsTruncated"), "{info}");
        let delay = info.split("\"Delay\": \"").nth(1).and_then(|rest| rest.split('"').next());
        let delay = delay.unwrap_or_else(|| panic!("{info}"));
        let frames = delay.parse::<f64>().unwrap() * f64::from(RATE);
        assert_eq!(frames.round() as u64, manifest.time_reference + part.start);
        let tape = &manifest.name;
        assert!(info.contains(tape.as_str()), "{info}");
    }
    let text = std::fs::read(take.join(&manifest.tracks[2].parts[0].file)).unwrap();
    let text = String::from_utf8_lossy(&text[..16_384]).into_owned();
    assert!(text.contains("<NAME>Kanzel &amp; &lt;Altar&gt;</NAME>") && text.contains("Song 1"));
}

#[test]
fn cue_points_stand_where_markers_and_gaps_are() {
    let dir = tempfile::tempdir().unwrap();
    let take = record(dir.path(), Format::Pcm24, Layout::Polyphonic, 1);
    let log = told("sndfile-info", &[take.join("Take.wav").to_str().unwrap()]);
    assert!(log.contains("500") && log.contains("20000"), "{log}");
    assert!(log.contains("Song 1") && log.contains("gap: xrun, 777 frames"), "{log}");
}

#[test]
fn the_checksum_is_the_one_everybody_computes() {
    let dir = tempfile::tempdir().unwrap();
    let take = record(dir.path(), Format::Pcm24, Layout::Mono, 1);
    let manifest = verify(&take);
    let part = &manifest.tracks[0].parts[0];
    let raw = reader("sox", &["-D", take.join(&part.file).to_str().unwrap(), "-t", "raw", "-"]);
    assert_eq!(part.crc32, Some(format!("{:08x}", crc32fast::hash(&raw))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_number_of_channels_decodes_exactly(channels in 1u32..33, frames in 1u64..3000, poly: bool) {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = settings(dir.path(), channels);
        settings.layout = if poly { Layout::Polyphonic } else { Layout::Mono };
        let (mut feeder, sink) = Feeder::new(channels as usize, 1024, 10);
        let writer = Writer::spawn(settings, sink, world()).unwrap();
        feeder.feed(frames, 1024);
        writer.stop_and_join(At::Now);
        let take = takes(dir.path()).remove(0);
        let manifest = verify(&take);
        let mut lane = 0;
        for track in &manifest.tracks {
            let lanes: Vec<usize> = (lane..lane + track.channels.len()).collect();
            lane += track.channels.len();
            let right = right(&lanes, 0, frames, &[]);
            prop_assert!(sound(&take, &manifest, track) == right);
            if lane == channels as usize {
                let path = take.join(&track.parts[0].file);
                let raw = reader("sox", &["-D", path.to_str().unwrap(), "-t", "raw", "-"]);
                prop_assert!(raw == right);
            }
        }
    }
}
