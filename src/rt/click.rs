//! The click track: a click on every beat, to the frame, for as long as it runs.
use crate::CHUNK;
use crate::burst::{Burst, BurstShape};
use crate::generator::are_there;

/// So many frames take so many beats: a fraction, since a beat is hardly ever a whole number of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// Frames; below 2^40.
    pub frames: u64,
    /// Beats; 1..2^32.
    pub beats: u64,
}

/// The click track's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Click {
    /// Bit i: output i, from 0. At least one.
    pub outputs: u32,
    /// Amplitude, above 0, 1 at most.
    pub level: f32,
    /// Beats a bar, at least 1.
    pub beats: u8,
    /// How fast.
    pub tempo: Tempo,
    /// The click on the first beat of a bar, and the others.
    pub accent: BurstShape,
    /// As above.
    pub beat: BurstShape,
}

impl Click {
    /// Whether it can be run, on a console of so many outputs. A click is over a chunk before the next one at the latest.
    pub(crate) fn is_sound(&self, outputs: usize) -> bool {
        let Tempo { frames, beats } = self.tempo;
        let longest = u64::from(self.accent.length.max(self.beat.length)) + CHUNK as u64;
        let tempo = beats > 0 && beats < 1 << 32 && frames < 1 << 40 && frames / beats > longest;
        let bursts = self.accent.is_sound() && self.beat.is_sound();
        let level = self.level > 0.0 && self.level <= 1.0;
        tempo && bursts && level && self.beats > 0 && are_there(self.outputs, outputs)
    }
}

/// The click track at work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClickTrack {
    now: Option<Click>,
    /// What is wanted from the next beat on.
    wanted: Option<Click>,
    burst: Burst,
    /// Where the burst is heard.
    outputs: u32,
    /// The next beat of the bar, from 0.
    next: u8,
    /// Frames until then.
    wait: u64,
    /// What was left of the last division, in 2 `tempo.beats`ths of a frame; none before the beat that is counted from.
    rest: Option<u64>,
    /// Where in the last frames asked for a bar began.
    bar: Option<usize>,
}

impl ClickTrack {
    /// Off.
    pub const fn new() -> Self {
        Self {
            now: None,
            wanted: None,
            burst: Burst::new(),
            outputs: 0,
            next: 0,
            wait: 0,
            rest: None,
            bar: None,
        }
    }

    /// Begins with the first beat of a bar, changes with the next beat, or ends with the last click.
    pub fn set(&mut self, wanted: Option<Click>) {
        if self.now.is_none() {
            (self.next, self.wait, self.rest) = (0, self.burst.left().into(), None);
        }
        (self.now, self.wanted) = (wanted.map(|wanted| self.now.unwrap_or(wanted)), wanted);
    }

    /// Whether a click sounds or is to come.
    pub fn is_live(&self) -> bool {
        self.now.is_some() || self.burst.left() > 0
    }

    /// Where in the frames last asked for a bar began, the last one of several.
    pub fn bar(&self) -> Option<usize> {
        self.bar
    }

    /// The next frames, and on which outputs; 0, and nothing in `samples`, if there is no click in them.
    pub fn fill(&mut self, samples: &mut [f32]) -> u32 {
        let silent = self.burst.left() == 0;
        self.bar = None;
        if silent && (self.now.is_none() || self.wait >= samples.len() as u64) {
            self.wait = self.wait.saturating_sub(samples.len() as u64);
            return 0;
        }
        samples.fill(0.0);
        let (total, mut rest) = (samples.len(), samples);
        while !rest.is_empty() {
            if self.wait == 0 && self.beat() {
                self.bar = Some(total - rest.len());
            }
            let frames = rest.len().min(usize::try_from(self.wait).unwrap_or(usize::MAX));
            let (now, later) = rest.split_at_mut(frames);
            self.burst.add(now);
            self.wait -= now.len() as u64;
            rest = later;
        }
        self.outputs
    }

