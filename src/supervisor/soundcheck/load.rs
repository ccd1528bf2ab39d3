//! A take that is loaded: its tracks, the strips that they play through, and how it is read from any frame on.
//!
//! Runs on: supervisor.
use super::open::{Opened, piece};
use crate::play::stream::clip::Reading;
use crate::play::stream::cutter::Cutter;
use crate::play::stream::repeat::Repeated;
use crate::play::stream::source::Source;
use crate::play::stream::thread::{DEPTH, Opening};
use crate::play::take::run::Span;
use crate::play::take::source::{Piece, TakeSource};
use crate::telemetry::{Place, SoundcheckMarker, SoundcheckTrack};
use vestry_rt::clip::{RUN_IN, RUN_OUT};
use vestry_rt::message::Gain;
use vestry_rt::voice::{FASTEST, Loop, SLOWEST, To, VoiceSettings};

/// Frames of the take over which what ends is blended into what begins, and of silence before its first one to blend with.
const BLEND: u64 = 480;
/// Most markers and notes that are told.
const MOST_MARKERS: usize = 100;
const MOST_NOTES: usize = 20;

/// The facts of a take.
pub struct Loaded {
    /// Its folder.
    pub name: String,
    /// Frames a second.
    pub rate: u32,
    /// Frames of it.
    pub frames: u64,
    /// Frames of it a frame of the console.
    pub step: f64,
    /// Its tracks with their inputs.
    pub tracks: Vec<SoundcheckTrack>,
    /// The strip of each track that is played, from 0.
    pub strips: Vec<u8>,
    /// Places to go to.
    pub markers: Vec<(u64, String)>,
    /// What is not as it should be.
    pub notes: Vec<String>,
    pieces: Vec<Piece>,
}

impl Loaded {
    /// Shares its tracks out among a console's strips, as somebody wants or as they were recorded.
    ///
    /// # Errors
    /// None of it can be played so.
    pub fn new(
        opened: Opened,
        wanted: Option<&[Option<usize>]>,
        (inputs, sample_rate): (usize, u32),
    ) -> Result<Self, String> {
        let Opened { name, mut read } = opened;
        let step = f64::from(read.rate) / f64::from(sample_rate.max(1));
        if !(SLOWEST..=FASTEST).contains(&step) {
            return Err(format!(
                "{name} has {} frames a second: must be a quarter to four times {sample_rate}",
                read.rate
            ));
        }
        let tracks = inputs_of(&read.tracks, wanted, inputs)?;
        let (mut lanes, mut strips) = (Vec::new(), Vec::new());
        for track in &tracks {
            lanes.push(track.input.map(|_| strips.len()));
            strips.extend(track.input.and_then(|input| u8::try_from(input - 1).ok()));
        }
        if strips.is_empty() {
            return Err(format!(
                "{name}: no track of it is of one of the {inputs} inputs; give tracks: an input for each"
            ));
        }
        read.notes.truncate(MOST_NOTES);
        let pieces = read.files.into_iter().filter_map(|file| piece(file, &lanes, BLEND)).collect();
        let (rate, frames, markers, notes) = (read.rate, read.frames, read.markers, read.notes);
        Ok(Self { name, rate, frames, step, tracks, strips, markers, notes, pieces })
    }

    /// Strips that have tracks, as bits.
    pub fn mask(&self) -> u32 {
        self.strips.iter().fold(0, |mask, strip| mask | 1 << strip)
    }

    /// How it is read from a frame on.
    pub fn opening(&self, from: u64, repeat: Option<Span>) -> Opening {
        let (rate, lanes, frames) = (self.rate, self.strips.len(), self.frames + BLEND);
        let (pieces, part) = (self.pieces.clone(), Reading::part(self.step));
        Box::new(move || {
            let take: Box<dyn Source> = Box::new(TakeSource::new(rate, lanes, frames, pieces));
            let mut source = match repeat {
                Some([start, end]) => {
                    let [from, to] = [start, end].map(|frame| (frame + BLEND) as usize);
                    let repeat = Loop { from, to, fade: BLEND as usize };
                    Box::new(Repeated::new(take, repeat).map_err(|error| error.to_string())?)
                }
                None => take,
            };
            source.seek(from + BLEND).map_err(|error| error.to_string())?;
            Ok(Cutter::new(source, (0..lanes).map(|lane| lane..lane + 1).collect(), part))
        })
    }

    /// Bytes that the parts of two runs of it take.
    pub fn bytes(&self) -> usize {
        let part = RUN_IN + Reading::part(self.step) + RUN_OUT;
        2 * DEPTH * self.strips.len() * part * size_of::<f32>()
    }

