//! A tone on one output, for measuring where it comes back.
use crate::message::Tone;
use crate::ramp::Ramp;

/// A sine, kept as a pointer that turns by a fixed angle a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Oscillator {
    output: usize,
    turn: [f32; 2],
    pointer: [f32; 2],
    level: Ramp,
}

impl Oscillator {
    /// Silent.
    pub const fn new() -> Self {
        Self { output: 0, turn: [1.0, 0.0], pointer: [1.0, 0.0], level: Ramp::at(0.0) }
    }

    /// Plays `tone`, or fades what is played, within `frames`.
    pub fn set(&mut self, tone: Option<Tone>, frames: u32) {
        let Some(Tone { output, turn, level }) = tone else { return self.level.to(0.0, frames) };
        (self.output, self.turn) = (usize::from(output), turn);
        self.level.to(level, frames);
    }

    /// Adds the tone to what an output plays, which is nothing unless `sounding`; true if it sounds afterwards.
    #[inline(always)]
    pub fn add(&mut self, output: usize, samples: &mut [f32], sounding: bool) -> bool {
        if self.level.is_silent() || output != self.output {
            return sounding;
        }
        if !sounding {
            samples.fill(0.0);
        }
        samples.iter_mut().for_each(|sample| *sample += self.next());
        // A pointer that is turned in steps drifts off the circle by rounding.
        let [x, y] = self.pointer;
        let back = 1.5 - 0.5 * (x * x + y * y);
        self.pointer = [x * back, y * back];
        true
    }

    fn next(&mut self) -> f32 {
        let ([x, y], [cosine, sine]) = (self.pointer, self.turn);
        self.pointer = [x * cosine - y * sine, x * sine + y * cosine];
        let mut sample = [y];
        self.level.scale(&mut sample);
        sample[0]
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_pitch_and_level_and_begins_and_ends_without_a_step() {
        let mut oscillator = Oscillator::new();
        let angle = core::f64::consts::TAU * 997.0 / 48_000.0;
        let turn = [angle.cos() as f32, angle.sin() as f32];
        oscillator.set(Some(Tone { output: 1, turn, level: 0.25 }), 480);
        let (mut last, mut largest) = (0.0_f32, 0.0_f32);
        for period in 0..4_000_u32 {
            let mut samples = [1.0; 96];
            assert!(!oscillator.add(0, &mut samples, false) && samples == [1.0; 96], "another output");
            assert!(oscillator.add(1, &mut samples, false));
            for (frame, sample) in (period * 96..).zip(samples) {
                assert!((sample - last).abs() < 0.25 * 0.131 + 1e-3, "a step at {frame}");
                if frame >= 480 {
                    let exact = 0.25 * (angle * f64::from(frame)).sin();
                    assert!((f64::from(sample) - exact).abs() < 2e-3, "{sample} for {exact} at {frame}");
                }
                (last, largest) = (sample, largest.max(sample.abs()));
            }
        }
        assert!((largest - 0.25).abs() < 1e-3, "{largest}");
        oscillator.set(None, 96);
        assert!(oscillator.add(1, &mut [0.0; 96], true));
        assert!(!oscillator.add(1, &mut [0.0; 96], false), "over");
    }
}
