//! Beats and bars in frames, for starts that wait for them: the same ones that the click is heard on.
//!
//! Runs on: supervisor.
use crate::config::Quantise;
use vestry_rt::click::Tempo;

/// Where beats are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// How fast.
    pub tempo: Tempo,
    /// Beats a bar, at least 1.
    pub beats_a_bar: u8,
    /// The absolute frame of the first beat of a bar.
    pub origin: u64,
}

impl Grid {
    /// The first frame from `now` on that a start may have.
    pub fn next(&self, now: u64, quantise: Quantise) -> u64 {
        let step = match quantise {
            Quantise::Off => return now,
            Quantise::Beat => 1,
            Quantise::Bar => u64::from(self.beats_a_bar.max(1)),
        };
        let Some(since) = now.checked_sub(self.origin) else { return self.origin };
        // Rounding moves a beat by half a frame at most, so that the one sought is this one or the next.
        let before = u128::from(since) * u128::from(self.tempo.beats) / u128::from(self.tempo.frames.max(1));
        let first = u64::try_from(before).unwrap_or(u64::MAX) / step;
        let at = |beat: u64| self.frame(beat.saturating_mul(step));
        (first..=first.saturating_add(2)).map(at).find(|at| *at >= now).unwrap_or(now)
    }

    /// Beat n is at round(n frames / beats), as the click has it.
    fn frame(&self, beat: u64) -> u64 {
        let Tempo { frames, beats } = self.tempo;
        let twice = 2 * u128::from(beats.max(1));
        let since = (2 * u128::from(beat) * u128::from(frames) + u128::from(beats)) / twice;
        self.origin.saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 97.3 beats a minute at 48 kHz, four a bar.
    fn grid(origin: u64) -> Grid {
        Grid { tempo: Tempo { frames: 48_000 * 60_000, beats: 97_300 }, beats_a_bar: 4, origin }
    }

    #[test]
    fn a_start_waits_for_the_beat_or_the_bar() {
        let grid = grid(1_000);
        // A beat takes 29,599.178 frames.
        for (now, off, beat, bar) in [
            (0, 0, 1_000, 1_000),
            (1_000, 1_000, 1_000, 1_000),
            (1_001, 1_001, 30_599, 119_397),
            (30_599, 30_599, 30_599, 119_397),
            (30_600, 30_600, 60_198, 119_397),
            (119_398, 119_398, 148_996, 237_793),
        ] {
            let next = |quantise| grid.next(now, quantise);
            assert_eq!([Quantise::Off, Quantise::Beat, Quantise::Bar].map(next), [off, beat, bar], "{now}");
        }
    }

    proptest! {
        #[test]
        fn no_beat_is_left_out_and_none_is_late(
            now in 0_u64..1 << 50, beats in 20_000_u64..300_000, a_bar in 1_u8..16, origin in 0_u64..1 << 40
        ) {
            let grid = Grid { tempo: Tempo { frames: 2_880_000_000, beats }, beats_a_bar: a_bar, origin };
            let (beat, bar) = (grid.next(now, Quantise::Beat), grid.next(now, Quantise::Bar));
            prop_assert!(now <= beat && beat <= bar);
            let period = 2_880_000_000 / beats + 1;
            prop_assert!(now < origin || (beat - now <= period && bar - now <= period * u64::from(a_bar)));
            prop_assert_eq!(grid.next(beat, Quantise::Beat), beat);
            prop_assert_eq!(grid.next(bar, Quantise::Bar), bar);
            prop_assert_eq!(grid.next(bar, Quantise::Beat), bar);
        }
    }
}
