//! A file that outgrows RIFF becomes RF64 in place, and everyone reads its true length; where no file can be so large, the take
//! goes on in the next.
#[path = "common/record.rs"]
mod common;
#[path = "common/stub.rs"]
mod stub;
use common::*;
use stub::Control;
use vestry::record::wave::parse::parse;
use vestry::record::{At, Environment, Format, Layout, RecordEvent, Writer};
use vestry::rt::block::GapCause;

#[test]
fn past_a_shortened_limit_it_is_rf64_and_exact() {
    for (limit, large) in [(100_000, true), (200_000, false)] {
        let dir = tempfile::tempdir().unwrap();
        let (mut feeder, sink) = Feeder::new(1, 1024, 20);
        let world = Environment { riff_limit: limit, ..world() };
        let writer = Writer::spawn(settings(dir.path(), 1), sink, world).unwrap();
        feeder.feed(40_000, 1000);
        writer.stop_and_join(At::Now);
        let take = takes(dir.path()).remove(0);
        let path = take.join("01_Input_1.wav");
        assert_eq!(parse(&std::fs::read(&path).unwrap()).unwrap().large, large);
        verify(&take);
        let path = path.to_str().unwrap();
        assert!(told("sndfile-info", &[path]).contains("Frames      : 40000"));
        let info = told(
            "ffprobe",
            &["-v", "warning", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", path],
        );
        assert_eq!(info.trim(), "40000");
        let raw = reader("sox", &["-D", path, "-t", "raw", "-"]);
        assert!(raw == right(&[0], 0, 40_000, &[]));
    }
}

#[test]
fn past_4_gib_it_is_rf64_and_sparse() {
    const HOLE: u64 = 350_000_000;
    let dir = tempfile::tempdir().unwrap();
    let (mut feeder, sink) = Feeder::new(4, 1024, 20);
    let mut settings = settings(dir.path(), 4);
    (settings.format, settings.layout) = (Format::Float32, Layout::Polyphonic);
    let writer = Writer::spawn(settings, sink, world()).unwrap();
    feeder.feed(5000, 1000);
    feeder.lose(HOLE, GapCause::Suspend);
    feeder.feed(5001, 1000);
    let (status, _) = writer.stop_and_join(At::Now);
    let frames = HOLE + 10_001;
    assert_eq!((status.frames, status.frames_lost, status.gaps), (frames, HOLE, 1));
    let take = takes(dir.path()).remove(0);
    let path = take.join("Take.wav");
    assert!(std::fs::metadata(&path).unwrap().len() > 5_600_000_000);
    let path = path.to_str().unwrap();
    assert!(told("sndfile-info", &[path]).contains(&format!("Frames      : {frames}")));
    let info =
        told("ffprobe", &["-v", "warning", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", path]);
    assert_eq!(info.trim(), frames.to_string());
    assert!(told("mediainfo", &["--Inform=Audio;%SamplingCount%", path]).contains(&frames.to_string()));
    let from = format!("{:.6}", (frames - 5001) as f64 / f64::from(RATE));
    let arguments = ["-v", "error", "-ss", &from, "-i", path, "-f", "s24le", "-c:a", "pcm_s24le", "-"];
    let end = reader("ffmpeg", &arguments);
    assert!(end == right(&[0, 1, 2, 3], frames - 5001, frames, &[]));
}

/// As on a stick with FAT32.
#[test]
fn a_take_goes_on_in_the_next_file_where_none_can_have_4_gib() {
    const LOST: u64 = 350_000_000;
    let dir = tempfile::tempdir().unwrap();
    let control = Control::default();
    control.set(|mood| mood.largest = Some(u32::MAX.into()));
    let (mut feeder, sink) = Feeder::new(4, 1024, 20);
    let mut settings = settings(dir.path(), 4);
    (settings.format, settings.layout) = (Format::Float32, Layout::Polyphonic);
    let world = Environment { storage: control.storage(), ..world() };
    let writer = Writer::spawn(settings, sink, world).unwrap();
    feeder.feed(5000, 1000);
    feeder.lose(LOST, GapCause::Suspend);
    feeder.feed(5001, 1000);
    let (status, events) = writer.stop_and_join(At::Now);
    assert_eq!((status.frames, status.gaps, status.fault), (LOST + 10_001, 1, None));
    assert!(!events.iter().any(|event| matches!(event, RecordEvent::Fault { .. })), "{events:?}");
    let take = takes(dir.path()).remove(0);
    let parts = manifest(&take).tracks.remove(0).parts;
    assert_eq!(parts.iter().map(|part| part.frames.unwrap()).sum::<u64>(), status.frames);
    assert_eq!(parts.len(), 2);
    for part in &parts {
        let path = take.join(&part.file);
        assert!(std::fs::metadata(&path).unwrap().len() < 1 << 32);
        let info = told("sndfile-info", &[path.to_str().unwrap()]);
        assert!(info.contains(&format!("Frames      : {}", part.frames.unwrap())), "{info}");
    }
    let from = parts[1].frames.unwrap() - 5001;
    let path = take.join(&parts[1].file);
    let start = format!("{:.6}", from as f64 / f64::from(RATE));
    let end = reader(
        "ffmpeg",
        &[
            "-v",
            "error",
            "-ss",
            &start,
            "-i",
            path.to_str().unwrap(),
            "-f",
            "s24le",
            "-c:a",
            "pcm_s24le",
            "-",
        ],
    );
    assert!(end == right(&[0, 1, 2, 3], status.frames - 5001, status.frames, &[]));
}
