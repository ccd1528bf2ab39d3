//! Promise: folders that other recorders left open as tracks, whatever kind of wave file they are of, and every sample is read to the
//! bit; so do takes of this one.
#[path = "common/clips.rs"]
mod clips;
#[path = "common/record.rs"]
mod record;

use clips::{Kind, make, signal};
use std::fs;
use std::path::Path;
use std::process::Command;
use vestry::play::stream::source::Source;
use vestry::play::take::decode::Pcm;
use vestry::play::take::source::{Piece, TakeSource};
use vestry::record::multitrack::{Multitrack, open};
use vestry::record::storage::Disk;
use vestry::record::{At, Layout, RecordCommand, RecordSettings, Writer};

/// All samples of all tracks.
fn sound(read: &Multitrack) -> Vec<Vec<f32>> {
    let piece = |file: &vestry::record::multitrack::TrackFile| Piece {
        path: file.path.clone(),
        pcm: Pcm::of(file.coding.bytes, file.coding.float).unwrap(),
        start: file.start,
        frames: file.frames,
        at: file.at,
        channels: file.tracks.clone(),
    };
    let pieces = read.files.iter().map(piece).collect();
    let mut source = TakeSource::new(read.rate, read.tracks.len(), read.frames, pieces);
    let mut into = vec![Vec::new(); read.tracks.len()];
    while source.read(1_000, &mut into).unwrap() > 0 {}
    into
}

fn same(read: &Multitrack, expected: &[Vec<f32>]) {
    let read = sound(read);
    assert_eq!(read.len(), expected.len());
    for (read, expected) in read.iter().zip(expected) {
        assert!(read == expected, "to the bit");
    }
}

#[test]
fn files_of_every_kind_are_read_to_the_bit() {
    for (codec, bits, more) in [
        ("pcm_s16le", 16, &[][..]),
        ("pcm_s24le", 24, &[]),
        ("pcm_s32le", 24, &[]),
        ("pcm_f32le", 24, &[]),
        ("pcm_s24le", 24, &["-rf64", "always"]),
        ("pcm_s24le", 24, &["-write_bext", "1", "-metadata", "time_reference=4711"]),
    ] {
        for (channels, rate) in [(1, 44_100), (6, 48_000), (32, 96_000)] {
            let dir = tempfile::tempdir().unwrap();
            let expected = signal(channels, 5_000, bits);
            make(&dir.path().join("Track 7.wav"), &expected, &Kind { rate, codec, more });
            let read = open(&Disk, dir.path()).unwrap();
            assert_eq!((read.rate, read.frames, read.notes.len()), (rate, 5_000, 0), "{codec}");
            let inputs: Vec<_> = read.tracks.iter().map(|track| track.input.unwrap()).collect();
            assert_eq!(inputs, if channels == 1 { vec![7] } else { (1..=channels).collect() });
            same(&read, &expected);
        }
    }
}

#[test]
fn what_sox_writes_is_read_as_sox_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("CH03.wav");
    let sox = |arguments: &[&str]| {
        let output = Command::new("sox").args(arguments).output().expect("sox is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let file = path.to_str().unwrap();
    sox(&["-n", "-r", "88200", "-b", "24", "-c", "2", file, "synth", "0.2", "pinknoise", "sine", "440"]);
    let raw = sox(&[file, "-t", "raw", "-e", "signed", "-b", "32", "-L", "-"]);
    let numbers: Vec<i32> =
        raw.chunks_exact(4).map(|four| i32::from_le_bytes(four.try_into().unwrap())).collect();
    let channel = |channel: usize| {
        numbers.chunks_exact(2).map(|frame| frame[channel] as f32 / 2_147_483_648.0).collect::<Vec<f32>>()
    };
    let read = open(&Disk, dir.path()).unwrap();
    assert_eq!((read.rate, read.tracks.len()), (88_200, 2));
    same(&read, &[channel(0), channel(1)]);
}

#[test]
fn mono_files_of_unequal_length_end_in_silence_and_bext_puts_them_in_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (signal(1, 3_000, 24), signal(2, 1_000, 24).split_off(1));
    let file = |name: &str, sound: &[Vec<f32>], time: u32| {
        let time = format!("time_reference={time}");
        let more = ["-write_bext", "1", "-metadata", &time];
        make(&dir.path().join(name), sound, &Kind { rate: 48_000, codec: "pcm_s24le", more: &more });
    };
    file("01_Kick.wav", &first, 5_000);
    file("03_Voice.wav", &second, 5_500);
    let read = open(&Disk, dir.path()).unwrap();
    let told: Vec<_> = read.tracks.iter().map(|track| (track.name.as_str(), track.input)).collect();
    assert_eq!(told, [("01_Kick", Some(1)), ("03_Voice", Some(3))]);
    let mut late = vec![0.0; 500];
    late.extend(&second[0]);
    late.resize(3_000, 0.0);
    same(&read, &[first[0].clone(), late]);
}

/// What a writer of ours makes of known sound, in parts.
fn recorded(dir: &Path, settings: RecordSettings) -> Multitrack {
    let (mut feeder, sink) = record::Feeder::new(settings.tracks.len(), 512, 64);
    let writer = Writer::spawn(settings, sink, record::world()).unwrap();
    writer.send(RecordCommand::Marker { at: At::Frame(7_000), label: "Sermon".into() });
    feeder.feed(150_000, 512);
    writer.stop_and_join(At::Now);
    open(&Disk, &record::takes(dir)[0]).unwrap()
}

#[test]
fn a_take_of_ours_is_read_to_the_bit_across_its_parts() {
    for layout in [Layout::Mono, Layout::Polyphonic] {
        let dir = tempfile::tempdir().unwrap();
        let settings = record::settings(dir.path(), 3);
        let split_after = Some(std::time::Duration::from_secs(1));
        let read = recorded(dir.path(), RecordSettings { layout, split_after, ..settings });
        assert!(read.files.len() > 3, "{:?}", read.files.len());
        assert_eq!((read.frames, read.notes.len()), (150_000, 0));
        assert_eq!(read.markers, [(7_000, "Sermon".to_owned())]);
        let inputs: Vec<_> = read.tracks.iter().map(|track| track.input).collect();
        assert_eq!(inputs, [Some(1), Some(2), Some(3)]);
        let track = |lane| (0..150_000).map(|at| record::sample(lane, at)).collect::<Vec<f32>>();
        same(&read, &[track(0), track(1), track(2)]);
        // Without its take.json it is as any other's.
        fs::remove_file(record::takes(dir.path())[0].join("take.json")).unwrap();
        let foreign = open(&Disk, &record::takes(dir.path())[0]).unwrap();
        same(&foreign, &[track(0), track(1), track(2)]);
    }
}
