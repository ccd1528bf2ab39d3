//! Pink noise: as much power in every octave.

/// RMS of `Pink` as it comes: white noise of RMS sqrt(1/3) through the filter, from the sum of its response's squares.
pub const PINK_RMS: f64 = 1.762377505;

/// Pole and gain of each of the filter's first-order sections.
///
/// Paul Kellet's refined method (music-dsp archive, 1999: "within +/-0.05 dB above 9.2 Hz" at 44.1 kHz; the corner
/// goes with the sample rate: 10 Hz at 48 kHz).
const SECTIONS: [(f32, f32); 6] = [
    (0.998_86, 0.055_517_9),
    (0.993_32, 0.075_075_9),
    (0.969_00, 0.153_852),
    (0.866_50, 0.310_485_6),
    (0.550_00, 0.532_952_2),
    (-0.761_6, -0.016_898_0),
];
/// What goes to the sum directly, and one frame late.
const DIRECT: f32 = 0.536_2;
const LATE: f32 = 0.115_926;

/// Pink noise, the same after every start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pink {
    random: u64,
    sections: [f32; 6],
    late: f32,
}

impl Pink {
    /// From the start.
    pub const fn new() -> Self {
        Self { random: 0x9E37_79B9_7F4A_7C15, sections: [0.0; 6], late: 0.0 }
    }

    /// White noise, evenly spread over -1..1: Marsaglia's xorshift of 64 bits (2003), which repeats after 2^64 - 1 frames.
    #[inline(always)]
    fn white(&mut self) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 32) as i32 as f32 * (1.0 / 2_147_483_648.0)
    }

    /// One frame on.
    #[inline(always)]
    pub fn next(&mut self) -> f32 {
        let white = self.white();
        let mut sum = white * DIRECT + self.late;
        for (state, (pole, gain)) in self.sections.iter_mut().zip(SECTIONS) {
            *state = *state * pole + white * gain;
            sum += *state;
        }
        self.late = white * LATE;
        sum
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// White noise of variance 1/3 through the filter: the sum over its response to one frame, squared.
    #[test]
    fn its_rms_is_what_the_filter_makes_of_white_noise() {
        let mut power = 0.0;
        for at in 0..40_000 {
            let sections: f64 =
                SECTIONS.iter().map(|(pole, gain)| f64::from(*gain) * f64::from(*pole).powi(at)).sum();
            let rest = match at {
                0 => f64::from(DIRECT),
                1 => f64::from(LATE),
                _ => 0.0,
            };
            power += (sections + rest).powi(2) / 3.0;
        }
        assert!((power.sqrt() / PINK_RMS - 1.0).abs() < 1e-6, "{}", power.sqrt());
        let mut pink = Pink::new();
        let frames = 2_000_000;
        let heard: f64 = (0..frames).map(|_| f64::from(pink.next()).powi(2)).sum();
        let off = 10.0 * (heard / f64::from(frames) / power).log10();
        assert!(off.abs() < 0.1, "{off} dB");
    }
}
