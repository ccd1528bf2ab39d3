//! A physical output: what plays there, how loud, and what stands after it.
use crate::CHUNK;
use crate::bus::MixBus;
use crate::delay::Delay;
use crate::limiter::Limiter;
use crate::ramp::Ramp;

/// A physical output: its own routes, the monitor mix at a level, sends beside them, a gain over all, then a delay and
/// at last a limiter.
#[derive(Debug)]
pub struct OutputBus {
    /// Its own routes.
    pub routes: MixBus,
    /// How loud it plays the monitor mix.
    pub monitor: Ramp,
    /// Over all that plays here.
    pub gain: Ramp,
    /// For what is played, whatever it is.
    pub delay: Delay,
    /// After it.
    pub limiter: Limiter,
}

impl OutputBus {
    /// Plays nothing, at unity.
    pub const fn new() -> Self {
        Self {
            routes: MixBus::new(),
            monitor: Ramp::at(0.0),
            gain: Ramp::at(1.0),
            delay: Delay::new(),
            limiter: Limiter::new(),
        }
    }

    /// Mixes routes and monitor into `out`; `monitor` is the monitor mix where there is one. False, and `out` untouched, if silent.
    #[inline(always)]
    pub fn mix(
        &mut self,
        inputs: &[[f32; CHUNK]],
        frames: usize,
        monitor: Option<&[f32; CHUNK]>,
        out: &mut [f32; CHUNK],
    ) -> bool {
        let routed = self.routes.mix(inputs, frames, out);
        let Some(out) = out.get_mut(..frames) else { return false };
        let monitor = monitor.and_then(|mix| mix.get(..frames)).filter(|_| !self.monitor.is_silent());
        match monitor {
            Some(mix) => self.monitor.add(mix, out, !routed),
            None if !routed => return false,
            None => {}
        }
        true
    }

    /// Applies gain and delay to all that plays here, which is nothing unless `sounding`; what was played before may still be to
    /// come. True if it sounds afterwards.
    #[inline(always)]
    pub fn level(&mut self, samples: &mut [f32], sounding: bool) -> bool {
        if sounding && self.gain.settled() != Some(1.0) {
            self.gain.scale(samples);
        }
        if !self.delay.is_on() {
            return sounding;
        }
        silence(samples, sounding);
        self.delay.run(samples);
        true
    }

    /// Limits what goes out, as [`level`](Self::level).
    #[inline(always)]
    pub fn limit(&mut self, samples: &mut [f32], sounding: bool) -> bool {
        if !self.limiter.is_on() {
            return sounding;
        }
        silence(samples, sounding);
        self.limiter.run(samples);
        true
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.routes.settle();
        self.monitor.settle();
        self.gain.settle();
        self.delay.settle();
        self.limiter.settle();
    }
}

/// Writes silence over what is no sound.
#[inline(always)]
fn silence(samples: &mut [f32], sounding: bool) {
    if !sounding {
        samples.fill(0.0);
    }
}

impl Default for OutputBus {
    fn default() -> Self {
        Self::new()
    }
}
