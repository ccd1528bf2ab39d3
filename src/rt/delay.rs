//! A delay of one output, for loudspeakers that stand nearer to the listener than others.
//!
//! A change fades from one tap of the ring to the other. From no delay it begins once the ring holds as much sound.
use crate::ramp::Ramp;

/// Frames that a ring holds.
pub const RING: usize = 16_384;
/// Frames that are written before they are read.
const PIECE: usize = 64;
/// Longest delay, in frames: 340 ms at 48 kHz.
pub const MOST: usize = RING - PIECE;

/// The sound that an output played last, as the delay keeps it.
pub type DelayRing = [f32; RING];

/// The delay of one output. At 0 it costs nothing and plays nothing late.
#[derive(Debug)]
pub struct Delay {
    ring: Option<&'static mut DelayRing>,
    /// Where the next frame goes.
    at: usize,
    /// Frames that the ring holds since it was last begun.
    held: usize,
    /// What is asked for, what fades in, and what is heard or fades out; in frames.
    wanted: usize,
    to: usize,
    from: usize,
    /// How much of `to` is heard: 1 while nothing fades.
    share: Ramp,
    fade: u32,
}

impl Delay {
    /// None, and none possible before it is lent a ring.
    pub const fn new() -> Self {
        Self { ring: None, at: 0, held: 0, wanted: 0, to: 0, from: 0, share: Ramp::at(1.0), fade: 0 }
    }

    /// Gives it an empty ring for good.
    pub fn lend(&mut self, ring: &'static mut DelayRing) {
        self.ring = Some(ring);
    }

    /// Heads for a delay of `frames` (0..=`MOST`), fading for `fade`; false if it cannot.
    pub fn set(&mut self, frames: usize, fade: u32) -> bool {
        let can = frames == 0 || (frames <= MOST && self.ring.is_some());
        if can {
            (self.wanted, self.fade) = (frames, fade);
        }
        can
    }

    /// Ends all fades, and waits for nothing.
    pub fn settle(&mut self) {
        (self.from, self.to) = (self.wanted, self.wanted);
        // The sound before the first is silence; switched on later, it has to wait for some.
        self.held = if self.wanted == 0 { 0 } else { MOST };
        self.share = Ramp::at(1.0);
    }

    /// Whether it does anything.
    #[inline(always)]
    pub fn is_on(&self) -> bool {
        self.wanted | self.to | self.from != 0
    }

    /// Delays in place.
    #[inline(always)]
    pub fn run(&mut self, samples: &mut [f32]) {
        for piece in samples.chunks_mut(PIECE) {
            self.turn();
            self.piece(piece);
        }
        self.turn();
        if !self.is_on() {
            self.forget();
        }
    }

    /// Ends a fade that has arrived, and begins the next one if there is as much sound.
    #[inline(always)]
    fn turn(&mut self) {
        if self.share.settled() == Some(1.0) {
            self.from = self.to;
            if self.wanted != self.to && self.wanted <= self.held {
                self.to = self.wanted;
                self.share = Ramp::at(0.0);
                self.share.to(1.0, self.fade);
            }
        }
    }

    /// What it holds is too old to be heard again.
    #[cold]
    fn forget(&mut self) {
        self.held = 0;
    }

    #[inline(always)]
    fn piece(&mut self, samples: &mut [f32]) {
        let Self { ring: Some(ring), at, from, to, share, .. } = self else { return };
        let (start, frames) = (*at, samples.len());
        write(ring, start, samples);
        read(ring, start + RING - *to, samples);
        if share.settled() != Some(1.0) {
            let mut old = [0.0; PIECE];
            read(ring, start + RING - *from, &mut old);
            for (sample, old) in samples.iter_mut().zip(&old) {
                *sample -= old;
            }
            share.scale(samples);
            for (sample, old) in samples.iter_mut().zip(&old) {
                *sample += old;
            }
        }
        *at = (start + frames) % RING;
        self.held = (self.held + frames).min(MOST);
    }
}

