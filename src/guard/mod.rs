//! Whether what comes in is what should: the order of the card's channels, the health of each input, the self-test. Pure: facts
//! in, verdicts out; nothing here reads a clock, a card or a file.
//!
//! A [`Look`] is a stretch of all channels of the card. [`ChannelGuard`] decides from looks which rotations of the channels
//! are still possible, [`Twins`] which channels carry the same, [`Echo`] where the loopback tone comes back,
//! [`HealthMonitor`] how each input does. [`examine`] is the self-test's judgement.
//!
//! Runs on: supervisor.
mod echo;
mod exam;
mod health;
mod hum;
mod look;
mod order;
mod twins;

pub use echo::{Echo, EchoStep};
pub use exam::{Facts, Finding, Subject, WRITE_95, WRITE_MAX, Writes, examine};
pub use health::{HealthMonitor, InputHealth};
pub use look::Look;
pub use order::{ChannelGuard, Order, OrderSettings, Verdict};
pub use twins::Twins;
