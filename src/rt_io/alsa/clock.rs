//! Time, and the frames that go by in it.
//!
//! Runs on: rt.
use nix::time::{ClockId, clock_gettime};

const SECOND: i64 = 1_000_000_000;

/// A moment on CLOCK_MONOTONIC, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub i64);

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self(read(ClockId::CLOCK_MONOTONIC))
    }

    /// The moment `frames` frames earlier.
    pub fn before(self, frames: usize, rate: u32) -> Self {
        Self(self.0.saturating_sub(duration(frames, rate)))
    }

    /// The moment `frames` frames later.
    pub fn after(self, frames: usize, rate: u32) -> Self {
        Self(self.0.saturating_add(duration(frames, rate)))
    }
}

/// Nanoseconds that `frames` frames last.
fn duration(frames: usize, rate: u32) -> i64 {
    let nanoseconds = i128::from(SECOND) * frames as i128 / i128::from(rate.max(1));
    i64::try_from(nanoseconds).unwrap_or(i64::MAX)
}

/// Frames, to the nearest, between two moments and `asleep` nanoseconds more; none where time went backwards.
pub(super) fn frames_between(from: Moment, to: Moment, asleep: i64, rate: u32) -> u64 {
    let elapsed = i128::from(to.0) - i128::from(from.0) + i128::from(asleep.max(0));
    let frames = (elapsed.max(0) * i128::from(rate) + i128::from(SECOND / 2)) / i128::from(SECOND);
    u64::try_from(frames).unwrap_or(u64::MAX)
}

/// Nanoseconds that the system has slept since it booted: CLOCK_MONOTONIC stands still meanwhile.
pub(super) fn asleep() -> i64 {
    // Read twice: what passes between the two calls is not sleep.
    let before = read(ClockId::CLOCK_MONOTONIC);
    let boot = read(ClockId::CLOCK_BOOTTIME);
    let slept = boot - before - (read(ClockId::CLOCK_MONOTONIC) - before) / 2;
    // Less than a millisecond is the difference of two readings, not sleep.
    if slept < SECOND / 1000 { 0 } else { slept }
}

fn read(clock: ClockId) -> i64 {
    clock_gettime(clock).map_or(0, |time| nanoseconds(time.tv_sec(), time.tv_nsec()))
}

fn nanoseconds(seconds: i64, fraction: i64) -> i64 {
    seconds.saturating_mul(SECOND).saturating_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_rounded_and_never_negative() {
        let at = |nanoseconds| Moment(nanoseconds);
        assert_eq!(frames_between(at(0), at(SECOND), 0, 48_000), 48_000);
        assert_eq!(frames_between(at(0), at(10_417), 0, 48_000), 1, "0.500016 frames");
        assert_eq!(frames_between(at(0), at(10_416), 0, 48_000), 0, "0.499968 frames");
        assert_eq!(frames_between(at(SECOND), at(0), 0, 48_000), 0);
        assert_eq!(frames_between(at(0), at(SECOND), 86_400 * SECOND, 192_000), 86_401 * 192_000);
        assert_eq!(at(SECOND).before(48_000, 48_000), at(0));
        assert_eq!(at(0).after(48_000, 48_000), at(SECOND));
        assert!(Moment::now() > at(0));
    }
}
