//! One voice: from its start to its end.
use super::interpolate::{Scratch, copy, four_point, sinc};
use super::playhead::Playhead;
use super::reading::Reading;
use super::seam::lay_out;
use super::side::Side;
use super::{Quality, SHORTEST_FADE, VoiceChange, VoiceReport, VoiceSettings};
use crate::clip::Clip;
use crate::ramp::Ramp;
use crate::sinc::SincTable;
use crate::{CHUNK, MAX_INPUTS};
use alloc::sync::Arc;

/// What a voice is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Without a clip.
    Free,
    /// Until this absolute frame; 0 is now.
    Waits(u64),
    /// It sounds.
    Plays,
    /// It fades, or what it leaves in its equaliser.
    Fades,
    /// Over, but for its clip, which is to be handed back.
    Over,
}

/// One voice.
#[derive(Debug)]
pub struct Voice {
    /// What it is at.
    pub state: State,
    /// What it plays; there unless it is free.
    pub clip: Option<Arc<Clip>>,
    /// How it was started.
    pub settings: VoiceSettings,
    /// What it has of a stream.
    pub reading: Reading,
    head: Playhead,
    quality: Quality,
    envelope: Ramp,
    /// From which absolute frame on it is to fade, and for how many frames.
    end: Option<(u64, u32)>,
    sides: [Side; 2],
}

impl Voice {
    /// Free.
    pub fn new() -> Self {
        Self {
            state: State::Free,
            clip: None,
            settings: VoiceSettings::default(),
            reading: Reading::new(),
            head: Playhead::new(0, 1.0, None, 0),
            quality: Quality::Sinc,
            envelope: Ramp::at(1.0),
            end: None,
            sides: [Side::new(); 2],
        }
    }

    /// Takes up a clip that it may play so, for a frame to come.
    pub fn take(&mut self, clip: Arc<Clip>, settings: VoiceSettings, at: u64) {
        let VoiceSettings { start, speed, repeat, quality, route, gain, .. } = settings;
        self.head = Playhead::new(start, speed, repeat, self.reading.begin(&clip));
        self.envelope = Ramp::at(1.0);
        self.end = None;
        self.sides = route.map(|to| Side::begin(to, gain.0));
        (self.state, self.clip, self.settings, self.quality) =
            (State::Waits(at), Some(clip), settings, quality);
    }

    /// Takes the next part of its stream; gives it back where it does not follow what it has.
    pub fn feed(&mut self, part: Arc<Clip>) -> Result<(), Arc<Clip>> {
        if matches!(self.state, State::Free | State::Over) {
            return Err(part);
        }
        let end = self.reading.accept(part)?;
        self.head.ends_at(end);
        Ok(())
    }

    /// Begins to sound, so many frames too late.
    pub fn begin(&mut self, late: u64) {
        self.state = State::Plays;
        self.head.skip(late);
        let inside = late > 0 || self.settings.start > 0;
        let fade = self.settings.fade_in.max(if inside { SHORTEST_FADE } else { 0 });
        if fade > 0 {
            self.envelope = Ramp::at(0.0);
            self.envelope.to(1.0, fade);
        }
    }

    /// Carries out a change that is sound; not one of the equaliser.
    pub fn change(&mut self, change: VoiceChange, frames: u32) {
        match change {
            VoiceChange::Gain(gain) => self.sides.iter_mut().for_each(|side| side.gain(gain.0, frames)),
            VoiceChange::Speed(speed) => self.head.glide(speed, frames),
            VoiceChange::Route(route) => {
                self.sides.iter_mut().zip(route).for_each(|(side, to)| side.route(to, frames));
            }
            // What a stream repeats is repeated before it comes here.
            VoiceChange::Repeat(_) if self.reading.is_streamed() => {}
            VoiceChange::Repeat(repeat) => self.head.repeat(repeat),
            VoiceChange::Band(..) => {}
        }
    }

    /// Has it fade from the absolute frame `at` on; 0 is now.
    pub fn stop_at(&mut self, at: u64, fade: u32) {
        self.end = (at > 0).then_some((at, fade));
        if at == 0 {
            self.stop(fade);
        }
    }

    /// Lets it fade if its time comes before the absolute frame `next`.
    #[inline(always)]
    pub fn look_at_end(&mut self, next: u64) {
        if let Some((_, fade)) = self.end.take_if(|(at, _)| *at < next) {
            self.stop(fade);
        }
    }

