//! Markers and gaps after the sound: `cue ` with a `LIST` of labels.
//!
//! Runs on: writer.

/// Most cue points in one file; the manifest has them all.
pub const MAX_CUES: usize = 4096;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// Frame from the file's first. One over 32 bits cannot be said in a cue and is left to the manifest.
    pub frame: u64,
    /// What stands there.
    pub label: String,
}

/// What follows `data` bytes of sound: a pad byte where they are odd, then the cue points, if there are any.
pub fn tail(data: u64, cues: &[Cue]) -> Vec<u8> {
    let fit = |cue: &&Cue| cue.frame <= u64::from(u32::MAX);
    let cues: Vec<&Cue> = cues.iter().filter(fit).take(MAX_CUES).collect();
    let mut out = vec![0; (data % 2) as usize];
    if cues.is_empty() {
        return out;
    }
    out.extend(b"cue ");
    out.extend((4 + 24 * cues.len() as u32).to_le_bytes());
    out.extend((cues.len() as u32).to_le_bytes());
    for (place, cue) in cues.iter().enumerate() {
        let frame = (cue.frame as u32).to_le_bytes();
        out.extend((place as u32 + 1).to_le_bytes());
        out.extend(frame);
        out.extend(b"data\0\0\0\0\0\0\0\0");
        out.extend(frame);
    }
    let labels = labels(&cues);
    out.extend(b"LIST");
    out.extend((labels.len() as u32).to_le_bytes());
    out.extend(labels);
    out
}

fn labels(cues: &[&Cue]) -> Vec<u8> {
    let mut out = b"adtl".to_vec();
    for (place, cue) in cues.iter().enumerate() {
        let text: String = cue.label.chars().filter(|char| *char != '\0').take(100).collect();
        out.extend(b"labl");
        out.extend((4 + text.len() as u32 + 1).to_le_bytes());
        out.extend((place as u32 + 1).to_le_bytes());
        out.extend(text.as_bytes());
        out.push(0);
        if out.len() % 2 == 1 {
            out.push(0);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_even_and_padding_comes_first() {
        let cues = [Cue { frame: 7, label: "Song".into() }, Cue { frame: 1 << 40, label: "far".into() }];
        let tail = tail(3, &cues);
        assert_eq!((tail[0], &tail[1..5], tail.len() % 2), (0, &b"cue "[..], 1));
        assert_eq!(tail[9], 1, "a frame over 32 bits is left out");
        assert!(super::tail(4, &[]).is_empty());
    }
}
