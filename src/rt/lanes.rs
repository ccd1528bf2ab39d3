//! Eight strips side by side: one number of each, on which every operation is done at once.
//!
//! Plain arrays and loops of eight, which the compiler turns into one AVX register or two of NEON or SSE; no operation is
//! fused with another, so the sound is the same to the bit on all of them.
use crate::CHUNK;
use crate::power::{exp2, log2};
use core::ops::{Add, Mul, Sub};
use wide::f32x4;

/// Strips that are processed at once.
pub const LANES: usize = 8;

/// One number of each of eight strips.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(32))]
pub struct Lanes(pub [f32; LANES]);

/// Sound of eight strips, frame by frame.
pub type Interleaved = [Lanes; CHUNK];

impl Lanes {
    /// The same in each.
    pub const fn all(value: f32) -> Self {
        Self([value; LANES])
    }

    /// Changes one; nothing for a lane that is not there.
    pub fn set(&mut self, lane: usize, value: f32) {
        if let Some(place) = self.0.get_mut(lane) {
            *place = value;
        }
    }

    /// Sets every lane in `lanes` (bit i: lane i) to `value`.
    pub fn set_all(&mut self, lanes: u8, value: f32) {
        for (lane, place) in self.0.iter_mut().enumerate() {
            if lanes >> lane & 1 == 1 {
                *place = value;
            }
        }
    }

    /// What `change` makes of each.
    #[inline(always)]
    pub fn map(self, change: impl Fn(f32) -> f32) -> Self {
        let mut all = self.0;
        for one in &mut all {
            *one = change(*one);
        }
        Self(all)
    }

    /// What `join` makes of each and its neighbour in `other`. Taken apart by hand: iterators over two may be left as calls,
    /// which know nothing of their caller's vector unit.
    #[inline(always)]
    pub fn zip(self, other: Self, join: impl Fn(f32, f32) -> f32) -> Self {
        let ([a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p]) = (self.0, other.0);
        Self([join(a, i), join(b, j), join(c, k), join(d, l), join(e, m), join(f, n), join(g, o), join(h, p)])
    }

    /// The larger of each two.
    #[inline(always)]
    pub fn larger(self, other: Self) -> Self {
        self.zip(other, |a, b| if b > a { b } else { a })
    }

    /// The smaller of each two.
    #[inline(always)]
    pub fn smaller(self, other: Self) -> Self {
        self.zip(other, |a, b| if b < a { b } else { a })
    }

    /// Magnitudes.
    #[inline(always)]
    pub fn abs(self) -> Self {
        self.map(f32::abs)
    }

    /// Logarithms to base 2, as `power::log2` has them. (Not by `map`: a function that is handed over may be left
    /// as a call, which knows nothing of its caller's vector unit.)
    #[inline(always)]
    pub fn log2(self) -> Self {
        let mut all = self.0;
        for one in &mut all {
            *one = log2(*one);
        }
        Self(all)
    }

    /// Powers of two, as `power::exp2` has them.
    #[inline(always)]
    pub fn exp2(self) -> Self {
        let mut all = self.0;
        for one in &mut all {
            *one = exp2(*one);
        }
        Self(all)
    }

    /// Of each lane `yes` where this is a switch that is on (1.0), `no` where it is off (0.0).
    #[inline(always)]
    pub fn choose(self, yes: Self, no: Self) -> Self {
        // Exact: one of the two is multiplied by 1, the other by 0.
        self * yes + (Self::all(1.0) - self) * no
    }

    /// 1.0 where this is at least `other`, 0.0 elsewhere.
    #[inline(always)]
    pub fn at_least(self, other: Self) -> Self {
        self.zip(other, |a, b| if a >= b { 1.0 } else { 0.0 })
    }