    /// Fades out; one that has not begun is over.
    pub fn stop(&mut self, fade: u32) {
        match self.state {
            State::Free | State::Over => {}
            State::Waits(_) => self.state = State::Over,
            State::Plays | State::Fades => {
                // A ramp that is on its way to silence already would not let itself be told to hurry.
                self.envelope = Ramp::at(self.envelope.value());
                self.envelope.to(0.0, fade.max(SHORTEST_FADE));
                self.state = State::Fades;
            }
        }
    }

    /// Hands to `give` what it has no use for any more; all of it once it is over.
    #[inline(always)]
    pub fn hand_back(&mut self, voice: u8, mut give: impl FnMut(VoiceReport)) {
        let is_over = self.state == State::Over;
        while let Some(part) = if is_over { self.reading.rest() } else { self.reading.spent() } {
            give(VoiceReport::Spent { voice, part });
        }
        if let Some(clip) = self.clip.take_if(|_| is_over) {
            give(VoiceReport::Ended { voice, clip });
        }
    }

    /// Channels that it plays.
    #[inline(always)]
    pub fn channels(&self) -> usize {
        self.clip.as_ref().map_or(0, |clip| clip.channels())
    }

    /// The next frames of each of its channels, from `offset` to `frames`; silence before that.
    #[inline(always)]
    pub fn fill(
        &mut self,
        table: &SincTable,
        (offset, frames): (usize, usize),
        [left, right]: [&mut [f32; CHUNK]; 2],
        scratch: &mut Scratch,
    ) {
        let Self { clip: Some(clip), head, quality, reading, .. } = self else { return };
        reading.look(clip, head, frames - offset.min(frames));
        let mut done = offset;
        if offset > 0 {
            [left.get_mut(..offset), right.get_mut(..offset)]
                .into_iter()
                .flatten()
                .for_each(|sound| sound.fill(0.0));
        }
        while done < frames {
            let within = reading.within(clip, head.frame()).filter(|_| !head.is_over());
            let Some(within) = within else {
                let rest = [left.get_mut(done..frames), right.get_mut(done..frames)];
                rest.into_iter().flatten().for_each(|rest| rest.fill(0.0));
                head.skip((frames - done) as u64);
                break;
            };
            let piece = head.piece(frames - done, within);
            for (channel, out) in [&mut *left, &mut *right].into_iter().enumerate() {
                let (Some(sound), Some(out)) =
                    (clip.guarded(channel), out.get_mut(done..done + piece.frames))
                else {
                    break;
                };
                let laid;
                let (sound, points) = match piece.seam {
                    Some(round) => {
                        laid = lay_out(sound, round, piece.points, piece.frames);
                        (laid.0.as_slice(), laid.1)
                    }
                    None => (sound, piece.points),
                };
                if points.are_frames() {
                    copy(sound, points.at, out);
                } else if *quality == Quality::FourPoint {
                    four_point(sound, points, out, scratch);
                } else {
                    sinc(table.filter(points.step), sound, points, out, scratch);
                }
            }
            done += piece.frames;
        }
    }

    /// Adds what was filled to its strips, and finds out whether it is over. A `tail` is what its equaliser may still hold.
    #[inline(always)]
    pub fn add(
        &mut self,
        sound: [&mut [f32]; 2],
        (offset, fed): (usize, u32),
        tail: Option<u32>,
        inputs: &mut [[f32; CHUNK]; MAX_INPUTS],
    ) {
        let [left, right] = sound;
        let stereo = self.channels() == 2;
        if self.envelope.settled() != Some(1.0) {
            if stereo {
                self.envelope.clone().scale(right);
            }
            self.envelope.scale(left);
        }
        if let Some(fade) = self.reading.fade() {
            if stereo {
                fade.clone().scale(right);
            }
            fade.scale(left);
        }
        let [to_left, to_right] = &mut self.sides;
        to_left.add(left, offset, fed, inputs);
        to_right.add(if stereo { right } else { left }, offset, fed, inputs);
        match (self.state, tail) {
            (State::Fades, _) if self.envelope.is_silent() => self.state = State::Over,
            (State::Plays, None) if self.head.is_over() => self.state = State::Over,
            (State::Plays, Some(tail)) if self.head.is_over() => self.stop(tail),
            _ => {}
        }
    }
}
