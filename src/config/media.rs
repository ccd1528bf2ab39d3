//! The media that are recorded to: their folders, and that these lie apart.
//!
//! Runs on: main.
use super::file::Config;
use std::path::{Component, Path, PathBuf};

impl Config {
    /// What each medium is called and its recordings folder; one or two.
    pub fn media(&self) -> Vec<(String, PathBuf)> {
        let first = (self.recordings_name.clone(), self.recordings_dir.clone());
        let second = self.second_recordings_dir.clone().map(|dir| (self.second_recordings_name.clone(), dir));
        [first].into_iter().chain(second).collect()
    }

    /// Where scenes go.
    pub fn scenes(&self) -> PathBuf {
        self.scenes_dir.clone().unwrap_or_else(|| self.recordings_dir.join("scenes"))
    }

    /// Where a changed calendar goes.
    pub fn calendar_dir(&self) -> PathBuf {
        self.schedule.dir.clone().unwrap_or_else(|| self.recordings_dir.join("schedule"))
    }

    /// What is wrong with `second_recordings_dir`, seen from `recordings_dir`: the fault's text.
    pub fn shared_folder(&self) -> Option<String> {
        let second = self.second_recordings_dir.as_deref()?;
        if second.as_os_str().is_empty() {
            return Some("must name a folder, or be left out".into());
        }
        let (first, second) = (plain(&self.recordings_dir), plain(second));
        let apart = !first.starts_with(&second) && !second.starts_with(&first);
        (!apart).then(|| format!("must lie apart from recordings_dir, {}", self.recordings_dir.display()))
    }
}

/// The path from the root, without `.` and `..`, as it is written: links are not followed.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.into()).components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_in_one_another_are_seen_however_they_are_written() {
        let shared = |first: &str, second: &str| {
            let second_recordings_dir = Some(second.into());
            Config { recordings_dir: first.into(), second_recordings_dir, ..Config::default() }
                .shared_folder()
        };
        for (first, second) in
            [("/a/b", "/a/b"), ("/a", "/a/b"), ("/a/b", "/a"), ("/a/b", "/a/./c/../b/"), ("x", "./x/y")]
        {
            assert!(shared(first, second).is_some_and(|wrong| wrong.contains(first)), "{first} {second}");
        }
        assert_eq!((shared("/a/b", "/a/c"), shared("/a/b", "/a/bc")), (None, None));
        assert!(shared("/a", "").is_some());
    }
}
