//! The generator: a signal for measuring and finding outputs. It changes from one signal to another through silence.
use crate::identify::{Identification, Identify};
use crate::pink::Pink;
use crate::ramp::Ramp;
use crate::sweep::{Sweep, Sweeper};
use crate::tone::{Oscillator, Step};

/// What the generator plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// A sine of amplitude 1.
    Sine(Step),
    /// Pink noise of RMS [`PINK_RMS`](crate::pink::PINK_RMS).
    Pink,
    /// A sweep of amplitude 1.
    Sweep(Sweep),
    /// Beeps of amplitude 1 on one output after another.
    Identify(Identify),
}

/// The generator's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Generator {
    /// Bit i: output i, from 0, beside the strips that it feeds. Beeps need at least one.
    pub outputs: u32,
    /// Factor of the signal, above 0, 1 at most.
    pub level: f32,
    /// The signal.
    pub signal: Signal,
}

impl Generator {
    /// Whether strips hear it: beeps tell outputs apart, and are for those alone.
    fn feeds(&self) -> bool {
        !matches!(self.signal, Signal::Identify(_))
    }

    /// Whether it can be run, on a console of so many outputs.
    pub(crate) fn is_sound(&self, outputs: usize) -> bool {
        let signal = match &self.signal {
            Signal::Sine(step) => step.is_sound(),
            Signal::Pink => true,
            Signal::Sweep(sweep) => sweep.is_sound(),
            Signal::Identify(identify) => identify.is_sound(),
        };
        let heard = self.outputs == 0 && self.feeds() || are_there(self.outputs, outputs);
        signal && self.level > 0.0 && self.level <= 1.0 && heard
    }
}

/// A chunk that was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Outputs on which it is heard, as bits.
    pub outputs: u32,
    /// Whether strips that the generator feeds hear it.
    pub strips: bool,
    /// Number of a sweep that has ended in it.
    pub swept: Option<u8>,
}

/// At least one, and none beyond `count`.
pub(crate) fn are_there(outputs: u32, count: usize) -> bool {
    outputs != 0 && (u64::from(outputs) >> count.min(63)) == 0
}

/// What makes a signal.
#[derive(Clone, Copy, Debug)]
enum Voice {
    Sine(Oscillator),
    Pink(Pink),
    Sweep(Sweeper),
    Identify(Identification),
}

impl Voice {
    fn of(signal: Signal) -> Self {
        match signal {
            Signal::Sine(step) => Self::Sine(Oscillator::new(step)),
            Signal::Pink => Self::Pink(Pink::new()),
            Signal::Sweep(sweep) => Self::Sweep(Sweeper::new(sweep)),
            Signal::Identify(identify) => Self::Identify(Identification::new(identify)),
        }
    }

    /// The next frames for `outputs`, and on which of those.
    fn fill(&mut self, samples: &mut [f32], outputs: u32) -> u32 {
        match self {
            Self::Sine(oscillator) => oscillator.fill(samples),
            Self::Pink(pink) => {
                for sample in samples {
                    *sample = pink.next();
                }
            }
            Self::Sweep(sweeper) => {
                for sample in samples {
                    *sample = sweeper.next();
                }
            }
            Self::Identify(identification) => return identification.fill(samples, outputs),
        }
        outputs
    }
}

/// The generator at work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generating {
    now: Option<Generator>,
    /// What is wanted; another than `now` while that fades.
    wanted: Option<Generator>,
    voice: Voice,
    level: Ramp,
    ramp_frames: u32,
}

impl Generating {
    /// Off.
    pub const fn new() -> Self {
        let voice = Voice::Sine(Oscillator::new(Step(0)));
        Self { now: None, wanted: None, voice, level: Ramp::at(0.0), ramp_frames: 0 }
    }

    /// Plays `wanted`: at once if that is but another level, else once what plays has faded.
    pub fn set(&mut self, wanted: Option<Generator>, ramp_frames: u32) {
        (self.wanted, self.ramp_frames) = (wanted, ramp_frames);
        let same = |now: Generator, next: Generator| now == Generator { level: now.level, ..next };
        match (self.now, wanted) {
            (Some(now), Some(next)) if same(now, next) => self.level.to(next.level, ramp_frames),
            _ => self.level.to(0.0, ramp_frames),
        }
    }

    /// Whether anything plays or is about to.
    pub fn is_live(&self) -> bool {
        self.now.is_some() || self.wanted.is_some()
    }

    /// The next frames, and who hears them; nobody where there are none in `samples`.
    pub fn fill(&mut self, samples: &mut [f32]) -> Heard {
        if self.level.is_silent() {
            self.change_over();
        }
        let Some(now) = self.now else { return Heard::default() };
        let outputs = self.voice.fill(samples, now.outputs);
        self.level.scale(samples);
        Heard { outputs, strips: now.feeds(), swept: self.end_of_sweep() }
    }

    fn change_over(&mut self) {
        self.now = self.wanted;
        if let Some(now) = self.now {
            self.voice = Voice::of(now.signal);
            self.level.to(now.level, self.ramp_frames);
        }
    }

