//! Tests of decoding, without files of others.
//!
//! Runs on: tests.
use super::collect::Expected;
use super::*;
use proptest::prelude::*;
use std::io::Cursor;

/// Much more than any of these files has.
const MOST: usize = 1 << 20;

fn decoded(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    decode(Cursor::new(bytes.to_vec()), MOST, &|| true)
}

/// A WAV file of 16 bits, or of 32-bit floats, whose header says that it has `claimed` bytes of samples.
fn wav(channels: u16, rate: u32, kind: (u16, u16), claimed: u32, data: &[u8]) -> Vec<u8> {
    let (format, bits) = kind;
    let frame = channels * bits / 8;
    [
        b"RIFF",
        &claimed.saturating_add(36).to_le_bytes()[..],
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &format.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * u32::from(frame)).to_le_bytes(),
        &frame.to_le_bytes(),
        &bits.to_le_bytes(),
        b"data",
        &claimed.to_le_bytes(),
        data,
    ]
    .concat()
}

const PCM: (u16, u16) = (1, 16);
const FLOAT: (u16, u16) = (3, 32);

fn ramp(samples: i16) -> Vec<u8> {
    (0..samples).flat_map(|sample| (sample * 3).to_le_bytes()).collect()
}

#[test]
fn samples_are_what_they_were() {
    let data = ramp(5_000);
    let mono = decoded(&wav(1, 44_100, PCM, 10_000, &data)).unwrap();
    let expected: Vec<_> = (0..5_000_i16).map(|sample| f32::from(sample * 3) / 32_768.0).collect();
    assert_eq!((mono.sound.rate, mono.note), (44_100, None));
    assert_eq!(mono.sound.channels, [expected.into_boxed_slice()]);
    let stereo = decoded(&wav(2, 96_000, PCM, 10_000, &data)).unwrap().sound;
    assert_eq!((stereo.channels.len(), stereo.frames(), stereo.bytes()), (2, 2_500, 20_000));
    assert_eq!(stereo.channels[1][100], 603.0 / 32_768.0);
}

#[test]
fn what_is_no_clip_says_why() {
    let data = ramp(7_000);
    for (bytes, error) in [
        (vec![], DecodeError::Empty),
        (wav(7, 48_000, PCM, 14_000, &data), DecodeError::Channels(7)),
        (wav(1, 4_000, PCM, 14_000, &data), DecodeError::Rate(4_000)),
        (wav(1, 400_000, PCM, 14_000, &data), DecodeError::Rate(400_000)),
    ] {
        assert_eq!(decoded(&bytes), Err(error));
    }
    for text in [&b"This is no sound at all, but a letter."[..], &[0], &[0xff; 3_000]] {
        assert!(matches!(decoded(text), Err(DecodeError::Unknown(_))), "{text:?}");
    }
    let bare = decoded(&wav(1, 48_000, PCM, 0, &[]));
    assert!(matches!(bare, Err(DecodeError::NoSound(_))), "{bare:?}");
}

#[test]
fn what_is_cut_off_plays_as_far_as_it_goes_and_says_so() {
    let whole = wav(1, 48_000, PCM, 96_000, &ramp(9_600));
    let cut = decoded(&whole).unwrap();
    assert_eq!(cut.note.as_deref(), Some("is cut off; plays 0.2 s of 1.0 s"));
    assert_eq!(cut.sound.frames(), 9_600);
    for bytes in [45, 46, 47, 2_000, 2_001, 10_003] {
        match decoded(&whole[..bytes]) {
            Ok(part) => {
                assert_eq!(part.sound.frames(), (bytes - 44) / 2, "{bytes}");
                assert_eq!(part.sound.channels[0][..], cut.sound.channels[0][..part.sound.frames()]);
                assert!(part.note.is_some());
            }
            Err(error) => {
                assert!(bytes == 45 && matches!(error, DecodeError::NoSound(_)), "{bytes} {error:?}")
            }
        }
    }
}

#[test]
fn a_header_that_lies_takes_no_memory_and_a_long_clip_is_refused() {
    let lie = decoded(&wav(2, 48_000, PCM, u32::MAX - 100, &ramp(1_000))).unwrap();
    assert_eq!((lie.sound.frames(), lie.sound.bytes()), (500, 4_000));
    let data = ramp(5_000);
    let file = wav(1, 48_000, PCM, 10_000, &data);
    let within =
        |most| decode(Cursor::new(file.clone()), most, &|| true).map(|decoded| decoded.sound.bytes());
    assert_eq!((within(20_000), within(19_999)), (Ok(20_000), Err(DecodeError::TooLong(19_999))));
    let stopped = decode(Cursor::new(file), MOST, &|| false);
    assert_eq!(stopped, Err(DecodeError::Cancelled));
}

#[test]
fn a_decoder_that_panics_is_an_error() {
    /// A file whose reader panics.
    struct Broken(u8);
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("as the decoder might, after {} bytes", self.0)
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
            Ok(100)
        }
    }
    assert_eq!(decode(Broken(0), MOST, &|| true), Err(DecodeError::Decoder));
}

#[test]
fn numbers_that_are_no_sound_are_silence() {
    let samples = [0.5_f32, f32::NAN, f32::INFINITY, -1e30, -2.5];
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let odd = decoded(&wav(1, 48_000, FLOAT, 20, &data)).unwrap();
    assert_eq!(odd.sound.channels[0][..], [0.5, 0.0, 0.0, 0.0, -2.5]);
    assert_eq!(odd.note.as_deref(), Some("3 samples that are no sound are silence"));
}

/// What is lost before it is known how many channels there are is silence on each of them.
#[test]
fn packets_that_are_lost_at_the_start_leave_channels_of_one_length() {
    let begun = |most| {
        let mut collect = Collect::new(most, Expected { frames: None, cut_off: false });
        collect.reserve(1, 1_000);
        assert_eq!(collect.lost(100), Ok(true));
        collect.accept(2, 48_000).map(|_| collect)
    };
    let mut collect = begun(MOST).unwrap();
    *collect.scratch() = vec![vec![0.5; 10]; 2];
    assert_eq!(collect.add(), Ok(true));
    let sound = collect.finish().unwrap().sound;
    assert!(sound.channels.iter().all(|channel| channel.len() == 110 && channel[100] == 0.5));
    assert_eq!(begun(500).map(|_| ()), Err(DecodeError::TooLong(500)), "the second one finds no room");
}

proptest! {
    /// Bytes that somebody changed give a clip within the limit, or an error; never more. In this build the decoder panics
    /// on sums that overflow, which has to stay in here too.
    #[test]
    fn whatever_a_file_is_it_ends(
        changes in prop::collection::vec((0_usize..400, any::<u8>()), 1..8), cut in 0_usize..400
    ) {
        let mut bytes = wav(2, 48_000, PCM, 356, &ramp(178));
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        bytes.truncate(cut.max(1));
        if let Ok(decoded) = decode(Cursor::new(bytes), 1_000, &|| true) {
            prop_assert!(decoded.sound.bytes() <= 1_000 && decoded.sound.frames() > 0);
            prop_assert!(RATES.contains(&decoded.sound.rate) && decoded.sound.channels.len() <= 2);
        }
    }
}
