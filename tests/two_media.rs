//! Promise: of two media each is recorded to as if it were alone. One stalls, fills up, dies, is missing or comes back;
//! the other has every sample, and the box tells which is which.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/record.rs"]
mod common;
#[path = "two_media/loops.rs"]
mod loops;
#[path = "two_media/optional.rs"]
mod optional;
#[path = "two_media/rig.rs"]
mod rig;
#[path = "common/stub.rs"]
mod stub;

use common::*;
use rig::{BLOCK, INPUTS, Rig, whole};
use std::collections::BTreeSet;
use std::path::Path;
use vestry::record::manifest::TakeState;
use vestry::record::wave::DATA_START;
use vestry::record::{At, Phase, RecordEvent, Writers};

const SECOND: u64 = RATE as u64;

#[test]
fn a_stall_longer_than_the_pool_costs_the_other_medium_nothing() {
    let mut rig = Rig::new(40, true);
    rig.feed(20 * BLOCK, &[0, 1]);
    rig.stub[0].set(|mood| mood.stalled = true);
    // More than 20 s, of which the pool of the first holds less than one.
    rig.feed(21 * SECOND, &[1]);
    rig.stub[0].set(|mood| mood.stalled = false);
    rig.feed(50 * BLOCK, &[0, 1]);
    let (ended, dirs) = rig.end();
    let (first, second) = (&ended[0].0, &ended[1].0);
    assert_eq!((second.frames_lost, second.gaps, second.fault.as_deref()), (0, 0, None));
    whole(&takes(dirs[1].path()), 0, ended.frames);
    let take = takes(dirs[0].path()).remove(0);
    let manifest = verify(&take);
    let [gap] = &manifest.gaps[..] else { panic!("{:?}", manifest.gaps) };
    assert_eq!((gap.cause.as_str(), gap.frames), ("pool_full", first.frames_lost));
    assert!(gap.frames > 19 * SECOND && gap.frames == ended.dropped[0] && ended.dropped[1] == 0);
    for (lane, track) in manifest.tracks.iter().enumerate() {
        let right = right(&[lane], 0, ended.frames, &[(gap.position, gap.frames)]);
        assert!(sound(&take, &manifest, track) == right);
    }
}

#[test]
fn a_stall_within_the_pool_costs_neither_anything() {
    let mut rig = Rig::new(960, true);
    rig.feed(20 * BLOCK, &[0, 1]);
    rig.stub[1].set(|mood| mood.stalled = true);
    rig.feed(20 * SECOND, &[0]);
    rig.stub[1].set(|mood| mood.stalled = false);
    let (ended, dirs) = rig.end();
    assert_eq!((ended[0].0.frames_lost, ended[1].0.frames_lost), (0, 0));
    let manifests = [0, 1].map(|place| whole(&takes(dirs[place].path()), 0, ended.frames));
    assert_eq!(manifests[0].session, manifests[1].session);
    assert_eq!(manifests[0].start_frame, manifests[1].start_frame);
}

#[test]
fn a_medium_that_fills_up_ends_its_take_alone() {
    let mut rig = Rig::new(200, true);
    rig.feed(20 * BLOCK, &[0, 1]);
    rig.stub[1].set(|mood| mood.room = Some(300_000));
    rig.feed_until(&[0, 1], |status| status[1].phase == Phase::Fault);
    assert!(rig.writers.status()[1].fault.as_ref().unwrap().contains("cannot write"));
    rig.feed(SECOND, &[0, 1]);
    let (ended, dirs) = rig.end();
    assert_eq!((ended[0].0.frames_lost, ended[0].0.fault.as_deref()), (0, None));
    whole(&takes(dirs[0].path()), 0, ended.frames);
    let lost = &ended[1].0;
    assert!(lost.frames_unwritten > SECOND && lost.fault.is_some(), "{lost:?}");
    let ends = takes(dirs[1].path()).iter().map(|take| manifest(take).frames.unwrap_or(0)).max().unwrap();
    assert_eq!(ends + lost.frames_unwritten, ended.frames, "every frame is accounted for");
}

