//! What feeds strips: the card, or what the box makes itself in its place. The pre tap, the meters before the strip and a solo
//! before it are after this: they have what the strip has. From one source to another it is faded across.
use crate::ramp::Ramp;
use crate::{CHUNK, MAX_INPUTS};

/// What feeds a strip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StripSource {
    /// What the card delivers on the input.
    #[default]
    Card,
    /// The generator, but for its beeps, which belong to outputs.
    Generator,
    /// The playback voices that play to the strip.
    Player,
}

/// Sources beside the card.
const MADE: usize = 2;

/// A chunk of each source beside the card, in their order; none where that is silence.
type Made<'a> = [Option<&'a [f32; CHUNK]>; MADE];

/// How much a strip hears of each source: the card first.
#[derive(Clone, Copy, Debug)]
struct Feed([Ramp; 1 + MADE]);

impl Feed {
    const fn new() -> Self {
        Self([Ramp::at(1.0), Ramp::at(0.0), Ramp::at(0.0)])
    }

    /// Mixes the sources over what the card delivered; true if there is nothing more to do, as that is all that is heard.
    fn run(&mut self, made: &Made<'_>, samples: &mut [f32]) -> bool {
        let [card, others @ ..] = &mut self.0;
        if card.is_silent() {
            samples.fill(0.0);
        } else {
            card.scale(samples);
        }
        for (level, sound) in others.iter_mut().zip(made) {
            match sound.and_then(|sound| sound.get(..samples.len())) {
                Some(sound) if !level.is_silent() => level.add(sound, samples, false),
                Some(_) => {}
                // Nothing is heard of the way that it goes.
                None => level.settle(),
            }
        }
        card.settled() == Some(1.0) && others.iter().all(Ramp::is_silent)
    }
}

/// What is to feed a strip from a frame on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    /// What.
    pub source: StripSource,
    /// The absolute frame.
    pub at: u64,
    /// The card is recorded of it from then on.
    pub keeps_card: bool,
    /// Frames of the fade.
    pub frames: u32,
}

/// What feeds each strip. While that is the card everywhere it costs one look a chunk.
#[derive(Clone, Debug)]
pub(crate) struct Feeds {
    each: [Feed; MAX_INPUTS],
    /// Bit i: strip i is fed with something else, or was and is still fading.
    live: u32,
    /// As bits: strips that hear the player, or did and are still fading.
    player: u32,
    /// As bits: strips of which the card is recorded, whatever feeds them.
    card: u32,
    /// What is still to come, and of which strips, as bits.
    due: [Option<Due>; MAX_INPUTS],
    waits: u32,
}

impl Feeds {
    /// The card, everywhere.
    pub const fn new() -> Self {
        let each = [const { Feed::new() }; MAX_INPUTS];
        Self { each, live: 0, player: 0, card: 0, due: [None; MAX_INPUTS], waits: 0 }
    }

    /// Feeds a strip so; there after `frames`.
    pub fn set(&mut self, strip: u8, source: StripSource, frames: u32) {
        let bit = 1_u32.checked_shl(strip.into()).unwrap_or(0);
        self.waits &= !bit;
        self.card &= !bit;
        self.fade(strip, source, frames);
    }

    /// Feeds a strip so once its time has come.
    pub fn set_at(&mut self, strip: u8, due: Due) {
        if let Some(slot) = self.due.get_mut(usize::from(strip)) {
            *slot = Some(due);
            self.waits |= 1 << strip;
        }
    }

    /// Carries out what is to be before the absolute frame `next`.
    pub fn take_in_due(&mut self, next: u64) {
        let mut waits = self.waits;
        while waits != 0 {
            let strip = waits.trailing_zeros();
            waits &= waits - 1;
            let slot = self.due.get_mut(strip as usize);
            let Some(due) = slot.and_then(|due| due.take_if(|due| due.at < next)) else { continue };
            self.set(strip as u8, due.source, due.frames);
            self.card |= u32::from(due.keeps_card) << strip;
        }
    }

    /// Strips of which the card is recorded although something else feeds them, as bits.
    pub fn of_card(&self) -> u32 {
        self.card & self.live
    }

    fn fade(&mut self, strip: u8, source: StripSource, frames: u32) {
        let Some(feed) = self.each.get_mut(usize::from(strip)) else { return };
        for (at, level) in feed.0.iter_mut().enumerate() {
            level.to(if at == source as usize { 1.0 } else { 0.0 }, frames);
        }
        self.live |= 1 << strip;
        self.player |= u32::from(source == StripSource::Player) << strip;
    }

    /// Ends all fades.
    pub fn settle(&mut self) {
        self.each.iter_mut().for_each(|feed| feed.0.iter_mut().for_each(Ramp::settle));
    }

    /// Whether `run` has something to do.
    #[inline(always)]
    pub fn is_live(&self) -> bool {
        self.live | self.waits != 0
    }

    /// Strips that hear the player, as bits.
    #[inline(always)]
    pub fn of_player(&self) -> u32 {
        self.player
    }

