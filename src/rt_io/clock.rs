//! CLOCK_MONOTONIC in nanoseconds and frames.
//!
//! Runs on: rt.
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep};
use std::time::Duration;

const SECOND_NS: u64 = 1_000_000_000;

/// Now.
pub fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from);
    now.as_nanos() as u64
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_survive_the_way_to_time_and_back(frames in 0..1_u64 << 40, rate in 8_000..192_000_u64) {
            prop_assert_eq!(ns_to_frames(frames_to_ns(frames, rate), rate), frames);
        }
    }
}
