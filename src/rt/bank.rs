//! What eight strips may have switched on, one kind after another: high-pass, gate, equaliser, compressor.
use crate::CHUNK;
use crate::compressor::{Compressor, CompressorBank};
use crate::follow::Keys;
use crate::gate::{Gate, GateBank};
use crate::lanes::{Interleaved, LANES, Lanes, gather, scatter};
use crate::section::{Section, SectionBank, run};
use heapless::Vec;

/// Bands of a strip's equaliser.
pub const BANDS: usize = 8;
/// Sections that are run at a time: as many as keep a processor busy that waits for each result.
const TOGETHER: usize = 4;

/// Something that a strip may have between its trim and its post tap; `None` takes it out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Insert {
    /// The high-pass, before everything else.
    HighPass(Option<Section>),
    /// The gate, after the high-pass.
    Gate(Option<Gate>),
    /// A band of the equaliser, 0..`BANDS`, after the gate.
    Band(u8, Option<Section>),
    /// The compressor, after the equaliser.
    Compressor(Option<Compressor>),
}

impl Insert {
    /// Whether it can be run: a band that is there, numbers in their ranges.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::HighPass(section) => section.is_none_or(|section| section.is_sound()),
            Self::Band(band, section) => {
                usize::from(*band) < BANDS && section.is_none_or(|section| section.is_sound())
            }
            Self::Gate(gate) => gate.is_none_or(|gate| gate.is_sound()),
            Self::Compressor(compressor) => compressor.is_none_or(|compressor| compressor.is_sound()),
        }
    }
}

/// Inserts of eight strips. What none of them uses costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Bank {
    high_pass: SectionBank,
    gate: GateBank,
    bands: [SectionBank; BANDS],
    compressor: CompressorBank,
    live: u8,
    /// Whether silence would leave everything as it is.
    resting: bool,
}

impl Bank {
    /// Nothing switched on.
    pub fn new() -> Self {
        Self {
            high_pass: SectionBank::new(),
            gate: GateBank::new(),
            bands: [SectionBank::new(); BANDS],
            compressor: CompressorBank::new(),
            live: 0,
            resting: false,
        }
    }

    /// Sets what is sound on a lane, there after `frames`; false if it is not sound.
    pub fn set(&mut self, lane: usize, insert: Insert, frames: u32) -> bool {
        if lane >= LANES || !insert.is_sound() {
            return false;
        }
        match insert {
            Insert::HighPass(section) => self.high_pass.set(lane, section, frames),
            Insert::Gate(gate) => self.gate.set(lane, gate, frames),
            Insert::Band(band, section) => {
                let bank = self.bands.get_mut(usize::from(band));
                bank.into_iter().for_each(|bank| bank.set(lane, section, frames));
            }
            Insert::Compressor(compressor) => self.compressor.set(lane, compressor, frames),
        }
        self.look();
        self.resting = false;
        true
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.high_pass.settle();
        self.gate.settle();
        self.bands.iter_mut().for_each(SectionBank::settle);
        self.compressor.settle();
        self.look();
    }

    /// Lanes on which anything is heard.
    #[inline(always)]
    pub fn live(&self) -> u8 {
        self.live
    }

    /// Whether there is nothing to be done for silence.
    #[inline(always)]
    pub fn rests(&self) -> bool {
        self.resting
    }

    /// Finds out whether there is, after silence has gone through.
    pub fn rest(&mut self) {
        let used = |section: &&SectionBank| section.live() != 0;
        let mut sections = self.bands.iter().chain([&self.high_pass]).filter(used);
        self.resting = sections.all(SectionBank::at_rest)
            && (self.gate.live() == 0 || self.gate.at_rest())
            && (self.compressor.live() == 0 || self.compressor.at_rest());
    }

    /// Places of the keys that compressors go by, as bits.
    pub fn keys(&self) -> u64 {
        self.compressor.keys()
    }

    /// Forgets all sound of some lanes.
    pub fn forget(&mut self, lanes: u8) {
        self.high_pass.forget(lanes);
        self.gate.forget(lanes);
        self.bands.iter_mut().for_each(|band| band.forget(lanes));
        self.compressor.forget(lanes);
    }

    /// Processes `frames` of its strips in place by way of `sound`, of which nothing is kept; `keys` and `phase` are as of
    /// [`CompressorBank::run`].
    #[inline(always)]
    pub fn run(
        &mut self,
        strips: &mut [[f32; CHUNK]],
        frames: usize,
        (keys, phase): (&Keys, usize),
        sound: &mut Interleaved,
    ) {
        let live = self.live;
        self.resting = false;
        gather(strips, live, frames, sound);
        let Some(now) = sound.get_mut(..frames) else { return };
        let gated = self.gate.live() != 0;
        if gated {
            filter([&mut self.high_pass].into_iter(), now);
            self.gate.run(now, phase);
        }
        let high_pass = (!gated).then_some(&mut self.high_pass);
        filter(high_pass.into_iter().chain(&mut self.bands), now);
        if self.compressor.live() != 0 {
            self.compressor.run(now, phase, keys);
        }
        scatter(sound, live, frames, strips);
        self.look();
    }

    /// Finds out what is in use.
    #[inline(always)]
    fn look(&mut self) {
        let bands = self.bands.iter().fold(0, |live, band| live | band.live());
        self.live = self.high_pass.live() | self.gate.live() | bands | self.compressor.live();
    }
}

/// Sends sound through those of the sections that are in use: several at a time where they are settled. As each is linear,
/// their order does not matter.
#[inline(always)]
pub(crate) fn filter<'a>(sections: impl Iterator<Item = &'a mut SectionBank>, sound: &mut [Lanes]) {
    let mut settled = Vec::<&mut SectionBank, { BANDS + 1 }>::new();
    for section in sections.filter(|section| section.live() != 0) {
        if section.moves() {
            section.run_moving(sound);
        } else {
            let _one_place_a_section = settled.push(section);
        }
    }
    let (fours, rest) = settled.as_chunks_mut::<TOGETHER>();
    for [a, b, c, d] in fours {
        run([a, b, c, d], sound);
    }
    match rest {
        [a, b, c] => run([a, b, c], sound),
        [a, b] => run([a, b], sound),
        [a] => run([a], sound),
        _ => {}
    }
}

impl Default for Bank {
    fn default() -> Self {
        Self::new()
    }
}
