//! A stretch of all channels of the card, wired or not, as raw numbers: for whoever asks for one.
//!
//! The memory belongs to one side at a time: to rt from the wish until it is full, then to whoever asked. While nothing
//! is asked for, it costs rt one look at an atomic.
use crate::area::CaptureArea;
use crate::sample::SampleFormat;
use crate::sync::{AtomicU8, AtomicU32, AtomicU64, Ordering};

/// Samples that a snapshot holds: 8,192 frames of 16 channels.
pub const SNAPSHOT_SAMPLES: usize = 131_072;

/// Nothing is wanted; the memory is the asker's.
const IDLE: u8 = 0;
/// rt fills it.
const WANTED: u8 = 1;
/// Full; the memory is the asker's.
const READY: u8 = 2;

/// What a snapshot covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Absolute position of its first frame.
    pub position: u64,
    /// Frames, in one piece: nothing was lost between them.
    pub frames: usize,
    /// Channels of the card.
    pub channels: usize,
}

/// Filled on the rt thread, read anywhere; neither side ever waits.
#[derive(Debug)]
pub struct Snapshot {
    samples: &'static [AtomicU32],
    state: AtomicU8,
    wanted: AtomicU32,
    filled: AtomicU32,
    channels: AtomicU32,
    position: AtomicU64,
}

impl Snapshot {
    /// Empty, over so much memory.
    pub fn new(samples: &'static [AtomicU32]) -> Self {
        Self {
            samples,
            state: AtomicU8::new(IDLE),
            wanted: AtomicU32::new(0),
            filled: AtomicU32::new(0),
            channels: AtomicU32::new(0),
            position: AtomicU64::new(0),
        }
    }

    /// Asks for the next `frames` frames, or as many as there is room for. Nothing while one is on its way.
    pub fn want(&self, frames: usize) {
        if self.state.load(Ordering::Acquire) != WANTED {
            self.filled.store(0, Ordering::Relaxed);
            self.wanted.store(u32::try_from(frames).unwrap_or(u32::MAX), Ordering::Relaxed);
            self.state.store(WANTED, Ordering::Release);
        }
    }

    /// Hands over the snapshot that is full, frame by frame and channel by channel, left-justified in 32 bits; none
    /// while there is none. Each is given once.
    pub fn take(&self, mut sample: impl FnMut(i32)) -> Option<Extent> {
        if self.state.load(Ordering::Acquire) != READY {
            return None;
        }
        let frames = self.filled.load(Ordering::Relaxed) as usize;
        let channels = self.channels.load(Ordering::Relaxed) as usize;
        for word in self.samples.iter().take(frames * channels) {
            sample(word.load(Ordering::Relaxed).cast_signed());
        }
        self.state.store(IDLE, Ordering::Release);
        Some(Extent { position: self.position.load(Ordering::Relaxed), frames, channels })
    }

    /// Adds captured frames that begin at `position`, if they are wanted; on the rt thread.
    pub(crate) fn note(&self, area: &CaptureArea<'_>, position: u64) {
        if self.state.load(Ordering::Acquire) == WANTED {
            self.fill(area, position);
        }
    }

    /// What comes next does not join on to what came; on the rt thread.
    pub(crate) fn interrupt(&self) {
        if self.state.load(Ordering::Acquire) == WANTED {
            self.filled.store(0, Ordering::Relaxed);
        }
    }

