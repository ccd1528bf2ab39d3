//! Sound that is read while it plays: clips that are too long for memory, and takes.
//!
//! A [`Source`](source::Source) is cut into parts, each as long as a third of a second takes, by [`thread`]; voices play them one
//! after another.
//!
//! Runs on: streams; the handle on supervisor.
pub mod clip;
pub mod cutter;
pub mod repeat;
pub mod source;
#[cfg(test)]
mod tests;
pub mod thread;
