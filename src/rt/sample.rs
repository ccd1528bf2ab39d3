//! Integer sample formats of sound cards and their exact way to `f32` and back.

/// How a card lays one sample out in memory. All are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// 16-bit signed.
    S16,
    /// 24-bit signed in three bytes.
    S24_3,
    /// 32-bit signed; 24-bit converters use the upper three bytes.
    S32,
}

impl SampleFormat {
    /// Bytes of one sample: 2, 3 or 4.
    pub const fn bytes(self) -> usize {
        match self {
            Self::S16 => 2,
            Self::S24_3 => 3,
            Self::S32 => 4,
        }
    }
}
