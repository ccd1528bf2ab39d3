//! What a technician sees: pure functions from what was measured to what is told.
//!
//! Runs on: supervisor.
mod latency;
mod report;

pub use latency::{Colour, LatencySummary, summarise};
pub use report::{Losses, Snapshot, TakeReport};
