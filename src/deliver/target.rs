//! What every kind of target can do: take in a file, and prove that it has it.
//!
//! Runs on: delivery.
use super::brake::Brake;
use super::digest::Digest;
use super::failure::Failure;
use super::source::Source;

/// A file that is what it was recorded as, on its way.
pub struct Parcel<'a> {
    /// The take's folder.
    pub take: &'a str,
    /// The file's name.
    pub name: &'a str,
    /// The file.
    pub source: &'a Source,
    /// What it is.
    pub digest: &'a Digest,
}

/// What a target needs while it takes in a file.
pub struct Way<'a> {
    /// Pace and end.
    pub brake: &'a mut Brake,
    /// Told how many bytes of the file are there.
    pub sent: &'a mut dyn FnMut(u64),
    /// What was noted of the upload that is under way, if any.
    pub upload: Option<String>,
    /// Notes that, durably.
    pub note: &'a mut dyn FnMut(Option<&str>) -> Result<(), Failure>,
}

/// Somewhere else.
pub trait Carrier: Send {
    /// How a file of `length` bytes is cut in parts.
    fn part_bytes(&self, length: u64) -> u64;

    /// Makes room for a take.
    ///
    /// # Errors
    /// It cannot be reached, or refuses.
    fn begin(&mut self, take: &str, brake: &mut Brake) -> Result<(), Failure>;

    /// Takes in a file, going on where it was cut short. When it returns the file is there and was compared with the digest.
    ///
    /// # Errors
    /// It is not; what is there already helps the next try.
    fn deliver(&mut self, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<(), Failure>;
}