    /// How each of its voices begins; one that takes over, or that begins within, fades in.
    pub fn voices(&self, fade_in: u32) -> impl Iterator<Item = VoiceSettings> {
        self.strips.iter().map(move |strip| VoiceSettings {
            speed: self.step,
            fade_in,
            route: [Some(To { strip: *strip, gain: Gain(1.0) }), None],
            ..VoiceSettings::default()
        })
    }

    /// Seconds of a frame.
    pub fn seconds(&self, frame: u64) -> f64 {
        frame as f64 / f64::from(self.rate.max(1))
    }

    /// Its markers as they are told.
    pub fn marker_reports(&self) -> Vec<SoundcheckMarker> {
        let told =
            |(at, label): &(u64, String)| SoundcheckMarker { at_s: self.seconds(*at), label: label.clone() };
        self.markers.iter().take(MOST_MARKERS).map(told).collect()
    }

    /// The frame of a place.
    ///
    /// # Errors
    /// It is not in the take; begins with the member that it is for.
    pub fn frame(&self, member: &str, place: &Place) -> Result<u64, String> {
        let length = self.seconds(self.frames);
        match place {
            Place::Seconds(seconds) if (0.0..=length).contains(seconds) => {
                Ok((seconds * f64::from(self.rate)).round() as u64)
            }
            Place::Seconds(seconds) => {
                Err(format!("{member} {seconds}: must be 0..{length:.3} s, or a marker"))
            }
            Place::Marker(label) => {
                let found = self.markers.iter().find(|(_, marker)| marker == label);
                let there = found.map(|(at, _)| *at).filter(|at| *at <= self.frames);
                there.ok_or_else(|| format!("{member} {label:?}: the take has no such marker"))
            }
        }
    }
}

/// The input of each track.
fn inputs_of(
    tracks: &[crate::record::multitrack::Track],
    wanted: Option<&[Option<usize>]>,
    inputs: usize,
) -> Result<Vec<SoundcheckTrack>, String> {
    if let Some(strange) = wanted.into_iter().flatten().flatten().find(|input| !(1..=inputs).contains(*input))
    {
        return Err(format!("tracks: input {strange}: must be 1..{inputs}"));
    }
    if wanted.is_some_and(|wanted| wanted.len() > tracks.len()) {
        return Err(format!("tracks: the take has {}; give an input for each at most", tracks.len()));
    }
    let input = |at: usize, own: Option<usize>| match wanted {
        Some(wanted) => wanted.get(at).copied().flatten(),
        None => own.filter(|own| (1..=inputs).contains(own)),
    };
    let told = tracks
        .iter()
        .enumerate()
        .map(|(at, track)| SoundcheckTrack { name: track.name.clone(), input: input(at, track.input) });
    Ok(told.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::multitrack::{Multitrack, Track};

    fn take(rate: u32, inputs: &[Option<usize>]) -> Opened {
        let track = |input: &Option<usize>| Track { name: "a".into(), input: *input };
        let tracks = inputs.iter().map(track).collect();
        let markers = vec![(500, "Verse".to_owned()), (9_999_999, "late".to_owned())];
        Opened {
            name: "t".into(),
            read: Multitrack { rate, frames: 48_000, tracks, markers, ..Multitrack::default() },
        }
    }

    #[test]
    fn tracks_play_through_their_inputs_or_those_that_are_named() {
        let load = |wanted: Option<&[Option<usize>]>| {
            Loaded::new(take(48_000, &[Some(3), None, Some(9), Some(1)]), wanted, (4, 48_000))
        };
        let own = load(None).unwrap();
        assert_eq!((own.strips.as_slice(), own.mask()), (&[2, 0][..], 0b101));
        assert_eq!(own.tracks[2].input, None, "there is no such input");
        let named = load(Some(&[None, Some(2), Some(2)])).unwrap();
        assert_eq!((named.strips.as_slice(), named.mask()), (&[1, 1][..], 0b10));
        let fault = |wanted: &[Option<usize>]| load(Some(wanted)).err().unwrap();
        assert!(fault(&[Some(5)]).contains("input 5: must be 1..4"));
        assert!(fault(&[None; 5]).contains("the take has 4"));
        assert!(fault(&[None]).contains("no track of it is of one of the 4 inputs"));
        let slow = Loaded::new(take(8_000, &[Some(1)]), None, (4, 48_000)).err().unwrap();
        assert!(slow.contains("8000 frames a second"), "{slow}");
    }

    #[test]
    fn places_lie_within_the_take() {
        let loaded = Loaded::new(take(48_000, &[Some(1)]), None, (1, 48_000)).unwrap();
        let frame = |place| loaded.frame("from", &place);
        assert_eq!(frame(Place::Seconds(0.5)), Ok(24_000));
        assert_eq!(frame(Place::Marker("Verse".into())), Ok(500));
        for wrong in [Place::Seconds(1.01), Place::Seconds(f64::NAN), Place::Marker("late".into())] {
            assert!(frame(wrong).unwrap_err().starts_with("from "));
        }
    }
}
