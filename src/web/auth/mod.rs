//! Who may do what: the code on the display, the password, sessions, and how often one may try. Pure but for random numbers and the
//! file of the password.
//!
//! Runs on: web, web-files (what hashes a password).
mod code;
mod limit;
mod password;
mod session;

pub(super) use code::{Code, LIFE, Tried};
pub(super) use limit::{Limit, Rate};
pub(super) use password::{LENGTHS, Password};
pub(super) use session::{Key, LONGEST, Sessions};

use std::io;
use subtle::ConstantTimeEq;

/// Random bytes of the system.
fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(format!("no random numbers: {error}")))?;
    Ok(bytes)
}

/// Whether they are the same, in a time that does not tell how far.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}
