//! A sound card made of files and generators, paced by the clock or as fast as it is called.
//!
//! Runs on: rt (the device), main (reading the files).
mod device;
mod source;

pub use device::{OfflineDevice, OfflineSettings};
pub use source::{Source, SourceError, noise_sample};
