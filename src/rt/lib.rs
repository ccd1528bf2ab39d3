//! Everything that happens within one period.
//!
//! Runs on: rt (SCHED_FIFO, the isolated core). No allocation, no lock, no system call, no panic, no `unsafe`;
//! values are linear and lengths are frames. Decibels, text, files and devices live outside.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod area;
pub mod block;
pub mod message;
pub mod sample;

/// Most inputs (and so strips) one engine handles.
pub const MAX_INPUTS: usize = 32;
/// Most physical outputs one engine handles.
pub const MAX_OUTPUTS: usize = 32;
