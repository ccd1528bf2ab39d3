//! Playback voices: what is asked of one, and what it tells.
//!
//! Positions of the box are absolute frames, as everywhere; those in a clip are the clip's own frames, from 0.
pub(crate) mod interpolate;
pub(crate) mod playhead;
pub(crate) mod playing;
pub(crate) mod reading;
pub(crate) mod seam;
pub(crate) mod side;

use crate::clip::Clip;
use crate::message::Gain;
use crate::section::Section;
use alloc::sync::Arc;

/// Voices; an order for any other is refused. 50 of clips, and the tracks of a take of every input twice, where it is sent elsewhere.
pub const VOICES: usize = 128;
/// Parts of a stream that may wait behind the one that its voice plays.
pub const PARTS_AHEAD: usize = reading::AHEAD;
/// Bands of a voice's equaliser.
pub const VOICE_BANDS: usize = 3;
/// Slowest speed.
pub const SLOWEST: f64 = 0.25;
/// Fastest speed.
pub const FASTEST: f64 = 4.0;
/// Frames of a fade that is asked to be shorter, where sound begins or ends in the middle of a clip: 0.7 ms at 48 kHz.
pub const SHORTEST_FADE: u32 = 32;

/// How points between frames are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Quality {
    /// Hermite's curve through four frames, with the slopes of Catmull and Rom. Within three semitones all else that is heard of a
    /// tone is 90 dB below it at 1 kHz (of 48 kHz), 48 dB at 5 kHz, 28 dB at 10 kHz.
    FourPoint,
    /// 24 taps of a windowed sinc: see [`crate::sinc`].
    #[default]
    Sinc,
}

/// A part of a clip that is played over and over: frames `from..to`.
///
/// It is played as if it were written out in a row, interpolator included: a loop of whole waves is seamless. One that is not
/// is blended: over its last `fade` frames into what comes before `from`, along a straight line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The first frame.
    pub from: usize,
    /// The frame after the last; at most the clip's frames.
    pub to: usize,
    /// Frames of the blend. As many as the loop has, and as lie before it, at most: what is more counts as that.
    pub fade: usize,
}

impl Loop {
    /// Whether a clip of so many frames has it.
    pub fn is_sound(&self, frames: usize) -> bool {
        self.from < self.to && self.to <= frames
    }

    /// Frames of it.
    pub(crate) fn len(&self) -> usize {
        self.to - self.from
    }

    /// Frames of its blend.
    pub(crate) fn blend(&self) -> usize {
        self.fade.min(self.from).min(self.len())
    }
}

/// A strip that a voice is heard on; one whose source is the player, else the voice is not heard there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct To {
    /// From 0.
    pub strip: u8,
    /// A factor, beside the voice's gain.
    pub gain: Gain,
}

/// The strips of the left and the right channel. A clip of one channel goes to both. Two of the same strip add up.
pub type Route = [Option<To>; 2];

/// How a voice begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceSettings {
    /// Factor of all of it, 1000 at most.
    pub gain: Gain,
    /// Frames of the fade at its start. 0 is as recorded; from elsewhere than the clip's first frame it takes [`SHORTEST_FADE`].
    pub fade_in: u32,
    /// Clip's frames a frame: 1 as recorded if clip and device are of one rate; [`SLOWEST`] to [`FASTEST`].
    pub speed: f64,
    /// The clip's frame that it begins with.
    pub start: usize,
    /// What is repeated, if anything. A start behind it never comes to it.
    pub repeat: Option<Loop>,
    /// How points between frames are found.
    pub quality: Quality,
    /// The equaliser, in series. None of all costs nothing.
    pub bands: [Option<Section>; VOICE_BANDS],
    /// Where it is heard.
    pub route: Route,
}

impl Default for VoiceSettings {
    /// As recorded, at unity, from the start to the end, on no strip.
    fn default() -> Self {
        Self {
            gain: Gain(1.0),
            fade_in: 0,
            speed: 1.0,
            start: 0,
            repeat: None,
            quality: Quality::Sinc,
            bands: [None; VOICE_BANDS],
            route: [None; 2],
        }
    }
}