/// Writes to a ring from a place on.
#[inline(always)]
fn write(ring: &mut DelayRing, at: usize, samples: &[f32]) {
    let (before, after) = ring.split_at_mut(at % RING);
    let (first, rest) = samples.split_at(samples.len().min(after.len()));
    for (place, sample) in after.iter_mut().zip(first) {
        *place = *sample;
    }
    for (place, sample) in before.iter_mut().zip(rest) {
        *place = *sample;
    }
}

/// Reads from a ring, from a place on.
#[inline(always)]
fn read(ring: &DelayRing, at: usize, samples: &mut [f32]) {
    let (before, after) = ring.split_at(at % RING);
    let (first, rest) = samples.split_at_mut(samples.len().min(after.len()));
    for (sample, place) in first.iter_mut().zip(after) {
        *sample = *place;
    }
    for (sample, place) in rest.iter_mut().zip(before) {
        *sample = *place;
    }
}

impl Default for Delay {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn lent() -> Delay {
        let mut delay = Delay::new();
        std::vec![0.0; RING].leak().as_chunks_mut::<RING>().0.iter_mut().for_each(|ring| delay.lend(ring));
        delay
    }

    fn sound(at: usize) -> f32 {
        (at as f32 * 0.02).sin()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        /// Whatever the delay and the cut: what comes out is what went in, so many frames later, bit for bit.
        #[test]
        fn sound_comes_back_later_and_as_it_was(frames in prop_oneof![1..MOST, Just(MOST), Just(1)], cut in 1..200_usize) {
            let mut delay = lent();
            prop_assert!(delay.set(frames, 480));
            delay.settle();
            let mut heard: Vec<f32> = (0..40_000).map(sound).collect();
            heard.chunks_mut(cut).for_each(|piece| delay.run(piece));
            for (at, sample) in heard.iter().enumerate() {
                prop_assert_eq!(*sample, at.checked_sub(frames).map_or(0.0, sound), "{}", at);
            }
        }
    }

    #[test]
    fn changes_fade_also_in_the_middle_of_one_another() {
        let (mut delay, mut heard) = (lent(), Vec::new());
        for (at, frames) in [0, 400, 16_320, 0, 3, 900, 0].into_iter().enumerate() {
            assert!(delay.set(frames, 480));
            // The long one is not reached before the next one comes.
            let length = if at == 2 { 9_000 } else { 2_000 };
            let mut piece: Vec<f32> = (heard.len()..heard.len() + length).map(sound).collect();
            for piece in piece.chunks_mut(100) {
                if delay.is_on() {
                    delay.run(piece);
                }
            }
            heard.extend(piece);
        }
        assert!(!delay.is_on(), "and it is gone");
        assert_eq!(heard.last(), Some(&sound(heard.len() - 1)));
        let step = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.02 + 2.0 / 480.0 + 1e-3, "{step}");
        let bend = heard.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).abs());
        assert!(bend.fold(0.0, f32::max) < 0.01, "{step}");
    }

    #[test]
    fn what_it_held_when_it_was_switched_off_is_not_heard_again() {
        let mut delay = lent();
        assert!(delay.set(1_000, 10));
        delay.settle();
        delay.run(&mut [1.0; 2_000]);
        assert!(delay.set(0, 10));
        delay.run(&mut [0.0; 100]);
        assert!(!delay.is_on() && delay.set(500, 10));
        let mut heard = [0.0; 3_000];
        heard.chunks_mut(128).for_each(|piece| delay.run(piece));
        assert!(heard.iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn more_than_fits_is_refused_and_so_is_any_without_a_ring() {
        assert!(!lent().set(MOST + 1, 1) && lent().set(MOST, 1));
        assert!(!Delay::new().set(1, 1) && Delay::new().set(0, 1));
    }
}
