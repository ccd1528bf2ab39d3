//! Clips: a bank of pads, each with a sound from a file, and what plays when one is pressed.
//!
//! [`Player`](thread::Player) is the whole of it for the supervisor. Its thread alone touches files, so that neither a slow
//! medium nor a file that takes long to decode holds up a press: that is answered at once by [`pads`], which is pure.
//!
//! Runs on: supervisor; what loads runs on player.
pub mod cache;
pub mod content;
pub mod decode;
pub mod folder;
pub mod grid;
pub mod live;
pub mod load;
pub mod order;
pub mod pads;
pub mod playable;
pub mod progress;
pub mod settings;
pub mod sound;
pub mod stream;
pub mod stretch;
pub mod take;
pub mod thread;
pub mod tune;
pub mod voices;

/// What is on a pad.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PadState {
    /// Nothing.
    #[default]
    Empty,
    /// A file that is being read.
    Loading,
    /// A clip that can be played.
    Ready {
        /// Its length at speed 1.
        seconds: f64,
        /// 1 or 2.
        channels: usize,
        /// Its own frames a second.
        rate: u32,
        /// What is not as it should be: the file is cut off, say.
        note: Option<String>,
    },
    /// A file that cannot be played.
    Failed {
        /// Why, and what would be right.
        reason: String,
    },
}
