//! Sound that is read while it plays: clips that are too long for memory, and takes.
//!
//! Runs on: player.
pub mod source;
