//! The scenes that there are, and what may be done with them. Pure.
//!
//! Runs on: supervisor.
use super::desk::Desk;
use super::policy::Severity;
use crate::config::{Scene, ScenePads};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestry_rt::message::Command;

/// Most scenes.
const MOST: usize = 100;
/// Longest name, in characters.
const LONGEST: usize = 40;

/// What a medium is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Keeps a scene, in place of one of that name.
    Save(String, Arc<Scene>),
    /// Forgets one.
    Delete(String),
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenes {
    all: BTreeMap<String, Arc<Scene>>,
    recalled: Option<String>,
    /// Why it is not known what there is.
    unread: Option<String>,
}

impl Scenes {
    /// Not read yet.
    pub fn unread() -> Self {
        Self { unread: Some("the scenes are still being read; try again".into()), ..Self::default() }
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.all.keys().map(String::as_str)
    }

    /// The one that was recalled last, if it is still there.
    pub fn recalled(&self) -> Option<&str> {
        self.recalled.as_deref()
    }

    /// Makes the console stand as a scene says; the commands for that.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be beside what the console plays.
    pub fn recall(&mut self, name: &str, desk: &mut Desk) -> Result<Vec<Command>, String> {
        let scene = self.find(name)?;
        let commands = desk.recall(&scene)?;
        self.recalled = Some(name.to_owned());
        Ok(commands)
    }

    /// What a scene has of the player; none where there is no such scene.
    pub fn pads(&self, name: &str) -> Option<&ScenePads> {
        self.all.get(name).map(|scene| &scene.pads)
    }

    /// What has to be done to keep the console as it stands, with the pads.
    ///
    /// # Errors
    /// It cannot be called so, or there are too many.
    pub fn save(&self, name: &str, desk: &Desk, pads: ScenePads) -> Result<Job, String> {
        self.read()?;
        check(name)?;
        if !self.all.contains_key(name) {
            let alike = |other: &&str| other.to_lowercase() == name.to_lowercase();
            if let Some(other) = self.names().find(alike) {
                return Err(format!("scene {name:?}: there is {other:?}: take that or another name"));
            }
            if self.all.len() >= MOST {
                return Err(format!("there are {MOST} scenes, which is the most: delete one first"));
            }
        }
        Ok(Job::Save(name.to_owned(), Arc::new(Scene { pads, ..desk.scene() })))
    }

    /// What has to be done to forget one.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn delete(&self, name: &str) -> Result<Job, String> {
        self.find(name).map(|_| Job::Delete(name.to_owned()))
    }

    /// What was read; the log's lines for it.
    pub fn found(&mut self, found: Result<Vec<Read>, String>) -> Vec<(Severity, String)> {
        let warn = |text: String| (Severity::Warn, format!("scenes: {text}"));
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                let news = self.unread.replace(why.clone()).as_ref() != Some(&why);
                return news.then(|| warn(why)).into_iter().collect();
            }
        };
        let (mut all, mut said) = (BTreeMap::new(), Vec::new());
        for read in found {
            match read {
                Read { file, what: Err(why) } => said.push(warn(format!("{file}: skipped: {why}"))),
                Read { file, .. } if all.len() >= MOST => {
                    said.push(warn(format!("{file}: skipped: there are {MOST} already")));
                }
                Read { what: Ok((name, scene)), .. } => drop(all.insert(name, scene)),
            }
        }
        (self.all, self.unread) = (all, None);
        said
    }

    /// What a medium has done.
    pub fn done(&mut self, job: Job) -> (Severity, String) {
        let text = match job {
            Job::Save(name, scene) => {
                let text = format!("scene {name:?} saved");
                self.all.insert(name, scene);
                text
            }
            Job::Delete(name) => {
                self.all.remove(&name);
                self.recalled.take_if(|recalled| *recalled == name);
                format!("scene {name:?} deleted")
            }
        };
        (Severity::Info, text)
    }

    fn find(&self, name: &str) -> Result<Arc<Scene>, String> {
        self.read()?;
        self.all.get(name).cloned().ok_or_else(|| format!("scene {name:?}: there is none of that name"))
    }

    fn read(&self) -> Result<(), String> {
        self.unread.clone().map_or(Ok(()), Err)
    }
}

/// A file, and what it is called and says, or what is wrong with it.
pub struct Read {
    /// Its name.
    pub file: String,
    /// Its scene.
    pub what: Result<(String, Arc<Scene>), String>,
}

/// Whether a scene may be called so.
///
/// # Errors
/// What is right.
pub fn check(name: &str) -> Result<(), String> {
    let fits = (1..=LONGEST).contains(&name.chars().count());
    if fits && name.trim() == name && !name.contains(char::is_control) {
        return Ok(());
    }
    Err(format!("name: must be 1..{LONGEST} printable characters, without spaces at its ends"))
}

#[cfg(test)]
#[path = "scenes_tests.rs"]
mod tests;
