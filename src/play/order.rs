//! What the voices are told, with all that they need: the one place where a pad's settings and clip become a voice's.
//!
//! Runs on: supervisor.
use super::pads::Action;
use super::playable::Playable;
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
    /// Glide to another speed at once.
    Speed {
        /// Which.
        voice: VoiceId,
        /// Frames of the sound a frame of the console.
        step: f64,
    },
    /// Go on with another sound from its frame `at` on, while the one before fades over as many frames as it fades in.
    Swap(Start),
}

/// How a voice plays.
#[derive(Clone, Debug)]
pub struct Start {
    /// Which.
    pub voice: VoiceId,
    /// Absolute frame of its first sample.
    pub at: u64,
    /// What it plays.
    pub sound: Arc<Clip>,
    /// The frame of the sound that it begins with.
    pub from: u64,
    /// Frames of the console over which it fades in.
    pub fade_in: u32,
    /// Start and end of the loop in frames of the sound; `None`: it ends with the sound.
    pub repeat: Option<[u64; 2]>,
    /// Frames at the end of the loop that are blended into its start.
    pub blend: u32,
    /// Linear.
    pub gain: f32,
    /// Frames of the sound a frame of the console.
    pub step: f64,
    /// Gains of low, middle and high frequencies in dB.
    pub eq_db: [f32; 3],
    /// Strips of its left and its right channel, from 0; one alone has both.
    pub strips: [Option<usize>; 2],
}

/// The order for an action; `None` where there is nothing to play.
pub fn order(
    action: Action,
    sample_rate: u32,
    on: impl Fn(usize) -> Option<(PadConfig, Playable)>,
) -> Option<Order> {
    let (voice, pad, at) = match action {
        Action::Stop { voice, at, fade } => return Some(Order::Stop { voice, at, fade }),
        Action::Start { voice, pad, at } => (voice, pad, at),
    };
    let (config, clip) = on(pad)?;
    Some(Order::Start(start((voice, at), &config, clip, sample_rate)))
}

/// How a voice plays a pad from the first frame of its sound on.
pub fn start((voice, at): (VoiceId, u64), config: &PadConfig, clip: Playable, sample_rate: u32) -> Start {
    let strip = |at: usize| config.strips.get(at).and_then(|strip| strip.checked_sub(1));
    Start {
        voice,
        at,
        step: step(&clip, sample_rate),
        sound: clip.sound,
        from: 0,
        fade_in: 0,
        repeat: clip.repeat,
        blend: clip.blend,
        gain: config.gain_db.to_gain(),
        eq_db: [config.low_db.0, config.mid_db.0, config.high_db.0],
        strips: [strip(0), strip(1)],
    }
}

/// Frames of a sound a frame of the console.
pub fn step(clip: &Playable, sample_rate: u32) -> f64 {
    clip.plan.step * f64::from(clip.sound.rate()) / f64::from(sample_rate.max(1))
}
