//! Folders of other recorders.
//!
//! Runs on: test.
use super::super::storage::Disk;
use super::super::wave::bext::Bext;
use super::super::wave::header::{Sizes, whole};
use super::super::wave::{Format, RIFF_LIMIT, Spec};
use super::*;

/// A file of so many channels and frames that begins at a TimeReference.
fn write(dir: &Path, name: &str, (channels, frames, time): (u16, u64, u64)) {
    let spec = Spec { format: Format::Pcm24, channels, sample_rate: 48_000 };
    let bext = Bext { time_reference: time, ..Bext::default() };
    let data = frames * spec.frame_bytes();
    let mut bytes = whole(&spec, &bext, "", Sizes { data, ..Sizes::default() }, RIFF_LIMIT);
    bytes.resize(bytes.len() + data as usize, 1);
    std::fs::write(dir.join(name), bytes).unwrap();
}

fn opened(files: &[(&str, (u16, u64, u64))]) -> Multitrack {
    let dir = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, file)| write(dir.path(), name, *file));
    open(&Disk, dir.path()).unwrap()
}

fn inputs(read: &Multitrack) -> Vec<Option<usize>> {
    read.tracks.iter().map(|track| track.input).collect()
}

fn places(read: &Multitrack) -> Vec<(u64, Option<usize>)> {
    read.files.iter().map(|file| (file.at, file.tracks[0])).collect()
}

#[test]
fn mono_files_are_tracks_of_their_inputs() {
    let read = opened(&[("CH10.wav", (1, 7, 0)), ("CH2.WAV", (1, 9, 0)), ("._CH2.WAV", (1, 9, 0))]);
    assert_eq!((read.rate, read.frames, read.notes.len()), (48_000, 9, 0));
    assert_eq!(inputs(&read), [Some(2), Some(10)]);
    assert_eq!(places(&read), [(0, Some(0)), (0, Some(1))]);
}

#[test]
fn files_that_began_at_different_times_are_put_right() {
    let read = opened(&[("1.wav", (1, 10, 1_000)), ("2.wav", (1, 10, 1_004))]);
    assert_eq!((places(&read), read.frames), (vec![(0, Some(0)), (4, Some(1))], 14));
    assert_eq!(read.notes, ["the files begin where their TimeReference says"]);
    let far = 48_000 * 90_000;
    let read = opened(&[("1.wav", (1, 10, 0)), ("2.wav", (1, 10, far))]);
    assert_eq!((read.frames, read.notes.len()), (10, 1));
}

#[test]
fn parts_of_a_track_follow_one_another() {
    let read = opened(&[("01_A.wav", (1, 10, 5)), ("01_A_p002.wav", (1, 4, 15)), ("02_B.wav", (1, 10, 5))]);
    assert_eq!(inputs(&read), [Some(1), Some(2)]);
    assert_eq!((places(&read), read.frames), (vec![(0, Some(0)), (10, Some(0)), (0, Some(1))], 14));
}

#[test]
fn files_of_several_channels_lie_side_by_side_or_are_one() {
    let read = opened(&[("a.wav", (2, 10, 0)), ("b.wav", (3, 8, 0))]);
    assert_eq!(inputs(&read), (1..=5).map(Some).collect::<Vec<_>>());
    assert_eq!(places(&read), [(0, Some(0)), (0, Some(2))]);
    let read = opened(&[("00000001.WAV", (4, 10, 0)), ("00000002.WAV", (4, 8, 0))]);
    assert_eq!((read.tracks.len(), read.frames, places(&read)[1]), (4, 18, (10, Some(0))));
    let read = opened(&[("a.wav", (20, 10, 0)), ("b.wav", (20, 8, 0))]);
    assert_eq!((read.tracks.len(), read.frames), (20, 18), "more than strips");
    let read = opened(&[("a.wav", (2, 10, 7)), ("b.wav", (2, 8, 17))]);
    assert_eq!((read.tracks.len(), read.frames), (2, 18), "one ends where the other begins");
    let read = opened(&[("1 voice.wav", (1, 10, 0)), ("mix.wav", (2, 10, 0))]);
    assert_eq!(inputs(&read), [Some(1), None, None]);
}

#[test]
fn what_is_wrong_with_a_file_is_a_note_and_with_all_of_them_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let fault = || open(&Disk, dir.path()).unwrap_err().to_string();
    assert!(fault().ends_with("has no wave file that can be played"), "{}", fault());
    std::fs::write(dir.path().join("02.wav"), "").unwrap();
    std::fs::write(dir.path().join("03.wav"), "no sound at all").unwrap();
    assert!(fault().contains("played: 02.wav is empty (0 bytes); 03.wav is no wave file"), "{}", fault());
    write(dir.path(), "01.wav", (1, 10, 0));
    let bytes = std::fs::read(dir.path().join("01.wav")).unwrap();
    std::fs::write(dir.path().join("04.wav"), &bytes[..bytes.len() - 9]).unwrap();
    let read = open(&Disk, dir.path()).unwrap();
    assert_eq!((inputs(&read), read.notes.len()), (vec![Some(1), Some(4)], 3));
    assert_eq!(read.notes[2], "04.wav is cut off: 3 frames of it are missing");
    std::fs::write(dir.path().join("take.json"), "{}").unwrap();
    assert!(fault().contains("take.json"), "{}", fault());
    assert!(open(&Disk, &dir.path().join("none")).unwrap_err().to_string().contains("none cannot be read"));
}

#[test]
fn files_of_different_rates_do_not_go_together() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "1.wav", (1, 10, 0));
    write(dir.path(), "2.wav", (1, 10, 0));
    let mut bytes = std::fs::read(dir.path().join("2.wav")).unwrap();
    let at = bytes.windows(4).position(|four| four == b"fmt ").unwrap() + 12;
    bytes[at..at + 4].copy_from_slice(&44_100_u32.to_le_bytes());
    std::fs::write(dir.path().join("2.wav"), bytes).unwrap();
    let fault = open(&Disk, dir.path()).unwrap_err().to_string();
    assert!(fault.contains("2.wav has 44100 frames a second, 1.wav has 48000"), "{fault}");
}

/// To open a pipe is to wait for its other end.
#[test]
fn what_is_no_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "01.wav", (1, 10, 0));
    let pipe = dir.path().join("02.wav");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::fs::create_dir(dir.path().join("03.wav")).unwrap();
    let read = open(&Disk, dir.path()).unwrap();
    assert_eq!((read.tracks.len(), read.notes), (1, vec!["02.wav is empty (0 bytes)".to_owned()]));
}