#[test]
fn a_medium_that_was_out_goes_on_in_a_new_take_and_its_broken_one_is_repaired() {
    let mut rig = Rig::new(200, true);
    rig.feed(30 * BLOCK, &[0, 1]);
    rig.wait(|status| status.iter().all(|status| status.frames == 30 * BLOCK));
    let file = takes(rig.dirs[0].path()).remove(0).join("01_Input_1.wav");
    rig.wait_for(|| std::fs::metadata(&file).unwrap().len() >= DATA_START + 3 * 30 * BLOCK);
    rig.stub[0].set(|mood| mood.out = true);
    rig.feed_until(&[0, 1], |status| status[0].phase == Phase::Fault);
    rig.feed(2 * SECOND, &[0, 1]);
    let broken = takes(rig.dirs[0].path()).remove(0);
    assert_eq!(manifest(&broken).state, TakeState::Recording, "it could not be closed");
    rig.stub[0].put_in();
    rig.feed_until(&[0, 1], |status| status[0].phase == Phase::Recording);
    rig.wait_for(|| manifest(&broken).state == TakeState::Repaired);
    let running = takes(rig.dirs[0].path()).remove(1);
    assert_eq!(manifest(&running).state, TakeState::Recording, "what is being written is left alone");
    rig.feed(SECOND, &[0, 1]);
    let (ended, dirs) = rig.end();
    assert_eq!((ended[1].0.frames_lost, ended[1].0.fault.as_deref()), (0, None));
    whole(&takes(dirs[1].path()), 0, ended.frames);
    let (first, second) = (verify(&broken), verify(&running));
    let name = broken.file_name().unwrap().to_str().unwrap();
    assert_eq!((second.continues.as_deref(), first.continues.as_deref()), (Some(name), None));
    assert!(first.frames.unwrap() >= 30 * BLOCK && first.session == second.session);
    assert_eq!(second.start_frame + second.frames.unwrap(), ended.frames);
    for (take, manifest) in [(&broken, &first), (&running, &second)] {
        let (from, frames) = (manifest.start_frame, manifest.frames.unwrap());
        for (lane, track) in manifest.tracks.iter().enumerate() {
            assert!(sound(take, manifest, track) == right(&[lane], from, from + frames, &[]));
        }
    }
    let told = |wanted: fn(&RecordEvent) -> bool| ended[0].1.iter().filter(|event| wanted(event)).count();
    assert!(told(|event| matches!(event, RecordEvent::Fault { .. })) >= 1);
    assert_eq!(told(|event| matches!(event, RecordEvent::Repaired { .. })), 1);
    assert!(ended[1].1.iter().all(|event| !matches!(event, RecordEvent::Fault { .. })));
}

#[test]
fn a_medium_that_is_missing_at_the_start_is_told_and_taken_in_when_it_comes() {
    for at_once in [true, false] {
        let mut rig = Rig::with(200, at_once, |stub| stub[1].set(|mood| mood.out = true));
        // What the writer has not looked at yet when the medium comes is not lost: it has to have let a second go.
        rig.feed(SECOND + BLOCK, &[0, 1]);
        rig.wait(|status| {
            status[1].fault.is_some() && status[1].position >= SECOND && status[0].fault.is_none()
        });
        assert_eq!(rig.writers.status()[1].phase, if at_once { Phase::Fault } else { Phase::Idle });
        rig.stub[1].put_in();
        if at_once {
            rig.feed_until(&[0, 1], |status| status[1].phase == Phase::Recording);
        } else {
            rig.wait(|status| status[1].fault.is_none());
        }
        rig.feed(SECOND, &[0, 1]);
        let (ended, dirs) = rig.end();
        assert_eq!((ended[0].0.frames_lost, ended[1].0.fault.as_deref()), (0, None));
        if at_once {
            whole(&takes(dirs[0].path()), 0, ended.frames);
            let start = manifest(&takes(dirs[1].path())[0]).start_frame;
            assert!(start >= SECOND, "{start}");
            assert_eq!(ended[1].0.frames_lost, start);
            whole(&takes(dirs[1].path()), start, ended.frames);
        }
    }
}

