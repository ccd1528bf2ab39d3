//! The promise: a clip sounds as its file does, whatever its format: lossless ones to the bit, lossy ones as ffmpeg has them,
//! with the same first and last frame.
#[path = "common/clips.rs"]
mod clips;
use clips::{Kind, ffmpeg, make, signal};
use std::fs::{self, File};
use std::path::Path;
use vestry::play::decode::{Decoded, decode};
use vestry::play::sound::Sound;

/// More than any of these clips takes.
const MOST: usize = 1 << 26;

fn decoded(path: &Path) -> Decoded {
    let file = File::open(path).unwrap();
    decode(file, MOST, &|| true).unwrap_or_else(|error| panic!("{} {error}", path.display()))
}

/// What ffmpeg makes of a file, channel by channel.
fn as_ffmpeg(path: &Path, channels: usize) -> Vec<Vec<f32>> {
    let raw = ffmpeg(&["-i", path.to_str().unwrap(), "-f", "f32le", "-c:a", "pcm_f32le", "-"]);
    let samples: Vec<_> =
        raw.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    let channel = |at: usize| samples.iter().skip(at).step_by(channels).copied().collect();
    (0..channels).map(channel).collect()
}

fn same(sound: &Sound, other: &[Vec<f32>], within: f32, name: &str) {
    assert_eq!(sound.channels.len(), other.len(), "{name}");
    for (ours, theirs) in sound.channels.iter().zip(other) {
        assert_eq!(ours.len(), theirs.len(), "{name}");
        let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off <= within, "{name} is {off} off");
    }
}

#[test]
fn lossless_files_are_decoded_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codec, bits) in [
        ("a.wav", "pcm_u8", 8),
        ("b.wav", "pcm_s16le", 16),
        ("c.wav", "pcm_s24le", 24),
        ("d.wav", "pcm_f32le", 24),
        ("e.aiff", "pcm_s16be", 16),
        ("f.aiff", "pcm_s24be", 24),
        ("g.flac", "flac", 16),
        ("h.flac", "flac", 24),
    ] {
        for (channels, rate) in [(1, 44_100), (2, 48_000), (2, 96_000), (1, 11_025)] {
            let path = dir.path().join(name);
            let truth = signal(channels, 30_001, bits);
            make(&path, &truth, &Kind { rate, codec, more: &[] });
            let found = decoded(&path);
            let name = format!("{name} {codec} {channels} {rate}");
            assert_eq!((found.sound.rate, found.note), (rate, None), "{name}");
            same(&found.sound, &truth, 0.0, &name);
            same(&found.sound, &as_ffmpeg(&path, channels), 0.0, &name);
        }
    }
}

/// Encoders' delay and padding are cut off where the file names them: LAME's header, Vorbis's granule positions.
#[test]
fn lossy_files_are_decoded_as_ffmpeg_does_and_keep_their_length() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codec, more) in [
        ("a.mp3", "libmp3lame", &["-b:a", "128k"][..]),
        ("b.mp3", "libmp3lame", &["-q:a", "4", "-id3v2_version", "3", "-metadata", "title=A title"]),
        ("c.ogg", "libvorbis", &["-q:a", "5"]),
        ("d.ogg", "libvorbis", &["-q:a", "-1"]),
    ] {
        for (channels, rate, frames) in
            [(1, 44_100, 30_001), (2, 48_000, 50_000), (2, 44_100, 1_152 * 20), (1, 22_050, 700)]
        {
            let path = dir.path().join(name);
            make(&path, &signal(channels, frames, 16), &Kind { rate, codec, more });
            let found = decoded(&path);
            let name = format!("{name} {channels} {rate} {frames}");
            assert_eq!((found.sound.rate, found.sound.frames(), found.note), (rate, frames, None), "{name}");
            // ffmpeg keeps or loses up to a block at the end of an Ogg file; its last granule position tells the length.
            let (mut ours, mut theirs) = (found.sound, as_ffmpeg(&path, channels));
            if codec == "libvorbis" {
                let common = theirs[0].len().min(frames);
                assert!(theirs[0].len().abs_diff(frames) <= 1_024, "{name}");
                ours.channels.iter_mut().for_each(|channel| *channel = channel[..common].into());
                theirs.iter_mut().for_each(|channel| channel.truncate(common));
            }
            same(&ours, &theirs, 1e-4, &name);
        }
    }
}

