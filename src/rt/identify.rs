//! Which output is which: output n beeps n times, one output after another.
use crate::CHUNK;
use crate::burst::{Burst, BurstShape};

/// How outputs tell who they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identify {
    /// One beep.
    pub beep: BurstShape,
    /// Frames from one beep to the next, at least its length.
    pub every: u32,
    /// Frames of silence beside that before the next output, at least `CHUNK`: so no two are ever heard in one chunk.
    pub pause: u32,
}

impl Identify {
    pub(crate) fn is_sound(&self) -> bool {
        let most = 1 << 24;
        let beeps = self.beep.is_sound() && self.beep.length <= self.every && self.every < most;
        beeps && self.pause as usize >= CHUNK && self.pause < most
    }
}

/// The round of the outputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identification {
    how: Identify,
    /// The one whose turn it is, from 0.
    output: u32,
    beeps: u32,
    /// Frames until the next beep.
    wait: u32,
    burst: Burst,
}

impl Identification {
    /// Before the first output.
    pub const fn new(how: Identify) -> Self {
        Self { how, output: u32::MAX, beeps: 0, wait: 0, burst: Burst::new() }
    }

    /// The next frames of those of `outputs` whose turn it is; which that is, as a bit.
    pub fn fill(&mut self, samples: &mut [f32], outputs: u32) -> u32 {
        samples.fill(0.0);
        let mut rest = samples;
        while !rest.is_empty() {
            if self.wait == 0 {
                self.beep(outputs);
            }
            let (now, later) = rest.split_at_mut(rest.len().min(self.wait as usize));
            self.burst.add(now);
            self.wait -= now.len() as u32;
            rest = later;
        }
        1_u32.checked_shl(self.output).unwrap_or(0)
    }

    fn beep(&mut self, outputs: u32) {
        if self.beeps == 0 {
            let later = outputs & u32::MAX.checked_shl(self.output.wrapping_add(1)).unwrap_or(0);
            self.output = if later == 0 { outputs } else { later }.trailing_zeros();
            self.beeps = self.output + 1;
        }
        self.beeps -= 1;
        self.burst.begin(&self.how.beep, 1.0);
        self.wait = self.how.every + if self.beeps == 0 { self.how.pause } else { 0 };
    }
}
