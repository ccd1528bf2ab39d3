//! Whatever bytes lie in a clip's file: decoding ends, takes no more memory than it may, and what it gives can be played; so does
//! reading it while it plays, from any frame on.
#![no_main]
use libfuzzer_sys::fuzz_target;
use std::fs::File;
use std::io::{Cursor, Write};
use vestry::play::decode::file::FileSource;
use vestry::play::decode::{DecodeError, RATES, decode};
use vestry::play::stream::source::Source;

/// Bytes of samples.
const MOST: usize = 1 << 20;
/// Frames that are read of a stream.
const FRAMES: usize = 1 << 18;

/// A file without a name.
fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room for a temporary file");
    file
}

fn stream(bytes: &[u8]) {
    let Ok(mut source) = FileSource::new(file(bytes)) else { return };
    assert!(RATES.contains(&source.rate()) && (1..=2).contains(&source.channels()));
    for from in [0, 1_000] {
        let mut sound = vec![Vec::new(); source.channels()];
        if source.seek(from).is_err() {
            return;
        }
        while sound[0].len() < FRAMES {
            match source.read(4_096, &mut sound) {
                Ok(0) | Err(_) => break,
                Ok(_) => assert!(sound.iter().all(|channel| channel.len() == sound[0].len())),
            }
        }
        assert!(sound.iter().flatten().all(|sample| sample.is_finite()));
    }
}

fuzz_target!(|bytes: &[u8]| {
    match decode(Cursor::new(bytes.to_vec()), MOST, &|| true) {
        Ok(decoded) => {
            let sound = decoded.sound;
            assert!(RATES.contains(&sound.rate) && (1..=2).contains(&sound.channels.len()));
            assert!(sound.frames() > 0 && sound.bytes() <= MOST);
            assert!(sound.channels.iter().all(|channel| channel.len() == sound.frames()));
            assert!(sound.channels.iter().flatten().all(|sample| sample.is_finite()));
        }
        Err(error) => assert!(error != DecodeError::Cancelled && (error != DecodeError::Empty || bytes.is_empty())),
    }
    stream(bytes);
});
