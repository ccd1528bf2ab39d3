//! The taps of all media: every sample goes to each medium's own pool, and what one of them loses costs no other. One more
//! may listen beside them, to measure: what it loses is counted by itself, in its own blocks.
use crate::MEDIA;
use crate::block::GapCause;
use crate::capture::CaptureTap;
use crate::counters::Counters;
use heapless::Vec;

/// One tap a medium, and that of a listener, all at the same position.
pub struct Taps {
    media: Vec<CaptureTap, MEDIA>,
    listener: Option<CaptureTap>,
}

impl Taps {
    /// One tap for each medium, in their order, all at position 0; those over `MEDIA` are not used.
    pub fn new(taps: impl IntoIterator<Item = CaptureTap>) -> Self {
        Self { media: taps.into_iter().take(MEDIA).collect(), listener: None }
    }

    /// The same, and a tap at position 0 that is no medium's.
    pub fn with_listener(self, listener: Option<CaptureTap>) -> Self {
        Self { listener, ..self }
    }

    /// Absolute position of the next frame.
    pub fn position(&self) -> u64 {
        self.media.first().map_or(0, CaptureTap::position)
    }

    /// True while every pool has room for a period. Only devices that can wait ask: others never wait for a medium.
    pub fn have_room(&self) -> bool {
        self.media.iter().chain(&self.listener).all(|tap| tap.free_blocks() > 1)
    }

    /// How many frames the next `commit` may cover at most; at least 1.
    #[inline]
    pub fn prepare(&mut self) -> usize {
        self.all().map(CaptureTap::prepare).min().unwrap_or(1)
    }

    /// Records one lane's next samples wherever there is room for them. Compiled into its callers: the way is short.
    #[inline(always)]
    pub fn record(&mut self, lane: usize, samples: &[f32]) {
        for tap in &mut self.media {
            put(tap, lane, samples);
        }
        if let Some(tap) = &mut self.listener {
            put(tap, lane, samples);
        }
    }

    /// Counts `frames` as gone through, and what each medium had no room for.
    #[inline]
    pub fn commit(&mut self, frames: usize, counters: &Counters) {
        for (tap, counters) in self.media.iter_mut().zip(&counters.media) {
            let dropping = tap.is_dropping();
            if tap.commit(frames) {
                counters.dropped_blocks.add(1);
            }
            if dropping {
                counters.dropped_frames.add(frames as u64);
            }
        }
        if let Some(tap) = &mut self.listener {
            tap.commit(frames);
        }
    }

    /// Notes `frames` that never came, from here on.
    pub fn lost(&mut self, frames: u64, cause: GapCause) {
        self.all().for_each(|tap| tap.lost(frames, cause));
    }

    /// Notes that everything so far had been captured at `ns` of CLOCK_MONOTONIC.
    pub fn note_time(&mut self, ns: u64) {
        self.media.iter_mut().for_each(|tap| tap.note_time(ns));
    }

    /// Hands over what is filled so far, however little.
    pub fn flush(&mut self) {
        self.all().for_each(CaptureTap::flush);
    }

    /// Hands over everything, losses that no sound follows included; false while a medium has no free block for them.
    pub fn finish(&mut self) -> bool {
        let unfinished = self.all().map(|tap| usize::from(!tap.finish()));
        unfinished.sum::<usize>() == 0
    }

    /// Says how many blocks are free on each medium.
    pub fn publish(&self, counters: &Counters) {
        for (tap, counters) in self.media.iter().zip(&counters.media) {
            let free = tap.free_blocks() as u64;
            counters.free_blocks.set(free);
            counters.free_blocks_low.at_most(free);
        }
    }
    fn all(&mut self) -> impl Iterator<Item = &mut CaptureTap> {
        self.media.iter_mut().chain(&mut self.listener)
    }
}

#[inline(always)]
fn put(tap: &mut CaptureTap, lane: usize, samples: &[f32]) {
    let room = tap.room(lane, samples.len());
    if room.len() == samples.len() {
        room.copy_from_slice(samples);
    }
}
