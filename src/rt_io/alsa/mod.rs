//! Sound cards through ALSA: memory-mapped, counted, and back again after whatever happens to them.
//!
//! Runs on: rt (`cycle`), main (`open`, `devices`).
//!
//! Nothing here stops a stream because the loop was late: the stop threshold lies out of reach, so a ring that overran
//! goes on and the driver's own pointers tell to the frame how much was missed (`cycle`). How the frames are counted
//! when the driver itself stops, or the card goes, and how exact that is, stands in `recover`.
mod address;
mod cards;
mod cycle;
mod error;
mod open;
mod params;
mod recover;
mod silence;
mod stream;

pub use cards::{Abilities, CardInfo, Formats, Numbers, describe, devices};
pub use error::AlsaError;
pub use open::{AlsaDevice, AlsaSettings};