    fn end_of_sweep(&mut self) -> Option<u8> {
        let sweep = match (&self.voice, self.now?.signal) {
            (Voice::Sweep(sweeper), Signal::Sweep(sweep)) if sweeper.is_over() => sweep,
            _ => return None,
        };
        // If something else is wanted by now, that comes next.
        self.wanted = self.wanted.filter(|wanted| wanted.signal != Signal::Sweep(sweep));
        (self.now, self.level) = (None, Ramp::at(0.0));
        Some(sweep.number)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::CHUNK;
    use crate::burst::BurstShape;
    use std::vec::Vec;

    fn sine(turns: f64, level: f32, outputs: u32) -> Option<Generator> {
        Some(Generator { outputs, level, signal: Signal::Sine(Step::of(turns)) })
    }

    fn sweep(repeat: bool, number: u8) -> Option<Generator> {
        let sweep = Sweep { from: 0.001, ratio: 1.001, frames: 5_000, edge: 100, repeat, number };
        Some(Generator { outputs: 1, level: 0.5, signal: Signal::Sweep(sweep) })
    }

    /// So many chunks, with the outputs of each and what ended.
    fn run(generator: &mut Generating, chunks: usize) -> (Vec<f32>, Vec<u32>, Vec<u8>) {
        let (mut heard, mut on, mut ended) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..chunks {
            let mut samples = [0.0; CHUNK];
            let Heard { outputs, swept: end, .. } = generator.fill(&mut samples);
            heard.extend(if outputs == 0 { [0.0; CHUNK] } else { samples });
            on.push(outputs);
            ended.extend(end);
        }
        (heard, on, ended)
    }

    #[test]
    fn it_changes_through_silence_and_then_is_off() {
        let mut generator = Generating::new();
        assert!(!generator.is_live());
        generator.set(sine(0.001, 0.5, 1), 480);
        let (mut heard, ..) = run(&mut generator, 10);
        generator.set(sine(0.001, 0.25, 1), 480);
        heard.extend(run(&mut generator, 10).0);
        generator.set(sine(0.003, 0.5, 2), 480);
        let (more, on, _) = run(&mut generator, 10);
        assert!(on[0] == 1 && on[9] == 2 && on.is_sorted());
        heard.extend(more);
        generator.set(None, 480);
        heard.extend(run(&mut generator, 5).0);
        assert!(!generator.is_live() && heard.last() == Some(&0.0));
        let step = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.5 * 0.02 + 0.002, "{step}");
    }

    #[test]
    fn a_sweep_ends_by_itself_once_and_another_one_after_it_is_not_lost() {
        let mut generator = Generating::new();
        generator.set(sweep(false, 7), 10);
        let (_, on, ended) = run(&mut generator, 60);
        assert_eq!((ended, generator.is_live(), on.iter().sum::<u32>()), (std::vec![7], false, 40));
        generator.set(sweep(true, 8), 10);
        assert!(run(&mut generator, 100).2.is_empty() && generator.is_live());
        generator.set(None, 10);
        run(&mut generator, 2);
        generator.set(sweep(false, 9), 10);
        run(&mut generator, 39);
        generator.set(sine(0.01, 0.1, 1), 4_000);
        assert_eq!(run(&mut generator, 1).2, [9]);
        assert!(run(&mut generator, 10).1.iter().all(|on| *on == 1), "the sine");
    }

    #[test]
    fn every_output_beeps_its_number_and_no_other_hears_it() {
        let beep = BurstShape { step: Step::of(0.05), rise: 10, fall: 10, length: 200 };
        let identify = Identify { beep, every: 400, pause: 300 };
        let signal = Signal::Identify(identify);
        assert!(Generator { outputs: 0b1010_0001, level: 0.1, signal }.is_sound(8));
        let nowhere = Generator { outputs: 0, level: 0.1, signal };
        let sine = Signal::Sine(Step::of(0.1));
        assert!(!nowhere.is_sound(8) && Generator { signal: sine, ..nowhere }.is_sound(0));
        let short = Signal::Identify(Identify { pause: 100, ..identify });
        assert!(!Generator { outputs: 1, level: 0.1, signal: short }.is_sound(8));
        let mut generator = Generating::new();
        generator.set(Some(Generator { outputs: 0b1010_0001, level: 0.1, signal }), 1);
        let (heard, on, _) = run(&mut generator, 200);
        let mut beeps: Vec<u32> = Vec::new();
        let mut quiet = 1_000;
        for (at, sample) in heard.iter().enumerate() {
            if *sample != 0.0 && quiet > 50 {
                beeps.push(on[at / CHUNK].trailing_zeros() + 1);
            }
            quiet = if *sample == 0.0 { quiet + 1 } else { 0 };
        }
        let round = [std::vec![1; 1], std::vec![6; 6], std::vec![8; 8]].concat();
        assert_eq!(beeps[..30], [round.clone(), round].concat());
    }
}
