//! Which takes lie on which medium, as the writers told. Pure.
//!
//! Runs on: supervisor.
use vestry_rt::MEDIA;

/// What each medium calls a take; none where it has not got it.
pub type Names = [Option<String>; MEDIA];

/// The takes of all media, oldest first; one that several media hold is in it once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Takes(Vec<Names>);

impl Takes {
    /// What people call each: as the first medium does that has it. Oldest first.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter_map(|names| names.iter().flatten().next().map(String::as_str))
    }

    /// What each medium calls the take of that name; none where no medium has it.
    pub fn find(&self, name: &str) -> Option<&Names> {
        self.0.iter().find(|names| names.iter().flatten().any(|other| other == name))
    }

    /// The medium was looked at and has just these, oldest first. Takes of one name on several media are one take.
    pub fn found(&mut self, medium: usize, found: &[String]) {
        let missing = |own: &&mut Option<String>| own.as_ref().is_some_and(|own| !found.contains(own));
        let own = self.0.iter_mut().filter_map(|names| names.get_mut(medium));
        own.filter(missing).for_each(|own| *own = None);
        let mut next = 0;
        for name in found {
            let known = self.0.iter().position(|names| names.iter().flatten().any(|other| other == name));
            // What only this medium has comes right after the one that is before it there.
            let at = known.unwrap_or(next);
            if known.is_none() {
                self.0.insert(at, Names::default());
            }
            self.0.iter_mut().skip(at).take(1).for_each(|names| set(names, medium, Some(name)));
            next = at + 1;
        }
        self.forget();
    }

    /// The medium has begun one; `same` where that is the sound that another one begins its newest with.
    pub fn begun(&mut self, medium: usize, name: &str, same: bool) {
        let known = self.0.iter().position(|names| names.iter().flatten().any(|other| other == name));
        let at = known.or(self.0.len().checked_sub(1).filter(|_| same)).unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push(Names::default());
        }
        self.0.iter_mut().skip(at).take(1).for_each(|names| set(names, medium, Some(name)));
    }

    /// The medium has it no more.
    pub fn deleted(&mut self, medium: usize, name: &str) {
        let is_it = |names: &&mut Names| names.get(medium).is_some_and(|own| own.as_deref() == Some(name));
        self.0.iter_mut().filter(is_it).for_each(|names| set(names, medium, None));
        self.forget();
    }

    /// Whether the medium has one of that name.
    pub fn has(&self, medium: usize, name: &str) -> bool {
        self.0.iter().any(|names| names.get(medium).is_some_and(|own| own.as_deref() == Some(name)))
    }

    fn forget(&mut self) {
        self.0.retain(|names| names.iter().any(Option::is_some));
    }
}

fn set(names: &mut Names, medium: usize, name: Option<&str>) {
    names.iter_mut().skip(medium).take(1).for_each(|own| *own = name.map(str::to_owned));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(takes: &mut Takes, medium: usize, names: &[&str]) {
        takes.found(medium, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    }

    #[test]
    fn a_take_is_shown_while_any_medium_has_it() {
        let mut takes = Takes::default();
        found(&mut takes, 0, &["a", "b", "d"]);
        found(&mut takes, 1, &["b", "c", "d"]);
        assert_eq!(takes.names().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        takes.begun(0, "e", false);
        takes.begun(1, "e2", true);
        assert_eq!(takes.names().next_back(), Some("e"), "one take by two names");
        assert_eq!(takes.find("e2"), takes.find("e"));
        takes.deleted(0, "b");
        assert_eq!(takes.names().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"], "the other one has it");
        takes.deleted(1, "b");
        takes.deleted(0, "a");
        takes.deleted(0, "e");
        assert_eq!(takes.names().collect::<Vec<_>>(), ["c", "d", "e2"]);
        // Another stick.
        found(&mut takes, 1, &[]);
        assert_eq!(takes.names().collect::<Vec<_>>(), ["d"]);
        assert!(takes.has(0, "d") && !takes.has(1, "d") && takes.find("c").is_none());
    }

    proptest! {
        /// Whatever the media tell in whatever order: shown is what they have, each medium's in its own order.
        #[test]
        fn what_is_shown_is_what_the_media_have(told in prop::collection::vec((0..2_usize, 0..3_u8, 0..12_u32), 0..60)) {
            let (mut takes, mut have, mut count) = (Takes::default(), [vec![], vec![]], 0);
            for (medium, what, number) in told {
                match what {
                    0 => {
                        count += 1;
                        let name = format!("{count:04}");
                        takes.begun(medium, &name, false);
                        have[medium].push(name);
                    }
                    1 => {
                        let name = format!("{number:04}");
                        takes.deleted(medium, &name);
                        have[medium].retain(|other| *other != name);
                    }
                    _ => {
                        have[medium].retain(|name: &String| !name.ends_with('3'));
                        takes.found(medium, &have[medium].clone());
                    }
                }
                let shown: Vec<_> = takes.names().map(str::to_owned).collect();
                let mut all: Vec<_> = have.concat();
                all.sort();
                prop_assert_eq!(shown, all);
            }
        }
    }
}
