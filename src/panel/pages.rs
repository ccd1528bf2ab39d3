//! The pages that PAGE goes through.
//!
//! Runs on: supervisor.

/// What the middle of the panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The meters.
    #[default]
    Levels,
    /// The spectrum of the selected input.
    Spectrum,
    /// What the system granted, losses, latency, messages.
    System,
    /// The takes on the medium.
    Takes,
    /// What went wrong, newest first.
    Faults,
}

impl Page {
    /// The page after this one; after the last comes the first.
    pub fn next(self) -> Self {
        match self {
            Self::Levels => Self::Spectrum,
            Self::Spectrum => Self::System,
            Self::System => Self::Takes,
            Self::Takes => Self::Faults,
            Self::Faults => Self::Levels,
        }
    }

    /// Every page, in the order in which PAGE goes through them.
    pub const ALL: [Self; 5] = [Self::Levels, Self::Spectrum, Self::System, Self::Takes, Self::Faults];

    /// Its name, as telemetry tells it and takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Levels => "levels",
            Self::Spectrum => "spectrum",
            Self::System => "system",
            Self::Takes => "takes",
            Self::Faults => "faults",
        }
    }

    /// The page of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_round() {
        let mut page = Page::default();
        for expected in Page::ALL {
            assert_eq!((page, Page::named(expected.name())), (expected, Some(expected)));
            page = page.next();
        }
        assert_eq!(page, Page::default());
    }
}
