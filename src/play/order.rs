//! What the voices are told, with all that they need: the one place where a pad's settings and clip become a voice's.
//!
//! Runs on: supervisor.
use super::pads::Action;
use super::playable::Playable;
use super::stream::clip::Streamed;
use super::voices::VoiceId;
use crate::config::PadConfig;
use std::sync::Arc;
use vestry_rt::clip::Clip;

/// What one voice is told.
#[derive(Clone, Debug)]
pub enum Order {
    /// Begin.
    Start(Start),
    /// Fade.
    Stop {
        /// Which.
        voice: VoiceId,
        /// Absolute frame from which on it fades; one that has not begun by then never does.
        at: u64,
        /// Frames of the console that it takes; 0: as short as it can be.
        fade: u32,
    },
    /// Play on otherwise, from now on.
    Change(VoiceId, Change),
    /// Go on with another sound from its frame `from` on, while the one before fades over as many frames as it fades in.
    Swap(Start),
}

/// What changes of a voice that plays.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Linear.
    Gain(f32),
    /// Frames of the sound a frame of the console.
    Speed(f64),
    /// Gains of low, middle and high frequencies in dB.
    Eq([f32; 3]),
    /// Strips of its left and its right channel, from 0, as of a clip of so many channels.
    Strips([Option<usize>; 2], usize),
    /// Start and end of the loop in frames of the sound; `None`: it plays to the end.
    Repeat(Option<[u64; 2]>),
}

/// How a voice plays.
#[derive(Clone, Debug)]
pub struct Start {
    /// Which.
    pub voice: VoiceId,
    /// Absolute frame of its first sample.
    pub at: u64,
    /// What it plays; of a stream the first part.
    pub sound: Arc<Clip>,
    /// How the rest of a stream is read.
    pub stream: Option<Arc<Streamed>>,
    /// The frame of the sound that it begins with.
    pub from: u64,
    /// Start and end of the loop in frames of the sound; `None`: it ends with the sound.
    pub repeat: Option<[u64; 2]>,
    /// Frames at the end of the loop that are blended into its start.
    pub blend: u32,
    /// Linear.
    pub gain: f32,
    /// Frames of the console that it takes to come in; 0: as recorded.
    pub fade_in: u32,
    /// Frames of the sound a frame of the console.
    pub step: f64,
    /// Gains of low, middle and high frequencies in dB.
    pub eq_db: [f32; 3],
    /// Strips of its left and its right channel, from 0; one alone has both.
    pub strips: [Option<usize>; 2],
}

impl Start {
    /// What has to be told a voice that was started so and is to play as one that is started like `after`.
    pub fn changes(&self, after: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        changes.extend((self.gain != after.gain).then_some(Change::Gain(after.gain)));
        changes.extend((self.eq_db != after.eq_db).then_some(Change::Eq(after.eq_db)));
        let strips = Change::Strips(after.strips, after.sound.channels());
        changes.extend((self.strips != after.strips).then_some(strips));
        changes.extend((self.repeat != after.repeat).then_some(Change::Repeat(after.repeat)));
        changes
    }
}

/// The order for an action; `None` where there is nothing to play.
pub fn order(
    action: Action,
    sample_rate: u32,
    on: impl Fn(usize) -> Option<(PadConfig, Playable)>,
) -> Option<Order> {
    let (voice, pad, at) = match action {
        Action::Stop { voice, at, fade } => return Some(Order::Stop { voice, at, fade }),
        Action::Finish { voice } => return Some(Order::Change(voice, Change::Repeat(None))),
        Action::Start { voice, pad, at } => (voice, pad, at),
    };
    Some(Order::Start(start((voice, at), sample_rate, on(pad)?)))
}

/// How a voice plays a clip with these settings, from the first frame of its sound on.
pub fn start((voice, at): (VoiceId, u64), sample_rate: u32, (config, clip): (PadConfig, Playable)) -> Start {
    let strip = |at: usize| config.strips.get(at).and_then(|strip| strip.checked_sub(1));
    Start {
        voice,
        at,
        step: step(&clip, sample_rate),
        sound: clip.sound,
        stream: clip.stream,
        from: 0,
        repeat: clip.repeat,
        blend: clip.blend,
        gain: config.gain_db.to_gain(),
        fade_in: frames(config.fade_in_ms, sample_rate),
        eq_db: [config.low_db.0, config.mid_db.0, config.high_db.0],
        strips: [strip(0), strip(1)],
    }
}

/// Milliseconds in frames of the console.
pub fn frames(ms: f32, sample_rate: u32) -> u32 {
    (f64::from(ms) * f64::from(sample_rate) / 1000.0).round() as u32
}

/// Frames of a sound a frame of the console.
pub fn step(clip: &Playable, sample_rate: u32) -> f64 {
    clip.plan.step * f64::from(clip.sound.rate()) / f64::from(sample_rate.max(1))
}
