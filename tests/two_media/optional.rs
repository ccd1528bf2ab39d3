//! A second medium that may be out: nothing is wrong without it, and whoever pulls it in the middle of a take is told.
use super::SECOND;
use super::common::*;
use super::rig::{Ended, Rig, whole};
use vestry::record::{At, Phase, RecordCommand, RecordEvent, RecordStatus};

/// Not in, and nothing wrong with that.
fn absent(status: &RecordStatus) -> bool {
    status.absent && status.phase == Phase::Idle && status.fault.is_none() && status.frames_lost == 0
}

fn faults(ended: &Ended) -> usize {
    let second = ended[1].1.iter();
    second.filter(|event| matches!(event, RecordEvent::Fault { .. })).count()
}

#[test]
fn without_it_nothing_is_wrong_and_once_it_comes_it_has_a_take() {
    let mut rig = Rig::optional(200, true);
    rig.feed(7 * SECOND, &[0, 1]);
    rig.wait(|status| absent(&status[1]) && status[1].position >= 2 * SECOND);
    rig.stub[1].set(|mood| mood.medium = 1);
    rig.feed_until(&[0, 1], |status| status[1].phase == Phase::Recording && !status[1].absent);
    rig.feed(SECOND, &[0, 1]);
    let (ended, dirs) = rig.end();
    whole(&takes(dirs[0].path()), 0, ended.frames);
    let start = manifest(&takes(dirs[1].path())[0]).start_frame;
    assert!(start >= 2 * SECOND, "{start}");
    whole(&takes(dirs[1].path()), start, ended.frames);
    assert_eq!((faults(&ended), ended[1].0.fault.as_deref()), (0, None));
    assert_eq!(ended[1].0.frames_unwritten, 0, "nothing was wanted of it while it was out");
}

#[test]
fn pulled_in_the_middle_of_a_take_it_is_a_fault_until_that_ends() {
    let mut rig = Rig::optional(200, true);
    rig.stub[1].set(|mood| mood.medium = 1);
    rig.feed_until(&[0, 1], |status| status[1].phase == Phase::Recording && status[1].frames > SECOND);
    rig.pull();
    rig.feed_until(&[0, 1], |status| status[1].phase == Phase::Fault);
    rig.feed(12 * SECOND, &[0, 1]);
    let status = rig.wait(|status| status[1].frames_unwritten > 10 * SECOND);
    assert!(status[1].phase == Phase::Fault && !status[1].absent, "looked at again, and still a fault");
    let stop = rig.position();
    rig.writers.send(&RecordCommand::Stop { at: At::Frame(stop) });
    rig.feed(SECOND, &[0, 1]);
    rig.wait(|status| status[1].absent && status[1].phase == Phase::Idle && status[1].fault.is_none());
    let (ended, dirs) = rig.end();
    whole(&takes(dirs[0].path()), 0, stop);
    assert_eq!((ended[0].0.frames_lost, ended[1].0.fault.as_deref()), (0, None));
    assert!(faults(&ended) >= 1);
}

#[test]
fn taken_out_between_two_takes_it_is_none() {
    let mut rig = Rig::optional(200, false);
    rig.stub[1].set(|mood| mood.medium = 1);
    // One that is in but was out at the start is looked for every 5 s.
    rig.wait(|status| !status[1].absent && status[1].phase == Phase::Idle);
    std::fs::remove_dir_all(rig.dirs[1].path()).unwrap();
    rig.pull();
    let start = rig.position();
    rig.writers.send(&RecordCommand::Start { at: At::Frame(start) });
    rig.feed(2 * SECOND, &[0, 1]);
    rig.wait(|status| absent(&status[1]) && status[0].phase == Phase::Recording);
    let (ended, dirs) = rig.end();
    whole(&takes(dirs[0].path()), start, ended.frames);
    assert_eq!((faults(&ended), ended[1].0.frames_unwritten), (0, 0));
}
