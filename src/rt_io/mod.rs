//! The period loop against the world: the only home of ALSA and of `unsafe`.
//!
//! Runs on: rt (the loop), main (what opens, allocates and locks before it).
pub mod alsa;
pub mod device;
pub mod pool;
