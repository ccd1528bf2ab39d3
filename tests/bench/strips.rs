//! Strips as a plain loop would have them: strip by strip, sample by sample, four biquads and a compressor each.
const FRAMES: usize = 128;

#[derive(Clone, Copy, Default)]
struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl Biquad {
    /// Transposed direct form II.
    fn step(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

#[derive(Clone, Copy, Default)]
struct Strip {
    bands: [Biquad; 4],
    gain: f32,
}

pub struct PlainStrips {
    strips: Vec<Strip>,
    mix: [[f32; FRAMES]; 2],
}

impl PlainStrips {
    pub fn new(count: usize) -> Self {
        let band = Biquad { b: [1.02, -1.9, 0.89], a: [-1.9, 0.91], state: [0.0; 2] };
        Self { strips: vec![Strip { bands: [band; 4], gain: 1.0 }; count], mix: [[0.0; FRAMES]; 2] }
    }

    /// One period of interleaved 32-bit frames to two outputs; a gain is worked out at every eighth frame, as ours is.
    pub fn period(&mut self, bytes: &[u8]) -> &[[f32; FRAMES]; 2] {
        let count = self.strips.len();
        self.mix = [[0.0; FRAMES]; 2];
        for (at, strip) in self.strips.iter_mut().enumerate() {
            let mut peak = 0.0_f32;
            for frame in 0..FRAMES {
                let raw = &bytes[(frame * count + at) * 4..][..4];
                let mut sample =
                    i32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]) as f32 / 2_147_483_648.0;
                sample *= 0.8;
                for band in &mut strip.bands {
                    sample = band.step(sample);
                }
                peak = peak.max(sample.abs());
                if frame % 8 == 7 {
                    let over = (peak.log2() + 3.3).max(0.0);
                    strip.gain += 0.02 * ((-0.67 * over).exp2() - strip.gain);
                    peak = 0.0;
                }
                sample *= strip.gain;
                self.mix.iter_mut().for_each(|side| side[frame] += 0.3 * sample);
            }
        }
        &self.mix
    }
}
