//! How late the periods of a card are taken, against the card's own clock. Nothing is recorded.
//!
//! Runs on: main (`listen`), rt (the measured loop, on a thread of its own).
use super::clock::{frames_to_ns, now_ns};
use super::device::{Clocked, Cycle};
use super::sched::{Grants, Realtime};
use super::wakes;

/// A card that gives nothing for so many waits in a row gives nothing at all.
const MOST_IDLE: u32 = 20;

/// What is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Rate in Hz; at least 1.
    pub rate: u32,
    /// Frames of a period; at least 1.
    pub period: usize,
    /// Periods that the ring holds.
    pub periods: usize,
}

/// Why a card was not listened to up to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// It was pulled, or its driver gave up.
    #[error("the card went away while it was measured")]
    Gone,
    /// It runs, and no period comes.
    #[error("the card gives no sound: no period came in {MOST_IDLE} waits")]
    Idle,
}

/// Starts `device` and takes from it as the period loop does until `periods` have passed; how late each was taken after its last
/// frame had been captured, in ns, and what the system granted. Frames that were lost are one entry: the ring and they. Blocks
/// meanwhile.
///
/// # Errors
/// The system has no thread to give; within, the card did not give all periods.
pub fn listen(
    realtime: Realtime,
    mut device: Box<dyn Clocked>,
    ring: Ring,
    periods: usize,
) -> std::io::Result<(Grants, Result<Vec<u32>, Silence>)> {
    let take = move |late: &mut [u32]| take_all(&mut *device, ring, late);
    let (grants, mut late, taken) = wakes::on_a_thread(realtime, periods, take)?;
    Ok((
        grants,
        taken.map(|taken| {
            late.truncate(taken);
            late
        }),
    ))
}

/// The measured loop: takes as many periods as `late` has places, less those that were lost; how many entries there are.
///
/// # Errors
/// The card did not give all periods.
pub fn take_all(device: &mut dyn Clocked, ring: Ring, late: &mut [u32]) -> Result<usize, Silence> {
    let (count, mut passed, mut taken) = (late.len(), 0_usize, 0);
    while let Some(place) = late.get_mut(taken).filter(|_| passed < count) {
        let (late_ns, periods) = take(device, ring)?;
        *place = u32::try_from(late_ns).unwrap_or(u32::MAX);
        passed = passed.saturating_add(periods);
        taken += 1;
    }
    Ok(taken)
}

/// Takes one period, or finds some lost: how late, in ns, and how many periods have passed.
fn take(device: &mut dyn Clocked, ring: Ring) -> Result<(u64, usize), Silence> {
    for _ in 0..MOST_IDLE {
        let mut woke_ns = None;
        let outcome = device.cycle(&mut |_, _| {
            woke_ns.get_or_insert_with(now_ns);
        });
        return match outcome {
            Cycle::Period => Ok((woke_ns.unwrap_or_else(now_ns).saturating_sub(device.captured_ns()), 1)),
            Cycle::Lost { frames, .. } => Ok(lost(ring, frames)),
            Cycle::Idle => continue,
            Cycle::Gone | Cycle::Ended => Err(Silence::Gone),
        };
    }
    Err(Silence::Idle)
}

/// Later than the ring by what was lost.
fn lost(ring: Ring, frames: u64) -> (u64, usize) {
    let all = (ring.period as u64 * ring.periods as u64).saturating_add(frames);
    let periods = usize::try_from(frames / ring.period.max(1) as u64).unwrap_or(usize::MAX).max(1);
    (frames_to_ns(all, u64::from(ring.rate.max(1))), periods)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt_io::device::{Device, Process};
    use vestry_rt::area::{CaptureArea, PlaybackArea};
    use vestry_rt::block::GapCause;
    use vestry_rt::sample::SampleFormat;

    /// Turns that a card has been seen to take, one after another, then the last one for good; a period had been captured so
    /// many ns before it is handed over.
    struct Script {
        turns: Vec<(Cycle, u64)>,
        captured_ns: u64,
    }

    impl Device for Script {
        fn cycle(&mut self, process: &mut Process<'_>) -> Cycle {
            let (cycle, before) = if self.turns.len() > 1 { self.turns.remove(0) } else { self.turns[0] };
            if cycle == Cycle::Period {
                self.captured_ns = now_ns() - before;
                let (format, channels) = (SampleFormat::S16, 1);
                // In two pieces, as where a ring wraps.
                for _ in 0..2 {
                    process(
                        CaptureArea { bytes: &[0; 2], format, channels },
                        PlaybackArea { bytes: &mut [], format, channels: 0 },
                    );
                }
            }
            cycle
        }

        fn revive(&mut self) -> bool {
            false
        }
    }

    impl Clocked for Script {
        fn captured_ns(&self) -> u64 {
            self.captured_ns
        }
    }

    fn heard(turns: &[(Cycle, u64)], periods: usize) -> (Result<Vec<u32>, Silence>, u64) {
        let realtime = Realtime { core: None, priority: 10, lock_memory: false };
        let (ring, begun) = (Ring { rate: 48_000, period: 48, periods: 10 }, now_ns());
        let script = Script { turns: turns.to_vec(), captured_ns: 0 };
        let (_, late) = listen(realtime, Box::new(script), ring, periods).unwrap();
        (late, now_ns() - begun)
    }

    #[test]
    fn a_period_is_late_by_what_passed_since_its_last_frame() {
        let turns = [(Cycle::Period, 1_000_000), (Cycle::Idle, 0), (Cycle::Period, 30_000_000)];
        let (late, all) = heard(&turns, 3);
        let late: Vec<_> = late.unwrap().into_iter().map(u64::from).collect();
        let least = [1_000_000, 30_000_000, 30_000_000];
        assert_eq!(late.len(), 3);
        for (late, least) in late.iter().zip(least) {
            assert!((least..=least + all).contains(late), "{late} is not {least} and up to {all} more");
        }
    }

    #[test]
    fn a_loss_is_later_than_the_ring() {
        let lost = |frames| (Cycle::Lost { frames, cause: GapCause::Xrun }, 0);
        assert_eq!(heard(&[lost(48)], 2).0, Ok(vec![11_000_000; 2]), "528 frames are 11 ms");
        assert_eq!(heard(&[lost(1)], 2).0.unwrap().len(), 2, "less than a period counts as one");
        // What was lost is not waited for once more.
        assert_eq!(heard(&[lost(480)], 25).0, Ok(vec![20_000_000; 3]));
    }

    #[test]
    fn a_card_that_goes_or_gives_nothing_is_no_measurement() {
        assert_eq!(heard(&[(Cycle::Period, 0), (Cycle::Gone, 0)], 2).0, Err(Silence::Gone));
        assert_eq!(heard(&[(Cycle::Idle, 0)], 1).0, Err(Silence::Idle));
        let waits = vec![(Cycle::Idle, 0); MOST_IDLE as usize - 1];
        assert!(heard(&[&waits[..], &[(Cycle::Period, 0)]].concat(), 1).0.is_ok());
    }
}