    /// Puts the generator's sound and what the player has for each strip in place of what the card delivered.
    pub fn run(
        &mut self,
        generator: Option<&[f32; CHUNK]>,
        player: &[[f32; CHUNK]; MAX_INPUTS],
        inputs: &mut [[f32; CHUNK]; MAX_INPUTS],
        frames: usize,
    ) {
        for (strip, ((feed, samples), player)) in self.each.iter_mut().zip(inputs).zip(player).enumerate() {
            let Some(samples) = samples.get_mut(..frames) else { continue };
            let bit = 1 << strip;
            if self.live & bit != 0 && feed.run(&[generator, Some(player)], samples) {
                self.live &= !bit;
            }
            let Feed([_, _, from_player]) = feed;
            if self.player & bit != 0 && from_player.is_silent() {
                self.player &= !bit;
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::boxed::Box;
    use std::vec::Vec;

    /// What a strip hears in some chunks, the card at 0.5 and a source at -0.25.
    fn hear(feeds: &mut Feeds, strip: usize, chunks: usize) -> Vec<f32> {
        let mut heard = Vec::new();
        for _ in 0..chunks {
            let mut inputs = Box::new([[0.5; CHUNK]; MAX_INPUTS]);
            feeds.run(Some(&[-0.25; CHUNK]), &[[0.125; CHUNK]; MAX_INPUTS], &mut inputs, 100);
            heard.extend(inputs.iter().skip(strip).take(1).flat_map(|samples| samples.iter().take(100)));
        }
        heard
    }

    #[test]
    fn one_fades_into_the_other_and_neighbours_hear_nothing_of_it() {
        let mut feeds = Feeds::new();
        assert!(!feeds.is_live());
        feeds.set(31, StripSource::Generator, 150);
        let mut heard = hear(&mut feeds, 31, 4);
        assert!(heard[150..].iter().all(|sample| *sample == -0.25));
        assert!(hear(&mut feeds, 30, 1).iter().all(|sample| *sample == 0.5));
        feeds.set(31, StripSource::Card, 150);
        heard.extend(hear(&mut feeds, 31, 1));
        feeds.set(31, StripSource::Generator, 150);
        heard.extend(hear(&mut feeds, 31, 1));
        feeds.set(31, StripSource::Card, 150);
        heard.extend(hear(&mut feeds, 31, 3));
        assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.011), "no jump on the way");
        assert!(heard.last() == Some(&0.5) && !feeds.is_live(), "and all is as it was");
    }

    #[test]
    fn a_source_that_makes_nothing_is_silence() {
        let mut feeds = Feeds::new();
        feeds.set(3, StripSource::Generator, 150);
        feeds.settle();
        let mut inputs = Box::new([[0.5; CHUNK]; MAX_INPUTS]);
        feeds.run(None, &[[0.125; CHUNK]; MAX_INPUTS], &mut inputs, CHUNK);
        assert!(inputs[3] == [0.0; CHUNK] && inputs[2] == [0.5; CHUNK]);
        feeds.set(3, StripSource::Card, 50);
        feeds.run(None, &[[0.125; CHUNK]; MAX_INPUTS], &mut inputs, 50);
        assert!(!feeds.is_live());
    }

    /// Voices play to a strip as long as any of them is heard there.
    #[test]
    fn the_player_is_asked_for_until_it_has_faded() {
        let mut feeds = Feeds::new();
        feeds.set(4, StripSource::Player, 150);
        assert_eq!(feeds.of_player(), 1 << 4);
        let mut heard = hear(&mut feeds, 4, 3);
        assert!(heard[150..].iter().all(|sample| *sample == 0.125));
        feeds.set(4, StripSource::Card, 150);
        heard.extend(hear(&mut feeds, 4, 1));
        assert_eq!(feeds.of_player(), 1 << 4);
        heard.extend(hear(&mut feeds, 4, 1));
        assert_eq!(feeds.of_player(), 0);
        assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.004), "no jump on the way");
        assert!(heard.last() == Some(&0.5) && !feeds.is_live(), "and all is as it was");
    }

    #[test]
    fn what_is_told_for_later_comes_then_and_the_last_word_holds() {
        let mut feeds = Feeds::new();
        let due = |source, at, keeps_card| Due { source, at, keeps_card, frames: 0 };
        feeds.set_at(2, due(StripSource::Player, 1_000, true));
        assert!(feeds.is_live());
        feeds.take_in_due(1_000);
        assert_eq!((hear(&mut feeds, 2, 1)[0], feeds.of_card()), (0.5, 0));
        feeds.take_in_due(1_001);
        assert_eq!((hear(&mut feeds, 2, 1)[0], feeds.of_card(), feeds.of_player()), (0.125, 1 << 2, 1 << 2));
        feeds.set_at(2, due(StripSource::Generator, 2_000, false));
        feeds.set_at(2, due(StripSource::Card, 3_000, true));
        feeds.take_in_due(2_500);
        assert_eq!(hear(&mut feeds, 2, 1)[0], 0.125);
        feeds.take_in_due(3_500);
        assert_eq!((hear(&mut feeds, 2, 1)[0], feeds.of_card(), feeds.is_live()), (0.5, 0, false));
        feeds.set_at(2, due(StripSource::Player, 9_000, true));
        feeds.set(2, StripSource::Generator, 0);
        feeds.take_in_due(u64::MAX);
        assert_eq!((hear(&mut feeds, 2, 1)[0], feeds.of_card()), (-0.25, 0));
    }
}
