//! Test signals that say where they are: every frame carries its own number, and every sample its own noise.
use vestry::rt::sample::SampleFormat;

/// Sample of `channel` in frame `number` (from 1), in the upper bits of a 32-bit word: the number's halves on channels
/// 0 and 1 above noise, noise alone on the others.
pub fn word(number: u32, channel: usize) -> u32 {
    let mut noise = (u64::from(number) << 8 | channel as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    noise = (noise ^ (noise >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let noise = (noise >> 32) as u32;
    match channel {
        0 => number << 16 | noise & 0xffff,
        1 => number & 0xffff_0000 | noise & 0xffff,
        _ => noise,
    }
}

/// Follows a received signal frame by frame.
#[derive(Debug, Default)]
pub struct Follower {
    /// Number that the next frame should carry; 0 before the first one.
    pub expected: u32,
    /// Frames that were what they should be, bit for bit on every channel looked at.
    pub good: u64,
    /// Frames out of place or with wrong bits.
    pub faults: u64,
    /// Silent frames after the first that was not.
    pub silent: u64,
    /// True where silence stands in place of frames and does not break the count.
    pub lenient: bool,
    /// True before a frame whose number is not known exactly.
    pub resync: bool,
    /// How far such frames were from where they were due.
    pub off: Vec<i32>,
}

impl Follower {
    /// Looks at the channels in `map` of every frame of `bytes`.
    pub fn follow(&mut self, bytes: &[u8], format: SampleFormat, channels: usize, map: &[usize]) {
        for frame in bytes.chunks_exact(format.bytes() * channels) {
            self.frame(frame, format.bytes(), map);
        }
    }

    fn frame(&mut self, frame: &[u8], width: usize, map: &[usize]) {
        let upper = |channel: usize| {
            u32::from(u16::from_le_bytes([
                frame[(channel + 1) * width - 2],
                frame[(channel + 1) * width - 1],
            ]))
        };
        let number = upper(0) | upper(1) << 16;
        if frame.iter().all(|&byte| byte == 0) {
            let begun = self.expected != 0;
            self.silent += u64::from(begun);
            self.expected = self.expected.wrapping_add(u32::from(begun && self.lenient));
            return;
        }
        let exact = map.iter().all(|&channel| {
            frame[channel * width..(channel + 1) * width] == word(number, channel).to_le_bytes()[4 - width..]
        });
        if std::mem::take(&mut self.resync) && exact {
            self.off.push(number.wrapping_sub(self.expected) as i32);
            self.expected = number;
        }
        let in_place = self.expected == 0 || self.expected == number;
        if !(exact && in_place) {
            if self.faults < 5 {
                println!("fault: frame {number} where {} was due, exact: {exact}", self.expected);
            }
            self.faults += 1;
        } else {
            self.good += 1;
        }
        self.expected = number.wrapping_add(1);
    }
}
