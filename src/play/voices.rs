//! Which voice plays what. There are 50; where all of them play, the next start takes one.
//!
//! It takes one that is already fading, of these the one that has faded longest; where none is, the one that was started
//! first. Levels are known on the rt thread alone, and the oldest of 50 is missed least.
//!
//! Runs on: supervisor.

/// Voices, and so most sounds at once.
pub const VOICES: usize = 50;

/// One start of a voice. What is said of an earlier start of the same voice is told apart by the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VoiceId {
    /// Below [`VOICES`].
    pub slot: u8,
    /// Counts all starts.
    pub start: u32,
}

/// A voice that plays, waits to begin, or fades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    /// What it is called.
    pub id: VoiceId,
    /// Whose sound it is.
    pub pad: usize,
    /// The absolute frame of its first sample.
    pub from: u64,
    /// The absolute frame from which on it fades.
    pub until: Option<u64>,
    /// Somebody asked for that: no start of another one brought it about.
    pub stopped: bool,
}

impl Voice {
    /// Whether nobody has stopped it.
    pub fn is_wanted(&self) -> bool {
        self.until.is_none()
    }

    /// Whether it has been stopped, and sounds on up to a frame after `now`.
    pub fn waits_to_stop(&self, now: u64) -> bool {
        self.stopped && self.until.is_some_and(|until| until > now)
    }
}

/// All of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Voices {
    slots: [Option<Voice>; VOICES],
    starts: u32,
}

impl Default for Voices {
    fn default() -> Self {
        Self { slots: [None; VOICES], starts: 0 }
    }
}

impl Voices {
    /// Those in use.
    pub fn iter(&self) -> impl Iterator<Item = &Voice> {
        self.slots.iter().flatten()
    }

    /// The same, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Voice> {
        self.slots.iter_mut().flatten()
    }

    /// A voice for a pad from the frame `from` on, and the one that gave way. Never one of `spared`, whose starts belong
    /// to this one; `None` if all do.
    pub fn take(&mut self, pad: usize, from: u64, spared: &[VoiceId]) -> Option<(VoiceId, Option<VoiceId>)> {
        let free = self.slots.iter().position(Option::is_none);
        let slot = free.or_else(|| self.oldest(spared))?;
        let place = self.slots.get_mut(slot)?;
        self.starts = self.starts.wrapping_add(1);
        let id = VoiceId { slot: u8::try_from(slot).ok()?, start: self.starts };
        let before = place.replace(Voice { id, pad, from, until: None, stopped: false });
        Some((id, before.map(|voice| voice.id)))
    }

    /// The voice that gives way.
    fn oldest(&self, spared: &[VoiceId]) -> Option<usize> {
        let voices = self.slots.iter().enumerate().filter_map(|(slot, voice)| Some((slot, (*voice)?)));
        let rest = voices.filter(|(_, voice)| !spared.contains(&voice.id));
        // How long ago it was started, right also when the count has gone round.
        let age = |voice: &Voice| self.starts.wrapping_sub(voice.id.start);
        let order = |voice: &Voice| (voice.until.unwrap_or(u64::MAX), u32::MAX - age(voice));
        rest.min_by_key(|(_, voice)| order(voice)).map(|(slot, _)| slot)
    }

    /// A voice has fallen silent, and is free again. One that plays something else by now is not meant.
    pub fn ended(&mut self, id: VoiceId) {
        if let Some(place) = self.slots.get_mut(usize::from(id.slot)) {
            place.take_if(|voice| voice.id == id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_fades_gives_way_first_then_the_oldest() {
        let mut voices = Voices::default();
        let ids: Vec<_> = (0..VOICES).map(|pad| voices.take(pad, 0, &[]).unwrap()).collect();
        assert!(ids.iter().all(|(_, before)| before.is_none()));
        for (slot, until) in [(30, 900), (40, 800)] {
            voices.iter_mut().nth(slot).unwrap().until = Some(until);
        }
        let mut taken = Vec::new();
        for pad in 50..54 {
            let (id, before) = voices.take(pad, 0, &taken).unwrap();
            taken.push(id);
            assert_eq!(usize::from(before.unwrap().slot), [40, 30, 0, 1][pad - 50]);
        }
        assert_eq!(voices.iter().count(), VOICES);
    }

    #[test]
    fn the_end_of_an_earlier_start_frees_nothing() {
        let mut voices = Voices::default();
        let (first, _) = voices.take(0, 0, &[]).unwrap();
        voices.ended(first);
        let (second, before) = voices.take(1, 0, &[]).unwrap();
        assert_eq!((first.slot, before), (second.slot, None));
        voices.ended(first);
        assert_eq!(voices.iter().count(), 1);
        voices.ended(second);
        assert_eq!(voices.iter().count(), 0);
    }

    #[test]
    fn no_voice_of_the_same_start_gives_way() {
        let mut voices = Voices::default();
        let mut spared = Vec::new();
        for pad in 0..VOICES {
            spared.push(voices.take(pad, 0, &spared).unwrap().0);
        }
        assert_eq!(voices.take(50, 0, &spared), None);
    }
}
