//! Whatever commands come in whatever order, with gaps and in blocks of any size: every take on the medium is valid, and
//! every sample in it is the one of its position.
#[path = "common/record.rs"]
mod common;
use common::*;
use proptest::prelude::*;
use std::time::Duration;
use vestry::record::{At, RecordCommand, Writer};
use vestry::rt::block::GapCause;

#[derive(Clone, Debug)]
enum Turn {
    Send(RecordCommand),
    Feed(usize),
    Lose(u64),
    Pause,
}

fn turn() -> impl Strategy<Value = Turn> {
    let at = || prop_oneof![Just(At::Now), (0u64..15_000).prop_map(At::Frame)];
    prop_oneof![
        at().prop_map(|at| Turn::Send(RecordCommand::Start { at })),
        at().prop_map(|at| Turn::Send(RecordCommand::Stop { at })),
        at().prop_map(|at| Turn::Send(RecordCommand::Split { at })),
        at().prop_map(|at| Turn::Send(RecordCommand::Marker { at, label: "m <&>\u{1}é".into() })),
        (1usize..1024).prop_map(Turn::Feed),
        (1usize..1024).prop_map(Turn::Feed),
        (1u64..3000).prop_map(Turn::Lose),
        Just(Turn::Pause),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn leave_valid_takes(turns in proptest::collection::vec(turn(), 1..50), preroll in 0u64..60, at_once: bool, end in proptest::option::of(0u64..20_000)) {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = settings(dir.path(), 2);
        (settings.preroll, settings.start_at_once) = (Duration::from_millis(preroll), at_once);
        settings.mix = Some([1, 0]);
        let (mut feeder, sink) = Feeder::new(2, 1024, 30);
        let writer = Writer::spawn(settings, sink, world()).unwrap();
        let mut gaps = Vec::new();
        for turn in turns {
            match turn {
                Turn::Send(command) => writer.send(command),
                Turn::Feed(frames) => feeder.block(frames),
                Turn::Lose(frames) => {
                    gaps.push((feeder.position, frames));
                    feeder.lose(frames, GapCause::DeviceLost);
                }
                Turn::Pause => std::thread::sleep(Duration::from_millis(6)),
            }
        }
        writer.stop_and_join(end.map_or(At::Now, At::Frame));
        let mut last = 0;
        for take in takes(dir.path()) {
            let manifest = verify(&take);
            let (from, frames) = (manifest.start_frame, manifest.frames.unwrap());
            prop_assert!(from >= last && frames > 0);
            last = from + frames;
            for (track, lanes) in manifest.tracks.iter().zip([&[0][..], &[1], &[1, 0]]) {
                prop_assert!(sound(&take, &manifest, track) == right(lanes, from, last, &gaps));
            }
            let silent = manifest.gaps.iter().map(|gap| gap.frames).sum::<u64>();
            let overlap = |gap: &(u64, u64)| (gap.0 + gap.1).min(last).saturating_sub(gap.0.max(from));
            prop_assert_eq!(silent, gaps.iter().map(overlap).sum::<u64>());
        }
    }
}
