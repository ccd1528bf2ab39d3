//! What a file is known by: a hash of all of its bytes, so that the same clip on two pads is held once.
//!
//! Runs on: player.
use std::io::{self, Read, Seek};

/// BLAKE3 of a file's content. Two files of one hash are the same file for all purposes: it is made to have no collisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentId([u8; 32]);

impl ContentId {
    /// Reads all of `file` and leaves it at its start. `goes_on` is asked between parts.
    ///
    /// # Errors
    /// The medium's, or [`io::ErrorKind::Interrupted`] once `goes_on` says no.
    pub fn of(file: &mut (impl Read + Seek), goes_on: &dyn Fn() -> bool) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let mut part = vec![0; 1 << 16];
        file.rewind()?;
        loop {
            if !goes_on() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let read = match file.read(&mut part) {
                Ok(0) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            hasher.update(part.get(..read).unwrap_or_default());
        }
        file.rewind()?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn one_byte_makes_another_clip() {
        let id = |bytes: &[u8]| ContentId::of(&mut Cursor::new(bytes), &|| true).unwrap();
        let long = vec![7; 200_000];
        let mut other = long.clone();
        other[150_000] = 8;
        assert_eq!(id(&long), id(&long.clone()));
        assert!(id(&long) != id(&other) && id(b"") != id(b"\0"));
        // The test vector of 0 bytes, from the BLAKE3 specification.
        assert_eq!(&id(b"").0[..4], [0xaf, 0x13, 0x49, 0xb9]);
        assert!(ContentId::of(&mut Cursor::new(&long), &|| false).is_err());
    }
}
