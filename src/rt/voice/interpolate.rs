//! Points between frames: the inner loops of all voices.
//!
//! Sound is a slice whose frame 0 lies at `GUARD`; a place in it is in 2^-32 frames. A point whose frames are not all there is
//! silence, which only happens past what is used.
use crate::CHUNK;
use crate::clip::GUARD;
use crate::lanes::{Interleaved, LANES, Lanes, totals, turned};
use crate::sinc::{Phases, TAPS};

/// 1 frame.
pub const FRAME: u64 = 1 << 32;
/// Points that are made at a time.
const POINTS: usize = 4;
/// Bits of a fraction below those that choose a phase.
const BELOW: u32 = 25;

/// Where points lie: the first one's place, and how far the next is, both in 2^-32 frames.
#[derive(Clone, Copy, Debug)]
pub struct Points {
    /// Of the first.
    pub at: u64,
    /// To the next.
    pub step: u64,
}

impl Points {
    /// Whether each lies upon a frame, one after another.
    #[inline(always)]
    pub fn are_frames(self) -> bool {
        self.step == FRAME && self.at.is_multiple_of(FRAME)
    }

    #[inline(always)]
    fn take(&mut self) -> u64 {
        let at = self.at;
        self.at = at.wrapping_add(self.step);
        at
    }
}

/// Frames as they are.
#[inline(always)]
pub fn copy(sound: &[f32], at: u64, out: &mut [f32]) {
    let frames = sound.get((at / FRAME) as usize + GUARD..).unwrap_or(&[]);
    for (out, frame) in out.iter_mut().zip(frames) {
        *out = *frame;
    }
}

/// What lies between the steps of the loops: the compiler makes vectors of what is stored as such.
#[derive(Debug)]
pub struct Scratch {
    /// Of each point products of taps and frames, summed up by eights.
    sums: Interleaved,
    /// The four frames around each point.
    around: [[f32; CHUNK]; 4],
    /// Where between the two in the middle it lies, 0..1.
    between: [f32; CHUNK],
}

impl Scratch {
    /// Empty.
    pub fn new() -> Self {
        Self { sums: [Lanes::all(0.0); CHUNK], around: [[0.0; CHUNK]; 4], between: [0.0; CHUNK] }
    }
}

/// Windowed sinc.
#[inline(always)]
pub fn sinc(phases: &Phases, sound: &[f32], mut points: Points, out: &mut [f32], scratch: &mut Scratch) {
    let (count, Scratch { sums, .. }) = (out.len(), scratch);
    for sums in sums.iter_mut().take(count) {
        *sums = products(phases, sound, points.take());
    }
    let (fours, rest) = out.as_chunks_mut::<POINTS>();
    let (sums, _) = sums.as_chunks::<POINTS>();
    for (four, sums) in fours.iter_mut().zip(sums) {
        *four = totals(sums);
    }
    if let Some(sums) = sums.get(fours.len()) {
        let last = totals(sums);
        for (out, point) in rest.iter_mut().zip(last) {
            *out = point;
        }
    }
}

/// The products of taps and frames around a place, summed up by eights: those of the phases on both sides, joined by a straight
/// line. (Phases side by side, and not their differences beside them, keep the table in the first-level cache.)
#[inline(always)]
fn products(phases: &Phases, sound: &[f32], at: u64) -> Lanes {
    let first = (at >> 32) as usize + GUARD + 1 - TAPS / 2;
    let frames = sound.get(first..first + TAPS);
    let rows = phases.get((at as u32 >> BELOW) as usize..).and_then(|rows| rows.first_chunk::<2>());
    let (Some(frames), Some([here, next])) = (frames, rows) else { return Lanes::all(0.0) };
    let between = (at as u32 & ((1 << BELOW) - 1)) as i32 as f32 * (1.0 / (1 << BELOW) as f32);
    let (mut low, mut high) = (Lanes::all(0.0), Lanes::all(0.0));
    for ((frames, here), next) in frames.as_chunks::<LANES>().0.iter().zip(here).zip(next) {
        let frames = Lanes(*frames);
        low = low + *here * frames;
        high = high + *next * frames;
    }
    low + Lanes::all(between) * (high - low)
}

/// Hermite's curve through four frames, with the slopes of Catmull and Rom.
#[inline(always)]
pub fn four_point(sound: &[f32], mut points: Points, out: &mut [f32], scratch: &mut Scratch) {
    let (frames, Scratch { around, between, .. }) = (out.len(), scratch);
    // Low halves alone: they wrap as the whole does.
    let (mut at, step) = (points.at as u32, points.step as u32);
    for share in between.iter_mut().take(frames) {
        *share = (at >> 8) as i32 as f32 * (1.0 / 16_777_216.0);
        at = at.wrapping_add(step);
    }
    let [a, b, c, d] = around.each_mut().map(|plane| plane.as_chunks_mut::<POINTS>().0.iter_mut());
    for (((a, b), c), d) in a.zip(b).zip(c).zip(d).take(frames.div_ceil(POINTS)) {
        let mut four = [[0.0; 4]; POINTS];
        for frames in &mut four {
            let first = (points.take() >> 32) as usize + GUARD - 1;
            let found = sound.get(first..first + 4).and_then(|sound| sound.first_chunk::<4>());
            *frames = found.copied().unwrap_or_default();
        }
        [*a, *b, *c, *d] = turned(four);
    }
    let [a, b, c, d] = around;
    let planes = a.iter().zip(b.iter()).zip(c.iter()).zip(d.iter()).zip(between.iter());
    for (out, ((((a, b), c), d), share)) in out.iter_mut().zip(planes) {
        *out = curve([*a, *b, *c, *d], *share);
    }
}

/// The curve at `t` (0..1) between the second and the third of four frames.
#[inline(always)]
fn curve([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    let (slope, down) = (0.5 * (c - a), b - c);
    let bend = slope + down;
    let cubic = bend + down + 0.5 * (d - b);
    let square = bend + cubic;
    ((cubic * t - square) * t + slope) * t + b
}
