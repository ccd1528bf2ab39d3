//! Delivery of takes: what is asked of it, how it stands, what is told of it.
//!
//! Runs on: supervisor.
use serde::{Deserialize, Serialize};

/// A take that is to be delivered, at once and once more if it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliverWish {
    /// Its folder on the first medium, or "last": the last one that is closed.
    pub take: String,
}

/// The take that goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendingReport {
    /// Its folder.
    pub take: String,
    /// How much of it is there, 0..1, in hundredths.
    pub progress: f32,
}

/// A take that does not go until somebody asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FailedReport {
    /// Its folder.
    pub take: String,
    /// Why.
    pub reason: String,
}

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeliveryReport {
    /// "s3", "webdav" or "rsync".
    pub target: String,
    /// How many takes wait, without the one that goes.
    pub waiting: usize,
    /// The take that goes; null: none.
    pub sending: Option<SendingReport>,
    /// How many takes of the medium are delivered.
    pub done: usize,
    /// Those that failed, the newest 20.
    pub failed: Vec<FailedReport>,
    /// What keeps all of it from going on; null: nothing.
    pub fault: Option<String>,
}

/// What became of a take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryTold {
    /// Its folder.
    pub take: String,
    /// All of it is there, and was compared.
    pub delivered: bool,
    /// Why not.
    pub reason: Option<String>,
}
