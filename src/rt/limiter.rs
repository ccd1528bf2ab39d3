//! A limiter of one output: whatever comes in, no sample above the ceiling goes out, and what a converter plays between samples is
//! limited as `true_peak` sees it, which is within the bounds of BS.1770.
//!
//! It looks ahead: sound is played `LOOK` groups late, so that the gain is down before the peak comes. For a group of peak p
//! the gain must be ceiling / p at most. It goes along a straight line over each group, and both ends of the line keep within
//! what that group needs, so the whole line does. Toward a peak that comes into sight it falls in even steps.
use crate::follow::GROUP;
use crate::ramp::Ramp;
use crate::true_peak::TruePeak;

/// Groups that are seen ahead.
const LOOK: usize = 8;
/// Steps in which the gain comes down: from the furthest group whose peak is known to the one that is next.
const STEPS: f32 = (LOOK - 3) as f32;
/// Steps that the end of the next line may be above what each group needs, the oldest first.
const ABOVE: [f32; LOOK] = [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// How far along its line each frame of a group is.
const ALONG: [f32; GROUP] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
/// Frames that an output with a limiter plays late: 1.3 ms at 48 kHz.
pub const LATENCY: usize = LOOK * GROUP;

/// A limiter as the engine runs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Largest magnitude that goes out, 0.001..1.
    pub ceiling: f32,
    /// What is left of a reduction after a group of `GROUP` frames, 0..1.
    pub release: f32,
}

impl Limit {
    /// Finite and in range.
    pub fn is_sound(&self) -> bool {
        (0.001..=1.0).contains(&self.ceiling) && (0.0..=1.0).contains(&self.release)
    }
}

/// The limiter of one output. Switched off it costs nothing and plays nothing late.
#[derive(Clone, Debug)]
pub struct Limiter {
    ceiling: Ramp,
    release: f32,
    /// How much of it is heard: 1 when it is on.
    heard: Ramp,
    /// Frames until there is sound in it, and then those of the fade.
    waiting: usize,
    fade: u32,
    /// The last `LOOK` groups; the oldest is played while a new one takes its place.
    sound: [[f32; GROUP]; LOOK],
    /// Theirs, the oldest first.
    peaks: [f32; LOOK],
    between: TruePeak,
    /// The group that is being filled, and how many frames of it are.
    group: usize,
    phase: usize,
    from: f32,
    to: f32,
}

impl Limiter {
    /// Switched off.
    pub const fn new() -> Self {
        Self {
            ceiling: Ramp::at(1.0),
            release: 0.0,
            heard: Ramp::at(0.0),
            waiting: 0,
            fade: 0,
            sound: [[0.0; GROUP]; LOOK],
            peaks: [0.0; LOOK],
            between: TruePeak::new(),
            group: 0,
            phase: 0,
            from: 1.0,
            to: 1.0,
        }
    }

    /// Switches it on, to another ceiling, or off; there after `frames`. Coming and going it is faded.
    pub fn set(&mut self, limit: Option<Limit>, frames: u32) {
        let Some(Limit { ceiling, release }) = limit else {
            self.waiting = 0;
            return self.heard.to(0.0, frames);
        };
        if !self.is_on() {
            *self = Self { ceiling: Ramp::at(ceiling), waiting: LATENCY, fade: frames, ..Self::new() };
        }
        self.release = release;
        self.ceiling.to(ceiling, frames.div_ceil(GROUP as u32));
        if self.waiting == 0 {
            self.heard.to(1.0, frames);
        }
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        if self.waiting > 0 {
            (self.waiting, self.heard) = (0, Ramp::at(1.0));
        }
        self.ceiling.settle();
        self.heard.settle();
    }

    /// Whether it is heard, or still on its way out.
    #[inline(always)]
    pub fn is_on(&self) -> bool {
        self.waiting > 0 || !self.heard.is_silent()
    }

    /// Limits in place.
    #[inline(always)]
    pub fn run(&mut self, samples: &mut [f32]) {
        if self.heard.settled() == Some(1.0) {
            return self.limit(samples);
        }
        let (unheard, faded) = samples.split_at_mut(samples.len().min(self.waiting));
        for piece in unheard.chunks(GROUP) {
            let mut copy = [0.0; GROUP];
            copy.iter_mut().zip(piece).for_each(|(copy, sample)| *copy = *sample);
            self.limit(copy.get_mut(..piece.len()).unwrap_or(&mut []));
        }
        self.waiting -= unheard.len();
        if self.waiting == 0 && !unheard.is_empty() {
            self.heard.to(1.0, self.fade);
        }
        for sample in faded {
            let (mut limited, mut share) = ([*sample], [1.0]);
            self.limit(&mut limited);
            self.heard.scale(&mut share);
            *sample += share[0] * (limited[0] - *sample);
        }
    }

