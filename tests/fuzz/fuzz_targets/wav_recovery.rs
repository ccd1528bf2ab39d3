//! Whatever a power cut leaves of a wave file, judging it ends, claims no more than is there and keeps whole frames.
#![no_main]
use libfuzzer_sys::fuzz_target;
use vestry::record::recovery::plan::plan;
use vestry::record::wave::parse::{chunks, parse};
use vestry::record::wave::{DATA_START, Format, Spec};

fuzz_target!(|input: (u64, Option<(bool, u8)>, &[u8])| {
    let (length, known, bytes) = input;
    let known = known.map(|(float, channels)| Spec {
        format: if float { Format::Float32 } else { Format::Pcm24 },
        channels: u16::from(channels.max(1)),
        sample_rate: 48_000,
    });
    for length in [length, bytes.len() as u64] {
        if let Some(plan) = plan(bytes, length, known) {
            assert!(plan.data <= length.saturating_sub(DATA_START));
            assert_eq!(plan.data % plan.spec.frame_bytes(), 0);
            assert!(plan.checksum.is_none_or(|(_, covered)| covered <= plan.data));
            assert!(plan.vouched <= length);
        }
    }
    let _ = parse(bytes);
    assert!(chunks(bytes, length).count() <= bytes.len());
});
