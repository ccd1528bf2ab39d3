//! The pages that PAGE goes through.
//!
//! Runs on: supervisor.

/// What the middle of the panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The meters.
    #[default]
    Levels,
    /// What the system granted, losses, latency, messages.
    System,
    /// The takes on the medium.
    Takes,
}

impl Page {
    /// The page after this one; after the last comes the first.
    pub fn next(self) -> Self {
        match self {
            Self::Levels => Self::System,
            Self::System => Self::Takes,
            Self::Takes => Self::Levels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_round() {
        assert_eq!(Page::Levels.next(), Page::System);
        assert_eq!(Page::Levels.next().next().next(), Page::Levels);
    }
}
