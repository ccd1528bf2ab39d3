//! Peak and power of inputs and buses: measured per period, published so that no peak is ever missed.
use crate::latest::{LatestReader, LatestWriter};
use crate::{MAX_INPUTS, MAX_OUTPUTS};
use core::array;

/// Four samples: what every vector unit takes at once.
type Four = [f32; 4];
/// Samples measured side by side: enough sums that no addition waits for the one before it.
type Sixteen = [Four; 4];

/// Published first: frames, mix left and right, monitor.
const HEAD_WORDS: usize = 4;
/// Published for each input and the output of the same number: peak and energy before and after the strip, output peak.
const ROW_WORDS: usize = 5;
const ROWS: usize = if MAX_INPUTS > MAX_OUTPUTS { MAX_INPUTS } else { MAX_OUTPUTS };
/// Words of one published set.
pub const METER_WORDS: usize = HEAD_WORDS + ROW_WORDS * ROWS;
/// Over this many unread frames the mean forgets its older half.
const LONGEST_MEAN: u32 = 1 << 16;

/// Peak and sum of squares of a stretch of sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Largest magnitude; full scale is 1.0.
    pub peak: f32,
    /// Sum of squares.
    pub energy: f32,
}

impl Level {
    /// Measures samples, sixteen at a time.
    #[inline(always)]
    pub fn of(samples: &[f32]) -> Self {
        let (mut peaks, mut energies) = (Sixteen::default(), Sixteen::default());
        let (groups, rest) = samples.as_chunks::<16>();
        for group in groups {
            measure(group, &mut peaks, &mut energies);
        }
        if !rest.is_empty() {
            let mut last = [0.0; 16];
            last.iter_mut().zip(rest).for_each(|(last, sample)| *last = *sample);
            measure(&last, &mut peaks, &mut energies);
        }
        Self { peak: fold(peaks, larger), energy: fold(energies, |a, b| a + b) }
    }

    /// The same sound at another gain.
    pub fn scaled(self, gain: f32) -> Self {
        Self { peak: self.peak * gain.abs(), energy: self.energy * gain * gain }
    }

    fn merge(&mut self, other: Self) {
        self.peak = larger(self.peak, other.peak);
        self.energy += other.energy;
    }
}

#[inline(always)]
fn measure(group: &[f32; 16], peaks: &mut Sixteen, energies: &mut Sixteen) {
    for ((samples, peaks), energies) in group.as_chunks::<4>().0.iter().zip(peaks).zip(energies) {
        *peaks = pairwise(*peaks, samples.map(f32::abs), larger);
        *energies = pairwise(*energies, samples.map(|sample| sample * sample), |a, b| a + b);
    }
}

#[inline(always)]
fn pairwise([a, b, c, d]: Four, [e, f, g, h]: Four, join: impl Fn(f32, f32) -> f32) -> Four {
    [join(a, e), join(b, f), join(c, g), join(d, h)]
}

/// Joins all to one, half with half, so that the steps do not wait for each other.
#[inline(always)]
fn fold([a, b, c, d]: Sixteen, join: impl Fn(f32, f32) -> f32 + Copy) -> f32 {
    let [a, b, c, d] = pairwise(pairwise(a, b, join), pairwise(c, d, join), join);
    join(join(a, c), join(b, d))
}

/// One compare-and-select; `f32::max` would also look for NaN, which integers cannot bring in.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// What is summed up for one input and the output of the same number.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    pre: Level,
    post: Level,
    output: f32,
}

impl Row {
    fn words(&self) -> [f32; ROW_WORDS] {
        [self.pre.peak, self.pre.energy, self.post.peak, self.post.energy, self.output]
    }
}

/// All levels since the reader last looked. On the rt thread.
pub struct Meters<'a> {
    published: LatestWriter<'a, METER_WORDS>,
    frames: u32,
    mix: [f32; 2],
    monitor: f32,
    rows: [Row; ROWS],
    /// Rows in use: inputs or outputs, whichever are more.
    used: usize,
}

impl<'a> Meters<'a> {
    /// Everything silent, for so many inputs or outputs, whichever are more.
    pub fn new(published: LatestWriter<'a, METER_WORDS>, used: usize) -> Self {
        Self {
            published,
            frames: 0,
            mix: [0.0; 2],
            monitor: 0.0,
            rows: [Row::default(); ROWS],
            used: used.min(ROWS),
        }
    }

    /// Begins a period; the sums begin anew when what was published has been read.
    pub fn begin(&mut self) {
        if self.published.is_read() {
            self.clear();
        } else if self.frames > LONGEST_MEAN {
            self.forget_half();
        }
    }

