//! The pages that PAGE goes through.
//!
//! Runs on: supervisor.

/// What the middle of the panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The meters.
    #[default]
    Levels,
    /// The player's pads; not there without a player.
    Pads,
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
    /// Every page, in the order in which PAGE goes through them.
    pub const ALL: [Self; 6] =
        [Self::Levels, Self::Pads, Self::Spectrum, Self::System, Self::Takes, Self::Faults];

    /// The pages that there are, with pads or without.
    pub fn all(pads: bool) -> impl Iterator<Item = Self> + Clone {
        Self::ALL.into_iter().filter(move |page| pads || *page != Self::Pads)
    }

    /// The page after this one; after the last comes the first.
    pub fn next(self, pads: bool) -> Self {
        Self::all(pads).skip_while(|page| *page != self).nth(1).unwrap_or_default()
    }

    /// Its name, as telemetry tells it and takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Levels => "levels",
            Self::Pads => "pads",
            Self::Spectrum => "spectrum",
            Self::System => "system",
            Self::Takes => "takes",
            Self::Faults => "faults",
        }
    }

    /// The page of that name, with pads or without.
    ///
    /// # Errors
    /// What there is.
    pub fn named(name: &str, pads: bool) -> Result<Self, String> {
        let all = || Self::all(pads).map(Self::name).collect::<Vec<_>>().join(", ");
        let page = Self::all(pads).find(|page| page.name() == name);
        page.ok_or_else(|| format!("page {name:?}: must be one of {}", all()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_round() {
        for (pads, count) in [(true, 6), (false, 5)] {
            let mut page = Page::default();
            for expected in Page::all(pads) {
                assert_eq!((page, Page::named(expected.name(), pads)), (expected, Ok(expected)));
                page = page.next(pads);
            }
            assert_eq!((page, Page::all(pads).count()), (Page::default(), count));
        }
        let refused = "page \"pads\": must be one of levels, spectrum, system, takes, faults";
        assert_eq!(Page::named("pads", false), Err(refused.into()));
        assert_eq!(Page::Pads.next(false), Page::Levels, "none sticks");
    }
}
