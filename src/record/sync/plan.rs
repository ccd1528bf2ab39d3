//! Which take holds which. Pure.
//!
//! Runs on: main.
use super::super::manifest::{Manifest, TakeState};
use super::super::stretch::Stretch;
use std::ops::Range;

/// A take on one of the media.
pub struct Known {
    /// Name of its folder.
    pub name: String,
    /// Its manifest.
    pub manifest: Manifest,
}

impl Known {
    /// The take in the folder of that name.
    pub fn new(name: &str, manifest: Manifest) -> Self {
        Self { name: name.into(), manifest }
    }

    /// What it holds.
    pub fn stretch(&self) -> Stretch {
        Stretch::of(&self.manifest)
    }

    /// Frames of `range` that it has not: gaps in the ledger, and what its shortest track is short of.
    fn lost(&self, range: &Range<u64>) -> u64 {
        let within = |from: u64, frames: u64| {
            from.saturating_add(frames).min(range.end).saturating_sub(from.max(range.start))
        };
        let gaps = self.manifest.gaps.iter();
        let start = self.manifest.start_frame;
        let gaps: u64 = gaps.map(|gap| within(start.saturating_add(gap.position), gap.frames)).sum();
        let frames = self.manifest.frames.unwrap_or(0);
        let tracks = self.manifest.tracks.iter();
        let has = tracks.map(|track| track.parts.iter().filter_map(|part| part.frames).sum::<u64>());
        gaps + has.map(|has| frames.saturating_sub(has)).max().unwrap_or(frames)
    }

    /// Whether this take has every frame that `other` has.
    pub fn holds(&self, other: &Self) -> bool {
        let complete = self.manifest.state != TakeState::Recording;
        let wanted = other.stretch();
        let as_good = || self.lost(&wanted.range()) <= other.lost(&wanted.range());
        complete && self.stretch().covers(&wanted) && as_good()
    }

    /// Whether a fault ended it: what was being written then may not be what was meant.
    pub fn is_doubtful(&self) -> bool {
        self.manifest.state == TakeState::Repaired || self.manifest.closed.as_deref() != Some("stopped")
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::manifest::{GapEntry, PartEntry, TapName, TrackEntry};
    use super::*;
    use proptest::prelude::*;

    fn take(session: &str, start: u64, frames: u64, gaps: &[(u64, u64)]) -> Known {
        let text = format!(
            r#"{{"vestry_take": 1, "state": "closed", "name": "x", "number": 1, "session": "{session}",
            "started": "2025-05-01T10:00:00+00:00", "sample_rate": 48000, "format": "pcm24", "layout": "mono",
            "time_reference": 0, "start_frame": {start}, "frames": {frames}, "closed": "stopped", "tracks": [],
            "gaps": [], "markers": [], "system": {{}}}}"#
        );
        let mut manifest: Manifest = serde_json::from_str(&text).unwrap();
        let gap = |&(position, frames): &(u64, u64)| {
            let cause = "write_error".into();
            GapEntry { position, absolute: start + position, frames, cause }
        };
        manifest.gaps = gaps.iter().map(gap).collect();
        let part = PartEntry { file: "01_x.wav".into(), start: 0, frames: Some(frames), crc32: None };
        let (name, stem) = ("x".into(), "01_x".into());
        let channel =
            super::super::super::manifest::Channel { name: "x".into(), input: None, tap: TapName::Pre };
        manifest.tracks = vec![TrackEntry { name, stem, channels: vec![channel], parts: vec![part] }];
        Known::new("x", manifest)
    }

    #[test]
    fn a_whole_take_holds_its_pieces_and_no_piece_holds_the_whole() {
        let whole = take("a", 0, 1000, &[]);
        for piece in [take("a", 0, 400, &[]), take("a", 700, 300, &[]), take("a", 0, 1000, &[(5, 6)])] {
            assert!(whole.holds(&piece) && !piece.holds(&whole));
        }
        assert!(whole.holds(&take("a", 0, 1000, &[])));
        assert!(!whole.holds(&take("b", 0, 1000, &[])), "another run");
        let gap = take("a", 0, 1000, &[(500, 100)]);
        assert!(gap.holds(&take("a", 0, 400, &[])), "the gap is elsewhere");
        assert!(!gap.holds(&take("a", 550, 400, &[])));
        let mut short = take("a", 0, 1000, &[]);
        short.manifest.tracks[0].parts[0].frames = Some(990);
        assert!(!short.holds(&whole) && whole.holds(&short), "a track that is short");
        let mut open = take("a", 0, 1000, &[]);
        open.manifest.state = TakeState::Recording;
        assert!(!open.holds(&whole));
    }

    proptest! {
        /// Of two takes of the same frames one holds the other, so nothing goes back and forth for ever.
        #[test]
        fn one_of_two_holds_the_other(a in 0u64..500, b in 0u64..500) {
            let (a, b) = (take("a", 9, 1000, &[(0, a)]), take("a", 9, 1000, &[(500, b)]));
            prop_assert!(a.holds(&b) || b.holds(&a));
        }
    }
}