#[test]
fn a_medium_that_hangs_for_good_does_not_hold_up_the_end() {
    let mut rig = Rig::new(40, true);
    rig.feed(20 * BLOCK, &[0, 1]);
    rig.stub[0].set(|mood| mood.stalled = true);
    rig.feed(SECOND, &[1]);
    let stub = rig.stub.clone();
    let (ended, dirs) = rig.end();
    whole(&takes(dirs[1].path()), 0, ended.frames);
    assert!(ended[0].0.fault.as_ref().unwrap().contains("does not answer"));
    assert!(stub[0].waiting() > 0, "it hangs to this moment");
    stub[0].set(|mood| mood.stalled = false);
}

#[test]
fn a_second_medium_that_is_none_is_never_recorded_to() {
    // What the stick is mounted on is there, on the same file system as the first medium: the stick is not in.
    let mut rig = Rig::with(200, true, |stub| stub[1].set(|mood| mood.medium = 0));
    rig.feed(6 * SECOND, &[0, 1]);
    let status = rig.wait(|status| status[1].phase == Phase::Fault && status[0].phase == Phase::Recording);
    assert!(status[1].fault.as_ref().unwrap().contains("not on a medium of its own"), "{status:?}");
    assert!(takes(rig.dirs[1].path()).is_empty());
    rig.stub[1].set(|mood| mood.medium = 1);
    rig.feed_until(&[0, 1], |status| status[1].phase == Phase::Recording);
    let (ended, dirs) = rig.end();
    whole(&takes(dirs[0].path()), 0, ended.frames);
}

#[test]
fn without_any_medium_nothing_starts_and_each_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let medium = |name: &str| {
        let (_, sink) = Feeder::new(INPUTS, BLOCK as usize, 4);
        (settings(&dir.path().join(name).join("takes"), INPUTS as u32), sink, world())
    };
    let error = Writers::start(vec![medium("no-card"), medium("no-stick")]).err().unwrap().to_string();
    assert!(error.contains("no-card/takes: cannot create") && error.contains("no-stick"), "{error}");
    assert_eq!((error.lines().count(), std::fs::read_dir(dir.path()).unwrap().count()), (1, 0));
}

#[test]
fn commands_reach_both_media_at_the_same_frame() {
    let mut rig = Rig::new(200, false);
    rig.feed(10 * BLOCK, &[0, 1]);
    let start = rig.position() + 777;
    let send = |rig: &Rig, command| rig.writers.send(&command);
    send(&rig, vestry::record::RecordCommand::Start { at: At::Frame(start) });
    let label = "Sermon".to_owned();
    send(&rig, vestry::record::RecordCommand::Marker { at: At::Frame(start + 1000), label });
    rig.feed(SECOND, &[0, 1]);
    let end = rig.position();
    send(&rig, vestry::record::RecordCommand::Stop { at: At::Frame(end) });
    rig.feed(SECOND, &[0, 1]);
    let (_, dirs) = rig.end();
    let manifests = [0, 1].map(|place: usize| whole(&takes(dirs[place].path()), start, end));
    assert_eq!(manifests[0].markers, manifests[1].markers);
    let names: BTreeSet<_> = manifests.iter().map(|manifest| manifest.number).collect();
    assert_eq!(names.len(), 1, "both begin with their first number");
}

/// The manifest as the medium has it now.
fn state(take: &Path) -> TakeState {
    manifest(take).state
}

#[test]
fn a_real_card_that_is_pulled_and_put_back() {
    loops::dies_and_comes_back(loops::Death::Pulled, state);
}

#[test]
fn a_real_card_that_goes_read_only_and_comes_back() {
    loops::dies_and_comes_back(loops::Death::ReadOnly, state);
}

#[test]
fn a_real_stick_that_hangs() {
    loops::hangs();
}

#[test]
fn a_real_stick_that_fills_up_and_one_that_is_not_in() {
    loops::fills_up();
    loops::is_not_in();
}

#[test]
fn a_real_stick_that_need_not_be_in() {
    loops::need_not_be_in();
}
