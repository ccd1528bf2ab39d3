//! Files of all kinds, whole and broken.
//!
//! Runs on: test.
use super::super::header::{Sizes, whole};
use super::super::{DATA_START, Format, RIFF_LIMIT, Spec};
use super::*;
use proptest::prelude::*;
use std::fs::File;
use std::io::Write;

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// A plain file with chunks of one's own around the sound.
fn wave(format: &[u8], before: &[u8], sound: &[u8], claimed: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    bytes.extend((format.len() as u32).to_le_bytes());
    bytes.extend(format);
    bytes.extend(before);
    bytes.extend(b"data");
    bytes.extend(claimed.to_le_bytes());
    bytes.extend(sound);
    bytes
}

/// A `fmt ` chunk of a kind, channels, rate, bytes of a frame and bits of a sample.
fn format(tag: u16, channels: u16, rate: u32, frame: u16, bits: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    [tag, channels].iter().for_each(|half| bytes.extend(half.to_le_bytes()));
    [rate, rate * u32::from(frame)].iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    [frame, bits].iter().for_each(|half| bytes.extend(half.to_le_bytes()));
    bytes
}

fn fault(bytes: &[u8]) -> String {
    read(&file(bytes)).unwrap_err().to_string()
}

proptest! {
    #[test]
    fn ours_are_read_however_long(channels in 1u16..=32, float: bool, frames in 0u64..1 << 40, limit in prop::sample::select(vec![9, RIFF_LIMIT])) {
        let kind = if float { Format::Float32 } else { Format::Pcm24 };
        let spec = Spec { format: kind, channels, sample_rate: 48_000 };
        let sizes = Sizes { data: frames * spec.frame_bytes(), ..Sizes::default() };
        let bext = Bext { time_reference: 77, ..Bext::default() };
        let head = whole(&spec, &bext, "<BWFXML/>", sizes, limit);
        let long = file(&head);
        long.set_len(DATA_START + 10 * spec.frame_bytes()).unwrap();
        let sound = read(&long).unwrap();
        prop_assert_eq!((sound.channels, sound.coding.float, sound.start), (channels, float, DATA_START));
        prop_assert_eq!(sound.time_reference, Some(77));
        // One that says 0 may never have been closed.
        let claimed = if frames == 0 { 10 } else { frames };
        prop_assert_eq!((sound.frames, sound.missing), (claimed.min(10), claimed.saturating_sub(10)));
    }

    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), valid: bool) {
        if valid {
            let model = wave(&format(1, 2, 48_000, 6, 24), b"iXML\x08\0\0\0<TRACK><", &[7; 90], 90);
            bytes.iter_mut().zip(model).for_each(|(byte, model)| if *byte < 245 { *byte = model });
        }
        if let Ok(sound) = read(&file(&bytes)) {
            let frame = u64::from(sound.channels * sound.coding.bytes);
            prop_assert!(sound.start + sound.frames * frame <= bytes.len() as u64);
        }
    }
}

#[test]
fn chunks_lie_in_any_order_and_of_any_length() {
    let mut bext = vec![0; 602];
    bext[338] = 5;
    let mut bytes = wave(&format(1, 1, 44_100, 2, 16), b"LIST\x05\0\0\0abcde\0", &[1; 7], 7);
    bytes.push(0);
    bytes.extend(b"bext\x5a\x02\0\0");
    bytes.extend(bext);
    let ixml = b"<TRACK><NAME>Kick</NAME></TRACK>";
    bytes.extend(b"iXML");
    bytes.extend((ixml.len() as u32).to_le_bytes());
    bytes.extend(ixml);
    let sound = read(&file(&bytes)).unwrap();
    assert_eq!((sound.frames, sound.missing, sound.time_reference), (3, 0, Some(5)));
    assert_eq!(sound.names, ["Kick"]);
}

#[test]
fn one_that_was_never_closed_goes_to_its_end() {
    let good = format(1, 2, 48_000, 4, 16);
    for claimed in [0, u32::MAX] {
        assert_eq!(read(&file(&wave(&good, b"", &[9; 41], claimed))).unwrap().frames, 10);
    }
    let cut = read(&file(&wave(&good, b"", &[9; 41], 400))).unwrap();
    assert_eq!((cut.frames, cut.missing), (10, 90));
    let empty = read(&file(&wave(&good, b"", b"LIST\x04\0\0\0abcd", 0))).unwrap();
    assert_eq!(empty.frames, 0);
}

#[test]
fn what_cannot_be_played_tells_why() {
    assert_eq!(fault(b""), "is empty (0 bytes)");
    assert!(fault(b"ID3 and then some").starts_with("is no wave file"));
    assert_eq!(fault(b"RIFF\x04\0\0\0WAVE"), "has no sound: its fmt chunk is missing or cut off");
    let told = |format: &[u8]| fault(&wave(format, b"", &[0; 100], 100));
    assert_eq!(told(&format(1, 64, 48_000, 192, 24)), "has 64 channels; must have 1..32");
    assert!(told(&format(3, 1, 48_000, 8, 64)).starts_with("has samples of format 3 with 64 bits"));
    assert!(told(&format(2, 1, 48_000, 2, 16)).starts_with("has samples of format 2"));
    assert_eq!(told(&format(1, 1, 384_000, 3, 24)), "has 384000 frames a second; must have 8000..192000");
    let mut cut = wave(&format(1, 1, 48_000, 3, 24), b"", b"", 0);
    cut.truncate(cut.len() - 8);
    assert_eq!(fault(&cut), "has no sound: its data chunk is missing or cut off");
    // 24 bits in a container of 32 are read as such.
    let mut wide = format(0xFFFE, 1, 48_000, 4, 32);
    wide.extend([22, 0, 24, 0, 0, 0, 0, 0, 1, 0]);
    wide.resize(40, 0);
    assert_eq!(read(&file(&wave(&wide, b"", &[0; 8], 8))).unwrap().coding, Coding { bytes: 4, float: false });
}