    #[inline(always)]
    fn limit(&mut self, samples: &mut [f32]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, after) = rest.split_at_mut((GROUP - self.phase).min(rest.len()));
            // Whole groups are of a length that the compiler knows.
            match <&mut [f32; GROUP]>::try_from(&mut *now) {
                Ok(whole) => self.pass(0, whole),
                Err(_) => self.pass(self.phase, now),
            }
            self.phase += now.len();
            if self.phase >= GROUP {
                self.turn();
            }
            rest = after;
        }
    }

    /// Takes in the frames of a group from `phase` on, and gives out as many of the oldest.
    #[inline(always)]
    fn pass(&mut self, phase: usize, samples: &mut [f32]) {
        let (step, most) =
            ((self.to - self.from) / GROUP as f32, self.ceiling.target().max(self.ceiling.value()));
        self.between.take(phase, samples);
        let places = self.sound.get_mut(self.group).and_then(|group| group.get_mut(phase..));
        let (Some(places), Some(along)) = (places, ALONG.get(phase..)) else { return };
        for ((sample, place), along) in samples.iter_mut().zip(places).zip(along) {
            let out = *place * (self.from + step * along);
            *place = *sample;
            // Rounding may leave it a bit too large.
            *sample = larger(smaller(out, most), -most);
        }
    }

    /// Ends a group: works out where the gain is to be at the end of the next one to be played.
    #[inline(always)]
    fn turn(&mut self) {
        (self.group, self.phase) = ((self.group + 1) % LOOK, 0);
        self.peaks.copy_within(1.., 0);
        if let Some(peak) = self.peaks.last_mut() {
            *peak = self.between.turn();
        }
        let mut ceiling = [1.0];
        self.ceiling.scale(&mut ceiling);
        let mut gains = self.peaks;
        // What lies between a group's samples is known with the group after it.
        for (gain, next) in gains.iter_mut().zip(self.peaks.iter().skip(1)) {
            *gain = larger(*gain, *next);
        }
        for (gain, above) in gains.iter_mut().zip(ABOVE) {
            let needed = ceiling[0] / larger(*gain, ceiling[0]);
            *gain = needed + (1.0 - needed) * (above / STEPS);
        }
        self.from = self.to;
        let recovered = 1.0 + self.release * (self.from - 1.0);
        self.to = gains.iter().fold(recovered, |least, gain| smaller(least, *gain));
    }
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn on() -> Limiter {
        let mut limiter = Limiter::new();
        limiter.set(Some(Limit { ceiling: 0.5, release: 0.99 }), 100);
        limiter.settle();
        limiter
    }

    proptest! {
        /// Whatever comes in, in whatever pieces: nothing above the ceiling, and what is below it long enough is untouched.
        #[test]
        fn the_ceiling_is_never_passed(
            samples in prop::collection::vec(prop_oneof![-4.0..4.0_f32, Just(0.0), Just(1e20)], 1..2_000),
            cut in 1..200_usize,
        ) {
            let mut limiter = on();
            let mut heard = samples;
            heard.chunks_mut(cut).for_each(|piece| limiter.run(piece));
            prop_assert!(heard.iter().all(|sample| sample.abs() <= 0.5));
        }
    }

    #[test]
    fn what_is_below_the_ceiling_comes_late_and_as_it_was() {
        let samples: Vec<f32> = (0..1_000_u16).map(|at| 0.49 * (f32::from(at) * 0.1).sin()).collect();
        let mut heard = samples.clone();
        on().run(&mut heard);
        assert!(heard[..LATENCY].iter().all(|sample| *sample == 0.0));
        assert_eq!(heard[LATENCY..], samples[..1_000 - LATENCY]);
    }

    /// A quarter of the rate at 45 degrees: its samples are all 3 dB below its crests.
    #[test]
    fn crests_between_samples_are_kept_below_the_ceiling_too() {
        let samples = [1.0, 1.0, -1.0, -1.0].map(|side: f32| side * core::f32::consts::FRAC_1_SQRT_2);
        let mut heard: Vec<f32> = samples.into_iter().cycle().take(4_000).collect();
        on().run(&mut heard);
        let crest =
            heard[2_000..].iter().fold(0.0, |most: f32, sample| most.max(sample.abs())) * 2_f32.sqrt();
        assert!((0.485..=0.501).contains(&crest), "{crest}");
    }

    #[test]
    fn the_gain_comes_down_before_a_peak_in_even_steps_and_goes_back() {
        let mut heard = [0.4; 4_000];
        heard[2_000..].fill(0.04);
        heard[1_000] = 5.0;
        on().run(&mut heard);
        assert!((heard[1_000 + LATENCY] - 0.5).abs() < 1e-6);
        assert_eq!(heard[1_000], 0.4, "not sooner than need be");
        let steps = heard[1_000..1_000 + LATENCY].windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.4 / (STEPS * GROUP as f32) + 1e-3);
        assert!((heard[3_999] - 0.04).abs() < 2e-3, "{}", heard[3_999]);
    }

    #[test]
    fn it_comes_and_goes_without_a_click() {
        let sine = |at: usize| 0.4 * (at as f32 * 0.02).sin();
        let (mut limiter, mut heard) = (Limiter::new(), Vec::new());
        for (turn, limit) in [None, Some(0.5), Some(0.1), None].into_iter().enumerate() {
            limiter.set(limit.map(|ceiling| Limit { ceiling, release: 0.99 }), 480);
            let mut piece: Vec<f32> = (turn * 960..(turn + 1) * 960).map(sine).collect();
            if limiter.is_on() {
                piece.chunks_mut(100).for_each(|piece| limiter.run(piece));
            }
            heard.extend(piece);
        }
        assert!(!limiter.is_on(), "and it is gone");
        let largest = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(largest < 0.012, "{largest}");
    }
}
