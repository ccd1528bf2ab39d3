//! The way of the sound through one piece of a period: inputs to strips, strips to buses, with meters and taps.
use super::{Engine, rarely};
use crate::area::{CaptureArea, PlaybackArea};
use crate::bus::{finish_bus, join};
use crate::lag::KeyBus;
use crate::message::{Bus, Side, Tap};
use crate::meter::Level;
use crate::sample::{decode, encode};
use crate::strips::cleaned;

impl Engine {
    /// Inputs to strips, with meters and taps on both sides.
    #[inline(always)]
    pub(super) fn capture(&mut self, area: &CaptureArea<'_>, first: usize, frames: usize) {
        let map = self.order.of(area.channels).get(..self.shape.inputs).unwrap_or(&[]);
        decode(area, map, first, frames, &mut self.inputs);
        let mut kept = 0;
        if self.sources.feed_strips() {
            rarely();
            kept = self.sources.take_in_due(self.taps.position(), frames);
            self.keep(kept, frames);
        }
        let fed = self.sources.fed_by_player();
        if fed != 0 || self.voices.are_live() {
            rarely();
            self.voices.run(self.taps.position(), frames, fed, &mut self.played);
        }
        if self.sources.feed_strips() {
            self.sources.feed(&self.played, &mut self.inputs, frames);
        }
        if let Some(shown) = self.scope_input.and_then(|input| self.inputs.get(usize::from(input))) {
            self.scope.note(shown.get(..frames).unwrap_or(&[]));
        }
        self.pfl_heard = self.mixer.pfl.is_live();
        if self.pfl_heard {
            rarely();
            self.pfl_heard = self.mixer.pfl.mix(&self.inputs, frames, &mut self.pfl);
        }
        // `trim` stands here twice, so that a desk with nothing switched on costs what it would if it had nothing to switch.
        match self.mixer.strips.live() {
            0 => _ = self.trim(0, frames),
            live => {
                rarely();
                let sounding = self.trim(live, frames);
                self.mixer.strips.run(&mut self.inputs, frames, sounding);
                self.tap_processed(live, frames);
            }
        }
        if kept != 0 {
            self.record_kept(kept, frames);
        }
        self.meters.frames(frames);
    }

    /// Keeps what the card delivered for these strips, as bits.
    #[cold]
    #[inline(never)]
    fn keep(&mut self, strips: u32, frames: usize) {
        for (input, (kept, samples)) in self.kept.iter_mut().zip(&self.inputs).enumerate() {
            if let (1, Some(kept), Some(samples)) =
                (strips >> input & 1, kept.get_mut(..frames), samples.get(..frames))
            {
                kept.copy_from_slice(samples);
            }
        }
    }

    /// Has it in the pre tap in place of what feeds the strip.
    #[cold]
    #[inline(never)]
    fn record_kept(&mut self, strips: u32, frames: usize) {
        let inputs = self.kept.iter().zip(&self.mixer.strips.each).enumerate().take(self.shape.inputs);
        for (input, (kept, strip)) in inputs {
            if let (1, Tap::Pre, Some(kept)) = (strips >> input & 1, strip.tap, kept.get(..frames)) {
                self.taps.record(input, kept);
            }
        }
    }

    /// What each strip does by itself; those that are `live` go on from here. Tells which of them sound, as bits.
    #[inline(always)]
    fn trim(&mut self, live: u32, frames: usize) -> u32 {
        let mut sounding = 0;
        let strips = self.mixer.strips.each.iter_mut().zip(&mut self.inputs);
        for (input, (strip, buffer)) in strips.enumerate().take(self.shape.inputs) {
            let Some(samples) = buffer.get_mut(..frames) else { continue };
            let pre = Level::of(samples);
            if strip.tap == Tap::Pre {
                self.taps.record(input, samples);
            }
            let post = strip.process(samples, pre);
            if live >> input & 1 == 1 {
                self.meters.input(input, cleaned(samples, pre, self.counters), Level::default());
                sounding |= u32::from(post.peak != 0.0) << input;
                continue;
            }
            if strip.tap == Tap::Post {
                self.taps.record(input, samples);
            }
            self.meters.input(input, pre, post);
        }
        sounding
    }

    /// Meters and taps after strips that have something switched on.
    #[inline(always)]
    fn tap_processed(&mut self, mut live: u32, frames: usize) {
        while live != 0 {
            let input = live.trailing_zeros() as usize;
            live &= live - 1;
            let samples = self.inputs.get_mut(input).and_then(|samples| samples.get_mut(..frames));
            let (Some(samples), Some(strip)) = (samples, self.mixer.strips.each.get(input)) else { break };
            let post = Level::of(samples);
            if strip.tap == Tap::Post {
                self.taps.record(input, samples);
            }
            self.meters.input(input, Level::default(), post);
        }
    }

    /// Strips to buses: the main mix, the monitor mix, the sends and the outputs.
    #[inline(always)]
    pub(super) fn play(&mut self, area: &mut PlaybackArea<'_>, first: usize, frames: usize) {
        self.mix(area.channels > 0, frames);
        let (inputs, out, strips) = (&self.inputs, &mut self.bus, &mut self.mixer.strips);
        if area.channels == 0 && !strips.go_by_buses() {
            return;
        }
        let mut heard = self.mixer.monitor.mix(inputs, frames, &mut self.monitor);
        if self.pfl_heard {
            heard = join(&mut self.monitor, &self.pfl, frames, heard);
        }
        self.meters.monitor(if heard { finish_bus(&mut self.monitor, frames, true) } else { 0.0 });
        let monitor = heard.then_some(&self.monitor);
        self.mixer.sends.mix(inputs, frames, strips.sends());
        if strips.go_by_buses() {
            self.mixer.note_keys(monitor, frames);
        }
        if area.channels == 0 {
            return;
        }
        let outputs = self.mixer.outputs.iter_mut().zip(self.shape.playback_map);
        for (output, (bus, channel)) in outputs.enumerate().take(self.shape.outputs) {
            let mixed = bus.mix(inputs, frames, monitor, out);
            let samples = out.get_mut(..frames).unwrap_or(&mut []);
            let mixed = self.mixer.sends.add(output, samples, mixed);
            let mixed = self.mixer.mix.add(output, samples, mixed);
            let mixed = bus.level(samples, mixed);
            // Nothing of the box itself is delayed: the guard knows by when its tone is back.
            let sounding = self.sources.add(output, samples, mixed);
            let sounding = bus.limit(samples, sounding);
            self.meters.output(output, finish_bus(out, frames, sounding));
            encode(out.get(..frames).unwrap_or(&[]), area, usize::from(channel), first);
        }
    }

    /// The main mix, for the recording, outputs and compressors, or for nobody.
    #[inline(always)]
    fn mix(&mut self, heard: bool, frames: usize) {
        let (mix, strips, record) = (&mut self.mixer.mix, &mut self.mixer.strips, self.shape.record_mix);
        let is_key = strips.go_by(KeyBus::Mix);
        if !(record || is_key || heard && mix.is_played()) {
            return mix.rest();
        }
        mix.mix(&self.inputs, frames);
        let sides = [(Side::Left, Bus::MixLeft), (Side::Right, Bus::MixRight)];
        let mut peaks = [0.0; 2];
        for ((side, bus), level) in sides.into_iter().zip(&mut peaks) {
            let (samples, peak) = mix.side(side).finish(frames);
            if record {
                self.taps.record(self.shape.inputs + side as usize, samples);
            }
            if is_key {
                strips.note(bus, samples);
            }
            *level = peak;
        }
        self.meters.mix(peaks[0], peaks[1]);
    }
}
