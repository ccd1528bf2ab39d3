//! The way to one value of a TOML tree.
//!
//! Runs on: main.
use serde_path_to_error::{Path, Segment};
use std::fmt;
use toml::Value;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into a table.
    Name(String),
    /// Into an array, from 0.
    Item(usize),
}

/// The way from the root; shown as `input[2].gain_db`, items from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Key(pub Vec<Step>);

impl Key {
    /// The key that serde stopped at.
    pub fn of_serde(path: &Path) -> Self {
        let step = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(Step::Item(*index)),
            Segment::Map { key } => Some(Step::Name(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        Self(path.iter().filter_map(step).collect())
    }

    /// A key of tables only, such as `device.offline.sources`.
    pub fn dotted(text: &str) -> Self {
        Self(text.split('.').map(|name| Step::Name(name.to_owned())).collect())
    }

    /// This key and one more item, from 0.
    pub fn item(mut self, index: usize) -> Self {
        self.0.push(Step::Item(index));
        self
    }

    /// This key and one more name.
    pub fn name(mut self, name: &str) -> Self {
        self.0.push(Step::Name(name.to_owned()));
        self
    }

    /// The value here, if there is one.
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(root, |value, step| match step {
            Step::Name(name) => value.as_table()?.get(name),
            Step::Item(index) => value.as_array()?.get(*index),
        })
    }

    /// The place of the value here, if there is one.
    pub fn find_mut<'a>(&self, root: &'a mut Value) -> Option<&'a mut Value> {
        self.0.iter().try_fold(root, |value, step| match step {
            Step::Name(name) => value.as_table_mut()?.get_mut(name),
            Step::Item(index) => value.as_array_mut()?.get_mut(*index),
        })
    }

    /// One step up; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if place > 0 => write!(out, ".{}", one_line(name))?,
                Step::Name(name) => out.write_str(&one_line(name))?,
                Step::Item(index) => write!(out, "[{}]", index + 1)?,
            }
        }
        Ok(())
    }
}

/// `text` on one line of at most 80 characters, without control characters: what faults show of a value.
pub fn one_line(text: &str) -> String {
    shortened(text, 80)
}

/// As [`one_line`], for messages, which are longer.
pub fn message_line(text: &str) -> String {
    shortened(text, 240)
}

fn shortened(text: &str, longest: usize) -> String {
    let flat = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = flat.clone().take(longest).collect();
    if flat.count() > longest {
        line.push_str("...");
    }
    line
}