    /// A beat is here: its click, and when the next one is due; true if a bar begins with it.
    ///
    /// Beat n is at round(n frames / beats), which is floor((2 n frames + beats) / 2 beats).
    fn beat(&mut self) -> bool {
        let before = self.now.map(|click| click.tempo);
        self.now = self.wanted;
        let Some(click) = self.now else {
            self.wait = u64::MAX;
            return false;
        };
        let Tempo { frames, beats } = click.tempo;
        let before = self.rest.filter(|_| before == Some(click.tempo)).unwrap_or(beats);
        let (twice, sum) = ((2 * beats).max(1), before + 2 * frames);
        (self.wait, self.rest) = (sum / twice, Some(sum % twice));
        let place = if self.next >= click.beats { 0 } else { self.next };
        self.burst.begin(if place == 0 { &click.accent } else { &click.beat }, click.level);
        (self.outputs, self.next) = (click.outputs, place + 1);
        place == 0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::tone::Step;

    fn shape(turns: f64) -> BurstShape {
        BurstShape { step: Step::of(turns), rise: 24, fall: 1_400, length: 1_424 }
    }

    /// Thousandths of a beat a minute at so many frames a second.
    fn click(bpm_milli: u64, rate: u64, beats: u8) -> Click {
        let tempo = Tempo { frames: 60_000 * rate, beats: bpm_milli };
        Click { outputs: 1, level: 1.0, beats, tempo, accent: shape(0.03), beat: shape(0.02) }
    }

    /// Frames of the first `count` clicks' first samples.
    fn beats(track: &mut ClickTrack, count: usize, from: &mut u64) -> std::vec::Vec<u64> {
        let (mut found, mut buffer) = (std::vec::Vec::new(), [0.0; CHUNK]);
        // Called in the middle of a click, it hears the rest of that first.
        let mut silent = if *from == 0 { 1_000 } else { 0 };
        while found.len() < count {
            if track.fill(&mut buffer) == 0 {
                silent += CHUNK;
            } else {
                for (at, sample) in (*from..).zip(buffer) {
                    if sample != 0.0 && silent > 100 {
                        found.push(at);
                    }
                    silent = if sample == 0.0 { silent + 1 } else { 0 };
                }
            }
            *from += CHUNK as u64;
        }
        found
    }

    #[test]
    fn after_hours_every_beat_is_still_on_its_frame() {
        for (bpm_milli, rate, count) in
            [(97_300, 48_000, 17_514), (300_000, 44_100, 2_000), (20_001, 48_000, 500)]
        {
            let mut track = ClickTrack::new();
            track.set(Some(click(bpm_milli, rate, 4)));
            assert_eq!(track.bar(), None);
            for (n, at) in (0..).zip(beats(&mut track, count, &mut 0)) {
                // round(n * 60 * rate / bpm)
                let exact = (n * 2 * 60_000 * rate + bpm_milli) / (2 * bpm_milli);
                assert_eq!(at, exact, "beat {n} at {bpm_milli}");
            }
        }
    }

    #[test]
    fn another_tempo_begins_with_the_next_beat_and_the_bar_goes_on() {
        let (mut track, mut from) = (ClickTrack::new(), 0);
        track.set(Some(click(120_000, 48_000, 3)));
        assert_eq!(beats(&mut track, 1, &mut from), [0]);
        assert_eq!(track.bar(), Some(0), "where the frames last asked for began");
        assert_eq!(beats(&mut track, 1, &mut from), [24_000]);
        assert_eq!(track.bar(), None, "a beat that is no bar's first");
        assert_eq!(track.next, 2);
        track.set(Some(click(97_300, 48_000, 3)));
        let exact = |n: u64| 48_000 + (n * 2 * 60_000 * 48_000 + 97_300) / (2 * 97_300);
        assert_eq!(beats(&mut track, 3, &mut from), [exact(0), exact(1), exact(2)]);
        assert_eq!(track.next, 2, "the third of a bar, the first and the second");
        track.set(None);
        while track.is_live() {
            track.fill(&mut [0.0; CHUNK]);
        }
        assert!(track.burst.left() == 0 && track.now.is_none());
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        let good = click(300_000, 8_000, 1);
        let quick = BurstShape { length: 200, fall: 100, ..shape(0.1) };
        let good = Click { accent: quick, beat: quick, ..good };
        assert!(good.is_sound(1));
        let tempo = |frames, beats| Click { tempo: Tempo { frames, beats }, ..good };
        for wrong in [
            tempo(1_000, 0),
            tempo(300, 1),
            Click { outputs: 2, ..good },
            Click { outputs: 0, ..good },
            Click { beats: 0, ..good },
            Click { level: 1.5, ..good },
            Click { level: f32::NAN, ..good },
        ] {
            assert!(!wrong.is_sound(1), "{wrong:?}");
        }
        assert!(Click { outputs: u32::MAX, ..good }.is_sound(32));
    }
}
