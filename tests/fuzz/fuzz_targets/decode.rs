//! Whatever bytes lie in a clip's file: decoding ends, takes no more memory than it may, and what it gives can be played.
#![no_main]
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use vestry::play::decode::{DecodeError, RATES, decode};

/// Bytes of samples.
const MOST: usize = 1 << 20;

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
});
