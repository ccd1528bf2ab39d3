//! What the box plays itself, beside what comes in: the loopback's tone, the generator, the click track.
//!
//! It is added to what an output plays after the output's gain and before its limiter. Nothing of it is ever in a recording,
//! but for the generator where it feeds a strip: there it goes wherever the strip goes.
use crate::click::ClickTrack;
use crate::feed::{Due, Feeds};
use crate::generator::{Generating, Heard};
use crate::message::Command;
use crate::tone::OutputTone;
use crate::{CHUNK, MAX_INPUTS};

/// All sources. While none is live they cost one look a chunk and one an output.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    tone: OutputTone,
    generator: Generating,
    click: ClickTrack,
    /// What feeds strips.
    feeds: Feeds,
    live: bool,
    /// Outputs on which each is heard in this chunk, as bits: tone, generator, click; and all of them together.
    on: [u32; 3],
    any: u32,
    /// Whether strips that the generator feeds hear it in this chunk.
    fed: bool,
    generated: [f32; CHUNK],
    clicks: [f32; CHUNK],
}

impl Sources {
    /// Silent.
    pub const fn new() -> Self {
        Self {
            tone: OutputTone::new(),
            generator: Generating::new(),
            click: ClickTrack::new(),
            feeds: Feeds::new(),
            live: false,
            on: [0; 3],
            any: 0,
            fed: false,
            generated: [0.0; CHUNK],
            clicks: [0.0; CHUNK],
        }
    }

    /// Carries out what is for a source.
    pub fn apply(&mut self, command: Command, ramp_frames: u32) {
        match command {
            Command::Tone(tone) => self.tone.set(tone, ramp_frames),
            Command::Generator(generator) => self.generator.set(generator, ramp_frames),
            Command::Click(click) => self.click.set(click),
            Command::Source(strip, source) => return self.feeds.set(strip, source, ramp_frames),
            Command::SourceAt { strip, source, at, keeps_card } => {
                return self.feeds.set_at(strip, Due { source, at, keeps_card, frames: ramp_frames });
            }
            _ => return,
        }
        self.live = true;
    }

    /// Ends all fades of what feeds strips.
    pub fn settle(&mut self) {
        self.feeds.settle();
    }

    /// Whether any strip is fed with something else than the card.
    #[inline(always)]
    pub fn feed_strips(&self) -> bool {
        self.feeds.is_live()
    }

    /// Carries out what is to be on one of the next frames, the first of which has the absolute `position`. Strips of which the card is
    /// recorded whatever feeds them, as bits.
    #[cold]
    #[inline(never)]
    pub fn take_in_due(&mut self, position: u64, frames: usize) -> u32 {
        self.feeds.take_in_due(position + frames as u64);
        self.feeds.of_card()
    }

    /// Strips that hear the playback voices, as bits.
    #[inline(always)]
    pub fn fed_by_player(&self) -> u32 {
        self.feeds.of_player()
    }

    /// Puts what strips are fed with in place of what the card delivered; `played` is what voices play to each of those that
    /// hear them.
    #[cold]
    #[inline(never)]
    pub fn feed(
        &mut self,
        played: &[[f32; CHUNK]; MAX_INPUTS],
        inputs: &mut [[f32; CHUNK]; MAX_INPUTS],
        frames: usize,
    ) {
        self.feeds.run(self.fed.then_some(&self.generated), played, inputs, frames);
    }

    /// Whether `run` has something to do.
    #[inline(always)]
    pub fn are_live(&self) -> bool {
        self.live
    }

    /// Where in the last chunk the click's bar began.
    pub fn bar(&self) -> Option<usize> {
        self.click.bar().filter(|_| self.click.is_live())
    }

    /// Makes the next chunk. The number of a sweep that has ended in it.
    pub fn run(&mut self, frames: usize) -> Option<u8> {
        let tone = self.tone.outputs();
        let generator = match self.generated.get_mut(..frames) {
            Some(samples) if self.generator.is_live() => self.generator.fill(samples),
            _ => Heard::default(),
        };
        let click = match self.clicks.get_mut(..frames) {
            Some(samples) if self.click.is_live() => self.click.fill(samples),
            _ => 0,
        };
        self.on = [tone, generator.outputs, click];
        self.any = tone | generator.outputs | click;
        self.fed = generator.strips;
        self.live = self.any != 0 || self.fed || self.generator.is_live() || self.click.is_live();
        generator.swept
    }

    /// Adds what is heard on an output to what it plays, which is nothing unless `sounding`; true if it sounds afterwards.
    #[inline(always)]
    pub fn add(&mut self, output: usize, samples: &mut [f32], sounding: bool) -> bool {
        if self.any >> (output as u32 & 31) & 1 == 0 {
            return sounding;
        }
        self.add_each(output as u32 & 31, samples, sounding);
        true
    }

    #[cold]
    #[inline(never)]
    fn add_each(&mut self, output: u32, samples: &mut [f32], sounding: bool) {
        if !sounding {
            samples.fill(0.0);
        }
        let [tone, generator, click] = self.on.map(|outputs| outputs >> output & 1 == 1);
        if tone {
            self.tone.add(samples, true);
        }
        for (on, sound) in [(generator, &self.generated), (click, &self.clicks)] {
            if on {
                for (sample, more) in samples.iter_mut().zip(sound) {
                    *sample += more;
                }
            }
        }
    }
}
