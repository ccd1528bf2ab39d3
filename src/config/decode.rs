//! From a TOML tree to the typed configuration, past every fault.
//!
//! Serde stops at the first fault. Here the value at fault is taken out and the rest read again, so that one run
//! shows them all.
//!
//! Runs on: main.
use super::error::Fault;
use super::file::Config;
use super::include::Origins;
use super::key::{Key, Step, message_line};
use super::range;
use serde_path_to_error::Error;
use toml::{Table, Value};

/// After so many faults the text is not a configuration at all.
const MOST_FAULTS: usize = 200;

/// The configuration without what was refused.
pub struct Decoded {
    /// Defaults stand where a value was refused.
    pub config: Config,
    /// One for each value refused.
    pub faults: Vec<Fault>,
    /// Where they were.
    pub refused: Vec<Key>,
}

/// Reads `tree`, taking out what does not fit.
pub fn decode(mut tree: Value, origins: &Origins<'_>) -> Decoded {
    let mut faults = Vec::new();
    let mut refused: Vec<Key> = Vec::new();
    while faults.len() < MOST_FAULTS {
        let error = match serde_path_to_error::deserialize(tree.clone()) {
            Ok(config) => return Decoded { config, faults, refused },
            Err(error) => error,
        };
        let key = Key::of_serde(error.path());
        if !refused.contains(&key) {
            faults.push(origins.fault(&key, explain(&key, &error)));
            refused.push(key.clone());
        }
        if !take_out(&mut tree, &key) {
            break;
        }
    }
    Decoded { config: Config::default(), faults, refused }
}

/// Takes the value at `key` out: a table's by its name, an array's by an empty table in its place, which keeps
/// the positions of the others; where that does not fit either, the array goes. False when nothing is left to take.
fn take_out(tree: &mut Value, key: &Key) -> bool {
    let (Some(last), Some(above)) = (key.0.last(), key.parent()) else { return false };
    match (above.find_mut(tree), last) {
        (Some(Value::Table(table)), Step::Name(name)) => table.remove(name).is_some(),
        (Some(Value::Array(items)), Step::Item(index)) => {
            let empty = Value::Table(Table::new());
            match items.get_mut(*index).filter(|item| **item != empty) {
                Some(item) => {
                    *item = empty;
                    true
                }
                None => take_out(tree, &above),
            }
        }
        _ => take_out(tree, &above),
    }
}

/// Serde's message in the words of the person who wrote the file.
fn explain(key: &Key, error: &Error<toml::de::Error>) -> String {
    let message = message_line(error.inner().message());
    let found = names(error.inner().message());
    if message.starts_with("unknown field") {
        return unknown(&found);
    }
    if message.starts_with("unknown variant") {
        let known: Vec<_> = found.iter().skip(1).map(|name| format!("{name:?}")).collect();
        return format!("must be {}", known.join(" or "));
    }
    let message =
        [("f32", NUMBER), ("f64", NUMBER), ("a boolean", "true or false"), ("a string", "a text in quotes")]
            .iter()
            .chain(&["usize", "u8", "u16", "u32", "u64"].map(|kind| (kind, "a whole number, 0 or more")))
            .fold(message, |message, (rust, plain)| {
                message.replace(&format!("expected {rust}"), &format!("expected {plain}"))
            });
    match range::of(key) {
        Some(range) => format!("must be {range} ({message})"),
        None => message,
    }
}

const NUMBER: &str = "a number";

/// What stands in back quotes.
fn names(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

fn unknown(found: &[&str]) -> String {
    const ALIKE: f64 = 0.8;
    let Some((wrong, known)) = found.split_first() else { return "unknown key".into() };
    let alike = |name: &&&str| (strsim::jaro_winkler(wrong, name) * 1e6) as u64;
    match known.iter().max_by_key(alike).filter(|name| strsim::jaro_winkler(wrong, name) >= ALIKE) {
        Some(near) => format!("unknown key; did you mean `{near}`?"),
        None => format!("unknown key; here may stand: {}", known.join(", ")),
    }
}