    /// 0.0 in place of what is far too small to be heard (below -300 dB), before it becomes a denormal: those would take
    /// many times as long.
    #[inline(always)]
    pub fn without_dust(self) -> Self {
        self.map(|value| if value.abs() < 1e-15 { 0.0 } else { value })
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

/// Four lanes: what is taken to and from strips at once.
const HALF: usize = LANES / 2;

/// Lays the sound of up to eight strips side by side; of a half with no strip in `lanes` it leaves what was there.
///
/// Four frames of four strips are turned at a time, which a vector unit does in registers. Past `frames`, up to the next
/// multiple of four, there is nothing of meaning.
#[inline(always)]
pub fn gather(strips: &[[f32; CHUNK]], lanes: u8, frames: usize, out: &mut Interleaved) {
    for (half, strips) in strips.as_chunks::<HALF>().0.iter().enumerate().take(2) {
        if lanes >> (half * HALF) & 0xF == 0 {
            continue;
        }
        let [a, b, c, d] = strips.each_ref().map(|strip| strip.as_chunks::<4>().0.iter());
        let groups = out.as_chunks_mut::<4>().0.iter_mut().take(frames.div_ceil(4));
        for ((((group, a), b), c), d) in groups.zip(a).zip(b).zip(c).zip(d) {
            for (frame, four) in group.iter_mut().zip(turned([*a, *b, *c, *d])) {
                if let Some(place) = frame.0.as_chunks_mut::<HALF>().0.get_mut(half) {
                    *place = four;
                }
            }
        }
    }
}

/// The way back of `gather`.
#[inline(always)]
pub fn scatter(sound: &Interleaved, lanes: u8, frames: usize, strips: &mut [[f32; CHUNK]]) {
    for (half, strips) in strips.as_chunks_mut::<HALF>().0.iter_mut().enumerate().take(2) {
        if lanes >> (half * HALF) & 0xF == 0 {
            continue;
        }
        let [a, b, c, d] = strips.each_mut().map(|strip| strip.as_chunks_mut::<4>().0.iter_mut());
        let groups = sound.as_chunks::<4>().0.iter().take(frames.div_ceil(4));
        for ((((group, a), b), c), d) in groups.zip(a).zip(b).zip(c).zip(d) {
            let rows = group.each_ref().map(|frame| {
                let four = frame.0.as_chunks::<HALF>().0.get(half);
                four.copied().unwrap_or_default()
            });
            [*a, *b, *c, *d] = turned(rows);
        }
    }
}

/// Rows become columns. By a crate, as the compiler would move each number by itself.
#[inline(always)]
pub(crate) fn turned(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    f32x4::transpose(rows.map(f32x4::new)).map(f32x4::to_array)
}

/// The sum of the numbers of each: first those four apart, then the second to the first and the fourth to the third. By a crate
/// too, as the compiler would go across the four.
#[inline(always)]
pub(crate) fn totals(four: &[Lanes; 4]) -> [f32; 4] {
    let mut halves = [f32x4::ZERO; 4];
    for (half, Lanes([a, b, c, d, e, f, g, h])) in halves.iter_mut().zip(four) {
        *half = f32x4::new([*a, *b, *c, *d]) + f32x4::new([*e, *f, *g, *h]);
    }
    let [a, b, c, d] = f32x4::transpose(halves);
    ((a + b) + (c + d)).to_array()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn strips_come_back_as_they_went_and_others_are_left_alone() {
        let mut strips = [[0.0; CHUNK]; LANES];
        for (lane, strip) in strips.iter_mut().enumerate() {
            strip.iter_mut().enumerate().for_each(|(at, sample)| *sample = (lane * 1000 + at) as f32);
        }
        let mut sound = [Lanes::all(-1.0); CHUNK];
        gather(&strips, 0b0001_0000, 101, &mut sound);
        assert_eq!(sound[100].0, [-1.0, -1.0, -1.0, -1.0, 4100.0, 5100.0, 6100.0, 7100.0]);
        let mut back = [[-2.0; CHUNK]; LANES];
        scatter(&sound, 0b0001_0000, 101, &mut back);
        assert_eq!((back[3][100], back[4][100], back[7][0]), (-2.0, 4100.0, 7000.0));
    }

    #[test]
    fn totals_are_those_of_each() {
        let four = [1.0, 10.0, 100.0, 1000.0]
            .map(|scale| Lanes([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).map(|x| x * scale));
        assert_eq!(totals(&four), [36.0, 360.0, 3_600.0, 36_000.0]);
    }

    #[test]
    fn a_switch_chooses_lane_by_lane() {
        let mut switch = Lanes::all(0.0);
        switch.set_all(0b101, 1.0);
        let chosen = switch.choose(Lanes::all(1.0), Lanes::all(2.0));
        assert_eq!(chosen.0, [1.0, 2.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
        assert_eq!(Lanes::all(-1e-16).without_dust(), Lanes::all(0.0));
    }
}
