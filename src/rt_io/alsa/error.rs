//! Why a card cannot be used, in one line that says what to change.
//!
//! Runs on: main.
use super::cards::{Formats, Numbers};
use thiserror::Error;

/// A refusal of a card or of a setting. `device` is ALSA's name, `direction` is "capture" or "playback".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AlsaError {
    /// The text is no card id with device and sub-device.
    #[error(
        "\"{text}\" names no sound card: write its id as in \"Loopback\", \"Loopback,1\" or \"Loopback,1,0\""
    )]
    Address {
        /// As configured.
        text: String,
    },
    /// No card has this id.
    #[error("no sound card \"{card}\": {present}")]
    NoCard {
        /// The id asked for.
        card: String,
        /// What there is instead, as a phrase.
        present: String,
    },
    /// The card has no such device, sub-device or direction.
    #[error("{device} has no {direction}: choose another device of this card (`vestry devices` lists them)")]
    NoDevice {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
    },
    /// Another program has it.
    #[error("{device} {direction} is in use: stop the program that has it open or choose another device")]
    Busy {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
    },
    /// This user may not open it.
    #[error("{device} {direction} may not be opened by this user: add the user to the group \"audio\"")]
    Denied {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
    },
    /// The driver cannot map its ring into memory.
    #[error("{device} {direction} cannot be memory-mapped: choose a hardware device, not a plug-in")]
    NoMmap {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
    },
    /// The card does not run at this rate.
    #[error("{device} {direction} does not run at {rate} Hz: set sample_rate to {has}")]
    Rate {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
        /// The rate asked for, in Hz.
        rate: u32,
        /// Rates that it has.
        has: Numbers,
    },
    /// The card does not have this many channels at this rate.
    #[error("{device} {direction} does not open with {channels} channels at {rate} Hz: it has {has}")]
    Channels {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
        /// The number asked for.
        channels: usize,
        /// The rate asked for, in Hz.
        rate: u32,
        /// Numbers that it has.
        has: Numbers,
    },
    /// The card does not have this sample format, or none that is supported.
    #[error("{device} {direction} does not have the format {format}: it has {has}")]
    Format {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
        /// The format asked for.
        format: &'static str,
        /// Formats that it has.
        has: Formats,
    },
    /// The card's ring is too small for two periods.
    #[error(
        "{device} {direction} buffers only {ring} frames: set frames_per_period to {} or less",
        .ring / 2
    )]
    Ring {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
        /// Frames that it can buffer.
        ring: usize,
    },
    /// A setting out of range.
    #[error("{key} = {value}: set it to {right}")]
    Setting {
        /// The setting's name.
        key: &'static str,
        /// Its value.
        value: usize,
        /// What would do.
        right: &'static str,
    },
    /// The system refused a call for another reason.
    #[error("{device} {direction}: {call} was refused ({reason})")]
    Refused {
        /// ALSA's name.
        device: String,
        /// The direction asked for.
        direction: &'static str,
        /// ALSA's function.
        call: &'static str,
        /// The system's reason.
        reason: &'static str,
    },
}