    fn fill(&self, area: &CaptureArea<'_>, position: u64) {
        let mut filled = self.filled.load(Ordering::Relaxed) as usize;
        let channels = area.channels.max(1);
        if filled == 0 || self.channels.load(Ordering::Relaxed) as usize != channels {
            filled = 0;
            self.channels.store(channels as u32, Ordering::Relaxed);
            self.position.store(position, Ordering::Relaxed);
        }
        let most = (self.samples.len() / channels).min(self.wanted.load(Ordering::Relaxed) as usize);
        let frames = area.frames().min(most.saturating_sub(filled));
        let places = self.samples.get(filled * channels..(filled + frames) * channels).unwrap_or(&[]);
        match area.format {
            SampleFormat::S16 => put(places, area.bytes, |[low, high]| [0, 0, low, high]),
            SampleFormat::S24_3 => put(places, area.bytes, |[low, middle, high]| [0, low, middle, high]),
            SampleFormat::S32 => put(places, area.bytes, |raw| raw),
        }
        filled += frames;
        self.filled.store(filled as u32, Ordering::Relaxed);
        if filled >= most {
            self.state.store(READY, Ordering::Release);
        }
    }
}

#[inline(always)]
fn put<const B: usize>(places: &[AtomicU32], bytes: &[u8], justify: impl Fn([u8; B]) -> [u8; 4]) {
    for (place, raw) in places.iter().zip(bytes.as_chunks::<B>().0) {
        place.store(u32::from_le_bytes(justify(*raw)), Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn snapshot(samples: usize) -> Snapshot {
        Snapshot::new((0..samples).map(|_| AtomicU32::new(7)).collect::<Vec<_>>().leak())
    }

    fn taken(snapshot: &Snapshot) -> Option<(Extent, Vec<i32>)> {
        let mut samples = Vec::new();
        snapshot.take(|sample| samples.push(sample)).map(|extent| (extent, samples))
    }

    #[test]
    fn it_joins_pieces_and_begins_anew_after_a_loss() {
        let snapshot = snapshot(100);
        let area = |bytes| CaptureArea { bytes, format: SampleFormat::S24_3, channels: 2 };
        let frame = [1, 0, 0, 0xFF, 0xFF, 0xFF];
        snapshot.note(&area(&frame), 5);
        assert_eq!(taken(&snapshot), None, "nothing was wanted");
        snapshot.want(3);
        snapshot.note(&area(&frame), 10);
        snapshot.interrupt();
        snapshot.note(&area(&frame), 20);
        assert_eq!(taken(&snapshot), None);
        snapshot.note(&area(&frame.repeat(7)), 21);
        let extent = Extent { position: 20, frames: 3, channels: 2 };
        assert_eq!(taken(&snapshot), Some((extent, [256, -256].repeat(3))));
        assert_eq!(taken(&snapshot), None, "once");
    }

    #[test]
    fn it_takes_what_it_has_room_for_of_every_format() {
        for (format, raw, value) in [
            (SampleFormat::S16, &[0x34, 0x12][..], 0x1234_0000),
            (SampleFormat::S32, &[0x78, 0x56, 0x34, 0x12][..], 0x1234_5678),
        ] {
            let snapshot = snapshot(7);
            snapshot.want(usize::MAX);
            snapshot.note(&CaptureArea { bytes: &raw.repeat(300), format, channels: 3 }, 0);
            let (extent, samples) = taken(&snapshot).unwrap();
            assert_eq!((extent.frames, samples), (2, [value; 6].into()));
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use std::vec::Vec;

    /// In every interleaving what is handed over is one frame that was captured after the wish, whole.
    #[test]
    fn loom_a_snapshot_is_whole() {
        loom::model(|| {
            let words = (0..2).map(|_| AtomicU32::new(0)).collect::<Vec<_>>().leak();
            let snapshot = loom::sync::Arc::new(Snapshot::new(words));
            let filling = loom::sync::Arc::clone(&snapshot);
            snapshot.want(1);
            let thread = loom::thread::spawn(move || {
                for frame in [1_u8, 2] {
                    let bytes = [0, 0, 0, frame, 0, 0, 0, frame];
                    let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 2 };
                    filling.note(&area, u64::from(frame));
                }
            });
            for _ in 0..2 {
                let mut samples = Vec::new();
                if let Some(extent) = snapshot.take(|sample| samples.push(sample >> 24)) {
                    assert_eq!(samples, [extent.position as i32; 2]);
                    snapshot.want(1);
                }
            }
            thread.join().expect("rt");
        });
    }
}
