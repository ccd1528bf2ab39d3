//! All playback voices: they play clips into strips whose source is the player.
//!
//! Clips are made and freed elsewhere. For each that is taken on there is room in the queue of reports to hand it back, so that
//! none is ever dropped here; a start that finds no room waits, and what was ordered after it, until reports are taken.
mod group;

use crate::clip::Clip;
use crate::counters::Counters;
use crate::lanes::LANES;
use crate::sinc::SincTable;
use crate::voice::playing::State;
use crate::voice::{VOICES, VoiceChange, VoiceOrder, VoiceReport};
use crate::{CHUNK, MAX_INPUTS};
use alloc::sync::Arc;
use group::{Chunk, Group, Room};
use heapless::spsc::{Consumer, Producer};

/// What crosses the boundary for the voices.
pub struct VoiceLinks {
    /// Orders in.
    pub orders: Consumer<'static, VoiceOrder>,
    /// Reports out: room for one each voice and one more is the least that is of use.
    pub reports: Producer<'static, VoiceReport>,
    /// The interpolator's filters.
    pub table: &'static SincTable,
}

/// The voices. While none plays and no strip is fed they cost a look a period and one a chunk.
pub struct Voices {
    links: VoiceLinks,
    counters: &'static Counters,
    groups: [Group; VOICES / LANES],
    /// Voices that are not free.
    busy: usize,
    /// Clips and parts of streams that are here.
    held: usize,
    ramp_frames: u32,
    room: Room,
}

impl Voices {
    /// All free; a change takes `ramp_frames`.
    pub fn new(links: VoiceLinks, counters: &'static Counters, ramp_frames: u32) -> Self {
        let groups = core::array::from_fn(|_| Group::new());
        Self { links, counters, groups, busy: 0, held: 0, ramp_frames, room: Room::new() }
    }

    /// Whether any voice is not free.
    #[inline(always)]
    pub fn are_live(&self) -> bool {
        self.busy != 0
    }

    /// Takes in orders. At the start of a period, and while there is no sound.
    pub fn take_in(&mut self) {
        while let Some(order) = self.links.orders.peek() {
            if matches!(order, VoiceOrder::Start { .. } | VoiceOrder::Feed { .. }) && !self.has_room() {
                self.counters.held_starts.add(1);
                break;
            }
            let Some(order) = self.links.orders.dequeue() else { break };
            self.carry_out(order);
        }
        self.hand_back();
        self.counters.voices.set(self.busy as u64);
    }

    /// Whether one more clip could be handed back, beside those that are here.
    fn has_room(&self) -> bool {
        let room = self.links.reports.capacity() - self.links.reports.len();
        room > self.held
    }

    fn carry_out(&mut self, order: VoiceOrder) {
        match order {
            VoiceOrder::Start { .. } => self.start(order),
            VoiceOrder::Feed { voice, part } => self.feed(voice, part),
            VoiceOrder::Set { voice, change } => self.set(voice, change),
            VoiceOrder::Stop { voice, at, fade } => {
                if let Some((group, lane)) = self.group(voice)
                    && let Some(voice) = group.voices.get_mut(lane)
                {
                    voice.stop_at(at, fade);
                }
            }
            VoiceOrder::Release { voice } => self.set(voice, VoiceChange::Repeat(None)),
        }
    }

    fn group(&mut self, voice: u8) -> Option<(&mut Group, usize)> {
        let (group, lane) = (usize::from(voice) / LANES, usize::from(voice) % LANES);
        self.groups.get_mut(group).map(|group| (group, lane))
    }

    fn start(&mut self, order: VoiceOrder) {
        let VoiceOrder::Start { voice: number, clip, settings, at } = order else { return };
        if let Some((group, lane)) = self.group(number)
            && let Some(voice) = group.voices.get_mut(lane)
            && voice.state == State::Free
            && settings.are_sound(clip.frames())
            && clip.of_stream().is_none_or(|part| part.from == 0 && settings.repeat.is_none())
        {
            voice.take(clip, settings, at);
            group.busy |= 1 << lane;
            self.busy += 1;
            self.held += 1;
            return;
        }
        self.counters.refused_starts.add(1);
        self.give_back(VoiceReport::Refused { voice: number, clip });
    }

