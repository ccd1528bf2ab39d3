//! A part of a sound that is played round and round. It does not click: the last frames of each round are blended into those that
//! come before its first one, so that a round is as long as the part.
//!
//! Runs on: streams.
use crate::play::stream::source::{Source, SourceError};

/// Another source that never ends: it comes to the end of the part, and goes on from its start. Sent beyond the end, it plays on.
pub struct Around {
    source: Box<dyn Source>,
    from: u64,
    to: u64,
    /// Frames of the blend.
    fade: u64,
    /// What comes before the part, `fade` frames a channel; read when it is needed first.
    before: Option<Vec<Vec<f32>>>,
    at: u64,
}

impl Around {
    /// Frames `from..to` of the source over and over, blended over `fade` frames; the part has at least one frame.
    pub fn new(source: Box<dyn Source>, [from, to]: [u64; 2], fade: u64) -> Self {
        let to = to.max(from + 1);
        Self { source, from, to, fade: fade.min(to - from), before: None, at: 0 }
    }

    /// Reads what comes before the part; silence before the first frame of all.
    fn lead_in(&mut self) -> Result<&Vec<Vec<f32>>, SourceError> {
        if self.before.is_none() {
            let there = self.fade.min(self.from);
            let silence = vec![0.0; (self.fade - there) as usize];
            let mut before = vec![silence; self.source.channels()];
            self.source.seek(self.from - there)?;
            read_all(&mut *self.source, there as usize, &mut before)?;
            before.iter_mut().for_each(|channel| channel.resize(self.fade as usize, 0.0));
            self.source.seek(self.at)?;
            self.before = Some(before);
        }
        Ok(self.before.get_or_insert_default())
    }

    /// Blends the last `read` frames of `into`, which begin with frame `first`.
    fn blend(&mut self, first: u64, read: usize, into: &mut [Vec<f32>]) -> Result<(), SourceError> {
        let (begin, fade) = (self.to - self.fade, self.fade as f32);
        if first + read as u64 <= begin {
            return Ok(());
        }
        let before = self.lead_in()?;
        for (channel, before) in into.iter_mut().zip(before) {
            let start = channel.len() - read;
            let samples = channel.get_mut(start..).unwrap_or(&mut []);
            for (sample, frame) in samples.iter_mut().zip(first..) {
                let Some(place) = frame.checked_sub(begin) else { continue };
                let Some(lead) = before.get(place as usize) else { break };
                let share = (place + 1) as f32 / (fade + 1.0);
                *sample += (lead - *sample) * share;
            }
        }
        Ok(())
    }
}

/// So many frames, or all up to the end.
fn read_all(source: &mut dyn Source, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
    let mut done = 0;
    while done < frames {
        match source.read(frames - done, into)? {
            0 => break,
            read => done += read,
        }
    }
    Ok(done)
}

impl Source for Around {
    fn rate(&self) -> u32 {
        self.source.rate()
    }

    fn channels(&self) -> usize {
        self.source.channels()
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        if self.at == self.to {
            self.source.seek(self.from)?;
            self.at = self.from;
        }
        let left = self.to.checked_sub(self.at).map_or(frames, |left| left.min(frames as u64) as usize);
        let first = self.at;
        let read = self.source.read(left, into)?;
        self.at += read as u64;
        // The part may go beyond the end of the sound by a rounding: it goes round there, too.
        if read == 0 && first > self.from && first < self.to {
            self.source.seek(self.from)?;
            self.at = self.from;
            return self.read(frames, into);
        }
        if first < self.to {
            self.blend(first, read, into)?;
        }
        Ok(read)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.at = frame;
        self.source.seek(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Frame by frame 1, 2, 3 and so on; the other channel negative.
    struct Count(u64, u64);

    impl Source for Count {
        fn rate(&self) -> u32 {
            48_000
        }

        fn channels(&self) -> usize {
            2
        }

        fn frames(&self) -> Option<u64> {
            Some(self.1)
        }

        fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
            let count = frames.min(7).min(self.1.saturating_sub(self.0) as usize);
            for frame in self.0..self.0 + count as u64 {
                into[0].push((frame + 1) as f32);
                into[1].push(-((frame + 1) as f32));
            }
            self.0 += count as u64;
            Ok(count)
        }

        fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
            self.0 = frame;
            Ok(())
        }
    }

    /// What frame of the part is to be heard, by the description.
    fn expected([from, to]: [u64; 2], fade: u64, frame: u64) -> f32 {
        let sound = |frame: i64| if frame < 0 { 0.0 } else { (frame + 1) as f32 };
        let Some(place) = frame.checked_sub(to - fade) else { return sound(frame as i64) };
        let lead = sound(from as i64 - fade as i64 + place as i64);
        let share = (place + 1) as f32 / (fade as f32 + 1.0);
        sound(frame as i64) + (lead - sound(frame as i64)) * share
    }

    proptest! {
        #[test]
        fn it_goes_round_to_the_frame_and_without_a_step(from in 0u64..60, length in 1u64..60, fade in 0u64..20, start in 0u64..130, reads in prop::collection::vec(1usize..40, 1..30)) {
            let part = [from, from + length];
            let fade_used = fade.min(length);
            let mut around = Around::new(Box::new(Count(0, 200)), part, fade);
            around.seek(start).unwrap();
            let mut at = start;
            for frames in reads {
                let mut into = vec![Vec::new(), Vec::new()];
                let read = around.read(frames, &mut into).unwrap();
                prop_assert!(read == 0 && at >= 200 || read > 0 && read <= frames);
                prop_assert_eq!((into[0].len(), into[1].len()), (read, read));
                for (left, right) in into[0].iter().zip(&into[1]) {
                    if at == part[1] && start <= part[1] {
                        at = from;
                    }
                    let told = if at < part[1] { expected(part, fade_used, at) } else { (at + 1) as f32 };
                    prop_assert!((left - told).abs() < 1e-3 && *left == -*right, "{at}: {left}, not {told}");
                    at += 1;
                }
            }
        }

        #[test]
        fn a_part_beyond_the_end_goes_round_at_the_end(from in 0u64..50, over in 1u64..9) {
            let mut around = Around::new(Box::new(Count(0, 50)), [from, 50 + over], 0);
            around.seek(from).unwrap();
            let mut into = vec![Vec::new(), Vec::new()];
            for _ in 0..200 {
                prop_assert!(around.read(9, &mut into).unwrap() > 0);
            }
            let length = (50 - from) as usize;
            let told = (0..into[0].len()).map(|place| (from as usize + place % length + 1) as f32);
            prop_assert!(told.zip(&into[0]).all(|(told, sample)| told == *sample));
        }
    }
}