/// Without that header nobody knows where the sound begins and ends: nothing is cut off, also where the bit rate varies
/// and the first frame's says nothing of the length.
#[test]
fn an_mp3_without_its_header_keeps_all_of_its_frames() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bare.mp3");
    let mut sound = signal(1, 200_000, 16);
    sound[0][..20_000].fill(0.0);
    for rate in [&["-b:a", "64k"][..], &["-q:a", "2"]] {
        let more = [rate, &["-write_xing", "0", "-id3v2_version", "0"]].concat();
        make(&path, &sound, &Kind { rate: 44_100, codec: "libmp3lame", more: &more });
        let found = decoded(&path);
        let theirs = as_ffmpeg(&path, 1);
        assert!(found.sound.frames() >= 200_000 && found.sound.frames().is_multiple_of(1_152), "{rate:?}");
        same(&found.sound, &theirs, 1e-4, &format!("{rate:?}"));
    }
}

#[test]
fn a_name_says_nothing_of_what_is_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let truth = signal(2, 5_000, 16);
    let kind = Kind { rate: 48_000, codec: "flac", more: &[] };
    make(&dir.path().join("a.flac"), &truth, &kind);
    let wrong = dir.path().join("a.mp3");
    fs::rename(dir.path().join("a.flac"), &wrong).unwrap();
    same(&decoded(&wrong).sound, &truth, 0.0, "a.mp3");
}

/// Each format, cut off in the middle: what there is plays, and the note says that it is not all.
#[test]
fn what_is_cut_off_plays_as_far_as_it_goes_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codec, within) in [
        ("a.wav", "pcm_s16le", 0.0),
        ("b.aiff", "pcm_s16be", 0.0),
        ("c.flac", "flac", 0.0),
        ("d.mp3", "libmp3lame", 0.3),
        ("e.ogg", "libvorbis", 0.3),
    ] {
        let path = dir.path().join(name);
        let truth = signal(2, 150_000, 16);
        make(&path, &truth, &Kind { rate: 48_000, codec, more: &[] });
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
        let found = decoded(&path);
        let (frames, note) = (found.sound.frames(), found.note.unwrap_or_default());
        // Of Ogg whole pages, of a second each here.
        let least = if codec == "libvorbis" { 40_000 } else { 90_000 };
        assert!((least..110_000).contains(&frames), "{name}: {frames}");
        assert!(
            note.contains("plays 1.") || note.contains("plays 2.") || note.contains("is cut off after"),
            "{name}: {note}"
        );
        let begins: Vec<_> = truth.iter().map(|channel| channel[..frames].to_vec()).collect();
        same(&found.sound, &begins, within, name);
    }
}

/// As some old encoders have it: pages that end packets without a granule position. Nothing of them is left out.
#[test]
fn ogg_pages_without_a_position_are_played() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.ogg");
    make(
        &path,
        &signal(1, 400_000, 16),
        &Kind { rate: 48_000, codec: "libvorbis", more: &["-page_duration", "200000"] },
    );
    let whole = decoded(&path).sound;
    let mut bytes = fs::read(&path).unwrap();
    let pages: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"OggS")).collect();
    assert!(pages.len() > 20, "{pages:?}");
    for (page, next) in pages.iter().zip(&pages[1..]).skip(5).step_by(2) {
        bytes[page + 6..page + 14].fill(0xff);
        bytes[page + 22..page + 26].fill(0);
        let sum = ogg_checksum(&bytes[*page..*next]).to_le_bytes();
        bytes[page + 22..page + 26].copy_from_slice(&sum);
    }
    fs::write(&path, bytes).unwrap();
    let found = decoded(&path).sound;
    let more = found.frames() - whole.frames();
    assert!(more < 2_048, "its padding at most: {more} frames");
    let begins: Vec<_> = found.channels.iter().map(|channel| channel[..whole.frames()].to_vec()).collect();
    same(&whole, &begins, 0.0, "a.ogg");
}

/// Of a page whose own checksum is 0 (RFC 3533, section 6): polynomial 0x04c11db7, neither turned round nor inverted.
fn ogg_checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    })
}
