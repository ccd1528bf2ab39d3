//! Decoded clips by content, within a limit. Those that no pad and no voice has leave when room is needed, the one that was
//! used longest ago first.
//!
//! A clip that somebody has is never let go, and the cache has every clip that anybody has: so the last reference is always
//! the cache's, and memory is freed here, not where it is played.
//!
//! Runs on: player.
use super::content::ContentId;
use super::stream::clip::Streamed;
use super::stream::thread::DEPTH;
use super::voices::VOICES;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use vestry_rt::clip;

/// Surveys that are kept; a bank has 4,096 pads at most.
const MOST_SURVEYS: usize = 8_192;

/// A clip in memory, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Clip {
    /// Its samples, as voices play them.
    pub sound: Arc<clip::Clip>,
    /// What is not as it should be.
    pub note: Option<String>,
}

impl Clip {
    /// What its samples take in memory; not counted are a few silent frames around them.
    pub fn bytes(&self) -> usize {
        self.sound.frames() * self.sound.channels() * size_of::<f32>()
    }
}

/// How many frames there are in a file that was read once, and what is not as it should be.
pub type Survey = (u64, Option<String>);

/// All of them.
#[derive(Debug)]
pub struct Cache {
    limit: usize,
    held: HashMap<ContentId, Held>,
    /// Clips that are read while they play: of these the first parts.
    streamed: Vec<Weak<Streamed>>,
    surveys: HashMap<ContentId, Survey>,
    /// Counts what is asked of it: the age of clips goes by that.
    now: u64,
}

#[derive(Debug)]
struct Held {
    clip: Clip,
    used: u64,
}

impl Held {
    fn is_used(&self) -> bool {
        Arc::strong_count(&self.clip.sound) > 1
    }
}

impl Cache {
    /// Holds at most `limit` bytes of samples.
    pub fn new(limit: usize) -> Self {
        Self { limit, held: HashMap::new(), streamed: Vec::new(), surveys: HashMap::new(), now: 0 }
    }

    /// The most bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes of all that it holds.
    pub fn bytes(&self) -> usize {
        self.clip_bytes() + self.streams().map(|stream| stream.head_bytes()).sum::<usize>()
    }

    fn clip_bytes(&self) -> usize {
        self.held.values().map(|held| held.clip.bytes()).sum()
    }

    fn streams(&self) -> impl Iterator<Item = Arc<Streamed>> {
        self.streamed.iter().filter_map(Weak::upgrade)
    }

    /// Bytes that parts of streams may take while they play: of every one that can play at once as much as it reads ahead.
    pub fn stream_bytes(&self) -> usize {
        let mut parts: Vec<usize> = self.streams().map(|stream| stream.part_bytes()).collect();
        parts.sort_unstable_by(|one, other| other.cmp(one));
        parts.iter().take(VOICES).sum::<usize>() * DEPTH
    }

    /// Bytes that decoded clips may take.
    fn for_clips(&self) -> usize {
        let heads: usize = self.streams().map(|stream| stream.head_bytes()).sum();
        self.limit.saturating_sub(heads + self.stream_bytes())
    }

    /// Sets room aside for a clip that is read while it plays; `None` if there is none.
    pub fn set_aside(&mut self, stream: Streamed) -> Option<Arc<Streamed>> {
        let stream = Arc::new(stream);
        self.streamed.retain(|stream| stream.strong_count() > 0);
        self.streamed.push(Arc::downgrade(&stream));
        let heads: usize = self.streams().map(|stream| stream.head_bytes()).sum();
        let fits = heads + self.stream_bytes() <= self.limit;
        (fits && self.make_room(0)).then_some(stream)
    }

    /// What is known of a file that is read while it plays.
    pub fn surveyed(&self, id: ContentId) -> Option<Survey> {
        self.surveys.get(&id).cloned()
    }

    /// Keeps that in mind.
    pub fn keep_survey(&mut self, id: ContentId, survey: Survey) {
        if self.surveys.len() >= MOST_SURVEYS {
            self.surveys.clear();
        }
        self.surveys.insert(id, survey);
    }

