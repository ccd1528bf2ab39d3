//! The period loop against the world: the only home of ALSA and of `unsafe`.
//!
//! Runs on: rt (the loop), main (what opens, allocates and locks before it).
pub mod alsa;
pub mod assemble;
pub mod clock;
pub mod cycle;
pub mod device;
pub mod discipline;
pub mod listen;
pub mod offline;
pub mod players_end;
pub mod pool;
pub mod sched;
pub mod thread;
pub mod vector;
pub mod wakes;
