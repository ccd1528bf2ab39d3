//! Takes that are played through the strips that they were recorded from: a virtual soundcheck.
//!
//! Runs on: supervisor; the sources on streams.
pub mod decode;
pub mod run;
pub mod source;
pub mod transport;
