//! The Broadcast Wave extension, EBU Tech 3285 version 1.
//!
//! Runs on: writer.
use super::{Format, Spec};

/// Bytes kept for the coding history, so that the chunk never changes its length.
const HISTORY: usize = 256;
/// Length of the chunk's content.
const SIZE: usize = 602 + HISTORY;

/// What a `bext` chunk says. Texts are cut to what fits, at a character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bext {
    /// Up to 256 bytes.
    pub description: String,
    /// Name of the take and file, up to 32 bytes.
    pub reference: String,
    /// `YYYY-MM-DD`.
    pub date: String,
    /// `HH:MM:SS`.
    pub time: String,
    /// Frames from midnight to the first frame of the file.
    pub time_reference: u64,
    /// How the sound came to be.
    pub history: String,
}

impl Bext {
    /// The coding history line of a recording of `spec`, with a word about the clock where there is one.
    pub fn history(spec: &Spec, clock: Option<&str>) -> String {
        let mode = match spec.channels {
            1 => "mono",
            2 => "stereo",
            _ => "multitrack",
        };
        let (word, kind) = match spec.format {
            Format::Pcm24 => (24, "24-bit"),
            Format::Float32 => (32, "32-bit float"),
        };
        let clock = clock.map(|clock| format!("; {clock}")).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        format!("A=PCM,F={},W={word},M={mode},T=Vestry {version} {kind}{clock}\r\n", spec.sample_rate)
    }

    /// Appends the chunk; always as long.
    pub fn chunk(&self, out: &mut Vec<u8>) {
        out.extend(b"bext");
        out.extend((SIZE as u32).to_le_bytes());
        let start = out.len();
        field(out, &self.description, 256);
        field(out, "Vestry", 32);
        field(out, &self.reference, 32);
        field(out, &self.date, 10);
        field(out, &self.time, 8);
        out.extend(self.time_reference.to_le_bytes());
        out.extend(1u16.to_le_bytes());
        out.resize(start + 602, 0);
        field(out, &self.history, HISTORY);
    }

    /// Reads the content of a chunk; none where it is shorter than the standard says.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let reference = content.get(338..346)?;
        content.get(..602)?;
        let text = |from: usize, length: usize| {
            let bytes = content.get(from..from + length).unwrap_or(&[]);
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(length).min(bytes.len());
            String::from_utf8_lossy(&bytes[..end]).into_owned()
        };
        Some(Self {
            description: text(0, 256),
            reference: text(288, 32),
            date: text(320, 10),
            time: text(330, 8),
            time_reference: u64::from_le_bytes(reference.try_into().ok()?),
            history: text(602, content.len() - 602),
        })
    }
}

/// Appends ASCII text in a field of `length` bytes, padded with zeros.
fn field(out: &mut Vec<u8>, text: &str, length: usize) {
    let end = out.len() + length;
    out.extend(text.chars().take(length).map(|char| if char.is_ascii() { char as u8 } else { b'?' }));
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let spec = Spec { format: Format::Float32, channels: 1, sample_rate: 48_000 };
        let bext = Bext {
            description: "Pulpit".into(),
            reference: "2025-05-01_100000_0001".into(),
            date: "2025-05-01".into(),
            time: "10:00:00".into(),
            time_reference: u64::from(u32::MAX) + 5,
            history: Bext::history(&spec, Some("clock ptp +-5 us")),
        };
        let mut out = Vec::new();
        bext.chunk(&mut out);
        assert_eq!((out.len(), Bext::parse(&out[8..])), (8 + SIZE, Some(bext)));
        assert_eq!(Bext::parse(&out[8..400]), None);
    }
}
