//! What the voices are told, with all that they need: the one place where a pad's settings and clip become a voice's.
//!
//! Runs on: supervisor.
use super::load::Playable;
use super::pads::Action;
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
    /// Start and end of the loop in frames of the sound; `None`: it ends with the sound.
    pub repeat: Option<[u64; 2]>,
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
    let strip = |at: usize| config.strips.get(at).and_then(|strip| strip.checked_sub(1));
    let rates = f64::from(clip.sound.rate()) / f64::from(sample_rate.max(1));
    Some(Order::Start(Start {
        voice,
        at,
        sound: clip.sound,
        stream: clip.stream,
        repeat: clip.repeat,
        gain: config.gain_db.to_gain(),
        step: f64::from(config.speed) * rates,
        eq_db: [config.low_db.0, config.mid_db.0, config.high_db.0],
        strips: [strip(0), strip(1)],
    }))
}