    /// Counts frames that the levels to come belong to.
    pub fn frames(&mut self, frames: usize) {
        self.frames += frames as u32;
    }

    /// Adds an input's levels before and after its strip.
    pub fn input(&mut self, input: usize, pre: Level, post: Level) {
        if let Some(row) = self.rows.get_mut(input) {
            row.pre.merge(pre);
            row.post.merge(post);
        }
    }

    /// Adds an output's peak.
    pub fn output(&mut self, output: usize, peak: f32) {
        if let Some(row) = self.rows.get_mut(output) {
            row.output = larger(row.output, peak);
        }
    }

    /// Adds the main mix's peaks.
    pub fn mix(&mut self, left: f32, right: f32) {
        self.mix = [larger(self.mix[0], left), larger(self.mix[1], right)];
    }

    /// Adds the monitor mix's peak.
    pub fn monitor(&mut self, peak: f32) {
        self.monitor = larger(self.monitor, peak);
    }

    /// Publishes the sums. A reader that looks just then may meet one period's levels twice, never miss one.
    pub fn publish(&mut self) {
        let [left, right] = self.mix;
        let rows = self.rows.iter().take(self.used).flat_map(Row::words);
        let words = [left, right, self.monitor].into_iter().chain(rows).map(f32::to_bits);
        self.published.publish(core::iter::once(self.frames).chain(words));
    }

    fn clear(&mut self) {
        self.frames = 0;
        self.mix = [0.0; 2];
        self.monitor = 0.0;
        self.rows.iter_mut().take(self.used).for_each(|row| *row = Row::default());
    }

    fn forget_half(&mut self) {
        self.frames /= 2;
        for row in &mut self.rows {
            row.pre.energy *= 0.5;
            row.post.energy *= 0.5;
        }
    }
}

/// Peak and mean square of one measuring point; full scale is 1.0. The RMS value is the root of `power`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Largest magnitude since the last look.
    pub peak: f32,
    /// Mean square since the last look, over at most some 2 s.
    pub power: f32,
}

/// All meters as of one look at them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeterFrame {
    /// Frames these readings cover; 0 when no period has passed since the last look.
    pub frames: u32,
    /// As the converter delivers, by input.
    pub pre: [Reading; MAX_INPUTS],
    /// After the strip, by input.
    pub post: [Reading; MAX_INPUTS],
    /// Peaks at the physical outputs.
    pub outputs: [f32; MAX_OUTPUTS],
    /// Peaks of the main mix, left and right.
    pub mix: [f32; 2],
    /// Peak of the monitor mix.
    pub monitor: f32,
}

/// Reads the meters, on any thread but rt.
pub fn read(reader: &mut LatestReader<'_, METER_WORDS>) -> MeterFrame {
    let (words, fresh) = reader.read();
    let frames = if fresh { words[0] } else { 0 };
    let value = |at: usize| if fresh { words.get(at).copied().map_or(0.0, f32::from_bits) } else { 0.0 };
    let count = frames.max(1) as f32;
    let reading = |at: usize| Reading { peak: value(at), power: value(at + 1) / count };
    let row = |row: usize| HEAD_WORDS + ROW_WORDS * row;
    MeterFrame {
        frames,
        pre: array::from_fn(|input| reading(row(input))),
        post: array::from_fn(|input| reading(row(input) + 2)),
        outputs: array::from_fn(|output| value(row(output) + 4)),
        mix: [value(1), value(2)],
        monitor: value(3),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::latest::Latest;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_measures_like_the_definition(samples in prop::collection::vec(-1.0..1.0_f32, 0..70)) {
            let level = Level::of(&samples);
            prop_assert_eq!(level.peak, samples.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs())));
            let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            prop_assert!((f64::from(level.energy) - energy).abs() < 1e-4);
        }
    }

    #[test]
    fn a_peak_between_two_looks_is_seen_once() {
        let mut latest = Latest::new();
        let (writer, mut reader) = latest.split();
        let mut meters = Meters::new(writer, 2);
        for sample in [0.1, 0.9, 0.2] {
            meters.begin();
            meters.frames(1);
            let level = Level::of(&[sample]);
            meters.input(1, level, level.scaled(-0.5));
            meters.publish();
        }
        let frame = read(&mut reader);
        assert_eq!((frame.frames, frame.pre[1].peak, frame.post[1].peak), (3, 0.9, 0.45));
        assert!((frame.pre[1].power - (0.01 + 0.81 + 0.04) / 3.0).abs() < 1e-6);
        assert_eq!(read(&mut reader).frames, 0, "nothing new");
        meters.begin();
        meters.frames(1);
        meters.publish();
        assert_eq!(read(&mut reader).pre[1].peak, 0.0, "the old peak is gone");
    }
}
