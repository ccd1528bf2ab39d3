//! The promise: a clip that is too long for memory sounds as one in memory does, whatever its format, read in any pieces and
//! from any frame on.
#[path = "common/clips.rs"]
mod clips;
use clips::{Kind, make, signal};
use std::fs::{self, File};
use std::path::Path;
use vestry::play::decode::file::FileSource;
use vestry::play::decode::{DecodeError, decode};
use vestry::play::stream::source::Source;

/// More than any of these clips takes.
const MOST: usize = 1 << 26;

/// So many frames from where the source is, in pieces.
fn read(source: &mut FileSource, frames: usize, piece: usize) -> Vec<Vec<f32>> {
    let mut heard = vec![Vec::new(); source.channels()];
    while heard[0].len() < frames {
        let missing = piece.min(frames - heard[0].len());
        let count = source.read(missing, &mut heard).unwrap();
        assert!(count <= missing);
        if count == 0 {
            break;
        }
    }
    heard
}

fn check(path: &Path) {
    let name = path.display();
    let whole = decode(File::open(path).unwrap(), MOST, &|| true).unwrap();
    let mut source = FileSource::new(File::open(path).unwrap()).unwrap();
    assert_eq!((source.rate(), source.channels()), (whole.sound.rate, whole.sound.channels.len()), "{name}");
    let frames = whole.sound.frames();
    let right = |from: usize, count: usize| -> Vec<Vec<f32>> {
        let cut = |channel: &[f32]| channel[from.min(frames)..(from + count).min(frames)].to_vec();
        whole.sound.channels.iter().map(|channel| cut(channel)).collect()
    };
    assert!(read(&mut source, usize::MAX, 777) == right(0, frames), "{name}");
    for (from, count) in [(0, 5_000), (40_001, 9_000), (12_345, 100), (12_345, 100), (frames - 3, 10), (1, 1)]
    {
        source.seek(from as u64).unwrap();
        assert!(read(&mut source, count, 4_096) == right(from, count), "{name} from {from}");
    }
    source.seek(frames as u64 + 9).unwrap();
    assert_eq!(source.read(10, &mut vec![Vec::new(); whole.sound.channels.len()]), Ok(0), "{name}");
    let surveyed = FileSource::new(File::open(path).unwrap()).unwrap().survey(&|| true);
    assert_eq!(surveyed, Ok((frames as u64, whole.note)), "{name}");
}

#[test]
fn a_stream_is_the_clip() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codec, bits, rate) in [
        ("a.wav", "pcm_s16le", 16, 44_100),
        ("b.wav", "pcm_s24le", 24, 48_000),
        ("c.wav", "pcm_f32le", 24, 96_000),
        ("d.aiff", "pcm_s24be", 24, 48_000),
        ("e.flac", "flac", 24, 48_000),
        ("f.mp3", "libmp3lame", 24, 44_100),
        ("g.ogg", "libvorbis", 24, 48_000),
    ] {
        for channels in [1, 2] {
            let path = dir.path().join(format!("{channels}{name}"));
            make(&path, &signal(channels, 60_001, bits), &Kind { rate, codec, more: &[] });
            check(&path);
        }
    }
}

#[test]
fn one_that_is_cut_off_goes_as_far_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    for (name, codec) in
        [("a.wav", "pcm_s16le"), ("b.aiff", "pcm_s16be"), ("c.flac", "flac"), ("d.ogg", "libvorbis")]
    {
        let path = dir.path().join(name);
        make(&path, &signal(2, 90_000, 16), &Kind { rate: 48_000, codec, more: &[] });
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
        check(&path);
        let (_, note) = FileSource::new(File::open(&path).unwrap()).unwrap().survey(&|| true).unwrap();
        assert!(note.unwrap().contains("cut off"), "{name}");
    }
}

#[test]
fn what_is_no_clip_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let source = |bytes: &[u8]| {
        let path = dir.path().join("x");
        fs::write(&path, bytes).unwrap();
        FileSource::new(File::open(&path).unwrap()).err()
    };
    assert_eq!(source(&[]), Some(DecodeError::Empty));
    assert!(matches!(source(b"Sunday, ten o'clock"), Some(DecodeError::Unknown(_))));
    let path = dir.path().join("seven.wav");
    make(&path, &signal(7, 1_000, 16), &Kind { rate: 48_000, codec: "pcm_s16le", more: &[] });
    assert_eq!(source(&fs::read(&path).unwrap()), Some(DecodeError::Channels(7)));
}
