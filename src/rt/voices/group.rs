//! Eight voices, whose equalisers are run side by side.
use crate::bank::filter;
use crate::lanes::{Interleaved, LANES, Lanes, gather, scatter};
use crate::section::{Section, SectionBank};
use crate::sinc::SincTable;
use crate::voice::interpolate::Scratch;
use crate::voice::playing::{State, Voice};
use crate::voice::{VOICE_BANDS, VoiceReport};
use crate::{CHUNK, MAX_INPUTS};

/// Sound of eight voices' two channels, and room to lay it side by side.
#[derive(Debug)]
pub struct Room {
    channels: [[[f32; CHUNK]; LANES]; 2],
    sound: Interleaved,
    scratch: Scratch,
}

impl Room {
    /// Silence.
    pub fn new() -> Self {
        Self {
            channels: [[[0.0; CHUNK]; LANES]; 2],
            sound: [Lanes::all(0.0); CHUNK],
            scratch: Scratch::new(),
        }
    }
}

/// What all voices of a chunk go by.
#[derive(Clone, Copy)]
pub struct Chunk {
    /// The absolute frame that it begins with.
    pub position: u64,
    /// Its frames.
    pub frames: usize,
    /// Strips that voices are heard on, as bits.
    pub fed: u32,
}

/// Eight voices.
#[derive(Debug)]
pub struct Group {
    /// Each.
    pub voices: [Voice; LANES],
    /// The bands of each channel.
    bands: [[SectionBank; VOICE_BANDS]; 2],
    /// Bit i: voice i is not free.
    pub busy: u8,
    /// In which frame of the chunk each begins.
    offsets: [usize; LANES],
}

impl Group {
    /// All free.
    pub fn new() -> Self {
        Self {
            voices: core::array::from_fn(|_| Voice::new()),
            bands: [[SectionBank::new(); VOICE_BANDS]; 2],
            busy: 0,
            offsets: [0; LANES],
        }
    }

    /// Sets a band of a voice, there after `frames`.
    pub fn set_band(&mut self, lane: usize, band: u8, section: Option<Section>, frames: u32) {
        for bands in &mut self.bands {
            if let Some(bank) = bands.get_mut(usize::from(band)) {
                bank.set(lane, section, frames);
            }
        }
    }

    /// Forgets the equaliser of a voice.
    fn put_bands(&mut self, lane: usize, sections: [Option<Section>; VOICE_BANDS]) {
        for bands in &mut self.bands {
            bands.iter_mut().zip(sections).for_each(|(bank, section)| bank.put(lane, section));
        }
    }

    /// Lets those end and begin whose time has come, and tells how late each of them is by `late`.
    pub fn begin(&mut self, chunk: Chunk, mut late: impl FnMut(usize, u64)) {
        self.offsets = [0; LANES];
        for lane in 0..LANES {
            let Some(voice) = self.voices.get_mut(lane) else { break };
            voice.look_at_end(chunk.position + chunk.frames as u64);
            let State::Waits(at) = voice.state else { continue };
            let at = if at == 0 { chunk.position } else { at };
            if at >= chunk.position + chunk.frames as u64 {
                continue;
            }
            let missed = chunk.position.saturating_sub(at);
            voice.begin(missed);
            let bands = voice.settings.bands;
            if let Some(offset) = self.offsets.get_mut(lane) {
                *offset = at.saturating_sub(chunk.position) as usize;
            }
            self.put_bands(lane, bands);
            if missed > 0 {
                late(lane, missed);
            }
        }
    }

    /// Plays a chunk.
    #[inline(always)]
    pub fn run(
        &mut self,
        table: &SincTable,
        chunk: Chunk,
        room: &mut Room,
        inputs: &mut [[f32; CHUNK]; MAX_INPUTS],
    ) {
        let [left, right] = &mut room.channels;
        let (mut playing, mut stereo) = (0_u8, 0_u8);
        let lanes = self.voices.iter_mut().zip(self.offsets).zip(left.iter_mut().zip(right.iter_mut()));
        for (((voice, offset), (left, right)), lane) in lanes.zip(0..) {
            if matches!(voice.state, State::Plays | State::Fades) {
                playing |= 1 << lane;
                stereo |= u8::from(voice.channels() == 2) << lane;
                voice.fill(table, (offset, chunk.frames), [left, right], &mut room.scratch);
            }
        }
        let live = self.bands.as_flattened().iter().fold(0, |live, bank| live | bank.live());
        let [to_left, to_right] = &mut self.bands;
        equalise(to_left, left, live & playing, (chunk.frames, &mut room.sound));
        equalise(to_right, right, live & stereo, (chunk.frames, &mut room.sound));
        let lanes = self.voices.iter_mut().zip(self.offsets).zip(left.iter_mut().zip(right));
        for (((voice, offset), (left, right)), lane) in lanes.zip(0..) {
            let samples = [left.get_mut(offset..chunk.frames), right.get_mut(offset..chunk.frames)];
            if let ([Some(left), Some(right)], true) = (samples, playing >> lane & 1 == 1) {
                let tail = (live >> lane & 1 == 1).then_some(CHUNK as u32 * 4);
                voice.add([left, right], (offset, chunk.fed), tail, inputs);
            }
        }
    }

    /// Hands what is not needed any more to `give`, and frees voices that are over; tells how many. The first of these is called
    /// `first`.
    #[inline(always)]
    pub fn hand_back(&mut self, first: u8, mut give: impl FnMut(VoiceReport)) -> usize {
        let mut over = 0_u8;
        for (lane, voice) in (0..).zip(&mut self.voices) {
            voice.hand_back(first + lane, &mut give);
            if voice.state == State::Over {
                voice.state = State::Free;
                over |= 1 << lane;
            }
        }
        self.busy &= !over;
        let ended = over.count_ones();
        while over != 0 {
            self.put_bands(over.trailing_zeros() as usize, [None; VOICE_BANDS]);
            over &= over - 1;
        }
        ended as usize
    }

    /// How often sound of streams was missing since this was asked.
    #[inline(always)]
    pub fn take_missed(&mut self) -> u64 {
        let mut missed = 0;
        for voice in &mut self.voices {
            missed += u64::from(voice.reading.take_missed());
        }
        missed
    }
}

/// Sends one channel of the voices in `lanes` through their bands.
#[inline(always)]
fn equalise(
    bands: &mut [SectionBank; VOICE_BANDS],
    voices: &mut [[f32; CHUNK]; LANES],
    lanes: u8,
    (frames, sound): (usize, &mut Interleaved),
) {
    if lanes == 0 {
        return;
    }
    gather(voices, lanes, frames, sound);
    if let Some(now) = sound.get_mut(..frames) {
        filter(bands.iter_mut(), now);
    }
    scatter(sound, lanes, frames, voices);
}
