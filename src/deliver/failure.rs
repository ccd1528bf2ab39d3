//! Why a file was not delivered, by what is to be done about it.
//!
//! Runs on: delivery.
use std::fmt;

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was told to end.
    Stopped,
    /// The network, the server or who we are to it: the same again, later.
    Later(String),
    /// The take itself: again would be no better.
    Bad(String),
    /// What arrived is something else than what was sent: again, a few times.
    Wrong(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => out.write_str("stopped"),
            Self::Later(why) | Self::Bad(why) | Self::Wrong(why) => out.write_str(why),
        }
    }
}