    fn feed(&mut self, number: u8, part: Arc<Clip>) {
        let voice = self.group(number).and_then(|(group, lane)| group.voices.get_mut(lane));
        let refused = match voice {
            Some(voice) => voice.feed(part).err(),
            None => Some(part),
        };
        match refused {
            None => self.held += 1,
            Some(part) => self.give_back(VoiceReport::Spent { voice: number, part }),
        }
    }

    /// What was not taken on. There was room, as nobody else puts anything in; rather than to be freed here a clip would stay for
    /// good.
    fn give_back(&mut self, report: VoiceReport) {
        if let Err(report) = self.links.reports.enqueue(report) {
            core::mem::forget(report);
            self.counters.lost_events.add(1);
        }
    }

    fn set(&mut self, number: u8, change: VoiceChange) {
        let frames = self.ramp_frames;
        let Some((group, lane)) = self.group(number) else { return };
        let Some(voice) = group.voices.get_mut(lane) else { return };
        let sound = voice.clip.as_ref().is_some_and(|clip| change.is_sound(clip.frames()));
        match (voice.state, change) {
            _ if !sound => {}
            // One that is silent yet takes on its equaliser when it begins.
            (State::Waits(_), VoiceChange::Band(band, section)) => {
                let bands = voice.settings.bands.get_mut(usize::from(band));
                bands.into_iter().for_each(|band| *band = section);
            }
            (State::Waits(_), change) => voice.change(change, 0),
            (State::Plays, VoiceChange::Band(band, section)) => group.set_band(lane, band, section, frames),
            (State::Plays, change) => voice.change(change, frames),
            _ => {}
        }
    }

    /// Plays the next chunk, which begins at the absolute frame `position`, to the strips that are `fed`, as bits.
    #[inline(always)]
    pub fn run(&mut self, position: u64, frames: usize, fed: u32, played: &mut [[f32; CHUNK]; MAX_INPUTS]) {
        let mut silenced = fed;
        while silenced != 0 {
            if let Some(strip) = played.get_mut(silenced.trailing_zeros() as usize) {
                strip.fill(0.0);
            }
            silenced &= silenced - 1;
        }
        if self.busy == 0 {
            return;
        }
        let chunk = Chunk { position, frames: frames.min(CHUNK), fed };
        self.begin(chunk);
        for group in &mut self.groups {
            if group.busy != 0 {
                group.run(self.links.table, chunk, &mut self.room, played);
            }
        }
        self.hand_back();
    }

    fn begin(&mut self, chunk: Chunk) {
        let Self { links, counters, groups, held, .. } = self;
        for (first, group) in (0..).step_by(LANES).zip(groups).filter(|(_, group)| group.busy != 0) {
            group.begin(chunk, |lane, frames| {
                counters.late_starts.add(1);
                // The room of the clips is theirs.
                let room = links.reports.capacity() - links.reports.len();
                let late = VoiceReport::Late { voice: first + lane as u8, frames };
                if room <= *held || links.reports.enqueue(late).is_err() {
                    counters.lost_events.add(1);
                }
            });
        }
    }

    /// Hands back what is over.
    fn hand_back(&mut self) {
        let Self { links, counters, groups, busy, held, .. } = self;
        let mut give = |report| {
            // There is room for all that is held, and so for this.
            links.reports.enqueue(report).unwrap_or_else(core::mem::forget);
            *held = held.saturating_sub(1);
        };
        for (first, group) in (0..).step_by(LANES).zip(groups).filter(|(_, group)| group.busy != 0) {
            *busy -= group.hand_back(first, &mut give);
            counters.late_reads.add(group.take_missed());
        }
    }
}

#[cfg(all(test, not(loom)))]
mod quality;
#[cfg(all(test, not(loom)))]
mod rig;
#[cfg(all(test, not(loom)))]
mod stream_tests;
#[cfg(all(test, not(loom)))]
mod tests;
