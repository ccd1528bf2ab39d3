//! What a technician sees: pure functions from what was measured to what is told.
//!
//! Runs on: supervisor; `mqtt` also on a thread of its own.
mod answer;
mod backoff;
pub mod buffer;
mod console;
mod control;
mod delivery;
pub mod discovery;
mod event;
mod inserts;
mod latency;
pub mod levels;
mod loudness;
pub mod mqtt;
mod pads;
mod player;
mod report;
pub mod request;
mod schedule;
mod setters;
mod soundcheck;
mod sources;
mod topics;

pub use answer::{Located, to_controls, to_nonsense};
pub use console::{InputReport, MetersReport, MixReport, OutputReport, RouteReport, SendReport, StateReport};
pub use control::{Control, PadAction, SideName, TapName};
pub use delivery::{DeliverWish, DeliveryReport, DeliveryTold, FailedReport, SendingReport};
pub use discovery::BoxFacts;
pub use event::{EVENT_TYPES, EventReport, Occurrence};
pub use inserts::{BandChange, CompressorChange, GateChange};
pub use latency::{Colour, LatencySummary, summarise};
pub use loudness::{LiveLoudness, LiveReport, LoudnessReport, ProgrammeLoudness};
pub use mqtt::json;
pub use pads::PadChange;
pub use player::{PadReport, PadTime, PadWord, PlayerReport, TunedReport};
pub use report::{
    ChannelsReport, FindingReport, Health, Losses, MediumReport, SelfTestReport, Snapshot, SyncReport,
    TakeReport, WriterReport,
};
pub use schedule::{
    ActiveService, CalendarWish, ClockWord, NextService, ScheduleReport, ServiceTime, SwitchWish,
    TriggerReport, TriggerWord,
};
pub use soundcheck::{
    Place, SoundcheckAction, SoundcheckMarker, SoundcheckReport, SoundcheckTrack, SoundcheckWish,
    SoundcheckWord,
};
#[cfg(test)]
pub(crate) use sources::wishes;
pub use sources::{ClickChange, GeneratorChange};
pub use topics::Topics;
