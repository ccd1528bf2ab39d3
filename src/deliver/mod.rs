//! Takes copied to somewhere else: to storage that speaks S3, to a WebDAV server, or by `rsync`. It goes on where it was cut short,
//! and what has arrived is compared with what the take's own checksums vouch for.
//!
//! Runs on: delivery; main (`settings`), supervisor (the handle).
//!
//! [`queue`] decides what is sent when (pure), `thread` does it through a `target`, [`ledger`] keeps what a power cut may not take.
pub mod brake;
mod digest;
mod failure;
mod http;
pub mod ledger;
mod pacer;
pub mod plan;
pub mod queue;
mod rsync;
mod s3;
mod send;
pub mod settings;
mod source;
mod status;
mod target;
mod thread;
mod webdav;

pub use plan::{FilePlan, Plan, Shelf, Sound};
pub use queue::When;
pub use settings::{DeliverySettings, Secret, SettingsError, Target};
pub use status::{DeliveryEvent, DeliveryStatus, Failed, Sending, TakeDelivery, TakeState};
pub use thread::{Deliverer, Delivery};
