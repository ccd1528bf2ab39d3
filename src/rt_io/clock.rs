//! CLOCK_MONOTONIC in nanoseconds and frames.
//!
//! Runs on: rt.
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep};
use std::time::Duration;

const SECOND_NS: u64 = 1_000_000_000;

/// Now.
pub fn now_ns() -> u64 {
    read_ns(ClockId::CLOCK_MONOTONIC)
}

/// What the system has slept since it booted: CLOCK_MONOTONIC stands still meanwhile.
pub fn asleep_ns() -> u64 {
    // Read twice: what passes between the two calls is not sleep.
    let before = now_ns();
    let boot = read_ns(ClockId::CLOCK_BOOTTIME);
    let between = now_ns().saturating_sub(before);
    let slept = boot.saturating_sub(before).saturating_sub(between / 2);
    // Less than a millisecond is the difference of two readings, not sleep.
    if slept < SECOND_NS / 1000 { 0 } else { slept }
}

fn read_ns(clock: ClockId) -> u64 {
    clock_gettime(clock).map_or(Duration::ZERO, Duration::from).as_nanos() as u64
}

/// Sleeps until the clock shows `deadline_ns`; returns at once if it does already.
pub fn sleep_until_ns(deadline_ns: u64) {
    let deadline = TimeSpec::from_duration(Duration::from_nanos(deadline_ns));
    while clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::TIMER_ABSTIME, &deadline)
        == Err(nix::errno::Errno::EINTR)
    {}
}

/// The time that `frames` take at `rate` Hz, rounded up.
pub fn frames_to_ns(frames: u64, rate: u64) -> u64 {
    let (seconds, rest) = (frames / rate, frames % rate);
    seconds * SECOND_NS + (rest * SECOND_NS).div_ceil(rate)
}

/// The whole frames that fit into a time at `rate` Hz.
pub fn ns_to_frames(ns: u64, rate: u64) -> u64 {
    ns / SECOND_NS * rate + ns % SECOND_NS * rate / SECOND_NS
}

/// The frames, to the nearest, that a time lasts at `rate` Hz.
pub fn ns_to_nearest_frames(ns: u64, rate: u64) -> u64 {
    ns / SECOND_NS * rate + (ns % SECOND_NS * rate + SECOND_NS / 2) / SECOND_NS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_survive_the_way_to_time_and_back(frames in 0..1_u64 << 40, rate in 8_000..192_000_u64) {
            prop_assert_eq!(ns_to_frames(frames_to_ns(frames, rate), rate), frames);
            prop_assert_eq!(ns_to_nearest_frames(frames_to_ns(frames, rate), rate), frames);
        }
    }

    #[test]
    fn half_a_frame_counts_as_one() {
        assert_eq!(ns_to_nearest_frames(10_417, 48_000), 1, "0.500016 frames");
        assert_eq!(ns_to_nearest_frames(10_416, 48_000), 0, "0.499968 frames");
        assert_eq!(ns_to_nearest_frames(86_401 * SECOND_NS, 192_000), 86_401 * 192_000);
        assert!(now_ns() > 0);
    }
}
