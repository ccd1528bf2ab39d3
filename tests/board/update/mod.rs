//! Updates of the whole system, from a stick: one that is good, one that does not record, one that a stranger signed; and the
//! power is cut at moments that nobody chose.
mod bench;
mod steps;

use crate::timed;
use std::time::{SystemTime, UNIX_EPOCH};

const UPDATES: &str =
    "an update goes in while no take runs, and is kept if it records; the power may be cut at any moment";

/// Runs the check if it is chosen; how many failed.
pub fn failed(chosen: impl Fn(&str) -> bool) -> Result<usize, String> {
    if !chosen(UPDATES) {
        return Ok(0);
    }
    let bench = timed("image and updates", bench::Bench::make)?;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
    println!("board: moments of the power cuts from {seed}");
    let failed = timed(UPDATES, || steps::Box::new(bench, seed).life()).is_err();
    Ok(usize::from(failed))
}
