//! Takes on disk: from the pool's full blocks to Broadcast Wave files that open in any DAW, whatever happens.
//!
//! Runs on: writer (everything but what follows), repair (`recovery`, `retention`, `protect`), main (`align`, `list`, `verify`,
//! `protect`, `sync`), loudness (`loudness`),
//! soundcheck (`multitrack`).
//!
//! [`state`] decides (pure), [`take`] and [`part`] do the I/O through [`storage`], [`writer`] joins them on a thread, [`writers`] are those of all media.
pub mod align;
pub mod clock;
pub mod delivered;
mod drain;
pub mod durable;
pub mod error;
mod header;
mod journal;
mod keeper;
mod latency;
pub mod list;
pub mod loudness;
pub mod manifest;
mod manifest_check;
mod medium;
pub mod multitrack;
pub mod naming;
pub mod part;
pub mod protect;
pub mod recovery;
pub mod retention;
pub mod settings;
pub mod shelf;
pub mod stamp;
mod start;
pub mod state;
pub mod status;
pub mod storage;
mod stretch;
pub mod sync;
pub mod take;
mod timeline;
pub mod timing;
pub mod trial;
pub mod verify;
pub mod wave;
pub mod writer;
pub mod writers;
pub mod zone;

pub use error::RecordError;
pub use settings::{Layout, RecordSettings, Track};
pub use state::At;
pub use status::{Phase, RecordCommand, RecordEvent, RecordStatus, SyncFigures, SyncTimes};
pub use trial::{Ground, Trial};
pub use wave::Format;
pub use writer::{Environment, Writer};
pub use writers::Writers;