impl VoiceSettings {
    /// Whether a clip of so many frames can be played so.
    pub fn are_sound(&self, frames: usize) -> bool {
        is_gain(self.gain)
            && is_speed(self.speed)
            && self.start < frames
            && self.repeat.is_none_or(|repeat| repeat.is_sound(frames))
            && self.bands.iter().flatten().all(Section::is_sound)
            && is_route(&self.route)
    }
}

/// A change to a voice. It takes as long as any change of a level does, without a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VoiceChange {
    /// Factor of all of it.
    Gain(Gain),
    /// Clip's frames a frame.
    Speed(f64),
    /// Where it is heard. A strip that changes fades out first, and then in on the new one.
    Route(Route),
    /// A band of the equaliser, 0..[`VOICE_BANDS`], or none.
    Band(u8, Option<Section>),
    /// What is repeated from here on, or nothing more. The blend and the ends of the old loop are played out first.
    Repeat(Option<Loop>),
}

impl VoiceChange {
    /// Whether a voice with a clip of so many frames can be changed so.
    pub fn is_sound(&self, frames: usize) -> bool {
        match self {
            Self::Gain(gain) => is_gain(*gain),
            Self::Speed(speed) => is_speed(*speed),
            Self::Route(route) => is_route(route),
            Self::Band(band, section) => {
                usize::from(*band) < VOICE_BANDS && section.is_none_or(|section| section.is_sound())
            }
            Self::Repeat(repeat) => repeat.is_none_or(|repeat| repeat.is_sound(frames)),
        }
    }
}

fn is_gain(gain: Gain) -> bool {
    gain.0.abs() <= 1000.0
}

fn is_speed(speed: f64) -> bool {
    (SLOWEST..=FASTEST).contains(&speed)
}

fn is_route(route: &Route) -> bool {
    route.iter().flatten().all(|to| is_gain(to.gain) && usize::from(to.strip) < crate::MAX_INPUTS)
}

/// From the player to the rt thread, carried out in order at the start of a period.
#[derive(Debug)]
pub enum VoiceOrder {
    /// Plays a clip. Refused if the voice is not free, or what is asked for is not sound.
    Start {
        /// 0..[`VOICES`].
        voice: u8,
        /// What is played; of a stream the first part, with its frame 0, which repeats nothing. It always comes back in a
        /// [`VoiceReport`].
        clip: Arc<Clip>,
        /// How.
        settings: VoiceSettings,
        /// The absolute frame at which it begins, to the sample; 0 begins at once. One that has gone by begins at once too, as
        /// far into the clip as it would be by then, so that what starts together stays together.
        at: u64,
    },
    /// The next part of a stream. It comes back at once where its voice has ended, or has [`PARTS_AHEAD`] that wait.
    Feed {
        /// 0..[`VOICES`].
        voice: u8,
        /// Begins where the one before ends.
        part: Arc<Clip>,
    },
    /// Changes a voice; one that does not play, or that ends, is left alone.
    Set {
        /// 0..[`VOICES`].
        voice: u8,
        /// What.
        change: VoiceChange,
    },
    /// Fades a voice out and ends it; of several for one voice the last holds. One that has not begun by then never does.
    Stop {
        /// 0..[`VOICES`].
        voice: u8,
        /// The absolute frame from which on it fades, to the chunk that has it; 0, or one that has gone by: at once.
        at: u64,
        /// Frames of the fade, [`SHORTEST_FADE`] at least.
        fade: u32,
    },
    /// Lets a voice go: it repeats no more and plays on to its end. As `VoiceChange::Repeat(None)`.
    Release {
        /// 0..[`VOICES`].
        voice: u8,
    },
}

/// From the rt thread to the player.
#[derive(Debug)]
pub enum VoiceReport {
    /// A voice has ended, and is free.
    Ended {
        /// 0..[`VOICES`].
        voice: u8,
        /// What it played.
        clip: Arc<Clip>,
    },
    /// A part of a stream is not needed any more, and was not the last that its voice had.
    Spent {
        /// 0..[`VOICES`].
        voice: u8,
        /// The part.
        part: Arc<Clip>,
    },
    /// A start was refused.
    Refused {
        /// As asked for.
        voice: u8,
        /// What was to be played.
        clip: Arc<Clip>,
    },
    /// A voice began after its time. Told if there is room, counted always.
    Late {
        /// 0..[`VOICES`].
        voice: u8,
        /// How late.
        frames: u64,
    },
}
