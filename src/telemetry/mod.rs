//! What a technician sees: pure functions from what was measured to what is told.
//!
//! Runs on: supervisor.
mod console;
mod control;
mod latency;
mod report;

pub use console::{
    EventReport, InputReport, MetersReport, Occurrence, OutputReport, RouteReport, StateReport,
};
pub use control::{Control, TapName};
pub use latency::{Colour, LatencySummary, summarise};
pub use report::{Health, Losses, Snapshot, TakeReport};
