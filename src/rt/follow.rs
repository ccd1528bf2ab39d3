//! A gain that goes by the peaks of groups of frames: what gate and compressor have in common.
//!
//! Groups are counted from the first frame, so the sound does not depend on how long periods are. A gain that a group asks
//! for is reached along a straight line over the group after it.
use crate::lag::{KEY_BUSES, KeyBus};
use crate::lanes::Lanes;
use crate::{CHUNK, MAX_INPUTS};

/// Frames of a group: 0.17 ms at 48 kHz. Levels are looked at, and gains worked out, once in each.
pub const GROUP: usize = 8;
/// Most groups that a chunk touches.
pub const GROUPS: usize = CHUNK / GROUP + 1;

/// What a gain goes by. (Not a closure: those cannot be told to be compiled into their caller, with its vector unit.)
pub trait Law {
    /// Makes of the largest magnitudes of groups that have ended, one after another from the chunk's `first` on, the gain that
    /// is wanted after each.
    fn gains(&mut self, peaks: &mut [Lanes], first: usize);
}

/// What each lane's gain is, how it changes with each frame, and what it is to be at the end of the group.
#[derive(Clone, Copy, Debug)]
pub struct Follower {
    peak: Lanes,
    gain: Lanes,
    step: Lanes,
    to: Lanes,
}

impl Follower {
    /// Unity.
    pub const fn new() -> Self {
        let (zero, one) = (Lanes::all(0.0), Lanes::all(1.0));
        Self { peak: zero, gain: one, step: zero, to: one }
    }

    /// Whether another group of silence would leave it as it is.
    #[inline(always)]
    pub fn at_rest(&self) -> bool {
        [self.peak, self.step] == [Lanes::all(0.0); 2]
    }

    /// Unity again in some lanes.
    pub fn forget(&mut self, lanes: u8) {
        self.peak.set_all(lanes, 0.0);
        self.gain.set_all(lanes, 1.0);
        self.step.set_all(lanes, 0.0);
        self.to.set_all(lanes, 1.0);
    }

    /// Applies the gain to sound of which `phase` frames of a group (0..`GROUP`) have gone before; `law` is asked once for each
    /// group that ends.
    #[inline(always)]
    pub fn run(&mut self, sound: &mut [Lanes], phase: usize, law: &mut impl Law) {
        let phase = phase.min(GROUP - 1);
        let first = if phase == 0 { 0 } else { (GROUP - phase).min(sound.len()) };
        let (begun, rest) = sound.split_at_mut(first);
        self.peak = peak_of(begun, self.peak);
        self.scale(begun);
        let whole = usize::from(phase + begun.len() == GROUP);
        if whole == 1 {
            let mut gain = [self.peak];
            law.gains(&mut gain, 0);
            self.turn(gain[0]);
        }
        let (groups, rest) = rest.as_chunks_mut::<GROUP>();
        self.groups(groups, whole, law);
        self.peak = peak_of(rest, self.peak);
        self.scale(rest);
    }

    /// Whole groups. All gains are worked out before the first is applied: what a processor waits for in one group, it does
    /// for the others meanwhile.
    #[inline(always)]
    fn groups(&mut self, groups: &mut [[Lanes; GROUP]], first: usize, law: &mut impl Law) {
        let mut gains = [Lanes::all(1.0); GROUPS];
        for (gain, group) in gains.iter_mut().zip(groups.iter()) {
            *gain = peak_of(group, Lanes::all(0.0));
        }
        let Some(gains) = gains.get_mut(..groups.len()) else { return };
        law.gains(gains, first);
        for (gain, group) in gains.iter().zip(groups) {
            self.scale(group);
            self.turn(*gain);
        }
    }

    /// Ends a group: its line has arrived, the next one begins.
    #[inline(always)]
    fn turn(&mut self, gain: Lanes) {
        self.step = (gain - self.to) * Lanes::all(1.0 / GROUP as f32);
        (self.gain, self.to, self.peak) = (self.to, gain, Lanes::all(0.0));
    }

    /// Goes on along the line.
    #[inline(always)]
    fn scale(&mut self, sound: &mut [Lanes]) {
        let (mut gain, step) = (self.gain, self.step);
        for frame in sound {
            gain = gain + step;
            *frame = *frame * gain;
        }
        self.gain = gain;
    }
}

/// The largest magnitudes, `before` among them.
#[inline(always)]
fn peak_of(sound: &[Lanes], before: Lanes) -> Lanes {
    let mut peak = before;
    for frame in sound {
        peak = peak.larger(frame.abs());
    }
    peak
}

impl Default for Follower {
    fn default() -> Self {
        Self::new()
    }
}

