//! How delivery stands, for whoever tells of it.
//!
//! Runs on: delivery, supervisor.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How it stands with one take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TakeState {
    /// Its turn comes.
    #[default]
    Waiting,
    /// It goes.
    Sending,
    /// All of it is there, and was compared.
    Done,
    /// It does not go until somebody asks for it.
    Failed,
}

/// One take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TakeDelivery {
    /// How it stands.
    pub state: TakeState,
    /// How much of it is there, 0..1.
    pub progress: f32,
    /// Why it failed.
    pub reason: Option<String>,
}

/// The take that goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sending {
    /// Its folder.
    pub take: String,
    /// How much of it is there, 0..1, in hundredths.
    pub progress: f32,
}

/// A take that did not go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// Its folder.
    pub take: String,
    /// Why.
    pub reason: String,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeliveryStatus {
    /// How many takes wait, without the one that goes.
    pub waiting: usize,
    /// The take that goes.
    pub sending: Option<Sending>,
    /// How many takes that are still here are delivered.
    pub done: usize,
    /// Those that failed, the oldest first.
    pub failed: Vec<Failed>,
    /// What keeps all of it from going on.
    pub fault: Option<String>,
    /// Every take by its folder.
    pub takes: BTreeMap<String, TakeDelivery>,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryEvent {
    /// A take is delivered.
    Delivered {
        /// Its folder.
        take: String,
    },
    /// A take does not go.
    Failed {
        /// Its folder.
        take: String,
        /// Why.
        reason: String,
    },
    /// Nothing goes for now, as nothing can be reached or written down; it is tried again.
    Fault {
        /// Why.
        reason: String,
    },
    /// It goes on.
    Recovered,
}
