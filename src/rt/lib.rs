//! Everything that happens within one period.
//!
//! Runs on: rt (SCHED_FIFO, the isolated core). No allocation, no lock, no system call, no panic, no `unsafe`;
//! values are linear and lengths are frames. Decibels, text, files and devices live outside.
#![no_std]
#![forbid(unsafe_code)]

// For clips alone, which are shared with who loads them: `Arc` and what it holds. None is made or freed here.
extern crate alloc;
#[cfg(any(test, loom))]
extern crate std;

pub mod area;
pub mod bank;
pub mod block;
pub mod burst;
pub mod bus;
pub mod capture;
pub mod click;
pub mod clip;
pub mod compressor;
pub mod counters;
pub mod delay;
pub mod engine;
pub mod feed;
pub mod follow;
pub mod gate;
pub mod generator;
pub mod identify;
pub mod lag;
pub mod lanes;
pub mod latency;
pub mod latest;
pub mod limiter;
pub mod main_mix;
pub mod master;
pub mod message;
pub mod meter;
pub mod mixer;
mod moving;
mod order;
pub mod output;
pub mod pink;
mod power;
pub mod ramp;
pub mod sample;
pub mod scope;
pub mod section;
pub mod sends;
pub mod sinc;
pub mod snapshot;
mod sources;
mod stage;
pub mod strip;
pub mod strips;
pub mod sweep;
pub mod sync;
pub mod taps;
pub mod tone;
mod true_peak;
pub mod voice;
pub mod voices;

/// Most inputs (and so strips) one engine handles.
pub const MAX_INPUTS: usize = 32;
/// Most physical outputs one engine handles.
pub const MAX_OUTPUTS: usize = 32;
/// Sends.
pub const SENDS: usize = 2;
/// Most media that are recorded to at once.
pub const MEDIA: usize = 2;
/// Frames that go through the console at a time: buffers of a chunk of all inputs stay in the first-level cache.
pub const CHUNK: usize = 128;
