//! Levels of buses that compressors go by. A bus is mixed after the strips, so what counts of it is `LAG` groups old: neither
//! less, which would be too late to know, nor more, however long periods are.
use crate::follow::{GROUP, GROUPS, group_peaks};
use crate::message::Bus;
use crate::{CHUNK, SENDS};
use core::ops::Range;

/// Groups by which a bus counts late: a whole chunk, 2.7 ms at 48 kHz.
const LAG: usize = CHUNK / GROUP;
/// Groups that are kept: as many as are recalled and noted within a chunk.
const KEPT: usize = 2 * LAG;
/// Buses whose levels are kept: the monitor mix, left and right of the main mix, and the sends.
const BUSES: usize = 3 + SENDS;

/// A bus, or two, that a compressor may go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyBus {
    /// The monitor mix, with its solos, muted or not.
    Monitor,
    /// The main mix: the louder of left and right.
    Mix,
    /// A send, from 0, at its level.
    Send(u8),
}

/// Buses that a compressor may go by.
pub const KEY_BUSES: usize = 2 + SENDS;

impl KeyBus {
    /// Its place among all of them; none for a send that is not there.
    pub fn place(self) -> Option<usize> {
        match self {
            Self::Monitor => Some(0),
            Self::Mix => Some(1),
            Self::Send(send) => Some(2 + usize::from(send)).filter(|place| *place < KEY_BUSES),
        }
    }
}

/// The last levels of all buses.
#[derive(Clone, Debug)]
pub struct Lag {
    peaks: [[f32; KEPT]; BUSES],
    /// Of the group that the last chunk began and did not end.
    begun: [f32; BUSES],
    /// Where the group that the chunk begins in, or begins with, is kept.
    at: usize,
}

impl Lag {
    /// Silence.
    pub const fn new() -> Self {
        Self { peaks: [[0.0; KEPT]; BUSES], begun: [0.0; BUSES], at: 0 }
    }

    /// The peaks that count in the chunk at hand, of the bus or buses at `place`.
    pub fn recall(&self, place: usize) -> [f32; GROUPS] {
        let mut counting = [0.0; GROUPS];
        for peaks in self.peaks.get(sides(place)).unwrap_or(&[]) {
            let from = peaks.iter().cycle().skip((self.at + KEPT - LAG) % KEPT);
            for (counting, peak) in counting.iter_mut().zip(from) {
                *counting = if *peak > *counting { *peak } else { *counting };
            }
        }
        counting
    }

    /// Takes in what a bus plays in this chunk, of which `phase` frames of a group have gone before.
    pub fn note(&mut self, bus: Bus, samples: &[f32], phase: usize) {
        let index = match bus {
            Bus::Monitor => 0,
            Bus::MixLeft => 1,
            Bus::MixRight => 2,
            Bus::Send(send) => 3 + usize::from(send),
            Bus::Output(_) => return,
        };
        let (Some(peaks), Some(begun)) = (self.peaks.get_mut(index), self.begun.get_mut(index)) else {
            return;
        };
        let mut new = [0.0; GROUPS];
        group_peaks(samples, phase, begun, &mut new);
        for (group, peak) in new.iter().enumerate().take((phase + samples.len()) / GROUP) {
            if let Some(place) = peaks.get_mut((self.at + group) % KEPT) {
                *place = *peak;
            }
        }
    }

    /// Goes on to the next chunk, so many groups further.
    pub fn advance(&mut self, groups: usize) {
        self.at = (self.at + groups) % KEPT;
    }

    /// Forgets what the bus or buses at `place` played.
    pub fn forget(&mut self, place: usize) {
        self.peaks.get_mut(sides(place)).unwrap_or(&mut []).fill([0.0; KEPT]);
        self.begun.get_mut(sides(place)).unwrap_or(&mut []).fill(0.0);
    }
}

/// Which buses a place means: the main mix has two.
fn sides(place: usize) -> Range<usize> {
    match place {
        0 => 0..1,
        1 => 1..3,
        send => send + 1..send + 2,
    }
}

impl Default for Lag {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The level of each group of a ramp counts exactly `LAG` groups later, however the sound is cut.
    #[test]
    fn a_bus_counts_a_chunk_later_to_the_group() {
        let samples: Vec<f32> = (0..1_200_u16).map(|at| f32::from(at) / 1_200.0).collect();
        for cut in [1, 3, 8, 37, 96, 127, 128] {
            let (mut lag, mut phase, mut counted) = (Lag::new(), 0, Vec::new());
            for piece in samples.chunks(cut) {
                let whole = (phase + piece.len()) / GROUP;
                counted.extend_from_slice(&lag.recall(1)[..whole]);
                lag.note(Bus::MixLeft, &[0.0; CHUNK][..piece.len()], phase);
                lag.note(Bus::MixRight, piece, phase);
                lag.advance(whole);
                phase = (phase + piece.len()) % GROUP;
            }
            let wanted = samples.chunks(GROUP).map(|group| group[GROUP - 1]);
            let wanted: Vec<f32> = [0.0; LAG].into_iter().chain(wanted).take(counted.len()).collect();
            assert_eq!(counted, wanted, "{cut}");
        }
    }

    #[test]
    fn each_bus_has_a_place_of_its_own() {
        let mut lag = Lag::new();
        for (bus, level) in
            [(Bus::Monitor, 0.1), (Bus::MixLeft, 0.2), (Bus::Send(0), 0.3), (Bus::Send(1), 0.4)]
        {
            lag.note(bus, &[level; CHUNK], 0);
        }
        lag.advance(LAG);
        let keys = [KeyBus::Monitor, KeyBus::Mix, KeyBus::Send(0), KeyBus::Send(1)];
        let heard = keys.map(|key| lag.recall(key.place().unwrap())[0]);
        assert_eq!((heard, KeyBus::Send(2).place()), ([0.1, 0.2, 0.3, 0.4], None));
        (0..KEY_BUSES).for_each(|place| lag.forget(place));
        assert!((0..KEY_BUSES).all(|place| lag.recall(place) == [0.0; GROUPS]));
    }
}
