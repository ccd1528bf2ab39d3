//! Sines whose phase is exact for as long as they run, and the tone that measures where an output comes back.
use crate::CHUNK;
use crate::message::Tone;
use crate::ramp::Ramp;

/// 2^64, as a float.
const TURN: f64 = 18_446_744_073_709_551_616.0;

/// How far a sine turns within a frame, in 2^-64 of a turn. It adds up without rounding, for hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(pub u64);

impl Step {
    /// From turns a frame, 0..0.5: frequency over sample rate. What is below is 0.
    #[inline(always)]
    pub fn of(turns: f64) -> Self {
        Self((turns * TURN) as u64)
    }

    /// Whether it is a pitch: more than none, less than half the sample rate.
    pub(crate) fn is_sound(self) -> bool {
        (1..=u64::MAX / 2).contains(&self.0)
    }
}

/// The sine at a phase of so many 2^-64 of a turn, 2e-7 off at most.
///
/// Folded to a quarter turn either way, then Taylor's series to the 11th power, whose next term is below 6e-8 there.
#[inline(always)]
pub(crate) fn sine(phase: u64) -> f32 {
    const Q: f64 = core::f64::consts::FRAC_PI_2;
    const Q2: f64 = Q * Q;
    const C3: f64 = -Q * Q2 / 6.0;
    const C5: f64 = -C3 * Q2 / 20.0;
    const C7: f64 = -C5 * Q2 / 42.0;
    const C9: f64 = -C7 * Q2 / 72.0;
    const C11: f64 = -C9 * Q2 / 110.0;
    let turn = (phase >> 32) as i32;
    let folded = if turn.wrapping_add(1 << 30) < 0 { i32::MIN.wrapping_sub(turn) } else { turn };
    let x = folded as f32 * (1.0 / 1_073_741_824.0);
    let y = x * x;
    let high = (C7 as f32) + y * (C9 as f32 + y * C11 as f32);
    x * (Q as f32 + y * (C3 as f32 + y * (C5 as f32 + y * high)))
}

/// A sine of amplitude 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Oscillator {
    phase: u64,
    step: Step,
}

impl Oscillator {
    /// At the start of its turn.
    pub const fn new(step: Step) -> Self {
        Self { phase: 0, step }
    }

    /// Goes on at another pitch.
    #[inline(always)]
    pub fn turn_by(&mut self, step: Step) {
        self.step = step;
    }

    /// One frame on.
    #[inline(always)]
    pub fn next(&mut self) -> f32 {
        self.phase = self.phase.wrapping_add(self.step.0);
        sine(self.phase)
    }

    /// As many frames on as there is room for.
    pub fn fill(&mut self, samples: &mut [f32]) {
        for sample in samples {
            *sample = self.next();
        }
    }
}

/// A sine on one output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputTone {
    output: u8,
    oscillator: Oscillator,
    level: Ramp,
}

impl OutputTone {
    /// Silent.
    pub const fn new() -> Self {
        Self { output: 0, oscillator: Oscillator::new(Step(0)), level: Ramp::at(0.0) }
    }

    /// Plays `tone`, or fades what is played, within `frames`.
    pub fn set(&mut self, tone: Option<Tone>, frames: u32) {
        let Some(Tone { output, step, level }) = tone else { return self.level.to(0.0, frames) };
        self.output = output;
        self.oscillator.turn_by(step);
        self.level.to(level, frames);
    }

    /// The output on which it sounds, as a bit; 0 if it is silent.
    pub fn outputs(&self) -> u32 {
        if self.level.is_silent() { 0 } else { 1_u32.checked_shl(self.output.into()).unwrap_or(0) }
    }

    /// Adds the tone to `samples`, or puts it over them if nothing is `sounding` there.
    pub fn add(&mut self, samples: &mut [f32], sounding: bool) {
        let mut sound = [0.0; CHUNK];
        let frames = samples.len().min(CHUNK);
        let Some(sound) = sound.get_mut(..frames) else { return };
        self.oscillator.fill(sound);
        self.level.add(sound, samples, !sounding);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use core::f64::consts::TAU;

    #[test]
    fn a_sine_is_one_to_two_ten_millionths() {
        for at in 0..1_000_003_u64 {
            let phase = at.wrapping_mul(u64::MAX / 1_000_003);
            let exact = (TAU * (phase as f64 / TURN)).sin();
            assert!((f64::from(sine(phase)) - exact).abs() < 2e-7, "at {phase}");
        }
        let quarter = 1 << 62;
        assert_eq!(
            [0, quarter, 2 * quarter, 3 * quarter].map(|at: u64| sine(at).round()),
            [0.0, 1.0, 0.0, -1.0]
        );
    }

    /// 997 Hz at 48 kHz: after n frames it has made n * 997 / 48000 turns, whose fraction integers give exactly.
    #[test]
    fn after_a_day_it_is_where_it_belongs() {
        let step = Step::of(997.0 / 48_000.0);
        for hours in [1, 10, 24] {
            let frames: u64 = hours * 3_600 * 48_000 + 12_345;
            let mut oscillator = Oscillator { phase: step.0.wrapping_mul(frames - 1), step };
            let exact = (TAU * (frames * 997 % 48_000) as f64 / 48_000.0).sin();
            assert!((f64::from(oscillator.next()) - exact).abs() < 3e-6, "after {hours} hours");
        }
    }

    #[test]
    fn it_keeps_pitch_and_level_and_begins_and_ends_without_a_step() {
        let mut tone = OutputTone::new();
        let angle = TAU * 997.0 / 48_000.0;
        assert_eq!(tone.outputs(), 0);
        tone.set(Some(Tone { output: 1, step: Step::of(997.0 / 48_000.0), level: 0.25 }), 480);
        assert_eq!(tone.outputs(), 2);
        let (mut last, mut largest) = (0.0_f32, 0.0_f32);
        for period in 0..4_000_u32 {
            let mut samples = [1.0; 96];
            tone.add(&mut samples, false);
            for (frame, sample) in (period * 96..).zip(samples) {
                assert!((sample - last).abs() < 0.25 * 0.131 + 1e-3, "a step at {frame}");
                if frame >= 480 {
                    let exact = 0.25 * (angle * f64::from(frame + 1)).sin();
                    assert!((f64::from(sample) - exact).abs() < 1e-6, "{sample} for {exact} at {frame}");
                }
                (last, largest) = (sample, largest.max(sample.abs()));
            }
        }
        assert!((largest - 0.25).abs() < 1e-3, "{largest}");
        tone.set(None, 96);
        tone.add(&mut [0.0; 96], true);
        assert_eq!(tone.outputs(), 0, "over");
    }
}