/// What a compressor may go by instead of the sound itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A strip, from 0, before its filters.
    Strip(u8),
    /// A bus, as it was `CHUNK` frames before.
    Bus(KeyBus),
}

/// Most keys there are: strips first, then buses.
const KEYS: usize = MAX_INPUTS + KEY_BUSES;

impl Key {
    /// Its place among all keys; none for what is not there.
    pub fn place(self) -> Option<u8> {
        let place = match self {
            Self::Strip(strip) => Some(usize::from(strip)).filter(|strip| *strip < MAX_INPUTS),
            Self::Bus(bus) => bus.place().map(|place| MAX_INPUTS + place),
        };
        place.map(|place| place as u8)
    }
}

/// Peaks of what compressors go by: of strips as they are before any filter, of buses as they were a chunk before.
#[derive(Clone, Debug)]
pub struct Keys {
    peaks: [[f32; GROUPS]; KEYS],
    /// Of the group that the last chunk began and did not end.
    begun: [f32; MAX_INPUTS],
}

impl Keys {
    /// Silence.
    pub const fn new() -> Self {
        Self { peaks: [[0.0; GROUPS]; KEYS], begun: [0.0; MAX_INPUTS] }
    }

    /// Takes the peaks of one strip's chunk, of which `phase` frames of a group have gone before.
    pub fn measure(&mut self, strip: usize, samples: &[f32], phase: usize) {
        let (Some(peaks), Some(begun)) = (self.peaks.get_mut(strip), self.begun.get_mut(strip)) else {
            return;
        };
        group_peaks(samples, phase, begun, peaks);
    }

    /// Takes the peaks of a bus that count in this chunk.
    pub fn recall(&mut self, bus: usize, counting: [f32; GROUPS]) {
        if let Some(peaks) = self.peaks.get_mut(MAX_INPUTS + bus) {
            *peaks = counting;
        }
    }

    /// The peak of the key at a place, in a group that is full; 0 where there is none.
    #[inline(always)]
    pub fn peak(&self, place: u8, group: usize) -> f32 {
        self.peaks.get(usize::from(place)).and_then(|peaks| peaks.get(group)).copied().unwrap_or(0.0)
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// The peak of each group of a chunk, of which `phase` frames of a group have gone before with a peak of `begun`.
pub(crate) fn group_peaks(samples: &[f32], phase: usize, begun: &mut f32, peaks: &mut [f32; GROUPS]) {
    let (first, rest) = samples.split_at(samples.len().min(GROUP - phase.min(GROUP - 1)));
    let mut full = phase + first.len() >= GROUP;
    let mut last = larger(*begun, peak(first));
    let mut places = peaks.iter_mut();
    if let Some(place) = places.next() {
        *place = last;
    }
    for (place, group) in places.zip(rest.chunks(GROUP)) {
        (last, full) = (peak(group), group.len() == GROUP);
        *place = last;
    }
    *begun = if full { 0.0 } else { last };
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| larger(peak, sample.abs()))
}

fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Half as much of a full peak.
    struct Halving<'a>(&'a Keys, &'a mut Vec<f32>);

    impl Law for Halving<'_> {
        fn gains(&mut self, peaks: &mut [Lanes], first: usize) {
            for (at, peak) in peaks.iter_mut().enumerate() {
                assert_eq!(peak.0[0], self.0.peak(4, first + at));
                self.1.push(peak.0[0]);
                *peak = Lanes::all(1.0 - 0.5 * peak.0[0]);
            }
        }
    }

    /// Gains and groups' peaks do not depend on how the sound is cut.
    #[test]
    fn cuts_make_no_difference() {
        let samples: Vec<f32> = (0..400_u16).map(|at| f32::from(at * 37 % 101) / 101.0).collect();
        let listen = |cut: usize| {
            let (mut follower, mut keys, mut phase) = (Follower::new(), Keys::new(), 0);
            let (mut heard, mut peaks) = (Vec::new(), Vec::new());
            for piece in samples.chunks(cut) {
                let mut sound: Vec<Lanes> = piece.iter().map(|sample| Lanes::all(*sample)).collect();
                keys.measure(4, piece, phase);
                follower.run(&mut sound, phase, &mut Halving(&keys, &mut peaks));
                phase = (phase + piece.len()) % GROUP;
                heard.extend(sound.iter().map(|frame| frame.0[0]));
            }
            (heard, peaks)
        };
        let whole = listen(128);
        assert_eq!(whole.1.len(), 50);
        for cut in [1, 3, 8, 13, 100] {
            assert!(listen(cut) == whole, "{cut}");
        }
    }
}