    /// Bytes that a new clip may take.
    pub fn room(&self) -> usize {
        let used: usize =
            self.held.values().filter(|held| held.is_used()).map(|held| held.clip.bytes()).sum();
        self.for_clips().saturating_sub(used)
    }

    /// The clip of that content, if it is here.
    pub fn find(&mut self, id: ContentId) -> Option<Clip> {
        self.tick();
        let now = self.now;
        let held = self.held.get_mut(&id)?;
        held.used = now;
        Some(held.clip.clone())
    }

    /// Lets clips go until there is room for `bytes`; false if there is none even so.
    pub fn make_room(&mut self, bytes: usize) -> bool {
        self.tick();
        while self.clip_bytes() + bytes > self.for_clips() {
            let unused = self.held.iter().filter(|(_, held)| !held.is_used());
            let Some(oldest) = unused.min_by_key(|(_, held)| held.used).map(|(id, _)| *id) else {
                return false;
            };
            self.held.remove(&oldest);
        }
        true
    }

    /// Keeps a clip; `None` if there is no room.
    pub fn keep(&mut self, id: ContentId, clip: Clip) -> Option<Clip> {
        if !self.make_room(clip.bytes()) {
            return None;
        }
        self.held.insert(id, Held { clip: clip.clone(), used: self.now });
        Some(clip)
    }

    /// What is in use now was used now.
    fn tick(&mut self) {
        self.now += 1;
        let now = self.now;
        self.held.values_mut().filter(|held| held.is_used()).for_each(|held| held.used = now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn id(number: u8) -> ContentId {
        ContentId::of(&mut Cursor::new([number]), &|| true).unwrap()
    }

    fn decoded(frames: usize) -> Clip {
        Clip { sound: clip::Clip::new(48_000, &[&vec![0.0; frames]]).unwrap(), note: None }
    }

    #[test]
    fn the_one_that_was_used_longest_ago_leaves_first() {
        let mut cache = Cache::new(12_000);
        let (one, two) = (cache.keep(id(1), decoded(1_000)), cache.keep(id(2), decoded(1_000)));
        drop(cache.keep(id(3), decoded(1_000)));
        assert_eq!((cache.bytes(), cache.room()), (12_000, 4_000), "two are in use");
        drop(one);
        drop(two);
        assert!(cache.find(id(1)).is_some() && cache.make_room(8_000));
        assert!(cache.find(id(2)).is_none() && cache.find(id(3)).is_none(), "1 was used last");
        assert!(cache.find(id(1)).is_some());
    }

    #[test]
    fn a_clip_in_use_stays_and_the_new_one_is_refused() {
        let mut cache = Cache::new(8_000);
        let used = cache.keep(id(1), decoded(1_500)).unwrap();
        assert!(cache.keep(id(2), decoded(1_000)).is_none());
        assert!(Arc::ptr_eq(&used.sound, &cache.find(id(1)).unwrap().sound));
        drop(used);
        assert!(cache.keep(id(2), decoded(1_000)).is_some() && cache.find(id(1)).is_none());
    }

    proptest! {
        #[test]
        fn it_holds_what_is_used_and_never_more_than_the_limit(
            steps in prop::collection::vec((0_u8..8, 1_usize..4_000, any::<bool>()), 1..60)
        ) {
            let mut cache = Cache::new(20_000);
            let mut used: HashMap<u8, Clip> = HashMap::new();
            for (number, frames, keep) in steps {
                let found = cache.find(id(number)).or_else(|| cache.keep(id(number), decoded(frames)));
                match found {
                    Some(clip) if keep => drop(used.insert(number, clip)),
                    _ => drop(used.remove(&number)),
                }
                prop_assert!(cache.bytes() <= 20_000);
                for (number, clip) in &used {
                    prop_assert!(Arc::ptr_eq(&clip.sound, &cache.find(id(*number)).unwrap().sound));
                }
            }
        }
    }
}
